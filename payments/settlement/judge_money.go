package settlement

import (
	"parley/catalog/money"
	"parley/payments"
	"parley/payments/reconcile"
	"strings"
)

// flow is the move of a signed amount: a negative one goes the other way, none moves nothing.
func flow(from, to payments.Account, amount money.Amount) []payments.Move {
	switch {
	case amount.Minor > 0:
		return []payments.Move{{From: from, To: to, Amount: amount}}
	case amount.Minor < 0:
		return []payments.Move{{From: to, To: from, Amount: amount.Negated()}}
	}
	return nil
}

// from is how the row's gross comes from an account, which is kept in the currency that the buyer saw.
func (r Row) from(account payments.Account) []payments.Move {
	if !r.isConverted() {
		return flow(account, payments.Clearing(r.Gateway), r.Gross)
	}
	return append(flow(account, payments.FX, r.Seen), flow(payments.FX, payments.Clearing(r.Gateway), r.Gross)...)
}

// queue says that a person must look at the row.
func (v *verdict) queue(class reconcile.Class, amount money.Amount, detail string) {
	r := &v.row
	r.State = Queued
	item := Item{
		Merchant: r.Merchant, Gateway: r.Gateway, Class: class, Subject: r.subject(), Amount: amount, Order: r.Order, Payment: r.PaymentID,
		Charge: r.behind(), Payout: r.Payout, Detail: detail, Since: r.Created, Standing: Open,
	}
	if r.Kind == reconcile.RefundKind || r.Kind == reconcile.RefundFailureKind {
		item.Refund = r.Source
	}
	v.items = append(v.items, item)
}

// own is for rows that belong to whoever has the processor's account when no payment says otherwise.
func (v *verdict) own(a around) {
	if v.row.Merchant == 0 {
		v.row.Merchant = a.owner
	}
}

// book has the books say the row's net, out of an account and of the fees. What is nobody's stays out of the books.
func (v *verdict) book(account payments.Account) {
	r := v.row
	if r.Merchant == 0 {
		return
	}
	v.row.IsBooked = true
	v.add(r.from(account)...)
	v.move(payments.Clearing(r.Gateway), payments.Fees(r.Gateway), r.Fee)
}

func (v *verdict) move(from, to payments.Account, amount money.Amount) {
	v.add(flow(from, to, amount)...)
}

// add puts moves into the row's own entry.
func (v *verdict) add(moves ...payments.Move) {
	if len(moves) == 0 {
		return
	}
	key := v.row.subject()
	for i := range v.entries {
		if v.entries[i].Key == key {
			v.entries[i].Moves = append(v.entries[i].Moves, moves...)
			return
		}
	}
	v.entries = append(v.entries, payments.Entry{Source: v.row.Gateway, Key: key, Reason: "settled_" + v.row.Kind.String(), Happened: v.row.Created, Moves: moves})
}

// meet has the books, which had an entry already, say what the row does to the balance: ours is what it should be by
// the row. A difference is parked as money that belongs to no order. partial is what other rows take from it.
func (v *verdict) meet(entry payments.Record, ours money.Amount, partial int64) {
	r := v.row
	clearing := payments.Clearing(r.Gateway)
	v.row.Counterpart, v.row.IsBooked = entry.Key, true
	said := entry.In(clearing)
	if had, same := said[ours.Currency]; same && len(said) == 1 || len(said) == 0 {
		off := money.Of(ours.Minor-had, ours.Currency)
		v.move(payments.Unmatched, clearing, off)
		v.judgeOff(off, partial, "the books say "+money.Of(had, ours.Currency).String()+", the processor "+ours.String())
		return
	}
	for currency, had := range said {
		v.convert(currency, money.Of(had, currency), ours, partial)
	}
}

// convert is for an entry in another currency than the processor settles in: the clearing account is emptied of the
// one, by way of the conversion, and gets the other.
func (v *verdict) convert(currency money.Currency, had, ours money.Amount, partial int64) {
	r := v.row
	clearing := payments.Clearing(r.Gateway)
	if r.Seen.Currency != currency {
		v.move(clearing, payments.Unmatched, had)
		v.move(payments.Unmatched, clearing, ours)
		v.queue(reconcile.CurrencyMismatch, ours, "the books say "+had.String()+", the processor "+r.Seen.String())
		return
	}
	v.move(clearing, payments.FX, had)
	v.move(payments.FX, clearing, ours)
	off := money.Of(r.Seen.Minor-had.Minor, currency)
	if ours == r.Net && ours != r.Gross { // a dispute, whose entry has the fee in it
		return
	}
	v.move(payments.Unmatched, payments.FX, off)
	v.judgeOff(off, partial, "the books say "+had.String()+", the processor "+r.Seen.String())
}

// judgeOff names a difference, unless other rows of the charge explain it.
func (v *verdict) judgeOff(off money.Amount, partial int64, detail string) {
	class := reconcile.AmountMismatch
	switch {
	case off.Minor+partial == 0:
		return
	case v.row.isConverted() && off.Minor+partial >= -1 && off.Minor+partial <= 1:
		class = reconcile.FXRounding
	}
	off.Minor += partial
	v.queue(class, off, detail)
}

// meetFee has the books say the fee that the processor took: under the charge's own key when they had none, so that
// news which come later do not book it again; else what it is off.
func (v *verdict) meetFee(a around) {
	r := v.row
	clearing, fees := payments.Clearing(r.Gateway), payments.Fees(r.Gateway)
	if a.fee == nil {
		if moves := flow(clearing, fees, r.Fee); len(moves) > 0 {
			v.entries = append(v.entries, payments.Entry{Source: r.Gateway, Key: feeKey(r.Counterpart), Reason: "fee", Happened: r.Created, Moves: moves})
		}
		v.judgeFee(a, nil)
		return
	}
	off := r.Fee
	for currency, had := range a.fee.In(fees) {
		if currency == r.Fee.Currency {
			off.Minor -= had
			continue
		}
		v.move(fees, clearing, money.Of(had, currency))
	}
	v.move(clearing, fees, off)
	v.judgeFee(a, &off)
}

// feeKey is the business key of the fee of what was captured under another.
func feeKey(capture string) string { return "fee:" + strings.TrimPrefix(capture, "capture:") }
