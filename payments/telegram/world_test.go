package telegram_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/payments"
	"parley/payments/paymentstest"
	"parley/payments/settlement"
	"parley/payments/telegram"
)

const (
	testToken = "284685063:TEST:abcdef"
	liveToken = "284685063:LIVE:abcdef"
)

// world is a shop with a desk, and a bot that keeps what it is told.
type world struct {
	t      testing.TB
	now    time.Time
	desk   *telegram.Desk
	pay    *payments.Service
	orders *paymentstest.Orders
	chat   telegram.Chat
	empty  bool // the stock of orders was let go
	solid  bool // orders are not of bytes
	gone   []string
	back   []string // charges in Stars that went back
	told   int
	listed []telegram.StarTransaction // the bot's balance of Stars
	read   int                        // how often it was asked for
	settle *settlement.Service
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), chat: telegram.Chat{Channel: "telegram:42", Buyer: "501"}}
	w.orders = paymentstest.NewOrders(t, d, w.now.Add(30*time.Minute))
	var err error
	w.desk, err = telegram.New(telegram.Config{
		DB: d, Shop: w, Bot: w, Token: testToken, Key: make([]byte, 32), Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.pay = payments.New(d, w, func() time.Time { return w.now }, "https://shop.example", w.desk.Gateways()...)
	w.desk.Payments = w.pay
	w.settle = settlement.New(d, w.pay, func() time.Time { return w.now })
	return w
}

// Owed is the order's, of bytes unless said otherwise.
func (w *world) Owed(ctx context.Context, id payments.OrderID) (payments.Due, error) {
	due, err := w.orders.Owed(ctx, id)
	due.Digital = !w.solid
	return due, err
}
func (w *world) MarkPaid(ctx context.Context, id payments.OrderID, a money.Amount, who string) error {
	return w.orders.MarkPaid(ctx, id, a, who)
}
func (w *world) MarkRefunded(ctx context.Context, id payments.OrderID, a money.Amount) error {
	return w.orders.MarkRefunded(ctx, id, a)
}
func (w *world) MarkRefundFailed(ctx context.Context, id payments.OrderID, a money.Amount) error {
	return w.orders.MarkRefundFailed(ctx, id, a)
}
func (w *world) Sold(ctx context.Context, id payments.OrderID) ([]payments.SoldLine, error) {
	return w.orders.Sold(ctx, id)
}
func (w *world) Chat(context.Context, payments.MerchantID, payments.OrderID) (telegram.Chat, error) {
	return w.chat, nil
}
func (w *world) Sale(context.Context, payments.MerchantID, payments.OrderID) (telegram.Sale, error) {
	return telegram.Sale{Delivery: "Courier"}, nil
}
func (w *world) Holds(context.Context, payments.MerchantID, payments.OrderID) (bool, error) {
	return !w.empty, nil
}
func (w *world) Remove(_ context.Context, _ telegram.Chat, message string) error {
	w.gone = append(w.gone, message)
	return nil
}

// RefundStars gives back what the balance has, once.
func (w *world) RefundStars(_ context.Context, _, buyer, charge string) error {
	w.back = append(w.back, buyer+" "+charge)
	for _, s := range w.listed {
		if s.ID == charge && !s.Incoming {
			return nil
		}
	}
	for _, s := range w.listed {
		if s.ID == charge {
			s.Incoming, s.At = false, w.now
			w.listed = append(w.listed, s)
			return nil
		}
	}
	return nil
}

func (w *world) Channels() []string { return []string{w.chat.Channel} }

// StarTransactions is a page of the balance; calls that Telegram refuses fail the test.
func (w *world) StarTransactions(_ context.Context, channel string, offset, limit int) ([]telegram.StarTransaction, error) {
	w.read++
	if channel != w.chat.Channel || offset < 0 || limit < 1 || limit > 100 {
		w.t.Errorf("asked %s for %d after %d", channel, limit, offset)
	}
	offset = min(offset, len(w.listed))
	return w.listed[offset:min(offset+limit, len(w.listed))], nil
}

// lists puts a payment into the bot's balance.
func (w *world) lists(c telegram.Charge) telegram.Charge {
	w.listed = append(w.listed, telegram.StarTransaction{
		ID: c.Charge, Stars: c.Total, At: w.now, Incoming: true, Partner: "user", Kind: "invoice_payment", Buyer: c.Buyer, Payload: c.Payload,
	})
	return c
}

// start opens a payment for a new order of 49.99.
func (w *world) start(id payments.OrderID, gateway string) (payments.Payment, telegram.Invoice) {
	w.t.Helper()
	w.orders.Place(w.t, id, money.Of(4999, "USD"))
	return w.open(id, gateway)
}

func (w *world) open(id payments.OrderID, gateway string) (payments.Payment, telegram.Invoice) {
	w.t.Helper()
	p, err := w.pay.Start(w.t.Context(), id, gateway)
	if err != nil {
		w.t.Fatal(err)
	}
	made, err := w.desk.Invoice(w.t.Context(), p)
	if err != nil {
		w.t.Fatal(err)
	}
	return p, made
}

// ask is a pre-checkout query and the key of the refusal, if any.
func (w *world) ask(made telegram.Invoice, change func(*telegram.Query)) string {
	w.t.Helper()
	w.told++
	q := telegram.Query{ID: "q" + strconv.Itoa(w.told), Channel: w.chat.Channel, Buyer: w.chat.Buyer, Payload: made.Payload, Currency: made.Currency, Total: made.Total}
	if change != nil {
		change(&q)
	}
	answer, err := w.desk.Check(w.t.Context(), q)
	if err != nil {
		w.t.Fatal(err)
	}
	said, _ := fault.Of(answer.Refusal)
	if said == nil {
		return ""
	}
	return said.Key
}

// charge is money of an invoice, by somebody.
func charge(made telegram.Invoice, number, buyer string) telegram.Charge {
	return telegram.Charge{Payload: made.Payload, Buyer: buyer, Currency: made.Currency, Total: made.Total, Charge: "tg_" + number, Provider: "ch_" + number}
}

func (w *world) paid(c telegram.Charge) {
	w.t.Helper()
	if err := w.desk.Paid(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) stars(rate string) {
	w.t.Helper()
	worth, err := telegram.ReadRate(rate)
	if err == nil {
		err = w.desk.Set(w.t.Context(), w.orders.Merchant, telegram.Settings{StarsRate: worth})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) again(p payments.Payment) payments.Payment {
	w.t.Helper()
	found, err := w.pay.Find(w.t.Context(), p.Merchant, p.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func (w *world) work() {
	w.t.Helper()
	if err := paymentstest.Work(w.t, w.orders.DB(), w.pay.Keepers()); err != nil {
		w.t.Fatal(err)
	}
}

// sound wants every rule of payments and of the desk to hold.
func (w *world) sound() {
	w.t.Helper()
	for _, verify := range []func(context.Context) ([]db.Finding, error){w.pay.Verify, w.desk.Verify, w.settle.Verify} {
		findings, err := verify(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		for _, found := range db.Broken(findings) {
			w.t.Errorf("%s is broken: %s: %v", found.Invariant, found.Sentence, found.First)
		}
	}
}

// reviews are the reasons of what waits for a person.
func (w *world) reviews() (reasons []string) {
	w.t.Helper()
	open, err := w.pay.Reviews(w.t.Context(), w.orders.Merchant, true, 0, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, one := range open {
		reasons = append(reasons, one.Reason)
	}
	return reasons
}
