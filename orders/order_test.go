package orders

import (
	"slices"
	"testing"
	"time"

	"parley/catalog/fault"
)

var allStates = []State{Pending, Agreed, Paid, Shipped, Completed, Cancelled}

func TestEveryStateIsReachableAndNoneIsADeadEnd(t *testing.T) {
	reached := map[State]bool{}
	var walk func(State)
	walk = func(s State) {
		if reached[s] {
			return
		}
		reached[s] = true
		for _, w := range steps[s] {
			walk(w.to)
		}
	}
	walk(Pending)
	for _, s := range allStates {
		ways, known := steps[s]
		if !known || !reached[s] {
			t.Errorf("%s is not in the table or not reachable from pending", s)
		}
		if len(ways) == 0 && s != Completed {
			t.Errorf("nothing leads on from %s", s)
		}
		for _, w := range ways {
			if len(w.by) == 0 || w.to == s || !slices.Contains(allStates, w.to) {
				t.Errorf("%s → %s by %v makes no sense", s, w.to, w.by)
			}
		}
	}
	if len(steps) != len(allStates) {
		t.Errorf("the table has %d states, the package %d", len(steps), len(allStates))
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	want := map[role][][2]State{
		buyer: {{Pending, Agreed}, {Pending, Cancelled}, {Agreed, Cancelled}},
		clock: {{Pending, Cancelled}},
		payer: {{Pending, Agreed}, {Pending, Paid}, {Agreed, Paid}, {Cancelled, Paid}},
		staff: {{Pending, Agreed}, {Pending, Cancelled}, {Agreed, Shipped}, {Agreed, Cancelled}, {Paid, Shipped},
			{Paid, Completed}, {Paid, Cancelled}, {Shipped, Completed}, {Shipped, Cancelled}},
	}
	for by, ways := range want {
		for _, from := range allStates {
			for _, to := range allStates {
				if got, want := may(from, to, by), slices.Contains(ways, [2]State{from, to}); got != want {
					t.Errorf("%s may lead %s to %s: %v, want %v", by, from, to, got, want)
				}
			}
		}
	}
}

func placed(state State) Order {
	o := Order{ID: 1, Number: "1001", State: state, Totals: Totals{Total: usd(500)}}
	o.Holding = Held.in(state)
	return o
}

func TestPaymentsAddUpToExactlyTheTotal(t *testing.T) {
	for _, amount := range []int64{0, -1, 501} {
		if _, err := placed(Pending).pay(usd(amount)); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%d paid: %v", amount, err)
		}
	}
	got, err := placed(Pending).pay(usd(500))
	if err != nil || got.State != Paid || got.Holding != Taken || got.Paid != usd(500) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, state := range []State{Pending, Agreed} {
		part, err := placed(state).pay(usd(499))
		if err != nil || part.State != Agreed || part.Holding != Held || part.Owed() != usd(1) || !part.Expires.IsZero() {
			t.Errorf("a part: %+v, %v", part, err)
		}
		if _, err := part.pay(usd(2)); !isFault(err, "order.amount_differs") {
			t.Errorf("more than is owed: %v", err)
		}
		if whole, err := part.pay(usd(1)); err != nil || whole.State != Paid || whole.Paid != usd(500) {
			t.Errorf("the rest: %+v, %v", whole, err)
		}
	}
}

func TestCashOnDeliveryDoesNotTakeAnOrderBack(t *testing.T) {
	for _, state := range []State{Shipped, Completed} {
		got, err := placed(state).pay(usd(500))
		if err != nil || got.State != state || got.Paid != usd(500) {
			t.Errorf("%s: %+v, %v", state, got, err)
		}
	}
}

func TestALatePaymentWinsOverExpiryAndOverNothingElse(t *testing.T) {
	expired, err := placed(Pending).step(Cancelled, clock)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := expired.pay(usd(500)); err != nil || got.State != Paid || got.Expired || got.Holding != Taken {
		t.Errorf("after expiry: %+v, %v", got, err)
	}
	for _, by := range []role{buyer, staff} {
		given, err := placed(Pending).step(Cancelled, by)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := given.pay(usd(500)); !isFault(err, "order.late_payment") {
			t.Errorf("after the %s cancelled: %v", by, err)
		}
	}
	if _, err := expired.pay(usd(499)); !isFault(err, "order.late_payment") {
		t.Errorf("a part after expiry: %v", err)
	}
}

func TestMoneyIsGivenBackOnceAndNeverMoreThanWasReceived(t *testing.T) {
	paid, err := placed(Pending).pay(usd(500))
	if err != nil {
		t.Fatal(err)
	}
	for _, amount := range []int64{-1, 0, 501} {
		if _, err := paid.refund(usd(amount)); !isFault(err, "order.refund_differs") {
			t.Errorf("%d given back: %v", amount, err)
		}
	}
	part, err := paid.refund(usd(200))
	if err != nil || part.Paid != usd(300) || part.Refunded != usd(200) {
		t.Fatalf("%+v, %v", part, err)
	}
	if _, err := part.pay(usd(200)); !isFault(err, "order.already_paid") {
		t.Errorf("paid again after a refund: %v", err)
	}
	if _, err := part.refund(usd(301)); !isFault(err, "order.refund_differs") {
		t.Errorf("the rest and one more: %v", err)
	}
}

func TestAnOrderIsPayableUntilItExpiresOrIsPaid(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	o := placed(Pending)
	o.Expires = now.Add(time.Second)
	if !o.payable(now) || o.payable(o.Expires) {
		t.Error("a pending order must be payable before it expires, and not after")
	}
	for state, want := range map[State]bool{Agreed: true, Shipped: true, Completed: true, Cancelled: false} {
		if got := placed(state).payable(now); got != want {
			t.Errorf("%s, unpaid: payable is %v", state, got)
		}
	}
	if cash, _ := placed(Shipped).pay(usd(500)); cash.payable(now) {
		t.Error("a shipped and paid order is payable")
	}
}

func TestNumbersAreReadAsPeopleWriteThem(t *testing.T) {
	for written, want := range map[string]OrderID{"1042": 42, " #1042": 42, "№ 1042": 42, "1000": 0, "-5": 0, "": 0, "x": 0, "99999999999999999999": 0} {
		if got := idOf(written); got != want {
			t.Errorf("%q is order %d, want %d", written, got, want)
		}
	}
	if idOf(number(7)) != 7 {
		t.Error("a number does not lead back to its order")
	}
}

// isFault says whether err is classified under a key.
func isFault(err error, key string) bool {
	f, ok := fault.Of(err)
	return ok && f.Key == key
}
