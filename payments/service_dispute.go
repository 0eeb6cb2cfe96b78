package payments

import (
	"context"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// Disputes are a page of a merchant's disputes by id: open ones, or decided ones, with an id greater than after, at
// most limit (1 to 200).
func (s *Service) Disputes(ctx context.Context, merchant MerchantID, open bool, after DisputeID, limit int) ([]Dispute, error) {
	states := []string{string(DisputeInquiry), string(DisputeOpen), string(DisputeReview)}
	if !open {
		states = []string{string(DisputeDropped), string(DisputeLost), string(DisputeWon)}
	}
	return s.store.disputes(ctx, "merchant_id = ? and status in ? and id > ? order by id limit ?", int64(merchant), states, int64(after), min(max(limit, 1), 200))
}

// DisputesOf are the disputes of an order, oldest first.
func (s *Service) DisputesOf(ctx context.Context, merchant MerchantID, order OrderID) ([]Dispute, error) {
	return s.store.disputes(ctx, "merchant_id = ? and order_id = ? order by id", int64(merchant), int64(order))
}

// FindDispute is a merchant's dispute; fault.Missing when it is not theirs.
func (s *Service) FindDispute(ctx context.Context, merchant MerchantID, id DisputeID) (Dispute, error) {
	return s.store.dispute(ctx, "id = ? and merchant_id = ?", int64(id), int64(merchant))
}

// hearDispute takes a processor's news of a dispute: it is stored, what it moved is booked once for each balance
// transaction, and the order keeps its state, since it was paid. A dispute of a payment that nobody knows waits for
// a person.
func (s *Service) hearDispute(ctx context.Context, p Payment, n Notice, event int64) error {
	if doubt := p.mistaken(n); doubt != "" {
		return s.store.openReview(ctx, reviewOf(p, n.about(n.Dispute.ID, n.Dispute.Amount), event, doubt, "", s.now()))
	}
	if _, err := s.orders.Owed(ctx, p.Order); err != nil {
		return err
	}
	p, err := s.store.lock(ctx, p.ID)
	if err != nil {
		return err
	}
	d, err := s.store.dispute(ctx, "gateway = ? and ref = ?", p.source(), n.Dispute.ID)
	if fault.KindOf(err) == fault.Missing {
		d = n.dispute(p).hear(*n.Dispute, s.now())
		d.Opened = s.now()
		err = s.store.insertDispute(ctx, &d)
	}
	if err != nil {
		return err
	}
	d = d.hear(*n.Dispute, s.now())
	if err := s.store.updateDispute(ctx, d, s.now()); err != nil {
		return err
	}
	if err := s.bookDispute(ctx, p, d); err != nil {
		return err
	}
	if err := s.recover(ctx, p, d, event); err != nil {
		return err
	}
	if d.debits() > 1 {
		return s.store.openReview(ctx, reviewOf(p, n.about(d.Ref, d.withdrawn()), event, DebitedTwice, "", s.now()))
	}
	with, err := s.store.givenFrom(ctx, d.Gateway, d.Charge)
	if err != nil {
		return err
	}
	for _, other := range append(with, p) {
		if err := s.givenTwice(ctx, other, event); err != nil {
			return err
		}
	}
	return nil
}

// dispute is what is first heard of one.
func (n Notice) dispute(p Payment) Dispute {
	return Dispute{
		Merchant: p.Merchant, Payment: p.ID, Order: p.Order, Gateway: p.source(), Ref: n.Dispute.ID, Charge: n.Key, Status: n.Dispute.Status,
		Reason: n.Dispute.Reason, Amount: n.Dispute.Amount, Live: p.Live,
	}
}

// about is the notice with another subject and sum, for a review item.
func (n Notice) about(subject string, amount money.Amount) Notice {
	n.Key, n.Amount = subject, amount
	return n
}

// bookDispute brings the books up to what is known of a dispute.
func (s *Service) bookDispute(ctx context.Context, p Payment, d Dispute) error {
	lost := map[string]bool{}
	for _, move := range d.Moves {
		key := d.key(lostPrefix, move)
		booked, err := s.store.isBooked(ctx, d.Gateway, key)
		if err != nil {
			return err
		}
		lost[key] = booked
	}
	entries := d.entries(func(key string) bool { return lost[key] })
	return s.store.book(ctx, p, s.now(), append(entries, p.losses(entries)...)...)
}

// givenTwice queues a payment of which refunds and disputes together took more than came: the buyer has money twice,
// and only a person can say what is to be done.
func (s *Service) givenTwice(ctx context.Context, p Payment, event int64) error {
	refunds, err := s.store.refunds(ctx, "payment_id = ? order by id", int64(p.ID))
	if err != nil {
		return err
	}
	for _, stray := range []bool{false, true} {
		came, err := s.store.came(ctx, p, stray, p.Amount.Currency)
		if err != nil {
			return err
		}
		claimed, err := s.store.claimed(ctx, p, stray, p.Amount.Currency)
		if err != nil {
			return err
		}
		rest := left(came, stray, refunds).Minor - claimed.Minor
		if came.IsZero() || claimed.IsZero() || rest >= 0 {
			continue
		}
		n := Notice{Ref: p.Ref, Payment: p.Key, Key: p.Key, Amount: money.Of(-rest, p.Amount.Currency)}
		if err := s.store.openReview(ctx, reviewOf(p, n, event, GivenTwice, "", s.now())); err != nil {
			return err
		}
	}
	return nil
}
