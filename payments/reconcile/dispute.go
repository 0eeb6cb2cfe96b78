package reconcile

import (
	"cmp"
	"slices"
)

// judgeDisputes pairs each dispute with the reversal that gave the money back, by the dispute's id or else by
// its charge: one that was won is one difference, not two.
func (d *desk) judgeDisputes() {
	slices.SortStableFunc(d.disputes, func(a, b entry) int { return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.txn, b.txn)) })
	waiting := map[string][]*entry{}
	var won []*entry
	for i := range d.disputes {
		if e := &d.disputes[i]; e.kind == DisputeKind {
			waiting[e.charge] = append(waiting[e.charge], e)
		} else {
			won = append(won, e)
		}
	}
	for _, e := range won {
		note := "the dispute " + e.source + " was won and the money returned"
		if open := waiting[e.charge]; len(open) > 0 {
			at := max(0, slices.IndexFunc(open, func(other *entry) bool { return other.source == e.source }))
			if kept := open[at].fee + e.fee; kept > 0 {
				note += "; a fee of " + e.unit.say(kept) + " was kept"
			}
			waiting[e.charge] = slices.Delete(open, at, at+1)
		}
		d.add(e.difference(DisputeWon, d.orderOf(e), note))
	}
	for i := range d.disputes {
		e := &d.disputes[i]
		if e.kind == DisputeKind && slices.Contains(waiting[e.charge], e) {
			note := "the dispute " + e.source + " is open or lost"
			if e.fee != 0 {
				note += "; its fee is " + e.unit.say(e.fee)
			}
			d.add(e.difference(DisputeOpen, d.orderOf(e), note))
		}
	}
}
