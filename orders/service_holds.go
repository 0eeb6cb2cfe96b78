package orders

import (
	"context"

	"parley/catalog"
)

// Holds says whether every piece of an order is kept for it: reserved, or taken already. Variants that never run out are
// not reserved. It fails with fault.Missing.
func (s *Service) Holds(ctx context.Context, m catalog.MerchantID, id OrderID) (bool, error) {
	order, err := s.one(ctx, m, id, "")
	if err != nil || order.Holding != Held {
		return order.Holding == Taken, err
	}
	lines, err := s.linesOf(ctx, id)
	if err != nil {
		return false, err
	}
	reserved, err := s.catalog.Held(ctx, orderHolder(id))
	if err != nil {
		return false, err
	}
	kept := map[catalog.VariantID]int{}
	for _, want := range reserved {
		kept[want.Variant] += want.Quantity
	}
	var missing []catalog.VariantID
	for _, line := range lines {
		if kept[line.Variant] -= line.Quantity; kept[line.Variant] < 0 {
			missing = append(missing, line.Variant)
		}
	}
	items, err := s.catalog.Sellable(ctx, m, missing...)
	for _, item := range items {
		if item.Tracked {
			return false, err
		}
	}
	return err == nil, err
}
