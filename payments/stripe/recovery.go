package stripe

import (
	"context"
	"errors"
	"math/big"

	stripego "github.com/stripe/stripe-go/v76"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// Recover reverses the transfer of a destination charge for what a lost dispute took, as Stripe advises platforms
// (https://docs.stripe.com/connect/disputes). The platform's fee stays. Stripe forgets idempotency keys after a day, so a reversal
// that carries our key already is looked for first.
func (g *Gateway) Recover(ctx context.Context, p payments.Payment, lost money.Amount, key string) (payments.Notice, error) {
	found, err := g.transferOf(ctx, p)
	if err != nil {
		return payments.Notice{}, err
	}
	before, err := g.reversalWith(ctx, found.ID, key)
	if err != nil {
		return payments.Notice{}, err
	}
	sum, err := reversible(found, p, lost)
	if err != nil {
		return payments.Notice{}, err
	}
	if !before && sum > 0 {
		asked := &stripego.TransferReversalParams{ID: stripego.String(found.ID), Amount: stripego.Int64(sum)}
		asked.Context = ctx
		asked.SetIdempotencyKey(key)
		asked.AddMetadata("recovery", key)
		if _, err := g.api.TransferReversals.New(asked); err != nil {
			return payments.Notice{}, inOurWords(err)
		}
	}
	if found, err = g.readTransfer(ctx, found.ID); err != nil { // with all that went back
		return payments.Notice{}, inOurWords(err)
	}
	return g.transferred(ctx, found, stripego.Event{Livemode: g.live})
}

var errNoTransfer = errors.New("the charge has no transfer")

// transferOf is the transfer that passed a payment on.
func (g *Gateway) transferOf(ctx context.Context, p payments.Payment) (*stripego.Transfer, error) {
	session, err := g.session(ctx, p.Ref)
	if err != nil {
		return nil, err
	}
	if session.PaymentIntent == nil || session.PaymentIntent.LatestCharge == nil || session.PaymentIntent.LatestCharge.Transfer == nil {
		return nil, fault.New(fault.Denied, "payment.processor_refused").Because(errNoTransfer)
	}
	found, err := g.readTransfer(ctx, session.PaymentIntent.LatestCharge.Transfer.ID)
	return found, inOurWords(err)
}

// reversible is what of a transfer a loss takes back, in the transfer's own currency and at most what is left of it: where that is
// another one than the buyer paid in, the same share of it, rounded down.
func reversible(t *stripego.Transfer, p payments.Payment, lost money.Amount) (int64, error) {
	left := t.Amount - t.AmountReversed
	if currencyOf(t.Currency) == lost.Currency {
		sum, err := minor(lost)
		return min(sum, left), err
	}
	if p.Captured.Minor <= 0 {
		return 0, fault.New(fault.Denied, "payment.processor_refused")
	}
	share := new(big.Int).Mul(big.NewInt(t.Amount), big.NewInt(lost.Minor))
	return min(share.Div(share, big.NewInt(p.Captured.Minor)).Int64(), left), nil
}

// reversalWith says whether a reversal of a transfer carries our key.
func (g *Gateway) reversalWith(ctx context.Context, transfer, key string) (bool, error) {
	asked := &stripego.TransferReversalListParams{ID: stripego.String(transfer)}
	asked.Context, asked.Limit = ctx, stripego.Int64(mostRefunds)
	all := g.api.TransferReversals.List(asked)
	for all.Next() {
		if all.TransferReversal().Metadata["recovery"] == key {
			return true, nil
		}
	}
	return false, inOurWords(all.Err())
}
