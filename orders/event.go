package orders

import (
	"context"
	"time"

	"parley/catalog"
	"parley/catalog/event"
	"parley/catalog/money"
)

// events is what others hear of each thing that happens to an order.
var events = map[string]event.Type{
	WasPlaced: event.OrderPlaced, WasAgreed: event.OrderAgreed, WasPaid: event.OrderPaid, WasPaidInPart: event.OrderPaidInPart, WasShipped: event.OrderShipped,
	WasCompleted: event.OrderCompleted, WasCancelled: event.OrderCancelled, WasExpired: event.OrderExpired, WasRefunded: event.OrderRefunded,
}

// happened tells those who listen what happened to an order, as the order is by now. It reads the order only when
// somebody listens.
func (s *Service) happened(ctx context.Context, m catalog.MerchantID, id OrderID, what string) error {
	if !s.Listener.Wants(ctx, int64(m), events[what]) {
		return nil
	}
	order, err := s.one(ctx, m, id, "")
	if err != nil {
		return err
	}
	if order.Lines, err = s.linesOf(ctx, id); err != nil {
		return err
	}
	return s.happenedTo(ctx, order, what)
}

// happenedTo is happened for an order that is at hand with its lines.
func (s *Service) happenedTo(ctx context.Context, o Order, what string) error {
	if !s.Listener.Wants(ctx, int64(o.Merchant), events[what]) {
		return nil
	}
	return event.Promise(ctx, s.db, event.Of(int64(o.Merchant), events[what], s.at(), o.told()))
}

// orderTold is an order as programs of others hear of it.
type orderTold struct {
	ID        OrderID      `json:"id"`
	Number    string       `json:"number"`
	State     State        `json:"state"`
	Buyer     BuyerID      `json:"buyer"`
	Lines     []lineTold   `json:"lines"`
	Goods     moneyTold    `json:"goods"`
	Discount  moneyTold    `json:"discount"`
	Shipping  moneyTold    `json:"shipping"`
	Tax       moneyTold    `json:"tax"` // included in goods and shipping
	Total     moneyTold    `json:"total"`
	Paid      moneyTold    `json:"paid"`
	Refunded  moneyTold    `json:"refunded"`
	Recipient contactTold  `json:"contact"`
	Delivery  deliveryTold `json:"delivery"`
	Comment   string       `json:"comment"`
	Language  string       `json:"language"`
	Tracking  string       `json:"tracking"`
	Placed    time.Time    `json:"placed_at"`
	Expires   *time.Time   `json:"expires_at,omitempty"`
}

type lineTold struct {
	Variant  catalog.VariantID `json:"variant"`
	Kind     catalog.Kind      `json:"kind"`
	SKU      string            `json:"sku"`
	Title    string            `json:"title"`
	Options  string            `json:"options"`
	Price    moneyTold         `json:"price"`
	Quantity int               `json:"quantity"`
	Total    moneyTold         `json:"total"`
}

type contactTold struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
	Email string `json:"email"`
}

type deliveryTold struct {
	Kind    catalog.DeliveryKind `json:"kind"`
	Name    string               `json:"name"`
	Address string               `json:"address"`
}

// moneyTold is a sum in minor units.
type moneyTold struct {
	Minor    int64          `json:"minor"`
	Currency money.Currency `json:"currency"`
}

func (o Order) told() orderTold {
	told := orderTold{
		ID: o.ID, Number: o.Number, State: o.State, Buyer: o.Buyer, Lines: []lineTold{},
		Goods: moneyTold(o.Totals.Goods), Discount: moneyTold(o.Totals.Discount), Shipping: moneyTold(o.Totals.Shipping),
		Tax: moneyTold(o.Totals.Tax), Total: moneyTold(o.Totals.Total), Paid: moneyTold(o.Paid), Refunded: moneyTold(o.Refunded),
		Recipient: contactTold(o.Contact), Delivery: deliveryTold{o.Delivery.Kind, o.Delivery.Name, o.Delivery.Address},
		Comment: o.Comment, Language: o.Language, Tracking: o.Tracking, Placed: o.Placed,
	}
	for _, l := range o.Lines {
		told.Lines = append(told.Lines, lineTold{l.Variant, l.Kind, l.SKU, l.Title, l.Options, moneyTold(l.Price), l.Quantity, moneyTold(l.Total)})
	}
	if !o.Expires.IsZero() {
		told.Expires = &o.Expires
	}
	return told
}
