package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"parley/catalog"
	"parley/catalog/money"
	"parley/migrations"
	"parley/migrations/db"
	"parley/payments"
)

// measureVerify is how long the program needs to hold a database to every invariant, on each engine, at a hundredth, a
// tenth and all of the orders: the time of one order should stay what it is, and so should the memory.
func measureVerify(ctx context.Context, b *bench) error {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		for _, orders := range []int{b.Orders / 100, b.Orders / 10, b.Orders} {
			if err := b.verifyOrders(ctx, engine, max(orders, 1)); err != nil {
				return fmt.Errorf("on %s: %w", engine, err)
			}
		}
	}
	return nil
}

func (b *bench) verifyOrders(ctx context.Context, engine string, orders int) (err error) {
	where := db.Where{Dir: filepath.Join(b.dir, fmt.Sprint("verified-", orders))}
	if engine == "PostgreSQL" {
		if where.URL, err = b.postgres.database(ctx); err != nil {
			return err
		}
		defer b.postgres.drop(context.WithoutCancel(ctx), where.URL)
	} else {
		defer func() { _ = os.RemoveAll(where.Dir) }()
	}
	d, err := db.Open(ctx, where)
	if err != nil {
		return err
	}
	if err := sellMuch(ctx, d, orders); err != nil {
		return errors.Join(err, d.Close())
	}
	var rounds []round
	most, used := 0.0, 0.0
	for range b.Rounds {
		plain, err := readTables(ctx, d)
		if err != nil {
			return errors.Join(err, d.Close())
		}
		if engine == "SQLite" { // the folder is one process's
			if err := d.Close(); err != nil {
				return err
			}
		}
		took, cpu, memory, err := b.verify(ctx, where)
		if err != nil {
			return err
		}
		used += cpu.Seconds()
		rounds, most = append(rounds, round{rate: float64(orders) / took.Seconds(), base: pace{rate: float64(orders) / plain.Seconds()}}), max(most, memory)
		if engine == "SQLite" {
			if d, err = db.Open(ctx, where); err != nil {
				return err
			}
		}
	}
	f := compared(fmt.Sprintf("verify %d orders, %s", orders, engine), "orders/s", rounds)
	f.Note = fmt.Sprintf("%.2f s beside reading each row once in %.2f s; its own processor time %.2f s; %.0f MB at most",
		float64(orders)/f.Value, float64(orders)/f.Base, used/float64(b.Rounds), most)
	b.report.add(f)
	return d.Close()
}

// verify runs the program's command, which fails when something is broken.
func (b *bench) verify(ctx context.Context, where db.Where) (took, cpu time.Duration, most float64, err error) {
	command := exec.CommandContext(ctx, b.Parley, "verify")
	command.Dir = b.dir
	command.Env = append(os.Environ(), "PARLEY_DATA_DIR="+where.Dir, "PARLEY_DATABASE_URL="+where.URL, "PARLEY_DEMO=false",
		"PARLEY_SECRET_KEY="+strings.Repeat("only for benchmarks ", 2))
	began := time.Now()
	said, err := command.CombinedOutput()
	if err != nil {
		return 0, 0, 0, fmt.Errorf("verify: %w\n%.3000s", err, said)
	}
	took, cpu = time.Since(began), command.ProcessState.UserTime()+command.ProcessState.SystemTime()
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		most = float64(usage.Maxrss) / 1024
	}
	return took, cpu, most, nil
}

// sold are the tables that grow with each order.
var sold = []string{"contacts", "orders", "order_lines", "order_events", "stock_moves", "payments", "payment_events", "ledger_entries", "ledger_postings", "ledger_chain"}

