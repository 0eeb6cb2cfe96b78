package payments_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

func (s *shop) ask(minor int64, request string) payments.RefundAsk {
	return payments.RefundAsk{Merchant: s.orders.Merchant, Order: theOrder, Amount: money.Of(minor, "USD"), Reason: "too small", Request: request, Who: "ann"}
}

func (s *shop) grant(ask payments.RefundAsk) payments.Refund {
	s.t.Helper()
	r, err := s.GrantRefund(s.t.Context(), ask)
	if err != nil {
		s.t.Fatalf("refund %s: %v", ask.Request, err)
	}
	return r
}

// given is the refund as it is after the processor was asked.
func (s *shop) given(ask payments.RefundAsk) payments.Refund {
	s.t.Helper()
	r := s.grant(ask)
	if err := s.work(); err != nil {
		s.t.Fatal(err)
	}
	return s.again(r)
}

func (s *shop) again(r payments.Refund) payments.Refund {
	s.t.Helper()
	all, err := s.RefundsOf(s.t.Context(), r.Merchant, r.Order)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, one := range all {
		if one.ID == r.ID {
			return one
		}
	}
	s.t.Fatalf("refund %d is gone", r.ID)
	return r
}

func (s *shop) refused(ask payments.RefundAsk, want string) {
	s.t.Helper()
	if _, err := s.GrantRefund(s.t.Context(), ask); keyOf(err) != want {
		s.t.Errorf("%s: %v, want %s", ask.Request, err, want)
	}
}

func TestMoneyGoesBackInPartsAndNeverMoreThanCame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.refused(s.ask(100, "early"), "conflict payment.not_captured")
		p := s.paid(theOrder)
		r := s.given(s.ask(2000, "one"))
		if r.Status != payments.RefundDone || r.Ref == "" || s.now(p).Status != payments.Settled || s.orders.Refunded(t, theOrder) != 2000 {
			t.Errorf("%+v, the payment is %s", r, s.now(p).Status)
		}
		_, err := s.GrantRefund(t.Context(), s.ask(3000, "two"))
		if why, _ := fault.Of(err); why == nil || why.Key != "payment.refund_too_much" || why.Args["left"] != "29.99 USD" {
			t.Errorf("too much: %v", err)
		}
		s.given(s.ask(2999, "three"))
		if s.now(p).Status != payments.Refunded || s.orders.Refunded(t, theOrder) != 4999 {
			t.Errorf("given back, it is %s", s.now(p).Status)
		}
		if got := fmt.Sprint(s.balances(p)); got != "map[clearing:bank:0 receivable:-4999 refunds:bank:4999]" {
			t.Errorf("the books say %s", got)
		}
		if got := fmt.Sprint(s.told(theOrder)); got != "[ready settled refunded refunded]" {
			t.Errorf("told %s", got)
		}
		s.hear(s.bank.say(p, payments.Settled, "ch_17")) // old news
		s.sound()
	})
}

func TestPiecesAreWorthTheirShareAndAddUpToTheLine(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid(theOrder)
		pieces := func(request string, position, quantity int) payments.RefundAsk {
			ask := s.ask(0, request)
			ask.Amount, ask.Pieces = money.Amount{}, []payments.RefundPieces{{Position: position, Quantity: quantity}}
			return ask
		}
		s.refused(pieces("four", 1, 4), "conflict payment.refund_pieces_gone")
		s.refused(pieces("which", 2, 1), "invalid payment.refund_line_unknown")
		sum := int64(0)
		for _, request := range []string{"a", "b", "c"} {
			r := s.given(pieces(request, 1, 1))
			if sum += r.Amount.Minor; r.Amount.Minor < 1666 || r.Amount.Minor > 1667 || len(r.Lines) != 1 {
				t.Errorf("a third is %+v", r)
			}
		}
		s.refused(pieces("d", 1, 1), "conflict payment.refund_pieces_gone")
		if sum != price.Minor || s.now(p).Status != payments.Refunded {
			t.Errorf("the pieces add up to %d", sum)
		}
		s.sound()
	})
}

