package catalog

import (
	"encoding/binary"
	"strings"
)

// unpriced is farther than any price.
const unpriced = int64(1) << 62

// tied is, by place, for which variants of a product a group is true: their bits. A product that is not in it fits as
// a whole or not at all.
type tied map[uint16]string

// tie reads for which variants a group is true. What fits as a whole by one guess does so whatever others say.
func (r *reader) tie(g group) tied {
	if !r.chosen(g) {
		return nil
	}
	found, whole := tied{}, map[uint16]bool{}
	for _, one := range g.guesses {
		for at, f := range r.fitting(one) {
			switch {
			case f.terms < len(one.terms):
			case f.bound:
				found[at] = either(found[at], f.bits)
			default:
				whole[at] = true
			}
		}
	}
	for at := range whole {
		delete(found, at)
	}
	return found
}

// chosen says whether a guess of a group is the value of an option of some product in the block.
func (r *reader) chosen(g group) bool {
	for _, one := range g.guesses {
		for _, term := range one.terms {
			if len(r.blobs[offerTerm+term]) > 0 {
				return true
			}
		}
	}
	return false
}

// fitting is how a product fits a guess: how many of its terms it has, and which variants have those that are bound
// to some.
type fitting struct {
	terms int
	bits  string
	bound bool
}

func (r *reader) fitting(one guess) map[uint16]fitting {
	all := map[uint16]fitting{}
	for _, term := range one.terms {
		having := map[uint16]string{}
		for _, o := range holders(r.blobs[offerTerm+term]) {
			having[o.place] = o.has
		}
		for _, p := range postings(r.blobs[term]) {
			if !p.live && !r.plan.all {
				continue
			}
			f := all[p.place]
			f.terms++
			if bits, bound := having[p.place]; bound {
				if f.bound {
					bits = both(f.bits, bits)
				}
				f.bits, f.bound = bits, true
			}
			all[p.place] = f
		}
	}
	return all
}

// readOffers notes how far the variants in question are from the prices wanted; without words, all products are in
// question. One variant has to be all that was wanted of it: "red under 50" is no product with a dear red variant and
// a cheap blue one.
func (r *reader) readOffers() {
	for g, group := range r.plan.groups {
		r.tied[g] = r.tie(group)
	}
	if !r.plan.price.bounds() {
		for _, at := range r.touched {
			if bits, bound := r.question(at); !bound || strings.Trim(bits, "\x00") != "" {
				r.far[at] = 0
			}
		}
		return
	}
	for blob := r.blobs[offerTerm]; len(blob) >= 3; {
		at, live := placeIn(blob), blob[2]&1 == 1
		if len(r.plan.groups) == 0 && (live || r.plan.all) {
			r.touch(at)
		}
		if blob = r.readPrices(at, blob[3:]); blob == nil {
			return
		}
	}
}

// readPrices reads the runs of one product and returns what follows; nil when it is cut off.
func (r *reader) readPrices(at uint16, blob []byte) []byte {
	count, size := binary.Uvarint(blob)
	if size <= 0 {
		return nil
	}
	bits, bound := "", false
	if r.seen[at] {
		bits, bound = r.question(at)
	}
	first := uint64(0)
	for blob = blob[size:]; count > 0; count-- {
		many, size := binary.Uvarint(blob)
		if size <= 0 {
			return nil
		}
		price, more := binary.Uvarint(blob[size:])
		if more <= 0 {
			return nil
		}
		if r.seen[at] && (!bound || within(bits, first, many)) {
			r.far[at] = min(r.far[at], r.plan.price.far(int64(price)))
		}
		first, blob = first+many, blob[size+more:]
	}
	return blob
}

// question is which variants of a product are all that was wanted; without bounds, any is.
func (r *reader) question(at uint16) (bits string, bound bool) {
	for _, of := range r.tied {
		if has, is := of[at]; is {
			if bound {
				has = both(bits, has)
			}
			bits, bound = has, true
		}
	}
	return bits, bound
}

// ---- sets of variants, a bit each ----

func either(a, b string) string {
	if len(a) < len(b) {
		a, b = b, a
	}
	set := []byte(a)
	for i := range len(b) {
		set[i] |= b[i]
	}
	return string(set)
}

func both(a, b string) string {
	set := make([]byte, min(len(a), len(b)))
	for i := range set {
		set[i] = a[i] & b[i]
	}
	return string(set)
}

// within says whether any of count variants from the first on is in a set.
func within(set string, first, count uint64) bool {
	for at := first; at-first < count && at < 8*uint64(len(set)); at++ {
		if set[at/8]>>(at%8)&1 == 1 {
			return true
		}
	}
	return false
}
