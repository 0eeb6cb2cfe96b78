package catalog

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// rowsOfIndex is how many rows one statement of the index reads or writes.
const rowsOfIndex = 250

type entryRow struct {
	ProductID  int64
	Live       bool
	Words      string
	ShelfWords string
	Prices     string // "2*4900 1*5100": what its variants for sale cost, in runs
	Choices    string // "red:03 size=42:01": which of them have a value
	Format     int
}

const entryColumns = "w.product_id, w.live, w.words, w.shelf_words, w.prices, w.choices, w.format"

func (r entryRow) entry() entry {
	e := entry{live: r.Live, format: r.Format, own: readWeights(r.Words), shelf: readWeights(r.ShelfWords), choices: map[string]string{}}
	for _, written := range strings.Fields(r.Prices) { // what can't be read is written anew
		count, price, _ := strings.Cut(written, "*")
		one := run{}
		one.count, _ = strconv.ParseUint(count, 10, 64)
		one.price, _ = strconv.ParseInt(price, 10, 64)
		e.costs = append(e.costs, one)
	}
	for _, written := range strings.Fields(r.Choices) {
		term, bits, _ := strings.Cut(written, ":")
		has, _ := hex.DecodeString(bits)
		e.choices[term] = string(has)
	}
	return e
}

// offered is how what is for sale is kept.
func (e entry) offered() (costs, choices string) {
	var runs, terms []string
	for _, one := range e.costs {
		runs = append(runs, fmt.Sprintf("%d*%d", one.count, one.price))
	}
	for _, term := range slices.Sorted(maps.Keys(e.choices)) {
		terms = append(terms, term+":"+hex.EncodeToString([]byte(e.choices[term])))
	}
	return strings.Join(runs, " "), strings.Join(terms, " ")
}

// entries is what products are found by.
func (x *indexer) entries(ctx context.Context, ids []ProductID) (map[ProductID]entry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []entryRow
	err := x.db.On(ctx).Raw("select "+entryColumns+" from product_words w where w.merchant_id = ? and w.product_id in ?", int64(x.shop), ids).Scan(&rows).Error
	return byProduct(rows), err
}

// entriesOf is what some products of a category (of none, for zero) are found by, those with higher ids than last.
func (s *Service) entriesOf(ctx context.Context, merchant MerchantID, category CategoryID, last ProductID, most int) (map[ProductID]entry, error) {
	where, args := "p.category_id is null", []any{int64(merchant)}
	if category != 0 {
		where, args = "p.category_id = ?", append(args, int64(category))
	}
	var rows []entryRow
	err := s.db.On(ctx).Raw("select "+entryColumns+" from products p join product_words w on w.merchant_id = p.merchant_id and w.product_id = p.id"+
		" where p.merchant_id = ? and "+where+" and p.id > ? order by p.id limit ?", append(args, int64(last), most)...).Scan(&rows).Error
	return byProduct(rows), err
}

func byProduct(rows []entryRow) map[ProductID]entry {
	all := make(map[ProductID]entry, len(rows))
	for _, row := range rows {
		all[ProductID(row.ProductID)] = row.entry()
	}
	return all
}

// write brings the rows of the index to what they should be.
func (x *indexer) write(ctx context.Context, c changes, was map[ProductID]entry) error {
	if err := x.writeTerms(ctx, c); err != nil {
		return err
	}
	if err := x.writeEntries(ctx, c.rows, was); err != nil {
		return err
	}
	return x.writeVocabulary(ctx, c)
}

type blockRow struct {
	Term     string
	Block    int64
	Postings []byte
}

