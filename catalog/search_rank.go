package catalog

import (
	"cmp"
	"slices"
)

// hit is a product that fits. Hits are listed by score, of equals the older product first: whole numbers, so that
// both engines agree.
type hit struct {
	product ProductID
	score   int
	far     int64 // how far its price is from what was wanted, where that is how hits are listed
	aside   bool  // some word is in its description only, and none is what it is called
}

func better(a, b hit) int {
	return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(b.score, a.score), cmp.Compare(a.product, b.product))
}

// terms is what has to be read of the index.
func (p plan) terms() (terms []string) {
	if p.code != "" {
		terms = append(terms, p.code)
	}
	for _, g := range p.groups {
		for _, one := range g.guesses {
			terms = append(terms, one.terms...)
		}
	}
	for term := range p.chosen {
		terms = append(terms, offerTerm+term)
	}
	if p.price.bounds() {
		terms = append(terms, offerTerm)
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// ofCodeAlone is the score of a product that has the whole search as its code: more than any words give.
const ofCodeAlone = 1 << 40

// fits is the products that are in every group and in the range of prices.
func (p plan) fits(rows []blockRow) []hit {
	return p.hits(rows, fitting, func(r *reader, at uint16) (hit, bool) {
		score, groups := r.score(at)
		switch {
		case r.coded[at]:
			score += ofCodeAlone
		case groups < len(p.groups):
			return hit{}, false
		}
		return hit{score: score}, r.fair(at)
	})
}

// nearest is products to offer when nothing fits: those that would at another price, nearest to it first, or else
// those that are in some groups, without groups of which nearly everything is when there are others. What is only
// like one word of several is not near.
func (p plan) nearest(rows []blockRow, products int) []hit {
	if p.price.bounds() && len(p.groups) > 0 {
		found := p.hits(rows, fitting, func(r *reader, at uint16) (hit, bool) {
			score, groups := r.score(at)
			return hit{score: score, far: r.far[at]}, groups == len(p.groups)
		})
		if len(found) > 0 {
			return found
		}
	}
	telling := p.telling(rows, products)
	some := func(priced bool) []hit {
		of := nobodys
		if priced {
			of = anybodys
		}
		return p.hits(rows, of, func(r *reader, at uint16) (hit, bool) {
			score, groups, sure := 0, 0, false
			for g := range p.groups {
				if telling[g] && r.best[g][at] > 0 {
					score, groups = score+int(r.best[g][at])*p.groups[g].weight, groups+1
					sure = sure || p.groups[g].sure()
				}
			}
			return hit{score: score * groups}, sure && (!priced || r.fair(at))
		})
	}
	if p.price.bounds() {
		if found := some(true); len(found) > 0 {
			return found
		}
	}
	if found := some(false); len(found) > 0 || !p.price.bounds() {
		return found
	}
	return plan{price: p.price, all: p.all}.fits(rows) // no word is anywhere: what there is at that price
}

// telling is which groups tell products from each other: at most a fifth of the products are in them, unless no
// other group is in any.
func (p plan) telling(rows []blockRow, products int) []bool {
	found := make([]int, len(p.groups))
	p.hits(rows, nobodys, func(r *reader, at uint16) (hit, bool) {
		for g := range p.groups {
			if r.best[g][at] > 0 {
				found[g]++
			}
		}
		return hit{}, false
	})
	telling, rare := make([]bool, len(p.groups)), false
	for g, n := range found {
		telling[g] = n > 0 && n <= products/5
		rare = rare || telling[g]
	}
	for g := range telling {
		telling[g] = telling[g] || !rare
	}
	return telling
}

// reader is one block of products as a plan sees it.
type reader struct {
	plan    plan
	best    [][]int32 // by group and place: worth times weight of the best guess
	coded   []bool
	firm    [][]uint8 // by group and place: the greatest weight of a term that is in more than a description
	touched []uint16
	seen    []bool
	blobs   map[string][]byte

	// Where one variant has to be all that was wanted, by place:
	of     whose
	asked  []bool   // of this product it is asked
	far    []int64  // how far the nearest price is from what was wanted; unpriced when there is none
	ties   [][]tied // by group and place: of which variants it is true; nil: of all
	tables [][]tied // their room
	found  []tied   // of one guess
	fitted []uint16 // where it is
	holds  []held   // of the last term
	term   int      // its number
}

// hits asks of each product that is in any group.
func (p plan) hits(rows []blockRow, of whose, ask func(r *reader, at uint16) (hit, bool)) (found []hit) {
	r := &reader{plan: p, of: of, coded: make([]bool, blockSize), seen: make([]bool, blockSize), blobs: map[string][]byte{}}
	if of != nobodys && (p.price.bounds() || len(p.chosen) > 0) {
		r.far, r.asked, r.holds = slices.Repeat([]int64{unpriced}, blockSize), make([]bool, blockSize), make([]held, blockSize)
		r.ties, r.tables, r.found = make([][]tied, len(p.groups)), make([][]tied, len(p.groups)), make([]tied, blockSize)
		for g := range p.groups {
			r.tables[g] = make([]tied, blockSize)
		}
	}
	for range p.groups {
		r.best, r.firm = append(r.best, make([]int32, blockSize)), append(r.firm, make([]uint8, blockSize))
	}
	for len(rows) > 0 {
		block := rows[0].Block
		clear(r.blobs)
		for ; len(rows) > 0 && rows[0].Block == block; rows = rows[1:] {
			r.blobs[rows[0].Term] = rows[0].Postings
		}
		r.read()
		for _, at := range r.touched {
			if h, ok := ask(r, at); ok {
				h.product, h.aside = ProductID(block*blockSize+int64(at)), r.aside(at)
				found = append(found, h)
			}
		}
		r.reset()
	}
	return found
}

func (r *reader) read() {
	for g, group := range r.plan.groups {
		best, firm := r.best[g], r.firm[g]
		for _, one := range group.guesses {
			if len(one.terms) > 1 {
				r.readAll(best, firm, one)
				continue
			}
			for blob := r.blobs[one.terms[0]]; len(blob) >= 3; blob = blob[3:] {
				if blob[2]&1 == 0 && !r.plan.all {
					continue
				}
				at := placeIn(blob)
				best[at] = max(best[at], int32(one.worth)*int32(blob[2]>>1))
				if !one.mentions() {
					firm[at] = max(firm[at], blob[2]>>1)
				}
				r.touch(at)
			}
		}
	}
	for _, p := range postings(r.blobs[r.plan.code]) {
		if p.live || r.plan.all {
			r.coded[p.place] = true
			r.touch(p.place)
		}
	}
	if r.far == nil {
		return
	}
	for _, at := range r.touched {
		_, groups := r.score(at)
		r.asked[at] = r.of == anybodys || r.coded[at] || groups == len(r.plan.groups)
	}
	r.readOffers()
}

// readAll reads a guess of several terms: products that have each of them count by the lightest.
func (r *reader) readAll(best []int32, firm []uint8, one guess) {
	type tally struct{ terms, weight int }
	tallies := map[uint16]tally{}
	for _, term := range one.terms {
		for _, p := range postings(r.blobs[term]) {
			if t := tallies[p.place]; p.live || r.plan.all {
				if t.terms == 0 {
					t.weight = mostWeight
				}
				tallies[p.place] = tally{t.terms + 1, min(t.weight, int(p.weight))}
			}
		}
	}
	for at, t := range tallies {
		if t.terms == len(one.terms) {
			best[at] = max(best[at], int32(one.worth*t.weight))
			firm[at] = max(firm[at], uint8(t.weight))
			r.touch(at)
		}
	}
}

func (r *reader) touch(at uint16) {
	if !r.seen[at] {
		r.seen[at] = true
		r.touched = append(r.touched, at)
	}
}

func (r *reader) reset() {
	for _, at := range r.touched {
		r.seen[at], r.coded[at] = false, false
		for g := range r.best {
			r.best[g][at], r.firm[g][at] = 0, 0
		}
		if r.far != nil {
			r.far[at], r.asked[at] = unpriced, false
			for g := range r.ties {
				r.tables[g][at] = tied{}
			}
		}
	}
	clear(r.ties)
	r.touched = r.touched[:0]
}

// score is how well a product fits, and how many groups it is in.
func (r *reader) score(at uint16) (score, groups int) {
	for g := range r.best {
		if best := r.best[g][at]; best > 0 {
			score, groups = score+int(best)*r.plan.groups[g].weight, groups+1
		}
	}
	return score, groups
}

// aside says whether a product only mentions a word in its description and is not called by any other.
func (r *reader) aside(at uint16) bool {
	mentions := false
	for g := range r.best {
		if r.firm[g][at] >= inShelf {
			return false
		}
		mentions = mentions || r.best[g][at] > 0 && r.firm[g][at] == 0
	}
	return mentions
}

// fair says whether a product can be had at a price that was wanted.
func (r *reader) fair(at uint16) bool { return len(r.far) == 0 || r.far[at] == 0 }

// top is the best hits in order, at most so many.
func top(hits []hit, count int) []hit {
	if count*8 > len(hits) {
		slices.SortFunc(hits, better)
		return hits[:min(count, len(hits))]
	}
	best := make([]hit, 0, count+1)
	for _, h := range hits {
		if len(best) == count && better(h, best[count-1]) > 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, h, better)
		best = slices.Insert(best, at, h)
		best = best[:min(len(best), count)]
	}
	return best
}
