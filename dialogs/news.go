package dialogs

import (
	"context"
	"fmt"

	"parley/catalog"
	"parley/catalog/money"
	"parley/dialogs/flow"
	"parley/migrations/db"
	"parley/orders"
)

// News is something that happened to an order while its buyer was doing something else, or nothing.
type News struct {
	Merchant catalog.MerchantID
	Order    orders.OrderID
	What     What
	Method   string // Ready: how it is paid
	URL      string // Ready: where; PaymentExpired: where it can still be paid, if anywhere
	Note     string
	Amount   money.Amount // OrderRefunded, OrderRefundFailed: what goes back, or came back
}

// What is what happened.
type What string

// What can happen to an order.
const (
	PaymentReady    What = "payment_ready" // the buyer can pay now
	PaymentSettled  What = "payment_settled"
	PaymentFailed   What = "payment_failed"
	PaymentExpired  What = "payment_expired"
	PaymentWorking  What = "payment_working"
	PaymentStranded What = "payment_stranded" // money came that the order can't take: a person looks at it
	OrderShipped    What = "shipped"
	OrderCompleted  What = "completed"
	OrderCancelled  What = "cancelled"
	OrderExpired    What = "expired"
	// Money of the order is on its way back to the buyer; or the buyer's bank did not take it.
	OrderRefunded     What = "refunded"
	OrderRefundFailed What = "refund_failed"
	// OrderPaidInPart is a part of what it costs: the rest is still to be paid.
	OrderPaidInPart What = "paid_in_part"
)

// Tell tells a buyer news, in the transaction that ends the job which brought it: exactly once.
func (e *Engine) Tell(ctx context.Context, news News, job db.Job) error {
	return e.db.InTx(ctx, func(ctx context.Context) error {
		if err := job.Done(ctx); err != nil {
			return err
		}
		order, err := e.Orders.Find(ctx, news.Merchant, news.Order) // without a lock: the conversation's comes first
		if err != nil {
			return fmt.Errorf("news of order %d: %w", news.Order, err)
		}
		who, address, err := e.lockOf(ctx, "c.contact_id = ? and c.merchant_id = ?", int64(order.Buyer), int64(news.Merchant))
		if err != nil {
			return fmt.Errorf("news of order %d: %w", news.Order, err)
		}
		t, err := e.begin(ctx, who, address)
		if err != nil {
			return err
		}
		view, err := t.order(ctx, int64(news.Order))
		if err != nil {
			return err
		}
		if err := t.run(ctx, news.event(view)); err != nil {
			return err
		}
		return t.end(ctx, nil)
	})
}

func (n News) event(order flow.Order) flow.Event {
	switch n.What {
	case PaymentReady:
		return flow.LinkReady{Order: order, Method: n.Method, URL: n.URL, Note: n.Note}
	case PaymentSettled:
		return flow.PaymentSettled{Order: order}
	case PaymentFailed:
		return flow.PaymentFailed{Order: order, Key: string(n.What)}
	case PaymentExpired:
		return flow.PaymentFailed{Order: order, Key: string(n.What), URL: n.URL}
	case PaymentWorking:
		return flow.PaymentWorking{Order: order}
	case PaymentStranded:
		return flow.PaymentStranded{Order: order}
	}
	return flow.OrderMoved{Order: order, What: string(n.What), Amount: n.Amount}
}
