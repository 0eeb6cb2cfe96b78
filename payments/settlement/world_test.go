package settlement_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/payments"
	"parley/payments/paymentstest"
	"parley/payments/settlement"
)

// world is a shop, its processor and what is settled between them.
type world struct {
	t        testing.TB
	d        *db.DB
	clock    time.Time
	bank     *processor
	orders   *paymentstest.Orders
	books    *payments.Service
	settle   *settlement.Service
	placed   payments.OrderID
	refunded int
	gateway  string // whose queue is looked at; empty: all
}

func open(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, d: d, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), placed: 100}
	w.bank = &processor{name: "bank", clock: &w.clock, fee: 3}
	w.orders = paymentstest.NewOrders(t, d, w.clock.AddDate(1, 0, 0))
	w.begin()
	return w
}

// begin makes the services, as a start of the program does.
func (w *world) begin() {
	w.books = payments.New(w.d, w.orders, func() time.Time { return w.clock }, "https://shop.example/", w.bank)
	w.settle = settlement.New(w.d, w.books, func() time.Time { return w.clock })
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// opened is a new order whose buyer was given a way to pay.
func (w *world) opened(minor int64) payments.Payment {
	w.t.Helper()
	w.placed++
	w.orders.Place(w.t, w.placed, money.Of(minor, "USD"))
	p, err := w.books.Start(w.t.Context(), w.placed, w.bank.name)
	w.must(err)
	w.work()
	p, err = w.books.Find(w.t.Context(), p.Merchant, p.ID)
	w.must(err)
	return p
}

func (w *world) work() { w.t.Helper(); w.must(paymentstest.Work(w.t, w.d, w.books.Keepers())) }

func (w *world) hear(n payments.Notice) {
	w.t.Helper()
	w.must(w.books.Hear(w.t.Context(), w.bank.name, n))
}

// paid is an order that was paid, and the books know.
func (w *world) paid(minor int64) payments.Payment {
	w.t.Helper()
	p := w.opened(minor)
	w.hear(w.bank.charge(p))
	return p
}

func (w *world) refund(p payments.Payment, minor int64) error {
	w.refunded++
	_, err := w.books.GrantRefund(w.t.Context(), payments.RefundAsk{
		Merchant: p.Merchant, Order: p.Order, Amount: money.Of(minor, "USD"), Reason: "too small", Request: fmt.Sprint("r", w.refunded), Who: "olga",
	})
	if err == nil {
		w.work()
	}
	return err
}

func (w *world) later(by time.Duration) { w.clock = w.clock.Add(by) }

func (w *world) pull() settlement.Taken {
	w.t.Helper()
	taken, err := w.settle.Pull(w.t.Context(), w.bank.name)
	w.must(err)
	return taken
}

// queue is the classes and subjects of what is open.
func (w *world) queue() (all []string) {
	w.t.Helper()
	items, err := w.settle.Queue(w.t.Context(), settlement.QueueAsk{Gateway: w.gateway, Limit: 200})
	w.must(err)
	for _, item := range items {
		all = append(all, string(item.Class)+" "+item.Subject+" "+item.Amount.String())
	}
	return all
}

func (w *world) expectQueue(want ...string) {
	w.t.Helper()
	if got := w.queue(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		w.t.Errorf("the queue is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// balances is what is in each account, all merchants together.
func (w *world) balances() map[string]int64 {
	w.t.Helper()
	all, err := w.books.Balances(w.t.Context(), w.orders.Merchant)
	w.must(err)
	sums := map[string]int64{}
	for _, one := range all {
		if one.Amount.Minor != 0 {
			sums[string(one.Account)+" "+string(one.Amount.Currency)] = one.Amount.Minor
		}
	}
	return sums
}

func (w *world) expectBalances(want map[string]int64) {
	w.t.Helper()
	got := w.balances()
	for account, sum := range want {
		if got[account] != sum {
			w.t.Errorf("%s has %d, want %d; all: %v", account, got[account], sum, got)
		}
	}
}

// broken are the invariants that are broken.
func (w *world) broken() (all []string) {
	w.t.Helper()
	for _, part := range []interface {
		Verify(ctx context.Context) ([]db.Finding, error)
	}{w.books, w.settle} {
		findings, err := part.Verify(w.t.Context())
		w.must(err)
		for _, found := range db.Broken(findings) {
			all = append(all, fmt.Sprintf("%s is broken %d times: %s: %v", found.Invariant, found.Count, found.Sentence, found.First))
		}
	}
	return all
}

// sound fails the test when an invariant is broken.
func (w *world) sound() {
	w.t.Helper()
	for _, broken := range w.broken() {
		w.t.Error(broken)
	}
}

// contents counts what is stored, to see that doing something again changes nothing.
func (w *world) contents() (text string) {
	w.t.Helper()
	for _, table := range []string{"settlement_transactions", "settlement_payouts", "settlement_shares", "settlement_assumed", "settlement_items", "settlement_decisions", "settlement_bank_lines", "ledger_entries", "ledger_postings"} {
		var count int64
		w.must(w.d.On(w.t.Context()).Raw("select count(*) from " + table).Scan(&count).Error)
		text += fmt.Sprintf("%s %d\n", table, count)
	}
	return text
}

func keyOf(err error) string {
	if said, is := fault.Of(err); is {
		return string(said.Kind) + " " + said.Key
	}
	return fmt.Sprint(err)
}
