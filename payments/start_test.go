package payments_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

func keyOf(err error) string {
	if classified, ok := fault.Of(err); ok {
		return string(classified.Kind) + " " + classified.Key
	}
	return fmt.Sprint(err)
}

func TestAProcessorWhoseAnswerWasLostIsAskedAgainWithTheSameKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.start(theOrder, "bank")
		if p.Status != payments.Opening || p.Key == "" || p.URL != "" || len(s.bank.asked) != 0 {
			t.Fatalf("started as %+v", p)
		}
		s.bank.lose = errors.New("connection reset")
		if err := s.work(); err == nil || s.now(p).Status != payments.Opening {
			t.Fatalf("after a lost answer: %v, %s", err, s.now(p).Status)
		}
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if len(s.bank.asked) != 1 || s.bank.asked[p.Key] != 2 {
			t.Errorf("the bank was asked %v", s.bank.asked)
		}
		now := s.now(p)
		if now.Status != payments.Open || !strings.HasSuffix(now.URL, "?back=https://shop.example/pay/return/"+p.Key) {
			t.Errorf("opened as %+v", now)
		}
		if got := fmt.Sprint(s.told(theOrder)); got != "[ready]" {
			t.Errorf("the buyer was told %s", got)
		}
	})
}

func TestARefusalOrALongSilenceOfTheProcessorIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.bank.down = fault.New(fault.Denied, "payment.processor_refused")
		p := s.opened(theOrder)
		s.orders.Place(t, 18, price)
		s.bank.down = fault.New(fault.Unavailable, "payment.processor_unavailable")
		q := s.start(18, "bank")
		tries := 0
		for ; s.work() != nil && tries < 50; tries++ {
		}
		if s.now(p).Status != payments.Failed || s.now(q).Status != payments.Failed || tries < 3 {
			t.Errorf("the payments are %s and, after %d tries, %s", s.now(p).Status, tries, s.now(q).Status)
		}
		if got := fmt.Sprint(s.told(theOrder), s.told(18)); got != "[failed] [failed]" {
			t.Errorf("the buyers were told %s", got)
		}
	})
}

func TestAskingAgainGivesTheSamePaymentAndAnotherWayReplacesIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		first := s.opened(theOrder)
		if again := s.start(theOrder, "bank"); again.ID != first.ID || again.URL != first.URL {
			t.Errorf("asked again: %+v", again)
		}
		second := s.start(theOrder, "till")
		if second.ID == first.ID || second.Status != payments.Open || second.URL == "" {
			t.Errorf("another way: %+v", second)
		}
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if now := s.now(first); now.Status != payments.Replaced || !now.Closed || !s.bank.shut[first.Ref] {
			t.Errorf("the first is %s, closed %v", now.Status, now.Closed)
		}
		all, err := s.ListByOrder(t.Context(), first.Merchant, theOrder)
		if err != nil || len(all) != 2 || all[0].ID != first.ID {
			t.Errorf("listed %v, %v", all, err)
		}
	})
}

func TestMoneyForAReplacedPaymentPaysTheOrderOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		first := s.opened(theOrder)
		second := s.start(theOrder, "till")
		s.bank.say(first, payments.Settled, "ch_1") // paid in the moment in which it was replaced
		if err := s.work(); err != nil {            // closing finds the money
			t.Fatal(err)
		}
		if err := s.Hear(t.Context(), "till", s.till.say(second, payments.Settled, "ch_2")); err != nil {
			t.Fatal(err)
		}
		if paid, times := s.orders.Paid(t, theOrder); paid != price.Minor || times != 1 {
			t.Errorf("the order got %d in %d parts", paid, times)
		}
		if got := fmt.Sprint(s.reasons(first.Merchant)); got != "[order_refused]" {
			t.Errorf("queued %s", got)
		}
		s.sound()
	})
}

func TestADelayedMethodOnItsWayStandsInTheWayOfAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.hear(s.bank.say(p, payments.Working, ""))
		for _, gateway := range []string{"bank", "till"} {
			if _, err := s.Start(t.Context(), theOrder, gateway); keyOf(err) != "conflict payment.in_progress" {
				t.Errorf("%s: %v", gateway, err)
			}
		}
		s.clock = s.clock.Add(time.Hour)
		if err := s.work(); err != nil || s.now(p).Status != payments.Working {
			t.Errorf("after an hour: %v, %s", err, s.now(p).Status)
		}
		s.hear(s.bank.say(p, payments.Failed, ""))
		if got := fmt.Sprint(s.told(theOrder)); got != "[ready working failed]" {
			t.Errorf("the buyer was told %s", got)
		}
		s.start(theOrder, "till")
	})
}

func TestADeclinedCardLeavesTheSamePageOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		for range 3 { // said again and again, and told once
			s.hear(s.bank.say(p, payments.Declined, ""))
		}
		if again := s.start(theOrder, "bank"); again.ID != p.ID || again.Status != payments.Open {
			t.Errorf("asked again: %+v", again)
		}
		if got := fmt.Sprint(s.told(theOrder)); got != "[ready failed]" {
			t.Errorf("the buyer was told %s", got)
		}
	})
}

func TestOnlyWhatIsDueCanBePaidAndOnlyInAWayThatIsOffered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.orders.Place(t, 18, price)
		s.orders.Cancel(t, 18)
		for want, start := range map[string]struct {
			order   payments.OrderID
			gateway string
		}{
			"invalid payment.gateway_unknown": {theOrder, "barter"},
			"conflict payment.not_due":        {18, "till"},
			"missing order.missing":           {99, "till"},
		} {
			if _, err := s.Start(t.Context(), start.order, start.gateway); keyOf(err) != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		due := payments.Due{Merchant: 5, Amount: price, Payable: true, Deliverable: true}
		want := "[{bank false} {till false} {cod true} {transfer true}]"
		if got := fmt.Sprint(s.Methods(t.Context(), 5, due)); got != want {
			t.Errorf("offered %s, want %s", got, want)
		}
		due.Deliverable = false
		if got := fmt.Sprint(s.Methods(t.Context(), 5, due)); got != "[{bank false} {till false} {transfer true}]" {
			t.Errorf("without delivery %s are offered", got)
		}
		if got := s.Methods(t.Context(), 6, due); len(got) != 0 {
			t.Errorf("another merchant's order is offered %v", got)
		}
	})
}

func TestTheLinkOfACancelledOrderIsClosedAndItsMoneyKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.orders.Place(t, 18, price)
		unpaid, paid := s.opened(theOrder), s.opened(18)
		for _, p := range []payments.Payment{unpaid, paid} {
			s.orders.Cancel(t, p.Order)
			if err := s.Withdraw(t.Context(), p.Order); err != nil {
				t.Fatal(err)
			}
		}
		s.bank.say(paid, payments.Settled, "ch_1") // in the moment in which it was cancelled
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if now := s.now(unpaid); now.Status != payments.Expired || !now.Closed || !s.bank.shut[unpaid.Ref] {
			t.Errorf("the unpaid one is %s, closed %v", now.Status, now.Closed)
		}
		if got := fmt.Sprint(s.now(paid).Status, s.reasons(paid.Merchant), s.told(18)); got != "settled[order_refused] [ready stranded]" {
			t.Errorf("the paid one: %s", got)
		}
		s.sound()
	})
}

func TestManyWhoStartAtOnceGetOneAttempt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		var racing sync.WaitGroup
		for range 8 {
			racing.Add(1)
			go func() {
				defer racing.Done()
				if _, err := s.Start(t.Context(), theOrder, "bank"); err != nil {
					t.Error(err)
				}
			}()
		}
		racing.Wait()
		if all, err := s.ListByOrder(t.Context(), s.orders.Merchant, theOrder); err != nil || len(all) != 1 {
			t.Errorf("%d attempts, %v", len(all), err)
		}
	})
}

func TestALatePaymentWinsOverExpiry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		paid, unpaid := s.opened(theOrder), payments.Payment{}
		s.orders.Place(t, 18, price)
		unpaid = s.opened(18)
		s.bank.say(paid, payments.Settled, "ch_1") // and its notice was lost
		if err := s.work(); err != nil || s.now(unpaid).Status != payments.Open {
			t.Fatalf("before its time: %v, %s", err, s.now(unpaid).Status)
		}
		s.clock = paid.Expires
		s.bank.down = errors.New("no route")
		if err := s.work(); err == nil || s.now(unpaid).Status != payments.Open {
			t.Fatalf("while nobody can be asked: %v, %s", err, s.now(unpaid).Status)
		}
		s.bank.down = nil
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if s.now(paid).Status != payments.Settled || s.now(unpaid).Status != payments.Expired || !s.bank.shut[unpaid.Ref] {
			t.Errorf("the paid one is %s, the other %s", s.now(paid).Status, s.now(unpaid).Status)
		}
		if got := fmt.Sprint(s.told(theOrder), s.told(18)); got != "[ready settled] [ready expired]" {
			t.Errorf("told %s", got)
		}
		s.hear(s.bank.say(unpaid, payments.Settled, "ch_2")) // P8
		if amount, _ := s.orders.Paid(t, 18); amount != price.Minor {
			t.Errorf("paid after expiry: the order got %d", amount)
		}
		s.sound()
	})
}
