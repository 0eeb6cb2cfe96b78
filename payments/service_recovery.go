package payments

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
)

// recoverKind is the kind of job that takes what a lost dispute took back from a seller.
const recoverKind = "payments.recover"

type recovering struct {
	Recovery int64 `json:"recovery"`
}

// recover promises to take what a lost dispute took back from the seller, once, where the seller bears it. When a dispute is
// won after all, what was taken back already is the seller's again, and a person passes it on.
func (s *Service) recover(ctx context.Context, p Payment, d Dispute, event int64) error {
	if p.Seller == "" || p.PlatformBears {
		return nil
	}
	if d.Status == DisputeWon {
		r, err := s.store.recovery(ctx, "dispute_id = ?", int64(d.ID))
		if err != nil || r.State != RecoveryDone {
			return unlessMissing(err)
		}
		return s.store.openReview(ctx, reviewOf(p, Notice{Key: d.Ref, Amount: r.Amount}, event, WonRecovered, "", s.now()))
	}
	lost := d.withdrawn()
	gateway, err := s.gateway(p.Gateway)
	if _, able := gateway.(Recovering); err != nil || !able || d.Status != DisputeLost || lost.Minor <= 0 {
		return nil //nolint:nilerr // a gateway that is not configured can't be asked: the books say what the seller owes
	}
	r := recovery{Merchant: p.Merchant, Dispute: d.ID, Payment: p.ID, Key: "rec" + s.key(), Amount: lost, State: RecoverySending}
	isNew, err := s.store.insertRecovery(ctx, &r, s.now())
	if err != nil || !isNew {
		return err
	}
	return s.d.Promise(ctx, db.Job{Kind: recoverKind, Group: fmt.Sprintf("payment:%d", p.ID)}.With(recovering{r.ID}))
}

func unlessMissing(err error) error {
	if fault.KindOf(err) == fault.Missing {
		return nil
	}
	return err
}

// sendRecovery keeps a recoverKind: it asks the processor outside of any transaction, with the key that was stored before, until
// it has answered; and hears the answer as any other news.
func (s *Service) sendRecovery(ctx context.Context, job db.Job) error {
	var args recovering
	if err := job.Decode(&args); err != nil {
		return db.Hopeless{Why: err}
	}
	r, err := s.store.recovery(ctx, "id = ?", args.Recovery)
	if err != nil || r.State != RecoverySending {
		return err
	}
	d, err := s.store.dispute(ctx, "id = ?", int64(r.Dispute))
	if err != nil {
		return err
	}
	p, err := s.store.one(ctx, "id = ?", int64(r.Payment))
	if err != nil {
		return err
	}
	if d.Status != DisputeLost {
		return s.recovered(ctx, p, r, RecoveryDropped, nil)
	}
	gateway, err := s.gateway(p.Gateway)
	able, can := gateway.(Recovering)
	if err != nil || !can {
		return db.Later{At: s.now().Add(10 * time.Minute)} // not configured at the moment; it may be again
	}
	said, refused := able.Recover(ctx, p.asCharged(), r.Amount, r.Key)
	switch {
	case refused == nil:
		said.Event = "recover:" + r.Key
		if err := s.Hear(ctx, p.Gateway, said); err != nil {
			return err
		}
		return s.recovered(ctx, p, r, RecoveryDone, nil)
	case !isFinal(refused):
		return s.again(fmt.Errorf("take a lost dispute back at %s: %w", p.Gateway, refused), job.Attempt)
	}
	return s.recovered(ctx, p, r, RecoveryRefused, refused)
}

// recovered writes how a recovery ended. One that was refused, and one that a dispute was won behind, wait for a person.
func (s *Service) recovered(ctx context.Context, p Payment, r recovery, end RecoveryState, refused error) error {
	return s.held(ctx, p, func(ctx context.Context, p Payment) error {
		if r.State = end; end == RecoveryRefused {
			r.Why = "payment.processor_refused"
			if why, classified := fault.Of(refused); classified {
				r.Why = why.Key
			}
		}
		if err := s.store.endRecovery(ctx, r, s.now()); err != nil {
			return err
		}
		d, err := s.store.dispute(ctx, "id = ?", int64(r.Dispute))
		if err != nil {
			return err
		}
		reason := ""
		switch {
		case end == RecoveryRefused:
			reason = NotRecovered
		case end == RecoveryDone && d.Status == DisputeWon:
			reason = WonRecovered
		default:
			return nil
		}
		n := Notice{Event: "recovery:" + r.Key, Key: d.Ref, Ref: p.Ref, Payment: p.Key, Amount: r.Amount, Live: p.Live, Account: p.Account}
		event, err := s.store.keepEvent(ctx, p.Gateway, n, p, s.now())
		if err != nil || event == 0 {
			return err
		}
		return s.store.openReview(ctx, reviewOf(p, n, event, reason, r.Why, s.now()))
	})
}
