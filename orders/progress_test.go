package orders_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/migrations/db"
	"parley/orders"
)

func happenings(o orders.Order) string {
	var lines []string
	for _, h := range o.Timeline {
		lines = append(lines, strings.TrimSpace(h.What+" by "+h.Who+" "+h.Note))
	}
	return strings.Join(lines, ", ")
}

func TestAnOrderThatNobodyPaidExpires(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots := s.boots(5)
		order := s.bought(boots, 2)
		s.pass(30*time.Minute - time.Microsecond)
		if err := s.Expire(t.Context(), order.ID); err != nil {
			t.Fatal(err)
		}
		s.wantState(order, orders.Pending, 0)
		s.pass(time.Microsecond)
		for range 2 {
			if err := s.Expire(t.Context(), order.ID); err != nil {
				t.Fatal(err)
			}
		}
		got := s.wantState(order, orders.Cancelled, 0)
		if !got.Expired || happenings(got) != "placed by buyer, expired by time" {
			t.Errorf("expired: %v, %s", got.Expired, happenings(got))
		}
		s.wantStock(boots, 5, 0)
		if told := s.told(); !slices.Equal(told, []string{"expired"}) {
			t.Errorf("the buyer is told %v", told)
		}
		s.sound()
	})
}

func TestThePromiseToExpireIsKeptAndThePaidOrderStays(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots := s.boots(5)
		paid := s.bought(boots, 1)
		s.pay(paid)
		unpaid := s.bought(boots, 2)
		s.pass(time.Hour)
		s.exec("update jobs set run_at = 0 where kind = ?", orders.JobExpire)
		ctx, cancel := context.WithCancel(t.Context())
		kept, failed := make(chan bool), make(chan error, 10)
		told := make(chan orders.Told, 10)
		kinds := s.Keepers()
		kinds[orders.JobTold] = func(_ context.Context, job db.Job) error {
			var what orders.Told
			err := job.Decode(&what)
			told <- what
			return err
		}
		go func() {
			s.d.Keep(ctx, db.Keeping{Kinds: kinds, Owner: "test", Failed: func(_ db.Job, err error, _ bool) { failed <- err }})
			close(kept)
		}()
		select {
		case got := <-told:
			if want := (orders.Told{Order: unpaid.ID, Merchant: s.id, Buyer: s.buyers[0], What: orders.WasExpired}); got != want {
				t.Errorf("told %+v, want %+v", got, want)
			}
		case err := <-failed:
			t.Error(err)
		case <-time.After(30 * time.Second):
			t.Error("nobody was told")
		}
		cancel()
		<-kept
		s.wantState(paid, orders.Paid, 4500)
		s.wantState(unpaid, orders.Cancelled, 0)
		s.wantStock(boots, 4, 0)
	})
}

func TestCashOnDeliveryTakesStockWhenItIsShipped(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b, boots := s.buyers[0], s.boots(5)
		s.add(b, boots, 1)
		c := s.checkout(b, "k")
		c.Later = true
		order, err := s.Place(t.Context(), c)
		if err != nil || order.State != orders.Agreed || !order.Expires.IsZero() {
			t.Fatalf("%+v, %v", order, err)
		}
		s.pass(24 * time.Hour)
		if err := s.Expire(t.Context(), order.ID); err != nil {
			t.Fatal(err)
		}
		s.wantState(order, orders.Agreed, 0)
		if _, err := s.Ship(t.Context(), s.id, order.ID, "eve@shop", " RR123 "); err != nil {
			t.Fatal(err)
		}
		s.wantStock(boots, 4, 0)
		s.pay(order)
		if got := s.wantState(order, orders.Shipped, 4500); got.Tracking != "RR123" {
			t.Errorf("tracking %q", got.Tracking)
		}
		refused(t, s.MarkPaid(t.Context(), order.ID, order.Totals.Total, "gateway"), "order.already_paid")
		if _, err := s.Complete(t.Context(), s.id, order.ID, "eve@shop"); err != nil {
			t.Fatal(err)
		}
		got := s.wantState(order, orders.Completed, 4500)
		if want := "placed by buyer, shipped by eve@shop RR123, paid by gateway, completed by eve@shop"; happenings(got) != want {
			t.Error(happenings(got))
		}
		s.wantStock(boots, 4, 0)
		if told := s.told(); !slices.Equal(told, []string{"shipped", "completed"}) {
			t.Errorf("the buyer is told %v", told)
		}
		s.sound()
	})
}

func TestABuyerWhoCannotPayMayAgreeToPayLater(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		order := s.bought(s.boots(5), 1)
		if _, err := s.Agree(t.Context(), s.id, order.ID, orders.ByBuyer); err != nil {
			t.Fatal(err)
		}
		s.pass(24 * time.Hour)
		if err := s.Expire(t.Context(), order.ID); err != nil {
			t.Fatal(err)
		}
		s.wantState(order, orders.Agreed, 0)
		s.pay(order)
		_, err := s.Agree(t.Context(), s.id, order.ID, orders.ByBuyer)
		refused(t, err, "order.not_now", "state", "paid", "to", "agreed")
		s.sound()
	})
}

func TestOnlyTheShopCancelsAPaidOrderAndItsStockComesBack(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots := s.boots(5)
		order := s.bought(boots, 2)
		s.pay(order)
		_, err := s.Cancel(t.Context(), s.id, order.ID, orders.ByBuyer, "")
		refused(t, err, "order.not_now", "state", "paid")
		s.wantStock(boots, 3, 0)
		if _, err := s.Cancel(t.Context(), s.id, order.ID, "eve@shop", "out of fashion"); err != nil {
			t.Fatal(err)
		}
		got := s.wantState(order, orders.Cancelled, 9000)
		if got.Holding != orders.Returned {
			t.Errorf("its pieces are %s", got.Holding)
		}
		s.wantStock(boots, 5, 0)
		if err := s.MarkRefunded(t.Context(), order.ID, usd(4000)); err != nil {
			t.Fatal(err)
		}
		refused(t, s.MarkRefunded(t.Context(), order.ID, usd(5001)), "order.refund_differs")
		if err := s.MarkRefunded(t.Context(), order.ID, usd(5000)); err != nil {
			t.Fatal(err)
		}
		got = s.wantState(order, orders.Cancelled, 0)
		want := "placed by buyer, paid by gateway, cancelled by eve@shop out of fashion, refunded by shop 40.00 USD, refunded by shop 50.00 USD"
		if happenings(got) != want {
			t.Error(happenings(got))
		}
		if told := s.told(); !slices.Equal(told, []string{"cancelled"}) {
			t.Errorf("the buyer is told %v", told)
		}
		refused(t, s.MarkPaid(t.Context(), order.ID, order.Totals.Total, "gateway"), "order.already_paid")
		s.wantState(order, orders.Cancelled, 0)
		s.sound()
	})
}

func TestAParcelThatCameBackIsStockAgain(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b, boots := s.buyers[0], s.boots(5)
		s.add(b, boots, 1)
		c := s.checkout(b, "k")
		c.Later = true
		order, err := s.Place(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Ship(t.Context(), s.id, order.ID, "eve@shop", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Cancel(t.Context(), s.id, order.ID, "eve@shop", "refused at the door"); err != nil {
			t.Fatal(err)
		}
		s.wantStock(boots, 5, 0)
		refused(t, s.MarkPaid(t.Context(), order.ID, usd(4500), "courier"), "order.late_payment")
		s.sound()
	})
}
