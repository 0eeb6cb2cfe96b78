package catalog_test

import (
	"testing"
	"time"

	"parley/catalog"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

func TestWhatIsRememberedOfAProductIsNeverOld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		now := time.Now().UTC()
		clock := func() time.Time { now = now.Add(time.Second); return now }
		here, there := catalog.New(d, clock), catalog.New(d, clock) // two replicas
		product := wool(boots)
		product.Merchant = b.shop
		saved, err := here.SaveProduct(t.Context(), product)
		ok(t, err)
		find := func() catalog.Product {
			t.Helper()
			p, err := here.Find(t.Context(), b.shop, saved.ID)
			ok(t, err)
			return p
		}
		variant := find().Variants[0]
		ok(t, there.Adjust(t.Context(), b.shop, variant.ID, -2, "broken", "staff"))
		if left := find().Variants[0].OnHand; left != variant.OnHand-2 {
			t.Errorf("%d on hand after another replica took two of %d", left, variant.OnHand)
		}
		product.Title = en("Winter Boots")
		_, err = there.SaveProduct(t.Context(), product)
		ok(t, err)
		if title := find().Title.In("en"); title != "Winter Boots" {
			t.Errorf("it is still called %q after another replica renamed it", title)
		}
	})
}
