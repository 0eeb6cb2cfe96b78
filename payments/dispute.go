package payments

import (
	"slices"
	"time"

	"parley/catalog/money"
)

// DisputeID is an id of a Dispute.
type DisputeID int64

// DisputeStatus is how far a dispute has come.
type DisputeStatus string

// The states of a dispute. What leads where is one table, disputeSteps.
const (
	DisputeInquiry DisputeStatus = "inquiry" // the bank asks; no money has moved
	DisputeDropped DisputeStatus = "dropped" // the bank asked, and took it no further
	DisputeOpen    DisputeStatus = "open"    // evidence is awaited
	DisputeReview  DisputeStatus = "review"  // the bank looks at the evidence
	DisputeLost    DisputeStatus = "lost"    // the buyer keeps the money
	DisputeWon     DisputeStatus = "won"     // the money comes back to the shop
)

// disputeSteps is every way a dispute may change. Each state leads to all further down, and to no other, so that
// every order of the same news ends alike. A lost one may still be won: networks turn verdicts over.
var disputeSteps = map[DisputeStatus][]DisputeStatus{
	DisputeInquiry: {DisputeDropped, DisputeOpen, DisputeReview, DisputeLost, DisputeWon},
	DisputeDropped: {DisputeOpen, DisputeReview, DisputeLost, DisputeWon},
	DisputeOpen:    {DisputeReview, DisputeLost, DisputeWon},
	DisputeReview:  {DisputeLost, DisputeWon},
	DisputeLost:    {DisputeWon},
	DisputeWon:     {},
}

// EvidenceState is how far evidence is on its way to the processor.
type EvidenceState string

// The states of evidence; empty while nobody has submitted any.
const (
	EvidenceSending EvidenceState = "sending" // its key is stored, the processor is being asked
	EvidenceSent    EvidenceState = "sent"
	EvidenceRefused EvidenceState = "refused" // Dispute.Why says why
)

// Dispute is a buyer's bank that wants money of a payment back.
type Dispute struct {
	ID       DisputeID
	Merchant MerchantID
	Payment  PaymentID
	Order    OrderID
	Gateway  string
	Ref      string // the processor's id for it
	Charge   string // the charge that is disputed
	Status   DisputeStatus
	Reason   string       // the processor's word: "fraudulent", "product_not_received" …
	Amount   money.Amount // what is disputed, in the charge's currency
	Live     bool
	Due      time.Time // until when evidence is taken; zero: unknown
	Opened   time.Time
	Closed   time.Time // zero while it is neither dropped, lost nor won
	Moves    []DisputeMove
	Evidence Submission
	Conceded Concession
}

// Submission is evidence that somebody sent to the processor.
type Submission struct {
	State EvidenceState
	Key   string // ours, stored before the processor is called
	Text  string // as it was sent
	Who   string
	Note  string // what the person added
	At    time.Time
	Why   string // the key of the fault with which the processor refused it
}

// DisputeMove is one balance transaction of a dispute, booked once.
type DisputeMove struct {
	Transaction string       // the processor's id
	Amount      money.Amount // signed: negative left the balance
	Fee         money.Amount // what the processor keeps for it; negative comes back
	At          time.Time    // when the processor says that it was made, else when it was heard of
}

// DisputeSaid is what a processor says of a dispute, as it stands now.
type DisputeSaid struct {
	ID     string
	Status DisputeStatus
	Reason string
	Amount money.Amount
	Due    time.Time // zero: unknown
	Moves  []DisputeMove
}

// IsOpen says whether the outcome is still to come.
func (d Dispute) IsOpen() bool {
	return d.Status == DisputeInquiry || d.Status == DisputeOpen || d.Status == DisputeReview
}

// Contestable says whether evidence may be submitted at a time.
func (d Dispute) Contestable(now time.Time) bool {
	return (d.Status == DisputeInquiry || d.Status == DisputeOpen) && (d.Due.IsZero() || now.Before(d.Due)) &&
		(d.Evidence.State == "" || d.Evidence.State == EvidenceRefused) && (d.Conceded.Key == "" || d.Conceded.Why != "")
}

// hear is the dispute after news of it.
func (d Dispute) hear(said DisputeSaid, now time.Time) Dispute {
	if slices.Contains(disputeSteps[d.Status], said.Status) {
		d.Status = said.Status
	}
	if said.Due.After(d.Due) {
		d.Due = said.Due
	}
	switch {
	case d.IsOpen():
		d.Closed = time.Time{}
	case d.Closed.IsZero():
		d.Closed = now
	}
	for _, move := range said.Moves {
		known := slices.ContainsFunc(d.Moves, func(m DisputeMove) bool { return m.Transaction == move.Transaction })
		if !known {
			if move.At.IsZero() {
				move.At = now
			}
			d.Moves = append(d.Moves, move)
		}
	}
	return d
}

// withdrawn is what the dispute took out of the balance and has not given back.
func (d Dispute) withdrawn() money.Amount {
	sum := money.Of(0, d.Amount.Currency)
	for _, move := range d.Moves {
		if move.Amount.Currency == sum.Currency {
			sum.Minor -= move.Amount.Minor
		}
	}
	return sum
}

// debits counts how often the money was taken and not given back.
func (d Dispute) debits() (count int) {
	for _, move := range d.Moves {
		switch {
		case move.Amount.Minor < 0:
			count++
		case move.Amount.Minor > 0:
			count--
		}
	}
	return count
}

// claims is what of the payment's money the buyer may get, or has, by the dispute: it can't be refunded as well.
func (d Dispute) claims() money.Amount {
	gone := d.withdrawn()
	if d.Status == DisputeOpen || d.Status == DisputeReview || d.Status == DisputeLost {
		gone.Minor = max(gone.Minor, d.Amount.Minor)
	}
	gone.Minor = max(gone.Minor, 0)
	return gone
}
