package catalogtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"parley/catalog"
	"parley/migrations/db"
)

// Synonyms are those of the made shop.
var Synonyms = [][]string{{"кроссовки", "кроссы", "trainers", "runners"}, {"толстовка", "худи", "кенгуру"}, {"сумка", "клатч"}, {"смартчасы", "часы"}}

// Fill opens a shop of the first count made goods in a database that has none of them. The rows are written many at
// a time, as no service does: a hundred thousand would take it minutes. The shop's index is left to RebuildAll.
func Fill(ctx context.Context, d *db.DB, service *catalog.Service, count int) (catalog.MerchantID, error) {
	shop, err := service.SaveMerchant(ctx, catalog.Merchant{
		Slug: "bazaar", Name: catalog.Text{"ru": "Базар", "en": "Bazaar"}, Languages: []string{"ru", "en"}, Currency: "RUB",
	})
	if err != nil {
		return 0, err
	}
	if err := service.SetSynonyms(ctx, shop.ID, Synonyms); err != nil {
		return 0, err
	}
	for from := 0; from < count; from += 2000 {
		err := d.InTx(ctx, func(ctx context.Context) error { return fill(ctx, d, shop.ID, from, min(from+2000, count)) })
		if err != nil {
			return 0, fmt.Errorf("fill the shop: %w", err)
		}
	}
	err = d.InTx(ctx, func(ctx context.Context) error {
		for _, statement := range []string{
			"update merchants set products = (select count(*) from shelves s where s.merchant_id = merchants.id and s.category_id = 0)",
			"update search_shops set format = 0",
		} {
			if err := d.On(ctx).Exec(statement).Error; err != nil {
				return err
			}
		}
		if d.Engine() != db.Postgres {
			return nil
		}
		for _, table := range []string{"products", "options", "option_values", "variants"} { // ids were given, not drawn
			if err := d.On(ctx).Exec("select setval(pg_get_serial_sequence('" + table + "', 'id'), (select max(id) from " + table + "))").Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("count the shop's goods: %w", err)
	}
	return shop.ID, nil
}

// rows is what is put into one table.
type rows struct {
	into   string // "products (id, …)"
	values [][]any
}

func fill(ctx context.Context, d *db.DB, shop catalog.MerchantID, from, to int) error {
	first := int64(firstID)
	products := rows{into: "products (id, merchant_id, handle, kind, state, title, description, vendor, attributes, from_price, created_at, updated_at)"}
	shelves := rows{into: "shelves (merchant_id, category_id, position, product_id)"}
	options, values := rows{into: "options (id, product_id, name, position)"}, rows{into: "option_values (id, option_id, name, position)"}
	variants := rows{into: "variants (id, merchant_id, product_id, sku, barcode, price, tracked, choice, label, position)"}
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := from; n < to; n++ {
		g, id := Made(n), first+int64(n)
		products.add(id, int64(shop), g.Handle, "physical", "active", text(catalog.Text{"ru": g.RU, "en": g.EN}), text(Description(n)), g.Brand, g.attributes(), g.Price, now, now)
		shelves.add(int64(shop), 0, 0, id)
		if len(g.Sizes) == 0 {
			variants.add(4*id, int64(shop), id, g.SKU, g.Barcode, g.Price, false, "", "{}", 0)
			continue
		}
		options.add(id, id, text(catalog.Text{"ru": "Размер", "en": "Size"}), 0)
		for i, size := range g.Sizes {
			sku, barcode := g.SKU, g.Barcode
			if i > 0 {
				sku, barcode = fmt.Sprintf("%s-%d", sku, i+1), ""
			}
			values.add(4*id+int64(i), id, text(catalog.Text{"en": size}), i)
			variants.add(4*id+int64(i), int64(shop), id, sku, barcode, g.Price+int64(i)*1000, false, fmt.Sprint(4*id+int64(i)), text(catalog.Text{"en": size}), i)
		}
	}
	for _, table := range []rows{products, shelves, options, values, variants} {
		if err := table.insert(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// firstID leaves room for what a database has already.
const firstID = 10_000

func (r *rows) add(values ...any) { r.values = append(r.values, values) }

func (r *rows) insert(ctx context.Context, d *db.DB) error {
	for len(r.values) > 0 {
		some := r.values[:min(len(r.values), 500)]
		r.values = r.values[len(some):]
		one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(some[0])), ", ") + ")"
		var args []any
		for _, row := range some {
			args = append(args, row...)
		}
		sql := "insert into " + r.into + " values " + strings.TrimSuffix(strings.Repeat(one+", ", len(some)), ", ")
		if err := d.On(ctx).Exec(sql, args...).Error; err != nil {
			return err
		}
	}
	return nil
}

func text(t catalog.Text) string {
	encoded, err := json.Marshal(t)
	if err != nil {
		panic(err) // a map of strings encodes
	}
	return string(encoded)
}

func (g Good) attributes() string {
	for _, m := range materials {
		if m.en == g.Material {
			return `[{"name":{"en":"Material","ru":"Материал"},"value":` + text(catalog.Text{"en": m.en, "ru": m.ru}) + `}]`
		}
	}
	return "[]"
}
