package telegram

import (
	"context"
	"strings"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// Charge is money that Telegram says has come (successful_payment), or has gone back (refunded_payment).
type Charge struct {
	Payload  string
	Buyer    string // who paid
	Currency string
	Total    int64  // in Telegram's minor units
	Charge   string // telegram_payment_charge_id; "_" in test mode
	Provider string // provider_payment_charge_id: the processor's own id
	At       time.Time
	Raw      []byte // the update, as it came
}

// unique is what names a charge. In test mode Telegram calls each of them "_".
func (c Charge) unique() string {
	if c.Charge == "" || c.Charge == "_" {
		return "_:" + c.Payload
	}
	return c.Charge
}

// holderOf is the processor whose id a provider's charge is, so that its balance and the books meet.
func holderOf(provider string) string {
	for _, prefix := range []string{"ch_", "py_", "pi_"} {
		if strings.HasPrefix(provider, prefix) {
			return "stripe"
		}
	}
	return ""
}

// Paid takes money in: it is kept once, and payments hear of it, in one transaction. Money for no invoice of ours goes to
// the review queue. It fails when it could not be kept, and Telegram must say it again.
func (d *Desk) Paid(ctx context.Context, c Charge) error {
	return d.DB.InTx(ctx, func(ctx context.Context) error {
		invoice, err := d.store.invoice(ctx, c.Payload)
		if fault.KindOf(err) == fault.Missing {
			return d.Payments.Hear(ctx, gatewayOf(c.Currency), d.stranger(c))
		}
		if err != nil {
			return err
		}
		if _, err := d.Shop.Owed(ctx, payments.OrderID(invoice.OrderID)); err != nil { // orders are locked before invoices
			return err
		}
		p, err := d.Payments.FindByKey(ctx, invoice.PaymentKey)
		if err != nil {
			return err
		}
		row, err := d.store.keepCharge(ctx, invoice, c, d.at())
		if err != nil {
			return err
		}
		n := row.notice(p.Live, p.Key)
		n.Raw = c.Raw
		return d.Payments.Hear(ctx, p.Gateway, n)
	})
}

// GivenBack hears that a payment was refunded by Telegram: by us, or by others with the same bot.
func (d *Desk) GivenBack(ctx context.Context, c Charge) error {
	return d.DB.InTx(ctx, func(ctx context.Context) error {
		row, err := d.store.charge(ctx, c.unique())
		if fault.KindOf(err) == fault.Missing {
			return nil // of no invoice of ours
		}
		if err != nil {
			return err
		}
		invoice, err := d.store.invoice(ctx, row.Payload)
		if err != nil {
			return err
		}
		p, err := d.Payments.FindByKey(ctx, invoice.PaymentKey)
		if err != nil {
			return err
		}
		n := row.notice(p.Live, p.Key)
		n.Event, n.News, n.Key, n.Holder = "refunded:"+row.Charge, "", "", ""
		n.Refund, n.RefundKey, n.RefundNews, n.Raw = refundOf(row.Charge), row.RefundKey, payments.RefundDone, c.Raw
		if n.Amount == p.Tender {
			n.Amount = p.Amount
		}
		return d.Payments.Hear(ctx, p.Gateway, n)
	})
}

func refundOf(charge string) string { return "refund_" + charge }

func gatewayOf(currency string) string {
	if currency == string(money.Stars) {
		return InStars
	}
	return InChat
}

// stranger is money for no invoice of ours: of another program with the same bot, or of a database that was lost.
func (d *Desk) stranger(c Charge) payments.Notice {
	return payments.Notice{
		Event: "paid:" + c.unique(), Key: c.unique(), News: payments.Settled, Amount: money.Of(c.Total, money.Currency(c.Currency)),
		Live: isLive(d.Token) || c.Currency == string(money.Stars), Raw: c.Raw, At: c.At,
	}
}

// notice is a charge in the words of payments. Money that a known processor holds is booked by that one's id.
func (r chargeRow) notice(live bool, key string) payments.Notice {
	n := payments.Notice{
		Event: "paid:" + r.Charge, Key: r.Charge, Ref: r.Payload, Payment: key, News: payments.Settled,
		Amount: money.Of(r.Total, money.Currency(r.Currency)), Live: live, At: r.At.UTC(),
	}
	if holder := holderOf(r.ProviderCharge); holder != "" {
		n.Key, n.Holder = r.ProviderCharge, holder
	}
	return n
}
