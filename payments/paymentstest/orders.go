// Package paymentstest is orders for tests of payments: a table that keeps the promises of payments.Orders,
// locks included, on either engine.
package paymentstest

import (
	"context"
	"testing"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/payments"
)

// Orders is a shop's orders as payments see them.
type Orders struct {
	d        *db.DB
	Merchant payments.MerchantID
	expires  time.Time
}

// NewOrders makes a merchant and an empty table of orders, all of which give up waiting at expires.
func NewOrders(t testing.TB, d *db.DB, expires time.Time) *Orders {
	t.Helper()
	o := &Orders{d: d, expires: expires}
	err := d.On(t.Context()).Raw(`insert into merchants (slug, name, languages, currency, time_zone, created_at)
		values ('boots', '{"en":"Boots"}', '["en"]', 'USD', 'UTC', ?) returning id`, expires).Scan(&o.Merchant).Error
	if err != nil {
		t.Fatal(err)
	}
	err = d.On(t.Context()).Exec(`create table test_orders (id bigint primary key, total bigint not null, currency text not null,
		paid bigint not null default 0, refunded bigint not null default 0, times bigint not null default 0, cancelled boolean not null default false)`).Error
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// DB is where the orders are.
func (o *Orders) DB() *db.DB { return o.d }

// Place adds an order of a total.
func (o *Orders) Place(t testing.TB, id payments.OrderID, total money.Amount) {
	t.Helper()
	o.exec(t, "insert into test_orders (id, total, currency) values (?, ?, ?)", int64(id), total.Minor, string(total.Currency))
}

// Cancel makes an order refuse money.
func (o *Orders) Cancel(t testing.TB, id payments.OrderID) {
	t.Helper()
	o.exec(t, "update test_orders set cancelled = true where id = ?", int64(id))
}

func (o *Orders) exec(t testing.TB, statement string, args ...any) {
	t.Helper()
	if err := o.d.On(t.Context()).Exec(statement, args...).Error; err != nil {
		t.Fatal(err)
	}
}

type row struct {
	Total, Paid, Times int64
	Currency           string
	Cancelled          bool
}

func (o *Orders) find(ctx context.Context, id payments.OrderID, lock string) (row, error) {
	var rows []row
	err := o.d.On(ctx).Raw("select total, paid, times, currency, cancelled from test_orders where id = ?"+lock, int64(id)).Scan(&rows).Error
	if err != nil {
		return row{}, err
	}
	if len(rows) == 0 {
		return row{}, fault.New(fault.Missing, "order.missing")
	}
	return rows[0], nil
}

// Owed locks the order.
func (o *Orders) Owed(ctx context.Context, id payments.OrderID) (payments.Due, error) {
	r, err := o.find(ctx, id, o.d.ForUpdate())
	if err != nil {
		return payments.Due{}, err
	}
	due := money.Of(r.Total-r.Paid, money.Currency(r.Currency))
	return payments.Due{
		Order: id, Merchant: o.Merchant, Number: "B-17", Amount: due, Payable: !r.Cancelled && due.Minor > 0, Language: "en",
		Lines:   []payments.DueLine{{Title: "Boots, 42 / black", Quantity: 1, Amount: due}},
		Expires: o.expires, Deliverable: true, Digital: true,
	}, nil
}

// MarkPaid refuses what is cancelled and what is more than is owed.
func (o *Orders) MarkPaid(ctx context.Context, id payments.OrderID, amount money.Amount, _ string) error {
	r, err := o.find(ctx, id, o.d.ForUpdate())
	switch {
	case err != nil:
		return err
	case r.Cancelled:
		return fault.New(fault.Conflict, "order.cancelled")
	case r.Paid+amount.Minor > r.Total:
		return fault.New(fault.Conflict, "order.already_paid")
	}
	return o.d.On(ctx).Exec("update test_orders set paid = paid + ?, times = times + 1 where id = ?", amount.Minor, int64(id)).Error
}

// MarkRefunded refuses more than was received.
func (o *Orders) MarkRefunded(ctx context.Context, id payments.OrderID, amount money.Amount) error {
	return o.give(ctx, id, amount.Minor)
}

// MarkRefundFailed refuses more than was given back.
func (o *Orders) MarkRefundFailed(ctx context.Context, id payments.OrderID, amount money.Amount) error {
	return o.give(ctx, id, -amount.Minor)
}

func (o *Orders) give(ctx context.Context, id payments.OrderID, minor int64) error {
	done := o.d.On(ctx).Exec("update test_orders set refunded = refunded + ? where id = ? and refunded + ? between 0 and paid", minor, int64(id), minor)
	if done.Error == nil && done.RowsAffected != 1 {
		return fault.New(fault.Conflict, "order.refund_differs")
	}
	return done.Error
}

// Sold is three pieces of one thing.
func (o *Orders) Sold(ctx context.Context, id payments.OrderID) ([]payments.SoldLine, error) {
	r, err := o.find(ctx, id, "")
	return []payments.SoldLine{{Position: 1, Quantity: 3, Amount: money.Of(r.Total, money.Currency(r.Currency))}}, err
}

// Refunded is what an order was given back.
func (o *Orders) Refunded(t testing.TB, id payments.OrderID) (minor int64) {
	t.Helper()
	if err := o.d.On(t.Context()).Raw("select refunded from test_orders where id = ?", int64(id)).Scan(&minor).Error; err != nil {
		t.Fatal(err)
	}
	return minor
}

// Paid is what an order has received, and in how many parts.
func (o *Orders) Paid(t testing.TB, id payments.OrderID) (minor, times int64) {
	t.Helper()
	r, err := o.find(t.Context(), id, "")
	if err != nil {
		t.Fatal(err)
	}
	return r.Paid, r.Times
}
