package orders_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/orders"
)

// shop is one merchant with its orders, on a clock that only the test moves.
type shop struct {
	*orders.Service
	t       testing.TB
	d       *db.DB
	stock   *catalog.Service
	id      catalog.MerchantID
	pickup  catalog.DeliveryID
	courier catalog.DeliveryID // 5.00, free from 100.00
	buyers  []orders.BuyerID   // three
	mu      *sync.Mutex
	clock   *time.Time
}

func usd(minor int64) money.Amount { return money.Of(minor, "USD") }

// eachShop runs a test in an empty shop on each engine.
func eachShop(t *testing.T, test func(t *testing.T, s *shop)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, openShop(t, d)) })
}

func openShop(t testing.TB, d *db.DB) *shop {
	t.Helper()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &shop{t: t, d: d, mu: &sync.Mutex{}, clock: &start}
	s.stock = catalog.New(d, s.now)
	s.Service = orders.New(d, s.stock, s.now)
	s.id = catalog.MerchantID(s.insert("insert into merchants (slug, name, languages, currency, time_zone, created_at) values (?, '{}', '[\"en\"]', 'USD', 'UTC', ?) returning id",
		fmt.Sprint("shop-", time.Now().UnixNano()), start))
	method := "insert into delivery_methods (merchant_id, kind, name, address, price, free_from) values (?, ?, ?, ?, ?, ?) returning id"
	s.pickup = catalog.DeliveryID(s.insert(method, int64(s.id), "pickup", `{"en":"Main street"}`, `{"en":"1 Main street"}`, 0, 0))
	s.courier = catalog.DeliveryID(s.insert(method, int64(s.id), "courier", `{"en":"Courier","ru":"Курьер"}`, "{}", 500, 10000))
	for i := range 3 {
		s.buyers = append(s.buyers, orders.BuyerID(s.insert("insert into contacts (channel, buyer, created_at) values ('web', ?, ?) returning id",
			fmt.Sprint(s.id, "-", i), start)))
	}
	return s
}

func (s *shop) now() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return *s.clock }

func (s *shop) pass(d time.Duration) { s.mu.Lock(); defer s.mu.Unlock(); *s.clock = s.clock.Add(d) }

func (s *shop) insert(sql string, args ...any) (id int64) {
	s.t.Helper()
	if err := s.d.On(s.t.Context()).Raw(sql, args...).Scan(&id).Error; err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *shop) exec(sql string, args ...any) {
	s.t.Helper()
	if err := s.d.On(s.t.Context()).Exec(sql, args...).Error; err != nil {
		s.t.Fatal(err)
	}
}

// sells adds a product with one variant; a negative count is not counted.
func (s *shop) sells(kind catalog.Kind, title string, price int64, count int) catalog.VariantID {
	s.t.Helper()
	now := s.now()
	product := s.insert("insert into products (merchant_id, handle, kind, state, title, created_at, updated_at) values (?, ?, ?, 'active', ?, ?, ?) returning id",
		int64(s.id), title, string(kind), fmt.Sprintf(`{"en":%q,"ru":%q}`, title, title+" (ru)"), now, now)
	variant := s.insert("insert into variants (merchant_id, product_id, sku, price, tracked, on_hand, label) values (?, ?, ?, ?, ?, ?, ?) returning id",
		int64(s.id), product, "SKU-"+title, price, count >= 0, max(count, 0), `{"en":"only"}`)
	s.exec("insert into stock_moves (merchant_id, variant_id, quantity, reason, at) values (?, ?, ?, 'opened', ?)", int64(s.id), variant, max(count, 0), now)
	return catalog.VariantID(variant)
}

func (s *shop) boots(count int) catalog.VariantID {
	return s.sells(catalog.Physical, "Boots", 4500, count)
}

// costs changes the price of a variant.
func (s *shop) costs(variant catalog.VariantID, price int64) {
	s.exec("update variants set price = ? where id = ?", price, int64(variant))
}

