package settlement

import (
	"context"

	"parley/migrations/db"
)

// laws are the rules of settlement that no constraint sees.
var laws = []db.Law{
	{Invariant: "R1", Sentence: "of every balance transaction gross less fee is net, or it is in the queue", Broken: `
		select gateway || ' ' || txn as offender from settlement_transactions t where gross - fee <> net
			and not exists (select 1 from settlement_items i where i.gateway = t.gateway and i.subject = 'txn:' || t.txn) order by id`},
	{Invariant: "R2", Sentence: "the rows of a payout add up to it, or it is in the queue", Broken: `
		select p.gateway || ' ' || p.payout as offender from settlement_payouts p where p.itemised <> 'no' and p.amount <> case p.itemised
				when 'assumed' then coalesce((select sum(a.amount) from settlement_assumed a where a.payout_id = p.id), 0)
				else coalesce((select sum(t.net) from settlement_transactions t where t.gateway = p.gateway and t.payout = p.payout and t.kind <> 'payout'), 0) end
			and not exists (select 1 from settlement_items i where i.gateway = p.gateway and i.subject = 'payout:' || p.payout) order by p.id`},
	{Invariant: "R3", Sentence: "a clearing account is the processor's balance: what its rows say, less what was paid out, and what the processor has not told yet", Broken: `
		select gateway || ' ' || currency || ': off by ' || cast(sum(amount) as text) as offender from (
			select a.gateway, p.currency, case when p.to_account = 'clearing:' || a.gateway then p.amount else -p.amount end as amount
				from settlement_accounts a join ledger_postings p on p.to_account = 'clearing:' || a.gateway or p.from_account = 'clearing:' || a.gateway
			union all select e.source, p.currency, case when p.to_account = 'clearing:' || e.source then -p.amount else p.amount end
				from settlement_accounts a join ledger_entries e on e.source = a.gateway join ledger_postings p on p.entry_id = e.id
				where (p.to_account = 'clearing:' || e.source or p.from_account = 'clearing:' || e.source)
					and e.business_key not like 'txn:%' and e.reason not like 'payout%'
					and not exists (select 1 from settlement_transactions t where t.gateway = e.source and t.counterpart <> ''
						and t.counterpart = case when e.business_key like 'fee:%' then 'capture:' || substr(e.business_key, 5) else e.business_key end)
			union all select gateway, currency, case when kind in ('payout', 'payout_reversal') then fee else -net end from settlement_transactions where booked
			union all select p.gateway, p.currency, s.amount from settlement_shares s join settlement_payouts p on p.id = s.payout_id where p.returned_at is null
		) as moved group by gateway, currency having sum(amount) <> 0 order by gateway, currency`},
	{Invariant: "R3.row", Sentence: "what the books say of a balance transaction is its net, in its currency, and nothing in another", Broken: `
		select gateway || ' ' || txn as offender from (
			select t.gateway, t.txn, t.id, p.currency, t.currency as own, case when t.kind in ('payout', 'payout_reversal') then -t.fee else t.net end as net,
				sum(case when p.to_account = 'clearing:' || t.gateway then p.amount when p.from_account = 'clearing:' || t.gateway then -p.amount else 0 end) as amount
			from (select id, gateway, 'txn:' || txn as business_key from settlement_transactions where booked
					union all select id, gateway, counterpart from settlement_transactions where booked and counterpart <> ''
					union all select id, gateway, 'fee:' || substr(counterpart, 9) from settlement_transactions where booked and counterpart <> '' and kind = 'charge') as k
				join ledger_entries e on e.source = k.gateway and e.business_key = k.business_key join ledger_postings p on p.entry_id = e.id join settlement_transactions t on t.id = k.id
			group by t.gateway, t.txn, t.id, p.currency, t.currency, t.kind, t.net, t.fee
		) as said where amount <> case when currency = own then net else 0 end order by id`},
	{Invariant: "R4", Sentence: "every balance transaction and every line of a bank is matched, or has its place in the queue", Broken: `
		select gateway || ' ' || txn as offender from settlement_transactions t where state = 'queued'
			and not exists (select 1 from settlement_items i where i.gateway = t.gateway and i.subject = 'txn:' || t.txn)
		union all select gateway || ' ' || txn from settlement_transactions where state = 'matched' and not booked and kind not in ('payout', 'payout_reversal', 'reserve') and net <> 0
		union all select 'line ' || cast(id as text) from settlement_bank_lines l where state = 'queued'
			and not exists (select 1 from settlement_items i where i.gateway = '' and i.subject = 'line:' || cast(l.id as text))`},
	{Invariant: "R5", Sentence: "one balance transaction stands for one capture or refund, and for one order's", Broken: `
		select gateway || ' ' || counterpart as offender from settlement_transactions where counterpart <> '' group by gateway, counterpart having count(*) > 1
		union all select t.gateway || ' ' || t.txn from settlement_transactions t join ledger_entries e on e.source = t.gateway and e.business_key = t.counterpart
			where t.counterpart <> '' and (e.merchant_id <> t.merchant_id or coalesce(e.order_id, 0) <> coalesce(t.order_id, 0))`},
	{Invariant: "R6", Sentence: "what was brought in twice is there once", Broken: `
		select gateway || ' ' || txn as offender from settlement_transactions group by gateway, txn having count(*) > 1
		union all select gateway || ' ' || payout from settlement_payouts group by gateway, payout having count(*) > 1
		union all select 'line ' || identity from settlement_bank_lines group by identity having count(*) > 1`},
	{Invariant: "R7.shares", Sentence: "what is booked of a payout is what its rows are of each merchant", Broken: `
		select p.gateway || ' ' || p.payout || ' of merchant ' || cast(s.merchant_id as text) as offender from (
			select payout_id, merchant_id, sum(amount) as amount from (select payout_id, merchant_id, amount from settlement_shares
				union all select payout_id, merchant_id, -amount from settlement_dues) as both_sides group by payout_id, merchant_id having sum(amount) <> 0) as s
			join settlement_payouts p on p.id = s.payout_id order by p.id, s.merchant_id`},
	{Invariant: "R8", Sentence: "what was decided about an item of the queue has who, when and why", Broken: `
		select 'item ' || cast(id as text) as offender from settlement_items i where state <> 'open'
			and not exists (select 1 from settlement_decisions d where d.item_id = i.id) order by id`},
}

// Verify says how each invariant of settlement stands, over the whole database.
func (s *Service) Verify(ctx context.Context) ([]db.Finding, error) {
	return s.d.Check(ctx, laws...)
}
