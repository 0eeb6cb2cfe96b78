package orders

import (
	"context"
	"fmt"

	"parley/catalog"
)

// Walk is a merchant's orders with their lines, at most so many beyond one of them (zero: from the end where the walk
// begins), newest first or oldest first, in two statements. A step costs the same wherever it is.
func (s *Service) Walk(ctx context.Context, m catalog.MerchantID, f Filter, beyond OrderID, oldestFirst bool, limit int) ([]Order, error) {
	where, args := f.where(m)
	comparison, order := "<", "desc"
	if oldestFirst {
		comparison, order = ">", "asc"
	}
	if beyond != 0 {
		where, args = where+" and id "+comparison+" ?", append(args, int64(beyond))
	}
	var rows []orderRow
	err := s.db.On(ctx).Raw("select "+orderColumns+" from orders where "+where+" order by id "+order+" limit ?", append(args, limit)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("walk orders: %w", err)
	}
	orders, ids := make([]Order, len(rows)), make([]OrderID, len(rows))
	for i, row := range rows {
		orders[i], ids[i] = row.order(), OrderID(row.ID)
	}
	lines, err := s.linesOfAll(ctx, ids)
	for i := range orders {
		orders[i].Lines = lines[orders[i].ID]
	}
	return orders, err
}

// Count is how many orders Walk walks, counting to most.
func (s *Service) Count(ctx context.Context, m catalog.MerchantID, f Filter, most int) (count int, err error) {
	where, args := f.where(m)
	err = s.db.On(ctx).Raw("select count(*) from (select 1 from orders where "+where+" limit ?) counted", append(args, most)...).Scan(&count).Error
	if err != nil {
		return 0, fmt.Errorf("count orders: %w", err)
	}
	return count, nil
}
