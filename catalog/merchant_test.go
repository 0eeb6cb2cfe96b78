package catalog_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/catalog"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

func TestAMerchantIsChangedBySlugAndSeenAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		m, err := b.MerchantBySlug(t.Context(), "north")
		ok(t, err)
		if m.HoldFor != 30*time.Minute || m.TimeZone != "UTC" || m.State != catalog.Active {
			t.Errorf("%+v", m)
		}
		m.Delivery = []catalog.DeliveryMethod{
			{Kind: catalog.Pickup, Name: en("Shop"), Address: en("Main street 1")},
			{Kind: catalog.Courier, Name: en("Courier"), Price: usd(500), FreeFrom: usd(5000)},
		}
		saved, err := b.SaveMerchant(t.Context(), m)
		ok(t, err)
		seen, err := b.Merchant(t.Context(), m.ID)
		ok(t, err)
		if diff := cmp.Diff(saved, seen); diff != "" || len(seen.Delivery) != 2 {
			t.Error(diff, seen)
		}
		m.Delivery = []catalog.DeliveryMethod{m.Delivery[1]}
		m.Delivery[0].Price = usd(700)
		again, err := b.SaveMerchant(t.Context(), m)
		ok(t, err)
		if len(again.Delivery) != 1 || again.Delivery[0].ID != saved.Delivery[1].ID || again.Delivery[0].Price != usd(700) {
			t.Errorf("%+v", again.Delivery)
		}
		b.save(t, wool(boots))
		m.Currency, m.Delivery = "EUR", nil
		_, err = b.SaveMerchant(t.Context(), m)
		refused(t, err, "catalog.currency_fixed", "field", "currency")
		m.Currency, m.Slug = "USD", "Nörth"
		_, err = b.SaveMerchant(t.Context(), m)
		refused(t, err, "catalog.slug", "field", "slug")
		_, err = b.MerchantBySlug(t.Context(), "nobody")
		refused(t, err, "catalog.no_merchant")
		list, err := b.Merchants(t.Context())
		if err != nil || len(list) != 1 || list[0].Slug != "north" {
			t.Errorf("%v, %v", list, err)
		}
	})
}

func TestAnotherReplicasChangeIsSeenWithinTwoSeconds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, _ := opened(t, d)
		name := func() string {
			m, err := b.Merchant(t.Context(), b.shop)
			ok(t, err)
			return m.Name["en"]
		}
		if name() != "North" {
			t.Fatal(name())
		}
		ok(t, d.On(t.Context()).Exec(`update merchants set name = '{"en":"South"}'`).Error)
		b.clk.pass(1900 * time.Millisecond)
		if got := name(); got != "North" {
			t.Errorf("after 1.9 s it was read anew: %s", got)
		}
		b.clk.pass(100 * time.Millisecond)
		if got := name(); got != "South" {
			t.Errorf("after 2 s it is still %s", got)
		}
	})
}

func TestAShopAndItsWaysOfDeliveryStayForThoseWhoNameThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, _ := opened(t, d)
		m, err := b.MerchantBySlug(t.Context(), "north")
		ok(t, err)
		m.Delivery = []catalog.DeliveryMethod{{Kind: catalog.Pickup, Name: en("Shop"), Address: en("Main street 1")}}
		_, err = b.SaveMerchant(t.Context(), m)
		ok(t, err)
		for _, forbidden := range []string{
			"delete from delivery_methods", "update delivery_methods set id = id + 100", "delete from merchants", "update merchants set id = id + 100",
		} {
			err := d.InTx(t.Context(), func(ctx context.Context) error { return d.On(ctx).Exec(forbidden).Error })
			if err == nil || !strings.Contains(err.Error(), "stay: others name them") {
				t.Errorf("%s: %v", forbidden, err)
			}
		}
	})
}
