package reconcile

import (
	"fmt"
	"math/bits"
)

// story is one order and everything the processor says of it. What follows from it is decided here, from
// nothing else.
type story struct {
	order, charge    string
	unit             *unit
	amount, refunded int64
	paid, givenBack  bool // givenBack: one refund of exactly what the shop gave back was found already
	earlier          bool // paid before the period: charge and refunds may be in earlier files
	charges          []taken
	refunds          []entry
	failures         []entry
	debitFailed      bool
}

// taken is a charge and what is left of it after partial capture.
type taken struct {
	entry
	sum, gross int64 // as the buyer saw it, and as it was settled
}

// collect sorts the entries, which are in the order of their times.
func (s *story) collect(entries []entry) {
	for _, e := range entries {
		switch e.kind {
		case ChargeKind:
			s.charges = append(s.charges, taken{entry: e, sum: e.seen, gross: e.gross})
		case RefundKind:
			s.refunds = append(s.refunds, e)
		case RefundFailureKind:
			s.failures = append(s.failures, e)
		}
	}
	for _, e := range entries {
		if e.kind == PartialKind || e.kind == ChargeFailureKind {
			s.lessen(e)
		}
	}
	kept := s.charges[:0]
	for _, one := range s.charges {
		if one.sum != 0 {
			kept = append(kept, one)
			continue
		}
		s.debitFailed, s.charge = true, one.charge
	}
	s.charges = kept
}

func (s *story) lessen(e entry) {
	for i := range s.charges {
		if one := &s.charges[i]; one.charge == e.charge || e.charge == "" || len(s.charges) == 1 {
			one.sum, one.gross = one.sum+e.seen, one.gross+e.gross
			return
		}
	}
}

func (s *story) judge() []Difference {
	if len(s.charges) == 0 {
		found := []Difference{}
		if s.debitFailed && s.paid {
			found = append(found, s.about(LedgerOnly, s.amount, "the debit failed after it had succeeded, and the order is still paid"))
		}
		return append(found, s.judgeRefunds("")...)
	}
	if !s.paid {
		return s.judgeUnasked()
	}
	first := s.primary()
	own := s.charges[first]
	found := s.judgeAmount(own)
	for i, one := range s.charges {
		if i == first {
			continue
		}
		note := "a second charge for the order"
		if back := s.backOf(one.charge); back != 0 {
			note += "; " + one.seenUnit.say(back) + " of it went back"
		}
		found = append(found, one.of(DuplicateCharge, s.order, one.sum, note))
	}
	return append(found, s.judgeRefunds(own.charge)...)
}

// primary is the charge that the shop has, else the earliest.
func (s *story) primary() int {
	for i, one := range s.charges {
		if one.charge == s.charge {
			return i
		}
	}
	return 0
}

// backOf is what was refunded of a charge and did not come back.
func (s *story) backOf(charge string) (sum int64) {
	for _, all := range [][]entry{s.refunds, s.failures} {
		for _, e := range all {
			if e.charge == charge {
				sum -= e.seen
			}
		}
	}
	return sum
}

func (s *story) about(class Class, amount int64, note string) Difference {
	return Difference{Class: class, Order: s.order, Charge: s.charge, Amount: s.unit.write(amount), Currency: string(s.unit.code), Note: note}
}

func (t taken) of(class Class, order string, amount int64, note string) Difference {
	return Difference{Class: class, Order: order, Charge: t.charge, Amount: t.seenUnit.write(amount), Currency: string(t.seenUnit.code), Note: note}
}

// judgeUnasked is about charges of an order that, as far as the shop knows, nobody has paid.
func (s *story) judgeUnasked() (found []Difference) {
	for _, one := range s.charges {
		note := "the order is not paid in the shop's books"
		if back := s.backOf(one.charge); back != 0 {
			note += "; " + one.seenUnit.say(back) + " of it went back"
		}
		found = append(found, one.of(PSPOnly, s.order, one.sum, note))
	}
	return found
}

// judgeAmount compares what was captured with what was ordered, in the currency of the order. A buyer who was
// shown another currency than the shop's paid the right sum when the settlement is it.
func (s *story) judgeAmount(own taken) []Difference {
	theirs, converted := own.sum, own.isConverted()
	if own.seenUnit != s.unit {
		if own.unit != s.unit || own.sum == own.gross || abs(own.gross-s.amount) > 1 {
			return []Difference{own.of(CurrencyMismatch, s.order, own.sum, "ordered for "+s.unit.say(s.amount)+", charged "+own.seenUnit.say(own.sum))}
		}
		theirs = own.gross
	}
	off := theirs - s.amount
	note := "ordered for " + s.unit.say(s.amount) + ", charged " + s.unit.say(theirs)
	class := AmountMismatch
	switch {
	case off == 0:
		return nil
	case converted && abs(off) == 1:
		class = FXRounding
	}
	one := own.of(class, s.order, 0, note)
	one.Amount, one.Currency = s.unit.write(off), string(s.unit.code)
	return []Difference{one}
}

