package telegram

import (
	"context"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// IsRefundedElsewhere says that Telegram gives no money of a provider's back. The processor that holds it does, where we
// may ask it; else staff do, on its pages.
func (g *Gateway) IsRefundedElsewhere(p payments.Payment) bool {
	return p.Holder == "" || g.desk.Processor == nil
}

// IsRefundedElsewhere is false: Telegram gives Stars back.
func (*StarsGateway) IsRefundedElsewhere(payments.Payment) bool { return false }

// Refund asks the processor that holds the money. Where staff give it back themselves, they have by now.
func (g *Gateway) Refund(ctx context.Context, p payments.Payment, amount money.Amount, key string) (payments.Returned, error) {
	row, err := g.desk.toRefund(ctx, p, amount, key)
	if err != nil {
		return payments.Returned{}, err
	}
	if holderOf(row.ProviderCharge) == "" || g.desk.Processor == nil {
		return payments.Returned{Ref: key, Done: true}, nil
	}
	return g.desk.Processor.RefundCharge(ctx, row.ProviderCharge, amount, key)
}

// Refund gives the Stars of a charge back, all of them.
func (g *StarsGateway) Refund(ctx context.Context, p payments.Payment, amount money.Amount, key string) (payments.Returned, error) {
	d := g.desk
	if d.Bot == nil {
		return payments.Returned{}, fault.New(fault.Unavailable, "payment.processor_unavailable")
	}
	row, err := d.toRefund(ctx, p, amount, key)
	if err != nil {
		return payments.Returned{}, err
	}
	if row.RefundedAt == nil {
		invoice, err := d.store.invoice(ctx, row.Payload)
		if err != nil {
			return payments.Returned{}, err
		}
		if err := d.Bot.RefundStars(ctx, invoice.Channel, row.Buyer, row.TelegramCharge); err != nil {
			return payments.Returned{}, err
		}
		if err := d.store.refunded(ctx, row.ID, d.at()); err != nil {
			return payments.Returned{}, err
		}
	}
	return payments.Returned{Ref: refundOf(row.Charge), Done: true}, nil
}

// toRefund is the charge that a refund gives back, which is settled before anybody is asked: the one that the key had
// before; else the first of the invoice, which is the order's, or for money that strayed the last that is left. A
// provider's charge may go back in parts.
func (d *Desk) toRefund(ctx context.Context, p payments.Payment, amount money.Amount, key string) (row chargeRow, err error) {
	err = d.DB.InTx(ctx, func(ctx context.Context) error {
		if _, err := d.store.lock(ctx, p.Ref); err != nil {
			return err
		}
		all, err := d.store.charges(ctx, p.Ref)
		if err != nil {
			return err
		}
		at := choose(all, key, p.Strayed, p.Gateway == InStars)
		if at < 0 {
			return fault.New(fault.Conflict, "payment.not_captured")
		}
		row = all[at]
		if err := row.fits(p, amount); err != nil {
			return err
		}
		if row.RefundKey != "" || p.Gateway != InStars {
			return nil
		}
		return d.store.promiseRefund(ctx, row.ID, key)
	})
	return row, err
}

// fits says whether so much of a charge can go back: all of it in Stars, or in what they were worth; else at most all.
func (r chargeRow) fits(p payments.Payment, amount money.Amount) error {
	paid := money.Of(r.Total, money.Currency(r.Currency))
	worth := paid
	if paid == p.Tender {
		worth = p.Amount
	}
	switch {
	case p.Gateway == InStars && amount != paid && amount != worth:
		return fault.New(fault.Conflict, "payment.refund_whole").With("amount", worth.String())
	case p.Gateway != InStars && (amount.Currency != paid.Currency || amount.Minor > paid.Minor):
		return fault.New(fault.Conflict, "payment.refund_too_much").With("left", paid.String())
	}
	return nil
}

// choose is the place of the charge that a refund is of; -1: there is none left.
func choose(all []chargeRow, key string, strayed, whole bool) int {
	for i, row := range all {
		if row.RefundKey == key {
			return i
		}
	}
	for i := range all {
		if strayed {
			i = len(all) - 1 - i
		}
		if !whole || all[i].RefundKey == "" {
			return i
		}
	}
	return -1
}
