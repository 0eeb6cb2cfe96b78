package orders_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/catalog"
	"parley/migrations/db"
	"parley/orders"
)

func TestAPaidOrderTakesItsStockOnce(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots := s.boots(5)
		order := s.bought(boots, 2)
		errs := atOnce(4, func(int) error { return s.MarkPaid(context.Background(), order.ID, usd(9000), "stripe") })
		for _, err := range errs {
			if err != nil {
				t.Error(err)
			}
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

func happenings(o orders.Order) string {
	var lines []string
	for _, h := range o.Timeline {
		lines = append(lines, strings.TrimSpace(h.What+" by "+h.Who+" "+h.Note))
	}
	return strings.Join(lines, ", ")
}

func TestMoneyThatDoesNotFitTheOrderIsRefused(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots := s.boots(5)
		order := s.bought(boots, 1)
		for _, minor := range []int64{4499, 4501, 9000} {
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

func TestALatePaymentWinsOverExpiryWhileThePiecesAreThere(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots := s.boots(2)
		order := s.bought(boots, 2)
		s.pass(time.Hour)
		if err := s.Expire(t.Context(), order.ID); err != nil {
			t.Fatal(err)
		}
		s.pay(order)
		s.pay(order)
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
		s.pay(order)
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
		s.pay(order) // old news
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

func TestNobodyFindsOrChangesAnotherShopsOrder(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		order := s.bought(s.boots(5), 1)
		other := openShop(t, s.d).id
		ctx := t.Context()
		for name, try := range map[string]func() error{
			"Find":         func() error { _, err := s.Find(ctx, other, order.ID); return err },
			"FindByNumber": func() error { _, err := s.FindByNumber(ctx, other, order.Number); return err },
			"Theirs":       func() error { _, err := s.Theirs(ctx, s.id, s.buyers[1], order.ID); return err },
			"Cancel":       func() error { _, err := s.Cancel(ctx, other, order.ID, "eve", ""); return err },
			"Ship":         func() error { _, err := s.Ship(ctx, other, order.ID, "eve", ""); return err },
			"Complete":     func() error { _, err := s.Complete(ctx, other, order.ID, "eve"); return err },
			"Agree":        func() error { _, err := s.Agree(ctx, other, order.ID, orders.ByBuyer); return err },
			"Note":         func() error { return s.Note(ctx, other, order.ID, "eve", "x") },
			"Repeat":       func() error { _, _, err := s.Repeat(ctx, s.id, s.buyers[1], order.ID); return err },
		} {
			t.Run(name, func(t *testing.T) { refused(t, try(), "order.missing") })
		}
		if list, _, err := s.ListAll(ctx, other, orders.Filter{}, orders.Page{}); err != nil || len(list) != 0 {
			t.Errorf("ListAll: %v, %v", list, err)
		}
	})
}

func TestWhatIsOwedIsSaidUnderLock(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		order := s.bought(s.boots(5), 1)
		want := orders.Debt{
			Merchant: s.id, Buyer: s.buyers[0], Number: order.Number, Language: "en", State: orders.Pending,
			Total: usd(4500), Paid: usd(0), Expires: order.Expires, Payable: true,
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
		want.State, want.Paid, want.Expires = orders.Paid, usd(4500), time.Time{}
		check()
		_, err := s.Owed(t.Context(), order.ID+1000)
		refused(t, err, "order.missing")
	})
}

func TestStaffLeaveNotes(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		order := s.bought(s.boots(5), 1)
		refused(t, s.Note(t.Context(), s.id, order.ID, "eve@shop", " \x00 "), "order.note_missing")
		if err := s.Note(t.Context(), s.id, order.ID, "eve@shop", "called, no answer"); err != nil {
			t.Fatal(err)
		}
		if got := s.wantState(order, orders.Pending, 0); happenings(got) != "placed by buyer, noted by eve@shop called, no answer" {
			t.Error(happenings(got))
		}
	})
}

