package payments_test

import (
	"fmt"
	"testing"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

const otherOrder payments.OrderID = 18

func (s *shop) attach(r payments.Review, order payments.OrderID) (payments.Payment, error) {
	s.t.Helper()
	return s.Attach(s.t.Context(), r.Merchant, r.ID, order, "ann", "the buyer said so")
}

func TestMoneyThatNoOrderTookIsGivenToAnotherOneAndCanBeRefundedFromThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.orders.Place(t, otherOrder, price)
		live := s.opened(otherOrder)
		source := strays["paid after it was cancelled"](s)
		p, err := s.attach(s.queue()[0], otherOrder)
		if err != nil {
			t.Fatal(err)
		}
		if paid, times := s.orders.Paid(t, otherOrder); paid != price.Minor || times != 1 || len(s.queue()) != 0 {
			t.Errorf("the order has %d in %d parts", paid, times)
		}
		if s.now(live).Status != payments.Expired || p.Via != source.Ref || s.now(p).Status != payments.Settled {
			t.Errorf("its own attempt is %s, the payment is %+v", s.now(live).Status, p)
		}
		if got := fmt.Sprint(s.balances(source), s.balances(p)); got != "map[clearing:bank:4999 unmatched:-4999] map[receivable:-4999 unmatched:4999]" {
			t.Errorf("the books say %s", got)
		}
		ask := s.ask(1000, "from there")
		ask.Order = otherOrder
		r := s.given(ask)
		if r.Status != payments.RefundDone || r.Payment != p.ID {
			t.Errorf("%+v", r)
		}
		s.hear(s.bank.sayRefund(source, r, payments.RefundFailed))
		if s.again(r).Status != payments.RefundFailed || s.orders.Refunded(t, otherOrder) != 0 {
			t.Errorf("%+v", s.again(r))
		}
		back := s.ask(100, "from the first")
		back.Payment, back.Stray = source.ID, true
		s.refused(back, "conflict payment.refund_too_much")
		var seen []payments.Captured
		err = s.Captures(t.Context(), "bank", 0, func(c payments.Captured) error { seen = append(seen, c); return nil })
		if err != nil || len(seen) != 1 || seen[0].Order != otherOrder || seen[0].Stray || seen[0].Charge != "ch_1" {
			t.Errorf("%+v, %v", seen, err)
		}
		kept, err := s.AttachmentsOf(t.Context(), p.Merchant, otherOrder)
		if err != nil || len(kept) != 1 || kept[0].Who != "ann" || kept[0].Note != "the buyer said so" || kept[0].Source != source.ID || kept[0].Payment != p.ID {
			t.Errorf("%+v, %v", kept, err)
		}
		s.sound()
	})
}

func TestMoneyThatWasGivenToAnotherOrderIsDisputedThereToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.orders.Place(t, otherOrder, price)
		source := strays["paid after it was cancelled"](s)
		if _, err := s.attach(s.queue()[0], otherOrder); err != nil {
			t.Fatal(err)
		}
		ask := s.ask(1000, "before")
		ask.Order = otherOrder
		s.given(ask)
		s.hear(s.disputed(source, "ch_1", payments.DisputeOpen, -4999))
		ask.Request = "after"
		s.refused(ask, "conflict payment.refund_disputed")
		if got := s.queue(); len(got) != 1 || got[0].Reason != payments.GivenTwice || got[0].Order != otherOrder || got[0].Amount != money.Of(1000, "USD") {
			t.Errorf("queued %+v", got)
		}
		s.sound()
	})
}

func TestMoneyThatWasGivenAndIsNotBookedIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.orders.Place(t, otherOrder, price)
		strays["paid after it was cancelled"](s)
		if _, err := s.attach(s.queue()[0], otherOrder); err != nil {
			t.Fatal(err)
		}
		s.sound()
		s.exec("update payment_attachments set charge = 'ch_other'")
		if got := s.broken(); got != "P3.attached" {
			t.Errorf("broken are %q", got)
		}
	})
}

func TestWhatIsTooMuchStaysInTheQueueWhenAnOrderHasItsShare(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.bank.rich = true
		strays["too much"](s)
		if _, err := s.attach(s.queue()[0], theOrder); err != nil {
			t.Fatal(err)
		}
		rest := s.queue()
		if len(rest) != 1 || rest[0].Amount != money.Of(1, "USD") {
			t.Fatalf("%+v", rest)
		}
		if _, err := s.attach(rest[0], theOrder); keyOf(err) != "conflict payment.not_due" {
			t.Errorf("again: %v", err)
		}
		s.resolve(rest[0], payments.GiveBack)
		if paid, _ := s.orders.Paid(t, theOrder); paid != price.Minor || len(s.queue()) != 0 {
			t.Errorf("the order has %d", paid)
		}
		s.sound()
	})
}

