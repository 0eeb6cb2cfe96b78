package reconcile

import (
	"slices"
	"strings"
)

// desk is where the files come together. Rows that are plainly matched leave a mark and nothing else; what is
// remarkable is kept until the end, when it is judged as a whole, so that the order of rows does not matter.
type desk struct {
	options  Options
	contract Contract
	units    *units
	ours     *orders // nil: not given

	seen     seen
	sums     sums
	rowsSpan span
	period   period

	cases     []caseFile
	strangers []entry // rows of charges that no order was found for
	disputes  []entry
	feesAlone []entry
	others    []entry // of known categories that are none of the shop's doing
	variances []entry // charges whose fee is not the contract's, before partial captures are known
	partials  map[string]partial

	payouts    map[string]*payout
	payoutList []*payout
	hasItems   bool  // a payout reconciliation was given
	lag        int64 // the most seconds from a row to its payout
	statement  statement

	found []Difference
}

// partial is what was authorised of a charge and not captured.
type partial struct{ gross, fee int64 }

// caseFile is everything the processor says about an order that is not plainly matched.
type caseFile struct {
	order   uint32
	entries []entry
}

func newDesk(ours *orders, contract Contract, units *units, options Options) *desk {
	return &desk{
		options: options, contract: contract, units: units, ours: ours, sums: newSums(),
		partials: map[string]partial{}, payouts: map[string]*payout{},
	}
}

func (d *desk) add(all ...Difference) { d.found = append(d.found, all...) }

func (d *desk) readActivity(s Source) error {
	t, err := openRows(s, d.units, d.options.Zone)
	if err != nil {
		return err
	}
	for {
		more, err := t.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		r := &t.r
		met, same := d.seen.meet(r)
		if !same {
			return t.flaw("balance_transaction_id", "%s was there before with other amounts", r.txn)
		}
		if met.has(inActivity) {
			d.sums.repeated++
			continue
		}
		met.says |= inActivity
		if r.payout != "" {
			met.says |= paysOut
		}
		d.rowsSpan.add(r.created)
		d.take(r)
	}
	d.period = months(d.rowsSpan.first, d.rowsSpan.last, d.options.Zone)
	if !d.options.From.IsZero() {
		d.period.from = d.options.From
	}
	if !d.options.To.IsZero() {
		d.period.to = d.options.To
	}
	return nil
}

// take enters a row of the activity.
func (d *desk) take(r *row) {
	d.sums.rows++
	if r.unit == nil || r.seenUnit == nil {
		d.add(Difference{
			Class: Unknown, Charge: strings.Clone(r.charge), Refund: refundOf(r.kind, strings.Clone(r.source)), Amount: strings.Clone(r.said),
			Currency: strings.ToUpper(r.currency), Note: "the currency is not in ISO 4217; the row, " + r.txn + ", is in no total",
		})
		return
	}
	d.sums.enter(r)
	if r.payout != "" {
		d.enterPayout(r)
	}
	if r.gross-r.fee != r.net {
		d.add(d.unequal(r))
	}
	d.match(r)
}

// unequal is a row that contradicts itself: gross less fee is not net.
func (d *desk) unequal(r *row) Difference {
	off, class := r.net-(r.gross-r.fee), AmountMismatch
	if r.isConverted() && abs(off) == 1 {
		class = FXRounding
	}
	e := r.kept()
	return Difference{
		Class: class, Order: d.orderOf(&e), Charge: e.charge, Refund: refundOf(e.kind, e.source), Amount: r.unit.write(off), Currency: string(r.unit.code),
		Note: "in " + e.txn + " gross " + r.unit.write(r.gross) + " less fee " + r.unit.write(r.fee) + " is not net " + r.unit.write(r.net),
	}
}

func refundOf(k Kind, source string) string {
	if k == RefundKind || k == RefundFailureKind {
		return source
	}
	return ""
}

