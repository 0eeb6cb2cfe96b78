package webhooks

import (
	"context"

	"parley/migrations/db"
)

// laws are the rules of this package that no constraint can see. That each delivery has its endpoint and its message is a
// rule of the database too; it is looked at because deliveries are deleted with either.
var laws = []db.Law{
	{Invariant: "H1.deliveries", Sentence: "a webhook is on its way to an endpoint that there is, about something that happened in its shop", Broken: `
		select 'delivery ' || cast(d.id as text) as offender from webhook_deliveries d
		where not exists (select 1 from webhook_endpoints e where e.merchant_id = d.merchant_id and e.id = d.endpoint_id)
		or not exists (select 1 from webhook_messages m where m.merchant_id = d.merchant_id and m.id = d.message_id) order by d.id`},
	{Invariant: "H2.jobs", Sentence: "a webhook that is on its way has a job that tries it, which has not been given up", Broken: `
		select 'delivery ' || cast(d.id as text) as offender from webhook_deliveries d where d.state = 'pending' and not exists
		(select 1 from jobs j where j.ukey = '` + jobDeliver + `:' || cast(d.id as text) || ':' || cast(d.round as text) and j.state <> 'dead') order by d.id`},
	{Invariant: "H3.tries", Sentence: "a webhook that was taken was tried", Broken: `
		select 'delivery ' || cast(d.id as text) as offender from webhook_deliveries d where d.state = 'delivered' and not exists
		(select 1 from webhook_attempts a where a.merchant_id = d.merchant_id and a.delivery_id = d.id) order by d.id`},
}

// Verify says how the rules of this package stand.
func (s *Service) Verify(ctx context.Context) ([]db.Finding, error) { return s.DB.Check(ctx, laws...) }
