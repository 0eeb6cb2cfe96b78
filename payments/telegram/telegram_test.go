package telegram_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/paymentstest"
	"parley/payments/telegram"
)

func TestInvoicesAreGateways(t *testing.T) {
	for name, rate := range map[string]string{telegram.InChat: "", telegram.InStars: "60"} {
		t.Run(name, func(t *testing.T) {
			paymentstest.Exercise(t, func(t *testing.T, d *db.DB) (paymentstest.World, func() time.Time) {
				return exercised(t, d, name, rate)
			})
		})
	}
}

// exercised is a world as the common suite plays with it. Its payments are heard of by the notices that the desk makes.
func exercised(t *testing.T, d *db.DB, name, rate string) (paymentstest.World, func() time.Time) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w := &world{t: t, now: now, chat: telegram.Chat{Channel: "telegram:42", Buyer: "501"}}
	heard := &listener{}
	desk, err := telegram.New(telegram.Config{DB: d, Shop: w, Bot: w, Token: testToken, Key: make([]byte, 32), Now: func() time.Time { return now }, Payments: heard, Processor: &settlesBy{left: map[string]int64{}, all: 4999}})
	if err != nil {
		t.Fatal(err)
	}
	heard.Finder = payments.New(d, w, func() time.Time { return now }, "")
	made := paymentstest.World{Gateway: desk.Gateways()[slices.Index([]string{telegram.InChat, telegram.InStars}, name)], Whole: name == telegram.InStars, AtOnce: true}
	made.Prepare = func(orders *paymentstest.Orders) {
		w.orders, w.desk = orders, desk
		w.stars(rate)
	}
	number := 0
	made.Do = func(t *testing.T, p payments.Payment, _ string) []payments.Notice {
		invoice, err := desk.Invoice(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		number++
		heard.news = nil
		w.paid(charge(invoice, fmt.Sprint(number), "501"))
		return heard.news
	}
	return made, func() time.Time { return now }
}

func TestABuyerMayPayOnceWhatTheyOwe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p, made := w.start(1, telegram.InChat)
		for name, test := range map[string]struct {
			change func(*telegram.Query)
			want   string
		}{
			"another buyer":    {func(q *telegram.Query) { q.Buyer = "502" }, "telegram.invoice_of_another"},
			"another bot":      {func(q *telegram.Query) { q.Channel = "telegram:43" }, "telegram.invoice_of_another"},
			"another total":    {func(q *telegram.Query) { q.Total-- }, "telegram.total_differs"},
			"another currency": {func(q *telegram.Query) { q.Currency = "EUR" }, "telegram.total_differs"},
			"no payload":       {func(q *telegram.Query) { q.Payload = "HAPPY FRIDAYS COUPON" }, "telegram.invoice_unknown"},
			"a guessed key":    {func(q *telegram.Query) { q.Payload = "p1:1:501:pay_guessed8" }, "telegram.invoice_unknown"},
		} {
			if got := w.ask(made, test.change); got != test.want {
				t.Errorf("%s: %q, want %q", name, got, test.want)
			}
		}
		w.empty = true
		if got := w.ask(made, nil); got != "telegram.not_in_stock" {
			t.Errorf("sold out: %q", got)
		}
		w.empty = false
		same := func(q *telegram.Query) { q.ID = "the same" }
		if first, again := w.ask(made, same), w.ask(made, same); first != "" || again != "" {
			t.Errorf("asked twice it is answered %q and %q", first, again)
		}
		if got := w.ask(made, nil); got != "telegram.being_paid" {
			t.Errorf("on another phone at once: %q", got)
		}
		w.now = w.now.Add(21 * time.Second) // the card was declined, and they try again
		if got := w.ask(made, nil); got != "" {
			t.Errorf("after a declined card: %q", got)
		}
		w.paid(charge(made, "1", "501"))
		w.paid(charge(made, "1", "501"))
		if got := w.ask(made, nil); got != "telegram.paid_already" {
			t.Errorf("paid: %q", got)
		}
		if paid, times := w.orders.Paid(t, 1); paid != 4999 || times != 1 || w.again(p).Status != payments.Settled || w.again(p).Holder != "stripe" {
			t.Errorf("paid %d in %d parts: %+v", paid, times, w.again(p))
		}
		w.sound()
	})
}

func TestAnInvoiceThatIsOverCannotBePaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, cancelled := w.start(1, telegram.InChat)
		if err := w.desk.Sent(t.Context(), cancelled.Payload, "77"); err != nil {
			t.Fatal(err)
		}
		w.orders.Cancel(t, 1)
		if got := w.ask(cancelled, nil); got != "telegram.invoice_over" {
			t.Errorf("cancelled a moment ago: %q", got)
		}
		if err := w.pay.Withdraw(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		w.work()
		if got := w.ask(cancelled, nil); got != "telegram.invoice_over" || fmt.Sprint(w.gone) != "[77]" {
			t.Errorf("withdrawn: %q, and %v went out of the chat", got, w.gone)
		}
		if _, err := w.desk.ToSend(t.Context(), cancelled.Payload); fault.KindOf(err) != fault.Conflict {
			t.Errorf("it is still sent: %v", err)
		}
		w.stars("60")
		old, replaced := w.start(2, telegram.InChat)
		if got := w.ask(replaced, nil); got != "" {
			t.Errorf("open: %q", got)
		}
		if _, stars := w.open(2, telegram.InStars); w.ask(replaced, nil) != "telegram.invoice_over" || w.ask(stars, nil) != "" {
			t.Error("the invoice that another one replaced can be paid")
		}
		if w.work(); w.again(old).Closed {
			t.Error("it was closed while it was being paid")
		}
		w.now = w.now.Add(time.Minute)
		w.work()
		if !w.again(old).Closed {
			t.Error("it was not closed afterwards")
		}
		w.sound()
	})
}

func TestASecondPayerOfOneInvoiceWaitsForAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, made := w.start(1, telegram.InChat)
		w.paid(charge(made, "1", "501"))
		w.paid(charge(made, "2", "777"))
		w.paid(charge(made, "2", "777"))
		if got := fmt.Sprint(w.reviews()); got != "[second_capture]" {
			t.Errorf("waiting: %s", got)
		}
		wrong := charge(made, "3", "778")
		wrong.Total--
		_, other := w.start(2, telegram.InChat)
		wrong.Payload = other.Payload
		w.paid(wrong)
		if got := fmt.Sprint(w.reviews()); got != "[second_capture wrong_amount]" {
			t.Errorf("waiting: %s", got)
		}
		w.paid(telegram.Charge{Payload: "HAPPY FRIDAYS COUPON", Buyer: "9", Currency: "USD", Total: 6250, Charge: "_", Provider: "1_test"})
		if of, err := w.pay.Reviews(t.Context(), 0, true, 0, 10); err != nil || len(of) != 1 || of[0].Reason != payments.UnknownPayment {
			t.Errorf("money for no invoice: %+v, %v", of, err)
		}
		w.sound()
	})
}

func TestInTestModeTheInvoiceNamesTheCharge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for id := range payments.OrderID(2) {
			p, made := w.start(id+1, telegram.InChat)
			c := charge(made, "", "501")
			c.Charge, c.Provider = "_", fmt.Sprintf("1234%d_test", id)
			w.paid(c)
			w.paid(c)
			if p = w.again(p); p.Status != payments.Settled || p.Live || p.Holder != "" {
				t.Errorf("%+v", p)
			}
		}
		w.sound()
	})
}

func TestMoneyOfAProviderIsGivenBackByStaff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p, made := w.start(1, telegram.InChat)
		c := charge(made, "1", "501")
		c.Provider = "2c8f-yookassa"
		w.paid(c)
		r, err := w.pay.GrantRefund(t.Context(), payments.RefundAsk{Merchant: p.Merchant, Order: 1, Amount: money.Of(999, "USD"), Reason: "late", Request: "one", Who: "ann"})
		if err != nil || r.Status != payments.RefundGranted {
			t.Fatalf("%+v, %v", r, err)
		}
		w.work()
		if w.orders.Refunded(t, 1) != 0 {
			t.Error("it is given back before anybody did")
		}
		if r, err = w.pay.ExecuteRefund(t.Context(), p.Merchant, r.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		w.work()
		if w.orders.Refunded(t, 1) != 999 {
			t.Errorf("%d went back", w.orders.Refunded(t, 1))
		}
		w.sound()
	})
}

