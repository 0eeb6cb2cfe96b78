package main

import (
	"context"
	"time"

	"parley/catalog/fault"
	"parley/dialogs"
	"parley/migrations/db"
	"parley/orders"
	"parley/payments"
)

// keepers are the jobs of the shop by kind, but those of the outbox: what the domains promise themselves,
// and what conversations are told of them.
func (s *shop) keepers() map[string]db.Keeper {
	all := map[string]db.Keeper{
		payments.ToldJob: s.tellPayment,
		orders.JobTold:   s.tellOrder,
	}
	for _, more := range []map[string]db.Keeper{s.orders.Keepers(), s.payments.Keepers(), s.catalog.Keepers()} {
		for kind, keeper := range more {
			all[kind] = keeper
		}
	}
	return all
}

func (s *shop) tellPayment(ctx context.Context, job db.Job) error {
	var told payments.Told
	if err := job.Decode(&told); err != nil {
		return db.Hopeless{Why: err}
	}
	news, tells, err := s.paying.News(ctx, told)
	if err != nil || !tells {
		return err
	}
	return s.tell(ctx, job, news)
}

func (s *shop) tellOrder(ctx context.Context, job db.Job) error {
	var told orders.Told
	if err := job.Decode(&told); err != nil {
		return db.Hopeless{Why: err}
	}
	return s.tell(ctx, job, dialogs.News{Merchant: told.Merchant, Order: told.Order, What: dialogs.What(told.What)})
}

func (s *shop) tell(ctx context.Context, job db.Job, news dialogs.News) error {
	err := s.engine.Tell(ctx, news, job)
	if fault.KindOf(err) == fault.Missing {
		return db.Hopeless{Why: err}
	}
	return err
}

// sweepEvery is how often reservations of abandoned checkouts are looked for.
const sweepEvery = 15 * time.Second

// sweep releases what abandoned checkouts hold, until ctx ends.
func (s *shop) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if _, err := s.catalog.ReleaseExpired(ctx, 500); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "release abandoned checkouts", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// keepImages fetches pictures and collects those that nobody shows, apart from other jobs.
func (s *shop) keepImages(ctx context.Context) {
	if err := s.images.Begin(ctx); err != nil {
		s.log.ErrorContext(ctx, "pictures that nobody shows are not collected", "error", err)
	}
	how := s.images.Keeping()
	how.Failed = s.jobFailed
	s.db.Keep(ctx, how)
}

// sealEvery is how often the books are sealed: how long an entry may be without its hash.
const sealEvery = 2 * time.Second

// seal seals the books until ctx ends.
func (s *shop) seal(ctx context.Context) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	for {
		if _, err := s.payments.Seal(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "seal the books", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// catchUp has payments hear what processors said while nobody listened.
func (s *shop) catchUp(ctx context.Context) {
	if err := s.payments.Begin(ctx); err != nil {
		s.log.ErrorContext(ctx, "what processors said meanwhile is not heard", "error", err)
	}
}

// keepWebhooks tells programs of others what happened, apart from other jobs.
func (s *shop) keepWebhooks(ctx context.Context) {
	if err := s.webhooks.Begin(ctx); err != nil {
		s.log.ErrorContext(ctx, "old messages of webhooks are not forgotten", "error", err)
	}
	how := s.webhooks.Keeping()
	how.Failed = s.jobFailed
	s.db.Keep(ctx, how)
}

// keepSettlement asks processors what they do with the money, apart from other jobs.
func (s *shop) keepSettlement(ctx context.Context) {
	if err := s.settlement.Begin(ctx); err != nil {
		s.log.ErrorContext(ctx, "processors are not asked every hour", "error", err)
	}
	how := s.settlement.Keeping()
	how.Failed = s.jobFailed
	s.db.Keep(ctx, how)
}

// jobFailed logs tries that failed: the first at warning, the end of hope at error.
func (s *shop) jobFailed(job db.Job, err error, dead bool) {
	if dead {
		s.log.Error("job set aside", "kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "error", err)
		return
	}
	s.log.Warn("job will be tried again", "kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "error", err)
}
