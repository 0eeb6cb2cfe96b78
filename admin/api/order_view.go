package api

import (
	"fmt"
	"time"

	"parley/orders"
)

// Order is what was bought, for how much, as it was when it was placed.
type Order struct {
	ID        int64       `json:"id" example:"5"`
	Number    string      `json:"number" example:"1005" doc:"For people."`
	State     string      `json:"state" enum:"pending,agreed,paid,shipped,completed,cancelled" doc:"agreed: to be paid on delivery or by transfer."`
	Buyer     int64       `json:"buyer" doc:"A contact."`
	Lines     []OrderLine `json:"lines"`
	Goods     Money       `json:"goods"`
	Discount  Money       `json:"discount"`
	Shipping  Money       `json:"shipping"`
	Tax       Money       `json:"tax" doc:"Included in goods and shipping."`
	Total     Money       `json:"total"`
	Paid      Money       `json:"paid" doc:"Received and not given back."`
	Refunded  Money       `json:"refunded"`
	Received  Money       `json:"received" doc:"Whatever was given back of it; less than the total: the rest is waited for."`
	Owed      Money       `json:"owed" doc:"Still to be paid."`
	Contact   Recipient   `json:"contact"`
	Delivery  Shipment    `json:"delivery"`
	Comment   string      `json:"comment"`
	Language  string      `json:"language" doc:"The buyer's."`
	Tracking  string      `json:"tracking"`
	Placed    time.Time   `json:"placed_at"`
	Expires   *time.Time  `json:"expires_at,omitempty" doc:"When it is cancelled unless it is paid."`
	Happening []Happening `json:"timeline,omitempty" doc:"Oldest first; only of one order."`
	Payments  []Payment   `json:"payments,omitempty" doc:"Oldest first; only of one order."`
	Refunds   []Refund    `json:"refunds,omitempty" doc:"Oldest first; only of one order."`
}

// OrderLine is one variant as it was sold.
type OrderLine struct {
	Variant  int64  `json:"variant"`
	Kind     string `json:"kind" enum:"physical,digital,service"`
	SKU      string `json:"sku"`
	Title    string `json:"title" doc:"In the buyer's language."`
	Options  string `json:"options" example:"42 / black"`
	Price    Money  `json:"price"`
	Quantity int    `json:"quantity"`
	Total    Money  `json:"total"`
}

// Recipient is who receives an order.
type Recipient struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
	Email string `json:"email"`
}

// Shipment is how an order reaches the buyer; empty when there is nothing to deliver.
type Shipment struct {
	Kind    string `json:"kind" example:"courier"`
	Name    string `json:"name"`
	Address string `json:"address"`
}

// Happening is one line of an order's timeline.
type Happening struct {
	At   time.Time `json:"at"`
	What string    `json:"what" example:"shipped"`
	Who  string    `json:"who" example:"staff:1"`
	Note string    `json:"note"`
}

func orderView(o orders.Order) Order {
	view := Order{
		ID: int64(o.ID), Number: o.Number, State: string(o.State), Buyer: int64(o.Buyer), Lines: all(o.Lines, lineView),
		Goods: moneyView(o.Totals.Goods), Discount: moneyView(o.Totals.Discount), Shipping: moneyView(o.Totals.Shipping), Tax: moneyView(o.Totals.Tax),
		Total: moneyView(o.Totals.Total), Paid: moneyView(o.Paid), Refunded: moneyView(o.Refunded), Received: moneyView(o.Received()), Owed: moneyView(o.Owed()),
		Contact:  Recipient(o.Contact),
		Delivery: Shipment{string(o.Delivery.Kind), o.Delivery.Name, o.Delivery.Address}, Comment: o.Comment, Language: o.Language,
		Tracking: o.Tracking, Placed: o.Placed, Happening: all(o.Timeline, func(h orders.Happening) Happening { return Happening(h) }),
	}
	if !o.Expires.IsZero() {
		view.Expires = &o.Expires
	}
	return view
}

func lineView(l orders.OrderLine) OrderLine {
	return OrderLine{
		Variant: int64(l.Variant), Kind: string(l.Kind), SKU: l.SKU, Title: l.Title, Options: l.Options, Price: moneyView(l.Price),
		Quantity: l.Quantity, Total: moneyView(l.Total),
	}
}

func (o Order) subject() string { return fmt.Sprintf("order:%d", o.ID) }

// etag leaves out the timeline and refunds on their way: they overwrite nothing.
func (o Order) etag() string {
	o.Happening, o.Refunds, o.Payments = nil, nil, nil
	return etagOf(o)
}
