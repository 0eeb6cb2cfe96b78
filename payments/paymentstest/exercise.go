package paymentstest

import (
	"testing"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

// World is a processor behind its Gateway, and what happens there.
type World struct {
	Gateway payments.Gateway
	// Do lets something happen to a payment and returns the news of it as the shop is told: pay, later, settle, fail;
	// dispute and win where the gateway settles. Nil for a gateway whose money people confirm.
	Do func(t *testing.T, p payments.Payment, what string) []payments.Notice
	// PayOut sends the whole balance to the bank and returns the payout's id. Nil where the gateway does not settle.
	PayOut func(t *testing.T) string
	// Wait lets time pass.
	Wait func(time.Duration)
	// Prepare is told of the shop before anything happens; nil: nothing is to be prepared.
	Prepare func(*Orders)
	// Whole says that payments go back as a whole; AtOnce that there are no delayed methods.
	Whole, AtOnce bool
}

// Exercise is what payments ask of every gateway. world makes a new one on each engine.
func Exercise(t *testing.T, world func(t *testing.T, d *db.DB) (World, func() time.Time)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		made, now := world(t, d)
		e := &exercise{World: made, d: d, orders: NewOrders(t, d, now().Add(30*time.Minute)), number: 100}
		if made.Prepare != nil {
			made.Prepare(e.orders)
		}
		e.Service = payments.New(d, e.orders, now, "https://shop.example", made.Gateway)
		for _, one := range []struct {
			name string
			test func(*exercise, *testing.T)
		}{
			{"the balance explains every cent, and so do payouts", (*exercise).settle}, // first: it counts
			{"an attempt is opened once for each key", (*exercise).open},
			{"what nobody paid is closed, twice if need be", (*exercise).close},
			{"money is heard of once and looked at as often", (*exercise).pay},
			{"a delayed method works, and settles or fails", (*exercise).later},
			{"never more goes back than came", (*exercise).refund},
			{"a dispute takes the money, and winning brings it", (*exercise).dispute},
			{"a dispute that is given up is lost, and booked once", (*exercise).concede},
		} {
			t.Run(one.name, func(t *testing.T) {
				e.t = t
				one.test(e, t)
				e.sound()
			})
		}
	})
}

// exercise is a shop with one gateway.
type exercise struct {
	World
	*payments.Service
	t      *testing.T
	d      *db.DB
	orders *Orders
	number payments.OrderID
}

var theSum = money.Of(4999, "USD")

// start opens a payment for a new order.
func (e *exercise) start() payments.Payment {
	e.t.Helper()
	e.number++
	e.orders.Place(e.t, e.number, theSum)
	p, err := e.Start(e.t.Context(), e.number, e.Gateway.Name())
	if err != nil {
		e.t.Fatal(err)
	}
	e.work()
	return e.again(p)
}

func (e *exercise) work() {
	e.t.Helper()
	if err := Work(e.t, e.d, e.Keepers()); err != nil {
		e.t.Fatal(err)
	}
}

func (e *exercise) again(p payments.Payment) payments.Payment {
	e.t.Helper()
	found, err := e.Find(e.t.Context(), p.Merchant, p.ID)
	if err != nil {
		e.t.Fatal(err)
	}
	return found
}

func (e *exercise) hear(news ...payments.Notice) {
	e.t.Helper()
	for _, n := range news {
		if err := e.Hear(e.t.Context(), e.Gateway.Name(), n); err != nil {
			e.t.Fatal(err)
		}
	}
}

// paid is a payment with its money.
func (e *exercise) paid() payments.Payment {
	e.t.Helper()
	p := e.start()
	if e.World.Do == nil {
		return e.confirmed(p).Payment
	}
	e.hear(e.Do(e.t, p, "pay")...)
	return e.again(p)
}

// confirmed says that all of a payment by hand has come, always in the same words.
func (e *exercise) confirmed(p payments.Payment) payments.Confirmed {
	e.t.Helper()
	c, err := e.Confirm(e.t.Context(), payments.Receipt{Merchant: p.Merchant, Order: p.Order, Gateway: p.Gateway, Amount: p.Amount, Request: "all", Who: "ann"})
	if err != nil {
		e.t.Fatal(err)
	}
	return c
}

func (e *exercise) sound() {
	e.t.Helper()
	Sound(e.t, e)
}

func (e *exercise) looks(p payments.Payment, want payments.Status) {
	e.t.Helper()
	if n, err := e.Gateway.Look(e.t.Context(), p); err != nil || n.News != want {
		e.t.Errorf("the processor says %+v, %v; want %s", n, err, want)
	}
}

