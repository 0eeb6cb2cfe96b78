package catalog

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"parley/catalog/fault"
)

var numbered = regexp.MustCompile(`\[(\d+)\]`)

// staged is a product as it is to be written: what it has in common with the shop's has its ids, and the
// variants pick by place.
type staged struct {
	Product Product `json:"product"`
	Picks   []pick  `json:"picks"`
	Shelf   []Text  `json:"shelf,omitempty"` // of a category that is not there yet
	counts  []Count
}

// compare says what listings would do to the shop as it is.
func (st *staging) compare(ctx context.Context, listings []Listing) (*comparison, error) {
	c := &comparison{counts: map[ImportWhat]int{}, skus: map[string]int{}}
	there, err := st.there(ctx, listings)
	if err != nil {
		return nil, err
	}
	taken, err := st.taken(ctx, listings)
	if err != nil {
		return nil, err
	}
	for _, l := range listings {
		c.variants += len(l.Product.Variants)
		c.images += len(l.Product.Images)
		if len(l.Errors) > 0 {
			c.wrong = append(c.wrong, l.Errors...) // others would only follow
			continue
		}
		if err := st.compareOne(c, l, there[l.Product.Handle], taken); err != nil {
			refused, ok := fault.Of(err)
			if !ok {
				return nil, err
			}
			c.wrong = append(c.wrong, l.mend(refused))
		}
	}
	sortErrors(c.wrong)
	return c, nil
}

func (st *staging) there(ctx context.Context, listings []Listing) (map[string]standing, error) {
	handles := make([]string, len(listings))
	for i, l := range listings {
		handles[i] = l.Product.Handle
	}
	return st.readByHandles(ctx, st.shop, handles)
}

// taken is whose the SKUs of listings are in the shop.
func (st *staging) taken(ctx context.Context, listings []Listing) (map[string]ProductID, error) {
	var skus []string
	for _, l := range listings {
		for _, v := range l.Product.Variants {
			if sku := strings.TrimSpace(v.SKU); sku != "" {
				skus = append(skus, sku)
			}
		}
	}
	return st.ownersOf(ctx, st.shop.ID, skus)
}

// ownersOf is the products of SKUs.
func (s *Service) ownersOf(ctx context.Context, merchant MerchantID, skus []string) (map[string]ProductID, error) {
	owners := map[string]ProductID{}
	for len(skus) > 0 {
		some := skus[:min(len(skus), 5000)]
		skus = skus[len(some):]
		var rows []struct {
			SKU       string `gorm:"column:sku"`
			ProductID int64
		}
		given, args := given(some)
		err := s.db.On(ctx).Raw("select sku, product_id from (select g.column1 as sku, (select v.product_id from variants v"+
			" where v.merchant_id = ? and v.sku = g.column1 and v.sku <> '') as product_id from ("+given+") g) found where product_id is not null",
			append([]any{int64(merchant)}, args...)...).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("look for SKUs: %w", err)
		}
		for _, row := range rows {
			owners[row.SKU] = ProductID(row.ProductID)
		}
	}
	return owners, nil
}

// given is texts as a table of one column. Beside hundreds of them in a list PostgreSQL, as long as nobody has
// analyzed the table, would compare each row with each; a look by the index for each is what is meant.
func given(words []string) (sql string, args []any) {
	rows := make([][]any, len(words))
	for i, word := range words {
		rows[i] = []any{word}
	}
	return valueList(rows, "cast(? as text)")
}

// compareOne adds a listing to the comparison, or fails with why it can't be.
func (st *staging) compareOne(c *comparison, l Listing, was standing, taken map[string]ProductID) error {
	to, err := st.prepare(l, was.Product)
	if err != nil {
		return err
	}
	if err := st.claimSKUs(c, l, to.Product, taken); err != nil {
		return err
	}
	what, changes := ImportCreates, []Change(nil)
	switch {
	case was.ID != 0 && to.Product.same(was.Product, to.Picks):
		what = ImportLeaves
	case was.ID != 0:
		what = ImportChanges
		changes = st.differences(was.Product, to)
		c.count(was.Product, to.Product)
		c.freed = append(c.freed, givenUp(was.Product, to.Product)...)
	}
	c.counts[what]++
	row := []any{int64(st.id), 0, int64(st.shop.ID), l.Row, l.Product.Handle, firstLetters(to.Product.Title.In(st.shop.Languages[0]), 200),
		string(what), asJSON(changes), nullable(was.ID), "", "", nil, "[]"}
	if len(to.counts) > 0 {
		row[12] = asJSON(to.counts)
		c.recounts += len(to.counts)
	}
	if was.ID != 0 {
		row[11] = was.saved
	}
	if what != ImportLeaves {
		if to.Product.Category < 0 {
			to.Shelf, to.Product.Category = l.Shelf, 0
		}
		row[9] = asJSON(to)
	}
	if what == ImportChanges {
		row[10] = asJSON(was.Product)
	}
	c.items = append(c.items, row)
	return nil
}

