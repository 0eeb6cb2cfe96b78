package admin

import (
	"context"

	"parley/orders"
)

// orderComplete says that an order is in the buyer's hands.
func (a *Admin) orderComplete(v *visit) error {
	return a.advance(v, "completed", "", plea{Form: "complete"}, func(ctx context.Context, id orders.OrderID) error {
		_, err := a.Orders.Complete(ctx, v.merchant(), id, v.who())
		return err
	})
}
