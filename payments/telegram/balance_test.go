package telegram_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/settlement"
	"parley/payments/telegram"
)

// caught hears what was missed and settles the balance, as the hourly jobs do.
func (w *world) caught() settlement.Taken {
	w.t.Helper()
	if err := w.pay.CatchUp(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	taken, err := w.settle.Pull(w.t.Context(), telegram.InStars)
	if err != nil {
		w.t.Fatal(err)
	}
	return taken
}

// differences are the classes, sums and best actions of what is in the queue.
func (w *world) differences() string {
	w.t.Helper()
	items, err := w.settle.Queue(w.t.Context(), settlement.QueueAsk{Gateway: telegram.InStars, Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	all := make([]string, len(items))
	for i, item := range items {
		all[i] = fmt.Sprintf("%s %s %s", item.Class, item.Amount, item.Suggested()[0])
		if item.Since.IsZero() || item.Age(w.now) < 0 || item.Detail == "" {
			w.t.Errorf("item %+v", item)
		}
	}
	return strings.Join(all, "\n")
}

func (w *world) differ(want ...string) {
	w.t.Helper()
	if got := w.differences(); got != strings.Join(want, "\n") {
		w.t.Errorf("the queue is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// kept counts what is stored of the balance, and what the books say.
func (w *world) kept() (all string) {
	w.t.Helper()
	for _, table := range []string{"settlement_transactions", "settlement_items", "ledger_entries", "telegram_charges", "payment_events", "payment_reviews", "refunds"} {
		var count int64
		if err := w.orders.DB().On(w.t.Context()).Raw("select count(*) from " + table).Scan(&count).Error; err != nil {
			w.t.Fatal(err)
		}
		all += fmt.Sprintln(table, count)
	}
	return all
}

func (w *world) givenBack(p payments.Payment) {
	w.t.Helper()
	_, err := w.pay.GrantRefund(w.t.Context(), payments.RefundAsk{Merchant: p.Merchant, Order: p.Order, Amount: p.Amount, Reason: "late", Request: fmt.Sprint(p.Order), Who: "ann"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.work()
}

func TestStarsOfOrdersAreMatchedWithTheBalanceOfTheBot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stars("60")
		_, kept := w.start(1, telegram.InStars)
		w.paid(w.lists(starred(kept, "1", "501")))
		gone, made := w.start(2, telegram.InStars)
		w.paid(w.lists(starred(made, "2", "501")))
		w.paid(w.lists(starred(made, "3", "777"))) // somebody paid it too: of no order
		w.givenBack(gone)
		if got := w.caught(); got != (settlement.Taken{Rows: 4, Matched: 3, Queued: 1}) {
			t.Errorf("the first time: %+v", got)
		}
		before := w.kept()
		if got := w.caught(); got != (settlement.Taken{Known: 4}) {
			t.Errorf("again: %+v", got)
		}
		if after := w.kept(); after != before {
			t.Errorf("asking again made\n%s of\n%s", after, before)
		}
		w.now = w.now.Add(72 * time.Hour)
		w.caught()
		w.differ("duplicate_charge 3000 XTR refund")
		w.balances(map[payments.Account]string{payments.Clearing("stars"): "6000 XTR"})
		w.sound()
	})
}

func TestStarsWhoseNewsNeverCameAreFoundInTheBalance(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stars("60")
		p, made := w.start(1, telegram.InStars)
		w.lists(starred(made, "1", "501"))
		late, tooLate := w.start(2, telegram.InStars)
		w.orders.Cancel(t, late.Order)
		w.lists(starred(tooLate, "2", "501"))
		w.now = w.now.Add(time.Hour)
		w.caught()
		if paid, times := w.orders.Paid(t, 1); paid != 4999 || times != 1 || w.again(p).Status != payments.Settled {
			t.Errorf("the order has %d in %d parts, the payment is %s", paid, times, w.again(p).Status)
		}
		if got := fmt.Sprint(w.reviews()); got != "[order_refused]" {
			t.Errorf("waiting: %s", got)
		}
		w.paid(starred(made, "1", "501")) // the update comes after all
		w.caught()
		if paid, times := w.orders.Paid(t, 1); paid != 4999 || times != 1 {
			t.Errorf("then the order has %d in %d parts", paid, times)
		}
		if err := w.RefundStars(t.Context(), w.chat.Channel, "501", "stars_1"); err != nil { // by others with the same bot
			t.Fatal(err)
		}
		w.now = w.now.Add(time.Hour)
		w.caught()
		if w.orders.Refunded(t, 1) != 4999 || w.again(p).Status != payments.Refunded {
			t.Errorf("%d went back, the payment is %s", w.orders.Refunded(t, 1), w.again(p).Status)
		}
		w.differ()
		w.balances(map[payments.Account]string{payments.Clearing("stars"): "3000 XTR"})
		w.sound()
	})
}

func TestStarsThatTelegramDoesNotListAreADifference(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stars("60")
		p, made := w.start(1, telegram.InStars)
		paid := starred(made, "1", "501")
		w.paid(paid)
		w.givenBack(p)
		w.caught()
		w.differ() // Telegram may be slow
		w.now = w.now.Add(25 * time.Hour)
		w.caught()
		w.caught()
		w.differ("ledger_only 3000 XTR wait", "ledger_only 3000 XTR wait")
		w.lists(paid)
		if err := w.RefundStars(t.Context(), w.chat.Channel, "501", paid.Charge); err != nil {
			t.Fatal(err)
		}
		w.caught()
		w.differ()
		w.sound()
	})
}

func TestStarsOfNoOrderWaitForAPersonWithTheirClass(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stars("60")
		p, made := w.start(1, telegram.InStars)
		w.paid(starred(made, "1", "501"))
		short := starred(made, "1", "501")
		short.Total -= 100
		w.lists(short)
		w.lists(telegram.Charge{Charge: "stars_9", Total: 70, Buyer: "9", Payload: "another program's"})
		for i, s := range []telegram.StarTransaction{
			{Stars: 10, Incoming: true, Partner: "user", Kind: "paid_media_payment", Buyer: "9"},
			{Stars: 20, Partner: "telegram_ads"},
			{Stars: 30, Partner: "telegram_api"},
			{Stars: 40, Incoming: true, Partner: "something new"},
			{Stars: 50, Incoming: true, Partner: "affiliate_program", Nano: 7},
			{Stars: 60, Partner: "user", Kind: "invoice_payment", Buyer: "9", Payload: "another program's"},
		} {
			s.ID, s.At = fmt.Sprint("move_", i), w.now
			w.listed = append(w.listed, s)
		}
		if err := w.settle.Own(t.Context(), telegram.InStars, p.Merchant); err != nil {
			t.Fatal(err)
		}
		w.caught()
		want := []string{
			"amount_mismatch -100 XTR accept", "psp_only 70 XTR match", "psp_only 10 XTR match", "psp_only -20 XTR match", "fee_without_charge -30 XTR accept",
			"unknown 40 XTR ask", "unknown 50 XTR ask", "refund_not_in_ledger -60 XTR match",
		}
		w.differ(want...)
		w.caught()
		w.differ(want...)
		w.sound()
	})
}

