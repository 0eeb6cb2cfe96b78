package reconcile

import (
	"hash/maphash"
)

// seen remembers which balance transactions were read, so that one in two exports counts once. It keeps two
// hashes of 64 bits: of the id, and of what the row says. That two of a million ids share the first has a
// probability of 1 in 40 million, and would be refused as a contradiction, not passed over.
type seen struct {
	slots slots
	slabs [][]sighting
	count int
}

type sighting struct {
	id, says uint64 // the lowest bits of says are marks
}

// marks of a transaction.
const (
	inActivity = 1 << iota // the activity has it
	inItems                // the payout reconciliation has it
	paysOut                // the activity names its payout
	marks      = inActivity | inItems | paysOut
)

func (s *sighting) has(mark uint64) bool { return s.says&mark != 0 }

// said is what two exports of a row must agree on. A payout is not in it: it comes later.
type said struct {
	unit            *unit
	gross, fee, net int64
	kind            Kind
}

func (s *seen) get(n uint32) *sighting { return &s.slabs[n/slab][n%slab] }

// meet is the transaction's place, made if need be, and whether it says what it said before.
func (s *seen) meet(r *row) (met *sighting, same bool) {
	if s.slots.at == nil {
		s.slots = newSlots(0)
	}
	id, says := maphash.String(seed, r.txn), maphash.Comparable(seed, said{r.unit, r.gross, r.fee, r.net, r.kind})&^marks
	if s.slots.crowded() {
		s.slots = s.slots.grown(func(number uint32) uint64 { return s.get(number).id })
	}
	number, place, found := s.slots.find(id, func(number uint32) bool { return s.get(number).id == id })
	if found {
		return s.get(number), s.get(number).says&^marks == says
	}
	if s.count%slab == 0 {
		s.slabs = append(s.slabs, make([]sighting, 0, slab))
	}
	last := len(s.slabs) - 1
	s.slabs[last] = append(s.slabs[last], sighting{id: id, says: says})
	s.slots.put(place, uint32(s.count))
	s.count++
	return s.get(uint32(s.count - 1)), true
}
