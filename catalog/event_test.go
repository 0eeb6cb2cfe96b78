package catalog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/catalog"
	"parley/catalog/event"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// heard is what has been promised to be told since it was last asked, oldest first.
func heard(t *testing.T, d *db.DB) (types []event.Type, all []event.Happened) {
	t.Helper()
	for _, job := range waiting(t, d, event.Job) {
		var one event.Happened
		ok(t, json.Unmarshal([]byte(job), &one))
		types, all = append(types, one.Type), append(all, one)
	}
	ok(t, d.On(t.Context()).Exec("delete from jobs").Error)
	return types, all
}

func TestThoseWhoListenHearOfTheCatalogue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		b.Listener = func(_ context.Context, m int64, _ event.Type) bool { return m == int64(b.shop) }
		expect := func(want ...event.Type) []event.Happened {
			t.Helper()
			types, all := heard(t, d)
			if !slices.Equal(types, want) {
				t.Errorf("heard %v, want %v", types, want)
			}
			return all
		}
		p := b.save(t, wool(boots))
		all := expect(event.StockChanged, event.ProductCreated)
		if told := string(all[1].Data); !strings.Contains(told, `"handle":"wool-boots"`) || !strings.Contains(told, `"compare_at":{"minor":6000,"currency":"USD"}`) ||
			strings.Contains(told, `"id":0`) || all[1].Merchant != int64(b.shop) || all[1].At.IsZero() {
			t.Errorf("%s", told)
		}
		b.save(t, wool(boots))
		expect() // nothing changed
		changed := wool(boots)
		changed.Vendor = "Other"
		b.save(t, changed)
		expect(event.ProductUpdated)
		changed.State = catalog.Archived
		b.save(t, changed)
		expect(event.ProductArchived)
		ok(t, b.Adjust(t.Context(), b.shop, p.Variants[0].ID, -3, "broken", "staff:1"))
		all = expect(event.StockChanged, event.StockOut)
		if told := string(all[0].Data); !strings.Contains(told, `"change":-3,"reason":"broken","ref":"","on_hand":0,"reserved":0,"free":0`) {
			t.Errorf("%s", told)
		}
		c, err := b.SaveCategory(t.Context(), catalog.Category{Merchant: b.shop, Slug: "hats", Name: en("Hats")})
		ok(t, err)
		c.Name = en("Caps")
		_, err = b.SaveCategory(t.Context(), c)
		ok(t, err)
		expect(event.CategoryCreated, event.CategoryUpdated)

		b.Listener = func(_ context.Context, _ int64, what event.Type) bool { return what == event.StockOut }
		ok(t, b.Adjust(t.Context(), b.shop, p.Variants[0].ID, 2, "counted", "staff:1"))
		expect()
	})
}

// keeps runs the jobs of a kind that are promised, and those that they promise, until there is none.
func keeps(t *testing.T, d *db.DB, s *catalog.Service, kind string) (kept int) {
	t.Helper()
	for {
		jobs := waiting(t, d, kind)
		if len(jobs) == 0 {
			return kept
		}
		ok(t, d.On(t.Context()).Exec("delete from jobs where kind = ?", kind).Error)
		for _, args := range jobs {
			ok(t, s.Keepers()[kind](t.Context(), db.Job{Kind: kind, Args: json.RawMessage(args)}))
			kept++
		}
	}
}

func TestThoseWhoListenHearOfProductsWhoseCategoryIsMovedOrDeleted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, boots := opened(t, d)
		b.save(t, simple("slipper", shoes))
		for i := range 230 {
			b.save(t, simple(fmt.Sprintf("boot-%d", i), boots))
		}
		b.Listener = func(_ context.Context, _ int64, what event.Type) bool { return what == event.ProductUpdated }
		b.clk.pass(time.Second)
		_, _, err := b.EditCategory(t.Context(), b.shop, boots, catalog.CategoryChange{Parent: new(catalog.CategoryID)}, nil)
		ok(t, err)
		if kept := keeps(t, d, b.Service, catalog.TellJob); kept != 3 {
			t.Errorf("it took %d jobs", kept)
		}
		if types, _ := heard(t, d); len(types) != 230 {
			t.Errorf("heard of %d products when their category was moved", len(types))
		}
		b.clk.pass(time.Second)
		_, err = b.DeleteCategory(t.Context(), b.shop, boots, &shoes, nil)
		ok(t, err)
		b.clk.pass(time.Second)
		p := simple("boot-7", shoes)
		p.Vendor = "Alm"
		b.save(t, p) // which is told by itself
		keeps(t, d, b.Service, catalog.TellJob)
		if types, all := heard(t, d); len(types) != 230 || !strings.Contains(string(all[229].Data), fmt.Sprintf(`"category":%d,`, shoes)) {
			t.Errorf("heard of %d products when their category was deleted", len(types))
		}
		b.sound(t)
	})
}
