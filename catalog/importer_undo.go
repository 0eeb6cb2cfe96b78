package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"parley/catalog/fault"
)

// Undo begins to take a whole import back: what it created is deleted, what it changed is as it was. Work does
// it, or a job where the program serves.
//
// It fails with fault.Conflict: "import.not_applied", "import.sold" {orders} when buyers have ordered or are
// checking out what it created, "import.stock_promised" {sku} when they were promised pieces that it brought, and "import.changed_since" {handle} when one of its products was saved after it.
func (s *Service) Undo(ctx context.Context, merchant MerchantID, id ImportID) (Import, error) {
	return s.begin(ctx, merchant, id, func(ctx context.Context, row importRow) error {
		if ImportState(row.State) != ImportApplied {
			return fault.New(fault.Conflict, "import.not_applied")
		}
		var changed []string
		err := s.db.On(ctx).Raw("select i.handle from import_items i left join products p on p.merchant_id = i.merchant_id and p.id = i.product_id"+
			" where i.merchant_id = ? and i.import_id = ? and i.became is not null and p.updated_at is distinct from i.became order by i.position limit 1",
			int64(merchant), int64(id)).Scan(&changed).Error
		if err != nil {
			return fmt.Errorf("compare the shop with import %d: %w", id, err)
		}
		if len(changed) > 0 {
			return fault.New(fault.Conflict, "import.changed_since").With("handle", changed[0])
		}
		if err := s.refuseSold(ctx, merchant, id); err != nil {
			return err
		}
		if err := s.refuseNeeded(ctx, row); err != nil {
			return err
		}
		return s.db.On(ctx).Exec("update imports set state = ?, done = 0, total = created + changed, changed_at = ? where id = ?",
			string(ImportUndoing), s.at(), int64(id)).Error
	})
}

// refuseSold looks, some at a time, for variants of an import that buyers depend on.
func (s *Service) refuseSold(ctx context.Context, merchant MerchantID, id ImportID) error {
	for after := 0; ; {
		items, err := s.itemsOf(ctx, int64(id), "position > ? and position <= ?", after, after+5*atOnce)
		if err != nil {
			return err
		}
		added, err := s.added(ctx, items)
		if err != nil {
			return err
		}
		sold, err := s.dependants(ctx, merchant, added)
		if err != nil {
			return err
		}
		if len(sold) > 0 {
			return fault.New(fault.Conflict, "import.sold").With("orders", strings.Join(sold, ", "))
		}
		var last int
		if err := s.db.On(ctx).Raw("select coalesce(max(position), 0) from import_items where import_id = ?", int64(id)).Scan(&last).Error; err != nil {
			return err
		}
		if after += 5 * atOnce; after >= last {
			return nil
		}
	}
}

func (s *Service) itemsOf(ctx context.Context, id int64, where string, args ...any) (items []importItemRow, err error) {
	err = s.db.On(ctx).Raw("select "+itemRowColumns+" from import_items where import_id = ? and became is not null and "+where+" order by position desc",
		append([]any{id}, args...)...).Scan(&items).Error
	return items, err
}

// added is the variants that an import added.
func (s *Service) added(ctx context.Context, items []importItemRow) ([]VariantID, error) {
	var products []int64
	before := map[VariantID]bool{}
	for _, item := range items {
		products = append(products, *item.ProductID)
		if item.Was == "" {
			continue
		}
		var was Product
		if err := json.Unmarshal([]byte(item.Was), &was); err != nil {
			return nil, fmt.Errorf("read product %s as it was: %w", item.Handle, err)
		}
		for _, v := range was.Variants {
			before[v.ID] = true
		}
	}
	if len(products) == 0 {
		return nil, nil
	}
	var ids []VariantID
	if err := s.db.On(ctx).Raw("select id from variants where product_id in ? order by id", products).Scan(&ids).Error; err != nil {
		return nil, err
	}
	return slices.DeleteFunc(ids, func(id VariantID) bool { return before[id] }), nil
}