func TestARefundAskedForAgainIsTheSame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.paid(theOrder)
		first, again := s.given(s.ask(100, "one")), s.given(s.ask(100, "one"))
		if first.ID != again.ID || len(s.bank.gave) != 1 || s.orders.Refunded(t, theOrder) != 100 {
			t.Errorf("%+v and %+v", first, again)
		}
		s.refused(s.ask(101, "one"), "conflict payment.refund_key_used")
		s.refused(s.ask(100, ""), "invalid payment.refund_key_needed")
		s.refused(s.ask(0, "none"), "invalid payment.refund_amount_needed")
		foreign := s.ask(100, "foreign")
		foreign.Merchant++
		s.refused(foreign, "missing payment.missing")
		s.sound()
	})
}

func TestFiftyAtOnceNeverGiveBackMoreThanCame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid(theOrder)
		var all sync.WaitGroup
		errs := make(chan error, 50)
		for i := range 50 {
			all.Go(func() {
				_, err := s.GrantRefund(t.Context(), s.ask(1000, fmt.Sprint("request ", i)))
				errs <- err
			})
		}
		all.Wait()
		granted := 0
		for range 50 {
			switch err := <-errs; keyOf(err) {
			case "<nil>":
				granted++
			case "conflict payment.refund_too_much":
			default:
				t.Error(err)
			}
		}
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if granted != 4 || s.orders.Refunded(t, theOrder) != 4000 || s.now(p).Status != payments.Settled {
			t.Errorf("%d were granted, %d given back", granted, s.orders.Refunded(t, theOrder))
		}
		s.sound()
	})
}

func TestWhereTwoAreWantedOneGrantsAndAnotherExecutes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.paid(theOrder)
		if err := s.SetRules(t.Context(), s.orders.Merchant, payments.Rules{TwoStep: true}); err != nil {
			t.Fatal(err)
		}
		r := s.given(s.ask(100, "one"))
		if r.Status != payments.RefundGranted || len(s.bank.gave) != 0 {
			t.Fatalf("granted it is %+v", r)
		}
		if _, err := s.ExecuteRefund(t.Context(), r.Merchant, r.ID, "ann"); keyOf(err) != "denied payment.refund_same_person" {
			t.Errorf("the same person: %v", err)
		}
		for range 2 {
			if _, err := s.ExecuteRefund(t.Context(), r.Merchant, r.ID, "bob"); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.work(); err != nil || s.again(r).Status != payments.RefundDone || s.again(r).ExecutedBy != "bob" {
			t.Errorf("executed it is %+v, %v", s.again(r), err)
		}
		other := s.grant(s.ask(4899, "two"))
		s.refused(s.ask(1, "three"), "conflict payment.refund_too_much")
		if _, err := s.WithdrawRefund(t.Context(), other.Merchant, other.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ExecuteRefund(t.Context(), other.Merchant, other.ID, "bob"); keyOf(err) != "conflict payment.refund_over" {
			t.Errorf("withdrawn: %v", err)
		}
		s.grant(s.ask(1, "three"))
		s.sound()
	})
}

func TestARefundWhoseAnswerWasLostIsAskedForWithTheSameKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.paid(theOrder)
		s.bank.lose = errors.New("connection reset")
		r := s.grant(s.ask(700, "one"))
		if err := s.work(); err == nil || s.again(r).Status != payments.RefundSending {
			t.Fatalf("after a lost answer: %v, %s", err, s.again(r).Status)
		}
		for range 12 { // a processor that is down for long is not given up
			s.bank.down = fault.New(fault.Unavailable, "payment.processor_unavailable")
			_ = s.work() // says that it is down
		}
		s.bank.down = nil
		if err := s.work(); err != nil || s.again(r).Status != payments.RefundDone || len(s.bank.gave) != 1 || s.bank.asked[r.Key] != 2 {
			t.Errorf("%v, %s, asked %v", err, s.again(r).Status, s.bank.asked)
		}
		s.sound()
	})
}

