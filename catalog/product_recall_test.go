package catalog_test

import (
	"fmt"
	"sync"
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

func TestProductsThatAreFoundAtOnceAreEachTheirOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		var products []catalog.Product
		for n := range 12 {
			p := wool(boots)
			p.Handle, p.Variants[0].SKU, p.Variants[1].SKU, p.Variants[2].Barcode = fmt.Sprint("boots-", n), fmt.Sprint("A", n), fmt.Sprint("B", n), ""
			p.Variants[0].OnHand = n
			products = append(products, b.save(t, p))
		}
		var at sync.WaitGroup
		for i := range 10 * len(products) {
			at.Go(func() {
				want := products[i%len(products)]
				if i%7 == 0 { // of no such shop
					if _, err := b.Find(t.Context(), b.shop+1, want.ID); err == nil {
						t.Errorf("another shop has %s", want.Handle)
					}
					return
				}
				found, err := b.Find(t.Context(), b.shop, want.ID)
				if err != nil || found.Handle != want.Handle || len(found.Variants) != 3 || found.Variants[0].SKU != want.Variants[0].SKU ||
					found.Variants[0].OnHand != want.Variants[0].OnHand {
					t.Errorf("for %s: %+v, %v", want.Handle, found, err)
				}
			})
		}
		at.Wait()
	})
}

func TestWhatIsRememberedOfAVariantIsNeverOld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		now := time.Now().UTC()
		clock := func() time.Time { now = now.Add(time.Second); return now }
		here, there := catalog.New(d, clock), catalog.New(d, clock) // two replicas
		product := wool(boots)
		product.Merchant = b.shop
		saved, err := here.SaveProduct(t.Context(), product)
		ok(t, err)
		item := func() catalog.Item {
			t.Helper()
			items, err := here.Sellable(t.Context(), b.shop, saved.Variants[0].ID)
			ok(t, err)
			return items[0]
		}
		was := item()
		ok(t, there.Adjust(t.Context(), b.shop, was.ID, -2, "broken", "staff"))
		if left := item().OnHand; left != was.OnHand-2 {
			t.Errorf("%d on hand after another replica took two of %d", left, was.OnHand)
		}
		product.Title, product.Variants[0].Price = en("Winter Boots"), usd(100)
		_, err = there.SaveProduct(t.Context(), product)
		ok(t, err)
		if now := item(); now.Title.In("en") != "Winter Boots" || now.Price != usd(100) {
			t.Errorf("it is still %+v after another replica saved it", now)
		}
	})
}