// judgeRefunds compares what the processor gave back with what the shop says it gave back. charge is the
// order's own; refunds of others are part of what is said of those.
func (s *story) judgeRefunds(charge string) (found []Difference) {
	var live, may []entry // may: what the shop may count or not
	for _, e := range s.refunds {
		switch {
		case charge != "" && e.charge != "" && e.charge != charge, s.hasFailed(e):
			may = append(may, e)
		default:
			live = append(live, e)
		}
	}
	for _, e := range s.failures {
		if charge != "" && e.charge != "" && e.charge != charge {
			continue
		}
		found = append(found, e.difference(RefundFailed, s.order, "the refund came back: the buyer is still owed it"))
		if !s.matchesRefund(e) && !s.givenBack {
			may = append(may, e)
		}
	}
	return append(found, s.judgeLive(live, may)...)
}

// hasFailed says whether a refund came back: by its id, else by its charge and amount.
func (s *story) hasFailed(refund entry) bool {
	for _, failure := range s.failures {
		if failure.source == refund.source {
			return true
		}
	}
	for _, failure := range s.failures {
		if failure.seen == -refund.seen && failure.charge == refund.charge && !s.named(failure.source) {
			return true
		}
	}
	return false
}

func (s *story) named(source string) bool {
	for _, e := range s.refunds {
		if e.source == source {
			return true
		}
	}
	return false
}

func (s *story) matchesRefund(failure entry) bool {
	for _, e := range s.refunds {
		if e.source == failure.source || e.seen == -failure.seen && e.charge == failure.charge {
			return true
		}
	}
	return false
}

// inUnit is a refund in the currency of the order; false when it was neither shown nor settled in it.
func (s *story) inUnit(e entry) (int64, bool) {
	switch s.unit {
	case e.seenUnit:
		return abs(e.seen), true
	case e.unit:
		return abs(e.gross), true
	}
	return 0, false
}

// mostRefunds is of how many refunds of one order each selection is tried.
const mostRefunds = 16

func (s *story) judgeLive(live, may []entry) (found []Difference) {
	ledger := s.refunded
	if s.givenBack {
		ledger = 0 // one refund stands for it
	}
	var sums, back []int64
	var counted []entry
	converted := int64(0)
	for _, e := range live {
		sum, fits := s.inUnit(e)
		if !fits {
			found = append(found, e.difference(CurrencyMismatch, s.order, "refunded in another currency than ordered"))
			continue
		}
		if e.isConverted() {
			converted++
		}
		sums, counted = append(sums, sum), append(counted, e)
	}
	for _, e := range may {
		if sum, fits := s.inUnit(e); fits {
			back = append(back, sum)
		}
	}
	if known, ok := selection(sums, back, ledger); ok {
		for i, e := range counted {
			if known&(1<<i) == 0 {
				found = append(found, e.difference(RefundNotInLedger, s.order, "the shop's books do not have it"))
			}
		}
		return found
	}
	return append(found, s.judgeSum(counted, total(sums), ledger, converted)...)
}

// judgeSum is for refunds of which no selection is what the shop says.
func (s *story) judgeSum(counted []entry, theirs, ledger, converted int64) []Difference {
	note := fmt.Sprintf("the processor gave back %s, the shop's books say %s", s.unit.say(theirs), s.unit.say(ledger))
	switch {
	case theirs == 0 && s.earlier, theirs < ledger && s.earlier:
		return nil // the rest may be in the files of earlier periods
	case theirs == 0:
		return []Difference{s.about(LedgerOnly, ledger, "the shop gave it back, and the processor has no refund")}
	case abs(theirs-ledger) <= converted:
		return []Difference{s.about(FXRounding, theirs-ledger, note)}
	}
	one := s.about(AmountMismatch, theirs-ledger, note)
	if len(counted) == 1 {
		one.Refund = counted[0].source
	}
	if one.Charge == "" {
		one.Charge = counted[0].charge
	}
	return []Difference{one}
}

func total(all []int64) (sum int64) {
	for _, one := range all {
		sum += one
	}
	return sum
}

// selection is which of the refunds, and any of those that the shop may count or not, are together what the shop
// says: the most of them, the earliest first.
func selection(refunds, may []int64, ledger int64) (known uint64, ok bool) {
	if len(refunds) > mostRefunds || len(may) > mostRefunds/2 {
		return 1<<len(refunds) - 1, total(refunds) == ledger
	}
	for came := range 1 << len(may) {
		rest := ledger
		for i, sum := range may {
			if came&(1<<i) != 0 {
				rest -= sum
			}
		}
		for which := range uint64(1) << len(refunds) {
			sum := int64(0)
			for i := range refunds {
				if which&(1<<i) != 0 {
					sum += refunds[i]
				}
			}
			if sum == rest && (!ok || bits.OnesCount64(which) > bits.OnesCount64(known)) {
				known, ok = which, true
			}
		}
	}
	return known, ok
}
