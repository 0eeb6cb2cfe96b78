package stripe

import (
	"context"
	"strings"

	stripego "github.com/stripe/stripe-go/v76"

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

// ofCharge is the charge of a refund that no session of ours has: another network charged by Stripe, and the books may
// know the charge. For one of our sessions it is empty: its ref says all.
func ofCharge(r *stripego.Refund, session string) string {
	if session != "" || r.Charge == nil {
		return ""
	}
	return r.Charge.ID
}
