package payments

import "parley/migrations/db"

// eventLaws are the rules about what was heard.
var eventLaws = []db.Law{
	{Invariant: "P5", Sentence: "a payment whose money an order took is settled, whatever was heard later", Broken: `select 'payment ' || cast(p.id as text) as offender from payments p
		where p.status not in ('settled', 'refunded') and exists (select 1 from ledger_entries e where e.payment_id = p.id and e.reason = 'capture') order by p.id`},
	{Invariant: "P6", Sentence: "the same event is kept once", Broken: `select gateway || ' ' || event_id as offender from payment_events group by gateway, event_id having count(*) > 1`},
	{Invariant: "P7", Sentence: "one attempt at a processor, and one charge, belongs to one order", Broken: `select gateway || ' ' || ref as offender from payments where ref <> ''
			group by gateway, ref having count(*) > 1
		union all select v.gateway || ' ' || v.charge from payment_events v join payments p on p.id = v.payment_id and p.live = v.live and p.account = v.account
			where v.news = 'settled' and v.charge <> '' and (p.ref = v.ref or v.ref = '') group by v.gateway, v.charge having count(distinct p.order_id) > 1`},
	{Invariant: "P8", Sentence: "money that was heard of, however late, is in the books or waits for a person", Broken: `select 'event ' || cast(v.id as text) as offender from payment_events v
			join payments p on p.id = v.payment_id where v.news = 'settled' and v.amount > 0
			and not exists (select 1 from ledger_entries e where e.source in (v.gateway, p.holder) and e.business_key = 'capture:' || case when v.charge <> '' then v.charge when v.ref <> '' then v.ref else p.idem_key end)
			and not exists (select 1 from payment_reviews r where r.event_id = v.id or r.gateway = v.gateway and r.payment_id = p.id and r.subject in (v.charge, v.ref, v.event_id)) order by v.id`},
	{Invariant: "P8.early", Sentence: "a refund waits for its money only until that has come", Broken: `select 'event ' || cast(v.id as text) as offender from payment_events v where v.aside <> ''
			and exists (select 1 from ledger_entries e where e.payment_id = v.payment_id and e.reason in ('capture', 'stray')) order by v.id`},
	{Invariant: "W2", Sentence: "no news of another mode or account is booked", Broken: `select 'entry ' || cast(e.id as text) as offender from ledger_entries e join payments p on p.id = e.payment_id
			where e.reason in ('capture', 'stray') and exists (select 1 from payment_events v where v.payment_id = p.id and v.news = 'settled' and e.business_key = 'capture:' || v.charge)
			and not exists (select 1 from payment_events v where v.payment_id = p.id and v.news = 'settled' and e.business_key = 'capture:' || v.charge
				and v.live = p.live and v.account = p.account) order by e.id`},
}

// disputeLaws are the rules about disputes.
var disputeLaws = []db.Law{
	{Invariant: "P10", Sentence: "a dispute is debited once, or a person was told", Broken: `select 'dispute ' || cast(d.id as text) as offender from disputes d join dispute_moves m on m.dispute_id = d.id
		group by d.id, d.gateway, d.ref having sum(case when m.amount < 0 then 1 when m.amount > 0 then -1 else 0 end) > 1
			and not exists (select 1 from payment_reviews r where r.gateway = d.gateway and r.reason = 'dispute_twice' and r.subject = d.ref) order by d.id`},
	{Invariant: "P10.booked", Sentence: "each balance transaction of a dispute is in the books once, with its fee, and nothing else is", Broken: `select 'dispute ' || cast(d.id as text) as offender
			from disputes d join dispute_moves m on m.dispute_id = d.id where (m.amount <> 0 or m.fee <> 0) and coalesce((select sum(case when l.from_account = 'clearing:' || d.gateway
				then l.amount else -l.amount end) from ledger_entries e join ledger_postings l on l.entry_id = e.id where e.source = d.gateway
				and e.business_key = 'dispute:' || d.ref || ':' || m.transaction_id and l.currency = m.currency), 0) <> m.fee - m.amount
		union all select 'entry ' || cast(e.id as text) from ledger_entries e where e.reason = 'dispute' and not exists (select 1 from disputes d
			join dispute_moves m on m.dispute_id = d.id where d.gateway = e.source and e.business_key = 'dispute:' || d.ref || ':' || m.transaction_id)`},
	{Invariant: "P10.lost", Sentence: "what a lost dispute took is a loss in the books, and of no other one", Broken: `select 'dispute ' || cast(d.id as text) as offender
		from disputes d join dispute_moves m on m.dispute_id = d.id left join ledger_entries e on e.source = d.gateway and e.business_key = 'dispute_lost:' || d.ref || ':' || m.transaction_id
			left join ledger_entries b on b.reverses = e.id
		where m.amount < 0 and (d.status = 'lost') <> (e.id is not null and b.id is null) order by d.id`},
}
