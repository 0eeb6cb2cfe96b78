package orders

import (
	"context"
	"fmt"

	"parley/catalog"
)

// Sold names orders, in whatever state, that have any of the variants: the first five by number.
func (s *Service) Sold(ctx context.Context, m catalog.MerchantID, variants []catalog.VariantID) ([]string, error) {
	var ids []OrderID
	err := s.db.On(ctx).Raw("select distinct order_id from order_lines where variant_id in ? and merchant_id = ? order by order_id limit 5",
		variants, int64(m)).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("look for orders of variants: %w", err)
	}
	numbers := make([]string, len(ids))
	for i, id := range ids {
		numbers[i] = number(id)
	}
	return numbers, nil
}

// Forget takes variants that are about to be deleted out of carts.
func (s *Service) Forget(ctx context.Context, m catalog.MerchantID, variants []catalog.VariantID) error {
	err := s.db.On(ctx).Exec("delete from cart_lines where variant_id in ? and merchant_id = ?", variants, int64(m)).Error
	if err != nil {
		return fmt.Errorf("take variants out of carts: %w", err)
	}
	return nil
}
