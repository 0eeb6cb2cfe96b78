package api

import (
	"context"
	"time"

	"parley/orders"
	"parley/payments"
)

func (a *API) orderOperations() {
	const at = "/merchants/{merchant}/orders"
	read(a, op{id: "list-orders", does: "GET " + at, tag: "Orders", roles: readers, scope: "orders:read", summary: "List orders", about: "Newest first unless `sort=id`."}, a.listOrders)
	read(a, op{id: "get-order", does: "GET " + at + "/{id}", tag: "Orders", roles: readers, scope: "orders:read", summary: "Show an order", about: "With its timeline, its payments and its refunds."}, a.getOrder)
	write(a, op{id: "advance-order", does: "POST " + at + "/{id}/advance", tag: "Orders", roles: shippers, scope: "orders:write", summary: "Say that an order has come further",
		about: "The buyer is told. What leads where: agreed or paid → shipped → completed; paid → completed."}, a.advanceOrder)
	write(a, op{id: "fulfil-order", does: "POST " + at + "/{id}/fulfilment", tag: "Orders", roles: shippers, scope: "orders:write", summary: "Ship an order",
		about: "With the number by which the parcel is followed, which the buyer is told."}, a.fulfilOrder)
	write(a, op{id: "cancel-order", does: "POST " + at + "/{id}/cancel", tag: "Orders", roles: shippers, scope: "orders:write", summary: "Cancel an order",
		about: "Its pieces go back on the shelf and nobody can pay for it any more; what was paid is given back by a refund."}, a.cancelOrder)
	write(a, op{id: "note-order", does: "POST " + at + "/{id}/notes", tag: "Orders", roles: shippers, scope: "orders:write", summary: "Add a remark to an order",
		about: "For staff; the buyer does not see it."}, a.noteOrder)
}

type listOrders struct {
	ShopPath
	Paging
	State  string    `query:"state" enum:"pending,agreed,paid,shipped,completed,cancelled"`
	Unpaid bool      `query:"unpaid" doc:"Only those for which money is still to come."`
	Query  string    `query:"q" maxLength:"200" doc:"A number, or part of the contact's name, phone or e-mail address."`
	Buyer  int64     `query:"buyer" minimum:"1" doc:"Of this contact."`
	Since  time.Time `query:"placed_since" doc:"Placed at this time or later."`
	Until  time.Time `query:"placed_until" doc:"Placed before this time."`
	Sort   string    `query:"sort" enum:"id,-id" default:"-id"`
}

