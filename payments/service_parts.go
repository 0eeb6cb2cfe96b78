package payments

import (
	"context"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// isPaidByHand says whether an order takes money in parts: people wait for it, and no processor asks the buyer for all
// of it at the same time.
func (s *Service) isPaidByHand(ctx context.Context, order OrderID, due Due) (bool, error) {
	live, err := s.store.list(ctx, "order_id = ? and status in ('opening', 'open', 'working') order by id", int64(order))
	if err != nil {
		return false, err
	}
	for _, p := range live {
		return s.IsByHand(p.Gateway), nil // there is one at most
	}
	return due.Received.Minor > 0, nil
}

// askLess has the attempt by hand of an order ask for what is left once a part has come.
func (s *Service) askLess(ctx context.Context, order OrderID, part money.Amount) error {
	p, err := s.store.one(ctx, "order_id = ? and status = 'open'"+s.d.ForUpdate(), int64(order))
	if fault.KindOf(err) == fault.Missing {
		return nil
	}
	if err != nil {
		return err
	}
	p.Amount.Minor -= part.Minor
	return s.store.update(ctx, p, s.now())
}

// queueParts has what came of an order that was cancelled before the rest came wait for a person, payment by payment.
func (s *Service) queueParts(ctx context.Context, order OrderID) error {
	paid, err := s.store.capturing(ctx, order)
	if err != nil {
		return err
	}
	for _, p := range paid {
		rest, err := s.leftOf(ctx, p)
		if err != nil {
			return err
		}
		if rest.Minor <= 0 {
			continue
		}
		n := Notice{Event: "cancelled:" + p.Key, Key: p.Key, Ref: p.Ref, Payment: p.Key, Amount: rest, Live: p.Live, Account: p.Account}
		event, err := s.store.keepEvent(ctx, p.Gateway, n, p, s.now())
		if err != nil {
			return err
		}
		if event == 0 {
			continue // it waits, or was dealt with
		}
		if err := s.strand(ctx, reviewOf(p, n, event, PartOfCancelled, "", s.now())); err != nil {
			return err
		}
	}
	return nil
}

// leftOf is what can still be given back of what an order took by a payment.
func (s *Service) leftOf(ctx context.Context, p Payment) (money.Amount, error) {
	came, err := s.store.came(ctx, p, false, p.Captured.Currency)
	if err != nil {
		return money.Amount{}, err
	}
	refunds, err := s.store.refunds(ctx, "payment_id = ? order by id", int64(p.ID))
	return left(came, false, refunds), err
}

// goneBack takes the part of a cancelled order off the queue, once all of it is to go back.
func (s *Service) goneBack(ctx context.Context, p Payment, r Refund) error {
	rest, err := s.leftOf(ctx, p)
	if err != nil || rest.Minor > 0 || r.Stray {
		return err
	}
	id, err := s.store.reviewAbout(ctx, Review{Gateway: p.Gateway, Reason: PartOfCancelled, Subject: p.Key})
	if err != nil || id == 0 {
		return err
	}
	return s.CloseReview(ctx, p.Merchant, id, r.GrantedBy, string(GiveBack)+": "+r.Reason)
}
