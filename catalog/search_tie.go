package catalog

import (
	"bytes"
	"encoding/binary"
)

// unpriced is farther than any price.
const unpriced = int64(1) << 62

// whose says of which products it is asked for which of their variants a search is true.
type whose int

const (
	nobodys  whose = iota
	fitting        // that are in every group, or have the code
	anybodys       // that are in some group
)

// tied is for which variants of a product a group, or one guess, is true: their bits. One that is whole is true or not
// of all.
type tied struct {
	terms int // of the guess that it has
	bound bool
	whole bool
	bits  []byte
}

// tie reads for which variants of the products in question a group is true. What fits as a whole by one guess does so
// whatever others say.
func (r *reader) tie(g int, group group) {
	if !r.chosen(group) {
		return
	}
	r.ties[g] = r.tables[g]
	for _, one := range group.guesses {
		for _, at := range r.fit(one) {
			f, of := &r.found[at], &r.ties[g][at]
			switch {
			case f.terms < len(one.terms):
			case f.bound:
				of.bits, of.bound = either(of.bits, f.bits), true
			default:
				of.whole = true
			}
			*f = tied{}
		}
	}
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

// fit notes which of the products in question have terms of a guess, and which variants have those that are bound to
// some.
func (r *reader) fit(one guess) []uint16 {
	r.fitted = r.fitted[:0]
	for _, term := range one.terms {
		blob := r.blobs[term]
		if len(blob) == 0 {
			continue
		}
		r.hold(r.blobs[offerTerm+term])
		for ; len(blob) >= 3; blob = blob[3:] {
			at := placeIn(blob)
			if !r.asked[at] || blob[2]&1 == 0 && !r.plan.all {
				continue
			}
			f := &r.found[at]
			if f.terms == 0 {
				r.fitted = append(r.fitted, at)
			}
			f.terms++
			switch has := r.holds[at]; {
			case has.term != r.term:
			case f.bound:
				f.bits = both(f.bits, has.bits)
			default:
				f.bits, f.bound = has.bits, true
			}
		}
	}
	return r.fitted
}

// held is which variants of a product have a value, as far as that was read for the term of this number.
type held struct {
	term int
	bits []byte
}

// hold notes which variants of the products in question have the value of one more term.
func (r *reader) hold(blob []byte) {
	r.term++
	for len(blob) >= 3 {
		at := placeIn(blob)
		length, size := binary.Uvarint(blob[3:])
		if size <= 0 || length > uint64(len(blob)-3-size) {
			return
		}
		if blob = blob[3+size:]; r.asked[at] {
			r.holds[at] = held{r.term, blob[:length]}
		}
		blob = blob[length:]
	}
}

// readOffers notes how far the variants in question are from the prices wanted; without words, all products are in
// question. One variant has to be all that was wanted of it: "red under 50" is no product with a dear red variant and
// a cheap blue one.
func (r *reader) readOffers() {
	for g, group := range r.plan.groups {
		r.tie(g, group)
	}
	if !r.plan.price.bounds() {
		for _, at := range r.touched {
			if bits, bound := r.question(at); r.asked[at] && (!bound || len(bytes.Trim(bits, "\x00")) > 0) {
				r.far[at] = 0
			}
		}
		return
	}
	for blob := r.blobs[offerTerm]; len(blob) >= 3; {
		at, live := placeIn(blob), blob[2]&1 == 1
		if len(r.plan.groups) == 0 && (live || r.plan.all) {
			r.touch(at)
			r.asked[at] = true
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
	blob = blob[size:]
	if !r.asked[at] {
		return afterUvarints(blob, 2*count)
	}
	bits, bound := r.question(at)
	first := uint64(0)
	for ; count > 0; count-- {
		many, size := binary.Uvarint(blob)
		if size <= 0 {
			return nil
		}
		price, more := binary.Uvarint(blob[size:])
		if more <= 0 {
			return nil
		}
		if !bound || within(bits, first, many) {
			r.far[at] = min(r.far[at], r.plan.price.far(int64(price)))
		}
		first, blob = first+many, blob[size+more:]
	}
	return blob
}

// question is which variants of a product are all that was wanted; without bounds, any is.
func (r *reader) question(at uint16) (bits []byte, bound bool) {
	for _, of := range r.ties {
		if len(of) == 0 || of[at].whole || !of[at].bound {
			continue
		}
		has := of[at].bits
		if bound {
			has = both(bits, has)
		}
		bits, bound = has, true
	}
	return bits, bound
}

// afterUvarints is what follows so many numbers; nil when they are cut off.
func afterUvarints(blob []byte, count uint64) []byte {
	for i, b := range blob {
		if count == 0 {
			return blob[i:]
		}
		if b < 0x80 {
			count--
		}
	}
	if count == 0 {
		return blob[len(blob):]
	}
	return nil
}

// ---- sets of variants, a bit each ----

func either(a, b []byte) []byte {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(b) == 0 {
		return a
	}
	set := bytes.Clone(a)
	for i := range b {
		set[i] |= b[i]
	}
	return set
}

func both(a, b []byte) []byte {
	set := make([]byte, min(len(a), len(b)))
	for i := range set {
		set[i] = a[i] & b[i]
	}
	return set
}

// within says whether any of count variants from the first on is in a set.
func within(set []byte, first, count uint64) bool {
	for at := first; at-first < count && at < 8*uint64(len(set)); at++ {
		if set[at/8]>>(at%8)&1 == 1 {
			return true
		}
	}
	return false
}
