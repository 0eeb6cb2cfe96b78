package payments

import (
	"context"
	"time"

	"parley/catalog/money"
)

// Settling is a Gateway whose processor says what it did with the money that it holds. Everything is listed oldest
// first, and listing the same again is always allowed. Listing ends with the error of take, if it gives one.
type Settling interface {
	// Transactions are the processor's balance transactions that were made at or after a time.
	Transactions(ctx context.Context, since time.Time, take func(Transaction) error) error
	// Payouts are the transfers to the merchant's bank that were made at or after a time, as they stand now.
	Payouts(ctx context.Context, since time.Time, take func(Payout) error) error
	// Itemised are the balance transactions that a payout consists of, its own left out. It fails with fault.Conflict
	// when the processor cannot say (manual and instant payouts).
	Itemised(ctx context.Context, payout string, take func(Transaction) error) error
	// Catch is everything that happened at or after a time, as notices that Hear takes; those that were heard already
	// change nothing. A processor remembers a limited time (Stripe: 30 days).
	Catch(ctx context.Context, since time.Time, take func(Notice) error) error
}

// MaySettle is a Settling gateway whose processor can be asked only where it was set up.
type MaySettle interface {
	Settling
	// Settles says whether it was.
	Settles() bool
}

// Unbanked is a Settling gateway whose payouts come to no bank account: what the processor calls paid has left.
type Unbanked interface{ Unbanked() }

// settles is the gateway as one whose processor can be asked now.
func settles(gateway Gateway) (Settling, bool) {
	settling, can := gateway.(Settling)
	if may, some := gateway.(MaySettle); some {
		can = may.Settles()
	}
	return settling, can
}

// PayoutNews is told when a processor says that a payout was made, or is another one by now: so that its rows can be
// looked at as soon as they are complete (Payout.Reconciled). It runs in the transaction that keeps the news, must not
// call a network, and may hear the same more than once: a payout's state is known by its id and status.
type PayoutNews interface {
	PayoutChanged(ctx context.Context, gateway string, live bool, account string, payout Payout) error
}

// Transaction is one row of a processor's balance. Gross is signed: negative leaves the balance. Gross − Fee = Net.
type Transaction struct {
	ID        string
	Category  string // the processor's reporting category: "charge", "refund", "dispute" …
	Source    string // what it is about: a charge, a refund, a dispute, a payout
	Charge    string // the charge behind it, where there is one
	Intent    string // what the buyer's attempt to pay is called, where the charge belongs to one
	Payout    string // the automatic payout that it went out with; empty: not yet
	Gross     money.Amount
	Fee       money.Amount
	Net       money.Amount
	Seen      money.Amount // as the buyer saw it, with the sign of Gross; the same as Gross unless it was converted
	Method    string       // "card", "sepa_debit" …; empty: unknown
	Country   string       // of the card; empty: unknown
	Created   time.Time
	Available time.Time // when it can be paid out
}

// PayoutStatus is how far a payout is.
type PayoutStatus string

// The states of a payout.
const (
	PayoutPending   PayoutStatus = "pending"
	PayoutInTransit PayoutStatus = "in_transit"
	PayoutPaid      PayoutStatus = "paid"
	PayoutFailed    PayoutStatus = "failed" // the bank sent it back
	PayoutCanceled  PayoutStatus = "canceled"
)

// Payout is a transfer from a processor to the merchant's bank; negative takes from the bank.
type Payout struct {
	ID         string
	Status     PayoutStatus
	Amount     money.Amount
	Automatic  bool // only automatic ones can be itemised
	Created    time.Time
	Arrives    time.Time // when it is, or was, expected at the bank
	Returned   string    // the balance transaction with which a failed one came back
	Descriptor string    // what the bank's line says, where known
	Reconciled bool      // its rows are complete
}