// dependants are the orders of variants, and the checkouts under way that hold any.
func (s *Service) dependants(ctx context.Context, merchant MerchantID, variants []VariantID) (orders []string, err error) {
	if len(variants) == 0 {
		return nil, nil
	}
	if s.Sales != nil {
		if orders, err = s.Sales.Sold(ctx, merchant, variants); err != nil || len(orders) > 0 {
			return orders, err
		}
	}
	err = s.db.On(ctx).Raw("select holder from (select holder from reservations where variant_id in ?"+
		" union select ref from stock_moves where variant_id in ? and reason = ?) held order by holder limit 5", variants, variants, sold).Scan(&orders).Error
	return orders, err
}

// undoSome takes the next products out, the last ones first. What buyers depend on by now stays, and so does
// what was saved again meanwhile.
func (s *Service) undoSome(ctx context.Context, w *writer, row importRow) error {
	items, err := s.itemsOf(ctx, row.ID, "position <= ? and position > ?", row.Reached, row.Reached-atOnce)
	if err != nil {
		return err
	}
	if row.Reached <= 0 {
		return s.endUndo(ctx, w, row)
	}
	if err := s.uncount(ctx, row); err != nil {
		return err
	}
	kept := 0
	if len(items) > 0 {
		if kept, err = s.takeBack(ctx, w, items); err != nil {
			return err
		}
	}
	return s.db.On(ctx).Exec("update imports set done = done + ?, reached = ?, kept = kept + ?, changed_at = ? where id = ?",
		len(items), max(row.Reached-atOnce, 0), kept, s.at(), row.ID).Error
}

// takeBack undoes some items, and says how many had to be kept.
func (s *Service) takeBack(ctx context.Context, w *writer, items []importItemRow) (kept int, err error) {
	there, err := s.readMany(ctx, w.shop, "merchant_id = ? and id in ? order by id", int64(w.shop.ID), productsOf(items))
	if err != nil {
		return 0, err
	}
	at := make(map[ProductID]standing, len(there))
	for _, p := range there {
		at[p.ID] = p
	}
	items, before := slices.Clone(items), len(items)
	items = slices.DeleteFunc(items, func(item importItemRow) bool {
		now, ok := at[ProductID(*item.ProductID)]
		return !ok || !now.saved.Equal(*item.Became)
	})
	free, err := s.unsold(ctx, w.shop.ID, items)
	if err != nil {
		return 0, err
	}
	var gone []Product
	var olds []*written
	var added []VariantID
	for _, item := range free {
		now := at[ProductID(*item.ProductID)].Product
		if item.Was == "" {
			gone = append(gone, now)
			continue
		}
		old, more, err := w.restored(ctx, item, now)
		if err != nil {
			return 0, err
		}
		olds, added = append(olds, old), append(added, more...)
	}
	if err := w.writeMany(ctx, olds); err != nil {
		return 0, err
	}
	if err := w.deleteVariants(ctx, added); err != nil {
		return 0, err
	}
	if err := w.deleteProducts(ctx, gone); err != nil {
		return 0, err
	}
	return before - len(free), w.count(ctx)
}

func productsOf(items []importItemRow) []int64 {
	ids := make([]int64, len(items))
	for i, item := range items {
		ids[i] = *item.ProductID
	}
	return ids
}

// unsold is the items whose new variants nobody depends on.
func (s *Service) unsold(ctx context.Context, merchant MerchantID, items []importItemRow) ([]importItemRow, error) {
	added, err := s.added(ctx, items)
	if err != nil {
		return nil, err
	}
	orders, err := s.dependants(ctx, merchant, added)
	if err != nil || len(orders) == 0 {
		return items, err
	}
	if len(items) == 1 {
		return nil, nil
	}
	var free []importItemRow
	for _, half := range [][]importItemRow{items[:len(items)/2], items[len(items)/2:]} {
		some, err := s.unsold(ctx, merchant, half)
		if err != nil {
			return nil, err
		}
		free = append(free, some...)
	}
	return free, nil
}

