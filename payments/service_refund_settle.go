package payments

import (
	"context"
	"fmt"
	"parley/catalog/money"
	"parley/migrations/db"
	"time"
)

// settleRefund carries out what became of a refund, once: what the processor took is booked and the order told; what
// came back is taken back in the books, and the buyer is owed it. event is the notice that said so, if one did;
// at is when the processor says that it took it.
func (s *Service) settleRefund(ctx context.Context, r Refund, news RefundStatus, ref, why string, event int64, at time.Time) error {
	p, r, err := s.heldRefund(ctx, r)
	if err != nil {
		return err
	}
	if !r.may(news) {
		return s.lateRefund(ctx, p, r, news)
	}
	wasBooked := r.isBooked()
	if r.Ref == "" {
		r.Ref = ref
	}
	r.Status, r.Why = news, why
	if r.Ref == "" && news != RefundFailed {
		r.Ref = r.Key // a processor without ids of its own
	}
	switch {
	case news == RefundFailed:
		err = s.failRefund(ctx, p, r, wasBooked, event)
	case !wasBooked:
		err = s.bookRefund(ctx, p, r, at)
	}
	if err != nil {
		return err
	}
	if err := s.store.updateRefund(ctx, r, s.now()); err != nil {
		return err
	}
	all, err := s.store.refunds(ctx, "payment_id = ? order by id", int64(p.ID))
	if err != nil {
		return err
	}
	return s.store.update(ctx, p.afterRefunds(all), s.now())
}

// lateRefund is for news that a refund was taken which is known to have come back: the books say both, so that they
// end alike whichever was heard first.
func (s *Service) lateRefund(ctx context.Context, p Payment, r Refund, news RefundStatus) error {
	if r.Status != RefundFailed || news == RefundFailed || r.Ref == "" {
		return nil // old news
	}
	booked, err := s.store.isBooked(ctx, p.source(), refundKey(r))
	if err != nil || booked {
		return err
	}
	owed, err := s.paysOff(ctx, p, r)
	if err != nil {
		return err
	}
	gone := givenBack(p, r, owed)
	back, cut, err := s.store.wentBack(ctx, p)
	if err != nil {
		return err
	}
	entries := append([]Entry{gone}, p.unshared(r, gone, back, cut)...) // the shop owes it to the buyer from here on
	return s.store.book(ctx, p, s.now(), append(entries, cameBack(p, r, gone.Moves)...)...)
}

// paysOff is how much of what the buyer is owed a refund may pay off: ours do, since they are granted in its knowledge.
// Of one that was made at the processor's nobody knows what it was meant for, and it may be heard of sooner than the
// one that came back: a person says what becomes of the debt.
func (s *Service) paysOff(ctx context.Context, p Payment, r Refund) (money.Amount, error) {
	if r.GrantedBy == p.Gateway {
		return money.Of(0, r.Amount.Currency), nil
	}
	return s.store.owed(ctx, p, r.Amount.Currency)
}

func (s *Service) bookRefund(ctx context.Context, p Payment, r Refund, at time.Time) error {
	owed, err := s.paysOff(ctx, p, r)
	if err != nil {
		return err
	}
	gone := givenBack(p, r, owed)
	gone.Happened = at
	back, cut, err := s.store.wentBack(ctx, p)
	if err != nil {
		return err
	}
	if err := s.store.book(ctx, p, s.now(), append(append(changedBack(p, r), gone), p.unshared(r, gone, back, cut)...)...); err != nil {
		return err
	}
	if !r.Stray {
		if err := s.orders.MarkRefunded(ctx, r.Order, r.Amount); err != nil {
			return err
		}
	}
	return s.tellRefund(ctx, r, ToldRefunded)
}

func (s *Service) failRefund(ctx context.Context, p Payment, r Refund, wasBooked bool, event int64) error {
	if wasBooked {
		moves, err := s.store.movesOf(ctx, p.source(), refundKey(r))
		if err != nil {
			return err
		}
		if err := s.store.book(ctx, p, s.now(), cameBack(p, r, moves)...); err != nil {
			return err
		}
		if !r.Stray {
			if err := s.orders.MarkRefundFailed(ctx, r.Order, r.Amount); err != nil {
				return err
			}
		}
	}
	n := Notice{Event: "refund_failed:" + r.Key, Key: r.Key, Ref: p.Ref, Payment: p.Key, Amount: r.Amount, Live: p.Live, Account: p.Account}
	if event == 0 {
		var err error
		if event, err = s.store.keepEvent(ctx, p.Gateway, n, p, s.now()); err != nil {
			return err
		}
	}
	if err := s.store.openReview(ctx, reviewOf(p, n, event, RefundCameBack, r.Why, s.now())); err != nil {
		return err
	}
	if !wasBooked {
		return nil // the buyer was not told of it yet
	}
	return s.tellRefund(ctx, r, ToldReturned)
}

func (s *Service) tellRefund(ctx context.Context, r Refund, what string) error {
	return s.d.Promise(ctx, db.Job{Kind: ToldJob, Group: fmt.Sprintf("order:%d", r.Order)}.
		With(Told{Payment: r.Payment, Order: r.Order, Merchant: r.Merchant, What: what, Amount: r.Amount}))
}
