package admin

import (
	"context"

	"parley/orders"
)

// orderCancel gives an order up.
func (a *Admin) orderCancel(v *visit) error {
	note := v.form("note")
	p := plea{Form: "cancel", Field: "note", Was: map[string]string{"note": note}}
	return a.advance(v, "cancelled", note, p, func(ctx context.Context, id orders.OrderID) error {
		_, err := a.Orders.Cancel(ctx, v.merchant(), id, v.who(), note)
		return err
	})
}
