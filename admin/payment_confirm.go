package admin

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/orders"
	"parley/payments"
)

// paymentConfirm says that money came by hand: cash, or a transfer; all that is owed, a part of it, or more.
func (a *Admin) paymentConfirm(v *visit) error {
	way, written := v.form("way"), v.form("amount")
	p := plea{Form: "confirm", Field: "amount", Was: map[string]string{"way": way, "amount": written}}
	return a.advance(v, "confirmed", way+" "+written, p, func(ctx context.Context, id orders.OrderID) error {
		if !slices.Contains(a.ByHand, way) {
			return fault.New(fault.Invalid, "payment.not_by_hand").With("gateway", way)
		}
		amount, err := money.Parse(written, v.shop.Currency)
		if err != nil {
			return err
		}
		_, err = a.Payments.Confirm(ctx, payments.Receipt{
			Merchant: v.payee(), Order: payments.OrderID(id), Gateway: way, Amount: amount, Seen: v.seen(),
			Request: "form:" + v.who() + ":" + cmp.Or(v.form("once"), newForm()), Who: v.who(),
		})
		return err
	})
}

// seen is what the order had received when the page with the form was made; nil when the form does not say.
func (v *visit) seen() *money.Amount {
	minor, err := strconv.ParseInt(v.form("received"), 10, 64)
	if err != nil {
		return nil
	}
	seen := money.Of(minor, v.shop.Currency)
	return &seen
}
