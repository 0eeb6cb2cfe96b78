package orders

import (
	"context"

	"parley/migrations/db"
)

// counted joins the variants v that had their pieces counted when the order o was placed, so that it holds or took them.
const counted = `join variants v on v.id = l.variant_id and v.tracked join (select variant_id, min(at) as since from stock_moves where ref = '' group by variant_id) as c
			on c.variant_id = v.id and c.since <= o.placed_at`

// laws are the rules of orders that no constraint sees.
var laws = []db.Law{
	{Invariant: "O1.total", Sentence: "an order costs its lines less the discount plus the delivery", Broken: `
		select 'order ' || cast(1000 + o.id as text) as what from orders o where o.total <> o.goods - o.discount + o.shipping
			or o.goods <> (select coalesce(sum(l.total), 0) from order_lines l where l.order_id = o.id)`},
	{Invariant: "O2.lines", Sentence: "a line of an order costs its price times its quantity", Broken: `
		select distinct 'order ' || cast(1000 + l.order_id as text) as what from order_lines l where l.total <> l.price * l.quantity`},
	{Invariant: "O3.paid", Sentence: "a paid order has received exactly its total", Broken: `
		select 'order ' || cast(1000 + o.id as text) as what from orders o where o.state = 'paid' and o.received <> o.total`},
	{Invariant: "O4.sold", Sentence: "an order took from stock what it sold", Broken: `
		select distinct 'order ' || cast(1000 + o.id as text) as what from orders o join order_lines l on l.order_id = o.id ` + counted + `
			left join (select variant_id, ref, sum(quantity) as moved from stock_moves where ref <> '' group by variant_id, ref) as m
				on m.ref = 'order:' || o.id and m.variant_id = l.variant_id
			where o.stock = 'taken' and l.quantity <> -coalesce(m.moved, 0)`},
	{Invariant: "O5.returned", Sentence: "an order that took nothing, or gave it back, has moved no stock", Broken: `
		select distinct 'order ' || cast(1000 + id as text) as what from (select o.id from orders o join stock_moves m on m.ref = 'order:' || o.id
			where o.stock <> 'taken' group by o.id, m.variant_id having sum(m.quantity) <> 0) as moved`},
	{Invariant: "O6.held", Sentence: "an order that holds stock has exactly its lines reserved", Broken: `
		select distinct 'order ' || cast(1000 + o.id as text) as what from orders o join order_lines l on l.order_id = o.id ` + counted + `
			left join reservations r on r.holder = 'order:' || o.id and r.variant_id = l.variant_id
			where o.stock = 'held' and coalesce(r.quantity, 0) <> l.quantity`},
	{Invariant: "O7.let_go", Sentence: "an order has nothing reserved that it does not hold", Broken: `
		select distinct 'order ' || cast(1000 + o.id as text) as what from reservations r join orders o on r.holder = 'order:' || o.id where o.stock <> 'held' or not exists (
			select 1 from order_lines l where l.order_id = o.id and l.variant_id = r.variant_id)`},
	{Invariant: "O8.shop", Sentence: "an order is placed in a shop that exists, for a way of delivery of that shop", Broken: `
		select 'order ' || cast(o.id as text) as what from orders o where not exists (select 1 from merchants m where m.id = o.merchant_id)
		or o.delivery_id is not null and not exists (select 1 from delivery_methods d where d.id = o.delivery_id and d.merchant_id = o.merchant_id) order by o.id`},
	{Invariant: "O9.variants", Sentence: "what is sold is a variant of the shop that sold it", Broken: `
		select distinct 'order ' || cast(1000 + l.order_id as text) as what from order_lines l
			where not exists (select 1 from variants v where v.id = l.variant_id and v.merchant_id = l.merchant_id)`},
}

// Verify says how each invariant of orders stands.
func (s *Service) Verify(ctx context.Context) ([]db.Finding, error) { return s.db.Check(ctx, laws...) }
