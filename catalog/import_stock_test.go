package catalog_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"parley/catalog"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// left is how many pieces of some variants there are.
func (b *bench) left(t testing.TB, handle string) (all string) {
	t.Helper()
	for _, v := range b.handle(t, handle).Variants {
		all += fmt.Sprintf("%s %d, ", v.SKU, v.OnHand)
	}
	return all
}

// recounted is the made file with other stock of its first product, and another price of the second.
func recounted() []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(bytes.ReplaceAll(goods(3, 1000), []byte("P0-S,10.00,shopify,5"), []byte("P0-S,10.00,shopify,9")),
		[]byte("P0-M,10.00,shopify,7"), []byte("P0-M,10.00,shopify,2")), []byte("P1-S,10.00,shopify,5"), []byte("P1-S,11.00,shopify,4"))
}

func (b *bench) confirmed(t testing.TB, i catalog.Import, consent catalog.Consent) catalog.Import {
	t.Helper()
	b.clk.pass(time.Second)
	_, err := b.Confirm(t.Context(), b.shop, i.ID, consent)
	ok(t, err)
	done, err := b.Work(t.Context(), b.shop, i.ID, nil)
	ok(t, err)
	return done
}

func TestAFileChangesStockOnlyWhenThatIsAskedFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		b.load(t, goods(3, 1000))
		v := b.handle(t, "p-0").Variants[0].ID
		if i := b.confirmed(t, b.look(t, recounted()), catalog.Consent{}); i.Counts != 3 || i.Counted || b.left(t, "p-0") != "P0-S 5, P0-M 7, " {
			t.Errorf("without being asked: %+v, %s", i, b.left(t, "p-0"))
		}
		look := b.look(t, recounted())
		items, err := b.ImportItems(t.Context(), b.shop, look.ID, "", catalog.Page{})
		if ok(t, err); look.Counts != 3 || len(items[0].Counts) != 2 || items[0].Counts[0] != (catalog.Count{Variant: v, SKU: "P0-S", Was: 5, Now: 9}) || items[0].What != catalog.ImportLeaves {
			t.Errorf("the preview says %+v of %+v", items[0], look)
		}
		ok(t, b.Reserve(t.Context(), b.shop, "order:8", nil, []catalog.Want{{Variant: v, Quantity: 1}}))
		ok(t, b.Take(t.Context(), "order:8", "order:8", "buyer"))
		done := b.confirmed(t, look, catalog.Consent{Stock: true})
		if done.State != catalog.ImportApplied || !done.Counted || done.Done != done.Total || b.left(t, "p-0") != "P0-S 8, P0-M 2, " || b.left(t, "p-1") != "P1-S 4, P1-M 7, " {
			t.Errorf("it ended as %+v: %s", done, b.left(t, "p-0"))
		}
		moves, err := b.Moves(t.Context(), b.shop, v, 0, 10)
		if ok(t, err); moves[0].Reason != "import" || moves[0].Ref != fmt.Sprintf("import:%d", done.ID) || moves[0].Quantity != 4 || moves[0].Who != "tester" {
			t.Errorf("its history says %+v", moves[0])
		}
		if again := b.look(t, recounted()); again.Counts != 1 { // what was sold meanwhile
			t.Errorf("the same file once more would count %d", again.Counts)
		}
		_, err = b.Undo(t.Context(), b.shop, done.ID)
		ok(t, err)
		undone, err := b.Work(t.Context(), b.shop, done.ID, nil)
		if ok(t, err); undone.State != catalog.ImportUndone || b.left(t, "p-0") != "P0-S 4, P0-M 7, " || b.left(t, "p-1") != "P1-S 5, P1-M 7, " {
			t.Errorf("taken back it is %+v: %s %s", undone, b.left(t, "p-0"), b.left(t, "p-1"))
		}
		b.sound(t)
	})
}

func TestPromisedPiecesAreNeitherCountedAwayNorTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := empty(t, d)
		b.load(t, goods(3, 1000))
		small, large := b.handle(t, "p-0").Variants[0].ID, b.handle(t, "p-0").Variants[1].ID
		ok(t, b.Reserve(t.Context(), b.shop, "cart:7", nil, []catalog.Want{{Variant: large, Quantity: 3}}))
		failed := b.confirmed(t, b.look(t, recounted()), catalog.Consent{Stock: true})
		if failed.State != catalog.ImportFailed || failed.Why.Key != "import.stock_promised" || failed.Why.Args["sku"] != "P0-M" || b.left(t, "p-0") != "P0-S 5, P0-M 7, " {
			t.Errorf("it ended as %+v: %s", failed, b.left(t, "p-0"))
		}
		ok(t, b.Release(t.Context(), "cart:7"))
		done := b.confirmed(t, b.look(t, recounted()), catalog.Consent{Stock: true})
		ok(t, b.Reserve(t.Context(), b.shop, "cart:8", nil, []catalog.Want{{Variant: small, Quantity: 6}}))
		_, err := b.Undo(t.Context(), b.shop, done.ID)
		refused(t, err, "import.stock_promised", "sku", "P0-S")
		b.sound(t)
	})
}
