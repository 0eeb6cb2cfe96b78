package catalog_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/catalog"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

const goodsHeader = "Handle,Title,Type,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Tracker,Variant Inventory Qty,Image Src,Status\n"

// goods is a file of so many products of two variants each; each has a price in cents.
func goods(count, cents int) []byte {
	var file strings.Builder
	file.WriteString(goodsHeader)
	for i := range count {
		fmt.Fprintf(&file, "p-%d,Product %d,Shelf %d,Size,S,P%d-S,%d.%02d,shopify,5,https://pictures.example/%d.jpg,active\n", i, i, i%3, i, cents/100, cents%100, i)
		fmt.Fprintf(&file, "p-%d,,,,M,P%d-M,%d.%02d,shopify,7,,\n", i, i, cents/100, cents%100)
	}
	return []byte(file.String())
}

// stands is everything that a shop sells, by what people see: ids and times are left out.
func (b *bench) stands(t testing.TB) (rows []string) {
	t.Helper()
	for _, query := range []string{
		"select handle, position, state, title, description, vendor, attributes, tags, cover, from_price, compare_at, one_price," +
			" (select slug from categories c where c.id = category_id) as shelf from products order by handle",
		"select p.handle, v.sku, v.price, v.compare_at, v.tracked, v.on_hand, v.reserved, v.label, v.state, v.position from variants v join products p on p.id = v.product_id order by 1, 2",
		"select p.handle, o.name, v.name as value, v.position from options o join products p on p.id = o.product_id join option_values v on v.option_id = o.id order by 1, 2, 4",
		"select p.handle, i.src, i.alt, i.position from images i join products p on p.id = i.product_id order by 1, 4",
		"select slug, name, products from categories order by slug",
		"select c.slug, p.handle, s.position from shelves s join products p on p.id = s.product_id left join categories c on c.id = s.category_id order by 2, 1",
		"select p.handle, w.words, w.shelf_words from product_words w join products p on p.id = w.product_id order by 1",
		"select p.handle, v.sku, m.quantity, m.reason from stock_moves m join variants v on v.id = m.variant_id join products p on p.id = v.product_id order by 1, 2, 3",
		"select slug, products from merchants order by slug",
	} {
		var found []map[string]any
		ok(t, b.d.On(t.Context()).Raw(query).Scan(&found).Error)
		for _, row := range found {
			rows = append(rows, fmt.Sprint(row))
		}
	}
	return rows
}

func (b *bench) undo(t testing.TB, i catalog.Import) catalog.Import {
	t.Helper()
	b.clk.pass(time.Second)
	_, err := b.Undo(t.Context(), b.shop, i.ID)
	ok(t, err)
	done, err := b.Work(t.Context(), b.shop, i.ID, nil)
	ok(t, err)
	return done
}

func TestUndoingAnImportLeavesTheShopAsItWas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		nothing := b.stands(t)
		first := b.confirm(t, b.look(t, goods(450, 1000)))
		once := b.stands(t)
		changes := strings.NewReplacer("Product 7,Shelf 1", "Produce,New shelf", "p-8,,,,M,P8-M", "p-8,,,,XL,P8-XL",
			"p-9,,,,M,P9-M,10.00,shopify,7,,\n", "", "/7.jpg", "/other.jpg").Replace(string(goods(470, 1000)))
		second := b.confirm(t, b.look(t, []byte(changes)))
		if second.Created != 20 || second.Changed != 3 || second.Unchanged != 447 || second.Archives != 2 {
			t.Errorf("%+v", second)
		}
		b.sound(t)
		if cmp.Diff(once, b.stands(t)) == "" {
			t.Fatal("nothing was imported")
		}
		if undone := b.undo(t, second); undone.State != catalog.ImportUndone || undone.Kept != 0 || undone.Done != 23 {
			t.Errorf("%+v", undone)
		}
		if diff := cmp.Diff(once, b.stands(t)); diff != "" {
			t.Error(diff)
		}
		b.sound(t)
		if undone := b.undo(t, first); undone.State != catalog.ImportUndone {
			t.Errorf("%+v", undone)
		}
		if diff := cmp.Diff(nothing, b.stands(t)); diff != "" {
			t.Error(diff)
		}
		b.sound(t)
		_, err := b.Undo(t.Context(), b.shop, first.ID)
		refused(t, err, "import.not_applied")
	})
}

