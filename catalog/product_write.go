package catalog

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// write brings the rows of a matched product from what was there to what it is now, and fills in new ids.
func (w *writer) write(ctx context.Context, p *Product, was Product, picks []pick) error {
	if err := w.checkSKUs(ctx, *p); err != nil {
		return err
	}
	w.recall.forget(was.ID) // and again when others can see it
	w.db.AfterCommit(ctx, func() { w.recall.forget(was.ID) })
	steps := []func() error{
		func() error { return w.writeProduct(ctx, p) },
		func() error { return w.writeOptions(ctx, p, was) },
		func() error { return w.writeImages(ctx, p, was) },
		func() error { p.resolve(picks); return w.writeVariants(ctx, p, was, picks) },
		func() error { return w.dropGone(ctx, *p, was) },
		func() error { return w.shelve(ctx, *p, was) },
		func() error { return w.index(ctx, *p) },
		func() error { return w.happened(ctx, *p, was) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// checkSKUs refuses SKUs of the shop's other products.
func (w *writer) checkSKUs(ctx context.Context, p Product) error {
	var skus []string
	for _, v := range p.Variants {
		if v.SKU != "" {
			skus = append(skus, v.SKU)
		}
	}
	var taken []string
	if len(skus) == 0 {
		return nil
	}
	err := w.db.On(ctx).Raw("select sku from variants where merchant_id = ? and sku <> '' and sku in ? and product_id <> ? order by sku limit 1",
		int64(w.shop.ID), skus, int64(p.ID)).Scan(&taken).Error
	if err != nil || len(taken) == 0 {
		return err
	}
	place := slices.IndexFunc(p.Variants, func(v Variant) bool { return v.SKU == taken[0] })
	return invalid(fmt.Sprintf("variants[%d].sku", place), "catalog.sku_taken").With("value", taken[0])
}

func (w *writer) writeProduct(ctx context.Context, p *Product) error {
	if p.ID != 0 {
		return w.db.On(ctx).Exec("update products set "+strings.ReplaceAll(productWritten, ",", " = ?,")+" = ? where id = ?",
			append(p.columns(w.at), int64(p.ID))...).Error
	}
	return w.db.On(ctx).Raw("insert into products ("+productWritten+", created_at, merchant_id, handle)"+
		" values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id",
		append(p.columns(w.at), w.at, int64(w.shop.ID), p.Handle)...).Scan(&p.ID).Error
}

const productWritten = "category_id, kind, state, title, description, vendor, attributes, tags, position, cover, cover_alt, from_price, compare_at," +
	" one_price, updated_at"

// columns are the values of productWritten.
func (p Product) columns(at time.Time) []any {
	lowest, same := p.cheapest()
	cover := p.cover()
	return []any{nullable(p.Category), string(p.Kind), string(p.State), asJSON(p.Title), asJSON(p.Description), p.Vendor,
		asJSON(p.Attributes), asJSON(p.Tags), p.Position, cover.Shown(), asJSON(cover.Alt), lowest.Price.Minor, lowest.CompareAt.Minor, same, at}
}

func (w *writer) writeOptions(ctx context.Context, p *Product, was Product) error {
	for i := range p.Options {
		option := &p.Options[i]
		var err error
		if option.ID == 0 {
			err = w.db.On(ctx).Raw("insert into options (product_id, name, position) values (?, ?, ?) returning id",
				int64(p.ID), asJSON(option.Name), i).Scan(&option.ID).Error
		} else {
			err = w.db.On(ctx).Exec("update options set name = ?, position = ? where id = ?", asJSON(option.Name), i, int64(option.ID)).Error
		}
		if err != nil {
			return err
		}
		var old []Value
		if k := slices.IndexFunc(was.Options, func(o Option) bool { return o.ID == option.ID }); k >= 0 {
			old = was.Options[k].Values
		}
		if err := w.writeValues(ctx, option, old); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) writeValues(ctx context.Context, option *Option, old []Value) error {
	var rows [][]any
	for i, value := range option.Values {
		switch {
		case value.ID == 0:
			rows = append(rows, []any{int64(option.ID), asJSON(value.Name), i})
		case i >= len(old) || !reflect.DeepEqual(old[i], value):
			err := w.db.On(ctx).Exec("update option_values set name = ?, position = ? where id = ?", asJSON(value.Name), i, int64(value.ID)).Error
			if err != nil {
				return err
			}
		}
	}
	ids, err := w.insert(ctx, "option_values (option_id, name, position)", rows)
	for place, id := range ids {
		option.Values[place].ID = ValueID(id)
	}
	return err
}

func (w *writer) writeImages(ctx context.Context, p *Product, was Product) error {
	var rows [][]any
	for i, image := range p.Images {
		switch {
		case image.ID == 0:
			rows = append(rows, []any{int64(p.ID), image.Src, asJSON(image.Alt), image.File, string(image.State), i})
		case i >= len(was.Images) || !reflect.DeepEqual(was.Images[i], image):
			err := w.db.On(ctx).Exec("update images set alt = ?, position = ? where id = ?", asJSON(image.Alt), i, int64(image.ID)).Error
			if err != nil {
				return err
			}
		}
	}
	ids, err := w.insert(ctx, "images (product_id, src, alt, file, state, position)", rows)
	for place, id := range ids {
		p.Images[place].ID = ImageID(id)
	}
	if err != nil {
		return err
	}
	return w.fetchImages(ctx, *p, slices.Sorted(maps.Keys(ids)))
}

type placedRow struct {
	ID       int64
	Position int
}

// insert adds rows whose last column is their position, and says which ids they got at which.
func (w *writer) insert(ctx context.Context, into string, rows [][]any) (map[int]int64, error) {
	ids := make(map[int]int64, len(rows))
	for some := range slices.Chunk(rows, 500) {
		var args []any
		for _, row := range some {
			args = append(args, row...)
		}
		one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(some[0])), ", ") + ")"
		var placed []placedRow
		err := w.db.On(ctx).Raw("insert into "+into+" values "+strings.TrimSuffix(strings.Repeat(one+", ", len(some)), ", ")+
			" returning id, position", args...).Scan(&placed).Error
		if err != nil {
			return nil, err
		}
		for _, row := range placed {
			ids[row.Position] = row.ID
		}
	}
	return ids, nil
}

// writeVariants changes, adds and archives variants, in ascending order as checkouts take them.
func (w *writer) writeVariants(ctx context.Context, p *Product, was Product, picks []pick) error {
	altered, gone := p.altered(was), was.goneBeside(*p)
	if err := w.clear(ctx, *p, altered, gone); err != nil {
		return err
	}
	slices.Sort(altered)
	for _, id := range altered {
		place := slices.IndexFunc(p.Variants, func(v Variant) bool { return v.ID == id })
		old, _ := was.variant(id)
		if err := w.updateVariant(ctx, p.Variants[place], old, place, p.label(picks[place].Values)); err != nil {
			return err
		}
	}
	var rows [][]any
	for i, v := range p.Variants {
		if v.ID == 0 {
			rows = append(rows, append([]any{int64(w.shop.ID), int64(p.ID), v.OnHand}, v.columns(p.label(picks[i].Values), i)...))
		}
	}
	ids, err := w.insert(ctx, "variants (merchant_id, product_id, on_hand, "+strings.Join(variantWritten, ", ")+")", rows)
	if err != nil {
		return err
	}
	for place, id := range ids {
		p.Variants[place].ID = VariantID(id)
	}
	return w.openStock(ctx, p.Variants, slices.Sorted(maps.Keys(ids)))
}

var variantWritten = []string{"sku", "barcode", "price", "compare_at", "weight", "tracked", "choice", "label", "image_id", "state", "position"}

// columns are the values of variantWritten.
func (v Variant) columns(label Text, position int) []any {
	return []any{v.SKU, v.Barcode, v.Price.Minor, v.CompareAt.Minor, v.Weight, v.Tracked, choice(v.Values), asJSON(label),
		nullable(v.Image), string(v.State), position}
}

// altered is the variants whose rows change: they differ, stand elsewhere, or their values are called otherwise.
func (p Product) altered(was Product) (ids []VariantID) {
	renamed := !reflect.DeepEqual(p.Options, was.Options)
	stood := was.kept(Product{})
	for i, v := range p.Variants {
		old, existed := was.variant(v.ID)
		if !existed {
			continue
		}
		v.Product, v.OnHand, v.Reserved = old.Product, old.OnHand, old.Reserved
		if renamed || i >= len(stood) || stood[i].ID != v.ID || !reflect.DeepEqual(v, old) {
			ids = append(ids, v.ID)
		}
	}
	return ids
}

// goneBeside is the variants that were for sale and are not in the product now.
func (p Product) goneBeside(now Product) (ids []VariantID) {
	for _, v := range p.Variants {
		if _, named := now.variant(v.ID); !named && v.State != Archived {
			ids = append(ids, v.ID)
		}
	}
	return ids
}

// clear takes variants out of the way of unique keys, so that two can swap their SKUs or values. Those that
// are gone keep their SKUs, by which they are found if they come back, unless another has them now.
func (w *writer) clear(ctx context.Context, p Product, altered, gone []VariantID) error {
	all := append(slices.Clone(altered), gone...)
	if len(all) > 0 {
		slices.SortFunc(all, cmp.Compare[VariantID])
		if lock := w.db.ForUpdate(); lock != "" {
			if err := w.db.On(ctx).Exec("select id from variants where id in ? order by id"+lock, all).Error; err != nil {
				return err
			}
		}
		if err := w.db.On(ctx).Exec("update variants set state = 'archived' where id in ?", all).Error; err != nil {
			return err
		}
	}
	skus, staying := []string{}, []VariantID{0}
	for _, v := range p.Variants {
		if v.SKU != "" {
			skus = append(skus, v.SKU)
		}
		if v.ID != 0 && !slices.Contains(altered, v.ID) {
			staying = append(staying, v.ID)
		}
	}
	if len(skus) == 0 {
		return nil
	}
	return w.db.On(ctx).Exec("update variants set sku = '' where product_id = ? and sku in ? and state = 'archived' and id not in ?",
		int64(p.ID), skus, staying).Error
}

func (w *writer) updateVariant(ctx context.Context, v, old Variant, position int, label Text) error {
	if v.Tracked && !old.Tracked {
		if err := w.beginTracking(ctx, v); err != nil {
			return err
		}
	}
	return w.db.On(ctx).Exec("update variants set "+strings.Join(variantWritten, " = ?, ")+" = ? where id = ?",
		append(v.columns(label, position), int64(v.ID))...).Error
}

// beginTracking gives a variant that never ran out the stock it opens with: at least what was promised.
func (w *writer) beginTracking(ctx context.Context, v Variant) error {
	facts, err := w.facts(ctx, []VariantID{v.ID})
	if err != nil || len(facts) == 0 {
		return err
	}
	delta := max(v.OnHand, facts[0].Reserved) - facts[0].OnHand
	if err := w.db.On(ctx).Exec("update variants set on_hand = on_hand + ? where id = ?", delta, int64(v.ID)).Error; err != nil {
		return err
	}
	return w.move(ctx, v.ID, delta)
}

func (w *writer) openStock(ctx context.Context, variants []Variant, places []int) error {
	for _, place := range places {
		if err := w.move(ctx, variants[place].ID, variants[place].OnHand); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) move(ctx context.Context, variant VariantID, quantity int) error {
	if quantity == 0 {
		return nil
	}
	err := w.db.On(ctx).Exec("insert into stock_moves (merchant_id, variant_id, quantity, reason, at) values (?, ?, ?, ?, ?)",
		int64(w.shop.ID), int64(variant), quantity, w.reason, w.at).Error
	if err != nil {
		return err
	}
	w.moved = append(w.moved, Want{variant, quantity})
	return nil
}

// dropGone deletes options, values and images that the product has no more.
func (w *writer) dropGone(ctx context.Context, p, was Product) error {
	var options, values, images []int64
	for _, option := range was.Options {
		k := slices.IndexFunc(p.Options, func(o Option) bool { return o.ID == option.ID })
		if k < 0 {
			options = append(options, int64(option.ID))
			continue
		}
		for _, value := range option.Values {
			if !slices.ContainsFunc(p.Options[k].Values, func(v Value) bool { return v.ID == value.ID }) {
				values = append(values, int64(value.ID))
			}
		}
	}
	for _, image := range was.Images {
		if !slices.ContainsFunc(p.Images, func(i Image) bool { return i.ID == image.ID }) {
			images = append(images, int64(image.ID))
		}
	}
	for _, drop := range []struct {
		table string
		ids   []int64
	}{{"options", options}, {"option_values", values}, {"images", images}} {
		if len(drop.ids) == 0 {
			continue
		}
		if err := w.db.On(ctx).Exec("delete from "+drop.table+" where id in ?", drop.ids).Error; err != nil {
			return err
		}
	}
	return nil
}

// shelve puts the product where its category and state have it, and takes it from where it was.
func (w *writer) shelve(ctx context.Context, p, was Product) error {
	before, after := w.standing(was), w.standing(p)
	if slices.Equal(before, after) && p.Position == was.Position {
		return nil
	}
	for _, shelf := range before {
		w.counts[shelf]--
	}
	if len(before) > 0 {
		if err := w.db.On(ctx).Exec("delete from shelves where product_id = ?", int64(p.ID)).Error; err != nil {
			return err
		}
	}
	for _, shelf := range after {
		w.counts[shelf]++
		err := w.db.On(ctx).Exec("insert into shelves (merchant_id, category_id, position, product_id) values (?, ?, ?, ?)",
			int64(w.shop.ID), int64(shelf), p.Position, int64(p.ID)).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) standing(p Product) []CategoryID {
	if p.State != Active {
		return nil
	}
	return w.tree.shelves(p.Category)
}

// count brings the counters of shelves and the index up to date and tells what happened, once for all that was saved.
func (w *writer) count(ctx context.Context) error {
	if err := w.indexer().flush(ctx); err != nil {
		return err
	}
	for _, shelf := range slices.Sorted(maps.Keys(w.counts)) {
		sql, id := "update categories set products = products + ? where id = ?", int64(shelf)
		if shelf == 0 {
			sql, id = "update merchants set products = products + ? where id = ?", int64(w.shop.ID)
		}
		if more := w.counts[shelf]; more != 0 {
			if err := w.db.On(ctx).Exec(sql, more, id).Error; err != nil {
				return err
			}
		}
	}
	return w.tell(ctx)
}