func (d *desk) match(r *row) {
	switch r.kind {
	case UnknownKind:
		d.add(Difference{
			Class: Unknown, Charge: strings.Clone(r.charge), Amount: r.unit.write(r.gross), Currency: string(r.unit.code),
			Note: "the category \"" + r.category + "\" of " + r.txn + " is none that is known",
		})
	case ChargeKind:
		d.judgeFee(r)
		d.matchSale(r)
	case PartialKind:
		before := d.partials[r.charge]
		d.partials[strings.Clone(r.charge)] = partial{before.gross + r.gross, before.fee + r.fee}
		d.matchSale(r)
	case RefundKind, RefundFailureKind, ChargeFailureKind:
		d.matchSale(r)
	case DisputeKind, DisputeWonKind:
		d.disputes = append(d.disputes, r.kept())
	case FeeKind:
		if _, known := d.orderFor(r.charge, r.intent, nil); !known {
			d.feesAlone = append(d.feesAlone, r.kept())
		}
	case PayoutKind, PayoutReversalKind:
		d.payoutRow(r)
	case OtherKind:
		if _, known := d.orderFor(r.charge, r.intent, nil); !known && d.ours != nil {
			d.others = append(d.others, r.kept())
		}
	case ReserveKind:
	}
}

func (d *desk) judgeFee(r *row) {
	if d.contract == nil {
		return
	}
	one, found := d.contract.find(r.method, r.country)
	if !found {
		d.sums.unjudged++
		return
	}
	if _, allowed := one.allows(r.gross, r.fee, r.unit, r.isConverted()); !allowed {
		d.variances = append(d.variances, r.kept())
	}
}

// orderFor is the order that a charge, an attempt or what the shop wrote on it belongs to.
func (d *desk) orderFor(charge, intent string, named []string) (uint32, bool) {
	if d.ours == nil {
		return 0, false
	}
	for _, object := range [...]string{charge, intent} {
		if n, found := d.ours.find(byObject, object); found {
			return n, true
		}
	}
	for _, order := range named {
		if n, found := d.ours.find(byID, order); found {
			return n, true
		}
	}
	return 0, false
}

func (d *desk) orderOf(e *entry) string {
	if n, found := d.orderFor(e.charge, e.intent, e.orders); found {
		return d.ours.text(d.ours.get(n).id)
	}
	return ""
}

// matchSale finds the order of a row. The plain cases, one charge of exactly the order's amount and one refund
// of exactly what the shop gave back, only set a mark.
func (d *desk) matchSale(r *row) {
	if d.ours == nil {
		if r.kind == RefundFailureKind {
			d.strangers = append(d.strangers, r.kept())
		}
		return
	}
	n, found := d.orderFor(r.charge, r.intent, r.orders)
	if !found {
		d.strangers = append(d.strangers, r.kept())
		return
	}
	o := d.ours.get(n)
	plain := o.file == 0 && o.has(wasPaid) && d.ours.units.all[o.unit] == r.seenUnit && (o.charge == 0 || string(d.ours.bytes(o.charge)) == r.charge)
	switch {
	case plain && r.kind == ChargeKind && !o.has(isMatched) && r.seen == o.amount:
		o.flags |= isMatched
		d.learn(n, r.charge)
	case plain && r.kind == RefundKind && o.has(isMatched) && !o.has(gaveBack) && -r.seen == o.refunded:
		o.flags |= gaveBack
	default:
		if r.kind == ChargeKind {
			d.learn(n, r.charge)
		}
		d.file(n, r.kept())
	}
}

// learn notes the charge of an order that knew only the attempt, so that what follows finds it.
func (d *desk) learn(n uint32, charge string) {
	o := d.ours.get(n)
	if o.charge != 0 || charge == "" {
		return
	}
	o.charge = d.ours.words.add(charge)
	d.ours.link(n, chargeKey)
}

func (d *desk) file(n uint32, e entry) {
	o := d.ours.get(n)
	if o.file == 0 {
		d.cases = append(d.cases, caseFile{order: n})
		o.file = uint32(len(d.cases))
	}
	one := &d.cases[o.file-1]
	one.entries = append(one.entries, e)
}

// conclude judges what was kept.
func (d *desk) conclude() Report {
	d.settleStrangers()
	d.judgeCases()
	d.judgeUncharged()
	d.judgeDisputes()
	d.judgeFees()
	d.judgeOthers()
	d.judgePayouts()
	if d.found == nil {
		d.found = []Difference{}
	}
	return Report{Totals: d.totals(), Differences: sorted(slices.Clip(d.found))}
}
