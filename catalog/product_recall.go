package catalog

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// recall remembers products as they were read. What is remembered is used only while the row says that nothing
// was saved since, and its stock is always read anew, so that nothing old is ever shown.
type recall struct {
	mu        sync.Mutex
	forgotten int // how often: what was being read meanwhile is not remembered
	products  map[ProductID]recalled
	sold      map[ProductID]map[VariantID]recalledItem
	count     int // of those that are sold
}

// recalled is a product, and when the save was that made it so.
type recalled struct {
	product Product
	saved   time.Time
}

// mostRecalled bounds the memory; beyond it everything is read anew. A product is a few kilobytes.
const mostRecalled = 1000

func (r *recall) get(id ProductID) (recalled, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, ok := r.products[id]
	return found, ok
}

// now is to be given to put: it is asked for before anything is read.
func (r *recall) now() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.forgotten
}

func (r *recall) put(p Product, saved time.Time, since int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.forgotten != since {
		return
	}
	if r.products == nil || len(r.products) >= mostRecalled {
		r.products = map[ProductID]recalled{}
	}
	r.products[p.ID] = recalled{p, saved}
}

func (r *recall) forget(id ProductID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forgotten++
	delete(r.products, id)
	r.count -= len(r.sold[id])
	delete(r.sold, id)
}

// found is a product in whatever state: one statement when it is remembered, four when not.
func (s *Service) found(ctx context.Context, shop Merchant, id ProductID) (Product, error) {
	since := s.recall.now()
	rows, err := s.stockOf(ctx, ofShop{shop.ID, id})
	if err != nil {
		return Product{}, fmt.Errorf("read stock: %w", err)
	}
	if known, ok := s.recall.get(id); ok && len(rows) > 0 && known.saved.Equal(rows[0].UpdatedAt) {
		if p, ok := known.product.restocked(rows, shop); ok {
			return p, nil
		}
	}
	p, err := s.readProduct(ctx, shop, "merchant_id = ? and id = ?", int64(shop.ID), int64(id))
	if err == nil && len(rows) > 0 {
		s.recall.put(p.copied(), rows[0].UpdatedAt, since)
	}
	return p, err
}

// restocked is a remembered product with the stock of now; false when it is not the product of these rows.
func (p Product) restocked(rows []stockRow, shop Merchant) (Product, bool) {
	if p.Merchant != shop.ID || len(rows) != len(p.Variants) {
		return Product{}, false
	}
	p = p.copied()
	for i, row := range rows {
		v := &p.Variants[i]
		if v.ID != VariantID(row.VariantID) || v.Price.Currency != shop.Currency {
			return Product{}, false
		}
		v.OnHand, v.Reserved = row.OnHand, row.Reserved
	}
	return p, true
}

// copied is a product whose lists can be changed; its texts are shared.
func (p Product) copied() Product {
	p.Attributes, p.Tags, p.Images, p.Variants = slices.Clone(p.Attributes), slices.Clone(p.Tags), slices.Clone(p.Images), slices.Clone(p.Variants)
	p.Options = slices.Clone(p.Options)
	for i := range p.Options {
		p.Options[i].Values = slices.Clone(p.Options[i].Values)
	}
	for i := range p.Variants {
		p.Variants[i].Values = slices.Clone(p.Variants[i].Values)
	}
	return p
}
