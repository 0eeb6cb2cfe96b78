package orders_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/catalog"
	"parley/catalog/money"
	"parley/orders"
)

func TestAPlacedOrderIsWhatTheBuyerConfirmed(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b, boots, socks := s.buyers[0], s.boots(5), s.sells(catalog.Physical, "Socks", 300, -1)
		s.add(b, boots, 2)
		s.pass(time.Second)
		s.add(b, socks, 1)
		c := s.checkout(b, "k")
		c.Contact = orders.Contact{Name: "  Ann\x00 Lee ", Phone: "+1 (555) 010-00-00", Email: "ann@example.com"}
		c.Delivery, c.Address, c.Comment, c.Language, c.Expect = s.courier, "5 Elm street\nflat 2", "ring twice", "ru", usd(9800)
		placed, err := s.Place(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		at := s.now()
		want := orders.Order{
			ID: placed.ID, Merchant: s.id, Buyer: b, Number: placed.Number, State: orders.Pending, Holding: orders.Held,
			Paid: usd(0), Refunded: usd(0), Lines: []orders.OrderLine{
				{Variant: boots, Kind: catalog.Physical, SKU: "SKU-Boots", Title: "Boots (ru)", Options: "only", Price: usd(4500), Quantity: 2, Total: usd(9000)},
				{Variant: socks, Kind: catalog.Physical, SKU: "SKU-Socks", Title: "Socks (ru)", Options: "only", Price: usd(300), Quantity: 1, Total: usd(300)},
			},
			Totals:   orders.Totals{Goods: usd(9300), Discount: usd(0), Shipping: usd(500), Tax: usd(0), Total: usd(9800)},
			Contact:  orders.Contact{Name: "Ann Lee", Phone: "+15550100000", Email: "ann@example.com"},
			Delivery: orders.Delivery{Method: s.courier, Kind: catalog.Courier, Name: "Курьер", Address: "5 Elm street\nflat 2"},
			Comment:  "ring twice", Language: "ru", Placed: at, Expires: at.Add(30 * time.Minute),
			Timeline: []orders.Happening{{At: at, What: orders.WasPlaced, Who: orders.ByBuyer}},
		}
		if diff := cmp.Diff(want, placed); diff != "" {
			t.Error("placed: " + diff)
		}
		s.costs(boots, 1)
		s.exec("update products set title = '{}' where merchant_id = ?", int64(s.id))
		if found, err := s.FindByNumber(t.Context(), s.id, "#"+placed.Number); err != nil || !cmp.Equal(want, found) {
			t.Errorf("found: %v %s", err, cmp.Diff(want, found))
		}
		if cart, err := s.PriceCart(t.Context(), s.id, b); err != nil || len(cart.Lines) != 0 {
			t.Errorf("the cart: %+v, %v", cart, err)
		}
		s.wantStock(boots, 5, 2)
		s.sound()
	})
}

func TestTheSameCheckoutPlacesOneOrder(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b, boots := s.buyers[0], s.boots(9)
		s.add(b, boots, 1)
		c := s.checkout(b, "k")
		first, err := s.Place(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		s.pay(first)
		again, err := s.Place(t.Context(), c)
		if err != nil || again.ID != first.ID || again.State != orders.Paid || len(again.Lines) != 1 {
			t.Fatalf("with an empty cart: %+v, %v", again, err)
		}
		s.add(b, boots, 3)
		if again, err = s.Place(t.Context(), c); err != nil || again.ID != first.ID {
			t.Fatalf("with a new cart: %+v, %v", again, err)
		}
		if cart, err := s.PriceCart(t.Context(), s.id, b); err != nil || cart.Pieces() != 3 {
			t.Errorf("the new cart: %+v, %v", cart, err)
		}
		s.add(s.buyers[1], boots, 1)
		if others := s.order(s.buyers[1], "k"); others.ID == first.ID {
			t.Error("another buyer's checkout of that name found this order")
		}
		_, err = s.Place(t.Context(), orders.Checkout{Merchant: s.id, Buyer: s.buyers[2], Key: "k", Contact: orders.Contact{Name: "A"}})
		refused(t, err, "cart.empty")
		s.sound()
	})
}

// atOnce runs something several times at the same time and returns what it said.
func atOnce(times int, do func(i int) error) []error {
	errs, start, ended := make([]error, times), make(chan bool), make(chan bool)
	for i := range times {
		go func() {
			<-start
			errs[i] = do(i)
			ended <- true
		}()
	}
	close(start)
	for range times {
		<-ended
	}
	return errs
}

