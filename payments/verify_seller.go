package payments

import "parley/migrations/db"

// sellerLaws are the rules about payments that a platform takes for sellers.
var sellerLaws = []db.Law{
	{Invariant: "M1", Sentence: "what is a seller's of a payment and what is the platform's are what was captured, less what went back and what was lost in disputes", Broken: `
		select 'payment ' || cast(p.id as text) as offender from payments p join (
			select e.payment_id, sum(case
				when e.reason like 'share%' then case when l.from_account in ('seller_payable', 'platform_fee') then l.amount when l.to_account in ('seller_payable', 'platform_fee') then -l.amount else 0 end
				when e.reason = 'capture' then -l.amount
				when l.to_account = 'refunds:' || e.source or e.reason = 'dispute_lost' then l.amount
				when l.from_account = 'refunds:' || e.source or e.reason = 'dispute_turned' then -l.amount else 0 end) as off
			from ledger_entries e join payments q on q.id = e.payment_id join ledger_postings l on l.entry_id = e.id and l.currency = q.currency
			where q.seller <> '' and e.reason in ('share', 'share_back', 'share_lost', 'share_won', 'capture', 'refund', 'refund_failed', 'debt', 'dispute_lost', 'dispute_turned')
			group by e.payment_id) as s on s.payment_id = p.id where s.off <> 0
		union all select 'entry ' || cast(e.id as text) from ledger_entries e join payments p on p.id = e.payment_id where e.reason like 'share%' and p.seller = ''`},
	{Invariant: "M2", Sentence: "what the platform keeps of a payment is what was agreed, less what went back of it", Broken: `
		select 'payment ' || cast(p.id as text) as offender from payments p join (
			select e.payment_id, sum(case when l.from_account = 'platform_fee' then l.amount when l.to_account = 'platform_fee' then -l.amount else 0 end) as kept,
				max(case when e.reason = 'share_back' then 1 else 0 end) as back
			from ledger_entries e join ledger_postings l on l.entry_id = e.id where e.reason in ('share', 'share_back') group by e.payment_id) as s on s.payment_id = p.id
		where s.kept < 0 or s.kept > p.cut or s.back = 0 and s.kept <> p.cut or p.status = 'refunded' and s.kept <> 0`},
	{Invariant: "M3", Sentence: "a payment is passed on to its merchant's own account, of its own mode", Broken: `
		select 'payment ' || cast(p.id as text) as offender from payments p where p.seller <> '' and not exists (select 1 from sellers s
			where s.merchant_id = p.merchant_id and s.gateway = p.gateway and s.live = p.live and s.account = p.seller) order by p.id`},
	{Invariant: "M4", Sentence: "what was moved between a platform and a seller for a payment was moved for one that is passed on", Broken: `
		select 'entry ' || cast(e.id as text) as offender from ledger_entries e join payments p on p.id = e.payment_id
			where e.reason in ('transfer', 'transfer_reversal', 'application_fee', 'application_fee_refund') and p.seller = '' order by e.id`},
	{Invariant: "M5", Sentence: "what a lost dispute took is taken back from a seller who bears it, once, and where it was not a person was told", Broken: `
		select 'dispute ' || d.ref as offender from dispute_recoveries r join disputes d on d.id = r.dispute_id join payments p on p.id = r.payment_id
			where p.seller = '' or p.platform_bears or r.payment_id <> d.payment_id
				or r.state = 'done' and not exists (select 1 from ledger_entries e where e.payment_id = p.id and e.reason = 'transfer_reversal')
				or r.state = 'refused' and not exists (select 1 from payment_reviews v where v.payment_id = p.id and v.reason = 'not_recovered' and v.subject = d.ref)
				or r.state = 'done' and d.status = 'won' and not exists (select 1 from payment_reviews v where v.payment_id = p.id and v.reason = 'won_recovered' and v.subject = d.ref)`},
}
