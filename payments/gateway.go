package payments

import (
	"context"
	"time"

	"parley/catalog/money"
)

// Orders is what payments needs of the shop's orders.
type Orders interface {
	// Owed says what is still to be paid and locks the order until the transaction that ctx carries ends.
	// It fails with fault.Missing when there is no such order.
	Owed(ctx context.Context, order OrderID) (Due, error)
	// MarkPaid adds received money to the order: all that it owes, or a part of it. It fails with fault.Conflict when
	// the order cannot take it any more: the money is then kept in the review queue.
	// who is the account of the person who says so; empty: the buyer paid at a processor's.
	MarkPaid(ctx context.Context, order OrderID, amount money.Amount, who string) error
	// MarkRefunded says that money of the order has been given back. It fails with fault.Conflict when it is
	// more than was received.
	MarkRefunded(ctx context.Context, order OrderID, amount money.Amount) error
	// MarkRefundFailed says that money which had been given back came back to the shop.
	MarkRefundFailed(ctx context.Context, order OrderID, amount money.Amount) error
	// Sold is the lines of the order.
	Sold(ctx context.Context, order OrderID) ([]SoldLine, error)
}

// Due is an order as somebody who pays for it must know it.
type Due struct {
	Order       OrderID
	Merchant    MerchantID
	Number      string       // for people
	Amount      money.Amount // still to be paid; what was given back is not asked for again
	Received    money.Amount // whatever was given back of it; less than the order costs: it is paid in parts
	Payable     bool
	Language    string
	Lines       []DueLine
	Email       string
	Expires     time.Time // when the order gives up waiting; zero: never
	Deliverable bool      // something of it is brought to the buyer, who can pay at the door
	Digital     bool      // all of it is handed over as bytes
}

// isPart says whether a sum is only a part of what the order costs.
func (d Due) isPart(amount money.Amount) bool {
	return d.Received.Minor > 0 || amount.Minor < d.Amount.Minor
}

// DueLine is one line of an order; the amounts of the lines may differ from what is due (delivery, discounts).
type DueLine struct {
	Title    string
	Quantity int
	Amount   money.Amount // of the whole line
}

// Return is where a buyer's browser goes back to when the processor's page is done with it.
type Return struct{ URL string }

// Opened is a processor's answer to Open.
type Opened struct {
	Ref     string       // the processor's id for the attempt
	URL     string       // where the buyer pays; empty when there is no page
	Note    string       // what the buyer must know instead
	Tender  money.Amount // what is asked for, where that is of another currency than what is due; zero: what is due
	Expires time.Time    // when the attempt is to be closed; zero: never by itself
}

// Returned is a processor's answer to Refund.
type Returned struct {
	Ref  string    // the processor's id for the refund
	Done bool      // false: on its way, and it may still fail
	At   time.Time // when the processor says that it took it; zero: it did not say
}

// Gateway is one way to be paid. Except for an Instant one its methods are called outside of transactions.
// Errors of kind fault.Unavailable and unclassified ones are tried again; those of other kinds are final.
type Gateway interface {
	Name() string
	// Open asks the processor for a way to pay. It is repeated with the same Payment.Key until it has
	// answered, and gives the same attempt each time.
	Open(ctx context.Context, p Payment, due Due, back Return) (Opened, error)
	// Look is what the processor says now. News is Open while nothing has happened.
	Look(ctx context.Context, p Payment) (Notice, error)
	// Close makes sure that nobody can pay the attempt any more; closing twice is fine. It fails with
	// fault.Conflict when the attempt was paid, or is being paid by a method that takes days, and with fault.Unavailable
	// (payment.being_paid) when it will be known in seconds.
	Close(ctx context.Context, p Payment) error
	// Refund gives money back; the same key gives it back once. It fails with fault.Conflict when more
	// would be given back than was captured.
	Refund(ctx context.Context, p Payment, amount money.Amount, key string) (Returned, error)
}