func (a *API) listOrders(ctx context.Context, c *call, in *listOrders) (*listed[Order], error) {
	f := orders.Filter{State: orders.State(in.State), Unpaid: in.Unpaid, Query: in.Query, Buyer: orders.BuyerID(in.Buyer), Since: in.Since, Until: in.Until}
	list := c.listOf([]any{f, in.Sort})
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Orders.Walk(ctx, c.shop.ID, f, orders.OrderID(at.ID), in.Sort == "id", in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := pageOf(a, list, in.Paging, found, orderView, func(o orders.Order) place { return place{ID: int64(o.ID)} })
	page.Total, err = in.counted(ctx, func(ctx context.Context, most int) (int, error) { return a.Orders.Count(ctx, c.shop.ID, f, most) })
	return &listed[Order]{page}, err
}

func (a *API) getOrder(ctx context.Context, c *call, in *ItemPath) (*shown[Order], error) {
	found, err := a.Orders.Find(ctx, c.shop.ID, orders.OrderID(in.ID))
	if err != nil {
		return nil, err
	}
	view := orderView(found)
	refunds, err := a.Payments.RefundsOf(ctx, c.payee(), payments.OrderID(in.ID))
	if err != nil {
		return nil, err
	}
	view.Refunds = all(refunds, refundView)
	paid, err := a.Payments.ListByOrder(ctx, c.payee(), payments.OrderID(in.ID))
	if err != nil {
		return nil, err
	}
	view.Payments = all(paid, paymentView)
	return &shown[Order]{ETag: view.etag(), Body: view}, nil
}

// step leads an order on, if it still is as its author saw it. The order is locked by looking what is owed for it.
func (a *API) step(ctx context.Context, c *call, path ItemPath, m Matching, note string, do func(ctx context.Context, id orders.OrderID) error) (*shown[Order], []deed, error) {
	id := orders.OrderID(path.ID)
	if _, err := a.Orders.Find(ctx, c.shop.ID, id); err != nil { // of this shop, before anything is locked
		return nil, nil, err
	}
	if _, err := a.Orders.Owed(ctx, id); err != nil {
		return nil, nil, err
	}
	was, err := a.Orders.Find(ctx, c.shop.ID, id)
	if err != nil {
		return nil, nil, err
	}
	before := orderView(was)
	if err := m.check(c, before.etag()); err != nil {
		return nil, nil, err
	}
	if err := do(ctx, id); err != nil {
		return nil, nil, err
	}
	is, err := a.Orders.Find(ctx, c.shop.ID, id)
	if err != nil {
		return nil, nil, err
	}
	after := orderView(is)
	return &shown[Order]{ETag: after.etag(), Body: after}, []deed{{subject: after.subject(), note: note, was: before, became: after}}, nil
}

// Advance is how far an order has come.
type Advance struct {
	To string `json:"to" enum:"shipped,completed" example:"completed"`
}

type advanceOrder struct {
	ItemPath
	Matching
	Body Advance
}

func (a *API) advanceOrder(ctx context.Context, c *call, in *advanceOrder) (*shown[Order], []deed, error) {
	return a.step(ctx, c, in.ItemPath, in.Matching, "", func(ctx context.Context, id orders.OrderID) (err error) {
		if in.Body.To == "shipped" {
			_, err = a.Orders.Ship(ctx, c.shop.ID, id, c.who, "")
		} else {
			_, err = a.Orders.Complete(ctx, c.shop.ID, id, c.who)
		}
		return err
	})
}

// Fulfilment is a parcel on its way.
type Fulfilment struct {
	Tracking string `json:"tracking,omitempty" maxLength:"200" example:"RB123456789DE" doc:"By which it is followed."`
}

type fulfilOrder struct {
	ItemPath
	Matching
	Body Fulfilment
}

func (a *API) fulfilOrder(ctx context.Context, c *call, in *fulfilOrder) (*shown[Order], []deed, error) {
	return a.step(ctx, c, in.ItemPath, in.Matching, in.Body.Tracking, func(ctx context.Context, id orders.OrderID) error {
		_, err := a.Orders.Ship(ctx, c.shop.ID, id, c.who, in.Body.Tracking)
		return err
	})
}

// Cancellation is why an order is given up.
type Cancellation struct {
	Reason string `json:"reason,omitempty" maxLength:"1000" example:"The buyer asked for it."`
}

type cancelOrder struct {
	ItemPath
	Matching
	Body Cancellation
}

func (a *API) cancelOrder(ctx context.Context, c *call, in *cancelOrder) (*shown[Order], []deed, error) {
	return a.step(ctx, c, in.ItemPath, in.Matching, in.Body.Reason, func(ctx context.Context, id orders.OrderID) error {
		if _, err := a.Orders.Cancel(ctx, c.shop.ID, id, c.who, in.Body.Reason); err != nil {
			return err
		}
		return a.Payments.Withdraw(ctx, payments.OrderID(id))
	})
}

// Remark is something that staff should know of an order.
type Remark struct {
	Text string `json:"text" minLength:"1" maxLength:"1000" example:"Rings twice."`
}

type noteOrder struct {
	ItemPath
	Matching
	Body Remark
}

func (a *API) noteOrder(ctx context.Context, c *call, in *noteOrder) (*shown[Order], []deed, error) {
	return a.step(ctx, c, in.ItemPath, in.Matching, in.Body.Text, func(ctx context.Context, id orders.OrderID) error {
		return a.Orders.Note(ctx, c.shop.ID, id, c.who, in.Body.Text)
	})
}