// prepare is a listing as a product that could be written in place of what was there.
func (st *staging) prepare(l Listing, was Product) (staged, error) {
	p := l.Product.tidy(st.shop.Currency)
	p.Merchant = st.shop.ID
	category, err := st.shelfFor(l.Shelf, was.Category)
	if err != nil {
		return staged{}, err
	}
	p.Category = category
	p = l.onto(p, was)
	if err := p.check(st.shop.Currency); err != nil {
		return staged{}, err
	}
	picks := p.picks()
	told := make([]int, len(p.Variants))
	for i, v := range p.Variants {
		told[i] = v.OnHand
	}
	p = p.matched(was)
	l.settle(&p, was, picks)
	return staged{Product: p, Picks: picks, counts: l.counts(told, p, was)}, nil
}

// claimSKUs refuses SKUs that another product has, in the shop or earlier in the file.
func (st *staging) claimSKUs(c *comparison, l Listing, p Product, taken map[string]ProductID) error {
	for i, v := range p.Variants {
		if v.SKU == "" {
			continue
		}
		for _, before := range []map[string]int{st.skus, c.skus} {
			if row, twice := before[v.SKU]; twice {
				return invalid(fmt.Sprintf("variants[%d].sku", i), "import.sku_twice").With("value", v.SKU).With("row", strconv.Itoa(row))
			}
		}
		if owner, owned := taken[v.SKU]; owned && owner != p.ID && !st.freed[v.SKU] {
			return invalid(fmt.Sprintf("variants[%d].sku", i), "catalog.sku_taken").With("value", v.SKU)
		}
	}
	for _, v := range p.Variants {
		if v.SKU != "" {
			c.skus[v.SKU] = l.Row
		}
	}
	return nil
}

// givenUp is the SKUs that variants of a product have no more.
func givenUp(was, now Product) (skus []string) {
	for _, v := range now.Variants {
		if old, ok := was.variant(v.ID); ok && old.SKU != "" && old.SKU != v.SKU {
			skus = append(skus, old.SKU)
		}
	}
	return skus
}

// count adds what a change does to what is for sale.
func (c *comparison) count(was, now Product) {
	if was.State != Active {
		return
	}
	for _, old := range was.Variants {
		if old.State != Active {
			continue
		}
		v, stays := now.variant(old.ID)
		switch {
		case !stays || v.State != Active || now.State != Active:
			c.archives++
		case v.Price != old.Price:
			c.reprices++
		}
	}
}

// shelfFor is the category of a listing; one that is to be added has a negative id.
func (st *staging) shelfFor(path []Text, current CategoryID) (CategoryID, error) {
	return st.tree.shelfFor(path, current, func(c Category) (CategoryID, error) {
		id := CategoryID(-len(st.made) - 1)
		st.made[c.Slug] = id
		return id, nil
	})
}

// shelfFor is the category with a path of names, from the top; what is missing of it is added. The product
// stays where it stands when that is called so. One name alone may be that of a category anywhere, since many
// files know one level only.
func (t tree) shelfFor(path []Text, current CategoryID, add func(Category) (CategoryID, error)) (CategoryID, error) {
	if len(path) == 0 || current != 0 && t.endsIn(current, path) {
		return current, nil
	}
	if len(path) == 1 {
		if id := t.lonely(path[0]); id != 0 {
			return id, nil
		}
	}
	at := CategoryID(0)
	for _, name := range path {
		next := t.child(at, name)
		if next == 0 {
			slug := t.freeSlug(at, name)
			if slug == "" {
				return 0, invalid("category", "catalog.slug").With("value", name.In("en"))
			}
			added, err := add(Category{Parent: at, Slug: slug, Name: tidyText(name)})
			if err != nil {
				return 0, err
			}
			next, t[added] = added, node{parent: at, slug: slug, name: tidyText(name)}
		}
		at = next
	}
	return at, nil
}

// endsIn says whether the names of a category and those above it end in a path.
func (t tree) endsIn(id CategoryID, path []Text) bool {
	for i := len(path) - 1; i >= 0; i-- {
		if id == 0 || !alike(t[id].name, path[i]) {
			return false
		}
		id = t[id].parent
	}
	return true
}

// lonely is the category of a name that may stand anywhere, or 0: by its slug, else the only one called so.
func (t tree) lonely(name Text) CategoryID {
	for _, words := range name {
		if id := t.bySlug(slugOf(words)); id != 0 && slugOf(words) != "" {
			return id
		}
	}
	found := CategoryID(0)
	for id, n := range t {
		if alike(n.name, name) {
			if found != 0 {
				return 0
			}
			found = id
		}
	}
	return found
}

func (t tree) child(parent CategoryID, name Text) CategoryID {
	found := CategoryID(0)
	for id, n := range t {
		if n.parent == parent && alike(n.name, name) && (found == 0 || id > 0 && id < found) {
			found = id
		}
	}
	return found
}

// freeSlug is a slug made of a category's name that no other has: "boots", "shoes-boots", "shoes-boots-2" …
func (t tree) freeSlug(parent CategoryID, name Text) string {
	first := slugOf(name.In("en"))
	if first == "" {
		return ""
	}
	if t.bySlug(first) == 0 {
		return first
	}
	if parent != 0 {
		first = strings.Trim(firstLetters(t[parent].slug+"-"+first, 76), "-")
	}
	for n, slug := 2, first; ; n++ {
		if t.bySlug(slug) == 0 {
			return slug
		}
		slug = fmt.Sprint(first, "-", n)
	}
}
