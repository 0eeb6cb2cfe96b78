package admin

import (
	"context"

	"parley/orders"
	"parley/payments"
)

// orderCancel gives an order up.
func (a *Admin) orderCancel(v *visit) error {
	note := v.form("note")
	p := plea{Form: "cancel", Field: "note", Was: map[string]string{"note": note}}
	return a.advance(v, "cancelled", note, p, func(ctx context.Context, id orders.OrderID) error {
		if _, err := a.Orders.Cancel(ctx, v.merchant(), id, v.who(), note); err != nil {
			return err
		}
		return a.Payments.Withdraw(ctx, payments.OrderID(id))
	})
}
