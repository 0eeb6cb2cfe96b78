package telegram

import (
	"context"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// Query is a question that Telegram asks before it takes money, and waits for the answer (pre_checkout_query, ten
// seconds; shipping_query).
type Query struct {
	ID       string
	Channel  string // the bot that was asked
	Buyer    string // who is about to pay
	Payload  string
	Currency string
	Total    int64 // in Telegram's minor units
}

// Answer is what the buyer is told: nothing, and then they can pay, or why not, in their language.
type Answer struct {
	Refusal  error  // a fault; nil: yes
	Language string // of the order's buyer; empty: unknown
	Option   string // of a shipping query: the name of the one way of delivery, which the total has in it already
}

// standing is what is known of an invoice when somebody is about to pay it.
type standing struct {
	payload Payload
	known   bool
	invoice invoiceRow
	payment payments.Payment
	due     payments.Due
	held    bool
}

// Check answers whether the buyer may pay now (pre_checkout_query). It fails only when the database does.
func (d *Desk) Check(ctx context.Context, q Query) (a Answer, err error) {
	err = d.DB.InTx(ctx, func(ctx context.Context) error {
		s, err := d.stands(ctx, q)
		if err != nil {
			return err
		}
		a = Answer{Refusal: s.judge(q, s.invoice.isBeingPaid(d.at(), q.ID)), Language: s.invoice.Language}
		if a.Refusal == nil {
			if err := d.store.checked(ctx, q.Payload, q.ID, d.at()); err != nil {
				return err
			}
		}
		return d.store.keepQuery(ctx, q, s, a.Refusal, d.at())
	})
	return a, err
}

// Ship answers a shipping query. What brings the goods and what that costs was agreed before the invoice was made, and
// the total has it: that is the one option. It fails only when the database does.
func (d *Desk) Ship(ctx context.Context, q Query) (a Answer, err error) {
	err = d.DB.InTx(ctx, func(ctx context.Context) error {
		s, err := d.stands(ctx, q)
		if err != nil {
			return err
		}
		q.Currency, q.Total = s.invoice.Currency, s.invoice.Total // a shipping query says no sum
		a = Answer{Refusal: s.judge(q, false), Language: s.invoice.Language}
		if a.Refusal != nil {
			return nil //nolint:nilerr // it is the answer
		}
		sale, err := d.Shop.Sale(ctx, s.payment.Merchant, s.payload.Order)
		if err != nil {
			return err
		}
		if a.Option = sale.Delivery; a.Option == "" {
			a.Refusal = fault.New(fault.Conflict, "telegram.nothing_to_ship").With("number", s.due.Number)
			return nil
		}
		a.Option += " (" + wordsIn(s.invoice.Language).included + ")"
		return nil
	})
	return a, err
}

// stands reads what there is to know, with the order locked; of an invoice that is not ours nothing is known.
func (d *Desk) stands(ctx context.Context, q Query) (s standing, err error) {
	if s.payload, s.known = ReadPayload(q.Payload); !s.known {
		return s, nil
	}
	if s.invoice, err = d.store.invoice(ctx, q.Payload); fault.KindOf(err) == fault.Missing {
		s.known = false
		return s, nil
	} else if err != nil {
		return s, err
	}
	if s.due, err = d.Shop.Owed(ctx, s.payload.Order); err != nil {
		return s, err
	}
	if s.invoice, err = d.store.lock(ctx, q.Payload); err != nil { // as it is now that the order is held
		return s, err
	}
	if s.payment, err = d.Payments.FindByKey(ctx, s.payload.Key); err != nil {
		return s, err
	}
	s.held, err = d.Shop.Holds(ctx, s.payment.Merchant, s.payload.Order)
	return s, err
}

// judge says why somebody may not pay an invoice now; nil when they may.
func (s standing) judge(q Query, isBeingPaid bool) error {
	refuse := func(key string) error { return fault.New(fault.Conflict, key).With("number", s.due.Number) }
	switch {
	case !s.known:
		return fault.New(fault.Missing, "telegram.invoice_unknown")
	case q.Buyer != s.payload.Buyer || q.Buyer != s.invoice.Buyer || q.Channel != s.invoice.Channel || s.payment.Order != s.payload.Order:
		return fault.New(fault.Denied, "telegram.invoice_of_another")
	case s.payment.Status == payments.Settled, s.payment.Status == payments.Refunded, s.due.Amount.Minor <= 0:
		return refuse("telegram.paid_already")
	case s.payment.Status != payments.Open || s.invoice.State != open || !s.due.Payable:
		return refuse("telegram.invoice_over")
	case q.Currency != s.invoice.Currency || q.Total != s.invoice.Total || s.payment.Asked() != money.Of(q.Total, money.Currency(q.Currency)) || s.due.Amount != s.payment.Amount:
		return refuse("telegram.total_differs")
	case !s.held:
		return refuse("telegram.not_in_stock")
	case isBeingPaid:
		return refuse("telegram.being_paid")
	}
	return nil
}

// Invoice is what the chat shows for a payment of one of the desk's gateways; fault.Missing when there is none.
func (d *Desk) Invoice(ctx context.Context, p payments.Payment) (Invoice, error) {
	row, err := d.store.invoice(ctx, p.Ref)
	if err != nil {
		return Invoice{}, err
	}
	return row.made()
}

// ToSend is the provider's token that an invoice leaves with; empty for Stars. It fails with fault.Missing, and with
// fault.Conflict (telegram.invoice_over) when nobody is to pay it any more.
func (d *Desk) ToSend(ctx context.Context, payload string) (token string, err error) {
	row, err := d.store.invoice(ctx, payload)
	if err != nil {
		return "", err
	}
	p, err := d.Payments.FindByKey(ctx, row.PaymentKey)
	if err != nil {
		return "", err
	}
	if row.State != open || p.Status != payments.Open {
		return "", fault.New(fault.Conflict, "telegram.invoice_over").With("number", "")
	}
	if row.Currency == string(money.Stars) {
		return "", nil
	}
	return d.token(ctx, payments.MerchantID(row.MerchantID))
}

// Sent notes which message shows an invoice, and takes an earlier one out of the chat.
func (d *Desk) Sent(ctx context.Context, payload, message string) error {
	before, err := d.store.show(ctx, payload, message)
	if err != nil || before.Message == "" || before.Message == message || d.Bot == nil {
		return err
	}
	return d.Bot.Remove(ctx, before.chat(), before.Message)
}

// Unsent hears that Telegram does not take an invoice: the attempt failed, and the buyer is offered another way.
func (d *Desk) Unsent(ctx context.Context, payload string) error {
	row, err := d.store.invoice(ctx, payload)
	if err != nil {
		return err
	}
	p, err := d.Payments.FindByKey(ctx, row.PaymentKey)
	if err != nil {
		return err
	}
	if err := d.store.close(ctx, payload); err != nil {
		return err
	}
	return d.Payments.Hear(ctx, p.Gateway, payments.Notice{Event: "unsent:" + payload, Ref: payload, Payment: p.Key, News: payments.Failed, Live: p.Live})
}
