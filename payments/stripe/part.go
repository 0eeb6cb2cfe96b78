package stripe

import (
	"context"
	"encoding/json"

	stripego "github.com/stripe/stripe-go/v76"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// aboutTransfer asks Stripe what it moved to a seller, and back.
var aboutTransfer = ours(reread((*Gateway).readTransfer, (*Gateway).transferred))

func (g *Gateway) readTransfer(ctx context.Context, id string) (*stripego.Transfer, error) {
	asked := &stripego.TransferParams{}
	asked.Context = ctx
	asked.AddExpand("source_transaction")
	return g.api.Transfers.Get(id, asked)
}

// transferred is a transfer with its reversals in the words of payments. One that no charge caused is nobody's.
func (g *Gateway) transferred(ctx context.Context, found *stripego.Transfer, event stripego.Event) (payments.Notice, error) {
	parts := []payments.Part{{Kind: payments.PartTransfer, ID: found.ID, Amount: readable(found.Amount, currencyOf(found.Currency)), At: instant(found.Created)}}
	if found.Reversals != nil {
		for _, back := range found.Reversals.Data {
			parts = append(parts, payments.Part{Kind: payments.PartReversal, ID: back.ID, Amount: readable(back.Amount, currencyOf(back.Currency)), At: instant(back.Created)})
		}
	}
	return g.divided(ctx, event, found.SourceTransaction, parts)
}

// aboutFee asks Stripe what the platform kept of a charge, and what of that went back.
var aboutFee = ours(reread((*Gateway).readFee, (*Gateway).feeKept))

// aboutFeeRefund is about a refund of a fee; its event has the fee's id beside its own.
func (g *Gateway) aboutFeeRefund(ctx context.Context, event stripego.Event) (payments.Notice, error) {
	var said struct {
		Fee string `json:"fee"`
	}
	if err := json.Unmarshal(event.Data.Raw, &said); err != nil {
		return kept(event), nil //nolint:nilerr // no retry makes it readable
	}
	raw, err := json.Marshal(map[string]string{"id": said.Fee})
	event.Data = &stripego.EventData{Raw: raw}
	if err != nil {
		return kept(event), err
	}
	return aboutFee(g, ctx, event)
}

func (g *Gateway) readFee(ctx context.Context, id string) (*stripego.ApplicationFee, error) {
	asked := &stripego.ApplicationFeeParams{}
	asked.Context = ctx
	asked.AddExpand("originating_transaction")
	return g.api.ApplicationFees.Get(id, asked)
}

// feeKept is a fee with its refunds in the words of payments. Of a destination charge the charge on the platform is the
// originating one.
func (g *Gateway) feeKept(ctx context.Context, found *stripego.ApplicationFee, event stripego.Event) (payments.Notice, error) {
	parts := []payments.Part{{Kind: payments.PartFee, ID: found.ID, Amount: readable(found.Amount, currencyOf(found.Currency)), At: instant(found.Created)}}
	if found.Refunds != nil {
		for _, back := range found.Refunds.Data {
			parts = append(parts, payments.Part{Kind: payments.PartFeeBack, ID: back.ID, Amount: readable(back.Amount, currencyOf(back.Currency)), At: instant(back.Created)})
		}
	}
	return g.divided(ctx, event, originOf(found), parts)
}

func originOf(fee *stripego.ApplicationFee) *stripego.Charge {
	if fee.OriginatingTransaction != nil {
		return fee.OriginatingTransaction
	}
	return fee.Charge
}

// divided is what was moved for a charge, with the session that the charge belongs to.
func (g *Gateway) divided(ctx context.Context, event stripego.Event, charge *stripego.Charge, parts []payments.Part) (payments.Notice, error) {
	if charge == nil {
		return kept(event), nil
	}
	if charge.PaymentIntent == nil {
		asked := &stripego.ChargeParams{}
		asked.Context = ctx
		found, err := g.api.Charges.Get(charge.ID, asked)
		if err = inOurWords(err); fault.KindOf(err) == fault.Missing || err == nil && found.PaymentIntent == nil {
			return kept(event), nil // on a seller's own account, or no session of ours made it
		}
		if err != nil {
			return payments.Notice{}, err
		}
		charge = found
	}
	ref, err := g.sessionOf(ctx, charge.PaymentIntent.ID)
	if fault.KindOf(err) == fault.Missing {
		return kept(event), nil
	}
	if err != nil {
		return payments.Notice{}, err
	}
	return payments.Notice{Live: event.Livemode, Ref: ref, Key: charge.ID, Amount: money.Of(0, parts[0].Amount.Currency), Parts: parts}, nil
}

// chargeBehind is the charge that a row of the balance is about which moves a part of it: reversals and refunds of fees know
// only what they take back. Empty when there is none.
func (g *Gateway) chargeBehind(ctx context.Context, source *stripego.BalanceTransactionSource) (string, error) {
	var charge *stripego.Charge
	var err error
	switch {
	case source == nil:
	case source.Transfer != nil:
		charge = source.Transfer.SourceTransaction
	case source.ApplicationFee != nil:
		charge = originOf(source.ApplicationFee)
	case source.TransferReversal != nil && source.TransferReversal.Transfer != nil:
		var of *stripego.Transfer
		if of, err = g.readTransfer(ctx, source.TransferReversal.Transfer.ID); err == nil {
			charge = of.SourceTransaction
		}
	case source.FeeRefund != nil && source.FeeRefund.Fee != nil:
		var of *stripego.ApplicationFee
		if of, err = g.readFee(ctx, source.FeeRefund.Fee.ID); err == nil {
			charge = originOf(of)
		}
	}
	if err = inOurWords(err); err != nil || charge == nil {
		return "", err
	}
	return charge.ID, nil
}
