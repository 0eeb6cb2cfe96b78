package orders

import (
	"context"
	"fmt"

	"parley/catalog"
)

// invariant is a query for the ids of orders that break a rule which no constraint sees.
type invariant struct{ name, sentence, broken string }

// counted: a line's variant had its pieces counted when the order was placed, so the order holds or took them.
const counted = `v.tracked and exists (select 1 from stock_moves c where c.variant_id = v.id and c.at <= o.placed_at and c.ref = '')`

var invariants = []invariant{
	{"O1.total", "Orders cost something else than their lines less the discount plus the delivery.", `
		select o.id from orders o where o.total <> o.goods - o.discount + o.shipping
			or o.goods <> (select coalesce(sum(l.total), 0) from order_lines l where l.order_id = o.id)`},
	{"O2.lines", "Lines of orders cost something else than their price times their quantity.", `
		select distinct l.order_id as id from order_lines l where l.total <> l.price * l.quantity`},
	{"O3.paid", "Paid orders have not received exactly their total.", `
		select o.id from orders o where o.state = 'paid' and o.received <> o.total`},
	{"O4.sold", "Orders took something else from stock than they sold.", `
		select distinct o.id from orders o join order_lines l on l.order_id = o.id join variants v on v.id = l.variant_id
			where o.stock = 'taken' and ` + counted + ` and l.quantity <> (select -coalesce(sum(m.quantity), 0)
				from stock_moves m where m.ref = 'order:' || o.id and m.variant_id = l.variant_id)`},
	{"O5.returned", "Orders that took nothing, or gave it back, have moved stock.", `
		select distinct id from (select o.id from orders o join stock_moves m on m.ref = 'order:' || o.id
			where o.stock <> 'taken' group by o.id, m.variant_id having sum(m.quantity) <> 0) as moved`},
	{"O6.held", "Orders that hold stock do not have exactly their lines reserved.", `
		select distinct o.id from orders o join order_lines l on l.order_id = o.id join variants v on v.id = l.variant_id
			left join reservations r on r.holder = 'order:' || o.id and r.variant_id = l.variant_id
			where o.stock = 'held' and ` + counted + ` and coalesce(r.quantity, 0) <> l.quantity`},
	{"O7.let_go", "Orders have something reserved that they do not hold.", `
		select distinct o.id from reservations r join orders o on r.holder = 'order:' || o.id where o.stock <> 'held' or not exists (
			select 1 from order_lines l where l.order_id = o.id and l.variant_id = r.variant_id)`},
}

// mostNamed is how many broken orders a finding names: "order 1042".
const mostNamed = 10

// Verify says which invariants of orders do not hold; nothing is good news.
func (s *Service) Verify(ctx context.Context) (findings []catalog.Finding, err error) {
	for _, rule := range invariants {
		var rows []struct{ ID, Broken int64 }
		err := s.db.On(ctx).Raw("select id, count(*) over () as broken from ("+rule.broken+") as found order by id limit ?", mostNamed).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("verify %s: %w", rule.name, err)
		}
		if len(rows) == 0 {
			continue
		}
		found := catalog.Finding{Invariant: rule.name, Sentence: rule.sentence, Count: rows[0].Broken}
		for _, row := range rows {
			found.First = append(found.First, "order "+number(OrderID(row.ID)))
		}
		findings = append(findings, found)
	}
	return findings, nil
}