func (x *indexer) writeTerms(ctx context.Context, c changes) error {
	terms := map[int64][]string{} // by block
	for at := range c.terms {
		terms[at.block] = append(terms[at.block], at.term)
	}
	for at := range c.offers {
		terms[at.block] = append(terms[at.block], at.term)
	}
	for _, block := range slices.Sorted(maps.Keys(terms)) {
		slices.Sort(terms[block])
		for some := range slices.Chunk(terms[block], rowsOfIndex) {
			if err := x.writeBlock(ctx, c, block, some); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeBlock changes the postings of some terms for one block of products.
func (x *indexer) writeBlock(ctx context.Context, c changes, block int64, terms []string) error {
	var rows []blockRow
	given, args := given(terms)
	err := x.db.On(ctx).Raw("select term, postings from (select g.column1 as term, (select t.postings from product_terms t"+
		" where t.merchant_id = ? and t.term = g.column1 and t.block = ?) as postings from ("+given+") g) found where postings is not null",
		append([]any{int64(x.shop), block}, args...)...).Scan(&rows).Error
	if err != nil {
		return err
	}
	was := map[string][]byte{}
	for _, row := range rows {
		was[row.Term] = row.Postings
	}
	var values []any
	var empty []string
	for _, term := range terms {
		now := c.block(place{term, block}, was[term])
		switch {
		case len(now) > 0:
			values = append(values, int64(x.shop), term, block, now)
		case was[term] != nil:
			empty = append(empty, term)
		}
	}
	if len(empty) > 0 {
		err := x.db.On(ctx).Exec("delete from product_terms where merchant_id = ? and block = ? and term in ?", int64(x.shop), block, empty).Error
		if err != nil {
			return err
		}
	}
	return x.insert(ctx, "product_terms (merchant_id, term, block, postings)", 4, values,
		" on conflict (merchant_id, term, block) do update set postings = excluded.postings")
}

// block is the block of a term after the changes.
func (c changes) block(at place, was []byte) []byte {
	switch {
	case at.term == offerTerm:
		return pricesBlock(withOffers(prices(was), c.offers[at]))
	case strings.HasPrefix(at.term, offerTerm):
		return holdersBlock(withOffers(holders(was), c.offers[at]))
	}
	return withPostings(was, c.terms[at])
}

// insert adds rows of so many columns, or does what is said on conflict.
func (x *indexer) insert(ctx context.Context, into string, columns int, values []any, conflict string) error {
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", columns), ", ") + ")"
	for some := range slices.Chunk(values, rowsOfIndex*columns) {
		all := strings.TrimSuffix(strings.Repeat(one+", ", len(some)/columns), ", ")
		if err := x.db.On(ctx).Exec("insert into "+into+" values "+all+conflict, some...).Error; err != nil {
			return err
		}
	}
	return nil
}

func (x *indexer) writeEntries(ctx context.Context, ids []ProductID, was map[ProductID]entry) error {
	var values []any
	var gone []ProductID
	for _, id := range ids {
		e := x.waiting[id]
		if len(e.own) == 0 {
			gone = append(gone, id)
			continue
		}
		costs, choices := e.offered()
		values = append(values, int64(x.shop), int64(id), e.live, e.own.String(), e.shelf.String(), costs, choices, e.format)
	}
	if len(gone) > 0 && len(was) > 0 {
		err := x.db.On(ctx).Exec("delete from product_words where merchant_id = ? and product_id in ?", int64(x.shop), gone).Error
		if err != nil {
			return err
		}
	}
	return x.insert(ctx, "product_words (merchant_id, product_id, live, words, shelf_words, prices, choices, format)", 8, values,
		" on conflict (merchant_id, product_id) do update set live = excluded.live, words = excluded.words,"+
			" shelf_words = excluded.shelf_words, prices = excluded.prices, choices = excluded.choices, format = excluded.format")
}

type wordRow struct {
	Word  string
	Live  int
	Total int
}

// writeVocabulary counts words anew and moves the index on by a version.
func (x *indexer) writeVocabulary(ctx context.Context, c changes) error {
	if len(c.rows) == 0 {
		return nil
	}
	version, err := x.nextVersion(ctx, x.shop)
	if err != nil {
		return err
	}
	maps.DeleteFunc(c.words, func(_ string, more census) bool { return more == census{} })
	for words := range slices.Chunk(slices.Sorted(maps.Keys(c.words)), rowsOfIndex) {
		var rows []wordRow
		given, args := given(words)
		err := x.db.On(ctx).Raw("select word, live, total from (select g.column1 as word,"+
			" (select w.live from search_words w where w.merchant_id = ? and w.word = g.column1) as live,"+
			" (select w.total from search_words w where w.merchant_id = ? and w.word = g.column1) as total from ("+given+") g) found where total is not null",
			append([]any{int64(x.shop), int64(x.shop)}, args...)...).Scan(&rows).Error
		if err != nil {
			return err
		}
		now := map[string]census{}
		for _, row := range rows {
			now[row.Word] = census{row.Live, row.Total}
		}
		var values []any
		for _, word := range words {
			more := c.words[word]
			values = append(values, int64(x.shop), word, max(now[word].live+more.live, 0), max(now[word].total+more.total, 0), version)
		}
		err = x.insert(ctx, "search_words (merchant_id, word, live, total, version)", 5, values,
			" on conflict (merchant_id, word) do update set live = excluded.live, total = excluded.total, version = excluded.version")
		if err != nil {
			return err
		}
	}
	return nil
}

// nextVersion moves a shop's index on. A shop that has no row yet is new, and its index made by the present rules.
func (s *Service) nextVersion(ctx context.Context, shop MerchantID) (version int64, err error) {
	err = s.db.On(ctx).Raw("insert into search_shops (merchant_id, version, format) values (?, 1, ?)"+
		" on conflict (merchant_id) do update set version = search_shops.version + 1 returning version", int64(shop), searchFormat).Scan(&version).Error
	return version, err
}

type indexRow struct {
	Version   int64
	Synonyms  int64
	Format    int
	RebuiltTo int64
	Products  int
}

// indexOf is how the index of a shop stands, and how many products buyers find; all zero for a shop without one.
func (s *Service) indexOf(ctx context.Context, merchant MerchantID) (row indexRow, err error) {
	err = s.db.On(ctx).Raw("select x.version, x.synonyms, x.format, x.rebuilt_to, m.products from search_shops x"+
		" join merchants m on m.id = x.merchant_id where x.merchant_id = ?", int64(merchant)).Scan(&row).Error
	return row, err
}

// wordsSince is the words counted anew after a version, with how often they are there.
func (s *Service) wordsSince(ctx context.Context, merchant MerchantID, version int64) (rows []wordRow, err error) {
	err = s.db.On(ctx).Raw("select word, live, total from search_words where merchant_id = ? and version > ?", int64(merchant), version).Scan(&rows).Error
	return rows, err
}

// blocks is the postings of terms, by ascending block and term.
func (s *Service) blocks(ctx context.Context, merchant MerchantID, terms []string) ([]blockRow, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	rows, err := s.db.On(ctx).Raw("select term, block, postings from product_terms where merchant_id = ? and term in ?", int64(merchant), terms).Rows()
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // after an error of its own, or at its end
	var all []blockRow
	for rows.Next() {
		var row blockRow
		if err := rows.Scan(&row.Term, &row.Block, &row.Postings); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	slices.SortFunc(all, func(a, b blockRow) int {
		return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(a.Term, b.Term))
	})
	return all, rows.Err()
}
