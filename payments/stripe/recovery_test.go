package stripe_test

import (
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/stripe/stripetest"
	"testing"
)

func TestAnExpiredSessionIsPaidByItsRecoveryLink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		expired := s.stripe.Happen(t, p.Ref, "expire")
		s.deliver(expired)
		if now := s.now(p); now.Status != payments.Expired || now.URL != s.stripe.URL+"/recover/"+p.Ref {
			t.Fatalf("%+v", now)
		}
		second, err := s.Start(t.Context(), theOrder, "stripe") // and meanwhile another link was asked for
		if err != nil || second.ID == p.ID {
			t.Fatalf("%+v, %v", second, err)
		}
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		recovered := s.stripe.Recover(t, p.Ref)
		paid := s.stripe.Happen(t, recovered, "pay")
		s.deliver(paid, s.stripe.About(t, "charge.updated", recovered), expired, paid)
		if now := s.now(p); now.Status != payments.Settled || now.Via != recovered || s.now(second).Status != payments.Replaced {
			t.Errorf("%+v, the second link %s", now, s.now(second).Status)
		}
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if sessions := s.stripe.Sessions(); sessions[1].Status != "expired" {
			t.Errorf("the second link is %s", sessions[1].Status)
		}
		if _, err := s.GrantRefund(t.Context(), payments.RefundAsk{Merchant: p.Merchant, Order: theOrder, Amount: price, Reason: "torn", Request: "1", Who: "ann"}); err != nil {
			t.Fatal(err)
		}
		if err := s.work(); err != nil || s.now(p).Status != payments.Refunded {
			t.Errorf("given back: %s, %v", s.now(p).Status, err)
		}
		s.sound()
	})
}

func TestWhatWasCapturedInPartGoesToAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.stripe.Happen(t, p.Ref, "pay")
		s.stripe.Tamper(t, p.Ref, func(made *stripetest.Session) { made.Received = made.Amount - 1000 })
		s.deliver(s.stripe.About(t, "charge.captured", p.Ref))
		reviews, err := s.Reviews(t.Context(), p.Merchant, true, 0, 10)
		if err != nil || len(reviews) != 1 || reviews[0].Reason != payments.WrongAmount || reviews[0].Amount != usd(3999) {
			t.Errorf("%+v, %v", reviews, err)
		}
		s.sound()
	})
}
