package stripe_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

func usd(minor int64) money.Amount { return money.Of(minor, "USD") }

// rows are the balance transactions of the last days.
func (s *shop) rows() (all []payments.Transaction) {
	s.t.Helper()
	err := s.gateway.Transactions(s.t.Context(), s.clock.Add(-90*24*time.Hour), func(row payments.Transaction) error {
		all = append(all, row)
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func TestEveryRowOfTheBalanceIsToldOldestFirstWithWhatItIsAbout(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	p := s.paid()
	paid := s.clock
	s.setClock(s.clock.Add(40 * 24 * time.Hour))
	s.given(1000)
	s.deliver(s.stripe.Dispute(t, p.Ref, true))
	s.setClock(s.clock.Add(time.Second))
	all := s.rows()
	charge := "ch_" + p.Ref
	fee := int64(4999/50 + 25)
	want := []payments.Transaction{
		{ID: "txn_" + p.Ref, Category: "charge", Source: charge, Charge: charge, Intent: "pi_" + p.Ref, Gross: usd(4999), Fee: usd(fee), Net: usd(4999 - fee), Seen: usd(4999),
			Method: "card", Country: "DE", Created: paid, Available: paid.Add(48 * time.Hour)},
		{ID: "txn_re_test_1", Category: "refund", Source: "re_test_1", Charge: charge, Intent: "pi_" + p.Ref, Gross: usd(-1000), Fee: usd(0), Net: usd(-1000), Seen: usd(-1000),
			Created: s.clock.Add(-time.Second), Available: s.clock.Add(48*time.Hour - time.Second)},
		{ID: "txn_dp_test_1", Category: "dispute", Source: "dp_test_1", Charge: charge, Gross: usd(-4999), Fee: usd(1500), Net: usd(-6499), Seen: usd(-4999),
			Created: s.clock.Add(-time.Second), Available: s.clock.Add(48*time.Hour - time.Second)},
	}
	if !slices.Equal(all, want) {
		t.Errorf("told\n%+v\nwant\n%+v", all, want)
	}
}

func TestLongListsAreReadToTheirEndOldestFirst(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	p := s.paid()
	for range 230 {
		s.stripe.MakeRefund(t, p.Ref, 1)
	}
	all := s.rows()
	if len(all) != 231 || all[0].Category != "charge" || all[1].ID != "txn_re_test_1" || all[230].ID != "txn_re_test_230" {
		t.Errorf("%d rows, the first is %+v", len(all), all[0])
	}
	told := 0
	err := s.gateway.Transactions(t.Context(), s.clock.Add(-time.Hour), func(payments.Transaction) error { told++; return errBroken })
	if told != 1 || err != errBroken { //nolint:errorlint // the very error of take
		t.Errorf("told %d times, %v", told, err)
	}
}

func TestAPayoutIsTheSumOfItsRowsAndOneByHandIsNotItemised(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	s.paid()
	s.given(999)
	s.stripe.PayOut(t, true)
	s.setClock(s.clock.Add(48 * time.Hour))
	s.stripe.MovePayout(t, "paid")
	s.stripe.MovePayout(t, "reconciled")
	s.stripe.PayOut(t, false)
	s.stripe.MovePayout(t, "failed")
	var all []payments.Payout
	if err := s.gateway.Payouts(t.Context(), s.clock.Add(-80*24*time.Hour), func(p payments.Payout) error { all = append(all, p); return nil }); err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	first, second := all[0], all[1]
	if first.Status != payments.PayoutPaid || !first.Automatic || !first.Reconciled || first.Descriptor != "BOOTS" || !first.Arrives.Equal(first.Created.Add(48*time.Hour)) {
		t.Errorf("%+v", first)
	}
	if second.Status != payments.PayoutFailed || second.Automatic || second.Returned != "txn_po_test_2_failed" {
		t.Errorf("%+v", second)
	}
	sum := money.Of(0, "USD")
	err := s.gateway.Itemised(t.Context(), first.ID, func(row payments.Transaction) error {
		if row.Payout != first.ID || row.Gross.Minor-row.Fee.Minor != row.Net.Minor || row.Category == "payout" {
			t.Errorf("%+v", row)
		}
		sum.Minor += row.Net.Minor
		return nil
	})
	if err != nil || sum != first.Amount || sum.IsZero() {
		t.Errorf("its rows are %s, it is %s, %v", sum, first.Amount, err)
	}
	nothing := func(payments.Transaction) error { return nil }
	if err := s.gateway.Itemised(t.Context(), second.ID, nothing); fault.KindOf(err) != fault.Conflict {
		t.Errorf("by hand: %v", err)
	}
	if err := s.gateway.Itemised(t.Context(), "po_none", nothing); fault.KindOf(err) != fault.Missing {
		t.Errorf("unknown: %v", err)
	}
}

// news is a listener to payouts.
type news []string

func (n *news) PayoutChanged(_ context.Context, gateway string, live bool, account string, p payments.Payout) error {
	*n = append(*n, fmt.Sprint(gateway, live, account, " ", p.ID, " ", p.Status, " ", p.Reconciled))
	return nil
}

func TestNewsOfPayoutsGoToWhoeverReconciles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		heard := &news{}
		s.PayoutNews = heard
		s.paid()
		created := s.stripe.PayOut(t, true)
		s.deliver(created, created, s.stripe.MovePayout(t, "in_transit"), s.stripe.MovePayout(t, "paid"))
		s.deliver(s.stripe.MovePayout(t, "reconciled"), s.stripe.Other(t, "payout.paid", map[string]any{"id": "po_gone"}))
		want := "stripefalse po_test_1 paid false,stripefalse po_test_1 paid false,stripefalse po_test_1 paid false,stripefalse po_test_1 paid true"
		if got := strings.Join(*heard, ","); got != want {
			t.Errorf("heard %s", got)
		}
		s.sound()
	})
}

