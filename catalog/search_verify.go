package catalog

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"parley/migrations/db"
)

// sumOf is what the postings of a term come to, in whatever order they are added.
type sumOf struct {
	census
	sum uint64
}

func (s *sumOf) add(product ProductID, weight uint8, live bool) {
	s.total++
	if live {
		s.live++
	}
	mixed := (uint64(product)<<8 | uint64(weight)<<1 | uint64(bit(live))) * 0x9E3779B97F4A7C15 // Fibonacci hashing
	s.sum += mixed ^ mixed>>29
}

// offer adds what is for sale of a product, or which of it has a value.
func (s *sumOf) offer(product ProductID, o offer) {
	mixed := fnv.New64a()
	_, _ = fmt.Fprint(mixed, product, o.live, o.runs, o.has) // it never fails
	s.sum += mixed.Sum64()
}

// strayTerms looks for shops whose index does not have just what each product is found by, and whose words are counted
// wrong. An index that is still to be made is left out.
func (s *Service) strayTerms(ctx context.Context) (db.Finding, error) {
	found := func(broken []string) db.Finding {
		return db.Found("S7.search", "a product is found by its words and by no others", broken)
	}
	var shops []int64
	if err := s.db.On(ctx).Raw("select merchant_id from search_shops where format = ? order by merchant_id", searchFormat).Scan(&shops).Error; err != nil {
		return found(nil), err
	}
	var broken []string
	for _, shop := range shops {
		wrong, err := s.strayIn(ctx, MerchantID(shop))
		if err != nil {
			return found(nil), err
		}
		broken = append(broken, wrong...)
	}
	return found(broken), nil
}

func (s *Service) strayIn(ctx context.Context, shop MerchantID) (broken []string, err error) {
	want, err := s.wantedTerms(ctx, shop)
	if err != nil {
		return nil, err
	}
	if broken, err = s.unlisted(ctx, shop); err != nil {
		return nil, err
	}
	wrong := map[string]bool{}
	have, err := s.keptTerms(ctx, shop)
	if err != nil {
		return nil, err
	}
	for term := range want {
		wrong[term] = have[term] != want[term]
	}
	for term := range have {
		wrong[term] = have[term] != want[term]
	}
	words, err := s.wordsSince(ctx, shop, 0)
	if err != nil {
		return nil, err
	}
	counted := map[string]census{}
	for _, word := range words {
		counted[word.Word] = census{word.Live, word.Total}
		wrong[word.Word] = wrong[word.Word] || counted[word.Word] != want[word.Word].census
	}
	for term, sum := range want {
		wrong[term] = wrong[term] || !isCode(term) && !strings.HasPrefix(term, offerTerm) && counted[term] != sum.census
	}
	for _, term := range slices.Sorted(maps.Keys(wrong)) {
		if wrong[term] {
			broken = append(broken, fmt.Sprintf("shop %d, %q", shop, term))
		}
	}
	return broken, nil
}

// unlisted is the products of a shop that the index knows nothing of, or whose state it has wrong.
func (s *Service) unlisted(ctx context.Context, shop MerchantID) (broken []string, err error) {
	err = s.db.On(ctx).Raw("select 'product ' || p.id || ' ' || p.handle from products p left join product_words w on w.merchant_id = p.merchant_id"+
		" and w.product_id = p.id where p.merchant_id = ? and (w.product_id is null or w.live <> (p.state = 'active')) order by p.id", int64(shop)).Scan(&broken).Error
	return broken, err
}

// wantedTerms is what the postings should be, by what each product says it is found by.
func (s *Service) wantedTerms(ctx context.Context, shop MerchantID) (map[string]sumOf, error) {
	want := map[string]sumOf{}
	for last := int64(0); ; {
		var rows []entryRow
		err := s.db.On(ctx).Raw("select "+entryColumns+" from product_words w where w.merchant_id = ? and w.product_id > ? order by w.product_id limit 1000",
			int64(shop), last).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return want, err
		}
		for _, row := range rows {
			last = row.ProductID
			for term, weight := range row.entry().all() {
				sum := want[term]
				sum.add(ProductID(last), uint8(weight), row.Live)
				want[term] = sum
			}
			for term, o := range row.entry().offers() {
				sum := want[offerTerm+term]
				sum.offer(ProductID(last), o)
				want[offerTerm+term] = sum
			}
		}
	}
}

// offers is what is for sale of a product, by term.
func (e entry) offers() map[string]offer {
	all := map[string]offer{}
	if len(e.costs) > 0 {
		all[""] = offer{live: e.live, runs: e.costs}
	}
	for term, has := range e.choices {
		all[term] = offer{live: e.live, has: has}
	}
	return all
}

// keptTerms is what the postings are.
func (s *Service) keptTerms(ctx context.Context, shop MerchantID) (map[string]sumOf, error) {
	have := map[string]sumOf{}
	rows, err := s.db.On(ctx).Raw("select term, block, postings from product_terms where merchant_id = ?", int64(shop)).Rows()
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // after an error of its own, or at its end
	for rows.Next() {
		var row blockRow
		if err := rows.Scan(&row.Term, &row.Block, &row.Postings); err != nil {
			return nil, err
		}
		sum := have[row.Term]
		sum.addBlock(row)
		have[row.Term] = sum
	}
	return have, rows.Err()
}

// addBlock adds all that a block says.
func (s *sumOf) addBlock(row blockRow) {
	id := func(place uint16) ProductID { return ProductID(row.Block*blockSize + int64(place)) }
	switch {
	case row.Term == offerTerm:
		for _, o := range prices(row.Postings) {
			s.offer(id(o.place), o)
		}
	case strings.HasPrefix(row.Term, offerTerm):
		for _, o := range holders(row.Postings) {
			s.offer(id(o.place), o)
		}
	default:
		for _, p := range postings(row.Postings) {
			s.add(id(p.place), p.weight, p.live)
		}
	}
}