// restored is a product as it was before an import, and the variants that the import added.
func (w *writer) restored(ctx context.Context, item importItemRow, now Product) (old *written, added []VariantID, err error) {
	var was Product
	if err := json.Unmarshal([]byte(item.Was), &was); err != nil {
		return nil, nil, fmt.Errorf("read product %s as it was: %w", item.Handle, err)
	}
	before := map[VariantID]bool{}
	for _, v := range was.Variants {
		before[v.ID] = true
	}
	was.Variants = slices.DeleteFunc(was.Variants, func(v Variant) bool { return v.State == Archived })
	if _, there := w.tree[was.Category]; !there {
		was.Category = 0
	}
	picks := was.picks()
	old = &written{now: was.matched(now), was: now, picks: picks}
	for _, v := range now.Variants {
		if !before[v.ID] {
			added = append(added, v.ID)
		}
	}
	// The import that made it what it is again can be undone in its turn.
	err = w.db.On(ctx).Exec("update import_items set became = ? where merchant_id = ? and product_id = ? and became = ?",
		w.at, int64(w.shop.ID), *item.ProductID, item.Seen).Error
	return old, added, err
}

// deleteProducts deletes products that nobody depends on.
func (w *writer) deleteProducts(ctx context.Context, gone []Product) error {
	var ids []int64
	var variants []VariantID
	for _, p := range gone {
		ids = append(ids, int64(p.ID))
		for _, v := range p.Variants {
			variants = append(variants, v.ID)
		}
		for _, shelf := range w.standing(p) {
			w.counts[shelf]--
		}
		w.db.AfterCommit(ctx, func() { w.recall.forget(p.ID) })
	}
	if len(ids) == 0 {
		return nil
	}
	for _, p := range gone { // it can't be found while its row goes
		if err := w.indexer().put(ctx, p.ID, entry{}); err != nil {
			return err
		}
		was := p
		if p.State = Archived; was.State != Archived {
			if err := w.happened(ctx, p, was); err != nil {
				return err
			}
		}
	}
	if err := w.indexer().flush(ctx); err != nil {
		return err
	}
	if err := w.deleteVariants(ctx, variants); err != nil {
		return err
	}
	return w.db.On(ctx).Exec("delete from products where merchant_id = ? and id in ?", int64(w.shop.ID), ids).Error
}

// deleteVariants deletes variants that nobody depends on, and their stock.
func (w *writer) deleteVariants(ctx context.Context, ids []VariantID) error {
	if len(ids) == 0 {
		return nil
	}
	if w.Sales != nil {
		if err := w.Sales.Forget(ctx, w.shop.ID, ids); err != nil {
			return err
		}
	}
	if err := w.db.On(ctx).Exec("delete from stock_moves where variant_id in ?", ids).Error; err != nil {
		return err
	}
	return w.db.On(ctx).Exec("delete from variants where merchant_id = ? and id in ?", int64(w.shop.ID), ids).Error
}

// endUndo deletes the categories that the import added and that hold nothing, and ends the import.
func (s *Service) endUndo(ctx context.Context, w *writer, row importRow) error {
	for _, id := range slices.Backward(row.Shelves.is) {
		err := s.db.On(ctx).Exec("delete from categories where merchant_id = ? and id = ?"+
			" and not exists (select 1 from products p where p.merchant_id = ? and p.category_id = categories.id)"+
			" and not exists (select 1 from categories b where b.merchant_id = ? and b.parent_id = categories.id)",
			int64(w.shop.ID), int64(id), int64(w.shop.ID), int64(w.shop.ID)).Error
		if err != nil {
			return err
		}
	}
	state := ImportUndone
	switch {
	case ImportState(row.State) == ImportReverting && row.Why != "":
		state = ImportFailed
	case ImportState(row.State) == ImportReverting:
		state = ImportCancelled
	}
	return s.db.On(ctx).Exec("update imports set state = ?, shelves = '[]', changed_at = ? where id = ?", string(state), s.at(), row.ID).Error
}
