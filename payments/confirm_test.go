package payments_test

import (
	"fmt"
	"testing"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

// receipt is money that came by transfer for the order.
func (s *shop) receipt(minor int64, request string) payments.Receipt {
	return payments.Receipt{Merchant: s.orders.Merchant, Order: theOrder, Gateway: "transfer", Amount: money.Of(minor, "USD"), Request: request, Who: "olga"}
}

func (s *shop) confirm(r payments.Receipt) payments.Confirmed {
	s.t.Helper()
	c, err := s.Confirm(s.t.Context(), r)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *shop) wantPaid(order payments.OrderID, minor, times int64) {
	s.t.Helper()
	if paid, in := s.orders.Paid(s.t, order); paid != minor || in != times {
		s.t.Errorf("the order got %d in %d parts; want %d in %d", paid, in, minor, times)
	}
}

func TestStaffConfirmMoneyOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		cod := s.start(theOrder, "cod")
		with := func(change func(*payments.Receipt)) payments.Receipt {
			r := s.receipt(price.Minor, "one")
			r.Gateway = "cod"
			change(&r)
			return r
		}
		for want, r := range map[string]payments.Receipt{
			"missing payment.missing":               with(func(r *payments.Receipt) { r.Merchant++ }),
			"invalid payment.confirm_amount_needed": with(func(r *payments.Receipt) { r.Amount.Minor = 0 }),
			"invalid payment.confirm_key_needed":    with(func(r *payments.Receipt) { r.Request = "" }),
			"invalid payment.not_by_hand":           with(func(r *payments.Receipt) { r.Gateway = "bank" }),
			"invalid payment.gateway_unknown":       with(func(r *payments.Receipt) { r.Gateway = "barter" }),
			"conflict payment.attach_currency":      with(func(r *payments.Receipt) { r.Amount.Currency = "EUR" }),
			"conflict payment.received_meanwhile":   with(func(r *payments.Receipt) { r.Seen = &money.Amount{Minor: 1, Currency: "USD"} }),
		} {
			if _, err := s.Confirm(t.Context(), r); keyOf(err) != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		whole := with(func(*payments.Receipt) {})
		for range 3 {
			if c := s.confirm(whole); c.Payment.ID != cod.ID || c.Payment.Status != payments.Settled || c.Taken != price || !c.Surplus.IsZero() || !c.Left.IsZero() {
				t.Fatalf("confirmed as %+v", c)
			}
		}
		if _, err := s.Confirm(t.Context(), with(func(r *payments.Receipt) { r.Amount.Minor-- })); keyOf(err) != "conflict payment.confirm_key_used" {
			t.Errorf("another amount: %v", err)
		}
		if _, err := s.Confirm(t.Context(), with(func(r *payments.Receipt) { r.Request = "two" })); keyOf(err) != "conflict payment.not_due" {
			t.Errorf("by somebody who has not seen that it is paid: %v", err)
		}
		s.wantPaid(theOrder, price.Minor, 1)
		s.orders.Place(t, 18, price)
		link := s.opened(18) // the buyer had a link and paid by transfer
		r := s.receipt(price.Minor, "one")
		r.Order = 18
		if c := s.confirm(r); c.Payment.Status != payments.Settled || c.Payment.Note != "Payment reference: order B-17" || s.now(link).Status != payments.Replaced {
			t.Errorf("confirmed as %+v; the link is %s", c, s.now(link).Status)
		}
		s.sound()
	})
}

func TestPartsThatAddUpPayTheOrderOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		asked := s.start(theOrder, "transfer")
		first := s.receipt(2000, "first")
		if c := s.confirm(first); c.Taken.Minor != 2000 || c.Left.Minor != 2999 || c.Payment.ID == asked.ID || c.Payment.Status != payments.Settled {
			t.Errorf("the first part is %+v", c)
		}
		if c := s.confirm(first); c.Taken.Minor != 2000 || c.Left.Minor != 2999 { // a double click
			t.Errorf("said again it is %+v", c)
		}
		if left := s.now(asked); left.Status != payments.Open || left.Amount.Minor != 2999 {
			t.Errorf("the buyer is asked for %s, %s", left.Amount, left.Status)
		}
		cash := s.receipt(1000, "second")
		cash.Gateway = "cod" // a part of it at the door
		s.confirm(cash)
		s.wantPaid(theOrder, 3000, 2)
		if c := s.confirm(s.receipt(1999, "third")); c.Left.Minor != 0 || c.Payment.Status != payments.Settled {
			t.Errorf("the last part is %+v", c)
		}
		s.wantPaid(theOrder, price.Minor, 3)
		if got := fmt.Sprint(s.told(theOrder)); got != "[part part settled]" {
			t.Errorf("the buyer is told %s", got)
		}
		if got := s.queue(); len(got) != 0 {
			t.Errorf("queued %+v", got)
		}
		s.sound()
	})
}

func TestTheRestOfAnOrderIsPaidAtAProcessor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		full := s.opened(theOrder)
		s.confirm(s.receipt(2000, "deposit"))
		rest := s.opened(theOrder)
		if rest.Amount.Minor != 2999 || s.now(full).Status != payments.Replaced {
			t.Fatalf("asked for %s; the link for all of it is %s", rest.Amount, s.now(full).Status)
		}
		s.hear(s.bank.say(rest, payments.Settled, "ch_1"))
		s.wantPaid(theOrder, price.Minor, 2)
		s.hear(s.bank.say(full, payments.Settled, "ch_2")) // an old page was open, too
		s.wantPaid(theOrder, price.Minor, 2)
		if got := s.queue(); len(got) != 1 || got[0].Reason != payments.OrderRefused || got[0].Amount != price {
			t.Errorf("queued %+v", got)
		}
		s.sound()
	})
}

