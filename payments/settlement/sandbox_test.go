package settlement_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/paymentstest"
	"parley/payments/sandbox"
	"parley/payments/settlement"
)

func TestWhateverTheSandboxDoesIsSettled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		desk, err := sandbox.New(d, true, []byte("a secret of the test's own"), "https://shop.example", func() time.Time { return w.clock })
		w.must(err)
		w.books = payments.New(d, w.orders, func() time.Time { return w.clock }, "https://shop.example", desk)
		w.settle = settlement.New(d, w.books, func() time.Time { return w.clock })
		w.books.PayoutNews = w.settle
		tell := func(all ...payments.Notice) {
			for _, n := range all {
				w.must(w.books.Hear(t.Context(), sandbox.Name, n))
			}
			w.later(time.Minute)
		}
		for i, buttons := range []string{
			"pay", "later settle", "decline pay_late", "pay_part", "pay pay_again", "pay give_back give_back", "pay give_back refund_fail", "pay dispute dispute_win", "pay dispute dispute_lose dispute_win",
			"pay dispute dispute_lose", "pay give_back dispute dispute_lose",
		} {
			order := payments.OrderID(1000 + i)
			w.orders.Place(t, order, money.Of(5000, "USD"))
			p, err := w.books.Start(t.Context(), order, sandbox.Name)
			w.must(err)
			for button := range strings.FieldsSeq(buttons) {
				news, err := desk.Act(t.Context(), p.Ref, sandbox.Deed(button))
				w.must(err)
				tell(news...)
			}
		}
		n, err := desk.PayOut(t.Context(), "USD", true)
		w.must(err)
		tell(n)
		for _, status := range []payments.PayoutStatus{payments.PayoutInTransit, payments.PayoutPaid} {
			n, err = desk.MovePayout(t.Context(), n.Payout.ID, status)
			w.must(err)
			tell(n)
		}
		n, err = desk.Reconcile(t.Context(), n.Payout.ID)
		w.must(err)
		tell(n)
		w.must(paymentstest.Work(t, d, w.settle.Keeping().Kinds))
		sent := n.Payout.Amount.Minor
		w.expectBalances(map[string]int64{"clearing:sandbox USD": 0, "in_transit:sandbox USD": sent})
		got := map[string]int{}
		for _, one := range w.queue() {
			class, _, _ := strings.Cut(one, " ")
			got[class]++
		}
		if fmt.Sprint(got) != "map[dispute_open_or_lost:2 dispute_won:2 duplicate_charge:1]" {
			t.Errorf("the queue is %s", strings.Join(w.queue(), "\n"))
		}
		w.sound()

		n, err = desk.MovePayout(t.Context(), n.Payout.ID, payments.PayoutFailed)
		w.must(err)
		tell(n)
		_, err = w.settle.Pull(t.Context(), sandbox.Name)
		w.must(err)
		w.expectBalances(map[string]int64{"clearing:sandbox USD": sent, "in_transit:sandbox USD": 0})
		n, err = desk.PayOut(t.Context(), "USD", false)
		w.must(err)
		tell(n)
		_, err = w.settle.Pull(t.Context(), sandbox.Name)
		w.must(err)
		w.expectBalances(map[string]int64{"clearing:sandbox USD": 0, "in_transit:sandbox USD": sent})
		w.sound()
	})
}