func TestWhatWasMissedIsHeardLaterAndChangesNothingTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.stripe.Happen(t, p.Ref, "pay") // while we were away
		s.stripe.MakeRefund(t, p.Ref, 700)
		s.stripe.Dispute(t, p.Ref, true)
		s.stripe.Other(t, "customer.created", map[string]any{"id": "cus_1"})
		for range 2 {
			s.setClock(s.clock.Add(time.Minute))
			if err := s.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if s.now(p).Status != payments.Settled || s.orders.Refunded(t, theOrder) != 700 || s.kept() != 3 {
			t.Errorf("it is %s, %d went back, %d events are kept", s.now(p).Status, s.orders.Refunded(t, theOrder), s.kept())
		}
		if disputes, err := s.DisputesOf(t.Context(), p.Merchant, theOrder); err != nil || len(disputes) != 1 {
			t.Errorf("%+v, %v", disputes, err)
		}
		s.setClock(s.clock.Add(2 * time.Hour))
		if err := s.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		calls := len(s.stripe.Calls())
		if err := s.CatchUp(t.Context()); err != nil || len(s.stripe.Calls())-calls != 1 {
			t.Errorf("later it asks %v, %v", s.stripe.Calls()[calls:], err)
		}
		s.stripe.Refuse(500, 500)
		if err := s.CatchUp(t.Context()); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("with Stripe away: %v", err)
		}
		s.sound()
	})
}

func TestAFeeThatComesLaterThanTheChargeIsBookedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.stripe.LateFees()
		p := s.paid()
		fee := func() (sum int64) {
			balances, err := s.Balances(t.Context(), p.Merchant)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range balances {
				if one.Account == payments.Fees("stripe") {
					sum = one.Amount.Minor
				}
			}
			return sum
		}
		if fee() != 0 {
			t.Errorf("before it is known the fee is %d", fee())
		}
		comes := s.stripe.FeeComes(t, p.Ref)
		s.deliver(comes, comes, s.stripe.About(t, "charge.updated", p.Ref), s.stripe.About(t, "payment_intent.succeeded", p.Ref))
		if fee() != 4999/50+25 {
			t.Errorf("the fee is %d", fee())
		}
		s.sound()
	})
}

