package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"parley/catalog"
	"parley/catalog/catalogtest"
	"parley/migrations"
	"parley/migrations/db"
)

// measureSearch asks a shop of made goods what the relevance set asks, beside reads of one row of the same database
// through the same pool, and shows how that, a save and a page of a list grow with the shop, on either engine.
func measureSearch(ctx context.Context, b *bench) error {
	for _, engine := range []db.Engine{db.Postgres, db.SQLite} {
		for _, goods := range sizesUpTo(b.Products) {
			if err := b.searchAmong(ctx, engine, goods); err != nil {
				return fmt.Errorf("%d products on %s: %w", goods, engine, err)
			}
		}
	}
	return nil
}

// sizesUpTo is 1,000, ten times that, and so on; the last is the most.
func sizesUpTo(most int) (sizes []int) {
	for size := 1000; size < most; size *= 10 {
		sizes = append(sizes, size)
	}
	return append(sizes, most)
}

// market is a shop of made goods that is searched by this process.
type market struct {
	*catalog.Service
	db    *db.DB
	shop  catalog.MerchantID
	goods int
	name  string // "100000 products, SQLite"
}

func (b *bench) searchAmong(ctx context.Context, engine db.Engine, goods int) error {
	m, closed, err := b.openMarket(ctx, engine, goods)
	if err != nil {
		return err
	}
	defer closed()
	if err := m.relevance(ctx, b); err != nil {
		return err
	}
	crowds := []int{4}
	if goods == b.Products {
		crowds = []int{4, 32}
	}
	for _, clients := range crowds {
		if err := b.searches(ctx, m, clients); err != nil {
			return err
		}
	}
	for _, measure := range []func(context.Context, *market) error{b.worst, b.saves, b.pages} {
		if err := measure(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) openMarket(ctx context.Context, engine db.Engine, goods int) (*market, func(), error) {
	m := &market{goods: goods, name: fmt.Sprintf("%d products, PostgreSQL", goods)}
	where := db.Where{Conns: b.Conns}
	dropped := func() {}
	if engine == db.Postgres {
		database, err := b.postgres.database(ctx)
		if err != nil {
			return nil, nil, err
		}
		where.URL, dropped = database, func() { b.postgres.drop(context.WithoutCancel(ctx), database) }
	} else {
		m.name = fmt.Sprintf("%d products, SQLite", goods)
		where.Dir = filepath.Join(b.dir, fmt.Sprintf("search%d", goods))
		dropped = func() { _ = os.RemoveAll(where.Dir) } // the folder above goes too
	}
	var err error
	if m.db, err = db.Open(ctx, where); err != nil {
		return nil, nil, err
	}
	closed := func() { _ = m.db.Close(); dropped() }
	if err := b.stockMarket(ctx, m); err != nil {
		closed()
		return nil, nil, err
	}
	return m, closed, nil
}

func (b *bench) stockMarket(ctx context.Context, m *market) (err error) {
	if _, err := migrations.Up(ctx, m.db); err != nil {
		return err
	}
	m.Service = catalog.New(m.db, time.Now)
	if m.shop, err = catalogtest.Fill(ctx, m.db, m.Service, m.goods); err != nil {
		return err
	}
	began := time.Now()
	if err := m.RebuildAll(ctx); err != nil {
		return err
	}
	b.report.add(figure{Name: "index made, " + m.name, Value: float64(m.goods) / time.Since(began).Seconds(), Unit: "products/s"})
	if m.db.Engine() == db.Postgres {
		_, err = m.db.Pool().ExecContext(ctx, "vacuum analyze")
	}
	return err
}

// relevance is the nDCG@10 of the judged searches among so many goods.
func (m *market) relevance(ctx context.Context, b *bench) error {
	grades := make([]catalogtest.Good, m.goods)
	for n := range grades {
		grades[n] = catalogtest.Made(n)
	}
	first, err := m.Products(ctx, m.shop, 0, catalog.Page{Limit: 1})
	if err != nil || len(first.Products) == 0 {
		return fmt.Errorf("list the goods: %w", err)
	}
	searches, _, _ := catalogtest.Relevance()
	sum, count := 0.0, 0.0
	for _, j := range searches {
		if j.Wants == nil {
			continue
		}
		found, err := m.Search(ctx, m.shop, catalog.Query{Words: j.Words, Page: catalog.Page{Limit: 10}})
		if err != nil {
			return err
		}
		all, mine := make([]int, m.goods), []int(nil)
		for n, good := range grades {
			all[n] = j.Wants.Grade(good)
		}
		for _, p := range append(found.Products, found.Nearest...) {
			mine = append(mine, all[p.ID-first.Products[0].ID])
		}
		sum, count = sum+catalogtest.NDCG(mine, all), count+1
	}
	b.report.add(figure{Name: "nDCG@10, " + m.name, Value: sum / count, Unit: "of 1"})
	return nil
}

// searches is what the relevance set takes for so many at once.
func (b *bench) searches(ctx context.Context, m *market, clients int) error {
	var words []string
	judged, _, _ := catalogtest.Relevance()
	for _, j := range judged {
		if j.Wants != nil {
			words = append(words, j.Words)
		}
	}
	var rounds []round
	for range b.Rounds {
		base, err := b.together(ctx, clients, m.readOne)
		if err != nil {
			return err
		}
		one, err := b.together(ctx, clients, func(ctx context.Context, n int) error {
			_, err := m.Search(ctx, m.shop, catalog.Query{Words: words[n%len(words)], Page: catalog.Page{Limit: 8}})
			return err
		})
		if err != nil {
			return err
		}
		one.base = pace{base.rate, base.cpu[0]}
		rounds = append(rounds, one)
	}
	found := compared(fmt.Sprintf("search, %d at once, %s", clients, m.name), "searches/s", rounds)
	if clients == 4 && m.goods <= 100_000 {
		found = within(found, "search")
	}
	b.report.add(found)
	return nil
}

func (m *market) readOne(ctx context.Context, n int) error {
	var title string
	return m.db.On(ctx).Raw("select title from products where merchant_id = ? and handle = ?", int64(m.shop), catalogtest.Made(n%m.goods).Handle).Scan(&title).Error
}

// saves is what a save of one product takes that gives it another title, one at a time.
func (b *bench) saves(ctx context.Context, m *market) error {
	var known []catalog.Product
	for n := range min(m.goods, 300) {
		p, err := m.FindByHandle(ctx, m.shop, catalogtest.Made(n*37%m.goods).Handle)
		if err != nil {
			return err
		}
		known = append(known, p)
	}
	var rounds []round
	for range b.Rounds {
		base, err := b.together(ctx, 1, func(ctx context.Context, n int) error {
			return m.db.InTx(ctx, func(ctx context.Context) error {
				return m.db.On(ctx).Exec("update merchants set about = ? where id = ?", fmt.Sprintf(`{"en":"%d"}`, n), int64(m.shop)).Error
			})
		})
		if err != nil {
			return err
		}
		one, err := b.together(ctx, 1, func(ctx context.Context, n int) error {
			p := known[n%len(known)]
			p.Merchant, p.Title = m.shop, catalog.Text{"ru": p.Title["ru"], "en": fmt.Sprintf("%s edition %d", p.Title["en"], n)}
			_, err := m.SaveProduct(ctx, p)
			return err
		})
		if err != nil {
			return err
		}
		one.base = pace{base.rate, base.cpu[0]}
		rounds = append(rounds, one)
	}
	b.report.add(within(compared("save of one product, "+m.name, "saves/s", rounds), "save"))
	return nil
}

// pages is what the first and the last page of a list take, and of what a search found.
func (b *bench) pages(ctx context.Context, m *market) error {
	before, err := m.Products(ctx, m.shop, 0, catalog.Page{Offset: m.goods - 16, Limit: 8})
	if err != nil {
		return err
	}
	found, err := m.Search(ctx, m.shop, catalog.Query{Words: "кроссовки", Page: catalog.Page{Limit: 1}})
	if err != nil {
		return err
	}
	late, err := m.Search(ctx, m.shop, catalog.Query{Words: "кроссовки", Page: catalog.Page{Offset: found.Total - 16, Limit: 8}})
	if err != nil {
		return err
	}
	for _, page := range []struct {
		name string
		read func(ctx context.Context, n int) error
	}{
		{"first page of the shelf", m.shelfPage(catalog.Page{Limit: 8})}, {"last page of the shelf", m.shelfPage(catalog.Page{Limit: 8, After: before.Next})},
		{"first page of a search", m.searchPage(catalog.Page{Limit: 8})}, {"last page of a search", m.searchPage(catalog.Page{Limit: 8, After: late.Next})},
	} {
		one, err := b.together(ctx, 1, page.read)
		if err != nil {
			return err
		}
		b.report.add(compared(page.name+", "+m.name, "pages/s", []round{one}))
	}
	return nil
}

func (m *market) shelfPage(page catalog.Page) func(context.Context, int) error {
	return func(ctx context.Context, _ int) error {
		_, err := m.Products(ctx, m.shop, 0, page)
		return err
	}
}

func (m *market) searchPage(page catalog.Page) func(context.Context, int) error {
	return func(ctx context.Context, _ int) error {
		_, err := m.Search(ctx, m.shop, catalog.Query{Words: "кроссовки", Page: page})
		return err
	}
}

// allowed is what one of each may take of the median and of 99 in 100, in milliseconds, on two cores that have nothing
// else to do; zero: that is not said.
var allowed = map[string][2]float64{"search": {10, 30}, "save": {5, 0}}

// within says whether a figure is what it may be.
func within(f figure, what string) figure {
	most := allowed[what]
	if f.P50 <= most[0] && (most[1] == 0 || f.P99 <= most[1]) {
		f.Note += fmt.Sprintf("  within %s", limits(most))
	} else {
		f.Note += fmt.Sprintf("  NOT within %s", limits(most))
	}
	return f
}

func limits(most [2]float64) string {
	if most[1] == 0 {
		return fmt.Sprintf("%.0f ms", most[0])
	}
	return fmt.Sprintf("%.0f and %.0f ms", most[0], most[1])
}

// together has so many do something again and again, after a warm-up, and says how often and how fast they could. The
// processor time is this process's, which is also SQLite's.
func (b *bench) together(ctx context.Context, clients int, do func(ctx context.Context, n int) error) (round, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	warm := time.Now().Add(time.Duration(b.Seconds) * time.Second / 3)
	till := warm.Add(time.Duration(b.Seconds) * time.Second)
	took, failed := make([][]time.Duration, clients), make([]error, clients)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			for n := i * 13; time.Now().Before(till); n++ {
				began := time.Now()
				if failed[i] = do(ctx, n); failed[i] != nil {
					cancel()
					return
				}
				if began.After(warm) {
					took[i] = append(took[i], time.Since(began))
				}
			}
		})
	}
	time.Sleep(time.Until(warm))
	used := own()
	all.Wait()
	var times []time.Duration
	for i := range clients {
		if failed[i] != nil {
			return round{}, failed[i]
		}
		times = append(times, took[i]...)
	}
	count := float64(max(len(times), 1))
	return round{
		rate: count / float64(b.Seconds), cpu: [3]float64{(own() - used) * 1000 / count}, p50: part(times, 0.5), p99: part(times, 0.99),
	}, nil
}
