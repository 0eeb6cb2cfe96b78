package catalog

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"parley/catalog/event"
	"parley/catalog/fault"
)

// SaveProduct adds a product to the shop p.Merchant, or changes the one with the same handle, and returns it
// as it is now.
//
// In what is given, the ids of values and images only say which of them the variants mean: any numbers that
// differ within an option do, zero too when there is one. What was there before keeps its id: options and
// values are found by name, else by id; images by Src; variants by id, else SKU, else values. Variants that
// are not named any more are archived, for stock and orders remember them.
//
// OnHand is the opening stock of a variant that is new or begins to be tracked; for others it is ignored, and
// Reserved always is: Adjust changes stock. A variant's state is Active, a product's Draft and its kind
// Physical unless set. It fails with fault.Invalid {field}.
func (s *Service) SaveProduct(ctx context.Context, p Product) (saved Product, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		w, err := s.writer(ctx, p.Merchant, opened)
		if err != nil {
			return err
		}
		id, err := w.save(ctx, p)
		if err != nil {
			return err
		}
		if err := w.count(ctx); err != nil {
			return err
		}
		saved, err = s.Find(ctx, p.Merchant, id)
		return err
	})
	if err != nil {
		return Product{}, fmt.Errorf("save product %s: %w", p.Handle, err)
	}
	return saved, nil
}

// writer saves products of one shop in one transaction.
type writer struct {
	*Service
	shop   Merchant
	tree   tree
	reason string             // of the stock moves it writes
	counts map[CategoryID]int // how many more products stand on each shelf
	moved  []Want             // the pieces of the product in hand that came, until they are told of
	news   []event.Happened   // to be told once what was saved is counted
	at     time.Time

	indexing *indexer
}

func (s *Service) writer(ctx context.Context, merchant MerchantID, reason string) (*writer, error) {
	if err := s.lockShop(ctx, merchant); err != nil {
		return nil, err
	}
	shops, err := s.merchantsWhere(ctx, "id = ?", int64(merchant))
	if err != nil {
		return nil, err
	}
	t, err := s.readTree(ctx, merchant)
	if err != nil {
		return nil, err
	}
	return &writer{Service: s, shop: shops[0], tree: t, reason: reason, counts: map[CategoryID]int{}, at: s.at()}, nil
}

// save writes one product if it differs from what is there.
func (w *writer) save(ctx context.Context, p Product) (ProductID, error) {
	p = p.tidy(w.shop.Currency)
	p.Merchant = w.shop.ID
	if err := p.check(w.shop.Currency); err != nil {
		return 0, err
	}
	if _, ok := w.tree[p.Category]; p.Category != 0 && !ok {
		return 0, fault.New(fault.Missing, "catalog.no_category").With("field", "category")
	}
	was, err := w.readProduct(ctx, w.shop, "merchant_id = ? and handle = ?", int64(w.shop.ID), p.Handle)
	if fault.KindOf(err) != fault.Missing && err != nil {
		return 0, err
	}
	picks := p.picks()
	p = p.matched(was)
	if p.same(was, picks) {
		return was.ID, nil
	}
	if err := w.write(ctx, &p, was, picks); err != nil {
		return 0, err
	}
	return p.ID, nil
}

// pick is what a variant chooses, by place: the value of each option, and the image or -1.
type pick struct {
	Values []int
	Image  int
}

// picks says by place what the variants of a checked product mean by ids.
func (p Product) picks() []pick {
	picks := make([]pick, len(p.Variants))
	for i, v := range p.Variants {
		for j, ref := range v.Values {
			picks[i].Values = append(picks[i].Values, slices.IndexFunc(p.Options[j].Values, func(v Value) bool { return v.ID == ref }))
		}
		picks[i].Image = -1
		if v.Image != 0 {
			picks[i].Image = slices.IndexFunc(p.Images, func(image Image) bool { return image.ID == v.Image })
		}
	}
	return picks
}

// resolve gives the variants the ids of what they pick.
func (p *Product) resolve(picks []pick) {
	for i := range p.Variants {
		v := &p.Variants[i]
		v.Values, v.Image = nil, 0
		for j, k := range picks[i].Values {
			v.Values = append(v.Values, p.Options[j].Values[k].ID)
		}
		if picks[i].Image >= 0 {
			v.Image = p.Images[picks[i].Image].ID
		}
	}
}

// same says whether a matched product is what was there.
func (p Product) same(was Product, picks []pick) bool {
	if was.ID == 0 {
		return false
	}
	p.Variants = slices.Clone(p.Variants)
	p.resolve(picks)
	for i := range p.Variants {
		p.Variants[i].Product = was.ID
		if old, ok := was.variant(p.Variants[i].ID); ok && old.Tracked == p.Variants[i].Tracked {
			p.Variants[i].OnHand, p.Variants[i].Reserved = old.OnHand, old.Reserved
		}
	}
	was.Variants = was.kept(p)
	return reflect.DeepEqual(p.sorted(), was.tidy("").sorted())
}

// sorted has archived variants at the end, where a shop that lists them and one that does not agree.
func (p Product) sorted() Product {
	slices.SortStableFunc(p.Variants, func(a, b Variant) int {
		switch {
		case (a.State == Archived) == (b.State == Archived):
			return 0
		case a.State == Archived:
			return 1
		default:
			return -1
		}
	})
	return p
}

// kept is the variants of what was there that count: those not archived, and those that p names.
func (p Product) kept(now Product) (variants []Variant) {
	for _, v := range p.Variants {
		if _, named := now.variant(v.ID); named || v.State != Archived {
			variants = append(variants, v)
		}
	}
	return variants
}

func (p Product) variant(id VariantID) (Variant, bool) {
	i := slices.IndexFunc(p.Variants, func(v Variant) bool { return v.ID == id })
	if i < 0 || id == 0 {
		return Variant{}, false
	}
	return p.Variants[i], true
}

// cheapest is the active variant with the lowest price, and whether all cost the same.
func (p Product) cheapest() (lowest Variant, same bool) {
	same = true
	for _, v := range p.Variants {
		switch {
		case v.State != Active:
		case lowest.State == "":
			lowest = v
		case v.Price.Minor < lowest.Price.Minor:
			lowest, same = v, false
		case v.Price.Minor > lowest.Price.Minor:
			same = false
		}
	}
	return lowest, same
}

// label is the names of a variant's values by language: "42 / black".
func (p Product) label(values []int) Text {
	label := Text{}
	for i, k := range values {
		for language := range p.Options[i].Values[k].Name {
			label[language] = ""
		}
	}
	for language := range label {
		for i, k := range values {
			if i > 0 {
				label[language] += " / "
			}
			label[language] += p.Options[i].Values[k].Name.In(language)
		}
	}
	return label
}
