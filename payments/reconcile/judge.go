package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// settleStrangers tries again to find the orders of rows that came before what would have told them, and names
// the rest.
func (d *desk) settleStrangers() {
	var alone []entry
	for _, e := range d.strangers {
		if n, found := d.orderFor(e.charge, e.intent, e.orders); found {
			d.file(n, e)
			continue
		}
		alone = append(alone, e)
	}
	d.strangers = alone
	d.add(d.judgeStrangers(alone)...)
}

// judgeStrangers names charges that no order knows, and refunds of charges that are in no list. What happened to
// such a charge later is part of its story and no difference of its own.
func (d *desk) judgeStrangers(alone []entry) (found []Difference) {
	charges := map[string]*entry{}
	back := map[string]int64{}
	for i := range alone {
		if e := &alone[i]; e.kind == ChargeKind {
			charges[e.charge] = e
		}
	}
	failed := map[string]bool{}
	for _, e := range alone {
		if e.kind == RefundFailureKind {
			failed[e.source] = true
		}
	}
	for i := range alone {
		e := &alone[i]
		if charges[e.charge] != nil && e.kind != ChargeKind {
			back[e.charge] += e.seen
		}
		switch {
		case e.kind == RefundFailureKind:
			found = append(found, e.difference(RefundFailed, "", "the refund came back: the buyer is still owed it"))
		case e.kind == ChargeKind || charges[e.charge] != nil || failed[e.source]:
		case !e.charged.IsZero() && !d.oursSpan().has(e.charged):
			found = append(found, e.difference(Cutoff, "", "its charge is of "+e.charged.Format(time.DateOnly)+", before the orders that were given"))
		case e.kind == RefundKind:
			found = append(found, e.difference(RefundNotInLedger, "", "no order was found that it belongs to"))
		default:
			found = append(found, e.difference(PSPOnly, "", e.category+": no order was found that it belongs to"))
		}
	}
	for _, e := range alone {
		if e.kind != ChargeKind {
			continue
		}
		class, note := PSPOnly, "no order was found that it belongs to"
		if !d.oursSpan().has(e.created) {
			class, note = Cutoff, "charged at "+e.created.Format(time.DateTime)+" UTC, outside of the months of the orders that were given"
		}
		if back[e.charge] != 0 {
			note += "; " + e.seenUnit.say(-back[e.charge]) + " of it went back"
		}
		found = append(found, e.difference(class, "", note))
	}
	return found
}

// oursSpan is the time that the orders are of; without any it has everything.
func (d *desk) oursSpan() period {
	if d.ours == nil || d.ours.first.IsZero() {
		return period{time.Time{}, time.Unix(1<<40, 0)}
	}
	return months(d.ours.first, d.ours.last, time.UTC)
}

// difference is about a row, of the size that the buyer saw.
func (e *entry) difference(class Class, order, note string) Difference {
	return Difference{
		Class: class, Order: order, Charge: e.charge, Refund: refundOf(e.kind, e.source),
		Amount: e.seenUnit.write(abs(e.seen)), Currency: string(e.seenUnit.code), Note: note,
	}
}

// judgeUncharged looks at orders about which the processor said nothing, or nothing remarkable.
func (d *desk) judgeUncharged() {
	if d.ours == nil {
		return
	}
	for n := range uint32(d.ours.count) {
		o := d.ours.get(n)
		if o.has(isRepeat) || o.has(wasJudged) {
			continue
		}
		if o.has(isMatched) {
			d.sums.matched++
			d.add(d.judgePlain(o)...)
			continue
		}
		if o.has(wasPaid) {
			d.add(d.judgeMissing(n, o)...)
		}
	}
}

func (o *orders) difference(one *order, class Class, amount int64, note string) Difference {
	u := o.units.all[one.unit]
	return Difference{Class: class, Order: o.text(one.id), Charge: o.text(one.charge), Amount: u.write(amount), Currency: string(u.code), Note: note}
}

// judgePlain is about an order whose charge fits exactly: when it was paid, and what the shop gave back.
func (d *desk) judgePlain(o *order) (found []Difference) {
	if at := o.paid(); !at.IsZero() && d.period.isNear(at) {
		found = append(found, d.ours.difference(o, Cutoff, o.amount, "paid at "+at.Format(time.DateTime)+" UTC, in another period than its charge"))
	}
	if o.refunded > 0 && !o.has(gaveBack) {
		found = append(found, d.ours.difference(o, LedgerOnly, o.refunded, "the shop gave it back, and the processor has no refund"))
	}
	return found
}

