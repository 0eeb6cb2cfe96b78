package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/catalog/money"
	"parley/orders"
	"parley/payments"
	"parley/payments/settlement"
)

// Deed is something that happens in a shop: what has to be before, and what is done while the blade is drawn.
type Deed struct {
	before, do func(d *doer, ctx context.Context) error
}

// Deeds are what processes are killed in the middle of.
var Deeds = map[string]Deed{
	"sell":            {nil, (*doer).sell},
	"be paid":         {(*doer).sell, (*doer).bePaid},
	"withdraw":        {(*doer).sell, (*doer).withdraw},
	"refund":          {(*doer).sold, (*doer).refund},
	"refund fails":    {all((*doer).sold, (*doer).slowRefund), (*doer).refundFails},
	"refund stranded": {all((*doer).sell, (*doer).strandable), all((*doer).strand, (*doer).timePasses)},
	"dispute":         {(*doer).sold, (*doer).dispute},
	"contest":         {all((*doer).sold, (*doer).dispute), (*doer).contest},
	"settle":          {(*doer).sold, (*doer).payOut},
	"statement":       {all((*doer).sold, (*doer).payOut), (*doer).statement},
	"talk":            {nil, (*doer).talk},
}

// all does one after the other, each when all is quiet.
func all(steps ...func(*doer, context.Context) error) func(*doer, context.Context) error {
	return func(d *doer, ctx context.Context) error {
		for _, step := range steps {
			if err := step(d, ctx); err != nil {
				return err
			}
			if err := d.quiet(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// sell places an order and gives its buyer a link to pay.
func (d *doer) sell(ctx context.Context) error {
	cart, err := d.orders.AddToCart(ctx, d.shop.ID, d.buyer, d.goods, 1)
	if err != nil {
		return err
	}
	checkout := orders.Checkout{
		Merchant: d.shop.ID, Buyer: d.buyer, Key: fmt.Sprint(time.Now().UnixNano()), Contact: orders.Contact{Name: "Wilhelmina", Phone: "+15550100"}, Language: "en",
		Delivery: d.shop.Delivery[0].ID, Address: "1 Long Street", Expect: cart.Totals.Total,
	}
	if cart, err = d.orders.Quote(ctx, d.shop.ID, d.buyer, checkout.Delivery); err != nil {
		return err
	}
	checkout.Expect = cart.Totals.Total
	if d.order, err = d.orders.Place(ctx, checkout); err != nil {
		return err
	}
	if _, err = d.payments.Start(ctx, payments.OrderID(d.order.ID), "stripe"); err != nil {
		return err
	}
	if err := d.quiet(ctx); err != nil {
		return err
	}
	all, err := d.payments.ListByOrder(ctx, d.merchant(), payments.OrderID(d.order.ID))
	if err == nil && (len(all) != 1 || all[0].Ref == "") {
		err = fmt.Errorf("the order has payments %+v", all)
	}
	if err == nil {
		d.ref = all[0].Ref
	}
	return err
}

func (d *doer) merchant() payments.MerchantID { return payments.MerchantID(d.shop.ID) }

// does has the world do something to the order's payment.
func (d *doer) does(ctx context.Context, what string) error {
	_, err := d.tell(ctx, what, d.ref)
	return err
}

func (d *doer) bePaid(ctx context.Context) error { return d.does(ctx, "pay") }

// sold is an order that was paid.
func (d *doer) sold(ctx context.Context) error { return all((*doer).sell, (*doer).bePaid)(d, ctx) }

func (d *doer) withdraw(ctx context.Context) error {
	return d.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := d.orders.Cancel(ctx, d.shop.ID, d.order.ID, "owner", ""); err != nil {
			return err
		}
		return d.payments.Withdraw(ctx, payments.OrderID(d.order.ID))
	})
}

func (d *doer) refund(ctx context.Context) error {
	amount := d.order.Totals.Total
	amount.Minor /= 2
	_, err := d.payments.GrantRefund(ctx, payments.RefundAsk{
		Merchant: d.merchant(), Order: payments.OrderID(d.order.ID), Amount: amount, Reason: "too small", Request: fmt.Sprint("half of ", d.order.ID), Who: "owner",
	})
	return err
}

// slowRefund is one that the processor has not done yet.
func (d *doer) slowRefund(ctx context.Context) error {
	if err := d.does(ctx, "slow refunds"); err != nil {
		return err
	}
	return d.refund(ctx)
}

func (d *doer) refundFails(ctx context.Context) error { return d.does(ctx, "fail refund") }

// strandable has money that fits no order go back by itself.
func (d *doer) strandable(ctx context.Context) error {
	return d.payments.SetRules(ctx, d.merchant(), payments.Rules{Stranded: time.Hour})
}

func (d *doer) strand(ctx context.Context) error { return d.does(ctx, "overpay") }

// timePasses brings the hour at which stranded money goes back.
func (d *doer) timePasses(ctx context.Context) error {
	if err := d.db.On(ctx).Exec("update jobs set run_at = 0 where kind = 'payments.stranded' and state = 'ready'").Error; err != nil {
		return err
	}
	return d.payments.Begin(ctx) // it was promised before; but those who keep jobs look
}

func (d *doer) dispute(ctx context.Context) error { return d.does(ctx, "dispute") }

func (d *doer) contest(ctx context.Context) error {
	found, err := d.payments.DisputesOf(ctx, d.merchant(), payments.OrderID(d.order.ID))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("the order has disputes %+v: %w", found, err)
	}
	_, err = d.payments.SubmitEvidence(ctx, d.merchant(), found[0].ID, "owner", "It was handed over.")
	return err
}

func (d *doer) payOut(ctx context.Context) error { return d.does(ctx, "pay out") }

// statement brings in the bank's line of the latest payout.
func (d *doer) statement(ctx context.Context) error {
	var last struct {
		Payout, Currency string
		Amount           int64
	}
	err := d.db.On(ctx).Raw("select payout, currency, amount from settlement_payouts order by id desc limit 1").Scan(&last).Error
	if err != nil {
		return err
	}
	line := fmt.Sprintf("date,amount,currency,text\n%s,%s,%s,transfer %s\n", time.Now().UTC().AddDate(0, 0, 2).Format(time.DateOnly),
		money.Of(last.Amount, money.Currency(last.Currency)).Major(), last.Currency, last.Payout)
	_, err = d.settlement.Import(ctx, settlement.File{Name: "statement of " + last.Payout, From: strings.NewReader(line), Merchant: d.merchant()})
	return err
}

// talk has the buyer write, and waits until that is taken.
func (d *doer) talk(ctx context.Context) error { return d.does(ctx, "talk") }
