package catalog

import (
	"context"
	"fmt"
	"slices"

	"parley/migrations/db"
)

// laws are the rules of the catalogue that no constraint sees.
var laws = []db.Law{
	{Invariant: "S1.on_hand", Sentence: "what is on hand is the sum of the stock moves", Broken: `
		select 'variant ' || v.id || ' ' || v.sku as what from variants v
		where v.on_hand <> coalesce((select sum(m.quantity) from stock_moves m where m.variant_id = v.id), 0) order by v.id`},
	{Invariant: "S1.reserved", Sentence: "what is reserved is the sum of the reservations", Broken: `
		select 'variant ' || v.id || ' ' || v.sku as what from variants v
		where v.reserved <> coalesce((select sum(r.quantity) from reservations r where r.variant_id = v.id), 0) order by v.id`},
	{Invariant: "S2.active", Sentence: "a product for sale has a variant for sale", Broken: `
		select 'product ' || p.id || ' ' || p.handle as what from products p
		where p.state = 'active' and not exists (select 1 from variants v where v.product_id = p.id and v.state = 'active') order by p.id`},
	{Invariant: "S3.shelves", Sentence: "a category counts the products on its shelf", Broken: `
		select 'category ' || c.id || ' ' || c.slug as what from categories c
		where c.products <> (select count(*) from shelves s where s.merchant_id = c.merchant_id and s.category_id = c.id) order by c.id`},
	{Invariant: "S3.everything", Sentence: "a merchant counts the products for sale", Broken: `
		select 'merchant ' || m.id || ' ' || m.slug as what from merchants m
		where m.products <> (select count(*) from shelves s where s.merchant_id = m.id and s.category_id = 0)
		or m.products <> (select count(*) from products p where p.merchant_id = m.id and p.state = 'active') order by m.id`},
	{Invariant: "S4.from_price", Sentence: "a product is listed for the price of its cheapest variant", Broken: `
		select 'product ' || p.id || ' ' || p.handle as what from products p
		where p.state = 'active' and p.from_price <> (select min(v.price) from variants v where v.product_id = p.id and v.state = 'active') order by p.id`},
	{Invariant: "S7.cover", Sentence: "a product is listed with the first of its pictures that can be shown", Broken: `
		select 'product ' || p.id || ' ' || p.handle as what from products p where p.cover <> coalesce((select ` + shownPicture + ` from images i
			where i.product_id = p.id and ` + shownPicture + ` <> '' order by i.position, i.id limit 1), '') order by p.id`},
}

// Verify says how each invariant of the catalogue stands.
func (s *Service) Verify(ctx context.Context) ([]db.Finding, error) {
	findings, err := s.db.Check(ctx, laws...)
	if err != nil {
		return nil, err
	}
	for _, look := range []func(context.Context) (db.Finding, error){s.strayValues, s.cycles, s.strayTerms} {
		found, err := look(ctx)
		if err != nil {
			return nil, fmt.Errorf("verify %s: %w", found.Invariant, err)
		}
		findings = append(findings, found)
	}
	return findings, nil
}

// strayValues looks for variants on sale that do not name one value of each option of their product.
func (s *Service) strayValues(ctx context.Context) (db.Finding, error) {
	found := func(broken []string) db.Finding {
		return db.Found("S5.values", "a variant names one value of each option of its product", broken)
	}
	var broken []string
	var values []struct{ ProductID, OptionID, ID int64 }
	err := s.db.On(ctx).Raw("select o.product_id, o.id as option_id, v.id from options o left join option_values v on v.option_id = o.id" +
		" order by o.product_id, o.position, o.id").Scan(&values).Error
	if err != nil {
		return found(nil), err
	}
	options, optionOf := map[int64][]int64{}, map[ValueID]int64{}
	for _, v := range values {
		if !slices.Contains(options[v.ProductID], v.OptionID) {
			options[v.ProductID] = append(options[v.ProductID], v.OptionID)
		}
		optionOf[ValueID(v.ID)] = v.OptionID
	}
	var variants []variantRow
	err = s.db.On(ctx).Raw("select " + variantColumns + " from variants v where v.state <> 'archived' order by v.id").Scan(&variants).Error
	for _, v := range variants {
		var named []int64
		for _, value := range chosen(v.Choice) {
			named = append(named, optionOf[value])
		}
		if !slices.Equal(named, options[v.ProductID]) {
			broken = append(broken, fmt.Sprintf("variant %d %s", v.ID, v.SKU))
		}
	}
	return found(broken), err
}

// cycles looks for categories that stand below themselves, or below another merchant's.
func (s *Service) cycles(ctx context.Context) (db.Finding, error) {
	var broken []string
	var rows []struct {
		ID, MerchantID int64
		ParentID       *int64
	}
	err := s.db.On(ctx).Raw("select id, merchant_id, parent_id from categories order by id").Scan(&rows).Error
	parent, owner := map[int64]int64{}, map[int64]int64{}
	for _, row := range rows {
		owner[row.ID] = row.MerchantID
		if row.ParentID != nil {
			parent[row.ID] = *row.ParentID
		}
	}
	for _, row := range rows {
		at, steps := parent[row.ID], 0
		for at != 0 && at != row.ID && owner[at] == row.MerchantID && steps < len(rows) {
			at, steps = parent[at], steps+1
		}
		if at == row.ID || at != 0 && owner[at] != row.MerchantID {
			broken = append(broken, fmt.Sprintf("category %d", row.ID))
		}
	}
	return db.Found("S6.tree", "a category stands below others of its merchant, and never below itself", broken), err
}