// Instant marks a Gateway whose Open needs no network and runs inside the transaction of Start.
type Instant interface{ Instant() }

// ByHand marks a Gateway whose money is confirmed by staff, after the order was agreed.
type ByHand interface{ ByHand() }

// Choosy is a Gateway that is not for every order.
type Choosy interface {
	Offers(ctx context.Context, due Due) bool
}

// Moded is a Gateway that knows whether it moves real money. One that does not say moves none.
type Moded interface{ Live() bool }

// ModedByMerchant is a Gateway with which one merchant may take real money while another still tries it out.
type ModedByMerchant interface {
	LiveFor(ctx context.Context, merchant MerchantID) (bool, error)
}

// Whole marks a Gateway whose payments go back as a whole or not at all.
type Whole interface{ Whole() }

// RefundsElsewhere is a Gateway of which some payments can't be given back from here: people do that at the processor's,
// and executing such a refund says that they have. Refund then only agrees.
type RefundsElsewhere interface {
	IsRefundedElsewhere(p Payment) bool
}

// Method is a way to pay that a buyer can be offered.
type Method struct {
	Name  string // a Gateway's
	Later bool   // the order is agreed now and paid on delivery or by transfer
}

// Notice is what a processor says happened, in our words.
type Notice struct {
	Event   string // the processor's own id for this piece of news; unique within the gateway
	Key     string // business key: the charge's id; empty while there is none
	Holder  string // the processor behind the gateway whose charge Key is; empty: the gateway's own
	Ref     string // the processor's id for the attempt
	Intent  string // what the processor calls the buyer's attempt behind Key; a network that it charges for may know no more. Empty: Key's own, or unknown
	From    string // the processor's id for an expired attempt that this one took the place of, at the processor's; else empty
	URL     string // of an expired attempt: where the buyer can still pay; empty: nowhere
	Payment string // our Payment.Key, if the processor gave it back
	News    Status // Working, Settled, Failed, Expired, Declined; empty: kept, and nothing else is done
	Amount  money.Amount
	Fee     *money.Amount // what the processor keeps, when it says so
	Live    bool
	Account string    // the processor's account it happened to; empty for the one our key belongs to
	Raw     []byte    // as it was received
	By      string    // the account of the person who says so; empty: the processor does
	At      time.Time // when the processor says that it happened; zero: it did not say
	// Of a refund: the processor's id for it, our Refund.Key if the processor gave it back, and how far it is. Then
	// Amount is what is given back, and News is empty.
	Refund     string
	RefundKey  string
	RefundNews RefundStatus // RefundWorking, RefundDone or RefundFailed
	// Of a dispute: how it stands. Key is the disputed charge, and News is empty.
	Dispute *DisputeSaid
	// Of a payout: how it stands. Nothing else is said. With an Account it is a seller's.
	Payout *Payout
	// Of a seller's account: how it stands. Nothing else is said.
	Seller *SellerSaid
	// Of what the processor moved between the platform and a seller for a payment, all of it that is known. News is empty.
	Parts []Part
}

// charge is what money is booked under, once.
func (n Notice) charge() string {
	switch {
	case n.Key != "":
		return n.Key
	case n.Ref != "":
		return n.Ref
	}
	return n.Payment
}

// subject is what a review item is about: all that is said of one charge is one item.
func (n Notice) subject() string {
	if charge := n.charge(); charge != "" {
		return charge
	}
	return n.Event
}

// ToldJob is the kind of job that brings news of a payment to the conversation; its arguments are a Told
// and its group is "order:" and the order's id.
const ToldJob = "payments.told"

// Told is news of a payment for whoever talks to the buyer.
type Told struct {
	Payment  PaymentID    `json:"payment"`
	Order    OrderID      `json:"order"`
	Merchant MerchantID   `json:"merchant"`
	What     string       `json:"what"`            // ToldReady, ToldSettled …
	Amount   money.Amount `json:"amount,omitzero"` // ToldRefunded, ToldReturned: what goes back
}
