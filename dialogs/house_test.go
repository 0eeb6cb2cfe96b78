package dialogs_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"

	"parley/catalog"
	"parley/catalog/demo"
	"parley/catalog/money"
	"parley/channels"
	"parley/dialogs"
	"parley/dialogs/paying"
	"parley/migrations"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/orders"
	"parley/payments"
	"parley/payments/manual"
	"parley/payments/sandbox"
	"parley/payments/shoporders"
	"parley/payments/telegram"
)

// clock stands still until it is moved. It shows a time that is far away from that of the machine, by which
// jobs without a time of their own run: so it is known which jobs wait for this clock.
type clock struct{ at atomic.Int64 }

var morning = time.Date(2040, time.March, 5, 15, 0, 0, 0, time.UTC)

func newClock() *clock {
	c := &clock{}
	c.at.Store(morning.UnixMicro())
	return c
}

func (c *clock) now() time.Time           { return time.UnixMicro(c.at.Load()).UTC() }
func (c *clock) advance(by time.Duration) { c.at.Add(by.Microseconds()) }

// stocked gives tests databases of each engine in which the demo shops have just opened: each a copy, so that
// no test sees what another one bought.
func stocked(t *testing.T, test func(t *testing.T, copied func(testing.TB) db.Where)) {
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		stock(t, db.Where{Dir: dir})
		test(t, func(t testing.TB) db.Where {
			to := t.TempDir()
			if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			return db.Where{Dir: to}
		})
	})
	t.Run("postgres", func(t *testing.T) {
		template := dbtest.PostgresURL(t)
		stock(t, db.Where{URL: template})
		test(t, func(t testing.TB) db.Where { return db.Where{URL: copyOf(t, template)} })
	})
}

func stock(t *testing.T, where db.Where) {
	t.Helper()
	d, err := db.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if _, err := migrations.Up(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	service := catalog.New(d, newClock().now)
	if err := d.InTx(t.Context(), func(ctx context.Context) error { return demo.Open(ctx, service) }); err != nil {
		t.Fatal(err)
	}
}

var copies atomic.Int64

// copyOf is a PostgreSQL database like another one, which nobody may be using.
func copyOf(t testing.TB, template string) string {
	t.Helper()
	parsed, err := url.Parse(template)
	if err != nil {
		t.Fatal(err)
	}
	from := strings.TrimPrefix(parsed.Path, "/")
	name := fmt.Sprintf("%s_%d", from, copies.Add(1))
	parsed.Path = "/postgres"
	admin := parsed.String()
	do := func(ctx context.Context, sql string) error {
		conn, err := pgx.Connect(ctx, admin)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		_, err = conn.Exec(ctx, sql)
		return err
	}
	if err := do(t.Context(), "create database "+name+" template "+from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = do(context.Background(), "drop database if exists "+name+" (force)") })
	parsed.Path = "/" + name
	return parsed.String()
}

// house is the whole shop behind its conversations, with one network that keeps what it is given to show.
type house struct {
	t        testing.TB
	where    db.Where
	clock    *clock
	network  *network
	randoms  atomic.Int64
	db       *db.DB
	catalog  *catalog.Service
	orders   *orders.Service
	payments *payments.Service
	paying   paying.Payments
	outbox   *channels.Outbox
	parts    dialogs.Parts
	engine   *dialogs.Engine
	inbox    *dialogs.Inbox
	pages    *fiber.App     // of the sandbox
	till     *telegram.Desk // of invoices in the chat; nil: there are none
	leave    func()
}

func openHouse(t testing.TB, where db.Where, limits channels.Limits) *house {
	t.Helper()
	h := &house{t: t, where: where, clock: newClock(), network: newNetwork(limits)}
	h.open()
	t.Cleanup(func() { h.leave() })
	return h
}

// restart is what a new process finds: the database and nothing else.
func (h *house) restart() {
	h.t.Helper()
	h.leave()
	h.open()
}