// judgeMissing is about a paid order without a charge.
func (d *desk) judgeMissing(n uint32, o *order) []Difference {
	at := o.paid()
	switch {
	case !at.IsZero() && d.period.isNear(at):
		return []Difference{d.ours.difference(o, Cutoff, o.amount, "paid at "+at.Format(time.DateTime)+" UTC, outside of the period of the activity")}
	case !at.IsZero() && !d.period.has(at):
		d.sums.elsewhere++
		return nil
	case o.amount == 0:
		return nil // nothing was to be paid
	}
	note := "the order is paid, and the processor has no charge for it"
	if other, found := d.ours.find(byObject, d.ours.text(o.charge)); found && other != n {
		note = "its charge belongs to order " + d.ours.text(d.ours.get(other).id) + " already"
	}
	return []Difference{d.ours.difference(o, LedgerOnly, o.amount, note)}
}

// judgeCases looks at every order of which something remarkable was said.
func (d *desk) judgeCases() {
	for _, one := range d.cases {
		o := d.ours.get(one.order)
		o.flags |= wasJudged
		slices.SortStableFunc(one.entries, func(a, b entry) int { return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.txn, b.txn)) })
		d.add(d.judgeCase(one.order, o, one.entries)...)
	}
}

func (d *desk) judgeCase(n uint32, o *order, entries []entry) (found []Difference) {
	u := d.ours.units.all[o.unit]
	s := story{order: d.ours.text(o.id), charge: d.ours.text(o.charge), unit: u, amount: o.amount, refunded: o.refunded, paid: o.has(wasPaid), givenBack: o.has(gaveBack)}
	if at := o.paid(); !at.IsZero() {
		s.earlier = at.Before(d.period.from)
	}
	if o.has(isMatched) {
		entries = append([]entry{{kind: ChargeKind, charge: s.charge, unit: u, seenUnit: u, gross: o.amount, seen: o.amount}}, entries...)
		found = append(found, d.judgePlainTime(o)...)
	}
	s.collect(entries)
	if len(s.charges) == 0 && s.paid && !s.earlier && !s.debitFailed {
		found = append(found, d.judgeMissing(n, o)...)
	}
	if len(s.charges) == 1 && len(found) == 0 && s.paid {
		d.sums.matched++
	}
	return append(found, s.judge()...)
}

func (d *desk) judgePlainTime(o *order) []Difference {
	plain := *o
	plain.refunded = 0
	return d.judgePlain(&plain)
}

// judgeFees compares fees with the contract once partial captures are known, and names fees of no charge.
func (d *desk) judgeFees() {
	for i := range d.variances {
		e := &d.variances[i]
		one, _ := d.contract.find(e.method, e.country)
		due, _ := one.allows(e.gross, e.fee, e.unit, e.isConverted())
		if part, partly := d.partials[e.charge]; partly {
			captured, fee := e.gross+part.gross, e.fee+part.fee
			if _, allowed := one.allows(captured, fee, e.unit, e.isConverted()); allowed {
				continue
			}
		}
		d.add(Difference{
			Class: FeeVariance, Order: d.orderOf(e), Charge: e.charge, Amount: e.unit.write(e.fee - due), Currency: string(e.unit.code),
			Note: fmt.Sprintf("the fee is %s, the contract's would be %s", e.unit.say(e.fee), e.unit.say(due)),
		})
	}
	charges := map[string]bool{}
	for _, e := range d.strangers {
		charges[e.charge] = charges[e.charge] || e.kind == ChargeKind
	}
	for i := range d.feesAlone {
		e := &d.feesAlone[i]
		if e.charge != "" && (charges[e.charge] || d.ours == nil || d.orderOf(e) != "") {
			continue
		}
		d.add(Difference{
			Class: FeeWithoutCharge, Charge: e.charge, Amount: e.unit.write(abs(e.net)), Currency: string(e.unit.code),
			Note: e.category + " " + e.txn + " belongs to no charge",
		})
	}
}

// judgeOthers names rows that move the balance by no order's doing.
func (d *desk) judgeOthers() {
	for i := range d.others {
		if e := &d.others[i]; d.orderOf(e) == "" {
			d.add(Difference{
				Class: PSPOnly, Charge: e.charge, Amount: e.unit.write(abs(e.gross)), Currency: string(e.unit.code),
				Note: e.category + " " + e.txn + " is by no order's doing",
			})
		}
	}
}
