package settlement_test

import (
	"context"
	"testing"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/settlement"
)

// network takes money in its own chats by a processor behind it, which knows nothing of our orders.
type network struct{ *processor }

func (network) Name() string { return "network" }
func (network) Instant()     {}
func (network) Open(_ context.Context, p payments.Payment, _ payments.Due, _ payments.Return) (payments.Opened, error) {
	return payments.Opened{Ref: "invoice_" + p.Key}, nil
}

func TestChargesBehindAnotherNetworkAreOfItsOrders(t *testing.T) {
	for name, key := range map[string]string{"by charge": "ch_7", "by intent": "pi_7"} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := open(t, d)
				w.books = payments.New(w.d, w.orders, func() time.Time { return w.clock }, "", w.bank, network{w.bank})
				w.settle = settlement.New(w.d, w.books, func() time.Time { return w.clock })
				w.orders.Place(t, 7, money.Of(10000, "USD"))
				p, err := w.books.Start(t.Context(), 7, "network")
				w.must(err)
				row := w.bank.row("charge", "ch_7", "ch_7", money.Of(10000, "USD"), 300)
				w.bank.list[0].Intent = "pi_7"
				if name == "by intent" { // the processor's row is known before the network's news
					w.pull()
					w.expectQueue("psp_only txn:" + row.ID + " 100.00 USD")
				}
				w.must(w.books.Hear(t.Context(), "network", payments.Notice{
					Event: "paid:7", Key: key, Holder: "bank", Ref: p.Ref, Payment: p.Key, News: payments.Settled, Amount: p.Amount,
				}))
				w.pull()
				w.must(w.settle.Settle(t.Context(), "bank"))
				w.expectQueue()
				w.expectBalances(map[string]int64{"clearing:bank USD": 9700, "receivable USD": -10000})
				w.sound()
			})
		})
	}
}