func (h *house) open() {
	h.t.Helper()
	d, err := db.Open(context.Background(), h.where)
	if err != nil {
		h.t.Fatal(err)
	}
	h.db = d
	now := h.clock.now
	h.catalog = catalog.New(d, now)
	h.orders = orders.New(d, h.catalog, now)
	desk, err := sandbox.New(d, true, []byte("a secret of the tests"), "https://shop.test", now)
	if err != nil {
		h.t.Fatal(err)
	}
	gateways := []payments.Gateway{desk, manual.COD(), manual.Transfer("Meadow, account 1234567", "")}
	if h.network.limits.Invoices {
		h.openTill()
		gateways = append(h.till.Gateways(), gateways...)
	}
	h.payments = payments.New(d, shoporders.Of(h.orders), now, "https://shop.test", gateways...)
	h.paying = paying.By(h.payments, shoporders.Of(h.orders))
	if h.till != nil {
		h.till.Payments = h.payments
		h.paying.Invoice = h.invoice
	}
	h.pages = fiber.New(fiber.Config{DisableStartupMessage: true})
	desk.Routes(h.pages, h.payments.Hear)
	h.outbox = channels.NewOutbox(d, now)
	h.outbox.Connect("test", h.network)
	h.parts = dialogs.Parts{
		DB: d, Shops: h.catalog, Shelves: h.catalog, Carts: h.orders, Checkout: h.orders, Orders: h.orders,
		Payments: h.paying, Outbox: h.outbox, Now: now, Log: slog.New(complaint{h}),
		Random: func() string { return fmt.Sprintf("random%010d", h.randoms.Add(1)) },
	}
	h.engine = dialogs.NewEngine(h.parts)
	h.inbox = dialogs.NewInbox(h.engine)
	h.work()
}

// work keeps the jobs of the shop until leave.
func (h *house) work() {
	ctx, stop := context.WithCancel(context.Background())
	kinds := map[string]db.Keeper{orders.JobTold: h.tellOrder, payments.ToldJob: h.tellPayment}
	for _, more := range []map[string]db.Keeper{h.orders.Keepers(), h.payments.Keepers()} {
		for kind, keeper := range more {
			kinds[kind] = keeper
		}
	}
	var under sync.WaitGroup
	under.Go(func() { h.outbox.Keep(ctx, 4, h.failed) })
	under.Go(func() {
		h.db.Keep(ctx, db.Keeping{Kinds: kinds, Owner: "jobs", Width: 2, Poll: 20 * time.Millisecond, Failed: h.failed})
	})
	d := h.db
	h.leave = sync.OnceFunc(func() {
		stop()
		under.Wait()
		_ = d.Close()
	})
}

func (h *house) failed(job db.Job, err error, dead bool) {
	h.t.Errorf("job %s %s failed (dead: %v): %v", job.Kind, job.Args, dead, err)
}

// complaint fails the test of a house in which something is logged as an error.
type complaint struct{ *house }

func (complaint) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }
func (c complaint) WithAttrs([]slog.Attr) slog.Handler             { return c }
func (c complaint) WithGroup(string) slog.Handler                  { return c }
func (c complaint) Handle(_ context.Context, record slog.Record) error {
	record.Attrs(func(a slog.Attr) bool { c.t.Errorf("%s: %s", record.Message, a); return true })
	return nil
}

func (h *house) tellOrder(ctx context.Context, job db.Job) error {
	var told orders.Told
	if err := job.Decode(&told); err != nil {
		return err
	}
	return h.engine.Tell(ctx, dialogs.News{Merchant: told.Merchant, Order: told.Order, What: dialogs.What(told.What)}, job)
}

func (h *house) tellPayment(ctx context.Context, job db.Job) error {
	var told payments.Told
	if err := job.Decode(&told); err != nil {
		return err
	}
	news, tells, err := h.paying.News(ctx, told)
	if err != nil || !tells {
		return err
	}
	return h.engine.Tell(ctx, news, job)
}

// settle waits until all that is due has been done and nothing waits to be shown.
func (h *house) settle() {
	h.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for patience := time.Now().Add(time.Minute); time.Now().Before(patience); <-tick.C {
		if h.count("select count(*) from jobs where state = 'running' or state = 'ready' and run_at < ?", morning.Add(-time.Hour).UnixMicro()) == 0 {
			return
		}
	}
	h.t.Fatal("the jobs do not come to an end")
}

func (h *house) count(sql string, args ...any) (n int64) {
	h.t.Helper()
	if err := h.db.On(context.Background()).Raw(sql, args...).Scan(&n).Error; err != nil {
		h.t.Fatal(err)
	}
	return n
}

