package catalog_test

import (
	"bytes"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/catalog"
	"parley/catalog/demo"
	"parley/catalog/formats"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

var everyState = []catalog.State{catalog.Draft, catalog.Active, catalog.Archived}

// goods is the shop as it is written to files.
func (b *bench) goods(t testing.TB) formats.Goods {
	t.Helper()
	shop, err := b.Merchant(t.Context(), b.shop)
	ok(t, err)
	tree, err := b.Tree(t.Context(), b.shop)
	ok(t, err)
	return formats.Goods{Shop: shop, Categories: tree, Products: func() iter.Seq2[catalog.Product, error] {
		return b.All(t.Context(), b.shop, everyState...)
	}}
}

var site = formats.Files{Site: "https://shop.example"}

func (b *bench) export(t testing.TB, format formats.Format) []byte {
	t.Helper()
	var file bytes.Buffer
	ok(t, site.Write(&file, format, b.goods(t)))
	return file.Bytes()
}

// unmoved brings a file of the shop itself in, which must change nothing.
func (b *bench) unmoved(t testing.TB, format formats.Format) {
	t.Helper()
	before := b.stands(t)
	file := b.export(t, format)
	i := b.look(t, file)
	got := b.told(t, i)
	if i.Format != string(format) || len(got.Errors)+len(got.Created)+len(got.Changed) > 0 || len(got.Unchanged) == 0 {
		t.Errorf("%s as %q: %v created, %v changed, errors: %s", format, i.Format, got.Created, got.Changed, strings.Join(got.Errors, "\n"))
		for _, item := range items(t, b, i) {
			t.Logf("%s: %v", item.Handle, item.Changes)
		}
		return
	}
	b.confirm(t, i)
	if diff := cmp.Diff(before, b.stands(t)); diff != "" {
		t.Errorf("%s: %s", format, diff)
	}
}

func items(t testing.TB, b *bench, i catalog.Import) []catalog.ImportItem {
	t.Helper()
	found, err := b.ImportItems(t.Context(), b.shop, i.ID, catalog.ImportChanges, catalog.Page{Limit: 5})
	ok(t, err)
	return found
}

func TestAnExportThatComesBackChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(d)
		ok(t, demo.Open(t.Context(), b.Service))
		for _, slug := range []string{"meadow", "studio"} {
			shop, err := b.MerchantBySlug(t.Context(), slug)
			ok(t, err)
			b.shop = shop.ID
			for _, format := range formats.Names {
				b.unmoved(t, format)
			}
		}
		b.sound(t)
	})
}

func TestRealFilesSurviveTheRoundTrip(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t), "data", "shopify", "*.csv"))
	if err != nil || len(files) < 2 {
		t.Fatalf("real files: %v, %v", files, err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		for _, name := range files {
			file, err := os.ReadFile(name)
			ok(t, err)
			b.load(t, file)
		}
		for _, format := range formats.Names {
			b.unmoved(t, format)
		}
		for _, name := range files {
			file, err := os.ReadFile(name)
			ok(t, err)
			if got := b.load(t, file); len(got.Created)+len(got.Changed)+len(got.Errors) > 0 {
				t.Errorf("%s: %+v", name, got)
			}
		}
	})
}

// awkward is a shop in which everything is there that files have trouble with.
func awkward(t testing.TB, d *db.DB) *bench {
	t.Helper()
	b, _, boots := opened(t, d)
	p := wool(boots)
	p.Title["en"], p.Vendor = `=1+1, "quoted" \ <b>`, "@vendor"
	p.Description = catalog.Text{"en": "-first line\n\n<p>second & last\n• item", "ru": "Строка\nещё"}
	p.Tags = []string{"a, b", `back\slash`, "+plus"}
	p.Attributes = append(p.Attributes, catalog.Attribute{Name: catalog.Text{"en": "Care: how", "ru": "Уход"}, Value: catalog.Text{"en": "Cold, \nby hand", "ru": "Вручную"}},
		catalog.Attribute{Name: catalog.Text{"ru": "Только"}, Value: catalog.Text{"ru": "здесь"}})
	p.Options[0].Values = append(p.Options[0].Values, catalog.Value{ID: 3, Name: en("43, wide")})
	p.Images = append(p.Images, catalog.Image{ID: 3, Src: "https://pictures.example/a,b.jpg?x=1&y=2", Alt: catalog.Text{"en": "'=x", "ru": "икс\nигрек"}})
	p.Variants[2].Image, p.Variants[0].Barcode, p.Variants[1].CompareAt = 3, "'-12", usd(5000)
	p.Variants = append(p.Variants, catalog.Variant{SKU: "=W", Price: usd(1), State: catalog.Draft, Values: []catalog.ValueID{1, 2}})
	b.save(t, p)
	hidden := simple("hidden", 0)
	hidden.State = catalog.Draft
	b.save(t, hidden)
	gone := simple("gone", 0)
	gone.State = catalog.Archived
	b.save(t, gone)
	service := simple("service", boots)
	service.Kind, service.Variants[0].Tracked, service.Variants[0].OnHand = catalog.Services, false, 0
	b.save(t, service)
	one := simple("one", boots)
	one.Options = []catalog.Option{{Name: en("Size"), Values: []catalog.Value{{ID: 1, Name: en("only")}}}}
	one.Variants[0].Values = []catalog.ValueID{1}
	b.save(t, one)
	return b
}

func TestAwkwardGoodsComeBackAsTheyWere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := awkward(t, d)
		for _, format := range formats.Names {
			b.unmoved(t, format)
		}
		b.sound(t)
	})
}
