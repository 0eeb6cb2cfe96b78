package orders_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"
	"pgregory.net/rapid"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/orders"
)

// The last unit goes to exactly one buyer, however many try at once.
func TestAFlashSaleSellsExactlyWhatThereIs(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		const crowd, pieces = 30, 10
		boots, socks := s.boots(pieces), s.sells(catalog.Physical, "Socks", 300, -1)
		buyers := make([]orders.BuyerID, crowd)
		for i := range buyers {
			buyers[i] = orders.BuyerID(s.insert("insert into contacts (channel, buyer, created_at) values ('web', ?, ?) returning id", fmt.Sprint("crowd-", i), s.now()))
			s.add(buyers[i], boots, 1)
			s.add(buyers[i], socks, 1)
		}
		errs := atOnce(crowd, func(i int) error { return s.buys(context.Background(), buyers[i]) })
		sold := 0
		for _, err := range errs {
			if err == nil {
				sold++
				continue
			}
			refused(t, err, "cart.sold_out", "title", "Boots")
		}
		if sold != pieces {
			t.Errorf("%d pieces were sold %d times", pieces, sold)
		}
		s.wantStock(boots, 0, 0)
		list, _, err := s.ListAll(t.Context(), s.id, orders.Filter{State: orders.Paid}, orders.Page{Limit: 100})
		if err != nil || len(list) != pieces {
			t.Errorf("%d paid orders, %v", len(list), err)
		}
		s.sound()
	})
}

// buys takes a cart all the way.
func (s *shop) buys(ctx context.Context, b orders.BuyerID) error {
	cart, err := s.Hold(ctx, s.id, b)
	if err != nil {
		return err
	}
	order, err := s.Place(ctx, orders.Checkout{
		Merchant: s.id, Buyer: b, Key: "sale", Contact: orders.Contact{Name: "Ann"}, Delivery: s.pickup, Expect: cart.Totals.Total,
	})
	if err != nil {
		return err
	}
	return s.MarkPaid(ctx, order.ID, order.Totals.Total, "sandbox")
}

func TestOneCartInTwoOrdersOfAddingDoesNotDeadlock(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		left, right := s.boots(500), s.sells(catalog.Physical, "Hat", 100, 500)
		for round := range 5 {
			for i, b := range s.buyers[:2] {
				pair := []catalog.VariantID{left, right}
				if i == 1 {
					slices.Reverse(pair)
				}
				for _, variant := range pair {
					s.add(b, variant, 1)
					s.pass(time.Second)
				}
			}
			for _, err := range atOnce(2, func(i int) error {
				_, err := s.Place(context.Background(), orders.Checkout{
					Merchant: s.id, Buyer: s.buyers[i], Key: fmt.Sprint(round), Contact: orders.Contact{Name: "Ann"}, Delivery: s.pickup, Expect: usd(4600),
				})
				return err
			}) {
				if err != nil {
					t.Error(err)
				}
			}
		}
		s.sound()
	})
}

