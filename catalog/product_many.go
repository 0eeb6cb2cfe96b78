package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// standing is a product as it stands in the shop, whole, and when the save was that made it so.
type standing struct {
	Product
	saved time.Time
}

type savedRow struct {
	Row       productRow `gorm:"embedded"`
	UpdatedAt time.Time
}

// readMany reads products whole, archived variants included, in three statements however many they are.
func (s *Service) readMany(ctx context.Context, shop Merchant, where string, args ...any) ([]standing, error) {
	var rows []savedRow
	err := s.db.On(ctx).Raw("select id, category_id, handle, kind, state, title, description, vendor, attributes, tags, position, updated_at"+
		" from products where "+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read products: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	found, ids, at := make([]standing, len(rows)), make([]int64, len(rows)), make(map[int64]*Product, len(rows))
	for i, row := range rows {
		found[i] = standing{row.Row.product(shop.ID), row.UpdatedAt}
		ids[i], at[row.Row.ID] = row.Row.ID, &found[i].Product
	}
	if err := s.readPartsOf(ctx, ids, at); err != nil {
		return nil, err
	}
	var variants []variantRow
	err = s.db.On(ctx).Raw("select "+variantColumns+" from variants v where v.product_id in ? order by v.product_id, v.position, v.id", ids).Scan(&variants).Error
	if err != nil {
		return nil, fmt.Errorf("read variants: %w", err)
	}
	for _, row := range variants {
		p := at[row.ProductID]
		p.Variants = append(p.Variants, row.variant(shop.Currency))
	}
	return found, nil
}

// readByHandles is the products of a shop that have some handles, by them. Each handle is looked up by itself, see given.
func (s *Service) readByHandles(ctx context.Context, shop Merchant, handles []string) (map[string]standing, error) {
	there := make(map[string]standing, len(handles))
	for some := range slices.Chunk(handles, rowsAtOnce) {
		var ids []int64
		given, args := given(some)
		err := s.db.On(ctx).Raw("select id from (select (select p.id from products p where p.merchant_id = ? and p.handle = g.column1) as id from ("+given+") g) found"+
			" where id is not null", append([]any{int64(shop.ID)}, args...)...).Scan(&ids).Error
		if err != nil {
			return nil, fmt.Errorf("look for products: %w", err)
		}
		if len(ids) == 0 {
			continue
		}
		found, err := s.readMany(ctx, shop, "merchant_id = ? and id in ?", int64(shop.ID), ids)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			there[p.Handle] = p
		}
	}
	return there, nil
}

func (s *Service) readPartsOf(ctx context.Context, ids []int64, at map[int64]*Product) error {
	var rows []struct {
		Row     partRow `gorm:"embedded"`
		Product int64
	}
	err := s.db.On(ctx).Raw(`
		select 1 as part, id, product_id as product, 0 as of, name, '' as src, '' as file, '' as state, '' as failure, position
			from options where product_id in ?
		union all select 2, v.id, o.product_id, v.option_id, v.name, '', '', '', '', v.position
			from options o join option_values v on v.option_id = o.id where o.product_id in ?
		union all select 3, id, product_id, 0, alt, src, file, state, failure, position from images where product_id in ?
		order by 1, 10, 2`, ids, ids, ids).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read options and images: %w", err)
	}
	place := map[int64]int{}
	for _, row := range rows {
		p, row := at[row.Product], row.Row
		switch row.Part {
		case 1:
			place[row.ID] = len(p.Options)
			p.Options = append(p.Options, Option{ID: OptionID(row.ID), Name: row.Name.is})
		case 2:
			option := &p.Options[place[row.Of]]
			option.Values = append(option.Values, Value{ID: ValueID(row.ID), Name: row.Name.is})
		default:
			p.Images = append(p.Images, row.Kept.image(row.ID, row.Src, row.Name.is))
		}
	}
	return nil
}
