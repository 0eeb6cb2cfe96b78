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
				found = db.Broken(found)
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
