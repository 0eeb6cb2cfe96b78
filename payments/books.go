package payments

import (
	"strings"
	"time"

	"parley/catalog/money"
)

// Turnover is what a stretch of time did to an account in a currency. Opening + In − Out = Closing.
type Turnover struct {
	Account  Account
	Currency money.Currency
	Opening  money.Amount // what was in it before
	In       money.Amount // debit: what came to it
	Out      money.Amount // credit: what left it
	Closing  money.Amount
}

// Booked is an entry of a merchant as the books have it.
type Booked struct {
	ID       int64
	Payment  PaymentID // zero: of none
	Order    OrderID   // zero: of none
	At       time.Time // when it was booked, which is the period it belongs to
	Reversed int64     // the entry that it takes back; zero: none
	Entry
}

// JournalAsk says which entries are wanted. What is zero does not matter.
type JournalAsk struct {
	Merchant MerchantID
	Span     Span
	Account  Account // those that moved something there
	Currency money.Currency
	Order    OrderID
	Payment  PaymentID
}

// Place is where an entry stands in a journal, which is in the order of time.
type Place struct {
	At time.Time
	ID int64
}

// Place is where it stands.
func (b Booked) Place() Place { return Place{b.At, b.ID} }

// In is what the entry did to an account in a currency: what came to it less what left it.
func (b Booked) In(account Account, currency money.Currency) money.Amount {
	sum := money.Of(0, currency)
	for _, move := range b.Moves {
		if move.Amount.Currency != currency {
			continue
		}
		if move.To == account {
			sum.Minor += move.Amount.Minor
		}
		if move.From == account {
			sum.Minor -= move.Amount.Minor
		}
	}
	return sum
}

// OrderSum is what processors took, kept and gave back for an order in a stretch of time; what leaves them is negative.
// Without an order it is what belongs to none.
type OrderSum struct {
	Order    OrderID
	Charged  money.Amount
	Fees     money.Amount
	Refunded money.Amount // with refunds that came back
	Disputed money.Amount
	Other    money.Amount
	Net      money.Amount // the sum of all that
	Paid     money.Amount // of what was charged, what the order took
}

// add adds what entries of a reason did.
func (o *OrderSum) add(reason string, minor int64) {
	sums := map[string]*money.Amount{
		reasonCapture: &o.Charged, "charge": &o.Charged, reasonStray: &o.Charged, reasonFee: &o.Fees, reasonRefund: &o.Refunded, reasonReturn: &o.Refunded,
	}
	if reason == reasonCapture {
		o.Paid.Minor += minor
	}
	reason = strings.TrimPrefix(reason, "settled_") // booked because the processor said so in its balance
	sum := sums[reason]
	switch {
	case sum != nil:
	case strings.HasPrefix(reason, "dispute"):
		sum = &o.Disputed
	default:
		sum = &o.Other
	}
	sum.Minor += minor
	o.Net.Minor += minor
}

func newOrderSum(order OrderID, c money.Currency) OrderSum {
	nothing := money.Of(0, c)
	return OrderSum{order, nothing, nothing, nothing, nothing, nothing, nothing, nothing}
}

// ReasonSum is what the entries of a source and a reason did in a stretch of time, in a currency.
type ReasonSum struct {
	Source string       // a gateway
	Reason string       // "capture", "fee", "refund" …
	Count  int64        // entries
	Moved  money.Amount // all of their moves
	Held   money.Amount // what came to clearing accounts less what left them
}

// SpanSum is what captures brought in one of several stretches of time, in one currency.
type SpanSum struct {
	Span int          // which of those that were asked for
	Held money.Amount // what came to clearing accounts less what left them
}
