package orders

import (
	"context"
	"fmt"
)

// Finding is a law of the books that some rows break.
type Finding struct {
	Invariant string
	Sentence  string
	Count     int64
	First     []string
}

// law is what must hold of every order, and a query of the numbers of those that break it.
type law struct {
	invariant string
	sentence  string
	broken    string // selects the ids of orders
}

// counted: a line's variant had its pieces counted when the order was placed, so the order holds or took them.
const counted = `v.tracked and exists (select 1 from stock_moves c where c.variant_id = v.id and c.at <= o.placed_at and c.ref = '')`

var laws = []law{
	{"O1", "an order's total is its lines less the discount plus the delivery",
		`select o.id from orders o where o.total <> o.goods - o.discount + o.shipping
			or o.goods <> (select coalesce(sum(l.total), 0) from order_lines l where l.order_id = o.id)`},
	{"O2", "an order's lines cost their price times their quantity",
		"select distinct l.order_id as id from order_lines l where l.total <> l.price * l.quantity"},
	{"P2", "a paid order has received exactly its total",
		"select o.id from orders o where o.state = 'paid' and o.received <> o.total"},
	{"S2", "what an order took from stock is what it sold",
		`select o.id from orders o join order_lines l on l.order_id = o.id join variants v on v.id = l.variant_id
			where o.stock = 'taken' and ` + counted + ` and l.quantity <> (select -coalesce(sum(m.quantity), 0)
				from stock_moves m where m.ref = 'order:' || o.id and m.variant_id = l.variant_id)`},
	{"S2", "an order that took nothing, or gave it back, has moved no stock",
		`select o.id from orders o join stock_moves m on m.ref = 'order:' || o.id
			where o.stock <> 'taken' group by o.id, m.variant_id having sum(m.quantity) <> 0`},
	{"S3", "an order that holds stock has exactly its lines reserved",
		`select o.id from orders o join order_lines l on l.order_id = o.id join variants v on v.id = l.variant_id
			left join reservations r on r.holder = 'order:' || o.id and r.variant_id = l.variant_id
			where o.stock = 'held' and ` + counted + ` and coalesce(r.quantity, 0) <> l.quantity`},
	{"S3", "an order has nothing reserved but what it holds",
		`select o.id from reservations r join orders o on r.holder = 'order:' || o.id where o.stock <> 'held' or not exists (
			select 1 from order_lines l where l.order_id = o.id and l.variant_id = r.variant_id and l.quantity = r.quantity)`},
}

// mostShown is how many broken orders a finding names.
const mostShown = 5

// Verify looks for orders that break a law and returns what it finds: nothing, when all is well.
func (s *Service) Verify(ctx context.Context) (findings []Finding, err error) {
	for _, law := range laws {
		var rows []struct{ ID, Broken int64 }
		err := s.db.On(ctx).Raw("select id, count(*) over () as broken from ("+law.broken+") as found order by id limit ?", mostShown).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("verify that %s: %w", law.sentence, err)
		}
		if len(rows) == 0 {
			continue
		}
		found := Finding{Invariant: law.invariant, Sentence: law.sentence, Count: rows[0].Broken}
		for _, row := range rows {
			found.First = append(found.First, number(OrderID(row.ID)))
		}
		findings = append(findings, found)
	}
	return findings, nil
}
