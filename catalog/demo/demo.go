// Package demo opens two shops that show what Parley does: one of goods, one of services and files. Their
// texts, prices and pictures are ours and come inside the program.
package demo

import (
	"context"
	"fmt"

	"parley/catalog"
	"parley/catalog/fault"
)

//go:generate go run ./draw

// Catalog is where the shops are opened.
type Catalog interface {
	// MerchantBySlug fails with fault.Missing when there is no such shop.
	MerchantBySlug(ctx context.Context, slug string) (catalog.Merchant, error)
	SaveMerchant(ctx context.Context, m catalog.Merchant) (catalog.Merchant, error)
	SaveCategory(ctx context.Context, c catalog.Category) (catalog.Category, error)
	// SaveProduct takes the ids of options, values and images as numbers that hold within the product only.
	SaveProduct(ctx context.Context, p catalog.Product) (catalog.Product, error)
	SetSynonyms(ctx context.Context, merchant catalog.MerchantID, groups [][]string) error
}

// Open opens the demo shops that are not there yet. A shop that is there stays as its owner left it, so ctx
// should carry a transaction: half a shop would never be completed.
func Open(ctx context.Context, into Catalog) error {
	for _, file := range files {
		s, err := read(file)
		if err != nil {
			return err
		}
		if err := open(ctx, into, s); err != nil {
			return fmt.Errorf("open demo shop %s: %w", s.Slug, err)
		}
	}
	return nil
}

func open(ctx context.Context, into Catalog, s shop) error {
	_, err := into.MerchantBySlug(ctx, s.Slug)
	if fault.KindOf(err) != fault.Missing {
		return err // nil: it is open
	}
	m, err := s.merchant()
	if err != nil {
		return err
	}
	if m, err = into.SaveMerchant(ctx, m); err != nil {
		return err
	}
	if len(s.Synonyms) > 0 {
		if err := into.SetSynonyms(ctx, m.ID, s.Synonyms); err != nil {
			return err
		}
	}
	shelves := map[string]catalog.CategoryID{}
	if err := shelve(ctx, into, m.ID, 0, s.Categories, shelves); err != nil {
		return err
	}
	return stock(ctx, into, m, s.Products, shelves)
}

// shelve saves categories and those inside them, and notes their ids by slug.
func shelve(ctx context.Context, into Catalog, m catalog.MerchantID, parent catalog.CategoryID, drafts []category, ids map[string]catalog.CategoryID) error {
	for i, draft := range drafts {
		saved, err := into.SaveCategory(ctx, catalog.Category{
			Merchant: m, Parent: parent, Slug: draft.Slug, Name: catalog.Text(draft.Name), Position: i + 1,
		})
		if err != nil {
			return err
		}
		ids[draft.Slug] = saved.ID
		if err := shelve(ctx, into, m, saved.ID, draft.Inside, ids); err != nil {
			return err
		}
	}
	return nil
}

func stock(ctx context.Context, into Catalog, m catalog.Merchant, drafts []product, shelves map[string]catalog.CategoryID) error {
	for _, draft := range drafts {
		shelf, ok := shelves[draft.Category]
		if !ok {
			return fmt.Errorf("product %s: no category %q", draft.Handle, draft.Category)
		}
		p, err := draft.product(m, shelf)
		if err != nil {
			return fmt.Errorf("product %s: %w", draft.Handle, err)
		}
		if _, err := into.SaveProduct(ctx, p); err != nil {
			return err
		}
	}
	return nil
}
