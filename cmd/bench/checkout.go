package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"parley/catalog"
	"parley/catalog/demo"
	"parley/catalog/fault"
	"parley/migrations"
	"parley/migrations/db"
	"parley/orders"
)

// counter is a shop without its front: the services, in this process, on a database of their own.
type counter struct {
	db       *db.DB
	catalog  *catalog.Service
	orders   *orders.Service
	shop     catalog.Merchant
	variants []catalog.VariantID
	buyers   atomic.Int64
	url      string
}

// openCounter stocks the demo shop so that nothing runs out.
func (b *bench) openCounter(ctx context.Context) (c *counter, err error) {
	c = &counter{}
	if c.url, err = b.postgres.database(ctx); err != nil {
		return nil, err
	}
	if c.db, err = db.Open(ctx, db.Where{URL: c.url, Conns: b.Conns}); err != nil {
		return nil, err
	}
	if _, err = migrations.Up(ctx, c.db); err != nil {
		return nil, err
	}
	c.catalog = catalog.New(c.db, time.Now)
	c.orders = orders.New(c.db, c.catalog, time.Now)
	if err := c.db.InTx(ctx, func(ctx context.Context) error { return demo.Open(ctx, c.catalog) }); err != nil {
		return nil, err
	}
	if c.shop, err = c.catalog.MerchantBySlug(ctx, demoShop); err != nil {
		return nil, err
	}
	if c.variants, err = stock(ctx, c.db, c.catalog, c.shop.ID); err != nil {
		return nil, err
	}
	return c, c.admit(ctx, 200_000)
}

// plenty is how many pieces of each thing are put on the shelves.
const plenty = 500_000

// stock fills a shop's shelves and names what is on them.
func stock(ctx context.Context, d *db.DB, goods *catalog.Service, shop catalog.MerchantID) ([]catalog.VariantID, error) {
	var ids []catalog.VariantID
	err := d.On(ctx).Raw(`select v.id from variants v join products p on p.id = v.product_id
		where v.merchant_id = ? and v.state = 'active' and p.state = 'active' and v.tracked order by v.id`, int64(shop)).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("look for goods: %w", err)
	}
	for _, id := range ids {
		if err := goods.Adjust(ctx, shop, id, plenty, "counted", "bench"); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// admit makes buyers for the counter.
func (c *counter) admit(ctx context.Context, count int) error {
	return c.db.On(ctx).Exec("insert into contacts (channel, buyer, name, created_at) select 'bench', i, 'Buyer ' || i, ? from generate_series(1, ?) i",
		time.Now().UTC(), count).Error
}

func (c *counter) close(ctx context.Context, b *bench) {
	_ = c.db.Close()
	b.postgres.drop(ctx, c.url)
}

// buy is the orders path: a cart of two lines, placed with its stock held, and paid.
func (c *counter) buy(ctx context.Context) error {
	buyer := orders.BuyerID(c.buyers.Add(1))
	first := rand.IntN(len(c.variants))
	second := (first + 1 + rand.IntN(len(c.variants)-1)) % len(c.variants)
	if _, err := c.orders.AddToCart(ctx, c.shop.ID, buyer, c.variants[first], 1); err != nil {
		return err
	}
	cart, err := c.orders.AddToCart(ctx, c.shop.ID, buyer, c.variants[second], 2)
	if err != nil {
		return err
	}
	return c.pay(ctx, buyer, cart)
}

func (c *counter) pay(ctx context.Context, buyer orders.BuyerID, cart orders.Cart) error {
	checkout := orders.Checkout{
		Merchant: c.shop.ID, Buyer: buyer, Key: fmt.Sprint(buyer), Contact: orders.Contact{Name: "Buyer", Phone: "+15550100"},
		Language: "en", Expect: cart.Totals.Total,
	}
	if cart.Physical() {
		checkout.Delivery, checkout.Address = c.shop.Delivery[0].ID, "1 Long Street"
		quoted, err := c.orders.Quote(ctx, c.shop.ID, buyer, checkout.Delivery)
		if err != nil {
			return err
		}
		checkout.Expect = quoted.Totals.Total
	}
	order, err := c.orders.Place(ctx, checkout)
	if err != nil {
		return err
	}
	return c.orders.MarkPaid(ctx, order.ID, order.Totals.Total, "bench")
}

// measureCheckout is the rate of orders, through the services alone.
func measureCheckout(ctx context.Context, b *bench) error {
	c, err := b.openCounter(ctx)
	if err != nil {
		return err
	}
	defer c.close(context.WithoutCancel(ctx), b)
	var rounds []round
	for range b.Rounds {
		base, err := b.pgbench(ctx, "eight", 32)
		if err != nil {
			return err
		}
		one, err := b.load(ctx, 0, 32, func(ctx context.Context, _ int) func() (time.Duration, error) {
			return func() (time.Duration, error) {
				began := time.Now()
				err := c.buy(ctx)
				return time.Since(began), err
			}
		})
		if err != nil {
			return err
		}
		one.base = base
		rounds = append(rounds, one)
	}
	b.report.add(compared("orders path, 32 at once", "orders/s", rounds))
	return nil
}

// The flash sale: so many buyers want one of so few pieces at the same moment.
const (
	flashStock  = 100
	flashBuyers = 1000
)

// measureFlash sells out one thing.
func measureFlash(ctx context.Context, b *bench) error {
	c, err := b.openCounter(ctx)
	if err != nil {
		return err
	}
	defer c.close(context.WithoutCancel(ctx), b)
	variant := c.variants[0]
	item, err := c.catalog.Sellable(ctx, c.shop.ID, variant)
	if err != nil {
		return err
	}
	if err := c.catalog.Adjust(ctx, c.shop.ID, variant, flashStock-item[0].OnHand, "counted", "bench"); err != nil {
		return err
	}
	var sold, refused atomic.Int64
	var mu sync.Mutex
	var waits []time.Duration
	var broken error
	var at sync.WaitGroup
	began := time.Now()
	for range flashBuyers {
		at.Go(func() {
			begun := time.Now()
			bought, err := c.grab(ctx, variant)
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, time.Since(begun))
			broken = errors.Join(broken, err)
			if bought {
				sold.Add(1)
			} else {
				refused.Add(1)
			}
		})
	}
	at.Wait()
	took := time.Since(began)
	if broken != nil {
		return broken
	}
	left, err := c.catalog.Sellable(ctx, c.shop.ID, variant)
	if err != nil {
		return err
	}
	b.report.add(figure{
		Name: fmt.Sprintf("flash sale, %d of %d buyers", flashStock, flashBuyers), Value: part(waits, 1).Seconds(), Unit: "s at most", P50: ms(part(waits, 0.5)), P99: ms(part(waits, 0.99)),
		Note: fmt.Sprintf("%d orders, %d refused, %d on hand and %d reserved after, all in %.1f s", sold.Load(), refused.Load(), left[0].OnHand, left[0].Reserved, took.Seconds()),
	})
	return nil
}

// grab buys one piece; false: it was sold out.
func (c *counter) grab(ctx context.Context, variant catalog.VariantID) (bool, error) {
	buyer := orders.BuyerID(c.buyers.Add(1))
	cart, err := c.orders.AddToCart(ctx, c.shop.ID, buyer, variant, 1)
	if err == nil {
		err = c.pay(ctx, buyer, cart)
	}
	if fault.KindOf(err) == fault.Conflict {
		return false, nil
	}
	return err == nil, err
}