func (s *shop) counts(variant catalog.VariantID) (onHand, reserved int) {
	s.t.Helper()
	items, err := s.stock.Sellable(s.t.Context(), s.id, variant)
	if err != nil || len(items) != 1 {
		s.t.Fatalf("variant %d: %v, %v", variant, items, err)
	}
	return items[0].OnHand, items[0].Reserved
}

func (s *shop) wantStock(variant catalog.VariantID, onHand, reserved int) {
	s.t.Helper()
	if gotHand, gotReserved := s.counts(variant); gotHand != onHand || gotReserved != reserved {
		s.t.Errorf("variant %d has %d on hand and %d reserved, want %d and %d", variant, gotHand, gotReserved, onHand, reserved)
	}
}

func (s *shop) add(b orders.BuyerID, variant catalog.VariantID, quantity int) orders.Cart {
	s.t.Helper()
	cart, err := s.AddToCart(s.t.Context(), s.id, b, variant, quantity)
	if err != nil {
		s.t.Fatal(err)
	}
	return cart
}

// checkout is what a buyer would confirm for the cart as it is, to be picked up.
func (s *shop) checkout(b orders.BuyerID, key string) orders.Checkout {
	s.t.Helper()
	cart, err := s.Quote(s.t.Context(), s.id, b, s.pickup)
	if err != nil {
		s.t.Fatal(err)
	}
	return orders.Checkout{
		Merchant: s.id, Buyer: b, Key: key, Contact: orders.Contact{Name: "Ann"}, Delivery: s.pickup,
		Language: "en", Expect: cart.Totals.Total,
	}
}

// order places the cart.
func (s *shop) order(b orders.BuyerID, key string) orders.Order {
	s.t.Helper()
	order, err := s.Place(s.t.Context(), s.checkout(b, key))
	if err != nil {
		s.t.Fatal(err)
	}
	return order
}

// bought is an order of so many pieces by the first buyer, not paid.
func (s *shop) bought(variant catalog.VariantID, quantity int) orders.Order {
	s.t.Helper()
	s.add(s.buyers[0], variant, quantity)
	return s.order(s.buyers[0], fmt.Sprint("key-", time.Now().UnixNano()))
}

func (s *shop) pay(o orders.Order) {
	s.t.Helper()
	if err := s.MarkPaid(s.t.Context(), o.ID, o.Totals.Total, "gateway"); err != nil {
		s.t.Fatal(err)
	}
}

// wantState reads an order again.
func (s *shop) wantState(o orders.Order, state orders.State, paid int64) orders.Order {
	s.t.Helper()
	got, err := s.Find(s.t.Context(), s.id, o.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	if got.State != state || got.Paid != usd(paid) {
		s.t.Errorf("order %s is %s and has %v, want %s and %v", got.Number, got.State, got.Paid, state, usd(paid))
	}
	return got
}

// sound fails the test when a law is broken.
func (s *shop) sound() {
	s.t.Helper()
	findings, err := s.Verify(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range db.Broken(findings) {
		s.t.Errorf("%s is broken by %d, first %v: %s", f.Invariant, f.Count, f.First, f.Sentence)
	}
}

// told lists what buyers will be told, in order.
func (s *shop) told() (what []string) {
	s.t.Helper()
	var args []string
	if err := s.d.On(s.t.Context()).Raw("select args from jobs where kind = ? order by id", orders.JobTold).Scan(&args).Error; err != nil {
		s.t.Fatal(err)
	}
	for _, text := range args {
		var told orders.Told
		if err := (db.Job{Args: []byte(text)}).Decode(&told); err != nil {
			s.t.Fatal(err)
		}
		what = append(what, told.What)
	}
	return what
}

func refused(t testing.TB, err error, key string, args ...string) {
	t.Helper()
	got, ok := fault.Of(err)
	if !ok || got.Key != key {
		t.Fatalf("got %v, want %s", err, key)
	}
	for i := 0; i+1 < len(args); i += 2 {
		if got.Args[args[i]] != args[i+1] {
			t.Errorf("%s is %q in %v, want %q", args[i], got.Args[args[i]], err, args[i+1])
		}
	}
}
