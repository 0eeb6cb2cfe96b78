package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"parley/catalog"
	"parley/migrations/db"
)

// measureSize is how long the program takes to be ready, how much memory it needs, and what a turn costs beside
// many conversations and many products.
func measureSize(ctx context.Context, b *bench) error {
	for _, measure := range []func(context.Context) error{b.sizeOfStart, b.sizeOfMemory, b.sizeOfChats, b.sizeOfProducts} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sizeOfStart starts on an empty database and then on the used one, on both engines.
func (b *bench) sizeOfStart(ctx context.Context) error {
	database, err := b.postgres.database(ctx)
	if err != nil {
		return err
	}
	defer b.postgres.drop(context.WithoutCancel(ctx), database)
	for _, engine := range []struct{ name, url, dir string }{{"PostgreSQL", database, b.dir}, {"SQLite", "", filepath.Join(b.dir, "start")}} {
		if err := os.MkdirAll(engine.dir, 0o700); err != nil {
			return err
		}
		for _, state := range []string{"an empty", "a used"} {
			program, err := b.start(ctx, engine.url, engine.dir)
			if err != nil {
				return err
			}
			b.report.add(figure{Name: "ready on " + state + " database, " + engine.name, Value: program.ready.Seconds(), Unit: "s"})
			if state == "a used" {
				pause(ctx, 3*time.Second)
				b.report.add(figure{Name: "resident when idle, " + engine.name, Value: resident(program.command.Process.Pid), Unit: "MB"})
			}
			if err := program.stop(); err != nil {
				return err
			}
		}
	}
	return nil
}

func pause(ctx context.Context, long time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(long):
	}
}

// sizeOfMemory has many conversations be active within a minute.
func (b *bench) sizeOfMemory(ctx context.Context) error {
	database, err := b.postgres.database(ctx)
	if err != nil {
		return err
	}
	defer b.postgres.drop(context.WithoutCancel(ctx), database)
	program, err := b.start(ctx, database, b.dir)
	if err != nil {
		return err
	}
	most, done := 0.0, make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for tick := time.NewTicker(200 * time.Millisecond); ; {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
				most = max(most, resident(program.command.Process.Pid))
			}
		}
	}()
	began := time.Now()
	err = b.greet(ctx, b.crowd(b.Active).chats)
	took := time.Since(began)
	close(done)
	<-watched
	note := fmt.Sprintf("at most, within %.0f s", took.Seconds())
	b.report.add(figure{Name: fmt.Sprintf("resident with %d conversations active", b.Active), Value: most, Unit: "MB", Note: note})
	return errors.Join(err, program.stop())
}

// sizeOfChats compares turns beside a thousand conversations and beside very many.
func (b *bench) sizeOfChats(ctx context.Context) error {
	return b.compareSizes(ctx, "conversations", 1000, b.Chats, `
		insert into contacts (channel, buyer, name, language, created_at) select 'telegram:42', (1000000000 + i)::text, 'Buyer', 'en', now() from generate_series(1, ?) i;
		insert into conversations (merchant_id, contact_id, session, updated_at, created_at)
			select m.id, k.id, '{"state":"browsing"}', now(), now() from contacts k, merchants m where m.slug = 'meadow' and k.conversation_id is null;
		update contacts k set conversation_id = c.id from conversations c where c.contact_id = k.id and k.conversation_id is null;
		insert into messages (merchant_id, channel, buyer, way, network_id, body, state, at, changed_at)
			select c.merchant_id, k.channel, k.buyer, w.way, case when w.way = 'in' then 'old' || k.id else '' end, '{}', case when w.way = 'in' then 'received' else 'sent' end, now(), now()
			from contacts k join conversations c on c.contact_id = k.id, (values ('in'), ('out')) w (way)`)
}

