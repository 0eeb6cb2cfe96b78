package payments

import (
	"slices"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// RefundID is an id of a Refund.
type RefundID int64

// RefundStatus is how far a refund has come.
type RefundStatus string

// The states of a refund. What leads where is one table, refundSteps.
const (
	RefundGranted   RefundStatus = "granted"   // one person agreed; another is to execute it
	RefundSending   RefundStatus = "sending"   // our key is stored, the processor is being asked
	RefundWorking   RefundStatus = "working"   // the processor has taken it, the money is on its way
	RefundDone      RefundStatus = "done"      // the buyer has it
	RefundFailed    RefundStatus = "failed"    // refused, or it came back: a person looks at it
	RefundWithdrawn RefundStatus = "withdrawn" // granted, and never executed
)

var refundSteps = map[RefundStatus][]RefundStatus{
	RefundGranted: {RefundSending, RefundWithdrawn},
	RefundSending: {RefundWorking, RefundDone, RefundFailed},
	RefundWorking: {RefundDone, RefundFailed},
	RefundDone:    {RefundFailed}, // a bank may send money back days later
	RefundFailed:  {}, RefundWithdrawn: {},
}

// Refund is money that goes back to a buyer.
type Refund struct {
	ID         RefundID
	Merchant   MerchantID
	Payment    PaymentID
	Order      OrderID
	Request    string // the key of whoever asked: the same one is the same refund
	Key        string // ours, stored before the processor is called
	Ref        string // the processor's id for it
	Status     RefundStatus
	Amount     money.Amount
	Stray      bool // of money that no order took
	FromSeller bool // the processor takes it back from the seller whom the payment was passed on to
	Reason     string
	GrantedBy  string
	ExecutedBy string // empty while it is only granted
	Why        string // the key of the fault with which it failed
	Granted    time.Time
	Lines      []RefundLine // empty: for a sum and for no pieces
}

// RefundLine is pieces of one line of an order, and what they are worth after the order's discount.
type RefundLine struct {
	Position int
	Quantity int
	Amount   money.Amount
}

func (r Refund) may(next RefundStatus) bool { return slices.Contains(refundSteps[r.Status], next) }

// stands says whether the refund takes up money that was captured.
func (r Refund) stands() bool { return r.Status != RefundFailed && r.Status != RefundWithdrawn }

// isBooked says whether the processor has taken the money out of what it holds for the shop.
func (r Refund) isBooked() bool { return r.Status == RefundWorking || r.Status == RefundDone }

// RefundAsk is what somebody wants to be given back: a sum, or pieces of lines, whose worth is computed.
type RefundAsk struct {
	Merchant MerchantID
	Order    OrderID
	Payment  PaymentID      // zero: the one that paid the order
	Stray    bool           // of money of the payment that no order took
	Amount   money.Amount   // zero when Pieces says what
	Pieces   []RefundPieces // of lines of the order
	Reason   string
	Request  string // unguessable or not, but one for each refund that is meant: repeating it repeats nothing
	Who      string // the account of the person
}

// RefundPieces is how many pieces of which line.
type RefundPieces struct{ Position, Quantity int }

// SoldLine is a line of an order as it was sold.
type SoldLine struct {
	Position int
	Quantity int
	Amount   money.Amount // of the whole line, less its share of the order's discount
}

// mostReason is how long a reason may be.
const mostReason = 500

func (a RefundAsk) validate() error {
	switch {
	case a.Request == "" || len(a.Request) > 200:
		return fault.New(fault.Invalid, "payment.refund_key_needed")
	case a.Reason == "" || len([]rune(a.Reason)) > mostReason || a.Who == "":
		return fault.New(fault.Invalid, "payment.refund_reason_needed")
	case len(a.Pieces) == 0 && a.Amount.Minor <= 0, len(a.Pieces) > 0 && !a.Amount.IsZero():
		return fault.New(fault.Invalid, "payment.refund_amount_needed")
	}
	return nil
}

// same says whether an earlier refund is what is asked for now.
func (a RefundAsk) same(r Refund) bool {
	if a.Order != r.Order || len(a.Pieces) == 0 && a.Amount != r.Amount || len(a.Pieces) != len(r.Lines) {
		return false
	}
	for i, pieces := range a.Pieces {
		if r.Lines[i].Position != pieces.Position || r.Lines[i].Quantity != pieces.Quantity {
			return false
		}
	}
	return true
}

// left is what can still be given back of money that came, strayed or not.
func left(came money.Amount, stray bool, earlier []Refund) money.Amount {
	rest := came
	for _, r := range earlier {
		if r.stands() && r.Stray == stray && r.Amount.Currency == came.Currency {
			rest.Minor -= r.Amount.Minor
		}
	}
	return rest
}

// worth is what pieces are worth, line by line. Shares are cumulative: however the pieces of a line are given back,
// one by one or together, they add up to the line. It fails with fault.Invalid when there are not so many left.
func worth(pieces []RefundPieces, sold []SoldLine, earlier []Refund) (lines []RefundLine, total money.Amount, err error) {
	for i, want := range pieces {
		at := slices.IndexFunc(sold, func(line SoldLine) bool { return line.Position == want.Position })
		twice := slices.ContainsFunc(pieces[:i], func(other RefundPieces) bool { return other.Position == want.Position })
		if at < 0 || want.Quantity <= 0 || twice {
			return nil, total, fault.New(fault.Invalid, "payment.refund_line_unknown")
		}
		line, before := sold[at], 0
		for _, r := range earlier {
			for _, other := range r.Lines {
				if r.stands() && other.Position == want.Position {
					before += other.Quantity
				}
			}
		}
		if before+want.Quantity > line.Quantity {
			return nil, total, fault.New(fault.Conflict, "payment.refund_pieces_gone")
		}
		shares := line.Amount.Split([]int64{int64(before), int64(want.Quantity), int64(line.Quantity - before - want.Quantity)})
		lines = append(lines, RefundLine{want.Position, want.Quantity, shares[1]})
		if total, err = total.Plus(shares[1]); err != nil {
			return nil, total, err
		}
	}
	return lines, total, nil
}

// afterRefunds is a payment once refunds are booked or came back: Refunded when nothing of what it captured is left.
// One that captured nothing, whose money strayed, stays what it is.
func (p Payment) afterRefunds(all []Refund) Payment {
	if p.Status != Settled && p.Status != Refunded {
		return p
	}
	rest := p.Captured.Minor
	for _, r := range all {
		if r.isBooked() && r.Amount.Currency == p.Captured.Currency {
			rest -= r.Amount.Minor
		}
	}
	if rest <= 0 {
		p.Status = Refunded
	} else {
		p.Status = Settled
	}
	return p
}