func (e *exercise) open(t *testing.T) {
	p := e.start()
	if p.Status != payments.Open || p.Ref == "" {
		t.Fatalf("%+v", p)
	}
	due, err := e.orders.Owed(t.Context(), p.Order)
	if err != nil {
		t.Fatal(err)
	}
	again, err := e.Gateway.Open(t.Context(), p, due, payments.Return{URL: "https://shop.example/pay/return/" + p.Key})
	if err != nil || again.Ref != p.Ref || again.URL != p.URL {
		t.Errorf("opened again as %+v, %v", again, err)
	}
	if other := e.start(); other.Ref == p.Ref {
		t.Errorf("two payments are one attempt, %s", p.Ref)
	}
	e.looks(p, payments.Open)
}

func (e *exercise) close(t *testing.T) {
	p := e.start()
	for range 2 {
		if err := e.Gateway.Close(t.Context(), p); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if e.World.Do != nil {
		e.looks(p, payments.Expired)
		if err := e.Gateway.Close(t.Context(), e.paid()); fault.KindOf(err) != fault.Conflict {
			t.Errorf("closing what was paid: %v", err)
		}
	}
}

func (e *exercise) pay(t *testing.T) {
	p := e.start()
	if e.World.Do == nil {
		for range 2 {
			e.confirmed(p)
		}
	} else {
		news := e.Do(t, p, "pay")
		e.hear(append(news, news...)...)
		for i := range news {
			news[i].Event += "_twin"
		}
		e.hear(news...)
		e.looks(p, payments.Settled)
	}
	if _, err := e.Return(t.Context(), p.Key); err != nil {
		t.Error(err)
	}
	if paid, times := e.orders.Paid(t, p.Order); e.again(p).Status != payments.Settled || paid != theSum.Minor || times != 1 {
		t.Errorf("it is %s, the order has %d in %d parts", e.again(p).Status, paid, times)
	}
}

func (e *exercise) later(t *testing.T) {
	if e.World.Do == nil || e.AtOnce {
		t.Skip("its money is there or not: nothing is on its way")
	}
	for end, want := range map[string]payments.Status{"settle": payments.Settled, "fail": payments.Failed} {
		p := e.start()
		working := e.Do(t, p, "later")
		e.hear(working...)
		if e.again(p).Status != payments.Working {
			t.Errorf("it is %s", e.again(p).Status)
		}
		e.looks(p, payments.Working)
		if err := e.Gateway.Close(t.Context(), p); fault.KindOf(err) != fault.Conflict {
			t.Errorf("closing what is being paid: %v", err)
		}
		e.hear(e.Do(t, p, end)...)
		for i := range working {
			working[i].Event += "_late"
		}
		e.hear(working...)
		if e.again(p).Status != want {
			t.Errorf("%s: it is %s", end, e.again(p).Status)
		}
		e.looks(p, want)
	}
}

func (e *exercise) refund(t *testing.T) {
	p := e.paid()
	refund := func(key string, minor int64) (payments.Returned, string) {
		back, err := e.Gateway.Refund(t.Context(), p, money.Of(minor, "USD"), key)
		return back, string(fault.KindOf(err))
	}
	if e.Whole {
		e.refundWhole(p, refund)
		return
	}
	first, refused := refund("a", 3000)
	again, _ := refund("a", 3000)
	if refused != "" || first.Ref == "" || again != first {
		t.Errorf("%+v and again %+v, %s", first, again, refused)
	}
	if _, refused := refund("b", 5000); refused != string(fault.Conflict) {
		t.Errorf("more than came: %q", refused)
	}
	if e.World.Do == nil {
		return // what people give back they count themselves
	}
	if _, refused := refund("c", 2000); refused != string(fault.Conflict) {
		t.Errorf("more than is left: %q", refused)
	}
	if last, refused := refund("d", 1999); refused != "" || last.Ref == first.Ref {
		t.Errorf("the rest: %+v, %q", last, refused)
	}
}

// refundWhole is refund for a gateway that gives all back or nothing.
func (e *exercise) refundWhole(p payments.Payment, refund func(string, int64) (payments.Returned, string)) {
	e.t.Helper()
	if _, refused := refund("b", 3000); refused != string(fault.Conflict) {
		e.t.Errorf("a part: %q", refused)
	}
	first, refused := refund("a", p.Amount.Minor)
	again, _ := refund("a", p.Amount.Minor)
	if refused != "" || first.Ref == "" || again != first {
		e.t.Errorf("%+v and again %+v, %s", first, again, refused)
	}
	if _, refused := refund("c", p.Amount.Minor); refused != string(fault.Conflict) {
		e.t.Errorf("twice: %q", refused)
	}
}