// readTables is how long it takes to read every row of every order once, and do nothing with it.
func readTables(ctx context.Context, d *db.DB) (time.Duration, error) {
	began := time.Now()
	for _, table := range sold {
		rows, err := d.Pool().QueryContext(ctx, "select * from "+table)
		if err != nil {
			return 0, err
		}
		for rows.Next() { // unscanned: what the engine needs to give them
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

// sellMuch opens a shop that has sold so many orders of one thing, each paid, with its fee, and sealed in the books. The
// rows are written many at a time, as no service does.
func sellMuch(ctx context.Context, d *db.DB, orders int) error {
	if _, err := migrations.Up(ctx, d); err != nil {
		return err
	}
	goods := catalog.New(d, time.Now)
	shop, err := goods.SaveMerchant(ctx, catalog.Merchant{Slug: "bench", Name: catalog.Text{"en": "Bench"}, Languages: []string{"en"}, Currency: "EUR"})
	if err != nil {
		return err
	}
	product, err := goods.SaveProduct(ctx, catalog.Product{
		Merchant: shop.ID, Handle: "kettle", State: catalog.Active, Title: catalog.Text{"en": "Kettle"},
		Variants: []catalog.Variant{{SKU: "K-1", Price: money.Of(4990, "EUR"), Tracked: true, OnHand: orders + 1}},
	})
	if err != nil {
		return err
	}
	at := time.Now().UTC().Truncate(time.Microsecond).Add(-2 * time.Hour)
	values := map[string]any{"many": orders, "shop": int64(shop.ID), "variant": int64(product.Variants[0].ID), "at": at.Add(time.Minute), "opened": at, "expires": at.Add(time.Hour)}
	err = d.InTx(ctx, func(ctx context.Context) error {
		for _, statement := range sales {
			if err := d.On(ctx).Exec(statement, values).Error; err != nil {
				return fmt.Errorf("%.60s: %w", statement, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := d.Pool().ExecContext(ctx, "analyze"); err != nil {
		return err
	}
	_, err = payments.New(d, nil, time.Now, "https://bench.example").Seal(ctx)
	return err
}

// numbers counts the orders, in the SQL of both engines.
const numbers = "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < @many) "

// sales are the rows of orders.
var sales = []string{
	"update stock_moves set at = @opened",
	"update variants set on_hand = on_hand - @many where id = @variant",
	"insert into contacts (id, channel, buyer, name, created_at) " + numbers + "select n, 'bench', cast(n as text), 'Buyer', @at from numbers",
	`insert into orders (id, merchant_id, buyer_id, key, state, stock, currency, goods, discount, shipping, tax, total, received, contact_name, placed_at, expires_at) ` +
		numbers + `select n, @shop, n, 'bench', 'paid', 'taken', 'EUR', 4990, 0, 0, 0, 4990, 4990, 'Buyer', @at, @expires from numbers`,
	"insert into order_lines (order_id, position, merchant_id, variant_id, kind, sku, title, price, quantity, total) " +
		numbers + "select n, 1, @shop, @variant, 'physical', 'K-1', 'Kettle', 4990, 1, 4990 from numbers",
	"insert into order_events (merchant_id, order_id, at, what, who) " + numbers + "select @shop, n, @at, 'placed', 'buyer' from numbers",
	"insert into order_events (merchant_id, order_id, at, what, who) " + numbers + "select @shop, n, @at, 'paid', 'buyer' from numbers",
	"insert into stock_moves (merchant_id, variant_id, quantity, reason, ref, at) " + numbers + "select @shop, @variant, -1, 'sold', 'order:' || cast(n as text), @at from numbers",
	`insert into payments (id, merchant_id, order_id, gateway, idem_key, ref, status, amount, captured, currency, live, opened_at, changed_at) ` +
		numbers + `select n, @shop, n, 'stripe', 'pay_' || cast(n as text), 'cs_' || cast(n as text), 'settled', 4990, 4990, 'EUR', false, @at, @at from numbers`,
	`insert into payment_events (merchant_id, payment_id, gateway, event_id, ref, charge, news, amount, currency, live, raw, at) ` +
		numbers + `select @shop, n, 'stripe', 'evt_' || cast(n as text), 'cs_' || cast(n as text), 'ch_' || cast(n as text), 'settled', 4990, 'EUR', false, '{}', @at from numbers`,
	`insert into ledger_entries (id, merchant_id, payment_id, order_id, reason, source, business_key, at) ` +
		numbers + `select 2 * n - 1, @shop, n, n, 'capture', 'stripe', 'capture:ch_' || cast(n as text), @at from numbers`,
	`insert into ledger_entries (id, merchant_id, payment_id, order_id, reason, source, business_key, at) ` +
		numbers + `select 2 * n, @shop, n, n, 'fee', 'stripe', 'fee:ch_' || cast(n as text), @at from numbers`,
	"insert into ledger_postings (entry_id, line, from_account, to_account, amount, currency) " +
		numbers + "select 2 * n - 1, 1, 'receivable', 'clearing:stripe', 4990, 'EUR' from numbers",
	"insert into ledger_postings (entry_id, line, from_account, to_account, amount, currency) " +
		numbers + "select 2 * n, 1, 'clearing:stripe', 'fees:stripe', 100, 'EUR' from numbers",
}
