package catalog

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// isPlain says whether a change leaves options, images and the set of variants as they are, so that it is made by
// a statement a table, however many products change so.
func (one *written) isPlain() bool {
	if !reflect.DeepEqual(none(one.now.Options), none(one.was.Options)) || !slices.EqualFunc(one.now.Images, one.was.Images,
		func(a, b Image) bool { return reflect.DeepEqual(a, b) }) {
		return false
	}
	if len(one.now.Variants) != len(one.was.kept(one.now)) {
		return false
	}
	for _, v := range one.now.Variants {
		old, existed := one.was.variant(v.ID)
		if !existed || old.SKU != v.SKU || old.Tracked != v.Tracked || old.State != v.State {
			return false
		}
	}
	return true
}

// changePlainly makes plain changes.
func (w *writer) changePlainly(ctx context.Context, all []*written) error {
	for some := range slices.Chunk(all, rowsAtOnce) {
		if err := w.updateProducts(ctx, some); err != nil {
			return err
		}
		if err := w.updateVariants(ctx, some); err != nil {
			return err
		}
	}
	for _, one := range all {
		if err := w.shelve(ctx, one.now, one.was); err != nil {
			return err
		}
		if err := w.index(ctx, one.now); err != nil {
			return err
		}
	}
	return nil
}

// productCasts are the types of productWritten but its last column, and of the id.
var productCasts = []string{"bigint", "text", "text", "text", "text", "text", "text", "text", "integer", "text", "text", "bigint", "bigint", "boolean", "bigint"}

func (w *writer) updateProducts(ctx context.Context, all []*written) error {
	rows := make([][]any, len(all))
	for i, one := range all {
		w.recall.forget(one.was.ID)
		w.db.AfterCommit(ctx, func() { w.recall.forget(one.was.ID) })
		columns := one.now.columns(w.at)
		rows[i] = append(columns[:len(columns)-1], int64(one.now.ID))
	}
	columns := strings.Split(productWritten, ", ")
	return w.updateFrom(ctx, "products", columns[:len(columns)-1], productCasts, "updated_at = ?, ", w.at, rows)
}

var variantCasts = []string{"text", "text", "bigint", "bigint", "integer", "boolean", "text", "text", "bigint", "text", "integer", "bigint"}

func (w *writer) updateVariants(ctx context.Context, all []*written) error {
	var rows [][]any
	var ids []VariantID
	for _, one := range all {
		one.now.resolve(one.picks)
		altered := one.now.altered(one.was)
		for i, v := range one.now.Variants {
			if slices.Contains(altered, v.ID) {
				ids = append(ids, v.ID)
				rows = append(rows, append(v.columns(one.now.label(one.picks[i].Values), i), int64(v.ID)))
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	if lock := w.db.ForUpdate(); lock != "" { // in the order in which checkouts take them
		if err := w.db.On(ctx).Exec("select id from variants where id in ? order by id"+lock, ids).Error; err != nil {
			return err
		}
	}
	for some := range slices.Chunk(rows, rowsAtOnce) {
		if err := w.updateFrom(ctx, "variants", variantWritten, variantCasts, "", nil, some); err != nil {
			return err
		}
	}
	return nil
}

// updateFrom updates many rows of a table, each to values of its own; the last value of each row is its id. also
// is set to one value in all of them.
func (w *writer) updateFrom(ctx context.Context, table string, columns, types []string, also string, value any, rows [][]any) error {
	sets, casts := make([]string, len(columns)), make([]string, len(types))
	for i, name := range columns {
		sets[i] = name + " = v.column" + strconv.Itoa(i+1)
	}
	for i, name := range types {
		casts[i] = "cast(? as " + name + ")"
	}
	sql, args := valueList(rows, casts...)
	if also != "" {
		args = append([]any{value}, args...)
	}
	return w.db.On(ctx).Exec("update "+table+" set "+also+strings.Join(sets, ", ")+" from ("+sql+") v where "+table+".id = v.column"+strconv.Itoa(len(types)), args...).Error
}
