package payments_test

import (
	"context"
	"strings"
	"testing"

	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

func TestTheDatabaseItselfRefusesWhatMustNotBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.hear(s.bank.say(p, payments.Settled, "ch_1"))
		s.orders.Place(t, 18, price)
		s.opened(18)
		row := `insert into payments (merchant_id, order_id, gateway, idem_key, ref, status, amount, captured, currency, live, opened_at, changed_at) `
		entry := `insert into ledger_entries (merchant_id, order_id, reason, source, business_key, at) `
		for what, statement := range map[string]string{
			"changing an entry":       "update ledger_entries set reason = 'x'",
			"removing an entry":       "delete from ledger_entries",
			"changing a posting":      "update ledger_postings set amount = 1",
			"removing a posting":      "delete from ledger_postings",
			"booking a charge twice":  entry + "select merchant_id, 99, reason, source, business_key, at from ledger_entries",
			"a second capture":        entry + "select merchant_id, order_id, reason, source, 'capture:ch_2', at from ledger_entries",
			"a negative move":         "insert into ledger_postings select entry_id, 7, from_account, to_account, -amount, currency from ledger_postings",
			"a move to itself":        "insert into ledger_postings select entry_id, 7, to_account, to_account, amount, currency from ledger_postings",
			"two attempts at once":    row + "select merchant_id, order_id, gateway, 'k2', '', status, amount, captured, currency, live, opened_at, changed_at from payments where order_id = 18",
			"one ref, two payments":   row + "select merchant_id, 77, gateway, 'k3', ref, 'failed', amount, captured, currency, live, opened_at, changed_at from payments where order_id = 18",
			"a payment without a key": row + "select merchant_id, 78, gateway, '', '', 'failed', amount, captured, currency, live, opened_at, changed_at from payments where order_id = 18",
			"settled with nothing":    "update payments set captured = 0 where order_id = 17",
			"an unknown state":        "update payments set status = 'declined' where order_id = 18",
			"nobody's payment":        "update payments set merchant_id = 999999",
		} {
			err := d.InTx(t.Context(), func(ctx context.Context) error { return d.On(ctx).Exec(statement).Error })
			if err == nil {
				t.Errorf("%s was accepted", what)
			}
		}
		s.sound()
	})
}

func TestVerifyFindsWhatIsBroken(t *testing.T) {
	for laws, breakIt := range map[string]string{
		"L1":    "insert into ledger_entries (merchant_id, reason, source, business_key, at) select merchant_id, 'fee', 'bank', 'fee:x', at from ledger_entries where reason = 'capture'",
		"P2":    "update payments set captured = captured + 1 where order_id = 17",
		"P3 P5": "update payments set status = 'failed' where order_id = 17",
		"P7": `insert into payment_events (merchant_id, payment_id, gateway, event_id, charge, news, live, at)
			select merchant_id, (select id from payments where order_id = 18), gateway, 'evt_other', charge, news, live, at from payment_events where news = 'settled'`,
		"P8":         "insert into payment_events (payment_id, gateway, event_id, charge, news, amount, live, at) select payment_id, gateway, 'evt_other', 'ch_lost', news, amount, live, at from payment_events where news = 'settled'",
		"P8.early":   "update payment_events set aside = '{}'",
		"P10":        "insert into dispute_moves (dispute_id, transaction_id, amount, fee, currency, at) select id, 'txn_again', -0 - 1, 0, 'USD', opened_at from disputes",
		"P10.booked": "update dispute_moves set fee = 1600",
		"P10.lost":   "update disputes set status = 'lost', closed_at = opened_at",
		"W2":         "update payment_events set live = true where news = 'settled'",
	} {
		t.Run(laws, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := open(t, d)
				p := s.paid(theOrder)
				s.orders.Place(t, 18, price)
				s.opened(18)
				s.hear(s.disputed(p, charge17, payments.DisputeOpen, -4999))
				s.sound()
				s.exec(breakIt)
				want := laws
				if laws == "P10" {
					want += " P10.booked" // what is not booked breaks that too
				}
				if got := s.broken(); got != want {
					t.Errorf("broken are %s", got)
				}
			})
		})
	}
}

// broken are the invariants that do not hold.
func (s *shop) broken() string {
	s.t.Helper()
	findings, err := s.Verify(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	var broken []string
	for _, found := range findings {
		if found.Count > 0 {
			broken = append(broken, found.Invariant)
		}
		if (found.Count > 0) != (len(found.First) > 0) {
			s.t.Errorf("%+v", found)
		}
	}
	return strings.Join(broken, " ")
}

func TestStrayMoneyWithoutAPlaceInTheQueueIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.orders.Cancel(t, theOrder)
		s.hear(s.bank.say(p, payments.Settled, "ch_1"))
		s.exec("delete from payment_reviews")
		if got := s.broken(); got != "P2 P3" {
			t.Errorf("broken are %s", got)
		}
	})
}

func TestAReviewIsClosedOnceByItsMerchantWithANote(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.orders.Cancel(t, theOrder)
		s.hear(s.bank.say(p, payments.Settled, "ch_1"))
		reviews, err := s.Reviews(t.Context(), p.Merchant, true, 0, 10)
		if err != nil || len(reviews) != 1 {
			t.Fatal(reviews, err)
		}
		id := reviews[0].ID
		if err := s.CloseReview(t.Context(), p.Merchant, id, "olga", ""); keyOf(err) != "invalid payment.note_needed" {
			t.Error(err)
		}
		if err := s.CloseReview(t.Context(), p.Merchant+1, id, "olga", "refunded"); keyOf(err) != "missing payment.review_missing" {
			t.Error(err)
		}
		if err := s.CloseReview(t.Context(), p.Merchant, id, "olga", "refunded by hand"); err != nil {
			t.Fatal(err)
		}
		if err := s.CloseReview(t.Context(), p.Merchant, id, "olga", "again"); keyOf(err) != "conflict payment.review_closed" {
			t.Error(err)
		}
		closed, err := s.Reviews(t.Context(), p.Merchant, false, 0, 10)
		if err != nil || len(closed) != 1 || closed[0].ClosedBy != "olga" || closed[0].Note != "refunded by hand" || !closed[0].Closed.Equal(s.clock) || closed[0].Open {
			t.Errorf("closed as %+v, %v", closed, err)
		}
		s.sound()
	})
}
