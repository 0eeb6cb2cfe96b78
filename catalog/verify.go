package catalog

import (
	"context"
	"fmt"
	"slices"
)

// Finding is an invariant that does not hold.
type Finding struct {
	Invariant string   // "S1.on_hand": stable, for programs
	Sentence  string   // what is wrong, in English
	Count     int64    // how many things
	First     []string // the first ten of them: "variant 5 (W-41-B)"
}

// invariant is a query for what breaks a rule: one row each, with its name.
type invariant struct{ name, sentence, broken string }

var invariants = []invariant{
	{"S1.on_hand", "What is on hand is not the sum of the stock moves.", `
		select 'variant ' || v.id || ' ' || v.sku as what from variants v
		where v.on_hand <> coalesce((select sum(m.quantity) from stock_moves m where m.variant_id = v.id), 0) order by v.id`},
	{"S1.reserved", "What is reserved is not the sum of the reservations.", `
		select 'variant ' || v.id || ' ' || v.sku as what from variants v
		where v.reserved <> coalesce((select sum(r.quantity) from reservations r where r.variant_id = v.id), 0) order by v.id`},
	{"S2.active", "Products are for sale without a variant that is.", `
		select 'product ' || p.id || ' ' || p.handle as what from products p
		where p.state = 'active' and not exists (select 1 from variants v where v.product_id = p.id and v.state = 'active') order by p.id`},
	{"S3.shelves", "Categories count other products than stand on their shelves.", `
		select 'category ' || c.id || ' ' || c.slug as what from categories c
		where c.products <> (select count(*) from shelves s where s.merchant_id = c.merchant_id and s.category_id = c.id) order by c.id`},
	{"S3.everything", "Merchants count other products than are for sale.", `
		select 'merchant ' || m.id || ' ' || m.slug as what from merchants m
		where m.products <> (select count(*) from shelves s where s.merchant_id = m.id and s.category_id = 0)
		or m.products <> (select count(*) from products p where p.merchant_id = m.id and p.state = 'active') order by m.id`},
	{"S4.from_price", "Products are listed for another price than their cheapest variant has.", `
		select 'product ' || p.id || ' ' || p.handle as what from products p
		where p.state = 'active' and p.from_price <> (select min(v.price) from variants v where v.product_id = p.id and v.state = 'active') order by p.id`},
}

// Verify says which invariants of the catalogue do not hold; nothing is good news.
func (s *Service) Verify(ctx context.Context) (findings []Finding, err error) {
	for _, rule := range invariants {
		var broken []string
		if err := s.db.On(ctx).Raw(rule.broken).Scan(&broken).Error; err != nil {
			return nil, fmt.Errorf("verify %s: %w", rule.name, err)
		}
		findings = add(findings, rule.name, rule.sentence, broken)
	}
	for _, look := range []func(context.Context) (invariant, []string, error){s.strayValues, s.cycles} {
		rule, broken, err := look(ctx)
		if err != nil {
			return nil, fmt.Errorf("verify %s: %w", rule.name, err)
		}
		findings = add(findings, rule.name, rule.sentence, broken)
	}
	return findings, nil
}

func add(findings []Finding, name, sentence string, broken []string) []Finding {
	if len(broken) == 0 {
		return findings
	}
	return append(findings, Finding{name, sentence, int64(len(broken)), broken[:min(len(broken), 10)]})
}

// strayValues looks for variants on sale that do not name one value of each option of their product.
func (s *Service) strayValues(ctx context.Context) (rule invariant, broken []string, err error) {
	rule = invariant{name: "S5.values", sentence: "Variants do not name one value of each option of their product."}
	var values []struct{ ProductID, OptionID, ID int64 }
	err = s.db.On(ctx).Raw("select o.product_id, o.id as option_id, v.id from options o left join option_values v on v.option_id = o.id" +
		" order by o.product_id, o.position, o.id").Scan(&values).Error
	if err != nil {
		return rule, nil, err
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
	return rule, broken, err
}

// cycles looks for categories that stand below themselves, or below another merchant's.
func (s *Service) cycles(ctx context.Context) (rule invariant, broken []string, err error) {
	rule = invariant{name: "S6.tree", sentence: "Categories stand below themselves or below another merchant's."}
	var rows []struct {
		ID, MerchantID int64
		ParentID       *int64
	}
	err = s.db.On(ctx).Raw("select id, merchant_id, parent_id from categories order by id").Scan(&rows).Error
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
	return rule, broken, err
}
