package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// entry is what one product is found by.
type entry struct {
	live    bool // buyers find it
	format  int  // the rules by which it was made
	own     weights
	shelf   weights // of the names of its categories
	costs   []run
	choices map[string]string // by term: the bits of the variants that have it
}

// all is every term of the product and how much it says of it.
func (e entry) all() weights {
	all := maps.Clone(e.own)
	if all == nil {
		all = weights{}
	}
	for _, term := range slices.Sorted(maps.Keys(e.shelf)) {
		was := all[term]
		all[term] = min(max(was, e.shelf[term])+min(was, e.shelf[term])/10, mostWeight)
	}
	return all
}

// String is how weights are kept: "boot:90 trail:82"; a mention goes without its weight, which is always the same.
func (w weights) String() string {
	var text strings.Builder
	for i, term := range slices.Sorted(maps.Keys(w)) {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(term)
		if w[term] != inDescription {
			text.WriteString(":" + strconv.Itoa(w[term]))
		}
	}
	return text.String()
}

// readWeights reads what String wrote.
func readWeights(text string) weights {
	w := weights{}
	for _, one := range strings.Fields(text) {
		term, weight, weighed := strings.Cut(one, ":")
		if w[term] = inDescription; weighed {
			w[term], _ = strconv.Atoi(weight) // 0: it is written anew
		}
	}
	return w
}

// indexer brings the index of one shop to what its products are found by, in the transaction that changes them.
// It gathers products and writes them by the hundred, since neighbours share their blocks.
type indexer struct {
	*Service
	shop    MerchantID
	waiting map[ProductID]entry
	fresh   map[ProductID]bool // those of them that were added: they were found by nothing
}

// flushAt is how many products are gathered.
const flushAt = 500

// put notes what a product is found by from now on. With an empty entry it is found no more, which comes before its
// row can be deleted.
func (x *indexer) put(ctx context.Context, id ProductID, e entry) error {
	if x.waiting == nil {
		x.waiting = map[ProductID]entry{}
	}
	if x.waiting[id] = e; len(x.waiting) < flushAt {
		return nil
	}
	return x.flush(ctx)
}

// flush writes what was gathered.
func (x *indexer) flush(ctx context.Context) error {
	if len(x.waiting) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(x.waiting))
	was, err := x.entries(ctx, slices.DeleteFunc(slices.Clone(ids), func(id ProductID) bool { return x.fresh[id] }))
	if err != nil {
		return fmt.Errorf("read what products are found by: %w", err)
	}
	c := changes{terms: map[place][]posting{}, offers: map[place][]offer{}, words: map[string]census{}}
	for _, id := range ids {
		c.compare(id, was[id], x.waiting[id])
	}
	if err := x.write(ctx, c, was); err != nil {
		return fmt.Errorf("write what products are found by: %w", err)
	}
	x.waiting, x.fresh = nil, nil
	return nil
}

// place is where the postings of a term are.
type place struct {
	term  string
	block int64
}

// census is how many products have a word: those that buyers find, and all.
type census struct{ live, total int }

// changes is what the index has to be told of some products.
type changes struct {
	terms  map[place][]posting
	offers map[place][]offer
	words  map[string]census // how many more
	rows   []ProductID       // whose own row changes
}

// compare adds what makes of a product found by one entry one found by another.
func (c *changes) compare(id ProductID, was, now entry) {
	block, at := blockOf(id)
	before, after := was.all(), now.all()
	changed := c.compareOffers(block, at, was, now)
	for term, weight := range after {
		if before[term] != weight || was.live != now.live {
			changed = true
			c.terms[place{term, block}] = append(c.terms[place{term, block}], posting{at, uint8(weight), now.live})
		}
	}
	for term := range before {
		if after[term] == 0 {
			changed = true
			c.terms[place{term, block}] = append(c.terms[place{term, block}], posting{place: at})
		}
	}
	c.count(before, was, -1)
	c.count(after, now, +1)
	if changed || was.format != now.format || !maps.Equal(was.own, now.own) || !maps.Equal(was.shelf, now.shelf) {
		c.rows = append(c.rows, id)
	}
}

// compareOffers says whether something else is for sale.
func (c *changes) compareOffers(block int64, at uint16, was, now entry) (changed bool) {
	note := func(term string, o offer) {
		o.place, o.live, changed = at, now.live, true
		c.offers[place{offerTerm + term, block}] = append(c.offers[place{offerTerm + term, block}], o)
	}
	if was.live != now.live || !slices.Equal(was.costs, now.costs) {
		note("", offer{runs: now.costs, none: len(now.costs) == 0})
	}
	for term, has := range now.choices {
		if before, had := was.choices[term]; !had || before != has || was.live != now.live {
			note(term, offer{has: has})
		}
	}
	for term := range was.choices {
		if _, has := now.choices[term]; !has {
			note(term, offer{none: true})
		}
	}
	return changed
}

// count adds a product to how many have each of its words, or takes it away.
func (c *changes) count(w weights, of entry, one int) {
	for term := range w {
		if isCode(term) || isMention(term) && of.format < mentionsCounted {
			continue
		}
		more := c.words[term]
		more.total += one
		if of.live {
			more.live += one
		}
		c.words[term] = more
	}
}

// add is put for a product that was added in this transaction. What is read of others would be read in vain.
func (x *indexer) add(ctx context.Context, id ProductID, e entry) error {
	if x.fresh == nil {
		x.fresh = map[ProductID]bool{}
	}
	x.fresh[id] = true
	return x.put(ctx, id, e)
}

// index notes what a saved product is found by.
func (w *writer) index(ctx context.Context, p Product) error {
	return w.indexer().put(ctx, p.ID, w.entry(p))
}

func (w *writer) entry(p Product) entry {
	return entry{
		live: p.State == Active, format: searchFormat, own: p.weights(), shelf: w.tree.shelfWeights(p.Category), costs: p.costs(), choices: p.choices(),
	}
}

func (w *writer) indexer() *indexer {
	if w.indexing == nil {
		w.indexing = &indexer{Service: w.Service, shop: w.shop.ID}
	}
	return w.indexing
}

// refile has the products of some categories found by the names that the tree has now.
func (s *Service) refile(ctx context.Context, merchant MerchantID, t tree, moved []CategoryID) error {
	x := &indexer{Service: s, shop: merchant}
	for _, category := range moved {
		shelf := t.shelfWeights(category)
		for last := ProductID(0); ; {
			filed, err := s.entriesOf(ctx, merchant, category, last, flushAt)
			if err != nil {
				return fmt.Errorf("read what products are found by: %w", err)
			}
			if len(filed) == 0 {
				break
			}
			for _, id := range slices.Sorted(maps.Keys(filed)) {
				e := filed[id]
				e.shelf, e.format, last = shelf, searchFormat, id
				if err := x.put(ctx, id, e); err != nil {
					return err
				}
			}
		}
	}
	return x.flush(ctx)
}