func TestTwoTapsAtOncePlaceOneOrder(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b, boots := s.buyers[0], s.boots(9)
		for name, keys := range map[string][]string{"one key": {"a", "a", "a", "a"}, "several keys": {"b", "c", "d", "e"}} {
			s.add(b, boots, 1)
			c := s.checkout(b, "")
			got := make([]orders.OrderID, len(keys))
			errs := atOnce(len(keys), func(i int) error {
				c := c
				c.Key = keys[i]
				order, err := s.Place(context.Background(), c)
				got[i] = order.ID
				return err
			})
			ids := map[orders.OrderID]bool{}
			for i, err := range errs {
				if err == nil {
					ids[got[i]] = true
				} else {
					refused(t, err, "cart.empty")
				}
			}
			if len(ids) != 1 {
				t.Errorf("%s: orders %v", name, ids)
			}
		}
		s.wantStock(boots, 9, 2)
		s.sound()
	})
}

func TestACheckoutThatLacksSomethingIsToldWhat(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b := s.buyers[0]
		s.add(b, s.boots(5), 1)
		for key, spoil := range map[string]func(c *orders.Checkout){
			"order.key_malformed":    func(c *orders.Checkout) { c.Key = "" },
			"order.contact_missing":  func(c *orders.Checkout) { c.Contact = orders.Contact{Name: " \n "} },
			"order.name_too_long":    func(c *orders.Checkout) { c.Contact.Name = strings.Repeat("ё", 101) },
			"order.phone_malformed":  func(c *orders.Checkout) { c.Contact.Phone = "call me" },
			"order.email_malformed":  func(c *orders.Checkout) { c.Contact.Email = "Ann <ann@example.com>" },
			"order.comment_too_long": func(c *orders.Checkout) { c.Comment = strings.Repeat("ё", 1001) },
			"order.address_too_long": func(c *orders.Checkout) { c.Address = strings.Repeat("ё", 501) },
			"order.delivery_missing": func(c *orders.Checkout) { c.Delivery = 0 },
			"order.delivery_gone":    func(c *orders.Checkout) { c.Delivery += 1000 },
			"order.address_missing":  func(c *orders.Checkout) { c.Delivery, c.Address = s.courier, " " },
			"order.price_changed":    func(c *orders.Checkout) { c.Expect = usd(4499) },
		} {
			c := s.checkout(b, "k")
			spoil(&c)
			_, err := s.Place(t.Context(), c)
			refused(t, err, key)
		}
		c := s.checkout(b, "k")
		c.Expect = money.Of(4500, "EUR")
		_, err := s.Place(t.Context(), c)
		refused(t, err, "order.price_changed", "total", "$45.00")
		if cart, err := s.PriceCart(t.Context(), s.id, b); err != nil || cart.Pieces() != 1 {
			t.Errorf("the cart after all that: %+v, %v", cart, err)
		}
	})
}

func TestWhatIsNotDeliveredNeedsNoDelivery(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b := s.buyers[0]
		s.add(b, s.sells(catalog.Digital, "Song", 100, -1), 1)
		s.add(b, s.sells("service", "Haircut", 2000, 3), 1)
		c := s.checkout(b, "k")
		c.Delivery, c.Address = s.courier, "somewhere"
		order, err := s.Place(t.Context(), c)
		if err != nil || order.Delivery != (orders.Delivery{}) || order.Totals.Total != usd(2100) {
			t.Fatalf("%+v, %v", order, err)
		}
		s.pay(order)
		s.sound()
	})
}

func TestAnOrderThatCostsNothingIsPaidAtOnce(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		sample := s.sells(catalog.Physical, "Sample", 0, 4)
		order := s.bought(sample, 1)
		if order.State != orders.Paid {
			t.Errorf("it is %s", order.State)
		}
		if found := s.wantState(order, orders.Paid, 0); !cmp.Equal(order, found) {
			t.Error(cmp.Diff(order, found))
		}
		s.wantStock(sample, 3, 0)
		s.sound()
	})
}

func TestAHeldCartBecomesAnOrderThoughOthersWantItToo(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		first, second, boots, socks := s.buyers[0], s.buyers[1], s.boots(2), s.sells(catalog.Physical, "Socks", 300, -1)
		s.add(first, boots, 2)
		s.add(first, socks, 2)
		s.add(second, boots, 1)
		if _, err := s.Hold(t.Context(), s.id, first); err != nil {
			t.Fatal(err)
		}
		_, err := s.Place(t.Context(), s.checkout(second, "k"))
		refused(t, err, "cart.sold_out", "title", "Boots")
		s.order(first, "k")
		s.wantStock(boots, 2, 2)
		s.pass(24 * time.Hour)
		if released, err := s.stock.ReleaseExpired(t.Context(), 10); err != nil || len(released) != 0 {
			t.Errorf("released %v, %v: an order's stock ends with the order", released, err)
		}
		s.sound()
	})
}

