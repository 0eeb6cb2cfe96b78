package admin

import (
	"context"
	"fmt"

	"parley/orders"
)

// orderShip says that an order is on its way.
func (a *Admin) orderShip(v *visit) error {
	tracking := v.form("tracking")
	p := plea{Form: "ship", Field: "tracking", Was: map[string]string{"tracking": tracking}}
	return a.advance(v, "shipped", tracking, p, func(ctx context.Context, id orders.OrderID) error {
		_, err := a.Orders.Ship(ctx, v.merchant(), id, v.who(), tracking)
		return err
	})
}

// advance does something to an order and goes on, or shows what was wrong.
func (a *Admin) advance(v *visit, what, note string, p plea, do func(ctx context.Context, id orders.OrderID) error) error {
	id, err := v.order()
	if err != nil {
		return err
	}
	err = a.act(v, "order."+what, fmt.Sprintf("order:%d", id), note, func(ctx context.Context) error { return do(ctx, id) })
	if err == nil {
		return v.goOn(v.at("orders", v.param("id")), what)
	}
	if !isTheirs(err) {
		return err
	}
	p.Says = sentence(err)
	return a.showOrder(v, statusOf(err), p)
}
