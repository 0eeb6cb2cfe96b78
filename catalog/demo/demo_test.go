package demo

import (
	"context"
	"errors"
	"testing"

	"parley/catalog"
	"parley/catalog/fault"
)

// recorder is a catalogue that remembers what was saved, in order.
type recorder struct {
	merchants  []catalog.Merchant
	categories []catalog.Category
	products   []catalog.Product
	saves      int
	fails      error // of SaveProduct
}

func (r *recorder) MerchantBySlug(_ context.Context, slug string) (catalog.Merchant, error) {
	for _, m := range r.merchants {
		if m.Slug == slug {
			return m, nil
		}
	}
	return catalog.Merchant{}, fault.New(fault.Missing, "catalog.no_merchant")
}

func (r *recorder) SaveMerchant(_ context.Context, m catalog.Merchant) (catalog.Merchant, error) {
	r.saves++
	m.ID = catalog.MerchantID(len(r.merchants) + 1)
	r.merchants = append(r.merchants, m)
	return m, nil
}

func (r *recorder) SaveCategory(_ context.Context, c catalog.Category) (catalog.Category, error) {
	r.saves++
	c.ID = catalog.CategoryID(len(r.categories) + 1)
	r.categories = append(r.categories, c)
	return c, nil
}

func (r *recorder) SaveProduct(_ context.Context, p catalog.Product) (catalog.Product, error) {
	r.saves++
	r.products = append(r.products, p)
	return p, r.fails
}

func (r *recorder) SetSynonyms(context.Context, catalog.MerchantID, [][]string) error {
	r.saves++
	return nil
}

func opened(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{}
	if err := Open(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *recorder) product(t *testing.T, shop, handle string) catalog.Product {
	t.Helper()
	for _, p := range r.products {
		if p.Handle == handle && r.merchants[p.Merchant-1].Slug == shop {
			return p
		}
	}
	t.Fatalf("%s sells no %s", shop, handle)
	return catalog.Product{}
}

func TestTwoShopsOpenWithEnoughToLookAt(t *testing.T) {
	r := opened(t)
	sold := map[string]int{}
	for _, p := range r.products {
		sold[r.merchants[p.Merchant-1].Slug]++
	}
	if sold["meadow"] < 30 || sold["studio"] < 12 || len(r.products) < 45 {
		t.Errorf("too little is sold: %v", sold)
	}
	if got := r.merchants[0].Currency + r.merchants[1].Currency; got != "USDEUR" {
		t.Errorf("currencies are %s", got)
	}
}

func TestOpeningTwiceChangesNothing(t *testing.T) {
	r := opened(t)
	before := r.saves
	if err := Open(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if r.saves != before {
		t.Errorf("%d things were saved again", r.saves-before)
	}
}

func TestAShopThatItsOwnerKeptIsLeftAloneWhileAMissingOneOpens(t *testing.T) {
	r := &recorder{merchants: []catalog.Merchant{{ID: 1, Slug: "meadow", State: catalog.Archived}}}
	if err := Open(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if len(r.merchants) != 2 || r.merchants[1].Slug != "studio" || r.merchants[0].State != catalog.Archived {
		t.Errorf("shops are %+v", r.merchants)
	}
}

func TestAFailureToSaveIsReported(t *testing.T) {
	full := errors.New("disk full")
	if err := Open(t.Context(), &recorder{fails: full}); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

func TestShelvesNestThreeDeepAndNoneIsEmpty(t *testing.T) {
	r := opened(t)
	depth, holds := 0, map[catalog.CategoryID]bool{}
	for _, p := range r.products {
		level := 0
		for at := p.Category; at != 0; at = r.categories[at-1].Parent {
			holds[at] = true
			level++
			if r.categories[at-1].Merchant != p.Merchant {
				t.Errorf("%s stands on another shop's shelf", p.Handle)
			}
		}
		depth = max(depth, level)
	}
	if depth < 3 {
		t.Errorf("the deepest shelf is at level %d", depth)
	}
	for _, c := range r.categories {
		if !holds[c.ID] {
			t.Errorf("shelf %s is empty", c.Slug)
		}
	}
}

func TestSlugsAndHandlesAreUniqueWithinAShop(t *testing.T) {
	r := opened(t)
	type key struct {
		merchant catalog.MerchantID
		name     string
	}
	shelves, handles := map[key]bool{}, map[key]bool{}
	for _, c := range r.categories {
		if k := (key{c.Merchant, c.Slug}); shelves[k] {
			t.Errorf("two shelves are %s", c.Slug)
		} else {
			shelves[k] = true
		}
	}
	for _, p := range r.products {
		if k := (key{p.Merchant, p.Handle}); handles[k] {
			t.Errorf("two products are %s", p.Handle)
		} else {
			handles[k] = true
		}
	}
}