func TestWhatIsMoreThanIsOwedWaitsForAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.confirm(s.receipt(2000, "first"))
		for range 2 {
			if c := s.confirm(s.receipt(3000, "too much")); c.Taken.Minor != 2999 || c.Surplus.Minor != 1 || !c.Left.IsZero() {
				t.Errorf("taken %+v", c)
			}
		}
		again := s.receipt(500, "again")
		again.Seen = &price
		if c := s.confirm(again); !c.Taken.IsZero() || c.Surplus.Minor != 500 {
			t.Errorf("of what nobody owes it takes %+v", c)
		}
		s.wantPaid(theOrder, price.Minor, 2)
		queue := s.queue()
		if len(queue) != 2 || queue[0].Reason != payments.Surplus || queue[0].Amount.Minor != 1 || queue[1].Amount.Minor != 500 {
			t.Fatalf("queued %+v", queue)
		}
		s.sound()
		s.orders.Place(t, otherOrder, money.Of(500, "USD"))
		if _, err := s.attach(queue[1], otherOrder); err != nil {
			t.Fatal(err)
		}
		s.resolve(queue[0], payments.GiveBack)
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if got := s.queue(); len(got) != 0 || s.orders.Refunded(t, theOrder) != 0 {
			t.Errorf("queued %+v; the order gave back %d", got, s.orders.Refunded(t, theOrder))
		}
		s.sound()
	})
}

func TestWhatCameOfACancelledOrderWaitsToGoBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		one := s.confirm(s.receipt(2000, "first"))
		s.confirm(s.receipt(1000, "second"))
		s.given(s.ask(500, "of the first"))
		s.orders.Cancel(t, theOrder)
		for range 2 {
			if err := s.Withdraw(t.Context(), theOrder); err != nil {
				t.Fatal(err)
			}
		}
		queue := s.queue()
		if len(queue) != 2 || queue[0].Reason != payments.PartOfCancelled || queue[0].Amount.Minor != 1500 || queue[1].Amount.Minor != 1000 || queue[0].Payment != one.Payment.ID {
			t.Fatalf("queued %+v", queue)
		}
		s.resolve(queue[0], payments.GiveBack)
		s.given(s.ask(1000, "from the order's page"))
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if got := s.queue(); len(got) != 0 || s.orders.Refunded(t, theOrder) != 3000 {
			t.Errorf("queued %+v; %d went back", got, s.orders.Refunded(t, theOrder))
		}
		late := s.receipt(1999, "late")
		late.Seen = &money.Amount{Minor: 3000, Currency: "USD"}
		if c := s.confirm(late); !c.Taken.IsZero() || c.Surplus.Minor != 1999 {
			t.Errorf("a cancelled order takes %+v", c)
		}
		if got := s.queue(); len(got) != 1 || got[0].Reason != payments.OrderRefused {
			t.Errorf("queued %+v", got)
		}
		s.sound()
	})
}

func TestARefundOfAnOrderThatWasPaidInPartsIsOfOneOfThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		first := s.confirm(s.receipt(1000, "first"))
		second := s.confirm(s.receipt(3999, "second"))
		if r := s.given(s.ask(2000, "more than the first has")); r.Payment != second.Payment.ID || r.Status != payments.RefundDone {
			t.Errorf("%+v", r)
		}
		s.refused(s.ask(2500, "more than any has left"), "conflict payment.refund_in_parts")
		ask := s.ask(1000, "by name")
		ask.Payment = first.Payment.ID
		if r := s.given(ask); r.Payment != first.Payment.ID || s.now(first.Payment).Status != payments.Refunded {
			t.Errorf("%+v", r)
		}
		ask.Request, ask.Payment = "nothing is left of it", first.Payment.ID
		s.refused(ask, "conflict payment.refund_too_much")
		s.given(s.ask(1999, "the rest"))
		if got := s.orders.Refunded(t, theOrder); got != price.Minor {
			t.Errorf("%d went back", got)
		}
		s.sound()
	})
}

func TestPartsThatAreConfirmedAtOnceNeverAddUpToMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		refused := make(chan error, 8)
		for n := range 8 {
			go func() {
				_, err := s.Confirm(t.Context(), s.receipt(1000, fmt.Sprint("part ", n)))
				refused <- err
			}()
		}
		for range 8 {
			if err := <-refused; err != nil && fault.KindOf(err) != fault.Conflict {
				t.Error(err)
			}
		}
		s.wantPaid(theOrder, price.Minor, 5)
		if got := s.queue(); len(got) != 1 || got[0].Amount.Minor != 1 {
			t.Errorf("queued %+v", got)
		}
		s.sound()
	})
}

func TestBooksThatTakeAnOrderTwiceAreFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.confirm(s.receipt(price.Minor, "all"))
		s.sound()
		s.exec(`insert into ledger_entries (merchant_id, payment_id, order_id, reason, source, business_key, part, at)
			select merchant_id, payment_id, order_id, reason, source, 'capture:again', true, at from ledger_entries where reason = 'capture'`)
		if got := s.broken(); got != "L1 P1" {
			t.Errorf("broken are %q", got)
		}
	})
}
