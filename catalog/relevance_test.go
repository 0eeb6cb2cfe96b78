package catalog_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"testing"

	"parley/catalog"
	"parley/catalog/catalogtest"
	"parley/catalog/demo"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

var madeGoods = flag.Int("goods", 3000, "how many goods the made shop of the relevance test has")

// finder is two shops in which searches are judged.
type finder struct {
	*catalog.Service
	demo, made catalog.MerchantID
	handles    map[catalog.ProductID]string
	goods      []catalogtest.Good
}

func openFinder(t *testing.T, d *db.DB) *finder {
	t.Helper()
	f := &finder{Service: open(d).Service, handles: map[catalog.ProductID]string{}}
	ok(t, d.InTx(t.Context(), func(ctx context.Context) error { return demo.Open(ctx, f.Service) }))
	shop, err := f.MerchantBySlug(t.Context(), "meadow")
	ok(t, err)
	f.demo = shop.ID
	f.made, err = catalogtest.Fill(t.Context(), d, f.Service, *madeGoods)
	ok(t, err)
	ok(t, f.RebuildAll(t.Context()))
	var rows []struct {
		ID     int64
		Handle string
	}
	ok(t, d.On(t.Context()).Raw("select id, handle from products").Scan(&rows).Error)
	for _, row := range rows {
		f.handles[catalog.ProductID(row.ID)] = row.Handle
	}
	for n := range *madeGoods {
		f.goods = append(f.goods, catalogtest.Made(n))
	}
	return f
}

// find is the handles that a judged search finds, or what it offers as nearest.
func (f *finder) find(t *testing.T, j catalogtest.Judged) (handles []string, total int) {
	t.Helper()
	shop := f.demo
	if j.Wants != nil {
		shop = f.made
	}
	found, err := f.Search(t.Context(), shop, catalog.Query{Words: j.Words, Page: catalog.Page{Limit: 10}})
	ok(t, err)
	for _, p := range append(found.Products, found.Nearest...) {
		handles = append(handles, f.handles[p.ID])
	}
	return handles, found.Total
}

// judge is the nDCG@10 of what was found.
func (f *finder) judge(j catalogtest.Judged, handles []string) float64 {
	var found, all []int
	if j.Wants == nil {
		for _, grade := range j.Handles {
			all = append(all, grade)
		}
		for _, handle := range handles {
			found = append(found, j.Handles[handle])
		}
		return catalogtest.NDCG(found, all)
	}
	for _, good := range f.goods {
		all = append(all, j.Wants.Grade(good))
	}
	for _, handle := range handles {
		found = append(found, all[catalogtest.Number(handle)])
	}
	return catalogtest.NDCG(found, all)
}

func TestSearchesFindWhatPeopleWouldWantAlikeOnBothEngines(t *testing.T) {
	searches, floorDemo, floorMade := catalogtest.Relevance()
	if len(searches) < 120 {
		t.Errorf("only %d searches are judged", len(searches))
	}
	heard := map[string]string{} // by search: what the first engine found
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFinder(t, d)
		sums, counts, worst := [2]float64{}, [2]int{}, []string{}
		for _, j := range searches {
			handles, total := f.find(t, j)
			said, shop := fmt.Sprint(total, handles), 0
			if j.Wants != nil {
				shop = 1
			}
			if other, twice := heard[j.Words+fmt.Sprint(shop)]; twice && other != said {
				t.Errorf("%q finds %s, and on the other engine %s", j.Words, said, other)
			}
			heard[j.Words+fmt.Sprint(shop)] = said
			score := f.judge(j, handles)
			sums[shop], counts[shop] = sums[shop]+score, counts[shop]+1
			if score < 0.9 {
				worst = append(worst, fmt.Sprintf("%.2f %-9s %q: %s", score, j.Shows, j.Words, said))
			}
		}
		demo, made := sums[0]/float64(counts[0]), sums[1]/float64(counts[1])
		slices.Sort(worst)
		for _, line := range worst {
			t.Log(line)
		}
		t.Logf("nDCG@10 is %.4f over %d searches in the demo shop and %.4f over %d in one of %d goods", demo, counts[0], made, counts[1], *madeGoods)
		if demo < floorDemo || made < floorMade {
			t.Errorf("nDCG@10 fell to %.4f and %.4f; it was %.4f and %.4f", demo, made, floorDemo, floorMade)
		}
	})
}
