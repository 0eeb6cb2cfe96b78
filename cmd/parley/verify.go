package main

import (
	"context"

	"parley/migrations/db"
)

// crossings are the rules between orders and the books, which neither knows of the other.
var crossings = []db.Law{
	{Invariant: "P2.order", Sentence: "an order has received what its captures in the books say, in its currency", Broken: `
		select 'order ' || cast(1000 + o.id as text) as offender from orders o left join (select e.order_id, sum(l.amount) as sum, min(l.currency) as currency, count(distinct l.currency) as currencies
			from ledger_entries e join ledger_postings l on l.entry_id = e.id where e.reason = 'capture' group by e.order_id) as c on c.order_id = o.id
		where o.received <> coalesce(c.sum, 0) or c.currencies > 1 or c.currency <> o.currency order by o.id`},
	{Invariant: "L9", Sentence: "an order's paid state, rebuilt from the books, is the one that is stored: what was given back, too", Broken: `
		select 'order ' || cast(1000 + o.id as text) as offender from orders o left join (select r.order_id, sum(r.amount) as sum from refunds r
			where r.status in ('working', 'done') and not r.stray group by r.order_id) as g on g.order_id = o.id
		where o.refunded <> coalesce(g.sum, 0) or o.state = 'paid' and o.received <> o.total order by o.id`},
}

// verify checks the invariants of every part, and those between them.
func (s *shop) verify(ctx context.Context) (all []db.Finding, err error) {
	for _, part := range []interface {
		Verify(ctx context.Context) ([]db.Finding, error)
	}{s.catalog, s.orders, s.payments, s.desk, s.settlement, s.webhooks, s.outbox} {
		findings, err := part.Verify(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, findings...)
	}
	crossing, err := s.db.Check(ctx, crossings...)
	return append(all, crossing...), err
}
