package stripe_test

import (
	"fmt"
	"testing"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

func (s *shop) paid() payments.Payment {
	s.t.Helper()
	p := s.opened(theOrder)
	s.deliver(s.stripe.Happen(s.t, p.Ref, "pay"))
	return s.now(p)
}

func (s *shop) given(minor int64) payments.Refund {
	s.t.Helper()
	r, err := s.GrantRefund(s.t.Context(), payments.RefundAsk{
		Merchant: s.orders.Merchant, Order: theOrder, Amount: money.Of(minor, "USD"), Reason: "too small", Request: fmt.Sprint("request of ", minor), Who: "ann",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.work(); err != nil {
		s.t.Fatal(err)
	}
	return s.refund(r)
}

func (s *shop) refund(r payments.Refund) payments.Refund {
	s.t.Helper()
	all, err := s.RefundsOf(s.t.Context(), s.orders.Merchant, theOrder)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, one := range all {
		if one.ID == r.ID {
			return one
		}
	}
	return payments.Refund{}
}

func TestARefundThatStripeTookWaitsForItsBankAndMayComeBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.paid()
		s.stripe.Refunds("pending")
		r := s.given(2000)
		if r.Status != payments.RefundWorking || s.orders.Refunded(t, theOrder) != 2000 {
			t.Fatalf("%+v", r)
		}
		s.deliver(s.stripe.MoveRefund(t, "succeeded"))
		if s.refund(r).Status != payments.RefundDone {
			t.Errorf("it is %s", s.refund(r).Status)
		}
		failed := s.stripe.MoveRefund(t, "failed")
		s.deliver(failed, failed)
		if s.refund(r).Status != payments.RefundFailed || s.orders.Refunded(t, theOrder) != 0 || fmt.Sprint(s.reasons(s.orders.Merchant)) != "[refund_failed]" {
			t.Errorf("it is %+v, queued are %v", s.refund(r), s.reasons(s.orders.Merchant))
		}
		if got := fmt.Sprint(s.told(theOrder)); got != "[ready settled refunded refund_failed]" {
			t.Errorf("told %s", got)
		}
		s.sound()
	})
}

func TestARefundIsLookedForBeforeItIsMadeAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid()
		first, err := s.gateway.Refund(t.Context(), p, money.Of(700, "USD"), "key")
		if err != nil {
			t.Fatal(err)
		}
		s.setClock(s.clock.Add(48 * time.Hour))
		s.stripe.Forget() // idempotency keys live for a day
		again, err := s.gateway.Refund(t.Context(), p, money.Of(700, "USD"), "key")
		if err != nil || again != first {
			t.Errorf("%+v and then %+v, %v", first, again, err)
		}
	})
}

func TestARefundFromStripesPagesIsTakenOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid()
		s.deliver(s.stripe.MakeRefund(t, p.Ref, 4999))
		if s.orders.Refunded(t, theOrder) != 4999 || s.now(p).Status != payments.Refunded {
			t.Errorf("%d was given back, the payment is %s", s.orders.Refunded(t, theOrder), s.now(p).Status)
		}
		s.sound()
	})
}
