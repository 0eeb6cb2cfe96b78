package reconcile

import (
	"strings"
	"time"
)

// listed is a row of the list of payouts. Its texts are valid until the next row.
type listed struct {
	id, currency, status, category, trace, kind, said string
	unit                                              *unit // nil: unknown currency; said is the amount as written
	gross, net                                        int64
	effective, arrives                                time.Time
}

// isReversal says whether the row is of a payout that came back.
func (l *listed) isReversal() bool { return l.category == "payout_reversal" }

func readListed(t *table, units *units) (l listed, err error) {
	if l.id, err = t.id(t.column("payout_id")); err != nil {
		return l, err
	}
	if l.id == "" {
		return l, t.flaw("payout_id", "the payout has no id")
	}
	l.currency = t.cell(t.column("currency"))
	if l.unit = units.find(l.currency); l.unit == nil {
		l.said = t.cell(t.column("gross"))
		return l, nil
	}
	if l.gross, err = t.amount(t.column("gross"), l.unit); err != nil {
		return l, err
	}
	l.net = l.gross
	if at := t.column("net"); at >= 0 && t.cell(at) != "" {
		if l.net, err = t.amount(at, l.unit); err != nil {
			return l, err
		}
	}
	if l.effective, err = t.at(t.moment("effective_at")); err != nil {
		return l, err
	}
	if l.arrives, err = t.time(t.column("payout_expected_arrival_date"), time.UTC); err != nil {
		return l, err
	}
	if l.arrives.IsZero() {
		l.arrives = l.effective
	}
	l.category = strings.ToLower(t.cell(t.column("reporting_category")))
	l.status = strings.ToLower(t.cell(t.column("payout_status")))
	l.trace = t.cell(t.column("trace_id"))
	l.kind = strings.ToLower(t.cell(t.column("payout_type")))
	return l, nil
}
