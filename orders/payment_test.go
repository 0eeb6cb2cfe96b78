package orders_test

import (
	"context"
	"testing"
	"time"

	"parley/catalog"
	"parley/orders"
)

func TestAPaidOrderTakesItsStockOnce(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots := s.boots(5)
		order := s.bought(boots, 2)
		errs := atOnce(4, func(int) error { return s.MarkPaid(context.Background(), order.ID, usd(9000), "stripe") })
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else {
				refused(t, err, "order.already_paid")
			}
		}
		if done != 1 {
			t.Errorf("it took the money %d times", done)
		}
		got := s.wantState(order, orders.Paid, 9000)
		s.wantStock(boots, 3, 0)
		if what := happenings(got); what != "placed by buyer, paid by stripe" {
			t.Error(what)
		}
		if !got.Expires.IsZero() {
			t.Errorf("it expires at %v", got.Expires)
		}
		s.sound()
	})
}

func TestMoneyThatDoesNotFitTheOrderIsRefused(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots := s.boots(5)
		order := s.bought(boots, 1)
		for _, minor := range []int64{-1, 0, 4501, 9000} {
			refused(t, s.MarkPaid(t.Context(), order.ID, usd(minor), "stripe"), "order.amount_differs")
		}
		wrong := usd(4500)
		wrong.Currency = "EUR"
		refused(t, s.MarkPaid(t.Context(), order.ID, wrong, "stripe"), "order.amount_differs")
		refused(t, s.MarkPaid(t.Context(), order.ID+1000, usd(4500), "stripe"), "order.missing")
		s.wantState(order, orders.Pending, 0)
		s.wantStock(boots, 5, 1)
	})
}

func TestALatePaymentWinsOverExpiryWhileThePiecesAreThere(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots := s.boots(2)
		order := s.bought(boots, 2)
		s.pass(time.Hour)
		if err := s.Expire(t.Context(), order.ID); err != nil {
			t.Fatal(err)
		}
		refused(t, s.MarkPaid(t.Context(), order.ID, usd(4500), "stripe"), "order.late_payment") // a part revives nothing
		s.pay(order)
		refused(t, s.MarkPaid(t.Context(), order.ID, order.Totals.Total, "stripe"), "order.already_paid")
		if got := s.wantState(order, orders.Paid, 9000); got.Expired {
			t.Error("it is paid and expired")
		}
		s.wantStock(boots, 0, 0)
		s.sound()
	})
}

func TestALatePaymentWithoutPiecesWaitsForAPerson(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots, hat := s.boots(2), s.sells(catalog.Physical, "Hat", 100, 5)
		s.add(s.buyers[0], hat, 1)
		order := s.bought(boots, 2)
		s.pass(time.Hour)
		if err := s.Expire(t.Context(), order.ID); err != nil {
			t.Fatal(err)
		}
		s.bought(boots, 1)
		refused(t, s.MarkPaid(t.Context(), order.ID, order.Totals.Total, "stripe"), "order.late_payment", "number", order.Number)
		s.wantState(order, orders.Cancelled, 0)
		s.wantStock(boots, 2, 1)
		s.wantStock(hat, 5, 0)
		s.sound()
	})
}

func TestAnOrderThatWasCancelledIsNotRevivedByMoney(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots := s.boots(5)
		order := s.bought(boots, 1)
		if _, err := s.Cancel(t.Context(), s.id, order.ID, orders.ByBuyer, ""); err != nil {
			t.Fatal(err)
		}
		s.wantStock(boots, 5, 0)
		refused(t, s.MarkPaid(t.Context(), order.ID, usd(4500), "stripe"), "order.late_payment")
		if told := s.told(); len(told) != 0 {
			t.Errorf("the buyer, who did it, is told %v", told)
		}
		s.sound()
	})
}

func TestAnOrderThatIsPaidInPartsKeepsItsPiecesUntilTheyAddUp(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots := s.boots(5)
		order := s.bought(boots, 2)
		part := func(minor int64) error { return s.MarkPaid(t.Context(), order.ID, usd(minor), "olga") }
		if err := part(3000); err != nil {
			t.Fatal(err)
		}
		s.pass(24 * time.Hour)
		if err := s.Expire(t.Context(), order.ID); err != nil {
			t.Fatal(err)
		}
		s.wantState(order, orders.Agreed, 3000) // it does not expire any more
		s.wantStock(boots, 5, 2)
		refused(t, part(6001), "order.amount_differs")
		if err := s.MarkRefunded(t.Context(), order.ID, usd(1000)); err != nil {
			t.Fatal(err)
		}
		if err := part(5000); err != nil {
			t.Fatal(err)
		}
		refused(t, part(2000), "order.amount_differs") // what was given back is not asked for again
		if err := part(1000); err != nil {
			t.Fatal(err)
		}
		refused(t, part(1), "order.already_paid")
		got := s.wantState(order, orders.Paid, 8000)
		s.wantStock(boots, 3, 0)
		if what := happenings(got); what != "placed by buyer, paid_in_part by olga 30.00 USD, refunded by shop 10.00 USD, paid_in_part by olga 50.00 USD, paid by olga" {
			t.Error(what)
		}
		s.sound()
	})
}

func TestCashThatTheCourierBringsInPartsAddsUp(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		order := s.bought(s.boots(5), 1)
		if _, err := s.Agree(t.Context(), s.id, order.ID, orders.ByBuyer); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Ship(t.Context(), s.id, order.ID, "eve", ""); err != nil {
			t.Fatal(err)
		}
		for _, minor := range []int64{500, 4000} {
			if err := s.MarkPaid(t.Context(), order.ID, usd(minor), "eve"); err != nil {
				t.Fatal(err)
			}
		}
		s.wantState(order, orders.Shipped, 4500)
		s.sound()
	})
}

func TestRefundsAtOnceNeverGiveBackMoreThanWasPaid(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		order := s.bought(s.boots(5), 1)
		s.pay(order)
		done := 0
		for _, err := range atOnce(10, func(int) error { return s.MarkRefunded(context.Background(), order.ID, usd(1000)) }) {
			if err == nil {
				done++
			} else {
				refused(t, err, "order.refund_differs")
			}
		}
		if done != 4 {
			t.Errorf("%d refunds of 10.00 were made of 45.00", done)
		}
		s.wantState(order, orders.Paid, 500)
	})
}

func TestWhatIsOwedIsSaidUnderLock(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		order := s.bought(s.boots(5), 1)
		want := orders.Debt{
			Merchant: s.id, Buyer: s.buyers[0], Number: order.Number, Language: "en", State: orders.Pending,
			Total: usd(4500), Paid: usd(0), Received: usd(0), Expires: order.Expires, Payable: true, Delivery: order.Delivery.Method,
		}
		check := func() {
			t.Helper()
			if got, err := s.Owed(t.Context(), order.ID); err != nil || got != want {
				t.Errorf("%+v, %v, want %+v", got, err, want)
			}
		}
		check()
		s.pass(30 * time.Minute)
		want.Payable = false
		check()
		s.pay(order)
		want.State, want.Paid, want.Received, want.Expires = orders.Paid, usd(4500), usd(4500), time.Time{}
		check()
		_, err := s.Owed(t.Context(), order.ID+1000)
		refused(t, err, "order.missing")
	})
}
