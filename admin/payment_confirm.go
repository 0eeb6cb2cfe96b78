package admin

import (
	"context"
	"slices"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/orders"
	"parley/payments"
)

// paymentConfirm says that money came by hand: cash, or a transfer.
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
		_, err = a.Payments.Confirm(ctx, v.payee(), payments.OrderID(id), way, amount, v.who())
		return err
	})
}
