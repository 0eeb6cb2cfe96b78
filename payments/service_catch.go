package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/migrations/db"
)

// catchKind is the kind of job that hears what was missed.
const catchKind = "payments.catch"

const (
	catchEvery   = time.Hour
	catchOverlap = time.Hour           // news may be listed a little after its time
	catchFirst   = 3 * 24 * time.Hour  // for so long a processor says a thing again by itself
	catchMost    = 29 * 24 * time.Hour // Stripe remembers 30 days
)

// Begin promises that what was missed is heard, at once and then every hour.
func (s *Service) Begin(ctx context.Context) error {
	return s.d.Promise(ctx, db.Job{Kind: catchKind, Key: catchKind})
}

// catch keeps the job that Begin promised; it never ends, so that there is always one.
func (s *Service) catch(ctx context.Context, job db.Job) error {
	if err := s.CatchUp(ctx); err != nil {
		return s.again(err, job.Attempt)
	}
	return db.Later{At: s.now().Add(catchEvery)}
}

// CatchUp hears everything that processors which settle have to say since it was done last: after an outage of ours
// nothing is lost that they still remember. What was heard before changes nothing. One processor's silence does not
// keep it from hearing the next.
func (s *Service) CatchUp(ctx context.Context) (failed error) {
	for _, gateway := range s.gateways {
		if settling, can := settles(gateway); can {
			if err := s.catchOne(ctx, gateway.Name(), settling); err != nil {
				failed = errors.Join(failed, fmt.Errorf("catch up with %s: %w", gateway.Name(), err))
			}
		}
	}
	return failed
}

func (s *Service) catchOne(ctx context.Context, name string, gateway Settling) error {
	began := s.now()
	since, err := s.store.caught(ctx, name)
	if err != nil {
		return err
	}
	switch earliest := began.Add(-catchMost); {
	case since.IsZero():
		since = began.Add(-catchFirst)
	case since.Add(-catchOverlap).Before(earliest):
		since = earliest
	default:
		since = since.Add(-catchOverlap)
	}
	err = gateway.Catch(ctx, since, func(n Notice) error { return s.Hear(ctx, name, n) })
	if err != nil {
		return err
	}
	return s.store.setCaught(ctx, name, began)
}

// caught is up to when everything of a gateway was heard; zero: never.
func (s store) caught(ctx context.Context, gateway string) (time.Time, error) {
	var rows []struct{ Upto time.Time }
	if err := s.d.On(ctx).Raw("select upto from payment_catches where gateway = ?", gateway).Scan(&rows).Error; err != nil {
		return time.Time{}, fmt.Errorf("read what was heard of %s: %w", gateway, err)
	}
	if len(rows) == 0 {
		return time.Time{}, nil
	}
	return rows[0].Upto.UTC(), nil
}

func (s store) setCaught(ctx context.Context, gateway string, upto time.Time) error {
	err := s.d.On(ctx).Exec(`insert into payment_catches (gateway, upto) values (?, ?) on conflict (gateway) do update set upto = excluded.upto`, gateway, upto).Error
	if err != nil {
		return fmt.Errorf("store what was heard of %s: %w", gateway, err)
	}
	return nil
}
