package catalog_test

import (
	"testing"
	"time"

	"parley/catalog"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

func TestAWindowShowsShelvesAsTheyWereTwoSecondsAgoAtMost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		b.save(t, simple("first", boots))
		window := catalog.NewWindow(b.Service)
		count := func() [4]int {
			below, err := window.Browse(t.Context(), b.shop, 0)
			ok(t, err)
			page, err := window.Products(t.Context(), b.shop, 0, catalog.Page{Limit: 8})
			ok(t, err)
			shelf, err := window.Category(t.Context(), b.shop, boots)
			ok(t, err)
			named, err := window.CategoryBySlug(t.Context(), b.shop, shelf.Slug)
			ok(t, err)
			return [4]int{len(below), page.Total, shelf.Products, named.Products}
		}
		before := count()
		b.save(t, simple("second", boots))
		if now := count(); now != before {
			t.Errorf("at once: %v, before: %v; a crowd would have every shelf read for each of them", now, before)
		}
		b.clk.pass(2 * time.Second)
		want := [4]int{before[0], before[1] + 1, before[2] + 1, before[3] + 1}
		if now := count(); now != want {
			t.Errorf("two seconds later: %v, want %v", now, want)
		}
	})
}
