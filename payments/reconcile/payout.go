package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// payout is a transfer from the processor's balance to the bank, and what the files say of it.
type payout struct {
	id       string
	unit     *unit
	arrives  time.Time
	amount   int64 // what the list of payouts says, towards the bank
	net      int64 // the same after a fee of the payout's own
	isListed bool
	status   string
	failed   bool
	traces   []string
	activity sum // its rows in the activity
	items    sum // its rows in the payout reconciliation
	shared   sum // those of items that the activity has, too
	lines    []*bankLine
}

func (d *desk) payout(id string) *payout {
	if found, known := d.payouts[id]; known {
		return found
	}
	made := &payout{id: strings.Clone(id)}
	d.payouts[made.id] = made
	d.payoutList = append(d.payoutList, made)
	return made
}

// enterPayout adds a row of the activity to its payout; the payout's own row is not one of its rows.
func (d *desk) enterPayout(r *row) {
	p := d.payout(r.payout)
	if r.kind == PayoutKind {
		return
	}
	p.meet(r)
	p.activity.add(r)
	if late := int64(r.effective.Sub(r.created) / time.Second); !r.effective.IsZero() && late > 0 {
		d.lag = max(d.lag, late)
	}
}

func (p *payout) meet(r *row) {
	if p.unit == nil {
		p.unit = r.unit
	}
	if !r.effective.IsZero() {
		p.arrives = r.effective
	}
}

// payoutRow is a payout's own row among balance transactions: it stands for the list of payouts when that is
// not given.
func (d *desk) payoutRow(r *row) {
	id := r.source
	if id == "" {
		id = r.payout
	}
	if id == "" {
		return
	}
	p := d.payout(id)
	p.meet(r)
	if r.kind == PayoutReversalKind {
		p.failed = true
	} else if !p.isListed {
		p.amount, p.net, p.isListed = -r.gross, -r.net, true
	}
}

// readItemised reads the rows of each payout. Those that the activity has must say the same there; those of the
// period that it lacks are taken as rows of the processor that nobody has seen.
func (d *desk) readItemised(s Source) error {
	if !s.given() {
		return nil
	}
	d.hasItems = true
	t, err := openRows(s, d.units, d.options.Zone, "automatic_payout_id")
	if err != nil {
		return err
	}
	for {
		more, err := t.next()
		if err != nil || !more {
			return err
		}
		r := &t.r
		met, same := d.seen.meet(r)
		if !same && !met.has(inActivity) {
			return t.flaw("balance_transaction_id", "%s was there before with other amounts", r.txn)
		}
		if !met.has(inItems) && r.unit != nil && r.seenUnit != nil && r.payout != "" && r.kind != PayoutKind {
			d.takeItem(r, met)
		}
		met.says |= inItems
	}
}

func (d *desk) takeItem(r *row, met *sighting) {
	p := d.payout(r.payout)
	p.meet(r)
	p.items.add(r)
	if met.has(paysOut) {
		p.shared.add(r)
	}
	if met.has(inActivity) || !d.period.has(r.created) {
		return
	}
	e := r.kept()
	note := "in the payout reconciliation, and " + e.txn + " is not in the activity"
	d.add(Difference{Class: PSPOnly, Order: d.orderOf(&e), Charge: e.charge, Refund: refundOf(e.kind, e.source), Amount: e.seenUnit.write(abs(e.seen)), Currency: string(e.seenUnit.code), Note: note})
	if r.kind != UnknownKind {
		d.match(r)
	}
}

// readPayouts reads the list of payouts.
func (d *desk) readPayouts(s Source) error {
	if !s.given() {
		return nil
	}
	t, err := openTable(s, d.options.Zone, "payout_id", "currency", "gross")
	if err != nil {
		return err
	}
	for {
		more, err := t.next()
		if err != nil || !more {
			return err
		}
		if err := d.readPayout(t); err != nil {
			return err
		}
	}
}

func (d *desk) readPayout(t *table) error {
	l, err := readListed(t, d.units)
	if err != nil {
		return err
	}
	if l.unit == nil {
		d.add(Difference{
			Class: Unknown, Payout: strings.Clone(l.id), Amount: strings.Clone(l.said), Currency: strings.ToUpper(l.currency),
			Note: "the currency of the payout is not in ISO 4217",
		})
		return nil
	}
	p := d.payout(l.id)
	if l.status != "" {
		p.status = strings.Clone(l.status)
	}
	p.failed = p.failed || l.isReversal() || p.status == "failed" || p.status == "canceled"
	if l.trace != "" {
		p.traces = append(p.traces, strings.ToLower(l.trace))
	}
	if l.isReversal() && p.isListed {
		return nil
	}
	p.unit, p.isListed = l.unit, true
	p.amount, p.net = l.gross, l.net
	if l.isReversal() {
		p.amount, p.net = -l.gross, -l.net
	}
	if !l.arrives.IsZero() {
		p.arrives = l.arrives
	}
	return nil
}

// rows are those of a payout: from the payout reconciliation, which is complete, else from the activity.
func (p *payout) rows() *sum {
	if p.items.rows > 0 {
		return &p.items
	}
	return &p.activity
}

// expected is what should come to the bank.
func (p *payout) expected() int64 {
	if p.isListed {
		return p.amount
	}
	return p.rows().net
}

