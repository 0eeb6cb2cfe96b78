package catalog

import (
	"context"
	"fmt"
	"parley/migrations/db"
	"slices"
	"strings"
)

// written is a product to be written: matched with what was there, its variants' picks by place.
type written struct {
	now, was Product
	picks    []pick
}

// writeMany is write for many products: new ones, and changes that are plain, take a statement a table, however
// many they are.
func (w *writer) writeMany(ctx context.Context, all []*written) error {
	var fresh, plainly []*written
	for _, one := range all {
		switch {
		case one.was.ID == 0:
			fresh = append(fresh, one)
		case one.isPlain():
			plainly = append(plainly, one)
		default:
			if err := w.write(ctx, &one.now, one.was, one.picks); err != nil {
				return err
			}
		}
	}
	if err := w.changePlainly(ctx, plainly); err != nil {
		return err
	}
	if len(fresh) == 0 {
		return nil
	}
	for _, step := range []func(context.Context, []*written) error{
		w.refuseTaken, w.addProducts, w.addOptions, w.addValues, w.addImages, w.addVariants, w.addMoves, w.addShelves, w.addToIndex, w.manyHappened,
	} {
		if err := step(ctx, fresh); err != nil {
			return err
		}
	}
	return nil
}

// refuseTaken is checkSKUs for new products.
func (w *writer) refuseTaken(ctx context.Context, all []*written) error {
	var skus []string
	for _, one := range all {
		for _, v := range one.now.Variants {
			if v.SKU != "" {
				skus = append(skus, v.SKU)
			}
		}
	}
	owners, err := w.ownersOf(ctx, w.shop.ID, skus)
	if err != nil {
		return err
	}
	for _, one := range all {
		for i, v := range one.now.Variants {
			if _, taken := owners[v.SKU]; taken && v.SKU != "" {
				return invalid(fmt.Sprintf("variants[%d].sku", i), "catalog.sku_taken").With("value", v.SKU)
			}
		}
	}
	return nil
}

func (w *writer) addProducts(ctx context.Context, all []*written) error {
	for some := range slices.Chunk(all, rowsAtOnce) {
		rows, at := make([][]any, len(some)), make(map[string]*written, len(some))
		for i, one := range some {
			rows[i], at[one.now.Handle] = append(one.now.columns(w.at), w.at, int64(w.shop.ID), one.now.Handle), one
		}
		sql, args := valuesOf("products ("+productWritten+", created_at, merchant_id, handle)", rows)
		var made []struct {
			ID     int64
			Handle string
		}
		if err := w.db.On(ctx).Raw(sql+" returning id, handle", args...).Scan(&made).Error; err != nil {
			return err
		}
		for _, row := range made {
			at[row.Handle].now.ID = ProductID(row.ID)
		}
	}
	return nil
}

// placed is a row that was added: whose it is, and its place there.
type placed struct {
	ID       int64
	Owner    int64
	Position int
}

// addPlaced adds rows, and hands each id to who knows what it belongs to.
func (w *writer) addPlaced(ctx context.Context, table, owner, columns string, rows [][]any, made func(placed)) error {
	for some := range slices.Chunk(rows, rowsAtOnce) {
		sql, args := valuesOf(table+" ("+columns+")", some)
		var back []placed
		if err := w.db.On(ctx).Raw(sql+" returning id, "+owner+" as owner, position", args...).Scan(&back).Error; err != nil {
			return err
		}
		for _, row := range back {
			made(row)
		}
	}
	return nil
}

func byID(all []*written) map[int64]*written {
	found := make(map[int64]*written, len(all))
	for _, one := range all {
		found[int64(one.now.ID)] = one
	}
	return found
}

func (w *writer) addOptions(ctx context.Context, all []*written) error {
	var rows [][]any
	for _, one := range all {
		for i, option := range one.now.Options {
			rows = append(rows, []any{int64(one.now.ID), asJSON(option.Name), i})
		}
	}
	at := byID(all)
	return w.addPlaced(ctx, "options", "product_id", "product_id, name, position", rows, func(row placed) {
		at[row.Owner].now.Options[row.Position].ID = OptionID(row.ID)
	})
}