func TestAPreviewSaysWhatWouldChangeAndChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		b.load(t, goods(3, 1000))
		before := b.stands(t)
		i := b.look(t, []byte(strings.Replace(string(goods(3, 1000)), "p-1,,,,M,P1-M,10.00", "p-1,,,,M,P1-M,12.50", 1)))
		items, err := b.ImportItems(t.Context(), b.shop, i.ID, catalog.ImportChanges, catalog.Page{})
		ok(t, err)
		want := []catalog.Change{{Field: "P1-M price", Was: "10.00", Now: "12.50"}}
		if len(items) != 1 || items[0].Handle != "p-1" || items[0].Title != "Product 1" || items[0].Row != 4 || cmp.Diff(want, items[0].Changes) != "" {
			t.Errorf("%+v", items)
		}
		if i.Format != "shopify" || i.File != "products" || i.Who != "tester" || i.Reprices != 1 || i.ForSale != 6 || i.Sweeping() {
			t.Errorf("%+v", i)
		}
		if diff := cmp.Diff(before, b.stands(t)); diff != "" {
			t.Error(diff)
		}
		cancelled, err := b.Cancel(t.Context(), b.shop, i.ID)
		ok(t, err)
		if cancelled.State != catalog.ImportCancelled {
			t.Errorf("%+v", cancelled)
		}
		_, err = b.Confirm(t.Context(), b.shop, i.ID, catalog.Consent{Sweeping: true})
		refused(t, err, "import.not_ready")
		_, err = b.ImportByID(t.Context(), b.shop+1, i.ID)
		refused(t, err, "import.none")
	})
}

func TestWhatNobodyLookedAtIsNotOverwritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		b.load(t, goods(3, 1000))
		i := b.look(t, goods(4, 1001))
		b.clk.pass(time.Second)
		p := b.handle(t, "p-2")
		p.Title = en("By hand")
		b.save(t, p)
		_, err := b.Confirm(t.Context(), b.shop, i.ID, catalog.Consent{Sweeping: true})
		refused(t, err, "import.stale")
		i = b.look(t, goods(4, 1001))
		other := simple("p-3", 0)
		b.save(t, other)
		_, err = b.Confirm(t.Context(), b.shop, i.ID, catalog.Consent{Sweeping: true})
		refused(t, err, "import.stale")
		b.sound(t)
	})
}

func TestAnImportThatMeetsAChangeHalfWayGoesOutAgain(t *testing.T) {
	meets(t, func(t *testing.T, b *bench) {
		p := b.handle(t, "p-250")
		p.Title = en("By hand")
		b.save(t, p)
	})
}

func TestAnImportThatMeetsWhatItWouldAddGoesOutAgain(t *testing.T) {
	meets(t, func(t *testing.T, b *bench) { b.save(t, simple("p-420", 0)) })
}

// meets has an import fail since something was changed by hand after it was confirmed.
func meets(t *testing.T, byHand func(*testing.T, *bench)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		b.load(t, goods(300, 1000))
		i := b.look(t, goods(450, 1200))
		b.clk.pass(time.Second)
		_, err := b.Confirm(t.Context(), b.shop, i.ID, catalog.Consent{Sweeping: true})
		ok(t, err)
		b.clk.pass(time.Second)
		byHand(t, b)
		before := b.stands(t)
		b.clk.pass(time.Second)
		done, err := b.Work(t.Context(), b.shop, i.ID, nil)
		ok(t, err)
		if done.State != catalog.ImportFailed || done.Why == nil || done.Why.Key != "import.stale" || done.Kept != 0 {
			t.Errorf("%+v", done)
		}
		if diff := cmp.Diff(before, b.stands(t)); diff != "" {
			t.Error(diff)
		}
		b.sound(t)
	})
}

func TestAnImportCanBeCancelledHalfWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		b.load(t, goods(300, 1000))
		before := b.stands(t)
		i := b.look(t, goods(700, 1200))
		b.clk.pass(time.Second)
		_, err := b.Confirm(t.Context(), b.shop, i.ID, catalog.Consent{Sweeping: true})
		ok(t, err)
		done, err := b.Work(t.Context(), b.shop, i.ID, func(now catalog.Import) {
			if now.Done == 400 && now.State == catalog.ImportApplying {
				_, err := b.Cancel(t.Context(), b.shop, i.ID)
				ok(t, err)
			}
		})
		ok(t, err)
		if done.State != catalog.ImportCancelled || done.Done != 400 {
			t.Errorf("%+v", done)
		}
		if diff := cmp.Diff(before, b.stands(t)); diff != "" {
			t.Error(diff)
		}
		b.sound(t)
	})
}

