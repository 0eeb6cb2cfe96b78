package catalog_test

import (
	"context"
	"fmt"
	"testing"

	"parley/catalog"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

func TestVerifyFindsEachBrokenInvariant(t *testing.T) {
	for _, broken := range []struct{ sql, want string }{
		{"update variants set on_hand = on_hand + 1 where sku = 'W-41-B'", "S1.on_hand: variant 1 W-41-B"},
		{"update variants set reserved = 1 where sku = 'W-41-B'", "S1.reserved: variant 1 W-41-B"},
		{"update variants set state = 'draft'", "S2.active: product 1 wool-boots"},
		{"update categories set products = 7 where slug = 'boots'", "S3.shelves: category 2 boots"},
		{"update merchants set products = 7", "S3.everything: merchant 1 north"},
		{"update products set from_price = 1", "S4.from_price: product 1 wool-boots"},
		{"update variants set choice = '1' where sku = 'W-41-B'", "S5.values: variant 1 W-41-B"},
		{"update variants set choice = '3,1' where sku = 'W-41-B'", "S5.values: variant 1 W-41-B"},
		{"update categories set parent_id = 2 where slug = 'shoes'", "S6.tree: category 1"},
		{"delete from product_terms where term = 'rustic'", `S7.search: shop 1, "rustic"`},
		{"update search_words set live = 0 where word = 'rustic'", `S7.search: shop 1, "rustic"`},
		{"update product_words set live = false", "S7.search: product 1 wool-boots"},
	} {
		t.Run(broken.want, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				b, _, boots := opened(t, d)
				b.save(t, wool(boots))
				b.sound(t)
				ok(t, d.On(t.Context()).Exec(broken.sql).Error)
				found, err := b.Verify(t.Context())
				ok(t, err)
				found = db.Broken(found)
				if len(found) == 0 || fmt.Sprintf("%s: %s", found[0].Invariant, found[0].First[0]) != broken.want {
					t.Errorf("%s: found %+v, want %s", broken.sql, found, broken.want)
				}
			})
		})
	}
}

func TestAReservationWithinATransactionThatFailsIsUndoneAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, v := stocked(t, d, 5, 1)
		ok(t, d.InTx(t.Context(), func(ctx context.Context) error {
			ok(t, b.Reserve(ctx, b.shop, "cart:1", nil, []catalog.Want{{v[0], 1}}))
			refused(t, b.Reserve(ctx, b.shop, "cart:2", nil, []catalog.Want{{v[0], 1}, {v[1], 2}}), "stock.only_left")
			return nil
		}))
		b.want(t, v[0], 5, 1)
		b.sound(t)
	})
}