func TestAHoldThatRanOutIsMadeAgainIfItCan(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		first, second, boots := s.buyers[0], s.buyers[1], s.boots(3)
		s.add(first, boots, 2)
		if _, err := s.Hold(t.Context(), s.id, first); err != nil {
			t.Fatal(err)
		}
		s.pass(time.Hour)
		if released, err := s.stock.ReleaseExpired(t.Context(), 10); err != nil || len(released) != 1 {
			t.Fatalf("released %v, %v", released, err)
		}
		s.order(first, "k")
		s.wantStock(boots, 3, 2)
		s.add(first, boots, 1)
		s.add(second, boots, 1)
		s.order(second, "k")
		c := orders.Checkout{Merchant: s.id, Buyer: first, Key: "k2", Contact: orders.Contact{Name: "Ann"}, Delivery: s.pickup, Expect: usd(4500)}
		_, err := s.Place(t.Context(), c)
		refused(t, err, "cart.sold_out")
		s.sound()
	})
}

func TestACartChangedAfterItWasHeldIsHeldAsItIs(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b, boots, hat := s.buyers[0], s.boots(5), s.sells(catalog.Physical, "Hat", 100, 5)
		s.add(b, boots, 3)
		s.add(b, hat, 1)
		if _, err := s.Hold(t.Context(), s.id, b); err != nil {
			t.Fatal(err)
		}
		for variant, quantity := range map[catalog.VariantID]int{boots: 1, hat: 0} {
			if _, err := s.SetQuantity(t.Context(), s.id, b, variant, quantity); err != nil {
				t.Fatal(err)
			}
		}
		s.order(b, "k")
		s.wantStock(boots, 5, 1)
		s.wantStock(hat, 5, 0)
		s.sound()
	})
}

var errLater = errors.New("something later in the transaction failed")

func TestAnOrderOfATransactionThatFailsWasNeverPlaced(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b, boots := s.buyers[0], s.boots(5)
		s.add(b, boots, 1)
		c := s.checkout(b, "k")
		err := s.d.InTx(t.Context(), func(ctx context.Context) error {
			if _, err := s.Place(ctx, c); err != nil {
				return err
			}
			return errLater
		})
		if !errors.Is(err, errLater) {
			t.Fatal(err)
		}
		s.wantStock(boots, 5, 0)
		if list, _, err := s.List(t.Context(), s.id, b, orders.Page{}); err != nil || len(list) != 0 {
			t.Errorf("%v, %v", list, err)
		}
		s.order(b, "k")
	})
}

func TestARefusedOrderLeavesTheTransactionUsable(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		first, second, boots := s.buyers[0], s.buyers[1], s.boots(1)
		s.add(first, boots, 1)
		s.add(second, boots, 1)
		c := s.checkout(second, "k")
		s.order(first, "k")
		err := s.d.InTx(t.Context(), func(ctx context.Context) error {
			_, err := s.Place(ctx, c)
			refused(t, err, "cart.sold_out")
			_, err = s.SetQuantity(ctx, s.id, second, boots, 0)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestAShopWithoutDeliveryMethodsArrangesItItself(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.exec("update delivery_methods set active = false where merchant_id = ?", int64(s.id))
		b := s.buyers[0]
		s.add(b, s.boots(5), 1)
		order, err := s.Place(t.Context(), orders.Checkout{Merchant: s.id, Buyer: b, Key: "k",
			Contact: orders.Contact{Name: "Ann"}, Address: "5 Elm street", Expect: usd(4500)})
		if err != nil || order.Delivery != (orders.Delivery{Address: "5 Elm street"}) {
			t.Errorf("%+v, %v", order.Delivery, err)
		}
	})
}

func TestAShopThatHasClosedTakesNoOrders(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		b := s.buyers[0]
		s.add(b, s.boots(5), 1)
		c := s.checkout(b, "k")
		s.exec("update merchants set state = 'archived' where id = ?", int64(s.id))
		s.pass(time.Minute) // the catalogue remembers shops for a moment
		_, err := s.Place(t.Context(), c)
		refused(t, err, "order.shop_closed")
	})
}

func TestAVariantThatIsNamedCannotBeDeleted(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		inCart, inOrder := s.sells(catalog.Physical, "Boots", 4500, 5), s.sells(catalog.Physical, "Socks", 300, 5)
		free := s.sells(catalog.Physical, "Hat", 900, 0)
		s.bought(inOrder, 1)
		s.add(s.buyers[0], inCart, 1)
		for _, variant := range []catalog.VariantID{inCart, inOrder, free} {
			err := s.d.InTx(t.Context(), func(ctx context.Context) error {
				if err := s.d.On(ctx).Exec("delete from stock_moves where variant_id = ? and reason = 'opened'", variant).Error; err != nil {
					return err
				}
				return s.d.On(ctx).Exec("delete from variants where id = ?", variant).Error
			})
			if (err == nil) != (variant == free) {
				t.Errorf("deleting %d of %d, %d, %d: %v", variant, inCart, inOrder, free, err)
			}
		}
	})
}