// statements counts what reaches the database while something is done: begin and commit apart.
func statements(t *testing.T, d *db.DB, do func() error) (said []string) {
	t.Helper()
	var mu sync.Mutex
	note := func(tx *gorm.DB) { mu.Lock(); said = append(said, tx.Statement.SQL.String()); mu.Unlock() }
	callbacks := d.On(t.Context()).Callback()
	for _, err := range []error{callbacks.Raw().After("gorm:raw").Register("count", note), callbacks.Row().After("gorm:row").Register("count", note),
		callbacks.Query().After("gorm:query").Register("count", note)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	err := do()
	for _, failed := range []error{callbacks.Raw().Remove("count"), callbacks.Row().Remove("count"), callbacks.Query().Remove("count"), err} {
		if failed != nil {
			t.Fatal(failed)
		}
	}
	return said
}

// A benchmark holds the whole path to a part of what the machine can do; what it costs is said here, for a
// cart of two lines, begin and commit apart.
func TestWhatEachCallCosts(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ctx, b := t.Context(), s.buyers[0]
		boots, hat := s.boots(50), s.sells(catalog.Physical, "Hat", 100, 50)
		var order orders.Order
		warm := func() error { _, err := s.stock.Sellable(ctx, s.id, boots, hat); return err }
		if err := warm(); err != nil {
			t.Fatal(err)
		}
		place := func() (err error) {
			order, err = s.Place(ctx, orders.Checkout{Merchant: s.id, Buyer: b, Key: "k", Contact: orders.Contact{Name: "Ann"}, Delivery: s.pickup, Expect: usd(4600)})
			return err
		}
		for _, call := range []struct {
			name string
			most int
			do   func() error
		}{
			{"AddToCart", 3, func() error { _, err := s.AddToCart(ctx, s.id, b, boots, 1); return err }},
			{"AddToCart", 3, func() error { _, err := s.AddToCart(ctx, s.id, b, hat, 2); return err }},
			{"SetQuantity", 3, func() error { _, err := s.SetQuantity(ctx, s.id, b, hat, 1); return err }},
			{"PriceCart", 2, func() error { _, err := s.PriceCart(ctx, s.id, b); return err }},
			{"AcceptPrices", 2, func() error { return s.AcceptPrices(ctx, s.id, b) }},
			{"Quote", 2, func() error { _, err := s.Quote(ctx, s.id, b, s.pickup); return err }},
			{"Hold", 5, func() error { _, err := s.Hold(ctx, s.id, b); return err }},
			{"Place, held", 8, place},
			{"Place again", 5, place},
			{"MarkPaid", 8, func() error { return s.MarkPaid(ctx, order.ID, usd(4600), "sandbox") }},
			{"Find", 3, func() error { _, err := s.Find(ctx, s.id, order.ID); return err }},
			{"List", 2, func() error { _, _, err := s.List(ctx, s.id, b, orders.Page{}); return err }},
			{"Owed", 1, func() error { _, err := s.Owed(ctx, order.ID); return err }},
			{"Ship", 4, func() error { _, err := s.Ship(ctx, s.id, order.ID, "eve", ""); return err }},
			{"Repeat", 6, func() error { _, _, err := s.Repeat(ctx, s.id, b, order.ID); return err }},
		} {
			said := statements(t, s.d, call.do)
			t.Logf("%s: %d", call.name, len(said))
			if len(said) > call.most {
				t.Errorf("%s takes %d statements, at most %d are promised:\n%s", call.name, len(said), call.most, strings.Join(said, "\n"))
			}
		}
	})
}

// model is what a shop should be after what was done to it.
type model struct {
	*shop
	t        *rapid.T
	variants []catalog.VariantID
	onHand   map[catalog.VariantID]int
	placed   []orders.OrderID
	keys     int
}

func TestWhateverHappensTheBooksAreRight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			m := &model{shop: openShop(t, d), t: rt, onHand: map[catalog.VariantID]int{}}
			for i, count := range []int{3, 5} {
				v := m.sells(catalog.Physical, fmt.Sprint("P", i), int64(100*(i+1)), count)
				m.variants, m.onHand[v] = append(m.variants, v), count
			}
			m.variants = append(m.variants, m.sells(catalog.Digital, "Song", 50, -1))
			actions := map[string]func(){
				"add": m.addSome, "set": m.setSome, "hold": m.hold, "let go": m.letGo, "place": m.place, "pay": m.payOne,
				"cancel": m.cancel, "expire": m.expireAll, "ship": m.ship, "complete": m.complete, "refund": m.refund, "agree": m.agree,
			}
			names := slices.Sorted(maps.Keys(actions))
			for range rapid.IntRange(5, 25).Draw(rt, "steps") {
				actions[rapid.SampledFrom(names).Draw(rt, "action")]()
			}
			m.check()
		})
	})
}

// expected are the refusals that random actions run into; anything else is a bug.
var expected = []string{"cart.only_left", "cart.sold_out", "cart.empty", "order.not_now", "order.late_payment", "order.refund_differs", "order.already_paid", "order.amount_differs"}

func (m *model) done(err error) bool {
	if f, ok := fault.Of(err); err != nil && (!ok || !slices.Contains(expected, f.Key)) {
		m.t.Fatalf("%v", err)
	}
	return err == nil
}

func (m *model) someone() orders.BuyerID {
	return rapid.SampledFrom(m.buyers).Draw(m.t, "buyer")
}

func (m *model) some(do func(b orders.BuyerID, v catalog.VariantID, n int) error) {
	m.done(do(m.someone(), rapid.SampledFrom(m.variants).Draw(m.t, "variant"), rapid.IntRange(1, 3).Draw(m.t, "pieces")))
}

func (m *model) addSome() {
	m.some(func(b orders.BuyerID, v catalog.VariantID, n int) error {
		_, err := m.AddToCart(context.Background(), m.id, b, v, n)
		return err
	})
}

