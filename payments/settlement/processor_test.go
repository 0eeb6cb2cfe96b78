package settlement_test

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// processor is somebody else's machine: it charges, refunds, pays out, and remembers every cent in its own list.
type processor struct {
	name   string
	clock  *time.Time
	list   []payments.Transaction
	out    []payments.Payout
	fails  error // the next listing breaks off with it, after so many rows
	after  int
	number int
	fee    int64 // per cent of a charge
}

func (p *processor) Name() string { return p.name }
func (*processor) Live() bool     { return false }

func (p *processor) Open(_ context.Context, pay payments.Payment, _ payments.Due, _ payments.Return) (payments.Opened, error) {
	return payments.Opened{Ref: "cs_" + pay.Key, URL: "https://bank.example/"}, nil
}

func (p *processor) Look(context.Context, payments.Payment) (payments.Notice, error) {
	return payments.Notice{News: payments.Open}, nil
}
func (p *processor) Close(context.Context, payments.Payment) error { return nil }

func (p *processor) Refund(_ context.Context, pay payments.Payment, amount money.Amount, key string) (payments.Returned, error) {
	for _, t := range p.list {
		if t.Source == "re_"+key {
			return payments.Returned{Ref: t.Source, Done: true}, nil
		}
	}
	p.row("refund", "re_"+key, "ch_"+pay.Ref, amount.Negated(), 0)
	return payments.Returned{Ref: "re_" + key, Done: true}, nil
}

// row is a new balance transaction.
func (p *processor) row(category, source, charge string, gross money.Amount, fee int64) payments.Transaction {
	p.number++
	t := payments.Transaction{
		ID: fmt.Sprintf("txn_%d", p.number), Category: category, Source: source, Charge: charge, Gross: gross, Fee: money.Of(fee, gross.Currency),
		Net: money.Of(gross.Minor-fee, gross.Currency), Seen: gross, Created: *p.clock, Available: *p.clock,
	}
	p.list = append(p.list, t)
	return t
}

// charge is a buyer who pays.
func (p *processor) charge(pay payments.Payment) payments.Notice {
	fee := pay.Amount.Minor * p.fee / 100
	p.row("charge", "ch_"+pay.Ref, "ch_"+pay.Ref, pay.Amount, fee)
	return payments.Notice{Event: "evt_" + pay.Ref, Key: "ch_" + pay.Ref, Ref: pay.Ref, Payment: pay.Key, News: payments.Settled, Amount: pay.Amount}
}

// payOut sends everything that is there to the bank.
func (p *processor) payOut(automatic bool) (payments.Payout, bool) {
	p.number++
	id, sum := fmt.Sprintf("po_%d", p.number), int64(0)
	var rows []*payments.Transaction
	for i := range p.list {
		if t := &p.list[i]; t.Payout == "" && t.Category != "payout" {
			rows, sum = append(rows, t), sum+t.Net.Minor
		}
	}
	if sum <= 0 {
		return payments.Payout{}, false
	}
	for _, t := range rows {
		t.Payout = id
	}
	amount := money.Of(sum, rows[0].Net.Currency)
	made := payments.Payout{
		ID: id, Status: payments.PayoutPaid, Amount: amount, Automatic: automatic, Reconciled: automatic, Created: *p.clock, Arrives: p.clock.Add(48 * time.Hour),
		Descriptor: "BANK-" + id,
	}
	p.row("payout", id, "", amount.Negated(), 0)
	p.out = append(p.out, made)
	return made, true
}

// sendBack is a bank that does not take a payout.
func (p *processor) sendBack(id string) {
	for i := range p.out {
		if one := &p.out[i]; one.ID == id && one.Status == payments.PayoutPaid {
			one.Status = payments.PayoutFailed
			one.Returned = p.row("payout_reversal", id, "", one.Amount, 0).ID
		}
	}
}

func (p *processor) broken(given int) error {
	if p.fails != nil && given >= p.after {
		err := p.fails
		p.fails = nil
		return err
	}
	return nil
}

// Transactions hides which payout a row of a manual payout went out with, as processors do.
func (p *processor) Transactions(_ context.Context, since time.Time, take func(payments.Transaction) error) error {
	for i, t := range p.list {
		if err := p.broken(i); err != nil {
			return err
		}
		if t.Created.Before(since) {
			continue
		}
		t.Payout = ""
		if err := take(t); err != nil {
			return err
		}
	}
	return nil
}

func (p *processor) Payouts(_ context.Context, since time.Time, take func(payments.Payout) error) error {
	for _, one := range p.out {
		if one.Created.Before(since) {
			continue
		}
		if err := take(one); err != nil {
			return err
		}
	}
	return nil
}

func (p *processor) Itemised(_ context.Context, payout string, take func(payments.Transaction) error) error {
	for _, one := range p.out {
		if one.ID == payout && !one.Automatic {
			return fault.New(fault.Conflict, "payment.processor_refused")
		}
	}
	for i, t := range p.list {
		if err := p.broken(i); err != nil {
			return err
		}
		if t.Payout == payout && t.Category != "payout" {
			if err := take(t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *processor) Catch(context.Context, time.Time, func(payments.Notice) error) error { return nil }