func TestAnImportGoesOnWhereItEnded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		i := b.look(t, goods(500, 1000))
		_, err := b.Confirm(t.Context(), b.shop, i.ID, catalog.Consent{})
		ok(t, err)
		ctx, stop := context.WithCancel(t.Context())
		_, err = b.Work(ctx, b.shop, i.ID, func(catalog.Import) { stop() })
		if err == nil {
			t.Fatal("it was not interrupted")
		}
		half, err := b.ImportByID(t.Context(), b.shop, i.ID)
		ok(t, err)
		if half.State != catalog.ImportApplying || half.Done != 200 || half.Total != 500 {
			t.Errorf("%+v", half)
		}
		done, err := b.Work(t.Context(), b.shop, i.ID, nil)
		ok(t, err)
		if list, err := b.Products(t.Context(), b.shop, 0, catalog.Page{}); err != nil || list.Total != 500 || done.State != catalog.ImportApplied {
			t.Errorf("%+v, %v, %v", done, list.Total, err)
		}
		b.sound(t)
	})
}

func TestASweepingImportNeedsToBeMeant(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		if i := b.look(t, goods(3, 1000)); i.Sweeping() {
			t.Error("a first import is sweeping")
		} else {
			b.confirm(t, i)
		}
		third := b.look(t, []byte(strings.NewReplacer("P0-S,10.00", "P0-S,11.00", "P1-S,10.00", "P1-S,11.00").Replace(string(goods(3, 1000)))))
		more := b.look(t, []byte(strings.NewReplacer("P0-S,10.00", "P0-S,11.00", "1.jpg,active", "1.jpg,archived").Replace(string(goods(3, 1000)))))
		b.clk.pass(time.Second)
		_, err := b.Confirm(t.Context(), b.shop, more.ID, catalog.Consent{})
		refused(t, err, "import.sweeping")
		if more.Archives != 2 || more.Reprices != 1 || third.Reprices != 2 || third.Sweeping() {
			t.Errorf("%+v %+v", more, third)
		}
		_, err = b.Confirm(t.Context(), b.shop, third.ID, catalog.Consent{})
		ok(t, err)
	})
}

func TestWhatIsBoughtIsNotTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		i := b.confirm(t, b.look(t, goods(5, 1000)))
		v := b.handle(t, "p-3").Variants[1].ID
		ok(t, b.Reserve(t.Context(), b.shop, "cart:7", nil, []catalog.Want{{Variant: v, Quantity: 1}}))
		_, err := b.Undo(t.Context(), b.shop, i.ID)
		refused(t, err, "import.sold")
		ok(t, b.Release(t.Context(), "cart:7"))
		ok(t, b.Reserve(t.Context(), b.shop, "order:8", nil, []catalog.Want{{Variant: v, Quantity: 1}}))
		ok(t, b.Take(t.Context(), "order:8", "order:8", "buyer"))
		_, err = b.Undo(t.Context(), b.shop, i.ID)
		refused(t, err, "import.sold")
	})
}

func TestWhatWasChangedAfterAnImportIsNotTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		i := b.confirm(t, b.look(t, goods(5, 1000)))
		b.clk.pass(time.Second)
		p := b.handle(t, "p-3")
		p.Title = en("By hand")
		b.save(t, p)
		_, err := b.Undo(t.Context(), b.shop, i.ID)
		refused(t, err, "import.changed_since")
		b.sound(t)
	})
}

func TestWhatIsBoughtWhileItIsTakenBackStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		i := b.confirm(t, b.look(t, goods(50, 1000)))
		v := b.handle(t, "p-33").Variants[1].ID
		_, err := b.Undo(t.Context(), b.shop, i.ID)
		ok(t, err)
		ok(t, b.Reserve(t.Context(), b.shop, "order:8", nil, []catalog.Want{{Variant: v, Quantity: 1}}))
		done, err := b.Work(t.Context(), b.shop, i.ID, nil)
		ok(t, err)
		list, err := b.Products(t.Context(), b.shop, 0, catalog.Page{})
		ok(t, err)
		if done.State != catalog.ImportUndone || done.Kept != 1 || list.Total != 1 {
			t.Errorf("%+v %d", done, list.Total)
		}
		b.sound(t)
	})
}

func TestASKUThatIsTwiceInAFileNamesItsOtherRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		i := b.look(t, []byte("Handle,Title,Variant SKU,Variant Price\na,A,S-1,1\nb,B,S-2,2\nc,C,S-1,3\n"))
		wrong, err := b.ImportErrors(t.Context(), b.shop, i.ID, catalog.Page{})
		ok(t, err)
		if i.State != catalog.ImportRefused || len(wrong) != 1 || wrong[0].Row != 4 || wrong[0].Refusal.Key != "import.sku_twice" || wrong[0].Refusal.Args["row"] != "2" {
			t.Errorf("%s: %+v", i.State, wrong)
		}
	})
}