func TestEveryKindOfNewsOfAChargeSettlesItOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		for i, kind := range []string{"payment_intent.succeeded", "charge.succeeded", "charge.captured", "charge.updated", "payment_intent.amount_capturable_updated"} {
			order := theOrder + payments.OrderID(i) + 1
			s.orders.Place(t, order, price)
			p := s.opened(order)
			late := s.stripe.Happen(t, p.Ref, "pay")
			old := s.stripe.About(t, "payment_intent.processing", p.Ref)
			s.deliver(s.stripe.About(t, kind, p.Ref), old, late)
			if paid, times := s.orders.Paid(t, order); s.now(p).Status != payments.Settled || paid != price.Minor || times != 1 {
				t.Errorf("%s: it is %s, the order has %d in %d parts", kind, s.now(p).Status, paid, times)
			}
		}
		p := s.opened(theOrder)
		declined := s.stripe.Happen(t, p.Ref, "decline")
		s.deliver(s.stripe.About(t, "charge.failed", p.Ref), declined, s.stripe.About(t, "payment_intent.requires_action", p.Ref))
		if got := fmt.Sprint(s.told(theOrder)); got != "[ready failed]" || s.now(p).Status != payments.Open {
			t.Errorf("declined, it is %s and told %s", s.now(p).Status, got)
		}
		s.sound()
	})
}

func TestARefundIsHeardFromItsCharge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid()
		made := s.stripe.MakeRefund(t, p.Ref, 500)
		s.deliver(s.stripe.About(t, "charge.refunded", p.Ref), made)
		if s.orders.Refunded(t, theOrder) != 500 {
			t.Errorf("%d went back", s.orders.Refunded(t, theOrder))
		}
		s.sound()
	})
}

func (s *shop) dispute() payments.Dispute {
	s.t.Helper()
	all, err := s.DisputesOf(s.t.Context(), s.orders.Merchant, theOrder)
	if err != nil || len(all) != 1 {
		s.t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

// P10.
func TestADisputeGoesItsWayAtStripe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid()
		created := s.stripe.Dispute(t, p.Ref, false)
		s.deliver(created)
		if d := s.dispute(); d.Status != payments.DisputeOpen || d.Charge != "ch_"+p.Ref || d.Amount != price || len(d.Moves) != 0 || !d.Due.Equal(s.clock.Add(7*24*time.Hour)) {
			t.Errorf("%+v", d)
		}
		withdrawn := s.stripe.MoveDispute(t, "withdrawn")
		s.deliver(withdrawn, withdrawn, created)
		if d := s.dispute(); len(d.Moves) != 1 || d.Moves[0].Amount != usd(-4999) || d.Moves[0].Fee != usd(1500) {
			t.Errorf("%+v", d)
		}
		if _, err := s.SubmitEvidence(t.Context(), p.Merchant, s.dispute().ID, "ann", "They wear them."); err != nil {
			t.Fatal(err)
		}
		s.stripe.Lose(3) // the answers, of the client and of its connection that ask again; the evidence is there
		if err := s.work(); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("with a lost answer: %v", err)
		}
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if text, times := s.stripe.Evidence(); times != 1 || !strings.Contains(text, "They wear them.") || s.dispute().Evidence.State != payments.EvidenceSent {
			t.Errorf("submitted %d times: %s", times, text)
		}
		review, won := s.stripe.MoveDispute(t, "under_review"), s.stripe.MoveDispute(t, "won")
		s.deliver(s.stripe.MoveDispute(t, "reinstated"), won, review)
		if d := s.dispute(); d.Status != payments.DisputeWon || len(d.Moves) != 2 {
			t.Errorf("%+v", d)
		}
		s.sound()
	})
}