func (w *writer) addValues(ctx context.Context, all []*written) error {
	var rows [][]any
	at := map[int64]*Option{}
	for _, one := range all {
		for i := range one.now.Options {
			option := &one.now.Options[i]
			at[int64(option.ID)] = option
			for k, value := range option.Values {
				rows = append(rows, []any{int64(option.ID), asJSON(value.Name), k})
			}
		}
	}
	return w.addPlaced(ctx, "option_values", "option_id", "option_id, name, position", rows, func(row placed) {
		at[row.Owner].Values[row.Position].ID = ValueID(row.ID)
	})
}

func (w *writer) addImages(ctx context.Context, all []*written) error {
	var rows [][]any
	for _, one := range all {
		for i, image := range one.now.Images {
			rows = append(rows, []any{int64(one.now.ID), image.Src, asJSON(image.Alt), image.File, string(image.State), i})
		}
	}
	at := byID(all)
	var jobs []db.Job
	err := w.addPlaced(ctx, "images", "product_id", "product_id, src, alt, file, state, position", rows, func(row placed) {
		image := &at[row.Owner].now.Images[row.Position]
		if image.ID = ImageID(row.ID); image.State == ImagePending {
			jobs = append(jobs, FetchImage{w.shop.ID, at[row.Owner].now.ID, image.ID}.Job())
		}
	})
	if err != nil {
		return err
	}
	for some := range slices.Chunk(jobs, rowsAtOnce) {
		if err := w.db.Promise(ctx, some...); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) addVariants(ctx context.Context, all []*written) error {
	var rows [][]any
	for _, one := range all {
		one.now.resolve(one.picks)
		for i, v := range one.now.Variants {
			rows = append(rows, append([]any{int64(w.shop.ID), int64(one.now.ID), v.OnHand}, v.columns(one.now.label(one.picks[i].Values), i)...))
		}
	}
	at := byID(all)
	return w.addPlaced(ctx, "variants", "product_id", "merchant_id, product_id, on_hand, "+strings.Join(variantWritten, ", "), rows, func(row placed) {
		at[row.Owner].now.Variants[row.Position].ID = VariantID(row.ID)
	})
}

func (w *writer) addMoves(ctx context.Context, all []*written) error {
	var rows [][]any
	for _, one := range all {
		for _, v := range one.now.Variants {
			if v.OnHand != 0 {
				rows = append(rows, []any{int64(w.shop.ID), int64(v.ID), v.OnHand, w.reason, w.at})
			}
		}
	}
	return w.insertRows(ctx, "stock_moves (merchant_id, variant_id, quantity, reason, at)", rows)
}

func (w *writer) addShelves(ctx context.Context, all []*written) error {
	var rows [][]any
	for _, one := range all {
		for _, shelf := range w.standing(one.now) {
			w.counts[shelf]++
			rows = append(rows, []any{int64(w.shop.ID), int64(shelf), one.now.Position, int64(one.now.ID)})
		}
	}
	return w.insertRows(ctx, "shelves (merchant_id, category_id, position, product_id)", rows)
}

// manyHappened is happened for new products.
func (w *writer) manyHappened(ctx context.Context, all []*written) error {
	for _, one := range all {
		for _, v := range one.now.Variants {
			if v.OnHand != 0 {
				w.moved = append(w.moved, Want{v.ID, v.OnHand})
			}
		}
		if err := w.happened(ctx, one.now, Product{}); err != nil {
			return err
		}
	}
	return nil
}

// addToIndex is index for new products.
func (w *writer) addToIndex(ctx context.Context, all []*written) error {
	for _, one := range all {
		if err := w.indexer().add(ctx, one.now.ID, w.entry(one.now)); err != nil {
			return err
		}
	}
	return nil
}
