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
	return a.advanceOn(v, what, deed{note: note}, p, do)
}

// advanceOn is advance with what the audit trail says besides.
func (a *Admin) advanceOn(v *visit, what string, d deed, p plea, do func(ctx context.Context, id orders.OrderID) error) error {
	id, err := v.order()
	if err != nil {
		return err
	}
	d.what, d.subject = "order."+what, fmt.Sprintf("order:%d", id)
	if d.became == "" {
		d.look = func(ctx context.Context) (string, error) { return a.looksOrder(ctx, v, id) }
	}
	err = a.actOn(v, d, func(ctx context.Context) error { return do(ctx, id) })
	if err == nil {
		return v.goOn(v.at("orders", v.param("id")), what)
	}
	if !isTheirs(err) {
		return err
	}
	p.Says = sentence(err)
	return a.showOrder(v, statusOf(err), p)
}

// looksOrder is what steps change of an order, as the audit trail keeps it.
func (a *Admin) looksOrder(ctx context.Context, v *visit, id orders.OrderID) (string, error) {
	o, err := a.Orders.Find(ctx, v.merchant(), id)
	if err != nil {
		return "", err
	}
	return asJSON(map[string]any{"state": o.State, "received": o.Paid.String(), "tracking": o.Tracking}), nil
}
