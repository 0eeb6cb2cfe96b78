package telegram

import (
	"context"

	"parley/migrations/db"
)

// laws are the rules of payments inside Telegram.
var laws = []db.Law{
	{Invariant: "T1", Sentence: "the total of an invoice was its order's when a buyer was let pay, and when an order took the money", Broken: `
		select 'query ' || q.query_id as offender from telegram_queries q left join telegram_invoices i on i.payload = q.payload left join payments p on p.idem_key = i.payment_key
			where q.refusal = '' and (p.id is null or q.currency <> i.currency or q.total <> i.total or q.buyer <> i.buyer or q.due <> p.amount or q.due_currency <> p.currency)
		union all select 'charge ' || c.charge from telegram_charges c join telegram_invoices i on i.payload = c.payload join payments p on p.idem_key = i.payment_key
			join ledger_entries e on e.payment_id = p.id and e.reason = 'capture' and e.business_key in ('capture:' || c.charge, 'capture:' || c.provider_charge)
			where c.total <> i.total or c.currency <> i.currency or p.captured <> p.amount
				or c.total <> case when p.tender > 0 then p.tender else p.amount end or c.currency <> case when p.tender > 0 then p.tender_currency else p.currency end`},
	{Invariant: "T2", Sentence: "of the payments of one invoice an order took one, and each other one went back or waits for a person", Broken: `
		select 'invoice ' || i.payload as offender from telegram_charges c join telegram_invoices i on i.payload = c.payload join payments p on p.idem_key = i.payment_key
			join ledger_entries e on e.payment_id = p.id and e.reason = 'capture' and e.business_key in ('capture:' || c.charge, 'capture:' || c.provider_charge)
			group by i.payload having count(distinct c.id) > 1
		union all select 'charge ' || c.charge from telegram_charges c join telegram_invoices i on i.payload = c.payload join payments p on p.idem_key = i.payment_key
			where not exists (select 1 from ledger_entries e where e.payment_id = p.id and e.business_key in ('capture:' || c.charge, 'capture:' || c.provider_charge)
				and (e.reason = 'capture' or exists (select 1 from payment_reviews r where r.payment_id = p.id and e.business_key = 'capture:' || r.subject)))
			and not exists (select 1 from payment_reviews r where r.payment_id = p.id and r.subject in (c.charge, c.provider_charge))`},
}

// Verify says how each rule stands, over the whole database.
func (d *Desk) Verify(ctx context.Context) ([]db.Finding, error) { return d.DB.Check(ctx, laws...) }