func TestARefusedRefundWaitsForAPersonAndMayBeTriedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid(theOrder)
		s.bank.down = fault.New(fault.Denied, "payment.processor_refused")
		r := s.given(s.ask(4999, "one"))
		if r.Status != payments.RefundFailed || r.Why != "payment.processor_refused" || fmt.Sprint(s.reasons(p.Merchant)) != "[refund_failed]" || s.orders.Refunded(t, theOrder) != 0 {
			t.Errorf("%+v, queued are %v", r, s.reasons(p.Merchant))
		}
		s.bank.down = nil
		if s.given(s.ask(4999, "two")).Status != payments.RefundDone || s.now(p).Status != payments.Refunded {
			t.Error("it can't be tried again")
		}
		s.sound()
	})
}

func TestARefundThatCameBackIsADebtUntilItIsPaidOff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid(theOrder)
		s.bank.slow = true
		r := s.given(s.ask(3000, "one"))
		if r.Status != payments.RefundWorking {
			t.Fatalf("it is %s", r.Status)
		}
		delete(s.bank.gave, r.Key)
		for range 2 {
			s.hear(s.bank.sayRefund(p, r, payments.RefundFailed))
		}
		s.hear(s.bank.sayRefund(p, r, payments.RefundDone)) // late, and old
		if s.again(r).Status != payments.RefundFailed || s.orders.Refunded(t, theOrder) != 0 || fmt.Sprint(s.reasons(p.Merchant)) != "[refund_failed]" {
			t.Errorf("%+v, queued are %v", s.again(r), s.reasons(p.Merchant))
		}
		if got := fmt.Sprint(s.balances(p)); got != "map[clearing:bank:4999 owed:-3000 receivable:-4999 refunds:bank:3000]" {
			t.Errorf("the books say %s", got)
		}
		s.seal()
		s.sound()
		s.bank.slow = false
		if s.given(s.ask(4999, "two")).Status != payments.RefundDone || s.now(p).Status != payments.Refunded {
			t.Error("the debt can't be paid off")
		}
		if got := fmt.Sprint(s.balances(p)); got != "map[clearing:bank:0 owed:0 receivable:-4999 refunds:bank:4999]" {
			t.Errorf("the books say %s", got)
		}
		if got := fmt.Sprint(s.told(theOrder)); got != "[ready settled refunded refund_failed refunded]" {
			t.Errorf("told %s", got)
		}
		s.sound()
	})
}

func TestARefundMadeAtTheProcessorsIsTakenOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid(theOrder)
		elsewhere := payments.Refund{Ref: "re_page", Amount: money.Of(1500, "USD")}
		for range 2 {
			s.hear(s.bank.sayRefund(p, elsewhere, payments.RefundDone))
		}
		twin := s.bank.sayRefund(p, elsewhere, payments.RefundDone)
		twin.Event = "evt_twin"
		s.hear(twin)
		if s.orders.Refunded(t, theOrder) != 1500 {
			t.Errorf("%d was given back", s.orders.Refunded(t, theOrder))
		}
		s.hear(s.bank.sayRefund(p, payments.Refund{Ref: "re_more", Key: "k", Amount: price}, payments.RefundDone))
		if got := fmt.Sprint(s.reasons(p.Merchant)); got != "[refund_elsewhere]" || s.orders.Refunded(t, theOrder) != 1500 {
			t.Errorf("queued are %s", got)
		}
		s.sound()
	})
}

func TestMoneyOfNoOrderGoesBackWithoutTouchingTheOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.orders.Cancel(t, theOrder)
		s.hear(s.bank.say(p, payments.Settled, "ch_1"))
		if r := s.given(s.ask(4999, "one")); r.Status != payments.RefundDone || s.orders.Refunded(t, theOrder) != 0 {
			t.Errorf("%+v", r)
		}
		if got := fmt.Sprint(s.balances(p)); got != "map[clearing:bank:0 unmatched:0]" {
			t.Errorf("the books say %s", got)
		}
		s.sound()
	})
}
