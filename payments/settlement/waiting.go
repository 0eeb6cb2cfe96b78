package settlement

import (
	"context"
	"fmt"
	"time"

	"parley/payments"
)

// Waiting is what is open of a merchant's about money that moved before a time, oldest first, at most limit: a month
// of the books is not closed while it is.
func (s *Service) Waiting(ctx context.Context, merchant payments.MerchantID, before time.Time, limit int) ([]payments.OpenItem, error) {
	items, err := s.store.items(ctx, "i.merchant_id = ? and i.state = 'open' and i.since < ? order by i.since, i.id limit ?", int64(merchant), before.UTC().Truncate(time.Microsecond), limit)
	if err != nil {
		return nil, err
	}
	all := make([]payments.OpenItem, len(items))
	for i, item := range items {
		all[i] = payments.OpenItem{Name: fmt.Sprintf("item:%d", item.Number), Reason: string(item.Class), Subject: item.Subject, Amount: item.Amount, Opened: item.Since}
	}
	return all, nil
}
