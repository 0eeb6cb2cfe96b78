package payments

import (
	"context"
	"slices"

	"parley/migrations/db"
)

// laws are the rules of payments and books that no constraint sees.
var laws = []db.Law{
	{Invariant: "L1", Sentence: "every entry has moves, each of a positive amount between two accounts", Broken: `select 'entry ' || cast(e.id as text) as offender from ledger_entries e where not exists (select 1 from ledger_postings p where p.entry_id = e.id)
		union all select 'entry ' || cast(entry_id as text) from ledger_postings where amount <= 0 or from_account = to_account`},
	{Invariant: "L4", Sentence: "a reversal is of an entry of the same merchant, and exactly its mirror", Broken: `select 'entry ' || cast(r.id as text) as offender from ledger_entries r join ledger_entries e on e.id = r.reverses
		where r.merchant_id <> e.merchant_id or exists (select 1 from ledger_postings p where p.entry_id = r.id and not exists (select 1 from ledger_postings q where q.entry_id = e.id
			and q.line = p.line and q.from_account = p.to_account and q.to_account = p.from_account and q.amount = p.amount and q.currency = p.currency))
		or (select count(*) from ledger_postings p where p.entry_id = r.id) <> (select count(*) from ledger_postings q where q.entry_id = e.id) order by r.id`},
	{Invariant: "L5", Sentence: "what one business key stands for is booked once", Broken: `select source || ' ' || business_key as offender from ledger_entries group by source, business_key having count(*) > 1`},
	{Invariant: "P1", Sentence: "an order takes one capture, or several that are each a part", Broken: `select 'order ' || cast(order_id as text) as offender from ledger_entries where reason = 'capture'
		group by order_id having count(*) > 1 and sum(case when part then 0 else 1 end) > 0`},
	{Invariant: "P2", Sentence: "what a payment captured is what the books say of it", Broken: `select 'payment ' || cast(p.id as text) as offender from payments p where p.captured <> coalesce((select sum(l.amount) from ledger_entries e
			join ledger_postings l on l.entry_id = e.id where e.payment_id = p.id and l.currency = p.currency and (e.reason = 'capture'
			or (e.reason = 'stray' and exists (select 1 from payment_reviews r where r.payment_id = p.id and r.reason in ('order_refused', 'surplus') and e.business_key = 'capture:' || r.subject)))), 0)`},
	{Invariant: "P3", Sentence: "money that was captured has a settled payment, or a place in the review queue", Broken: `select 'entry ' || cast(e.id as text) as offender from ledger_entries e where
			(e.reason = 'capture' and not exists (select 1 from payments p where p.id = e.payment_id and p.status in ('settled', 'refunded')))
			or (e.reason = 'stray' and not exists (select 1 from payment_reviews r where (r.gateway = e.source or r.payment_id = e.payment_id) and e.business_key = 'capture:' || r.subject))`},
	{Invariant: "P4", Sentence: "refunds never exceed what was captured", Broken: `select 'payment ' || cast(r.payment_id as text) as offender from (
			select payment_id, stray, currency, sum(amount) as sum from refunds where status not in ('failed', 'withdrawn') group by payment_id, stray, currency) as r
		where r.sum > coalesce((select sum(l.amount) from ledger_entries e join ledger_postings l on l.entry_id = e.id where e.payment_id = r.payment_id
			and e.reason = case when r.stray then 'stray' else 'capture' end and l.currency = r.currency), 0)
			- case when r.stray then coalesce((select sum(a.amount) from payment_attachments a where a.source_payment = r.payment_id and a.currency = r.currency), 0) else 0 end`},
	{Invariant: "P3.attached", Sentence: "money that was given to an order is booked so, and was there", Broken: `select 'attachment ' || cast(a.id as text) as offender from payment_attachments a
		where not exists (select 1 from ledger_entries e where e.payment_id = a.payment_id and e.order_id = a.order_id and e.reason = 'capture'
				and e.business_key = 'attach:' || a.charge || ':' || cast(a.order_id as text))
			or not exists (select 1 from ledger_entries e where e.payment_id = a.source_payment and e.reason = 'stray' and e.business_key = 'capture:' || a.charge)
		union all select 'entry ' || cast(e.id as text) from ledger_entries e where e.reason = 'capture' and e.business_key like 'attach:%'
			and not exists (select 1 from payment_attachments a where a.payment_id = e.payment_id)`},
	{Invariant: "P4.booked", Sentence: "a refund that the processor took is in the books, and one that came back is taken back there", Broken: `select 'refund ' || cast(r.id as text) as offender
		from refunds r join payments p on p.id = r.payment_id where r.status in ('working', 'done') and coalesce((select sum(l.amount) from ledger_entries e
			join ledger_postings l on l.entry_id = e.id where e.source = case when p.holder <> '' then p.holder else p.gateway end and e.business_key = 'refund:' || r.ref
			and not exists (select 1 from ledger_entries b where b.reverses = e.id)), 0) <> r.amount
		union all select 'entry ' || cast(e.id as text) from ledger_entries e where e.reason = 'refund' and not exists (select 1 from ledger_entries b where b.reverses = e.id)
			and not exists (select 1 from refunds r where r.payment_id = e.payment_id and e.business_key = 'refund:' || r.ref and r.status in ('working', 'done'))`},
	{Invariant: "P9.refund", Sentence: "no processor is asked to give money back without a key that was stored before", Broken: `select 'refund ' || cast(id as text) as offender from refunds where idem_key = '' or executed_by = '' and status not in ('granted', 'withdrawn')`},
	{Invariant: "P9", Sentence: "no processor is called without a key that was stored before", Broken: `select 'payment ' || cast(id as text) as offender from payments where idem_key = ''`},
}

// Verify says how each invariant of payments and books stands, over the whole database.
func (s *Service) Verify(ctx context.Context) ([]db.Finding, error) {
	findings, err := s.d.Check(ctx, slices.Concat(laws, eventLaws, disputeLaws, sellerLaws, periodLaws)...)
	if err != nil {
		return nil, err
	}
	chain, err := s.verifyChain(ctx)
	return append(findings, chain...), err
}
