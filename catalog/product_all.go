package catalog

import (
	"context"
	"iter"
	"slices"
)

// All is every product of a shop in one of some states, oldest first, with its variants that are not archived:
// a stream that reads some at a time, so that nobody who writes meanwhile waits for its end.
func (s *Service) All(ctx context.Context, merchant MerchantID, states ...State) iter.Seq2[Product, error] {
	return func(yield func(Product, error) bool) {
		shop, err := s.Merchant(ctx, merchant)
		if err != nil {
			yield(Product{}, err)
			return
		}
		for after := ProductID(0); ; {
			some, err := s.readMany(ctx, shop, "merchant_id = ? and id > ? and state in ? order by id limit ?", int64(merchant), int64(after), states, atOnce)
			if err != nil {
				yield(Product{}, err)
				return
			}
			for _, p := range some {
				after = p.ID
				p.Variants = slices.DeleteFunc(p.Variants, func(v Variant) bool { return v.State == Archived })
				if !yield(p.Product, nil) {
					return
				}
			}
			if len(some) < atOnce {
				return
			}
		}
	}
}

// Tree is every category of a shop, those above before those below. Counters are left out.
func (s *Service) Tree(ctx context.Context, merchant MerchantID) ([]Category, error) {
	t, err := s.readTree(ctx, merchant)
	if err != nil {
		return nil, err
	}
	var all []Category
	for id, n := range t {
		all = append(all, Category{ID: id, Merchant: merchant, Parent: n.parent, Slug: n.slug, Name: n.name})
	}
	slices.SortFunc(all, func(a, b Category) int {
		if deeper := len(t.path(a.ID)) - len(t.path(b.ID)); deeper != 0 {
			return deeper
		}
		return int(a.ID - b.ID)
	})
	return all, nil
}
