package payments

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
)

// mostOpen is how many items can stay open in a month that is closed all the same.
const mostOpen = 500

// ClosePeriod closes a month of a merchant's books: what is booked later, for whatever month, falls into one that is open.
// The end of the chain is kept, which covers every entry of the month.
//
// It fails with fault.Conflict: payment.period_not_over until ten minutes after its end, payment.period_closed,
// payment.period_order when an earlier month comes first, and payment.period_items while something is open that was
// not named; with fault.Invalid (payment.note_needed) when it is closed despite such things without a word why.
func (s *Service) ClosePeriod(ctx context.Context, c Closing) (p Period, err error) {
	if c.Who == "" || len(c.Despite) > 0 && c.Note == "" {
		return Period{}, fault.New(fault.Invalid, "payment.note_needed")
	}
	if _, err := s.Seal(ctx); err != nil { // most of the work, before anybody has to wait
		return Period{}, err
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		p, err = s.closePeriod(ctx, c)
		return err
	})
	return p, err
}

func (s *Service) closePeriod(ctx context.Context, c Closing) (Period, error) {
	p, err := s.closes(ctx, c)
	if err != nil {
		return Period{}, err
	}
	// From here on nobody books for the merchant until this is over.
	if err := s.store.moveClosing(ctx, c.Merchant, p.Span.To); err != nil {
		return Period{}, err
	}
	if p.Open, err = s.stillOpen(ctx, c, p.Span.To); err != nil {
		return Period{}, err
	}
	if err := s.sealAll(ctx, c.Merchant, p.Span.To); err != nil {
		return Period{}, err
	}
	heads, err := s.store.heads(ctx, []int64{int64(c.Merchant)})
	if err != nil {
		return Period{}, err
	}
	head := heads[c.Merchant]
	p.Position, p.Hash = head.Position, head.Hash
	if p.Entries, err = s.store.countEntries(ctx, c.Merchant, p.Span); err != nil {
		return Period{}, err
	}
	balances, err := s.BalancesAt(ctx, c.Merchant, p.Span.To)
	if err != nil {
		return Period{}, err
	}
	return p, s.store.insertPeriod(ctx, p, balances)
}

// sealAll seals everything that a merchant booked before a time, what the mark has passed too: it trusts that clocks
// agree and that no transaction is open for long, and a month is not closed on trust.
func (s *Service) sealAll(ctx context.Context, merchant MerchantID, before time.Time) error {
	if _, err := s.store.sealMark(ctx); err != nil {
		return err
	}
	for {
		entries, err := s.store.unsealedOf(ctx, merchant, before, sealBatch)
		if err != nil || len(entries) == 0 {
			return err
		}
		if err := s.seal(ctx, entries); err != nil {
			return err
		}
	}
}

// closes is the period that a closing would make, without what is known once nobody books any more.
func (s *Service) closes(ctx context.Context, c Closing) (Period, error) {
	last, err := s.store.lastPeriod(ctx, c.Merchant, time.Time{})
	if err != nil {
		return Period{}, err
	}
	first, err := s.store.firstEntry(ctx, c.Merchant)
	if err != nil {
		return Period{}, err
	}
	span, err := c.closable(last, first, s.now())
	return Period{
		Merchant: c.Merchant, Month: c.Month, Zone: c.Zone.String(), Span: span, Closed: s.now(), ClosedBy: c.Who, Note: c.Note,
	}, err
}

func (s *Service) stillOpen(ctx context.Context, c Closing, before time.Time) ([]OpenItem, error) {
	open, err := s.OpenItems(ctx, c.Merchant, before, mostOpen+1)
	if err != nil {
		return nil, err
	}
	return open, c.unnamed(open[:min(len(open), mostOpen)], len(open) > mostOpen)
}

// Queue is another queue of what waits for a person, beside the reviews: a month is not closed while something of it
// is open there.
type Queue interface {
	// Waiting is what is open of a merchant's and came up before a time, oldest first, at most limit.
	Waiting(ctx context.Context, merchant MerchantID, before time.Time, limit int) ([]OpenItem, error)
}