func TestStarsThatAreWithdrawnLeaveTheBalance(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stars("60")
		_, made := w.start(1, telegram.InStars)
		w.paid(w.lists(starred(made, "1", "501")))
		w.now = w.now.Add(time.Minute)
		leaves := func(id string, stars int64) *telegram.StarTransaction {
			w.listed = append(w.listed, telegram.StarTransaction{ID: id, Stars: stars, At: w.now, Partner: "fragment", Withdrawal: "pending"})
			w.now = w.now.Add(time.Minute)
			return &w.listed[len(w.listed)-1]
		}
		leaves("w1", 1000)
		w.caught()
		w.balances(map[payments.Account]string{payments.Clearing("stars"): "2000 XTR", payments.InTransit("stars"): "1000 XTR"})
		w.listed[1].Withdrawal = "succeeded"
		leaves("w2", 500)
		w.listed[2].Withdrawal = "failed"
		w.listed = append(w.listed, telegram.StarTransaction{ID: "w2", Stars: 500, At: w.now, Incoming: true, Partner: "fragment"})
		w.caught()
		w.caught()
		w.balances(map[payments.Account]string{payments.Clearing("stars"): "2000 XTR", payments.InTransit("stars"): "0 XTR", payments.Bank: "1000 XTR"})
		w.differ("payout_not_itemised 1000 XTR accept", "payout_failed 500 XTR ask")
		w.sound()
	})
}

func TestALongBalanceIsReadInPagesAndNotFromItsBeginningEachTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const rows = 1050
		start := w.now
		for i := range rows {
			w.listed = append(w.listed, telegram.StarTransaction{ID: fmt.Sprint("s", i), Stars: 1, At: start.Add(time.Duration(i) * time.Hour), Incoming: true, Partner: "user", Kind: "paid_media_payment"})
		}
		w.now = start.Add(rows * time.Hour)
		if err := w.settle.Own(t.Context(), telegram.InStars, w.orders.Merchant); err != nil {
			t.Fatal(err)
		}
		if got := w.caught(); got.Rows != rows {
			t.Errorf("%d rows of %d", got.Rows, rows)
		}
		w.read = 0
		got := w.caught()
		if got.Rows != 0 || got.Known != 24 || w.read > 60 {
			t.Errorf("again: %+v in %d calls", got, w.read)
		}
		var sum []payments.Transaction
		stars := w.desk.Gateways()[1].(payments.Settling)
		for hours := range 30 {
			sum = nil
			since := start.Add(time.Duration(hours*37) * time.Hour)
			if err := stars.Transactions(t.Context(), since, func(row payments.Transaction) error { sum = append(sum, row); return nil }); err != nil {
				t.Fatal(err)
			}
			if want := max(rows-hours*37, 0); len(sum) != want {
				t.Errorf("since hour %d there are %d rows, want %d", hours*37, len(sum), want)
			}
		}
		if sum != nil && sum[0].Gross != money.Of(1, money.Stars) {
			t.Errorf("%+v", sum[0])
		}
	})
}
