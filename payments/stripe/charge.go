package stripe

import (
	"context"
	"strings"

	stripego "github.com/stripe/stripe-go/v76"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// RefundCharge gives money of a charge back that no session of ours made: another network charged by Stripe (Telegram).
// charge is its id, or that of its payment intent. The same key gives it back once.
func (g *Gateway) RefundCharge(ctx context.Context, charge string, back money.Amount, key string) (payments.Returned, error) {
	sent, err := minor(back)
	if err != nil {
		return payments.Returned{}, err
	}
	before := &stripego.RefundListParams{}
	asked := &stripego.RefundParams{Amount: stripego.Int64(sent)}
	if strings.HasPrefix(charge, "pi_") {
		before.PaymentIntent, asked.PaymentIntent = stripego.String(charge), stripego.String(charge)
	} else {
		before.Charge, asked.Charge = stripego.String(charge), stripego.String(charge)
	}
	before.Context, before.Limit = ctx, stripego.Int64(mostRefunds)
	all := g.api.Refunds.List(before)
	for all.Next() {
		if one := all.Refund(); one.Metadata["refund"] == key {
			return returned(one)
		}
	}
	if err := all.Err(); err != nil {
		return payments.Returned{}, inOurWords(err)
	}
	asked.Context = ctx
	asked.SetIdempotencyKey(key)
	asked.AddMetadata("refund", key)
	made, err := g.api.Refunds.New(asked)
	if err != nil {
		return payments.Returned{}, tooMuch(err)
	}
	return returned(made)
}

// ofIntent says in a piece of news which session it is of. Where no session of ours has the payment intent, another network was
// charged by Stripe, and the books know its money by the charge, or by the intent.
func (g *Gateway) ofIntent(ctx context.Context, n payments.Notice, intent string, charge *stripego.Charge) (payments.Notice, error) {
	ref, err := g.sessionOf(ctx, intent)
	if fault.KindOf(err) != fault.Missing {
		n.Ref = ref
		return n, err
	}
	n.Intent = intent
	if charge != nil {
		n.Key = charge.ID
		return n, nil
	}
	asked := &stripego.PaymentIntentParams{}
	asked.Context = ctx
	found, err := g.api.PaymentIntents.Get(intent, asked)
	if err = inOurWords(err); fault.KindOf(err) == fault.Missing {
		return n, nil
	}
	if err == nil && found.LatestCharge != nil {
		n.Key = found.LatestCharge.ID
	}
	return n, err
}
