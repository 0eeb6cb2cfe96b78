package catalog_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/catalog"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// ledger is what the stock should be after a random walk.
type ledger struct {
	onHand  []int
	holders map[string]*holding
	sold    map[string]bool        // "ref/variant": sold before
	out     map[string]map[int]int // what refs were sold and have not returned
}

type holding struct {
	pieces map[int]int
	until  *time.Time
}

func (l *ledger) reserved(i int) (sum int) {
	for _, h := range l.holders {
		sum += h.pieces[i]
	}
	return sum
}

func TestARandomWalkNeverOversellsAndAddsUp(t *testing.T) {
	if err := flag.Set("rapid.checks", "12"); err != nil { // each step is some transactions
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, variants := stocked(t, d, 0, 0, 0, -1)
		rapid.Check(t, func(r *rapid.T) {
			walk(r, b, variants)
			b.sound(r)
		})
	})
}

func walk(r *rapid.T, b *bench, variants []catalog.VariantID) {
	ctx := r.Context()
	for _, table := range []string{"reservations", "stock_moves"} {
		ok(r, b.d.On(ctx).Exec("delete from "+table).Error)
	}
	ok(r, b.d.On(ctx).Exec("update variants set on_hand = 0, reserved = 0").Error)
	l := &ledger{onHand: make([]int, len(variants)), holders: map[string]*holding{}, sold: map[string]bool{}, out: map[string]map[int]int{}}
	holders := rapid.SampledFrom([]string{"cart:1", "cart:2", "order:1", "order:2"})
	which := rapid.IntRange(0, len(variants)-1)
	r.Repeat(map[string]func(*rapid.T){
		"adjust": func(r *rapid.T) {
			i, delta := rapid.IntRange(0, 2).Draw(r, "variant"), rapid.IntRange(-4, 6).Draw(r, "delta")
			err := b.Adjust(ctx, b.shop, variants[i], delta, "counted", "ann")
			if l.onHand[i]+delta < l.reserved(i) {
				refused(r, err, "stock.promised")
				return
			}
			ok(r, err)
			l.onHand[i] += delta
		},
		"reserve": func(r *rapid.T) {
			holder := holders.Draw(r, "holder")
			pieces := rapid.MapOfN(which, rapid.IntRange(1, 4), 0, 4).Draw(r, "pieces")
			var until *time.Time
			if rapid.Bool().Draw(r, "ends") {
				end := b.clk.now().Add(time.Duration(rapid.IntRange(1, 100).Draw(r, "seconds")) * time.Second)
				until = &end
			}
			var wants []catalog.Want
			for i, n := range pieces {
				wants = append(wants, catalog.Want{Variant: variants[i], Quantity: n})
			}
			had := map[int]int{}
			if h := l.holders[holder]; h != nil {
				had = h.pieces
			}
			err := b.Reserve(ctx, b.shop, holder, until, wants)
			for i, n := range pieces {
				if i < 3 && n > l.onHand[i]-l.reserved(i)+had[i] {
					refused(r, err, "stock.only_left")
					return
				}
			}
			ok(r, err)
			delete(pieces, 3)
			l.holders[holder] = &holding{pieces, until}
		},
		"release": func(r *rapid.T) {
			holder := holders.Draw(r, "holder")
			ok(r, b.Release(ctx, holder))
			delete(l.holders, holder)
		},
		"rename": func(r *rapid.T) {
			from, to := holders.Draw(r, "from"), holders.Draw(r, "to")
			if h := l.holders[to]; h != nil && len(h.pieces) > 0 || from == to {
				return
			}
			_, err := b.Rename(ctx, from, to, nil)
			ok(r, err)
			if h := l.holders[from]; h != nil {
				l.holders[to] = &holding{h.pieces, nil}
				delete(l.holders, from)
			}
		},
		"take": func(r *rapid.T) {
			holder := holders.Draw(r, "holder")
			h := l.holders[holder]
			err := b.Take(ctx, holder, holder, "buyer")
			if h == nil {
				ok(r, err)
				return
			}
			for i := range h.pieces {
				if l.sold[fmt.Sprint(holder, "/", i)] {
					refused(r, err, "stock.sold_before")
					return
				}
			}
			ok(r, err)
			if l.out[holder] == nil {
				l.out[holder] = map[int]int{}
			}
			for i, n := range h.pieces {
				l.onHand[i] -= n
				l.sold[fmt.Sprint(holder, "/", i)] = true
				l.out[holder][i] = n
			}
			delete(l.holders, holder)
		},
		"return": func(r *rapid.T) {
			ref := holders.Draw(r, "ref")
			ok(r, b.Return(ctx, ref, "ann"))
			for i, n := range l.out[ref] {
				l.onHand[i] += n
			}
			delete(l.out, ref)
		},
		"expire": func(r *rapid.T) {
			b.clk.pass(time.Duration(rapid.IntRange(0, 60).Draw(r, "seconds")) * time.Second)
			var want []string
			for _, holder := range slices.Sorted(maps.Keys(l.holders)) {
				if h := l.holders[holder]; h.until != nil && !h.until.After(b.clk.now()) {
					if len(h.pieces) > 0 {
						want = append(want, holder)
					}
					delete(l.holders, holder)
				}
			}
			released, err := b.ReleaseExpired(ctx, 10)
			slices.Sort(released)
			if err != nil || !slices.Equal(released, want) {
				r.Fatalf("released %v, %v, want %v", released, err, want)
			}
		},
		"": func(*rapid.T) {
			for i, variant := range variants {
				b.want(r, variant, l.onHand[i], l.reserved(i))
				if l.onHand[i] < l.reserved(i) {
					r.Fatalf("variant %d is oversold", variant)
				}
			}
		},
	})
}
