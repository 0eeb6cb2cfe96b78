package reconcile

import (
	"cmp"
	"slices"
	"time"
)

// Totals add up the activity. Sums are major units; sums of different currencies are never added.
type Totals struct {
	Rows       int           `json:"rows"`
	Repeated   int           `json:"repeated,omitempty"` // rows that were there before, counted once
	From       string        `json:"from"`               // the period, to before To
	To         string        `json:"to"`
	Currency   string        `json:"currency,omitempty"` // these four when there is one currency
	Gross      string        `json:"gross,omitempty"`
	Fee        string        `json:"fee,omitempty"`
	Net        string        `json:"net,omitempty"`
	Currencies []Sum         `json:"currencies"`
	Categories []Sum         `json:"categories"`
	Payouts    []PayoutTotal `json:"payouts"`
	NotYetDue  []Sum         `json:"not_yet_due"`             // rows whose payout comes after the period
	Unjudged   int           `json:"fees_unjudged,omitempty"` // charges that no term of the contract fits
	Orders     int           `json:"orders"`
	Matched    int           `json:"orders_matched"`            // to exactly one charge
	Elsewhere  int           `json:"orders_elsewhere"`          // paid in another period
	OtherLines int           `json:"bank_lines_other"`          // of the statement, about something else
	BankLines  int           `json:"bank_lines_matched"`        // to a payout
	Assumed    int           `json:"payouts_assumed,omitempty"` // matched to the bank by amount and day alone
}

// Sum is some rows of one currency.
type Sum struct {
	Category string `json:"category,omitempty"`
	Currency string `json:"currency"`
	Rows     int    `json:"rows"`
	Gross    string `json:"gross"`
	Fee      string `json:"fee"`
	Net      string `json:"net"`
}

// PayoutTotal is a payout and its rows.
type PayoutTotal struct {
	Payout   string `json:"payout_id"`
	Currency string `json:"currency"`
	Arrives  string `json:"arrives,omitempty"` // the day
	Status   string `json:"status,omitempty"`
	Amount   string `json:"amount,omitempty"` // what the list of payouts says
	Rows     int    `json:"rows"`
	Gross    string `json:"gross"`
	Fee      string `json:"fee"`
	Net      string `json:"net"`
}

// sums are added up row by row.
type sums struct {
	rows, repeated, unjudged, matched, elsewhere int
	of                                           map[sumKey]*sum
	last                                         sumKey
	lastSum                                      *sum
}

type sumKey struct {
	category Kind
	unit     *unit
}

type sum struct {
	name            string
	rows            int
	gross, fee, net int64
	converted       int // rows whose buyer paid in another currency
}

func newSums() sums { return sums{of: map[sumKey]*sum{}} }

func (s *sum) add(r *row) {
	s.rows++
	s.gross, s.fee, s.net = s.gross+r.gross, s.fee+r.fee, s.net+r.net
	if r.isConverted() {
		s.converted++
	}
}

func (s *sums) enter(r *row) {
	key := sumKey{r.kind, r.unit}
	if s.lastSum == nil || key != s.last {
		found, known := s.of[key]
		if !known {
			found = &sum{name: r.kind.String()}
			s.of[key] = found
		}
		s.last, s.lastSum = key, found
	}
	s.lastSum.add(r)
}

// String is the kind in the words of totals, "refund_failure"; stable, for programs.
func (k Kind) String() string {
	return [...]string{
		UnknownKind: "unknown", ChargeKind: "charge", RefundKind: "refund", RefundFailureKind: "refund_failure", ChargeFailureKind: "charge_failure",
		PartialKind: "partial_capture_reversal", DisputeKind: "dispute", DisputeWonKind: "dispute_reversal", FeeKind: "fee", PayoutKind: "payout",
		PayoutReversalKind: "payout_reversal", ReserveKind: "reserved_funds", OtherKind: "other",
	}[k]
}

func (s sum) in(u *unit, category string) Sum {
	return Sum{category, string(u.code), s.rows, u.write(s.gross), u.write(s.fee), u.write(s.net)}
}

func (d *desk) totals() Totals {
	t := Totals{
		Rows: d.sums.rows, Repeated: d.sums.repeated, Unjudged: d.sums.unjudged, Matched: d.sums.matched, Elsewhere: d.sums.elsewhere,
		From: d.day(d.period.from), To: d.day(d.period.to), Currencies: []Sum{}, Categories: []Sum{}, Payouts: []PayoutTotal{},
		OtherLines: d.statement.others, BankLines: d.statement.matched, Assumed: d.statement.assumed,
	}
	if d.ours != nil {
		t.Orders = d.ours.count
	}
	whole := map[*unit]*sum{}
	for key, part := range d.sums.of {
		t.Categories = append(t.Categories, part.in(key.unit, part.name))
		all := whole[key.unit]
		if all == nil {
			all = &sum{}
			whole[key.unit] = all
		}
		all.rows, all.gross, all.fee, all.net = all.rows+part.rows, all.gross+part.gross, all.fee+part.fee, all.net+part.net
	}
	for u, all := range whole {
		t.Currencies = append(t.Currencies, all.in(u, ""))
	}
	if len(t.Currencies) == 1 {
		one := t.Currencies[0]
		t.Currency, t.Gross, t.Fee, t.Net = one.Currency, one.Gross, one.Fee, one.Net
	}
	t.Currencies, t.Categories = inOrder(t.Currencies), inOrder(t.Categories)
	t.Payouts, t.NotYetDue = d.payoutTotals(), d.notYetDue(whole)
	return t
}

func inOrder(all []Sum) []Sum {
	slices.SortFunc(all, func(a, b Sum) int {
		return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.Currency, b.Currency))
	})
	return all
}

// day is how totals write a time: in the period's zone.
func (d *desk) day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(d.options.Zone).Format(time.RFC3339)
}
