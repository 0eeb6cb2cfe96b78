package payments

import (
	"context"
	"fmt"

	"parley/catalog/fault"
)

// Reviews are a page of a merchant's review queue, oldest first: open or closed ones with an id greater
// than after, at most limit (1 to 200). Merchant zero is the queue of what is nobody's.
func (s *Service) Reviews(ctx context.Context, merchant MerchantID, open bool, after ReviewID, limit int) ([]Review, error) {
	return s.store.reviews(ctx, merchant, open, after, min(max(limit, 1), 200))
}

// CloseReview takes an item off the queue; who did it and a note of what was done are kept. It fails with
// fault.Invalid (payment.note_needed), fault.Missing, and fault.Conflict (payment.review_closed).
func (s *Service) CloseReview(ctx context.Context, merchant MerchantID, id ReviewID, who, note string) error {
	if who == "" || note == "" {
		return fault.New(fault.Invalid, "payment.note_needed")
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		closed, err := s.store.closeReview(ctx, merchant, id, who, note, s.now())
		if err != nil || closed {
			return err
		}
		if _, err := s.store.review(ctx, merchant, id); err != nil {
			return fmt.Errorf("close review: %w", err)
		}
		return fault.New(fault.Conflict, "payment.review_closed")
	})
}