// sizeOfProducts compares turns in a shop of a hundred products and in one of very many: copies of the demo shop's.
func (b *bench) sizeOfProducts(ctx context.Context) error {
	return b.compareSizes(ctx, "products", 100, b.Products, `
		create temporary table made on commit drop as
			select nextval('products_id_seq') as id, p.id as model, i from generate_series(1, ?) i join lateral (
				select id from products where merchant_id = (select id from merchants where slug = 'meadow') and state = 'active' order by id offset i % 20 limit 1) p on true;
		insert into products (id, merchant_id, category_id, handle, kind, state, title, description, vendor, attributes, tags, position, cover, cover_alt, from_price, compare_at, one_price, created_at, updated_at)
			select made.id, merchant_id, category_id, handle || '-' || made.i, kind, state, title, description, vendor, attributes, tags, position + made.i, cover, cover_alt, from_price, compare_at, one_price, created_at, updated_at
			from products p join made on made.model = p.id;
		insert into variants (merchant_id, product_id, price, tracked, on_hand, label) select merchant_id, made.id, from_price, false, 0, '{}' from products p join made on made.model = p.id;
		insert into shelves (merchant_id, category_id, position, product_id) select s.merchant_id, s.category_id, s.position + made.i, made.id from shelves s join made on made.model = s.product_id;
		update categories c set products = (select count(*) from shelves s where s.merchant_id = c.merchant_id and s.category_id = c.id);
		update merchants m set products = (select count(*) from shelves s where s.merchant_id = m.id and s.category_id = 0);
		update search_shops set format = 0`)
}

// compareSizes measures turns on two databases in turn, one small and one large.
func (b *bench) compareSizes(ctx context.Context, what string, small, large int, fill string) error {
	var programs []*child
	var hooks []*webhook
	var databases []string
	defer func() {
		for _, p := range programs {
			_ = p.stop() // measured already
		}
		for _, database := range databases {
			b.postgres.drop(context.WithoutCancel(ctx), database)
		}
	}()
	for _, size := range []int{small, large} {
		database, err := b.postgres.database(ctx)
		if err != nil {
			return err
		}
		databases = append(databases, database)
		program, err := b.start(ctx, database, b.dir)
		if err != nil {
			return err
		}
		programs, hooks = append(programs, program), append(hooks, b.api.hook.Load())
		if err := enlarge(ctx, database, fill, size); err != nil {
			return err
		}
	}
	rounds := make([][]round, 2)
	crowds := []*crowd{b.crowd(500), b.crowd(500)}
	for n := range b.Rounds {
		for i := range programs {
			b.api.hook.Store(hooks[i])
			if n == 0 {
				if err := b.greet(ctx, crowds[i].chats); err != nil {
					return err
				}
			}
			one, err := b.turns(ctx, programs[i], crowds[i], 8)
			if err != nil {
				return err
			}
			if i == 1 {
				one.base = pace{rounds[0][n].rate, rounds[0][n].cpu[0] + rounds[0][n].cpu[1] + rounds[0][n].cpu[2]}
			}
			rounds[i] = append(rounds[i], one)
		}
	}
	b.report.add(compared(fmt.Sprintf("turn beside %d %s, 8 at once", small, what), "turns/s", rounds[0]))
	b.report.add(compared(fmt.Sprintf("turn beside %d %s, 8 at once", large, what), "turns/s", rounds[1]))
	return nil
}

// enlarge fills a database; each ? of the statements is the size.
func enlarge(ctx context.Context, database, fill string, size int) error {
	d, err := db.Open(ctx, db.Where{URL: database, Conns: 2})
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	err = d.InTx(ctx, func(ctx context.Context) error {
		for statement := range strings.SplitSeq(fill, ";") {
			if err := d.On(ctx).Exec(strings.ReplaceAll(statement, "?", strconv.Itoa(size))).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("fill the database: %w", err)
	}
	if err := catalog.New(d, time.Now).RebuildAll(ctx); err != nil { // where products came in by SQL
		return err
	}
	_, err = d.Pool().ExecContext(ctx, "vacuum analyze")
	return err
}
