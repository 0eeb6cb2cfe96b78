package payments_test

import (
	"testing"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/payments"
	"parley/payments/manual"
	"parley/payments/paymentstest"
)

// shop is a service with two processors on one database, at a time that the test holds.
type shop struct {
	*payments.Service
	t      *testing.T
	d      *db.DB
	bank   *processor
	till   till
	orders *paymentstest.Orders
	clock  time.Time
}

const theOrder payments.OrderID = 17

var price = money.Of(4999, "USD")

func open(t *testing.T, d *db.DB) *shop {
	t.Helper()
	s := &shop{t: t, d: d, bank: newProcessor(), till: till{newProcessor()}, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	s.orders = paymentstest.NewOrders(t, d, s.clock.Add(30*time.Minute))
	s.orders.Place(t, theOrder, price)
	s.Service = payments.New(d, s.orders, func() time.Time { return s.clock }, "https://shop.example/", s.bank, s.till, manual.COD(), manual.Transfer("", ""))
	return s
}

func (s *shop) start(order payments.OrderID, gateway string) payments.Payment {
	s.t.Helper()
	p, err := s.Start(s.t.Context(), order, gateway)
	if err != nil {
		s.t.Fatalf("start %s: %v", gateway, err)
	}
	return p
}

// opened starts a payment at the bank and lets the bank answer.
func (s *shop) opened(order payments.OrderID) payments.Payment {
	s.t.Helper()
	p := s.start(order, "bank")
	if err := s.work(); err != nil {
		s.t.Fatal(err)
	}
	return s.now(p)
}

func (s *shop) now(p payments.Payment) payments.Payment {
	s.t.Helper()
	found, err := s.Find(s.t.Context(), p.Merchant, p.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

func (s *shop) hear(n payments.Notice) {
	s.t.Helper()
	if err := s.Hear(s.t.Context(), "bank", n); err != nil {
		s.t.Fatalf("hear %s: %v", n.News, err)
	}
}

// work does each job of the package that waits, once.
func (s *shop) work() error {
	s.t.Helper()
	return paymentstest.Work(s.t, s.d, s.Keepers())
}

func (s *shop) exec(statement string, args ...any) {
	s.t.Helper()
	if err := s.d.On(s.t.Context()).Exec(statement, args...).Error; err != nil {
		s.t.Fatal(err)
	}
}

// told is what conversations were told of an order, in order.
func (s *shop) told(order payments.OrderID) (whats []string) {
	s.t.Helper()
	for _, told := range paymentstest.Told(s.t, s.d, order) {
		if told.Order != order || told.Payment == 0 || told.Merchant != s.orders.Merchant {
			s.t.Fatalf("told %+v", told)
		}
		whats = append(whats, told.What)
	}
	return whats
}

// reasons is why things wait for a person.
func (s *shop) reasons(merchant payments.MerchantID) []string {
	s.t.Helper()
	return paymentstest.Reasons(s.t, s.Service, merchant)
}

// balances is what the books say of a payment, by account: what came less what went.
func (s *shop) balances(p payments.Payment) map[string]int64 {
	s.t.Helper()
	var moves []struct {
		FromAccount, ToAccount string
		Amount                 int64
	}
	err := s.d.On(s.t.Context()).Raw(`select from_account, to_account, amount from ledger_postings join ledger_entries on id = entry_id
		where payment_id = ?`, int64(p.ID)).Scan(&moves).Error
	if err != nil {
		s.t.Fatal(err)
	}
	sums := map[string]int64{}
	for _, move := range moves {
		sums[move.FromAccount] -= move.Amount
		sums[move.ToAccount] += move.Amount
	}
	return sums
}

// sound fails the test when an invariant of the books is broken.
func (s *shop) sound() {
	s.t.Helper()
	paymentstest.Sound(s.t, s)
}
