package catalog

import (
	"context"
	"time"

	"parley/migrations/db"
)

// ofShop is a product of a merchant.
type ofShop struct {
	merchant MerchantID
	product  ProductID
}

// stockRow is what there is of one variant, and when its product was saved last.
type stockRow struct {
	UpdatedAt time.Time
	VariantID int64 // 0: the product has none
	OnHand    int
	Reserved  int
}

const stockColumns = "p.updated_at, coalesce(v.id, 0) as variant_id, coalesce(v.on_hand, 0) as on_hand, coalesce(v.reserved, 0) as reserved"

// stockOf reads what there is of a product's variants, in their order; no rows: there is no such product. Where lists
// can be parameters, those who ask at once outside of transactions are answered by one statement.
func (s *Service) stockOf(ctx context.Context, asked ofShop) (rows []stockRow, err error) {
	if s.db.Versions() && !s.db.Inside(ctx) {
		return s.stocks.Do(ctx, asked)
	}
	err = s.db.On(ctx).Raw("select "+stockColumns+" from products p left join variants v on v.product_id = p.id"+
		" where p.merchant_id = ? and p.id = ? order by v.position, v.id", int64(asked.merchant), int64(asked.product)).Scan(&rows).Error
	return rows, err
}

const (
	stocksAtOnce = 64                   // products that one statement reads at most
	stocksLinger = 2 * time.Millisecond // nobody notices, and several ask by one statement
)

func (s *Service) gatherStocks() *db.Gather[ofShop, []stockRow] {
	all := db.NewGather(1, stocksAtOnce, s.stocksOf)
	all.Linger = stocksLinger
	return all
}

// stocksSQL finds each product by its key, however few there are. Lists come from selects of their own so that their
// lengths are unknown to the planner, which otherwise plans anew for each.
const stocksSQL = `select asked.n, found.* from unnest((select cast(? as bigint[])), (select cast(? as bigint[]))) with ordinality as asked (merchant, product, n)
	cross join lateral (select ` + stockColumns + `, v.position from products p left join variants v on v.product_id = p.id
		where p.merchant_id = asked.merchant and p.id = asked.product) found order by asked.n, found.position, found.variant_id`

func (s *Service) stocksOf(ctx context.Context, all []ofShop) ([][]stockRow, error) {
	merchants, products := make([]int64, len(all)), make([]int64, len(all))
	for i, one := range all {
		merchants[i], products[i] = int64(one.merchant), int64(one.product)
	}
	var rows []struct {
		Stock stockRow `gorm:"embedded"`
		N     int      // which of those that were asked for, from 1
	}
	if err := s.db.On(ctx).Raw(stocksSQL, &merchants, &products).Scan(&rows).Error; err != nil {
		return nil, err
	}
	stocks := make([][]stockRow, len(all))
	for _, row := range rows {
		stocks[row.N-1] = append(stocks[row.N-1], row.Stock)
	}
	return stocks, nil
}
