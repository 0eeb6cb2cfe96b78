package telegram_test

import (
	"fmt"
	"testing"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/telegram"
)

// starred is money in Stars.
func starred(made telegram.Invoice, number, buyer string) telegram.Charge {
	c := charge(made, number, buyer)
	c.Charge, c.Provider = "stars_"+number, "stars_"+number
	return c
}

func TestStarsPayAnOrderInItsOwnCurrency(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stars("60.5")
		p, made := w.start(1, telegram.InStars)
		if made.Currency != "XTR" || made.Total != 3025 || len(made.Prices) != 1 || p.Tender != money.Of(3025, money.Stars) || p.Amount != money.Of(4999, "USD") { // 49.99 × 60.5 = 3024.395
			t.Fatalf("%+v for %+v", made, p)
		}
		if token, err := w.desk.ToSend(t.Context(), made.Payload); err != nil || token != "" {
			t.Errorf("sent with %q, %v", token, err)
		}
		if got := w.ask(made, nil); got != "" {
			t.Errorf("asked: %q", got)
		}
		w.paid(starred(made, "1", "501"))
		w.paid(starred(made, "1", "501"))
		if paid, times := w.orders.Paid(t, 1); paid != 4999 || times != 1 {
			t.Errorf("the order has %d in %d parts", paid, times)
		}
		w.balances(map[payments.Account]string{
			payments.Clearing("stars"): "3025 XTR", payments.Receivable: "-49.99 USD", payments.FX: "-3025 XTR 49.99 USD",
		})
		w.sound()
	})
}

func TestStarsGoBackAsAWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stars("60")
		p, made := w.start(1, telegram.InStars)
		w.paid(starred(made, "1", "501"))
		ask := payments.RefundAsk{Merchant: p.Merchant, Order: 1, Amount: money.Of(999, "USD"), Reason: "late", Request: "one", Who: "ann"}
		_, err := w.pay.GrantRefund(t.Context(), ask)
		if said, _ := fault.Of(err); said == nil || said.Key != "payment.refund_whole" {
			t.Errorf("a part: %v", err)
		}
		ask.Amount, ask.Request = p.Amount, "all"
		if _, err := w.pay.GrantRefund(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
		w.work()
		back := starred(made, "1", "501")
		if err := w.desk.GivenBack(t.Context(), back); err != nil { // Telegram says so as well
			t.Fatal(err)
		}
		if fmt.Sprint(w.back) != "[501 stars_1]" || w.orders.Refunded(t, 1) != 4999 || w.again(p).Status != payments.Refunded {
			t.Errorf("%v went back, the order had back %d, it is %s", w.back, w.orders.Refunded(t, 1), w.again(p).Status)
		}
		w.balances(map[payments.Account]string{payments.Clearing("stars"): "0 XTR", payments.FX: "0 XTR 0.00 USD"})
		w.sound()
	})
}

func TestStarsThatNoOrderTookGoBackToWhoPaidThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stars("60")
		p, made := w.start(1, telegram.InStars)
		w.paid(starred(made, "1", "501"))
		w.paid(starred(made, "2", "777"))
		reviews, err := w.pay.Reviews(t.Context(), p.Merchant, true, 0, 10)
		if err != nil || len(reviews) != 1 || reviews[0].Reason != payments.SecondCapture {
			t.Fatalf("%+v, %v", reviews, err)
		}
		if err := w.pay.Resolve(t.Context(), p.Merchant, reviews[0].ID, payments.GiveBack, "ann", "paid twice"); err != nil {
			t.Fatal(err)
		}
		w.work()
		if fmt.Sprint(w.back) != "[777 stars_2]" || w.orders.Refunded(t, 1) != 0 {
			t.Errorf("%v went back, %d of the order", w.back, w.orders.Refunded(t, 1))
		}
		w.sound()
	})
}

func TestStarsForACancelledOrderWaitForAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stars("60")
		_, made := w.start(1, telegram.InStars)
		w.orders.Cancel(t, 1)
		w.paid(starred(made, "1", "501"))
		if got := fmt.Sprint(w.reviews()); got != "[order_refused]" {
			t.Errorf("waiting: %s", got)
		}
		w.sound()
	})
}

// balances wants accounts to hold so much, in every currency.
func (w *world) balances(want map[payments.Account]string) {
	w.t.Helper()
	all, err := w.pay.Balances(w.t.Context(), w.orders.Merchant)
	if err != nil {
		w.t.Fatal(err)
	}
	got := map[payments.Account]string{}
	for _, currency := range []money.Currency{money.Stars, "USD"} {
		for _, one := range all {
			if one.Amount.Currency == currency {
				if got[one.Account] != "" {
					got[one.Account] += " "
				}
				got[one.Account] += one.Amount.String()
			}
		}
	}
	for account, amount := range want {
		if got[account] != amount {
			w.t.Errorf("%s has %s, want %s", account, got[account], amount)
		}
	}
}
