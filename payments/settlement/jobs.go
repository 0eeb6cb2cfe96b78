package settlement

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
)

// pullKind is the kind of job that asks a processor for everything new.
const pullKind = "settlement.pull"

// pullEvery is how often a processor is asked although nothing was heard.
const pullEvery = time.Hour

type pulling struct {
	Gateway string `json:"gateway"`
	Hourly  bool   `json:"hourly,omitempty"`
}

// hourly is what the pull of every hour is about.
const hourly = "hourly"

// pullJob asks a processor; those about the same thing that wait are one. It stands in no group: the one that waits for
// its hour must not hold up another, and two at once do no harm.
func pullJob(gateway, about string) db.Job {
	return db.Job{Kind: pullKind, Key: fmt.Sprintf("%s:%s:%s", pullKind, gateway, about)}.With(pulling{gateway, about == hourly})
}

// Begin promises that every processor that settles is asked now, and every hour from then on.
func (s *Service) Begin(ctx context.Context) error {
	for _, gateway := range s.books.SettlingNames() {
		if err := s.d.Promise(ctx, pullJob(gateway, hourly)); err != nil {
			return err
		}
	}
	return nil
}

// Keeping is how the jobs of this package are kept: apart from others, since a pull after an outage takes long.
func (s *Service) Keeping() db.Keeping {
	return db.Keeping{Kinds: map[string]db.Keeper{pullKind: s.keepPull}, Width: 2, Lease: 15 * time.Minute}
}

func (s *Service) keepPull(ctx context.Context, job db.Job) error {
	var args pulling
	if err := job.Decode(&args); err != nil {
		return db.Hopeless{Why: err}
	}
	_, err := s.Pull(ctx, args.Gateway)
	switch {
	case fault.KindOf(err) == fault.Invalid:
		return db.Hopeless{Why: err} // not configured any more
	case err != nil && job.Attempt >= 5:
		return db.Later{At: s.now().Add(10 * time.Minute)}
	case err != nil:
		return err
	case args.Hourly:
		return db.Later{At: s.now().Add(pullEvery)}
	}
	return nil
}