func TestMoneyIsGivenOnlyToAnOrderThatOwesExactlyThatAndIsTheSameMerchants(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		strays["paid after it was cancelled"](s)
		r := s.queue()[0]
		s.orders.Place(t, 20, money.Of(5000, "USD"))
		s.orders.Place(t, 21, money.Of(4999, "EUR"))
		s.orders.Place(t, 22, price)
		s.paid(23)
		working := s.opened(22)
		s.hear(s.bank.say(working, payments.Working, ""))
		for order, want := range map[payments.OrderID]string{
			theOrder: "conflict order.cancelled", 20: "conflict payment.attach_amount", 21: "conflict payment.attach_currency",
			22: "conflict payment.in_progress", 23: "conflict payment.not_due", 99: "missing order.missing",
		} {
			if _, err := s.attach(r, order); keyOf(err) != want {
				t.Errorf("to order %d: %v, want %s", order, err, want)
			}
		}
		if _, err := s.Attach(t.Context(), r.Merchant, r.ID, 20, "ann", ""); keyOf(err) != "invalid payment.note_needed" {
			t.Error(err)
		}
		if _, err := s.Attach(t.Context(), r.Merchant+1, r.ID, 20, "ann", "x"); keyOf(err) != "missing payment.review_missing" {
			t.Error(err)
		}
		s.resolve(r, payments.GiveBack)
		s.orders.Place(t, 24, price)
		if _, err := s.attach(r, 24); keyOf(err) != "conflict payment.review_closed" {
			t.Error(err)
		}
		if len(s.queue()) != 0 {
			t.Errorf("queued %+v", s.queue())
		}
		s.sound()
	})
}

func TestAnOrderThatIsPaidByHandTakesStrayMoneyAsAPart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		strays["paid after it was cancelled"](s)
		s.orders.Place(t, otherOrder, money.Of(9000, "USD"))
		asked := s.start(otherOrder, "transfer")
		p, err := s.attach(s.queue()[0], otherOrder)
		if err != nil || p.Amount != price || s.now(asked).Amount.Minor != 9000-price.Minor || s.now(asked).Status != payments.Open {
			t.Fatalf("%+v, %v; the transfer asks for %+v", p, err, s.now(asked))
		}
		rest := s.receipt(9000-price.Minor, "the rest")
		rest.Order = otherOrder
		s.confirm(rest)
		s.wantPaid(otherOrder, 9000, 2)
		if got := fmt.Sprint(s.told(otherOrder), len(s.queue())); got != "[part settled] 0" {
			t.Error(got)
		}
		s.sound()
	})
}

func TestNobodysMoneyIsAPartOfAnOrderOrLeavesTheRestToItsShop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		stray := func(charge string, minor int64) payments.Review {
			s.hear(payments.Notice{Event: "evt_" + charge, Ref: "cs_" + charge, Key: charge, News: payments.Settled, Amount: money.Of(minor, "USD")})
			all, err := s.Reviews(t.Context(), 0, true, 0, 10)
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			return all[0]
		}
		part := stray("ch_1", 1000)
		if _, err := s.attach(part, theOrder); keyOf(err) != "conflict payment.attach_amount" {
			t.Errorf("nobody waits for parts of it: %v", err)
		}
		s.start(theOrder, "transfer")
		if p, err := s.attach(part, theOrder); err != nil || p.Amount.Minor != 1000 {
			t.Fatalf("%+v, %v", p, err)
		}
		s.wantPaid(theOrder, 1000, 1)
		much, err := s.attach(stray("ch_2", 5000), theOrder)
		if err != nil || much.Amount.Minor != 3999 {
			t.Fatalf("%+v, %v", much, err)
		}
		s.wantPaid(theOrder, price.Minor, 2)
		s.sound()
		queue := s.queue()
		if len(queue) != 1 || queue[0].Reason != payments.Surplus || queue[0].Amount.Minor != 1001 {
			t.Fatalf("queued %+v", queue)
		}
		s.resolve(queue[0], payments.WriteOff)
		if all, err := s.Reviews(t.Context(), 0, true, 0, 10); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		s.sound()
	})
}

func TestNobodysMoneyIsGivenToTheOrderThatItWasFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.hear(payments.Notice{Event: "evt_1", Ref: "cs_strange", Key: "ch_9", News: payments.Settled, Amount: price})
		all, err := s.Reviews(t.Context(), 0, true, 0, 10)
		if err != nil || len(all) != 1 || fmt.Sprint(all[0].Suggested()) != "[attach note]" {
			t.Fatalf("%+v, %v", all, err)
		}
		p, err := s.attach(all[0], theOrder)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(s.balances(p)); got != "map[clearing:bank:4999 receivable:-4999]" || p.Ref != "cs_strange" {
			t.Errorf("%+v, the books say %s", p, got)
		}
		s.hear(payments.Notice{Event: "evt_2", Ref: "cs_strange", Key: "ch_9", News: payments.Settled, Amount: price})
		if paid, times := s.orders.Paid(t, theOrder); paid != price.Minor || times != 1 {
			t.Errorf("the order has %d in %d parts", paid, times)
		}
		s.sound()
	})
}

func TestAnItemThatWasDealtWithElsewhereIsNoted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.hear(like(s.bank.say(p, payments.Settled, "ch_1"), "live", func(n *payments.Notice) { n.Live = true }))
		item := s.queue()[0]
		if fmt.Sprint(item.Suggested()) != "[note]" {
			t.Errorf("suggested are %v", item.Suggested())
		}
		if _, err := s.attach(item, theOrder); keyOf(err) != "invalid payment.review_action" {
			t.Error(err)
		}
		s.resolve(item, payments.TakeNote)
		if len(s.queue()) != 0 {
			t.Errorf("queued %+v", s.queue())
		}
	})
}
