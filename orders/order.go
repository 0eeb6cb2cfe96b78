// Package orders is what a buyer wants and gets: carts, prices, orders and their progress.
package orders

import (
	"time"

	"parley/catalog"
	"parley/catalog/money"
)

// Ids of this package's things, and the buyer's: whoever the conversation is with.
type (
	OrderID int64
	BuyerID int64
)

// State is how far an order has come.
type State string

// The states of an order. What leads where is one table, steps.
const (
	Pending   State = "pending"   // placed, not paid; its stock is held until Expires
	Agreed    State = "agreed"    // placed, to be paid on delivery or by transfer; its stock is held
	Paid      State = "paid"      // paid, being prepared
	Shipped   State = "shipped"   // on its way, or ready to be picked up
	Completed State = "completed" // in the buyer's hands
	Cancelled State = "cancelled"
)

// Order is a contract: what was bought, for how much, as it was when it was placed.
type Order struct {
	ID       OrderID
	Merchant catalog.MerchantID
	Buyer    BuyerID
	Number   string // for people: unique within the merchant
	State    State
	Paid     money.Amount // what has been received and not given back
	Lines    []OrderLine
	Totals   Totals
	Contact  Contact
	Delivery Delivery
	Comment  string
	Language string // the buyer's, for documents and messages
	Placed   time.Time
	Expires  time.Time // Pending: when it is cancelled by itself
	Tracking string
	Timeline []Happening // oldest first; only from Find
}

// OrderLine is one variant as it was sold.
type OrderLine struct {
	Variant  catalog.VariantID
	Kind     catalog.Kind
	SKU      string
	Title    string // in the buyer's language
	Options  string // "42 / black"
	Price    money.Amount
	Quantity int
	Total    money.Amount
}

// Contact is who receives the order.
type Contact struct {
	Name  string
	Phone string // E.164 where it could be read
	Email string
}

// Delivery is how the order reaches the buyer; the zero one is for orders with nothing to deliver.
type Delivery struct {
	Method  catalog.DeliveryID
	Kind    catalog.DeliveryKind
	Name    string // as it was called when the order was placed
	Address string
}

// Happening is one line of an order's timeline.
type Happening struct {
	At   time.Time
	What string // "placed", "paid", "shipped", "cancelled", "noted" …
	Who  string // "buyer", "shop", or the account of the person who did it
	Note string
}

// Totals adds up exactly: Total = Goods − Discount + Shipping + Tax not yet included.
type Totals struct {
	Goods    money.Amount
	Discount money.Amount
	Shipping money.Amount
	Tax      money.Amount // included in Goods and Shipping
	Total    money.Amount
}
