package payments

import (
	"context"

	"parley/catalog/fault"
)

// partly refuses a part where the gateway gives back all or nothing, and says whether people give the money back at the
// processor's: executing such a refund is saying that it was done.
func (s *Service) partly(p Payment, r Refund) (byHand bool, err error) {
	gateway, err := s.gateway(p.Gateway)
	if err != nil {
		return false, nil //nolint:nilerr // not configured at the moment; the refund waits for it
	}
	if _, whole := gateway.(Whole); whole && !r.Stray && r.Amount != p.Captured {
		return false, fault.New(fault.Conflict, "payment.refund_whole").With("amount", p.Captured.String())
	}
	return isByHand(gateway, p), nil
}

func isByHand(gateway Gateway, p Payment) bool {
	elsewhere, can := gateway.(RefundsElsewhere)
	return can && elsewhere.IsRefundedElsewhere(p)
}

// IsRefundedElsewhere says whether people give a refund's money back at the processor's, so that executing the refund
// says that they have.
func (s *Service) IsRefundedElsewhere(ctx context.Context, r Refund) (bool, error) {
	p, err := s.Find(ctx, r.Merchant, r.Payment)
	if err != nil {
		return false, err
	}
	gateway, err := s.gateway(p.Gateway)
	return err == nil && isByHand(gateway, p), nil //nolint:nilerr // not configured at the moment
}