func (m *model) setSome() {
	m.some(func(b orders.BuyerID, v catalog.VariantID, n int) error {
		_, err := m.SetQuantity(context.Background(), m.id, b, v, n-1)
		return err
	})
}

func (m *model) hold() {
	_, err := m.Hold(context.Background(), m.id, m.someone())
	m.done(err)
}

func (m *model) letGo() { m.done(m.LetGo(context.Background(), m.id, m.someone())) }

func (m *model) place() {
	b := m.someone()
	c := m.checkout(b, fmt.Sprint("k", m.keys))
	m.keys++
	c.Later = rapid.Bool().Draw(m.t, "later")
	if order, err := m.Place(context.Background(), c); m.done(err) {
		m.placed = append(m.placed, order.ID)
	}
}

// one does something to an order, if there is any.
func (m *model) one(do func(o orders.Order) error) {
	if len(m.placed) == 0 {
		return
	}
	o, err := m.Find(context.Background(), m.id, rapid.SampledFrom(m.placed).Draw(m.t, "order"))
	if m.done(err) {
		m.done(do(o))
	}
}

func (m *model) payOne() {
	m.one(func(o orders.Order) error {
		amount := o.Owed()
		if amount.Minor > 1 && rapid.Bool().Draw(m.t, "in part") {
			amount.Minor /= 2
		}
		return m.MarkPaid(context.Background(), o.ID, amount, "x")
	})
}

func (m *model) cancel() {
	m.one(func(o orders.Order) error {
		_, err := m.Cancel(context.Background(), m.id, o.ID, rapid.SampledFrom([]string{orders.ByBuyer, "eve"}).Draw(m.t, "who"), "")
		return err
	})
}

func (m *model) ship() {
	m.one(func(o orders.Order) error { _, err := m.Ship(context.Background(), m.id, o.ID, "eve", ""); return err })
}

func (m *model) complete() {
	m.one(func(o orders.Order) error { _, err := m.Complete(context.Background(), m.id, o.ID, "eve"); return err })
}

func (m *model) agree() {
	m.one(func(o orders.Order) error { _, err := m.Agree(context.Background(), m.id, o.ID, "eve"); return err })
}

func (m *model) refund() {
	m.one(func(o orders.Order) error { return m.MarkRefunded(context.Background(), o.ID, usd(30)) })
}

// expireAll lets an hour pass, with its jobs.
func (m *model) expireAll() {
	m.pass(time.Hour)
	_, err := m.stock.ReleaseExpired(context.Background(), 100)
	m.done(err)
	for _, id := range m.placed {
		m.done(m.Expire(context.Background(), id))
	}
}

// check compares what is there with what orders say.
func (m *model) check() {
	ctx := context.Background()
	findings, err := m.Verify(ctx)
	if err != nil || len(db.Broken(findings)) > 0 {
		m.t.Fatalf("%+v, %v", findings, err)
	}
	findings, err = m.stock.Verify(ctx)
	for _, f := range db.Broken(findings) {
		if strings.HasPrefix(f.Invariant, "S1.") {
			m.t.Errorf("%+v", f)
		}
	}
	if err != nil {
		m.t.Fatal(err)
	}
	sold, held := map[catalog.VariantID]int{}, map[catalog.VariantID]int{}
	for _, id := range m.placed {
		o, err := m.Find(ctx, m.id, id)
		if err != nil {
			m.t.Fatal(err)
		}
		if o.State == orders.Paid && o.Paid.Minor+o.Refunded.Minor != o.Totals.Total.Minor {
			m.t.Errorf("%s is paid and has %v of %v", o.Number, o.Paid, o.Totals.Total)
		}
		for _, line := range o.Lines {
			switch o.State {
			case orders.Pending, orders.Agreed:
				held[line.Variant] += line.Quantity
			case orders.Paid, orders.Shipped, orders.Completed:
				sold[line.Variant] += line.Quantity
			}
		}
	}
	for _, b := range m.buyers {
		wants, err := m.stock.Held(ctx, fmt.Sprintf("cart:%d:%d", b, m.id))
		if err != nil {
			m.t.Fatal(err)
		}
		for _, want := range wants {
			held[want.Variant] += want.Quantity
		}
	}
	for v, count := range m.onHand {
		onHand, reserved := m.counts(v)
		if onHand != count-sold[v] || reserved != held[v] || reserved > onHand {
			m.t.Errorf("variant %d: %d on hand and %d reserved; of %d, %d were sold and %d are held", v, onHand, reserved, count, sold[v], held[v])
		}
	}
}
