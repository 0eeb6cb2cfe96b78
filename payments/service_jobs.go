package payments

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
)

// Keepers are the jobs of this package by kind. Each calls a processor outside of transactions, with a
// key that was stored before.
func (s *Service) Keepers() map[string]db.Keeper {
	return map[string]db.Keeper{
		openKind:     s.kept(s.open),
		closeKind:    s.kept(s.close),
		expireKind:   s.kept(s.expire),
		refundKind:   s.sendRefund,
		strandedKind: s.giveUp,
		evidenceKind: s.sendEvidence,
		concedeKind:  s.sendConcession,
		recoverKind:  s.sendRecovery,
		catchKind:    s.catch,
	}
}

// patience is how often a processor that does not answer is asked for a way to pay, about a minute
// altogether, before the buyer is offered another one.
const patience = 9

type keeper func(ctx context.Context, gateway Gateway, p Payment, attempt int) error

func (s *Service) kept(do keeper) db.Keeper {
	return func(ctx context.Context, job db.Job) error {
		var args errand
		if err := job.Decode(&args); err != nil {
			return db.Hopeless{Why: err}
		}
		p, err := s.store.one(ctx, "id = ?", int64(args.Payment))
		if err != nil {
			return err
		}
		gateway, err := s.gateway(p.Gateway)
		if err != nil {
			return err // not configured at the moment; it may be again
		}
		return do(ctx, gateway, p, job.Attempt)
	}
}

func (s *Service) open(ctx context.Context, gateway Gateway, p Payment, attempt int) error {
	if p.Status != Opening {
		return nil // replaced before anybody was asked
	}
	due, err := s.owed(ctx, p.Order)
	if err != nil {
		return err
	}
	if !due.Payable || due.Amount != p.Amount {
		return s.over(ctx, p, Failed)
	}
	answer, err := gateway.Open(ctx, p, due, s.returnTo(p))
	if err != nil && (isFinal(err) || attempt >= patience) {
		if failed := s.over(ctx, p, Failed); failed != nil {
			return failed
		}
		return db.Hopeless{Why: fmt.Errorf("open %s: %w", p.Gateway, err)}
	}
	if err != nil {
		return fmt.Errorf("open %s: %w", p.Gateway, err)
	}
	return s.held(ctx, p, func(ctx context.Context, p Payment) error {
		was := p.Status
		p, err := s.opened(ctx, p, answer)
		if err != nil || was != Opening {
			return err
		}
		return s.tell(ctx, p, ToldReady)
	})
}

// owed is what is due, read in a transaction of its own that is over before the processor is called.
func (s *Service) owed(ctx context.Context, order OrderID) (due Due, err error) {
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		due, err = s.orders.Owed(ctx, order)
		return err
	})
	return due, err
}

// isFinal says whether asking the processor again would get the same answer.
func isFinal(err error) bool {
	kind := fault.KindOf(err)
	return kind != fault.Unavailable && kind != fault.Internal
}

// close makes an attempt unpayable. If it was paid before that, the money is heard of instead.
func (s *Service) close(ctx context.Context, gateway Gateway, p Payment, _ int) error {
	if p.Ref == "" || p.Closed || p.Status == Settled {
		return nil
	}
	err := gateway.Close(ctx, p)
	if fault.KindOf(err) == fault.Conflict {
		return s.look(ctx, p)
	}
	if said, is := fault.Of(err); is && said.Key == beingPaid {
		return db.Later{At: s.now().Add(untilPaid)}
	}
	if err != nil {
		return fmt.Errorf("close %s: %w", p.Gateway, err)
	}
	return s.held(ctx, p, func(ctx context.Context, p Payment) error {
		p.Closed = true
		return s.store.update(ctx, p, s.now())
	})
}

// beingPaid is the key with which a gateway's Close says that nobody knows yet: the buyer is paying at this moment. It is
// asked again after untilPaid.
const (
	beingPaid = "payment.being_paid"
	untilPaid = 30 * time.Second
)

// expire ends an attempt that nobody has paid in time. A late payment wins: the processor is asked first,
// and it is over only once the processor takes nothing for it any more.
func (s *Service) expire(ctx context.Context, gateway Gateway, p Payment, attempt int) error {
	switch {
	case !p.IsLive() || p.Status == Working || p.Expires.IsZero():
		return nil
	case s.now().Before(p.Expires):
		return db.Later{At: p.Expires}
	}
	if err := s.look(ctx, p); err != nil {
		return s.again(err, attempt)
	}
	p, err := s.store.one(ctx, "id = ?", int64(p.ID))
	if err != nil || p.Status == Working || !p.IsLive() {
		return err
	}
	if err := gateway.Close(ctx, p); err != nil {
		return s.again(err, attempt)
	}
	return s.over(ctx, p, Expired)
}

// again keeps asking a processor that is down for long, every ten minutes: what it may have taken must be known.
func (s *Service) again(err error, attempt int) error {
	if attempt < patience {
		return err
	}
	return db.Later{At: s.now().Add(10 * time.Minute)}
}

// over ends a live attempt that can no longer be paid, and tells.
func (s *Service) over(ctx context.Context, p Payment, end Status) error {
	return s.held(ctx, p, func(ctx context.Context, p Payment) error {
		if p.Status != Opening && p.Status != Open {
			return nil
		}
		tell := newsFor(p, end)
		p = p.to(end)
		p.Closed, p.URL = true, ""
		if err := s.store.update(ctx, p, s.now()); err != nil {
			return err
		}
		return s.tell(ctx, p, tell)
	})
}

// held runs do with the order and then the payment locked.
func (s *Service) held(ctx context.Context, p Payment, do func(ctx context.Context, p Payment) error) error {
	return s.d.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.orders.Owed(ctx, p.Order); err != nil {
			return err
		}
		p, err := s.store.lock(ctx, p.ID)
		if err != nil {
			return err
		}
		return do(ctx, p)
	})
}
