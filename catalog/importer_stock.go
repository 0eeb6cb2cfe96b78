package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"parley/catalog/fault"
)

// Reasons of the moves that imports make where that was asked for.
const (
	counted   = "import"
	recounted = "import undone"
)

// Count is what a file says of how many pieces of a variant there are. What comes in is the difference, so that what is
// sold between the preview and the import is not put back.
type Count struct {
	Variant VariantID `json:"variant"`
	SKU     string    `json:"sku"`
	Was     int       `json:"was"` // when the file was looked at
	Now     int       `json:"now"`
}

// counts is where a file and the shop differ in how many pieces there are of variants that both track. told is the
// numbers of the file, by the place of a variant.
func (l Listing) counts(told []int, p, was Product) (all []Count) {
	if l.Silent.of(NoStock) || l.Silent.of(NoCounts) {
		return nil
	}
	for i, v := range p.Variants {
		old, existed := was.variant(v.ID)
		if existed && old.Tracked && v.Tracked && old.State != Archived && old.OnHand != told[i] {
			all = append(all, Count{v.ID, v.SKU, old.OnHand, told[i]})
		}
	}
	return all
}

func importRef(id int64) string { return fmt.Sprintf("import:%d", id) }

// recount brings in how many pieces there are. It fails with fault.Conflict "import.stock_promised" {sku} when buyers
// were promised pieces that the file says are not there.
func (s *Service) recount(ctx context.Context, w *writer, row importRow, items []importItemRow) error {
	var wants []Want
	for _, item := range items {
		for _, one := range item.Counts.is {
			wants = append(wants, Want{one.Variant, one.Now - one.Was})
		}
	}
	return s.moveMany(ctx, w.shop.ID, wants, counted, importRef(row.ID), row.Who)
}

// moveMany is Adjust for many variants, all or none.
func (s *Service) moveMany(ctx context.Context, merchant MerchantID, wants []Want, reason, ref, who string) error {
	slices.SortFunc(wants, func(a, b Want) int { return int(a.Variant - b.Variant) })
	for some := range slices.Chunk(wants, rowsAtOnce) {
		rows, moves := make([][]any, len(some)), make([][]any, len(some))
		for i, want := range some {
			rows[i] = []any{int64(want.Variant), want.Quantity}
			moves[i] = []any{int64(merchant), int64(want.Variant), want.Quantity, reason, ref, who, s.at()}
		}
		sql, args := valueList(rows, "cast(? as bigint)", "cast(? as integer)")
		done := s.db.On(ctx).Exec("update variants set on_hand = on_hand + v.column2 from ("+sql+") v where variants.id = v.column1 and variants.merchant_id = ?"+
			" and tracked and on_hand + v.column2 >= reserved and on_hand + v.column2 <= ?", append(args, int64(merchant), mostStock)...)
		if done.Error != nil {
			return fmt.Errorf("count the stock: %w", done.Error)
		}
		if done.RowsAffected != int64(len(some)) {
			return s.notMoved(ctx, merchant, sql, args)
		}
		if err := s.insertRows(ctx, "stock_moves (merchant_id, variant_id, quantity, reason, ref, who, at)", moves); err != nil {
			return fmt.Errorf("write down how the stock was counted: %w", err)
		}
		if err := s.stockHappened(ctx, merchant, reason, ref, some); err != nil {
			return err
		}
	}
	return nil
}

// notMoved says which variant it was. Some may have been counted already, in the transaction that fails.
func (s *Service) notMoved(ctx context.Context, merchant MerchantID, sql string, args []any) error {
	var names []string
	err := s.db.On(ctx).Raw("select coalesce(nullif(o.sku, ''), p.handle) from ("+sql+") v join variants o on o.id = v.column1 join products p on p.id = o.product_id"+
		" where o.merchant_id = ? and (not o.tracked or o.on_hand + v.column2 < o.reserved) order by o.id limit 1", append(args, int64(merchant))...).Scan(&names).Error
	if err != nil {
		return fmt.Errorf("look for the variant that can't be counted: %w", err)
	}
	if len(names) == 0 {
		names = []string{""} // deleted since
	}
	return fault.New(fault.Conflict, "import.stock_promised").With("sku", names[0])
}

// countsAt is the variants that some items of an import counted.
func (s *Service) countsAt(ctx context.Context, row importRow, where string, args ...any) (ids []VariantID, err error) {
	if !row.Counted {
		return nil, nil
	}
	var texts []string
	err = s.db.On(ctx).Raw("select counts from import_items where import_id = ? and counts <> '[]' and "+where, append([]any{row.ID}, args...)...).Scan(&texts).Error
	for _, text := range texts {
		var some []Count
		if err := json.Unmarshal([]byte(text), &some); err != nil {
			return nil, fmt.Errorf("read what was counted: %w", err)
		}
		for _, one := range some {
			ids = append(ids, one.Variant)
		}
	}
	return ids, err
}

// unmoved is what has to be taken back of how an import counted variants, and how many can't be, since buyers were
// promised the pieces.
func (s *Service) unmoved(ctx context.Context, row importRow, ids []VariantID) (back []Want, kept []string, err error) {
	for some := range slices.Chunk(ids, rowsAtOnce) {
		var rows []struct {
			ID       int64
			Name     string
			Quantity int
			Free     int
		}
		err := s.db.On(ctx).Raw("select v.id, coalesce(nullif(v.sku, ''), cast(v.id as text)) as name, m.quantity, v.on_hand - v.reserved as free"+
			" from stock_moves m join variants v on v.id = m.variant_id where m.merchant_id = ? and m.ref = ? and m.reason = ? and m.variant_id in ?"+
			" and not exists (select 1 from stock_moves u where u.variant_id = m.variant_id and u.ref = m.ref and u.reason = ?) order by v.id",
			row.MerchantID, importRef(row.ID), counted, some, recounted).Scan(&rows).Error
		if err != nil {
			return nil, nil, fmt.Errorf("read how the stock was counted: %w", err)
		}
		for _, one := range rows {
			if one.Free-one.Quantity < 0 {
				kept = append(kept, one.Name)
				continue
			}
			back = append(back, Want{VariantID(one.ID), -one.Quantity})
		}
	}
	return back, kept, nil
}

// uncount takes back how the items at some places counted; what buyers need by now stays.
func (s *Service) uncount(ctx context.Context, row importRow) error {
	ids, err := s.countsAt(ctx, row, "position <= ? and position > ?", row.Reached, row.Reached-atOnce)
	if err != nil || len(ids) == 0 {
		return err
	}
	back, _, err := s.unmoved(ctx, row, ids)
	if err != nil {
		return err
	}
	return s.moveMany(ctx, MerchantID(row.MerchantID), back, recounted, importRef(row.ID), row.Who)
}

// refuseNeeded refuses to undo an import when buyers were promised pieces that it brought.
func (s *Service) refuseNeeded(ctx context.Context, row importRow) error {
	ids, err := s.countsAt(ctx, row, "position > 0")
	if err != nil {
		return err
	}
	_, kept, err := s.unmoved(ctx, row, ids)
	if err == nil && len(kept) > 0 {
		return fault.New(fault.Conflict, "import.stock_promised").With("sku", kept[0])
	}
	return err
}
