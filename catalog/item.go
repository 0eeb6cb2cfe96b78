package catalog

import (
	"context"
	"fmt"
	"time"
)

// Item is a variant with what a cart or an order says of it.
type Item struct {
	Variant
	Kind    Kind
	Title   Text   // of the product
	Options Text   // the names of its values: "42 / black"; empty for the only variant
	Src     string // of its image, else of the product's first
	Active  bool   // both the variant and its product are for sale
}

// Sellable finds variants of a merchant, in whatever state, by ascending id, in one statement, or in two when one of
// their products was saved since it was last asked for. Those that are not the merchant's are left out. Their texts
// are shared: change nothing in them.
func (s *Service) Sellable(ctx context.Context, merchant MerchantID, ids ...VariantID) ([]Item, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	shop, err := s.Merchant(ctx, merchant)
	if err != nil {
		return nil, err
	}
	since := s.recall.now()
	shelf, err := s.shelfOf(ctx, merchant, ids)
	if err != nil {
		return nil, err
	}
	if items, ok := s.recall.items(shop, shelf); ok {
		return items, nil
	}
	rows, err := s.itemRows(ctx, merchant, ids)
	if err != nil {
		return nil, err
	}
	items := make([]Item, len(rows))
	for i, row := range rows {
		items[i] = row.item(shop)
		s.recall.putItem(items[i], row.Saved, since)
	}
	return items, nil
}

// shelfRow is what of a variant decides on a sale, and when its product was saved last.
type shelfRow struct {
	ID        int64
	ProductID int64
	Price     int64
	CompareAt int64
	Tracked   bool
	OnHand    int
	Reserved  int
	State     string
	Active    bool
	Saved     time.Time
}

func (s *Service) shelfOf(ctx context.Context, merchant MerchantID, ids []VariantID) (rows []shelfRow, err error) {
	err = s.db.On(ctx).Raw("select v.id, v.product_id, v.price, v.compare_at, v.tracked, v.on_hand, v.reserved, v.state,"+
		" v.state = 'active' and p.state = 'active' as active, p.updated_at as saved from variants v join products p on p.id = v.product_id"+
		" where v.id in ? and v.merchant_id = ? order by v.id", ids, int64(merchant)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what variants cost: %w", err)
	}
	return rows, nil
}

type itemRow struct {
	Row    variantRow `gorm:"embedded"`
	Label  encoded[Text]
	Kind   string
	Title  encoded[Text]
	Src    string
	Active bool
	Saved  time.Time
}

func (s *Service) itemRows(ctx context.Context, merchant MerchantID, ids []VariantID) (rows []itemRow, err error) {
	err = s.db.On(ctx).Raw("select "+variantColumns+", v.label, p.kind, p.title, coalesce(nullif("+shownPicture+`, ''), p.cover) as src,
		v.state = 'active' and p.state = 'active' as active, p.updated_at as saved
		from variants v join products p on p.id = v.product_id left join images i on i.id = v.image_id
		where v.id in ? and v.merchant_id = ? order by v.id`, ids, int64(merchant)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read variants: %w", err)
	}
	return rows, nil
}

func (r itemRow) item(shop Merchant) Item {
	return Item{
		Variant: r.Row.variant(shop.Currency), Kind: Kind(r.Kind), Title: r.Title.is,
		Options: r.Label.is, Src: r.Src, Active: r.Active,
	}
}
