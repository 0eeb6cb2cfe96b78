package stripe_test

import (
	"fmt"
	"testing"

	"parley/catalog/fault"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

// lost is a sale for a seller whose dispute was lost.
func (s *shop) lost() payments.Payment {
	s.t.Helper()
	p := s.paid()
	s.deliver(s.stripe.Parts(s.t, p.Ref)...)
	s.deliver(s.stripe.Dispute(s.t, p.Ref, true))
	over := s.stripe.MoveDispute(s.t, "lost")
	s.deliver(over, over)
	return p
}

// reversals is how often Stripe was asked to take a transfer back.
func (s *shop) reversals() (asked int) {
	for _, call := range s.stripe.Calls() {
		if call == "POST /v1/transfers/tr_cs_test_1/reversals" {
			asked++
		}
	}
	return asked
}

func TestWhatALostDisputeTookIsTakenBackFromTheSellerOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.sells()
		p := s.lost()
		fee := int64(4999/50 + 25)
		s.expect("lost", -4469+4999, -530, 4469, 530-fee-4999-1500, 0)
		const tries = 3 // the client's own, before anybody is told
		s.stripe.Lose(tries)
		if err := s.work(); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("with lost answers: %v", err)
		}
		s.stripe.Forget() // a day passes
		s.setClock(s.clock.AddDate(0, 0, 1))
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		after := []int64{530, -530, -530, 530 - fee - 1500, 0} // the fee is the platform's, so the seller owes what it has not
		s.expect("taken back", after...)
		s.deliver(s.stripe.Parts(t, p.Ref)...)
		s.deliver(s.stripe.MoveDispute(t, "lost"))
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		s.expect("and heard of again", after...)
		if s.reversals() != tries || len(s.reasons(s.orders.Merchant)) != 0 {
			t.Errorf("asked %d times, queued are %v", s.reversals(), s.reasons(s.orders.Merchant))
		}
		s.deliver(s.stripe.MoveDispute(t, "reinstated"), s.stripe.MoveDispute(t, "won"))
		if got := fmt.Sprint(s.reasons(s.orders.Merchant)); got != "[won_recovered]" {
			t.Errorf("won after all, queued are %s", got)
		}
		s.sound()
	})
}

func TestALossThatTheSellersAccountCannotBearWaitsForAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.sells()
		p := s.lost()
		s.stripe.Bar(true)
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		fee := int64(4999/50 + 25)
		s.expect("refused", -4469+4999, -530, 4469, 530-fee-4999-1500, 0)
		reviews, err := s.Reviews(t.Context(), p.Merchant, true, 0, 10)
		if err != nil || len(reviews) != 1 || reviews[0].Reason != payments.NotRecovered || reviews[0].Amount != usd(4999) || reviews[0].Detail != "payment.processor_refused" {
			t.Errorf("%+v, %v", reviews, err)
		}
	})
}

func TestALossThatThePlatformBearsLeavesTheSellerItsMoney(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.sells()
		if err := s.SetCut(t.Context(), s.orders.Merchant, payments.Cut{Rate: 100_000, Fixed: usd(30), Bears: true}); err != nil {
			t.Fatal(err)
		}
		p := s.lost()
		if err := s.SetCut(t.Context(), s.orders.Merchant, payments.Cut{Fixed: usd(0)}); err != nil { // of what is begun from now on
			t.Fatal(err)
		}
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		fee := int64(4999/50 + 25)
		s.expect("lost", -4469, -530+4999, 4469, 530-fee-4999-1500, 0)
		if s.reversals() != 0 || !s.now(p).PlatformBears {
			t.Errorf("asked %d times of %+v", s.reversals(), s.now(p))
		}
		s.deliver(s.stripe.MoveDispute(t, "reinstated"), s.stripe.MoveDispute(t, "won"))
		s.expect("won after all", -4469, -530, 4469, 530-fee-1500, 0)
	})
}

func TestAPartOfATransferIsTakenBackOnceForAKey(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	s.sells()
	p := s.paid()
	for _, step := range []struct {
		key  string
		back int64 // altogether, then
	}{{"a", 1000}, {"a", 1000}, {"b", 2000}} {
		s.stripe.Forget() // a day passes
		n, err := s.gateway.Recover(t.Context(), p, usd(1000), step.key)
		sum := int64(0)
		for _, part := range n.Parts {
			if part.Kind == payments.PartReversal {
				sum += part.Amount.Minor
			}
		}
		if err != nil || sum != step.back || n.Ref != p.Ref {
			t.Errorf("%s: %d went back, want %d: %+v, %v", step.key, sum, step.back, n, err)
		}
	}
}
