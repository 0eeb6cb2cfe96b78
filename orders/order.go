// Package orders is what a buyer wants and gets: carts, prices, orders and their progress.
package orders

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
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
	Agreed    State = "agreed"    // placed, to be paid on delivery, by transfer or in parts; its stock is held
	Paid      State = "paid"      // paid, being prepared
	Shipped   State = "shipped"   // on its way, or ready to be picked up
	Completed State = "completed" // in the buyer's hands
	Cancelled State = "cancelled"
)

// Holding is where the pieces of an order are.
type Holding string

// An order holds its pieces until they are taken out of stock, exactly once, or let go.
const (
	Held     Holding = "held"     // reserved
	Taken    Holding = "taken"    // out of stock: paid for, or on their way
	LetGo    Holding = "let_go"   // free again; a late payment may still win them back
	Returned Holding = "returned" // back in stock after they had been taken
)

// Order is a contract: what was bought, for how much, as it was when it was placed.
type Order struct {
	ID       OrderID
	Merchant catalog.MerchantID
	Buyer    BuyerID
	Number   string // for people: unique within the merchant
	State    State
	Holding  Holding
	Expired  bool         // Cancelled because nobody paid in time
	Paid     money.Amount // what has been received and not given back
	Refunded money.Amount // what has been given back
	Lines    []OrderLine
	Totals   Totals
	Contact  Contact
	Delivery Delivery
	Comment  string
	Language string // the buyer's, for documents and messages
	Placed   time.Time
	Expires  time.Time // Pending: when it is cancelled by itself; zero: never
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
	What string // one of the words below
	Who  string // ByBuyer, ByShop, ByTime, or the account of the person who did it
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

// What happens to orders, in their timelines and in what conversations are told.
const (
	WasPlaced     = "placed"
	WasAgreed     = "agreed"
	WasPaid       = "paid"
	WasPaidInPart = "paid_in_part"
	WasShipped    = "shipped"
	WasCompleted  = "completed"
	WasCancelled  = "cancelled"
	WasExpired    = "expired"
	WasRefunded   = "refunded"
	WasNoted      = "noted"
)

// Who does things to orders, when it is nobody with an account.
const (
	ByBuyer = "buyer"
	ByShop  = "shop"
	ByTime  = "time"
)

// role is in what quality somebody changes an order.
type role string

const (
	buyer role = "buyer"
	staff role = "staff"
	payer role = "payer" // money that has arrived
	clock role = "clock"
)

// roleOf is the role of a person. Whoever is not the buyer works for the shop.
func roleOf(who string) role {
	if who == ByBuyer {
		return buyer
	}
	return staff
}

// way leads to a state, for some.
type way struct {
	to State
	by []role
}

// steps is every way an order may go.
var steps = map[State][]way{
	Pending: {
		{Agreed, []role{buyer, staff, payer}}, // the buyer would rather pay on delivery, or has paid a part
		{Paid, []role{payer}},
		{Cancelled, []role{buyer, staff, clock}},
	},
	Agreed: {
		{Paid, []role{payer}},
		{Shipped, []role{staff}}, // cash on delivery
		{Cancelled, []role{buyer, staff}},
	},
	Paid: {
		{Shipped, []role{staff}},
		{Completed, []role{staff}}, // nothing to ship
		{Cancelled, []role{staff}},
	},
	Shipped: {
		{Completed, []role{staff}},
		{Cancelled, []role{staff}}, // the parcel came back
	},
	Cancelled: {
		{Paid, []role{payer}}, // a late payment wins over expiry
	},
	Completed: nil,
}

// may says whether a role may lead an order from one state to another.
func may(from, to State, by role) bool {
	return slices.ContainsFunc(steps[from], func(w way) bool { return w.to == to && slices.Contains(w.by, by) })
}

// from lists, in their order, the states that a role may lead to another one.
func from(to State, by role) (states []State) {
	for state := range steps {
		if may(state, to, by) {
			states = append(states, state)
		}
	}
	slices.Sort(states)
	return states
}

// step returns the order in another state with its pieces where they belong then. It fails with
// fault.Conflict when no such way is open to the role.
func (o Order) step(to State, by role) (Order, error) {
	if !may(o.State, to, by) {
		return o, fault.New(fault.Conflict, "order.not_now").With("number", o.Number).With("state", string(o.State)).With("to", string(to))
	}
	o.State, o.Holding = to, o.Holding.in(to)
	o.Expired = to == Cancelled && by == clock
	if to != Pending {
		o.Expires = time.Time{}
	}
	return o, nil
}

// in is where pieces are once the order has come to a state.
func (h Holding) in(s State) Holding {
	switch {
	case s == Pending || s == Agreed:
		return Held
	case s != Cancelled:
		return Taken
	case h == Taken:
		return Returned
	default:
		return LetGo
	}
}

// beginning is the first line of a timeline. It is not kept twice: the order itself says when it was placed.
func (o Order) beginning() Happening {
	return Happening{At: o.Placed, What: WasPlaced, Who: ByBuyer}
}

// pay returns the order after money for it has arrived. It fails with fault.Conflict when nothing or less is
// owed, and when the order was given up: one that expired takes nothing but the whole sum.
func (o Order) pay(amount money.Amount) (Order, error) {
	owed := o.Owed()
	switch {
	case o.settled():
		return o, fault.New(fault.Conflict, "order.already_paid").With("number", o.Number)
	case amount.Currency != owed.Currency || amount.Minor <= 0 || amount.Minor > owed.Minor:
		return o, fault.New(fault.Conflict, "order.amount_differs").With("number", o.Number).
			With("total", owed.String()).With("amount", amount.String())
	case o.State == Cancelled && !(o.Expired && o.Holding == LetGo && amount == owed):
		return o, latePayment(o.Number)
	}
	var err error
	switch {
	case o.State == Shipped || o.State == Completed: // cash on delivery is behind the goods
	case amount == owed:
		o, err = o.step(Paid, payer)
	case o.State == Pending:
		o, err = o.step(Agreed, payer)
	}
	o.Paid = money.Of(o.Paid.Minor+amount.Minor, owed.Currency)
	return o, err
}

// Received is what has come for the order, whatever was given back of it.
func (o Order) Received() money.Amount {
	return money.Of(o.Paid.Minor+o.Refunded.Minor, o.Totals.Total.Currency)
}

// Owed is what has not come yet. What came and was given back is not asked for again.
func (o Order) Owed() money.Amount {
	return money.Of(o.Totals.Total.Minor-o.Received().Minor, o.Totals.Total.Currency)
}

// settled says whether the whole sum has been received, whatever was given back since.
func (o Order) settled() bool { return o.Owed().Minor == 0 }

// payable says whether the buyer may be asked for money now.
func (o Order) payable(now time.Time) bool {
	switch o.State {
	case Pending:
		return now.Before(o.Expires)
	case Agreed, Shipped, Completed:
		return !o.settled()
	default:
		return false
	}
}

// refund returns the order after money has been given back. It fails with fault.Conflict when that is more
// than was received, or of another currency.
func (o Order) refund(amount money.Amount) (Order, error) {
	if amount.Currency != o.Totals.Total.Currency || amount.Minor <= 0 || amount.Minor > o.Paid.Minor {
		return o, fault.New(fault.Conflict, "order.refund_differs").With("number", o.Number).
			With("paid", o.Paid.String()).With("amount", amount.String())
	}
	o.Paid.Minor -= amount.Minor
	o.Refunded = money.Of(o.Refunded.Minor+amount.Minor, amount.Currency)
	return o, nil
}

func latePayment(number string) error {
	return fault.New(fault.Conflict, "order.late_payment").With("number", number)
}

// firstNumber is what the numbers for people start after. They are made of the ids, so that they are unique,
// and placing an order waits for no counter: a counter row for each shop would let its checkouts through one
// at a time. The price is that a shop's numbers have gaps where other shops sold something.
const firstNumber = 1000

// number is an order's number for people.
func number(id OrderID) string { return strconv.FormatInt(firstNumber+int64(id), 10) }

// idOf reads a number as people write it: "1042", "#1042", "№ 1042". It is zero when that is none.
func idOf(number string) OrderID {
	digits := strings.TrimLeft(strings.TrimSpace(number), "#№ \u00a0")
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || id <= firstNumber {
		return 0
	}
	return OrderID(id - firstNumber)
}
