package catalog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/catalog/money"
)

// Sort is the order of a list of products.
type Sort string

// Sorts: by age or by the last change, upwards unless it begins with a minus.
const (
	ByID          Sort = "id"
	ByIDDown      Sort = "-id"
	ByUpdated     Sort = "updated_at"
	ByUpdatedDown Sort = "-updated_at"
)

// ProductFilter is which products staff look for. Its zero value is all of them.
type ProductFilter struct {
	State    State      // empty: any
	Category CategoryID // right in it; zero: any
	Vendor   string
	Tag      string
	Since    time.Time // changed at this time or later
	Sort     Sort      // empty: ByID
}

// ProductPlace is where a page of products ended.
type ProductPlace struct {
	Updated time.Time // only for the sorts by it
	ID      ProductID
}

// Listed is what staff see of a product in a list.
type Listed struct {
	ID       ProductID
	Handle   string
	Category CategoryID
	Kind     Kind
	State    State
	Title    Text
	Vendor   string
	Tags     []string
	Image    string
	From     money.Amount // the lowest price
	Created  time.Time
	Updated  time.Time
}

type listingRow struct {
	ID         int64
	Handle     string
	CategoryID *int64
	Kind       string
	State      string
	Title      encoded[Text]
	Vendor     string
	Tags       encoded[[]string]
	Cover      string
	FromPrice  int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Listings are products in whatever state as staff see them, at most so many after a place (the zero place: from the
// beginning). A page costs the same wherever it is.
func (s *Service) Listings(ctx context.Context, merchant MerchantID, f ProductFilter, after ProductPlace, limit int) ([]Listed, error) {
	shop, err := s.Merchant(ctx, merchant)
	if err != nil {
		return nil, err
	}
	where, args := f.where(merchant)
	if after.ID != 0 {
		condition, place := f.Sort.after(after)
		where, args = where+condition, append(args, place...)
	}
	var rows []listingRow
	err = s.db.On(ctx).Raw("select id, handle, category_id, kind, state, title, vendor, tags, cover, from_price, created_at, updated_at from products where "+
		where+" order by "+f.Sort.columns()+" limit ?", append(args, limit)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	list := make([]Listed, len(rows))
	for i, row := range rows {
		list[i] = row.listing(shop.Currency)
	}
	return list, nil
}

// CountListings is how many Listings lists, counting to most.
func (s *Service) CountListings(ctx context.Context, merchant MerchantID, f ProductFilter, most int) (count int, err error) {
	where, args := f.where(merchant)
	err = s.db.On(ctx).Raw("select count(*) from (select 1 from products where "+where+" limit ?) counted", append(args, most)...).Scan(&count).Error
	if err != nil {
		return 0, fmt.Errorf("count products: %w", err)
	}
	return count, nil
}

func (r listingRow) listing(c money.Currency) Listed {
	l := Listed{
		ID: ProductID(r.ID), Handle: r.Handle, Kind: Kind(r.Kind), State: State(r.State), Title: r.Title.is, Vendor: r.Vendor,
		Tags: r.Tags.is, Image: r.Cover, From: money.Of(r.FromPrice, c), Created: r.CreatedAt.UTC(), Updated: r.UpdatedAt.UTC(),
	}
	if r.CategoryID != nil {
		l.Category = CategoryID(*r.CategoryID)
	}
	return l
}

func (f ProductFilter) where(merchant MerchantID) (string, []any) {
	conditions, args := []string{"merchant_id = ?"}, []any{int64(merchant)}
	add := func(condition string, value any) {
		conditions, args = append(conditions, condition), append(args, value)
	}
	if f.State != "" {
		add("state = ?", string(f.State))
	}
	if f.Category != 0 {
		add("category_id = ?", int64(f.Category))
	}
	if f.Vendor != "" {
		add("vendor = ?", f.Vendor)
	}
	if f.Tag != "" {
		add("tags like ? escape '!'", "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(asJSON(f.Tag))+"%")
	}
	if !f.Since.IsZero() {
		add("updated_at >= ?", f.Since.UTC().Truncate(time.Microsecond))
	}
	return strings.Join(conditions, " and "), args
}

func (s Sort) columns() string {
	switch s {
	case ByIDDown:
		return "id desc"
	case ByUpdated:
		return "updated_at, id"
	case ByUpdatedDown:
		return "updated_at desc, id desc"
	default:
		return "id"
	}
}

// after is what comes behind a place in the order.
func (s Sort) after(at ProductPlace) (string, []any) {
	id, updated := int64(at.ID), at.Updated.UTC()
	switch s {
	case ByIDDown:
		return " and id < ?", []any{id}
	case ByUpdated:
		return " and (updated_at, id) > (?, ?)", []any{updated, id}
	case ByUpdatedDown:
		return " and (updated_at, id) < (?, ?)", []any{updated, id}
	default:
		return " and id > ?", []any{id}
	}
}
