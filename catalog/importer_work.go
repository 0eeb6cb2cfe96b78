package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
)

// workSome takes the next step of an import: some products in, or some out.
func (s *Service) workSome(ctx context.Context, merchant MerchantID, id ImportID) (i Import, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		w, err := s.writer(ctx, merchant, imported)
		if err != nil {
			return err
		}
		row, err := s.importRow(ctx, merchant, id, "") // the shop's lock is enough
		if err != nil {
			return err
		}
		switch ImportState(row.State) {
		case ImportApplying:
			err = s.applySome(ctx, w, row)
		case ImportReverting, ImportUndoing:
			err = s.undoSome(ctx, w, row)
		default:
			i = row.is()
			return nil
		}
		if err != nil {
			return err
		}
		i, err = s.ImportByID(ctx, merchant, id)
		if err != nil {
			return err
		}
		return s.tell(ctx, id)
	})
	if err != nil {
		return Import{}, fmt.Errorf("work on import %d: %w", id, err)
	}
	return i, nil
}

// applySome brings the next products in. One that can't come in turns the whole import back.
func (s *Service) applySome(ctx context.Context, w *writer, row importRow) error {
	items, err := s.itemsAfter(ctx, row)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return s.db.On(ctx).Exec("update imports set state = ?, changed_at = ? where id = ?", string(ImportApplied), s.at(), row.ID).Error
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error { return s.apply(ctx, w, &row, items) })
	if db.IsTaken(err) {
		err = s.nowThere(ctx, w.shop, items, err)
	}
	if refused, ok := fault.Of(err); ok {
		return s.turnBack(ctx, ImportID(row.ID), refused)
	}
	if err != nil {
		return err
	}
	return s.db.On(ctx).Exec("update imports set done = done + ?, reached = ?, shelves = ?, changed_at = ? where id = ?",
		len(items), items[len(items)-1].Position, asJSON(row.Shelves.is), s.at(), row.ID).Error
}

// nowThere refuses products that were to be added and are there by now; else the error stays what it is.
func (s *Service) nowThere(ctx context.Context, shop Merchant, items []importItemRow, taken error) error {
	handles := make([]string, len(items))
	for i, item := range items {
		handles[i] = item.Handle
	}
	there, err := s.readByHandles(ctx, shop, handles)
	if err != nil {
		return err
	}
	for _, item := range items {
		if there[item.Handle].ID != 0 && item.Seen == nil {
			return staleImport(item.Handle)
		}
	}
	return taken
}

const itemRowColumns = "position, line, handle, title, what, product_id, product, was, seen, became, counts"

func (s *Service) itemsAfter(ctx context.Context, row importRow) (items []importItemRow, err error) {
	err = s.db.On(ctx).Raw("select "+itemRowColumns+" from import_items where import_id = ? and position > ? and (what <> 'unchanged' or ? and counts <> '[]')"+
		" order by position limit ?", row.ID, row.Reached, row.Counted, atOnce).Scan(&items).Error
	return items, err
}

// apply writes products as the preview said.
func (s *Service) apply(ctx context.Context, w *writer, row *importRow, items []importItemRow) error {
	if row.Counted {
		if err := s.recount(ctx, w, *row, items); err != nil {
			return err
		}
		items = slices.DeleteFunc(slices.Clone(items), func(item importItemRow) bool { return ImportWhat(item.What) == ImportLeaves })
	}
	if len(items) == 0 {
		return nil
	}
	var handles []string // of those that are there: that the others are not, the table sees to
	for _, item := range items {
		if item.Seen != nil {
			handles = append(handles, item.Handle)
		}
	}
	there, err := s.readByHandles(ctx, w.shop, handles)
	if err != nil {
		return err
	}
	writes := make([]*written, len(items))
	for i, item := range items {
		was := there[item.Handle]
		if !sameMoment(item.Seen, was) {
			return staleImport(item.Handle)
		}
		var to staged
		if err := json.Unmarshal([]byte(item.Product), &to); err != nil {
			return fmt.Errorf("read product %s as it was looked at: %w", item.Handle, err)
		}
		if err := s.shelveStaged(ctx, w, row, &to, was.Product); err != nil {
			return err
		}
		writes[i] = &written{now: to.Product, was: was.Product, picks: to.Picks}
	}
	if err := w.writeMany(ctx, writes); err != nil {
		return err
	}
	if err := s.noteApplied(ctx, w, row.ID, items, writes); err != nil {
		return err
	}
	return w.count(ctx)
}

func sameMoment(seen *time.Time, was standing) bool {
	if seen == nil {
		return was.ID == 0
	}
	return was.ID != 0 && seen.Equal(was.saved)
}

// shelveStaged finds or adds the category that was not there when the file was looked at.
func (s *Service) shelveStaged(ctx context.Context, w *writer, row *importRow, to *staged, was Product) error {
	if len(to.Shelf) == 0 {
		if _, there := w.tree[to.Product.Category]; to.Product.Category != 0 && !there {
			return fault.New(fault.Missing, "catalog.no_category")
		}
		return nil
	}
	id, err := w.tree.shelfFor(to.Shelf, was.Category, func(c Category) (CategoryID, error) {
		c.Merchant = w.shop.ID
		added, err := w.writeCategory(ctx, c)
		row.Shelves.is = append(row.Shelves.is, added)
		return added, err
	})
	to.Product.Category = id
	return err
}

// noteApplied remembers what the items became, so that they can be undone.
func (s *Service) noteApplied(ctx context.Context, w *writer, id int64, items []importItemRow, writes []*written) error {
	rows := make([][]any, len(items))
	for i, item := range items {
		rows[i] = []any{item.Position, int64(writes[i].now.ID)}
	}
	sql, args := valueList(rows, "cast(? as integer)", "cast(? as bigint)")
	return s.db.On(ctx).Exec("update import_items set became = ?, product_id = v.column2 from ("+sql+") v"+
		" where import_items.import_id = ? and import_items.position = v.column1", append(append([]any{w.at}, args...), id)...).Error
}