// isDue says whether the payout should have come to the bank within the period.
func (d *desk) isDue(p *payout) bool {
	waiting := p.status == "pending" || p.status == "in_transit"
	return !waiting && (p.arrives.IsZero() || p.arrives.Before(d.period.to))
}

// beganBefore says whether rows of the payout may lie before the period, where the activity does not reach.
func (d *desk) beganBefore(p *payout) bool {
	return p.items.rows == 0 && !p.arrives.IsZero() && p.arrives.Before(d.period.from.Add(time.Duration(d.lag)*time.Second))
}

func (d *desk) judgePayouts() {
	slices.SortFunc(d.payoutList, func(a, b *payout) int {
		return cmp.Or(a.arrives.Compare(b.arrives), cmp.Compare(a.id, b.id))
	})
	d.matchBank()
	for _, p := range d.payoutList {
		if p.unit == nil || !p.arrives.IsZero() && p.arrives.Before(d.period.from) {
			continue
		}
		if p.failed {
			note := "the payout failed, the money went back to the balance"
			if p.status == "canceled" {
				note = "the payout was cancelled, the money went back to the balance"
			}
			d.add(p.difference(PayoutFailed, abs(p.expected()), note))
		}
		d.add(d.judgeRows(p)...)
		d.add(d.judgeLines(p)...)
	}
}

func (p *payout) difference(class Class, amount int64, note string) Difference {
	return Difference{Class: class, Payout: p.id, Amount: p.unit.write(amount), Currency: string(p.unit.code), Note: note}
}

// judgeRows compares a payout with its rows.
func (d *desk) judgeRows(p *payout) []Difference {
	rows := p.rows()
	switch {
	case rows.rows == 0 && !p.failed && p.isListed:
		if d.beganBefore(p) && !d.hasItems {
			return []Difference{p.difference(Cutoff, p.amount, "its rows lie before the period of the activity")}
		}
		if !d.isDue(p) {
			return nil
		}
		return []Difference{p.difference(PayoutNotItemised, abs(p.amount), "no row says that it belongs to this payout; a manual or instant payout is paid from the oldest available money")}
	case rows.rows == 0:
		return nil
	case p.isListed && rows.net != p.amount && rows.net != p.net:
		return d.judgeSums(p, rows)
	case !p.isListed && p.items.rows > 0 && p.activity.rows > 0 && (p.shared.rows != p.activity.rows || p.shared.net != p.activity.net):
		return []Difference{p.difference(AmountMismatch, p.shared.net-p.activity.net, fmt.Sprintf("the payout reconciliation has %d of the %d rows that the activity has of it", p.shared.rows, p.activity.rows))}
	}
	return nil
}

func (d *desk) judgeSums(p *payout, rows *sum) []Difference {
	off := rows.net - p.amount
	note := fmt.Sprintf("its %d rows add up to %s, the payout is %s", rows.rows, p.unit.say(rows.net), p.unit.say(p.amount))
	switch {
	case !p.arrives.IsZero() && !p.arrives.Before(d.period.to) && p.items.rows == 0:
		return nil // more rows are still to come
	case off < 0 && d.beganBefore(p):
		return []Difference{p.difference(Cutoff, -off, note+"; the rest lies before the period of the activity")}
	case abs(off) <= int64(rows.converted):
		return []Difference{p.difference(FXRounding, off, note)}
	}
	if p.items.rows > 0 && p.activity.net == p.amount {
		note += "; those of the activity add up"
	}
	for _, line := range p.lines {
		note += "; the bank has " + p.unit.say(line.amount)
	}
	return []Difference{p.difference(AmountMismatch, off, note)}
}

func (d *desk) payoutTotals() []PayoutTotal {
	all := []PayoutTotal{}
	for _, p := range d.payoutList {
		if p.unit == nil {
			continue
		}
		rows := p.rows()
		one := PayoutTotal{
			Payout: p.id, Currency: string(p.unit.code), Status: p.status, Rows: rows.rows,
			Gross: p.unit.write(rows.gross), Fee: p.unit.write(rows.fee), Net: p.unit.write(rows.net),
		}
		if p.isListed {
			one.Amount = p.unit.write(p.amount)
		}
		if !p.arrives.IsZero() {
			one.Arrives = p.arrives.In(d.options.Zone).Format(time.DateOnly)
		}
		all = append(all, one)
	}
	return all
}

// notYetDue is what is left of the activity after the payouts of the period: no difference, it is still to come.
func (d *desk) notYetDue(whole map[*unit]*sum) []Sum {
	left := map[*unit]sum{}
	for u, all := range whole {
		left[u] = sum{"", all.rows, all.gross, all.fee, all.net, 0}
	}
	for key, own := range d.sums.of {
		if key.category == PayoutKind || key.category == PayoutReversalKind {
			left[key.unit] = left[key.unit].without(own)
		}
	}
	for _, p := range d.payoutList {
		if p.unit != nil && d.isDue(p) {
			left[p.unit] = left[p.unit].without(&p.activity)
		}
	}
	all := []Sum{}
	for u, rest := range left {
		if rest.rows > 0 {
			all = append(all, rest.in(u, ""))
		}
	}
	return inOrder(all)
}

func (s sum) without(other *sum) sum {
	return sum{s.name, s.rows - other.rows, s.gross - other.gross, s.fee - other.fee, s.net - other.net, 0}
}
