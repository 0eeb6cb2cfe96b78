package orders_test

import (
	"context"
	"testing"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/migrations/dbtest"
	"parley/orders"
)

func TestACartAddsUpAndKeepsTheOrderOfAdding(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b := s.buyers[0]
		boots, socks := s.boots(5), s.sells(catalog.Physical, "Socks", 300, -1)
		s.add(b, socks, 2)
		s.pass(time.Second)
		s.add(b, boots, 1)
		said := s.add(b, socks, 1)
		cart, err := s.PriceCart(t.Context(), s.id, b)
		if err != nil {
			t.Fatal(err)
		}
		for name, cart := range map[string]orders.Cart{"said": said, "read": cart} {
			if len(cart.Lines) != 2 || cart.Lines[0].Variant != socks || cart.Lines[0].Quantity != 3 || cart.Lines[1].Total != usd(4500) {
				t.Fatalf("%s: %+v", name, cart.Lines)
			}
			if cart.Totals.Total != usd(900+4500) || cart.Pieces() != 4 || !cart.Physical() || cart.Repriced() {
				t.Errorf("%s: %+v", name, cart)
			}
			if cart.Lines[0].Available != catalog.Plenty || cart.Lines[1].Available != 5 {
				t.Errorf("%s: %d and %d are available", name, cart.Lines[0].Available, cart.Lines[1].Available)
			}
		}
	})
}

func TestNoMoreGoesIntoACartThanThereIs(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b, boots := s.buyers[0], s.boots(3)
		s.add(b, boots, 2)
		_, err := s.AddToCart(t.Context(), s.id, b, boots, 2)
		refused(t, err, "cart.only_left", "count", "3", "title", "Boots", "title.ru", "Boots (ru)")
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("it is %s", fault.KindOf(err))
		}
		_, err = s.AddToCart(t.Context(), s.id, b, s.sells(catalog.Physical, "Hat", 100, 0), 1)
		refused(t, err, "cart.sold_out")
		for _, quantity := range []int{0, -1, 1000} {
			_, err = s.AddToCart(t.Context(), s.id, b, boots, quantity)
			refused(t, err, "cart.quantity", "max", "999")
		}
		socks := s.sells(catalog.Physical, "Socks", 300, -1)
		s.add(b, socks, 999)
		_, err = s.AddToCart(t.Context(), s.id, b, socks, 1)
		refused(t, err, "cart.quantity")
	})
}

func TestWhatIsNotForSaleDoesNotGoIntoACart(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		other := openShop(t, s.d).boots(5)
		_, err := s.AddToCart(t.Context(), s.id, s.buyers[0], other, 1)
		refused(t, err, "cart.not_for_sale")
		boots := s.boots(5)
		s.add(s.buyers[0], boots, 1)
		s.exec("update variants set state = 'archived' where id = ?", int64(boots))
		_, err = s.AddToCart(t.Context(), s.id, s.buyers[0], boots, 1)
		refused(t, err, "cart.not_for_sale")
		_, err = s.Hold(t.Context(), s.id, s.buyers[0])
		refused(t, err, "cart.sold_out", "title", "Boots")
	})
}

func TestQuantitiesGoDownWhateverTheStockAndToNothing(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b, boots := s.buyers[0], s.boots(5)
		s.add(b, boots, 5)
		s.exec("update variants set on_hand = 1 where id = ?", int64(boots))
		cart, err := s.SetQuantity(t.Context(), s.id, b, boots, 4)
		if err != nil || cart.Lines[0].Quantity != 4 || cart.Lines[0].Available != 1 {
			t.Fatalf("%+v, %v", cart, err)
		}
		_, err = s.SetQuantity(t.Context(), s.id, b, boots, 5)
		refused(t, err, "cart.only_left", "count", "1")
		cart, err = s.SetQuantity(t.Context(), s.id, b, boots, 0)
		if err != nil || len(cart.Lines) != 0 || cart.Totals.Total != usd(0) {
			t.Fatalf("%+v, %v", cart, err)
		}
		if cart, err = s.PriceCart(t.Context(), s.id, b); err != nil || len(cart.Lines) != 0 {
			t.Fatalf("%+v, %v", cart, err)
		}
	})
}

func TestAChangedPriceIsSaidUntilTheBuyerHasBeenTold(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b, boots, hat := s.buyers[0], s.boots(5), s.sells(catalog.Physical, "Hat", 100, 5)
		s.add(b, boots, 1)
		s.add(b, hat, 1)
		s.costs(boots, 5000)
		cart, err := s.PriceCart(t.Context(), s.id, b)
		if err != nil || cart.Lines[0].Price != usd(5000) || cart.Lines[0].WasPrice != usd(4500) || !cart.Repriced() {
			t.Fatalf("%+v, %v", cart, err)
		}
		if err := s.AcceptPrices(t.Context(), s.id, b); err != nil {
			t.Fatal(err)
		}
		cart, err = s.PriceCart(t.Context(), s.id, b)
		if err != nil || cart.Repriced() || cart.Lines[1].WasPrice != usd(100) {
			t.Errorf("%+v, %v", cart, err)
		}
	})
}