func TestOrdersAreListedNewestFirstByPages(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots, first, second := s.boots(50), s.buyers[0], s.buyers[1]
		var placed []string
		for i := range 5 {
			s.add(first, boots, 1)
			placed = append(placed, s.order(first, fmt.Sprint(i)).Number)
		}
		s.add(second, boots, 1)
		c := s.checkout(second, "k")
		c.Contact, c.Later = orders.Contact{Name: "Борис 100%", Phone: "+7 900 000-00-00"}, true
		theirs, err := s.Place(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(placed)
		numbers := func(list []orders.Order) (n []string) {
			for _, o := range list {
				if len(o.Lines) != 1 || o.Lines[0].Price != usd(4500) {
					t.Errorf("%s has lines %+v", o.Number, o.Lines)
				}
				n = append(n, o.Number)
			}
			return n
		}
		page, more, err := s.List(t.Context(), s.id, first, orders.Page{Offset: 0, Limit: 3})
		if err != nil || !more || !slices.Equal(numbers(page), placed[:3]) {
			t.Errorf("first page %v, more %v, %v", numbers(page), more, err)
		}
		page, more, err = s.List(t.Context(), s.id, first, orders.Page{Offset: 3, Limit: 3})
		if err != nil || more || !slices.Equal(numbers(page), placed[3:]) {
			t.Errorf("second page %v, more %v, %v", numbers(page), more, err)
		}
		for name, look := range map[string]struct {
			filter orders.Filter
			want   []string
		}{
			"all":       {orders.Filter{}, append([]string{theirs.Number}, placed...)},
			"state":     {orders.Filter{State: orders.Agreed}, []string{theirs.Number}},
			"name":      {orders.Filter{Query: " бОРИС"}, []string{theirs.Number}},
			"percent":   {orders.Filter{Query: "0%"}, []string{theirs.Number}},
			"wildcard":  {orders.Filter{Query: "b%s"}, nil},
			"phone":     {orders.Filter{Query: "+7900"}, []string{theirs.Number}},
			"number":    {orders.Filter{Query: "#" + placed[1]}, []string{placed[1]}},
			"unpaid":    {orders.Filter{Unpaid: true, State: orders.Pending, Query: "ann"}, placed},
			"none paid": {orders.Filter{State: orders.Paid}, nil},
		} {
			list, _, err := s.ListAll(t.Context(), s.id, look.filter, orders.Page{})
			if err != nil || !slices.Equal(numbers(list), look.want) {
				t.Errorf("%s: %v, %v, want %v", name, numbers(list), err, look.want)
			}
		}
	})
}

func TestAnOrderIsRepeatedAsFarAsItCanBeHad(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b := s.buyers[0]
		boots, hat, socks := s.boots(10), s.sells(catalog.Physical, "Hat", 100, 5), s.sells(catalog.Physical, "Socks", 300, -1)
		for _, variant := range []catalog.VariantID{boots, hat, socks} {
			s.add(b, variant, 3)
			s.pass(time.Second)
		}
		order := s.order(b, "k")
		s.pay(order)
		s.exec("update variants set state = 'archived' where id = ?", int64(socks))
		s.costs(boots, 5000)
		s.add(b, hat, 1)
		cart, skipped, err := s.Repeat(t.Context(), s.id, b, order.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(skipped) != 2 || skipped[0].Variant != hat || skipped[0].Quantity != 2 || skipped[0].Total != usd(200) || skipped[1].Variant != socks {
			t.Errorf("skipped %+v", skipped)
		}
		read, err := s.PriceCart(t.Context(), s.id, b)
		if err != nil {
			t.Fatal(err)
		}
		for name, cart := range map[string]orders.Cart{"said": cart, "read": read} {
			if len(cart.Lines) != 2 || cart.Pieces() != 5 || cart.Totals.Total != usd(3*5000+2*100) || cart.Repriced() {
				t.Errorf("%s: %+v", name, cart)
			}
		}
	})
}

func TestVerifyFindsWhatNoConstraintSees(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		boots := s.boots(50)
		spoil := func(invariant, sql string, args ...any) {
			t.Helper()
			order := s.bought(boots, 1)
			if strings.HasPrefix(invariant, "O4") || strings.HasPrefix(invariant, "O5") {
				s.pay(order)
			}
			s.sound()
			fail := s.d.InTx(t.Context(), func(ctx context.Context) error {
				if err := s.d.On(ctx).Exec(sql, append(args, int64(order.ID))...).Error; err != nil {
					t.Error(err)
				}
				found, err := s.Verify(ctx)
				if err != nil || len(found) == 0 || found[0].Invariant != invariant || found[0].Count != 1 || !slices.Equal(found[0].First, []string{"order " + order.Number}) {
					t.Errorf("after %q: %+v, %v", sql, found, err)
				}
				return errLater
			})
			if fail == nil {
				t.Error("it was not undone")
			}
		}
		spoil("O1.total", "update order_lines set quantity = 2, total = 2 * price where order_id = ?")
		spoil("O6.held", "delete from reservations where holder = 'order:' || cast(? as bigint)")
		spoil("O7.let_go", "insert into reservations (holder, variant_id, merchant_id, quantity) select 'order:' || cast(? as bigint), id, merchant_id, 1 from variants where id = "+
			fmt.Sprint(int64(s.sells(catalog.Physical, "Hat", 1, 1))))
		spoil("O4.sold", "update stock_moves set quantity = -2 where ref = 'order:' || cast(? as bigint)")
		spoil("O5.returned", "update orders set state = 'cancelled', stock = 'returned' where id = ?")
	})
}
