package payments

import (
	"context"

	"parley/catalog/fault"
)

// hearRefund takes a processor's news of a refund: one of ours, or one that somebody made on the processor's own
// pages, which is taken over as done.
func (s *Service) hearRefund(ctx context.Context, p Payment, n Notice, event int64) error {
	if doubt := p.mistaken(n); doubt != "" {
		return s.store.openReview(ctx, reviewOf(p, n, event, doubt, "", s.now()))
	}
	if _, err := s.orders.Owed(ctx, p.Order); err != nil {
		return err
	}
	p, err := s.store.lock(ctx, p.ID)
	if err != nil {
		return err
	}
	if waits, err := s.tooEarly(ctx, p, n, event); err != nil || waits {
		return err
	}
	r, err := s.store.refund(ctx, "payment_id = ? and (ref = ? or idem_key = ?)", int64(p.ID), n.Refund, n.RefundKey)
	if fault.KindOf(err) == fault.Missing {
		return s.adopt(ctx, p, n, event)
	}
	if err != nil {
		return err
	}
	why := ""
	if n.RefundNews == RefundFailed {
		why = "payment.refund_came_back"
	}
	return s.settleRefund(ctx, r, n.RefundNews, n.Refund, why, event, n.At)
}

// tooEarly says that a refund has to wait for the news of the money that it gives back: processors say things in any
// order. It is heard again once that has come.
func (s *Service) tooEarly(ctx context.Context, p Payment, n Notice, event int64) (bool, error) {
	came, err := s.store.anyCame(ctx, p)
	if err != nil || came {
		return false, err
	}
	return true, s.store.setAside(ctx, event, n)
}

// catchUp hears again what was too early, now that money has come.
func (s *Service) catchUp(ctx context.Context, p Payment) error {
	waiting, err := s.store.asides(ctx, p)
	if err != nil {
		return err
	}
	for _, one := range waiting {
		if err := s.hearRefund(ctx, p, one.Notice, one.event); err != nil {
			return err
		}
	}
	return nil
}

// adopt takes over a refund that was made at the processor's. One that failed there leaves the buyer without it, and
// one that our books can't take waits for a person.
func (s *Service) adopt(ctx context.Context, p Payment, n Notice, event int64) error {
	earlier, err := s.store.refunds(ctx, "payment_id = ? order by id", int64(p.ID))
	if err != nil {
		return err
	}
	r := Refund{
		Merchant: p.Merchant, Payment: p.ID, Order: p.Order, Request: p.Gateway + ":" + n.Refund, Key: "re" + s.key(), Ref: n.Refund, Status: RefundSending,
		Amount: n.Amount, Reason: "given back at the processor's", GrantedBy: p.Gateway, ExecutedBy: p.Gateway, Granted: s.now(),
	}
	if err := s.fits(ctx, p, &r, earlier); fault.KindOf(err) == fault.Conflict && n.RefundNews != RefundFailed {
		n.Key = n.Refund
		return s.store.openReview(ctx, reviewOf(p, n, event, RefundByOthers, "payment.refund_too_much", s.now()))
	} else if err != nil && fault.KindOf(err) != fault.Conflict {
		return err
	}
	if err := s.store.insertRefundOf(ctx, &r); err != nil {
		return err
	}
	why := ""
	if n.RefundNews == RefundFailed {
		why = "payment.refund_came_back"
	}
	if err := s.settleRefund(ctx, r, n.RefundNews, n.Refund, why, event, n.At); err != nil {
		return err
	}
	return s.givenTwice(ctx, p, event)
}
