package catalog

import (
	"context"
	"fmt"
	"slices"

	"parley/catalog/money"
)

// Query is a search. Only the first 200 letters and eight words of Words count.
type Query struct {
	Words  string // as a person typed them
	Hidden bool   // drafts and archived products are found, too: for staff
	Page   Page
}

// Found is a page of what a search found, best first. When nothing fits, Total is 0 and Nearest is what comes
// nearest.
type Found struct {
	List
	Nearest    []Summary      // at most ten
	Understood []Understood   // what each word was taken for
	From, To   money.Amount   // the prices wanted; zero: no such bound
	Elsewhere  money.Currency // named with a price, and not the shop's: such a price bounds nothing
}

// Understood is what one word or phrase of a search was taken for: a product fits that has any of Guesses.
type Understood struct {
	Words   string
	Guesses []Guess
}

// Guess is one thing that was looked for.
type Guess struct {
	Terms    []string // stems; "#" and a code; "size=42": a product has each
	How      How
	Worth    int // of 100 that a match by the word itself is worth
	Products int // that have them, as far as is known; codes are not counted
}

// mostNearest is how many products are offered when nothing fits.
const mostNearest = 10

// Search lists the products that have every word of a query, in whatever form, in their titles, tags, vendor,
// values, attributes, SKUs, barcodes or the names of their categories, and a variant at a price that was asked
// for ("до 3000", "under 50", "от 100 до 200"). A word that no product has is taken for a word typed on the other
// keyboard or in the other alphabet, for the beginning of a word if it is the last, or for a mistyped one; then it is
// looked for in the same ways in what only descriptions say. "size
// 42" is a value of an option. An exact SKU or barcode comes first. No words find nothing.
//
// It takes three statements, four when the shop's words have changed since the last search, and a page costs
// the same wherever it is. Found says the total. It fails with fault.Missing for a shop that is not there and
// fault.Invalid {field: after} for a cursor that is none.
func (s *Service) Search(ctx context.Context, merchant MerchantID, q Query) (Found, error) {
	shop, err := s.Merchant(ctx, merchant)
	if err != nil {
		return Found{}, err
	}
	after, err := q.Page.after()
	if err != nil {
		return Found{}, err
	}
	w := wantedOf(q.Words, shop.Currency)
	found := Found{Elsewhere: w.price.elsewhere, From: before(w.price.min, shop.Currency), To: before(w.price.max, shop.Currency)}
	if len(w.words) == 0 && !w.price.bounds() {
		return found, nil
	}
	p, index, err := s.planned(ctx, merchant, w, q.Hidden)
	if err != nil {
		return Found{}, err
	}
	rows, err := s.blocks(ctx, merchant, p.terms())
	if err != nil {
		return Found{}, fmt.Errorf("read the index: %w", err)
	}
	found.Understood = p.understood()
	hits := p.fits(rows)
	near := p.near(rows, index.Products, hits)
	if len(near) > 0 {
		hits = nil
	}
	if found.Total = len(hits); found.Total == 0 {
		found.Nearest, err = s.listed(ctx, merchant, near)
		return found, err
	}
	offset, limit := q.Page.bounds()
	if q.Page.After != "" {
		offset, hits = 0, slices.DeleteFunc(hits, func(h hit) bool { return better(h, after) <= 0 })
	}
	page := top(hits, offset+limit)
	page = page[min(offset, len(page)):]
	if len(page) > 0 && len(hits) > offset+len(page) {
		last := page[len(page)-1]
		found.Next = cursor(int64(last.score), int64(last.product))
	}
	found.Products, err = s.listed(ctx, merchant, page)
	return found, err
}

// after is the hit that a page goes on behind; the zero one for the first page.
func (p Page) after() (hit, error) {
	if p.After == "" {
		return hit{}, nil
	}
	score, product, err := readCursor(p.After)
	return hit{product: ProductID(product), score: int(score)}, err
}

// planned is what a search looks for, and how the index stands in which it does.
func (s *Service) planned(ctx context.Context, merchant MerchantID, w wanted, hidden bool) (plan, indexRow, error) {
	index, err := s.indexOf(ctx, merchant)
	if err != nil {
		return plan{}, index, fmt.Errorf("ask how the index stands: %w", err)
	}
	v, err := s.vocabulary(ctx, merchant, index)
	if err != nil {
		return plan{}, index, fmt.Errorf("read the words of the shop: %w", err)
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	return planner{v: v, all: hidden, products: index.Products}.plan(w), index, nil
}

// understood is a plan as people may read it.
func (p plan) understood() (all []Understood) {
	for _, g := range p.groups {
		one := Understood{Words: g.word}
		for _, guessed := range g.guesses {
			how := guessed.how
			if how == AsWord && guessed.found == 0 {
				how = AsNothing
			}
			one.Guesses = append(one.Guesses, Guess{Terms: guessed.terms, How: how, Worth: guessed.worth, Products: guessed.found})
		}
		all = append(all, one)
	}
	return all
}

// listed is hits as lists show them. One that was deleted a moment ago is left out.
func (s *Service) listed(ctx context.Context, merchant MerchantID, hits []hit) ([]Summary, error) {
	if len(hits) == 0 {
		return nil, nil
	}
	ids, at := make([]int64, len(hits)), map[ProductID]int{}
	for i, h := range hits {
		ids[i], at[h.product] = int64(h.product), i
	}
	// "+ 0" keeps SQLite from walking all that the merchant has for the few.
	found, err := s.summaries(ctx, merchant, "from products p where p.id in ? and p.merchant_id + 0 = ?", ids, int64(merchant))
	slices.SortFunc(found, func(a, b Summary) int { return at[a.ID] - at[b.ID] })
	return found, err
}