func TestACartBelongsToOneBuyerAndOneShop(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		other := openShop(t, s.d)
		s.add(s.buyers[0], s.boots(5), 1)
		for name, cart := range map[string]func() (orders.Cart, error){
			"another buyer's": func() (orders.Cart, error) { return s.PriceCart(t.Context(), s.id, s.buyers[1]) },
			"another shop's":  func() (orders.Cart, error) { return s.PriceCart(t.Context(), other.id, s.buyers[0]) },
		} {
			if got, err := cart(); err != nil || len(got.Lines) != 0 {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
	})
}

func TestAHeldCartIsKeptFromOthersUntilItIsLetGo(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		first, second, boots := s.buyers[0], s.buyers[1], s.boots(3)
		s.add(first, boots, 2)
		s.add(second, boots, 2)
		cart, err := s.Hold(t.Context(), s.id, first)
		if err != nil || cart.Lines[0].Available != 3 {
			t.Fatalf("%+v, %v", cart, err)
		}
		s.wantStock(boots, 3, 2)
		_, err = s.Hold(t.Context(), s.id, second)
		refused(t, err, "cart.only_left", "count", "1", "title", "Boots")
		if cart, err = s.Hold(t.Context(), s.id, first); err != nil || cart.Lines[0].Available != 3 {
			t.Fatalf("again: %+v, %v", cart, err)
		}
		if _, err := s.SetQuantity(t.Context(), s.id, first, boots, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Hold(t.Context(), s.id, first); err != nil {
			t.Fatal(err)
		}
		s.wantStock(boots, 3, 1)
		if err := s.LetGo(t.Context(), s.id, first); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Hold(t.Context(), s.id, second); err != nil {
			t.Fatal(err)
		}
		if err := s.Clear(t.Context(), s.id, second); err != nil {
			t.Fatal(err)
		}
		s.wantStock(boots, 3, 0)
		_, err = s.Hold(t.Context(), s.id, second)
		refused(t, err, "cart.empty")
	})
}

func TestAQuoteSaysWhatDeliveryCosts(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b, boots := s.buyers[0], s.boots(9)
		s.add(b, boots, 2)
		for delivery, want := range map[catalog.DeliveryID]int64{0: 9000, s.pickup: 9000, s.courier: 9500} {
			if cart, err := s.Quote(t.Context(), s.id, b, delivery); err != nil || cart.Totals.Total != usd(want) {
				t.Errorf("delivery %d: %+v, %v", delivery, cart.Totals, err)
			}
		}
		s.add(b, boots, 1)
		if cart, err := s.Quote(t.Context(), s.id, b, s.courier); err != nil || cart.Totals.Total != usd(13500) {
			t.Errorf("free from 100.00: %+v, %v", cart.Totals, err)
		}
		_, err := s.Quote(t.Context(), s.id, b, s.courier+1000)
		refused(t, err, "order.delivery_gone")
		digital := s.buyers[1]
		s.add(digital, s.sells(catalog.Digital, "Song", 100, -1), 1)
		if cart, err := s.Quote(t.Context(), s.id, digital, s.courier); err != nil || cart.Totals.Total != usd(100) {
			t.Errorf("a song: %+v, %v", cart.Totals, err)
		}
	})
}

func TestOfTwoTapsAtOnceNeitherIsLostAndNoneCountsTwice(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b, boots := s.buyers[0], s.boots(50)
		for name, tap := range map[string]struct {
			want int
			do   func() error
		}{
			"add": {8, func() error { _, err := s.AddToCart(context.Background(), s.id, b, boots, 2); return err }},
			"set": {3, func() error { _, err := s.SetQuantity(context.Background(), s.id, b, boots, 3); return err }},
		} {
			if err := s.Clear(t.Context(), s.id, b); err != nil {
				t.Fatal(err)
			}
			for _, err := range atOnce(4, func(int) error { return tap.do() }) {
				if err != nil {
					t.Error(err)
				}
			}
			if cart, err := s.PriceCart(t.Context(), s.id, b); err != nil || cart.Pieces() != tap.want {
				t.Errorf("%s: %d pieces, %v, want %d", name, cart.Pieces(), err, tap.want)
			}
		}
	})
}

func TestACartHoldsAHundredLines(t *testing.T) {
	s := openShop(t, dbtest.SQLite(t))
	b := s.buyers[0]
	for range orders.MostLines {
		s.add(b, s.sells(catalog.Digital, "Song"+time.Now().String(), 1, -1), 1)
	}
	_, err := s.AddToCart(t.Context(), s.id, b, s.sells(catalog.Digital, "One more", 1, -1), 1)
	refused(t, err, "cart.full", "max", "100")
}
