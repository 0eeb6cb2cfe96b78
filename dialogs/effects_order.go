package dialogs

import (
	"context"
	"strings"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/dialogs/flow"
	"parley/orders"
)

func (t *turn) holdCart(ctx context.Context) (flow.Event, error) {
	cart, err := t.Checkout.Hold(ctx, t.shop.ID, t.buyer())
	if refusal, is := fault.Of(err); is && refusal.Key == "cart.empty" {
		return flow.CartPriced{}, nil // the empty cart says it all
	}
	if err != nil {
		return nil, err
	}
	checkout := flow.Checkout{Key: t.Random(), LastName: t.name, LastPhone: t.phone}
	for _, line := range cart.Lines {
		checkout.Deliver = checkout.Deliver || line.Kind == catalog.Physical
	}
	if err := t.recall(ctx, &checkout); err != nil {
		return nil, err
	}
	if checkout.Deliver {
		checkout.Methods = deliveryWays(t.shop, cart, t.language())
		checkout.Deliver = len(checkout.Methods) > 0
	}
	return flow.CheckoutOpened{Checkout: checkout}, nil
}

// recall fills in what the buyer's last order knows.
func (t *turn) recall(ctx context.Context, c *flow.Checkout) error {
	last, _, err := t.Orders.List(ctx, t.shop.ID, t.buyer(), orders.Page{Limit: 1})
	if err != nil || len(last) == 0 {
		return err
	}
	if last[0].Contact.Phone != "" {
		c.LastName, c.LastPhone = last[0].Contact.Name, last[0].Contact.Phone
	}
	if last[0].Delivery.Kind == catalog.Courier {
		c.LastPlace = last[0].Delivery.Address
	}
	return nil
}

func (t *turn) quote(ctx context.Context, c flow.Checkout) (flow.Event, error) {
	cart, err := t.Checkout.Quote(ctx, t.shop.ID, t.buyer(), catalog.DeliveryID(c.Delivery))
	if err != nil {
		return nil, err
	}
	quoted := flow.Quoted{Cart: cartView(cart, t.language()), Checkout: c}
	for _, method := range t.shop.Delivery {
		if int64(method.ID) == c.Delivery {
			quoted.Delivery = strings.TrimSpace(method.Name.In(t.language()) + "\n" + method.Address.In(t.language()))
		}
	}
	return quoted, nil
}

func (t *turn) place(ctx context.Context, c flow.Checkout) (flow.Event, error) {
	quoted, err := t.Checkout.Quote(ctx, t.shop.ID, t.buyer(), catalog.DeliveryID(c.Delivery))
	if err != nil {
		return nil, err
	}
	if seen := c.Total; seen != quoted.Totals.Total {
		return nil, fault.New(fault.Conflict, "order.price_changed")
	}
	order, err := t.Checkout.Place(ctx, orders.Checkout{
		Merchant: t.shop.ID, Buyer: t.buyer(), Key: c.Key, Delivery: catalog.DeliveryID(c.Delivery), Address: c.Address,
		Contact: orders.Contact{Name: c.Name, Phone: c.Phone, Email: c.Email}, Comment: c.Comment, Language: t.language(), Expect: quoted.Totals.Total,
	})
	if err != nil {
		return nil, err
	}
	if err := t.nameAfter(ctx, order); err != nil {
		return nil, err
	}
	placed, err := t.order(ctx, int64(order.ID))
	return flow.OrderPlaced{Order: placed}, err
}

// nameAfter calls a buyer whom the network gave no name, or no phone, as their order does.
func (t *turn) nameAfter(ctx context.Context, order orders.Order) error {
	if t.name == "" && order.Contact.Name != "" {
		t.name = order.Contact.Name
		if err := t.remember(ctx, "name", t.name); err != nil {
			return err
		}
	}
	if t.phone == "" && order.Contact.Phone != "" {
		t.phone = order.Contact.Phone
		return t.remember(ctx, "phone", t.phone)
	}
	return nil
}

// order is one of the buyer's own orders, with the ways it can be paid now.
func (t *turn) order(ctx context.Context, id int64) (flow.Order, error) {
	order, err := t.Orders.Theirs(ctx, t.shop.ID, t.buyer(), orders.OrderID(id))
	if err != nil {
		return flow.Order{}, err
	}
	return t.orderWithWays(ctx, order)
}

func (t *turn) orderWithWays(ctx context.Context, order orders.Order) (flow.Order, error) {
	view := orderView(order, t.shop, t.language())
	if !view.NeedsMoney {
		return view, nil
	}
	ways, err := t.Payments.Ways(ctx, t.shop.ID, order.ID)
	view.Ways = ways
	return view, err
}

func (t *turn) startPaying(ctx context.Context, e flow.StartPaying) (flow.Event, error) {
	order, err := t.order(ctx, e.Order)
	if err != nil {
		return nil, err
	}
	if !order.NeedsMoney {
		return flow.PayWays{Order: order}, nil
	}
	opened, err := t.Payments.Start(ctx, orders.OrderID(e.Order), e.Method)
	if err != nil {
		return nil, err
	}
	if opened.Later && order.State == string(orders.Pending) {
		if _, err := t.Checkout.Agree(ctx, t.shop.ID, orders.OrderID(e.Order), orders.ByBuyer); err != nil {
			return nil, err
		}
		order.State = string(orders.Agreed)
	}
	if !opened.Ready {
		return flow.LinkComing{Order: order}, nil
	}
	return flow.LinkReady{Order: order, Method: e.Method, URL: opened.URL, Note: opened.Note, Invoice: opened.Invoice}, nil
}

// ordersPage is how many orders a page of them has.
const ordersPage = 5

func (t *turn) listOrders(ctx context.Context, page int) (flow.Event, error) {
	list, more, err := t.Orders.List(ctx, t.shop.ID, t.buyer(), orders.Page{Offset: page * ordersPage, Limit: ordersPage})
	listed := flow.OrdersListed{Page: page, More: more}
	for _, order := range list {
		listed.Orders = append(listed.Orders, orderView(order, t.shop, t.language()))
	}
	return listed, err
}

func (t *turn) repeat(ctx context.Context, id int64) (flow.Event, error) {
	cart, missing, err := t.Orders.Repeat(ctx, t.shop.ID, t.buyer(), orders.OrderID(id))
	if err != nil {
		return nil, err
	}
	priced := flow.CartPriced{Cart: cartView(cart, t.language())}
	for _, line := range missing {
		priced.Cart.Skipped = append(priced.Cart.Skipped, line.Title)
	}
	return priced, nil
}

func (t *turn) cancel(ctx context.Context, id int64) (flow.Event, error) {
	if _, err := t.order(ctx, id); err != nil {
		return nil, err
	}
	order, err := t.Orders.Cancel(ctx, t.shop.ID, orders.OrderID(id), orders.ByBuyer, "")
	if err != nil {
		return nil, err
	}
	err = t.Payments.Withdraw(ctx, order.ID)
	return flow.OrderCancelled{Order: orderView(order, t.shop, t.language())}, err
}
