// Package settlement keeps what processors and banks say of the money, row by row, beside the books: every row is
// matched to what the books have, and the books follow it to the cent, or it waits in a queue with a reason.
package settlement

import (
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/payments"
	"parley/payments/reconcile"
)

// Ids of what is kept here.
type (
	RowID    int64
	PayoutID int64
	LineID   int64
	ItemID   int64
)

// Service brings in what processors and banks say and settles it with the books.
type Service struct {
	d     *db.DB
	store store
	books *payments.Service
	now   func() time.Time
	batch int // rows that are stored, judged and booked in one transaction
}

// New makes a service beside the books.
func New(d *db.DB, books *payments.Service, now func() time.Time) *Service {
	return &Service{d: d, store: store{d}, books: books, batch: 200, now: func() time.Time { return now().UTC().Truncate(time.Microsecond) }}
}

// State is what became of a row or of a bank's line.
type State string

// The states.
const (
	Matched State = "matched"
	Queued  State = "queued" // an item of the queue says why
	Other   State = "other"  // of a bank's line: the shop's own business
)

// FromAPI is the origin of what was asked of the processor; the origin of other rows is the name of a file.
const FromAPI = "api"

// Row is a balance transaction: what the processor told, which never changes, and what it turned out to be.
type Row struct {
	Number  RowID
	Gateway string
	Kind    reconcile.Kind
	payments.Transaction
	Said        string // of a currency that nobody knows: the amount as it was written
	Origin      string
	State       State
	Merchant    payments.MerchantID // zero: nobody knows whose
	PaymentID   payments.PaymentID
	Order       payments.OrderID
	Counterpart string // the business key of the entry that the books had for it
	IsBooked    bool   // the books say exactly its net
	charged     time.Time
}

// isConverted says whether the buyer paid in another currency than was settled.
func (r Row) isConverted() bool { return r.Seen.Currency != r.Gross.Currency }

// subject is what the queue calls the row.
func (r Row) subject() string { return "txn:" + r.Transaction.ID }

// rowOf is a transaction before anybody has looked at it.
func rowOf(gateway, origin string, t payments.Transaction) Row {
	if t.Seen.Currency == "" {
		t.Seen = t.Gross
	}
	if t.Available.IsZero() {
		t.Available = t.Created
	}
	r := Row{Gateway: gateway, Origin: origin, Transaction: t, Kind: reconcile.KindOf(t.Category)}
	if r.Charge == "" && (r.Kind == reconcile.ChargeKind || r.Kind == reconcile.ChargeFailureKind) {
		r.Charge = r.Source
	}
	if r.Said == "" && !(isKnown(t.Gross.Currency) && isKnown(t.Seen.Currency)) {
		r.Said = t.Gross.String()
		zero := money.Of(0, t.Gross.Currency)
		r.Gross, r.Fee, r.Net, r.Seen = zero, zero, zero, zero
	}
	return r
}

// isKnown says whether it is known what a minor unit of a currency is: of ISO 4217, and of Stars, which have none.
func isKnown(c money.Currency) bool { return c.Valid() || c == money.Stars }

// Payout is a transfer to the bank: what the processor told last, and how far it was followed.
type Payout struct {
	Number  PayoutID
	Gateway string
	payments.Payout
	Itemised Itemised
	Merchant payments.MerchantID // whose all of it is; zero: several merchants', or not known
	IsBanked bool                // the books have it in the bank
	IsBack   bool                // the books have it back from the bank
	isListed bool                // told by itself; else only its balance transaction was seen
}

// isOver says whether the bank will never have it.
func (p Payout) isOver() bool {
	return p.Status == payments.PayoutFailed || p.Status == payments.PayoutCanceled
}

func (p Payout) subject() string { return "payout:" + p.Payout.ID }

// Itemised is how it is known which rows a payout consists of.
type Itemised string

// The ways.
const (
	NotItemised Itemised = "no"
	ByProcessor Itemised = "yes"
	Assumed     Itemised = "assumed" // nobody says: the oldest available money
)

// Line is one line of a bank statement. What the bank said never changes.
type Line struct {
	Number   LineID
	Merchant payments.MerchantID // whose account it is; zero: of whoever runs this
	Day      time.Time           // midnight UTC
	Amount   money.Amount        // less than zero left the account
	Text     string              // all that it says, in lower case
	Origin   string
	State    State
	Payout   PayoutID // zero: none
	IsBack   bool     // it takes a failed payout back
	identity string
}