// OpenItems is what nobody has dealt with of what came up before a time, oldest first, at most limit.
func (s *Service) OpenItems(ctx context.Context, merchant MerchantID, before time.Time, limit int) ([]OpenItem, error) {
	all, err := s.store.openItems(ctx, merchant, before, limit)
	if err != nil || s.Queue == nil {
		return all, err
	}
	waiting, err := s.Queue.Waiting(ctx, merchant, before, limit)
	all = append(all, waiting...)
	slices.SortStableFunc(all, func(a, b OpenItem) int { return a.Opened.Compare(b.Opened) })
	return all[:min(len(all), limit)], err
}

// Periods are a merchant's closed months, the latest first: those before a month, or all when it is zero; at most limit (1 to 200).
func (s *Service) Periods(ctx context.Context, merchant MerchantID, before Month, limit int) ([]Period, error) {
	return s.store.periods(ctx, merchant, before, min(max(limit, 1), 200))
}

// Period is a closed month with what was open then; fault.Missing (payment.period_missing) when it is not closed.
func (s *Service) Period(ctx context.Context, merchant MerchantID, month Month) (Period, error) {
	p, err := s.store.period(ctx, merchant, month)
	if err != nil {
		return Period{}, err
	}
	p.Open, err = s.store.periodItems(ctx, merchant, month)
	return p, err
}

// SpanOf is when a month begins and ends for a merchant: as it was closed, or as it is in the time zone, after the last
// closed one.
func (s *Service) SpanOf(ctx context.Context, merchant MerchantID, month Month, zone *time.Location) (Span, error) {
	p, err := s.store.period(ctx, merchant, month)
	if err == nil || fault.KindOf(err) != fault.Missing {
		return p.Span, err
	}
	span := month.In(zone)
	before, err := s.store.period(ctx, merchant, month.Before())
	if err == nil {
		span.From = before.Span.To
	} else if fault.KindOf(err) != fault.Missing {
		return span, fmt.Errorf("find the month before %s: %w", month, err)
	}
	return span, nil
}

// periodLaws are the rules of closed months that no constraint sees.
var periodLaws = []db.Law{
	{Invariant: "L8", Sentence: "a closed period takes no entry: each of its entries was sealed before it was closed, and none came since", Broken: `
		select 'entry ' || cast(e.id as text) as offender from ledger_periods p join ledger_entries e on e.merchant_id = p.merchant_id and e.at >= p.starts_at and e.at < p.ends_at
			left join ledger_chain c on c.entry_id = e.id where c.position is null or c.position > p.position
		union all select 'period ' || p.month from ledger_periods p where p.entries <> (select count(*) from ledger_entries e
			where e.merchant_id = p.merchant_id and e.at >= p.starts_at and e.at < p.ends_at)
		union all select 'merchant ' || cast(c.merchant_id as text) from ledger_closings c where c.upto <> (select max(p.ends_at) from ledger_periods p where p.merchant_id = c.merchant_id)
		union all select 'period ' || p.month from ledger_periods p where not exists (select 1 from ledger_closings c where c.merchant_id = p.merchant_id)`},
	{Invariant: "L8.chain", Sentence: "the end of the chain that was kept when a period was closed is where it was", Broken: `
		select 'period ' || p.month as offender from ledger_periods p where p.position > 0 and not exists (select 1 from ledger_chain c
			where c.merchant_id = p.merchant_id and c.position = p.position and c.hash = p.hash)`},
	{Invariant: "L8.gap", Sentence: "closed periods of a merchant follow each other without a gap", Broken: `
		select 'period ' || p.month as offender from ledger_periods p where exists (select 1 from ledger_periods b where b.merchant_id = p.merchant_id and b.starts_at < p.starts_at)
			and not exists (select 1 from ledger_periods b where b.merchant_id = p.merchant_id and b.ends_at = p.starts_at)`},
}
