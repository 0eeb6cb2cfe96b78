package stripe

import (
	"context"
	"errors"
	"strings"

	stripego "github.com/stripe/stripe-go/v76"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// mostRefunds is how many refunds of a payment are looked through; Stripe gives at most so many at once.
const mostRefunds = 100

// Refund gives money back to whatever the session was paid with. Stripe forgets idempotency keys after a day, so a
// refund that carries our key already is looked for first.
func (g *Gateway) Refund(ctx context.Context, p payments.Payment, back money.Amount, key string) (payments.Returned, error) {
	sent, err := minor(back)
	if err != nil {
		return payments.Returned{}, err
	}
	found, err := g.session(ctx, p.Ref)
	if err != nil {
		return payments.Returned{}, err
	}
	if found.PaymentIntent == nil {
		return payments.Returned{}, fault.New(fault.Conflict, "payment.not_captured")
	}
	before, err := g.refundWith(ctx, found.PaymentIntent.ID, key)
	if err != nil {
		return payments.Returned{}, err
	}
	if before != nil {
		return returned(before)
	}
	asked := &stripego.RefundParams{PaymentIntent: stripego.String(found.PaymentIntent.ID), Amount: stripego.Int64(sent)}
	asked.Context = ctx
	asked.SetIdempotencyKey(key)
	asked.AddMetadata("payment", p.Key)
	asked.AddMetadata("refund", key)
	if p.Seller != "" {
		asked.ReverseTransfer = stripego.Bool(true)
		if p.Cut.Minor > 0 {
			asked.RefundApplicationFee = stripego.Bool(true)
		}
	}
	made, err := g.api.Refunds.New(asked)
	if err != nil {
		return payments.Returned{}, tooMuch(err)
	}
	return returned(made)
}

// refundWith is the refund of a payment intent that carries our key; nil when there is none.
func (g *Gateway) refundWith(ctx context.Context, intent, key string) (*stripego.Refund, error) {
	asked := &stripego.RefundListParams{PaymentIntent: stripego.String(intent)}
	asked.Context = ctx
	asked.Limit = stripego.Int64(mostRefunds)
	all := g.api.Refunds.List(asked)
	for all.Next() {
		if one := all.Refund(); one.Metadata["refund"] == key {
			return one, nil
		}
	}
	return nil, inOurWords(all.Err())
}

// returned is how a refund stands; one that Stripe gave up is a refusal.
func returned(r *stripego.Refund) (payments.Returned, error) {
	if refundNews(r) == payments.RefundFailed {
		return payments.Returned{}, fault.New(fault.Denied, "payment.processor_refused").Because(errors.New("the refund " + r.ID + " is " + string(r.Status)))
	}
	return payments.Returned{Ref: r.ID, Done: r.Status == stripego.RefundStatusSucceeded, At: instant(r.Created)}, nil
}

// refundNews: a refund that waits for the buyer to say where the money should go is still on its way.
func refundNews(r *stripego.Refund) payments.RefundStatus {
	switch r.Status {
	case stripego.RefundStatusSucceeded:
		return payments.RefundDone
	case stripego.RefundStatusFailed, stripego.RefundStatusCanceled:
		return payments.RefundFailed
	}
	return payments.RefundWorking
}

func tooMuch(err error) error {
	var said *stripego.Error
	if errors.As(err, &said) && (said.Code == stripego.ErrorCodeChargeAlreadyRefunded || said.Param == "amount") {
		return fault.New(fault.Conflict, "payment.refund_too_much").Because(err)
	}
	return inOurWords(err)
}

// Kinds of events about refunds. The library of this version has no name for the last one.
const (
	refundCreated = "refund.created"
	refundUpdated = "refund.updated"
	refundFailed  = "refund.failed"
)

// aboutRefund asks Stripe how the refund stands, and whose it is.
var aboutRefund = ours(reread((*Gateway).readRefund, (*Gateway).refunded))

func (g *Gateway) readRefund(ctx context.Context, id string) (*stripego.Refund, error) {
	asked := &stripego.RefundParams{}
	asked.Context = ctx
	return g.api.Refunds.Get(id, asked)
}

// refunded is a refund in the words of payments.
func (g *Gateway) refunded(ctx context.Context, found *stripego.Refund, event stripego.Event) (payments.Notice, error) {
	n := payments.Notice{Refund: found.ID, RefundKey: found.Metadata["refund"], RefundNews: refundNews(found), Live: event.Livemode, At: instant(found.Created)}
	var err error
	switch {
	case found.PaymentIntent != nil:
		n, err = g.ofIntent(ctx, n, found.PaymentIntent.ID, found.Charge)
	case found.Charge != nil: // no session of ours makes such charges
		n.Key = found.Charge.ID
	default:
		return kept(event), nil
	}
	if err != nil {
		return payments.Notice{}, err
	}
	currency := money.Currency(strings.ToUpper(string(found.Currency)))
	if n.Amount, err = amount(found.Amount, currency); err != nil {
		n.Amount = money.Of(0, currency) // a person sees it
	}
	return n, nil
}
