package channels

import (
	"context"

	"parley/migrations/db"
)

// laws are the rules of messages that no constraint sees.
var laws = []db.Law{
	{Invariant: "M1.promised", Sentence: "a message that is queued has a promise to send it", Broken: `
		select 'message ' || cast(m.id as text) as what from messages m where m.way = 'out' and m.state = 'queued'
		and not exists (select 1 from jobs j where j.kind = '` + SendJob + `' and j.grp = m.channel || '/' || m.buyer and j.state <> 'dead') order by m.id`},
	{Invariant: "M2.shop", Sentence: "a message is said in a shop that exists", Broken: `
		select 'message ' || cast(m.id as text) as what from messages m
		where m.merchant_id is not null and not exists (select 1 from merchants s where s.id = m.merchant_id) order by m.id`},
}

// Verify says how each invariant of messages stands.
func (o *Outbox) Verify(ctx context.Context) ([]db.Finding, error) { return o.db.Check(ctx, laws...) }