func TestMoneyBehindTelegramIsGivenBackByItsProcessor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, by := newWorld(t, d), &settlesBy{}
		w.desk.Processor = by
		p, made := w.start(1, telegram.InChat)
		w.paid(charge(made, "1", "501"))
		if _, err := w.pay.GrantRefund(t.Context(), payments.RefundAsk{Merchant: p.Merchant, Order: 1, Amount: money.Of(999, "USD"), Reason: "late", Request: "one", Who: "ann"}); err != nil {
			t.Fatal(err)
		}
		w.work()
		if fmt.Sprint(by.asked) != "[ch_1 9.99 USD]" || w.orders.Refunded(t, 1) != 999 {
			t.Errorf("asked %v, %d went back", by.asked, w.orders.Refunded(t, 1))
		}
		balances, err := w.pay.Balances(t.Context(), p.Merchant)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range balances {
			if one.Account == payments.Clearing("stripe") && one.Amount.Minor != 4000 || one.Account == payments.Clearing("telegram") {
				t.Errorf("the books have %s in %s", one.Amount, one.Account)
			}
		}
		w.sound()
	})
}

func TestWhoMayBeAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.orders.Place(t, 1, money.Of(4999, "USD"))
		offered := func() (names []string) {
			due, err := w.Owed(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, method := range w.pay.Methods(t.Context(), w.orders.Merchant, due) {
				names = append(names, method.Name)
			}
			return names
		}
		if got := fmt.Sprint(offered()); got != "[telegram]" {
			t.Errorf("with a token: %s", got)
		}
		w.stars("0.5")
		if got := fmt.Sprint(offered()); got != "[telegram stars]" {
			t.Errorf("and with Stars: %s", got)
		}
		w.solid = true
		if got := fmt.Sprint(offered()); got != "[telegram]" {
			t.Errorf("for what is carried: %s", got)
		}
		w.desk.Token = ""
		if got := fmt.Sprint(offered()); got != "[]" {
			t.Errorf("without a token: %s", got)
		}
		if err := w.desk.Set(t.Context(), w.orders.Merchant, telegram.Settings{ProviderToken: liveToken}); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(offered()); got != "[telegram]" {
			t.Errorf("with the merchant's own: %s", got)
		}
		if p, _ := w.open(1, telegram.InChat); !p.Live {
			t.Error("a live token makes test payments")
		}
		w.chat.Channel = "web:meadow"
		if got := fmt.Sprint(offered()); got != "[]" {
			t.Errorf("on the web: %s", got)
		}
		var kept string
		if err := d.On(t.Context()).Raw("select provider_token from telegram_settings").Scan(&kept).Error; err != nil || kept == "" || slices.Contains([]string{liveToken}, kept) {
			t.Errorf("the token lies open: %q, %v", kept, err)
		}
	})
}

func TestWhatItsProcessorSaysOfMoneyBehindTelegramIsHeard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p, made := w.start(1, telegram.InChat)
		w.paid(charge(made, "1", "501"))
		for range 2 { // somebody gave a part back on Stripe's own pages
			err := w.pay.Hear(t.Context(), "stripe", payments.Notice{Event: "evt_1", Key: "ch_1", Refund: "re_1", RefundNews: payments.RefundDone, Amount: money.Of(999, "USD")})
			if err != nil {
				t.Fatal(err)
			}
		}
		if w.orders.Refunded(t, 1) != 999 {
			t.Errorf("the order was given back %d", w.orders.Refunded(t, 1))
		}
		err := w.pay.Hear(t.Context(), "stripe", payments.Notice{Event: "evt_2", Key: "ch_1", Dispute: &payments.DisputeSaid{
			ID: "dp_1", Status: payments.DisputeOpen, Amount: money.Of(4000, "USD"),
			Moves: []payments.DisputeMove{{Transaction: "txn_1", Amount: money.Of(-4000, "USD"), Fee: money.Of(1500, "USD")}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		all, err := w.pay.DisputesOf(t.Context(), p.Merchant, 1)
		if err != nil || len(all) != 1 || all[0].Gateway != "stripe" {
			t.Errorf("disputes: %+v, %v", all, err)
		}
		w.balances(map[payments.Account]string{payments.Clearing("stripe"): "-15.00 USD"})
		w.sound()
	})
}