// wait lets time go by: jobs that are due at the new time run, and abandoned checkouts let go.
func (h *house) wait(by time.Duration) {
	h.t.Helper()
	h.clock.advance(by)
	if err := h.db.On(context.Background()).Exec("update jobs set run_at = 1 where state = 'ready' and run_at <= ? and run_at > ?",
		h.clock.now().UnixMicro(), morning.Add(-time.Hour).UnixMicro()).Error; err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.catalog.ReleaseExpired(context.Background(), 500); err != nil {
		h.t.Fatal(err)
	}
	h.settle()
}

// press presses a button of the sandbox's pay page.
func (h *house) press(address, button string) {
	h.t.Helper()
	path := strings.TrimPrefix(address, "https://shop.test")
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader("do="+button))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := h.pages.Test(request, -1)
	if err != nil || answer.StatusCode >= 400 {
		h.t.Fatalf("press %s on %s: %v %v", button, path, answer, err)
	}
}

// variant finds what has an SKU.
func (h *house) variant(sku string) (p catalog.Product, at int) {
	h.t.Helper()
	var found []struct{ Product, Merchant int64 }
	err := h.db.On(context.Background()).Raw("select product_id as product, merchant_id as merchant from variants where sku = ?", sku).Scan(&found).Error
	if err != nil || len(found) != 1 {
		h.t.Fatalf("SKU %s: %v %v", sku, found, err)
	}
	p, err = h.catalog.Find(context.Background(), catalog.MerchantID(found[0].Merchant), catalog.ProductID(found[0].Product))
	if err != nil {
		h.t.Fatal(err)
	}
	for i, v := range p.Variants {
		if v.SKU == sku {
			return p, i
		}
	}
	h.t.Fatalf("SKU %s is archived", sku)
	return p, 0
}

func (h *house) setPrice(sku, price string) {
	h.t.Helper()
	p, at := h.variant(sku)
	amount, err := money.Parse(price, p.Variants[at].Price.Currency)
	if err != nil {
		h.t.Fatal(err)
	}
	p.Variants[at].Price = amount
	if _, err := h.catalog.SaveProduct(context.Background(), p); err != nil {
		h.t.Fatal(err)
	}
}

// setStock leaves so many pieces to be sold, besides those that buyers were promised.
func (h *house) setStock(sku, pieces string) {
	h.t.Helper()
	want, err := strconv.Atoi(pieces)
	if err != nil {
		h.t.Fatal(err)
	}
	p, at := h.variant(sku)
	v := p.Variants[at]
	if err := h.catalog.Adjust(context.Background(), p.Merchant, v.ID, want-v.Free(), "counted", "staff"); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) withdraw(sku string) {
	h.t.Helper()
	p, _ := h.variant(sku)
	p.State = catalog.Archived
	if _, err := h.catalog.SaveProduct(context.Background(), p); err != nil {
		h.t.Fatal(err)
	}
}

// check holds the house to its invariants.
func (h *house) check() {
	h.t.Helper()
	ctx := context.Background()
	goods, err := h.catalog.Verify(ctx)
	for _, f := range goods {
		if f.Count > 0 {
			h.t.Errorf("%s: %s %v", f.Invariant, f.Sentence, f.First)
		}
	}
	sold, err2 := h.orders.Verify(ctx)
	for _, f := range sold {
		if f.Count > 0 {
			h.t.Errorf("%s: %s %v", f.Invariant, f.Sentence, f.First)
		}
	}
	paid, err3 := h.payments.Verify(ctx)
	for _, f := range paid {
		if f.Count > 0 {
			h.t.Errorf("%s: %s %v", f.Invariant, f.Sentence, f.First)
		}
	}
	if err != nil || err2 != nil || err3 != nil {
		h.t.Error(err, err2, err3)
	}
	if n := h.count("select count(*) from messages where state in ('queued', 'failed')"); n > 0 {
		h.t.Errorf("%d messages never reached their buyers", n)
	}
	if n := h.count("select count(*) from jobs where state = 'dead'"); n > 0 {
		h.t.Errorf("%d jobs are dead", n)
	}
}
