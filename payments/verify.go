package payments

import (
	"context"
	"fmt"
)

// Finding is how one invariant of the books stands.
type Finding struct {
	Invariant string // "L1"
	Sentence  string // what must be true
	Count     int64  // how often it is not
	First     []string
}

// invariant is a law and the query for what breaks it: one column, a name for people.
type invariant struct{ name, sentence, broken string }

var invariants = []invariant{
	{"L1", "every entry has moves, each of a positive amount between two accounts",
		`select 'entry ' || cast(e.id as text) as offender from ledger_entries e where not exists (select 1 from ledger_postings p where p.entry_id = e.id)
		union all select 'entry ' || cast(entry_id as text) from ledger_postings where amount <= 0 or from_account = to_account`},
	{"L5", "what one business key stands for is booked once",
		`select source || ' ' || business_key as offender from ledger_entries group by source, business_key having count(*) > 1`},
	{"P1", "an order takes at most one capture",
		`select 'order ' || cast(order_id as text) as offender from ledger_entries where reason = 'capture' group by order_id having count(*) > 1`},
	{"P2", "what a payment captured is what the books say of it",
		`select 'payment ' || cast(p.id as text) as offender from payments p where p.captured <> coalesce((select sum(l.amount) from ledger_entries e
			join ledger_postings l on l.entry_id = e.id where e.payment_id = p.id and l.currency = p.currency and (e.reason = 'capture'
			or (e.reason = 'stray' and exists (select 1 from payment_reviews r where r.payment_id = p.id and r.reason = 'order_refused' and e.business_key = 'capture:' || r.subject)))), 0)`},
	{"P3", "money that was captured has a settled payment, or a place in the review queue",
		`select 'entry ' || cast(e.id as text) as offender from ledger_entries e where
			(e.reason = 'capture' and not exists (select 1 from payments p where p.id = e.payment_id and p.status in ('settled', 'refunded')))
			or (e.reason = 'stray' and not exists (select 1 from payment_reviews r where r.gateway = e.source and e.business_key = 'capture:' || r.subject))`},
	{"P9", "no processor is called without a key that was stored before",
		`select 'payment ' || cast(id as text) as offender from payments where idem_key = ''`},
}

// Verify checks what must be true of payments and books, over the whole database. It returns every
// invariant, broken or not, with the first ten offenders.
func (s *Service) Verify(ctx context.Context) ([]Finding, error) {
	findings := make([]Finding, len(invariants))
	for i, law := range invariants {
		found := Finding{Invariant: law.name, Sentence: law.sentence}
		if err := s.d.On(ctx).Raw("select count(*) from (" + law.broken + ") broken").Scan(&found.Count).Error; err != nil {
			return nil, fmt.Errorf("verify %s: %w", law.name, err)
		}
		if found.Count > 0 {
			if err := s.d.On(ctx).Raw(law.broken + " limit 10").Scan(&found.First).Error; err != nil {
				return nil, fmt.Errorf("verify %s: %w", law.name, err)
			}
		}
		findings[i] = found
	}
	return findings, nil
}
