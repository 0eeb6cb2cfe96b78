package catalog

import (
	"context"
)

// Window is the catalogue as buyers look at it who walk along the shelves: its lists may be two seconds old, so
// that a crowd before one shelf does not have it read for each of them. A product itself, its price and its
// stock are always those of now. What it returns is shared: change nothing in it.
type Window struct {
	*Service
	below memory[shelfKey, []Category]
	named memory[shelfKey, Category]
	pages memory[pageKey, List]
}

// shelfKey names a shelf by its id, or as links do.
type shelfKey struct {
	merchant MerchantID
	category CategoryID
	slug     string
}

type pageKey struct {
	shelfKey
	Page
}

// NewWindow looks at the shelves of s.
func NewWindow(s *Service) *Window { return &Window{Service: s} }

// Browse is Service.Browse, up to two seconds ago.
func (w *Window) Browse(ctx context.Context, merchant MerchantID, parent CategoryID) ([]Category, error) {
	return w.below.get(w.now(), shelfKey{merchant: merchant, category: parent}, func() ([]Category, error) {
		return w.Service.Browse(ctx, merchant, parent)
	})
}

// Category is Service.Category, up to two seconds ago.
func (w *Window) Category(ctx context.Context, merchant MerchantID, id CategoryID) (Category, error) {
	return w.named.get(w.now(), shelfKey{merchant: merchant, category: id}, func() (Category, error) {
		return w.Service.Category(ctx, merchant, id)
	})
}

// CategoryBySlug is Service.CategoryBySlug, up to two seconds ago.
func (w *Window) CategoryBySlug(ctx context.Context, merchant MerchantID, slug string) (Category, error) {
	return w.named.get(w.now(), shelfKey{merchant: merchant, slug: slug}, func() (Category, error) {
		return w.Service.CategoryBySlug(ctx, merchant, slug)
	})
}

// Products is Service.Products, up to two seconds ago.
func (w *Window) Products(ctx context.Context, merchant MerchantID, category CategoryID, page Page) (List, error) {
	key := pageKey{shelfKey{merchant: merchant, category: category}, page}
	return w.pages.get(w.now(), key, func() (List, error) { return w.Service.Products(ctx, merchant, category, page) })
}
