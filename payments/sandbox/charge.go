package sandbox

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"parley/catalog/money"
	"parley/payments"
)

// charge is money that a session's buyer was charged.
type charge struct {
	id       string
	amount   money.Amount
	fee      money.Amount
	refunded money.Amount
	at       time.Time
}

func (c charge) left() money.Amount {
	return money.Of(c.amount.Minor-c.refunded.Minor, c.amount.Currency)
}

// What the sandbox keeps: of a charge 2.9 % and 0.30, of a dispute 15.00, in whatever currency.
var rate = decimal.RequireFromString("0.029")

const (
	fixedTenths   = 3
	disputeTenths = 150
	settlesAfter  = 48 * time.Hour // then money can be paid out
	evidenceFor   = 7 * 24 * time.Hour
)

// tenths are so many tenths of a currency's unit; nothing of one that has none.
func tenths(count int64, currency money.Currency) int64 {
	digits := currency.Digits()
	if digits == 0 {
		return 0
	}
	for range digits - 1 {
		count *= 10
	}
	return count
}

// feeOf is never more than the charge.
func feeOf(amount money.Amount) money.Amount {
	fee := amount.Rate(rate)
	fee.Minor = min(fee.Minor+tenths(fixedTenths, amount.Currency), amount.Minor)
	return fee
}

// take charges the buyer of a session; the first charge of one has its id, the next ones a number.
func (g *Gateway) take(ctx context.Context, s scene, amount money.Amount) (charge, error) {
	made := charge{id: "ch_" + s.session.ref, amount: amount, fee: feeOf(amount), at: g.at()}
	if count := len(s.charges); count > 0 {
		made.id += "_" + string(rune('1'+count))
	}
	if err := g.store.insertCharge(ctx, s.session.ref, made); err != nil {
		return charge{}, err
	}
	return made, g.store.insertRow(ctx, row{category: "charge", id: "txn_" + made.id, source: made.id, charge: made.id, gross: amount, fee: made.fee, at: made.at})
}

// charged is the news that a buyer was charged.
func (s session) charged(c charge, event string) payments.Notice {
	fee := c.fee
	return payments.Notice{Event: event, Key: c.id, Ref: s.ref, Payment: s.key, News: payments.Settled, Amount: c.amount, Fee: &fee, At: c.at}
}

func (g *Gateway) at() time.Time { return g.now().UTC().Truncate(time.Microsecond) }
