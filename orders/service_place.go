package orders

import (
	"context"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
)

// Place makes an order of a buyer's cart, once for each key: a repeat returns the order as it is by now. Its
// prices are frozen, its stock is held, and the cart is empty afterwards. An order that costs nothing is paid
// at once.
//
// It fails with fault.Invalid when the checkout lacks something, and with fault.Conflict when the cart is
// empty, something is short, the delivery is not offered any more or the total is not what the buyer expects
// (order.price_changed, with the new total).
func (s *Service) Place(ctx context.Context, c Checkout) (Order, error) {
	c, err := c.tidied()
	if err != nil {
		return Order{}, err
	}
	var order Order
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		var err error
		order, err = s.place(ctx, c)
		return err
	})
	return order, err
}

func (s *Service) place(ctx context.Context, c Checkout) (Order, error) {
	rows, earlier, err := s.lockCart(ctx, c)
	if err != nil {
		return Order{}, err
	}
	if earlier != 0 {
		return s.Find(ctx, c.Merchant, earlier)
	}
	cart, err := s.priced(ctx, c.Merchant, c.Buyer, rows)
	if err != nil {
		return Order{}, err
	}
	order, err := s.draft(ctx, c, cart)
	if err != nil {
		return Order{}, err
	}
	if order.ID, err = s.insertOrder(ctx, c.Key, order); err != nil {
		return Order{}, err
	}
	if order.ID == 0 { // the same checkout was faster
		if order.ID, err = s.placedAs(ctx, c); err != nil {
			return Order{}, err
		}
		return s.Find(ctx, c.Merchant, order.ID)
	}
	order.Number = number(order.ID)
	order.Timeline = []Happening{order.beginning()}
	return s.furnish(ctx, order, cart, rows)
}

// draft is the order that a checkout would become.
func (s *Service) draft(ctx context.Context, c Checkout, cart Cart) (Order, error) {
	if err := cart.complete(); err != nil {
		return Order{}, err
	}
	shop, err := s.catalog.Merchant(ctx, c.Merchant)
	if err != nil {
		return Order{}, err
	}
	if shop.State != catalog.Active {
		return Order{}, fault.New(fault.Conflict, "order.shop_closed")
	}
	to, method, err := c.deliverTo(cart, shop)
	if err != nil {
		return Order{}, err
	}
	if cart.Totals, err = cart.cost(method, shop.Currency); err != nil {
		return Order{}, err
	}
	if c.Expect != cart.Totals.Total {
		return Order{}, fault.New(fault.Conflict, "order.price_changed").With("total", cart.Totals.Total.In(c.Language))
	}
	return c.order(cart, to, s.at(), shop.HoldFor), nil
}

// order is what a checkout of a cart becomes.
func (c Checkout) order(cart Cart, to Delivery, at time.Time, holdFor time.Duration) Order {
	o := Order{
		Merchant: c.Merchant, Buyer: c.Buyer, State: Pending, Holding: Held, Totals: cart.Totals, Contact: c.Contact,
		Delivery: to, Comment: c.Comment, Language: c.Language, Placed: at, Expires: at.Add(holdFor),
	}
	if c.Later {
		o.State, o.Expires = Agreed, time.Time{}
	}
	o.Paid.Currency, o.Refunded.Currency = o.Totals.Total.Currency, o.Totals.Total.Currency
	for _, line := range cart.Lines {
		o.Lines = append(o.Lines, OrderLine{
			Variant: line.Variant, Kind: line.Kind, SKU: line.SKU, Title: line.Title.In(c.Language),
			Options: line.Options.In(c.Language), Price: line.Price, Quantity: line.Quantity, Total: line.Total,
		})
	}
	return o
}

// furnish does what a new order brings with it.
func (s *Service) furnish(ctx context.Context, order Order, cart Cart, rows []wanted) (Order, error) {
	if err := s.insertLines(ctx, order); err != nil {
		return Order{}, err
	}
	if err := s.handOver(ctx, order.ID, cart, rows); err != nil {
		return Order{}, err
	}
	if err := s.dropLines(ctx, order.Merchant, order.Buyer, variantsOf(rows)); err != nil {
		return Order{}, err
	}
	if err := s.happenedTo(ctx, order, WasPlaced); err != nil {
		return Order{}, err
	}
	switch {
	case order.Totals.Total.IsZero():
		return s.give(ctx, order)
	case order.State == Pending:
		return order, s.db.Promise(ctx, expiry(order))
	default:
		return order, nil
	}
}

// give marks an order paid for which nothing is owed.
func (s *Service) give(ctx context.Context, order Order) (Order, error) {
	next, err := order.step(Paid, payer)
	if err != nil {
		return Order{}, err
	}
	next.Timeline = append(next.Timeline, Happening{At: s.at(), What: WasPaid, Who: ByShop})
	return next, s.become(ctx, order, next, WasPaid, ByShop, "")
}

// handOver has the order hold what the cart held. What the checkout holds is somebody's word, what the order
// holds is read back: a reservation may run out at any moment before it is the order's.
func (s *Service) handOver(ctx context.Context, id OrderID, cart Cart, rows []wanted) error {
	if anyHeld(rows) {
		held, err := s.catalog.Rename(ctx, cartHolder(cart.Merchant, cart.Buyer), orderHolder(id), nil)
		if err != nil || cart.heldBy(held) {
			return err
		}
	} else if cart.heldBy(nil) {
		return nil // nothing in it is counted
	}
	return s.reserve(ctx, cart, orderHolder(id), nil)
}

func anyHeld(rows []wanted) bool {
	for _, row := range rows {
		if row.Held > 0 {
			return true
		}
	}
	return false
}

func variantsOf(rows []wanted) []catalog.VariantID {
	ids := make([]catalog.VariantID, len(rows))
	for i, row := range rows {
		ids[i] = row.Variant
	}
	return ids
}

// Agree turns an order that waits for payment into one that is paid on delivery or by transfer, and does not
// expire. It fails with fault.Conflict when the order waits for no payment.
func (s *Service) Agree(ctx context.Context, m catalog.MerchantID, id OrderID, who string) (Order, error) {
	return s.advance(ctx, m, id, Agreed, change{what: WasAgreed, who: who})
}
