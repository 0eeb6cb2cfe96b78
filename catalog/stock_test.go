package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/formats"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench is a shop with some variants on which stock is tried.
type bench struct {
	*catalog.Service
	d    *db.DB
	clk  *clock
	shop catalog.MerchantID
}

// clock is a time that only the test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func open(d *db.DB) *bench {
	b := &bench{d: d, clk: &clock{t: noon}}
	b.Service = catalog.New(d, b.clk.now)
	b.Formats = formats.Files{Site: "https://shop.example"}
	return b
}

// stocked opens a shop of one product with a variant of each count; a negative count is untracked.
func stocked(t testing.TB, d *db.DB, counts ...int) (*bench, []catalog.VariantID) {
	t.Helper()
	b := empty(t, d)
	p := catalog.Product{
		Handle: "p", State: catalog.Active, Title: en("P"), Options: []catalog.Option{{Name: en("No")}},
	}
	for i, count := range counts {
		value := catalog.ValueID(i + 1)
		p.Options[0].Values = append(p.Options[0].Values, catalog.Value{ID: value, Name: en(fmt.Sprint(i))})
		p.Variants = append(p.Variants, catalog.Variant{
			Price: usd(100), Tracked: count >= 0, OnHand: max(count, 0), Values: []catalog.ValueID{value},
		})
	}
	variants := make([]catalog.VariantID, len(counts))
	for i, v := range b.save(t, p).Variants {
		variants[i] = v.ID
	}
	return b, variants
}

// teller is a test, or one try of a property.
type teller interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func (b *bench) counts(t teller, variant catalog.VariantID) (onHand, reserved int) {
	t.Helper()
	items, err := b.Sellable(t.Context(), b.shop, variant)
	if err != nil || len(items) != 1 {
		t.Fatalf("variant %d: %v, %v", variant, items, err)
	}
	return items[0].OnHand, items[0].Reserved
}

func (b *bench) want(t teller, variant catalog.VariantID, onHand, reserved int) {
	t.Helper()
	if gotHand, gotReserved := b.counts(t, variant); gotHand != onHand || gotReserved != reserved {
		t.Errorf("variant %d has %d on hand and %d reserved, want %d and %d", variant, gotHand, gotReserved, onHand, reserved)
	}
}

func refused(t teller, err error, key string, args ...string) {
	t.Helper()
	got, ok := fault.Of(err)
	if !ok || got.Key != key {
		t.Fatalf("got %v, want %s", err, key)
	}
	for i := 0; i+1 < len(args); i += 2 {
		if got.Args[args[i]] != args[i+1] {
			t.Errorf("%s: %s is %q, want %q", key, args[i], got.Args[args[i]], args[i+1])
		}
	}
}

func ok(t teller, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

func TestTheLastPieceGoesToExactlyOneOfFiftyBuyers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, variants := stocked(t, d, 1, 60)
		var wins, losses int
		var mu sync.Mutex
		var racing sync.WaitGroup
		for i := range 50 {
			racing.Go(func() {
				wants := []catalog.Want{{variants[0], 1}, {variants[1], 1}}
				if i%2 == 0 {
					wants[0], wants[1] = wants[1], wants[0]
				}
				err := b.Reserve(context.Background(), b.shop, fmt.Sprint("cart:", i), nil, wants)
				mu.Lock()
				defer mu.Unlock()
				switch refusal, known := fault.Of(err); {
				case err == nil:
					wins++
				case known && refusal.Key == "stock.only_left" && refusal.Args["count"] == "0":
					losses++
				default:
					t.Errorf("buyer %d: %v", i, err)
				}
			})
		}
		racing.Wait()
		if wins != 1 || losses != 49 {
			t.Errorf("%d buyers got it and %d were told that none are left", wins, losses)
		}
		b.want(t, variants[0], 1, 1)
		b.want(t, variants[1], 60, 1)
	})
}

func TestTwoTapsOfOneBuyerReserveOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, variants := stocked(t, d, 10)
		var racing sync.WaitGroup
		for range 10 {
			racing.Go(func() {
				if err := b.Reserve(context.Background(), b.shop, "cart:1", nil, []catalog.Want{{variants[0], 2}}); err != nil {
					t.Error(err)
				}
			})
		}
		racing.Wait()
		b.want(t, variants[0], 10, 2)
	})
}

func TestAReservationIsAllOrNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, variants := stocked(t, d, 5, 2)
		err := b.Reserve(t.Context(), b.shop, "cart:1", nil, []catalog.Want{{variants[0], 3}, {variants[1], 3}})
		refused(t, err, "stock.only_left", "count", "2", "variant", fmt.Sprint(variants[1]))
		b.want(t, variants[0], 5, 0)
		b.want(t, variants[1], 2, 0)
	})
}

func TestAChangedReservationIsExactlyTheNewWants(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, v := stocked(t, d, 5, 5, 5)
		ok(t, b.Reserve(t.Context(), b.shop, "cart:1", nil, []catalog.Want{{v[0], 3}, {v[1], 1}}))
		ok(t, b.Reserve(t.Context(), b.shop, "cart:1", nil, []catalog.Want{{v[0], 5}, {v[2], 1}, {v[2], 1}}))
		b.want(t, v[0], 5, 5)
		b.want(t, v[1], 5, 0)
		b.want(t, v[2], 5, 2)
		err := b.Reserve(t.Context(), b.shop, "cart:1", nil, []catalog.Want{{v[0], 6}})
		refused(t, err, "stock.only_left", "count", "5")
		b.want(t, v[2], 5, 2)
		ok(t, b.Reserve(t.Context(), b.shop, "cart:1", nil, nil))
		b.want(t, v[0], 5, 0)
		b.want(t, v[2], 5, 0)
	})
}

func TestUntrackedVariantsNeverRunOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, v := stocked(t, d, -1, 3)
		ok(t, b.Reserve(t.Context(), b.shop, "cart:1", nil, []catalog.Want{{v[0], 500}, {v[1], 1}}))
		b.want(t, v[0], 0, 0)
		b.want(t, v[1], 3, 1)
		held, err := b.Held(t.Context(), "cart:1")
		if err != nil || fmt.Sprint(held) != fmt.Sprint([]catalog.Want{{v[1], 1}}) {
			t.Errorf("cart:1 holds %v, %v", held, err)
		}
	})
}

func TestWhatIsNotTheMerchantsIsNotReserved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, v := stocked(t, d, 3, 3)
		err := b.Reserve(t.Context(), b.shop+1, "cart:1", nil, []catalog.Want{{v[0], 1}})
		refused(t, err, "catalog.no_variant")
		ok(t, d.On(t.Context()).Exec("update variants set state = 'archived' where id = ?", v[1]).Error)
		err = b.Reserve(t.Context(), b.shop, "cart:1", nil, []catalog.Want{{v[0], 1}, {v[1], 1}})
		refused(t, err, "stock.gone", "variant", fmt.Sprint(v[1]))
		b.want(t, v[0], 3, 0)
		err = b.Reserve(t.Context(), b.shop, "cart:1", nil, []catalog.Want{{v[0], 0}})
		refused(t, err, "stock.quantity")
	})
}

func TestACartsStockBecomesItsOrdersAndIsSoldOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, v := stocked(t, d, 5)
		until := noon.Add(time.Minute)
		ok(t, b.Reserve(t.Context(), b.shop, "cart:1", &until, []catalog.Want{{v[0], 2}}))
		moved, err := b.Rename(t.Context(), "cart:1", "order:1", nil)
		ok(t, err)
		if held, err := b.Held(t.Context(), "order:1"); err != nil || len(moved) == 0 || !slices.Equal(moved, held) {
			t.Errorf("moved %v, held %v, %v", moved, held, err)
		}
		ok(t, b.Release(t.Context(), "cart:1"))
		b.want(t, v[0], 5, 2)
		ok(t, b.Take(t.Context(), "order:1", "order:1", "buyer"))
		ok(t, b.Take(t.Context(), "order:1", "order:1", "buyer"))
		b.want(t, v[0], 3, 0)
		ok(t, b.Reserve(t.Context(), b.shop, "order:1", nil, []catalog.Want{{v[0], 1}}))
		refused(t, b.Take(t.Context(), "order:1", "order:1", "buyer"), "stock.sold_before")
		b.want(t, v[0], 3, 1)
		ok(t, b.Return(t.Context(), "order:1", "ann"))
		ok(t, b.Return(t.Context(), "order:1", "ann"))
		b.want(t, v[0], 5, 1)
	})
}

func TestExpiredReservationsAreGivenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, v := stocked(t, d, 5)
		soon, later := noon.Add(time.Minute), noon.Add(time.Hour)
		ok(t, b.Reserve(t.Context(), b.shop, "cart:1", &soon, []catalog.Want{{v[0], 1}}))
		ok(t, b.Reserve(t.Context(), b.shop, "cart:2", &later, []catalog.Want{{v[0], 1}}))
		ok(t, b.Reserve(t.Context(), b.shop, "order:3", nil, []catalog.Want{{v[0], 1}}))
		for _, step := range []struct {
			pass time.Duration
			want string
		}{{59 * time.Second, "[]"}, {time.Second, "[cart:1]"}, {0, "[]"}, {time.Hour, "[cart:2]"}, {24 * time.Hour, "[]"}} {
			b.clk.pass(step.pass)
			if released, err := b.ReleaseExpired(t.Context(), 10); err != nil || fmt.Sprint(released) != step.want {
				t.Errorf("at %v: released %v, %v, want %s", b.clk.now(), released, err, step.want)
			}
		}
		b.want(t, v[0], 5, 1)
	})
}

func TestAnAdjustmentCannotTakeWhatIsPromised(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, v := stocked(t, d, 5)
		ok(t, b.Reserve(t.Context(), b.shop, "cart:1", nil, []catalog.Want{{v[0], 3}}))
		refused(t, b.Adjust(t.Context(), b.shop, v[0], -3, "broken", "ann"), "stock.promised", "count", "2")
		ok(t, b.Adjust(t.Context(), b.shop, v[0], -2, "broken", "ann"))
		ok(t, b.Adjust(t.Context(), b.shop, v[0], 4, "found", "ann"))
		b.want(t, v[0], 7, 3)
		refused(t, b.Adjust(t.Context(), b.shop, v[0], 1, " ", "ann"), "stock.reason", "field", "reason")
		refused(t, b.Adjust(t.Context(), b.shop+1, v[0], 1, "found", "ann"), "catalog.no_variant")
	})
}

// sound fails the test when an invariant of the catalogue does not hold.
func (b *bench) sound(t teller) {
	t.Helper()
	findings, err := b.Verify(t.Context())
	if err != nil || len(db.Broken(findings)) > 0 {
		t.Errorf("the catalogue is not sound: %+v, %v", findings, err)
	}
}
