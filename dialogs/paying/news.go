package paying

import (
	"context"

	"parley/catalog"
	"parley/dialogs"
	"parley/orders"
	"parley/payments"
)

// news is what payments' news is to a conversation.
var news = map[string]dialogs.What{
	payments.ToldReady: dialogs.PaymentReady, payments.ToldSettled: dialogs.PaymentSettled, payments.ToldFailed: dialogs.PaymentFailed,
	payments.ToldExpired: dialogs.PaymentExpired, payments.ToldWorking: dialogs.PaymentWorking, payments.ToldPart: dialogs.OrderPaidInPart,
	payments.ToldStranded: dialogs.PaymentStranded, payments.ToldRefunded: dialogs.OrderRefunded, payments.ToldReturned: dialogs.OrderRefundFailed,
}

// News is what a conversation is told of a payment. There is none of what only staff are told, in the review queue.
func (p Payments) News(ctx context.Context, told payments.Told) (said dialogs.News, tells bool, err error) {
	what, tells := news[told.What]
	if !tells {
		return dialogs.News{}, false, nil
	}
	payment, err := p.payments.Find(ctx, told.Merchant, told.Payment)
	return dialogs.News{
		Merchant: catalog.MerchantID(told.Merchant), Order: orders.OrderID(told.Order), What: what,
		Method: payment.Gateway, URL: payment.URL, Note: payment.Note, Amount: told.Amount,
	}, true, err
}
