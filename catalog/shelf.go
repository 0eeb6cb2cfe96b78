package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// Page is which part of a list is wanted: Limit things after the first Offset, or after those of another page. A
// Limit outside 1–200 is 200.
type Page struct {
	Offset, Limit int
	After         string // List.Next of the page before: it costs the same wherever it is. It goes before Offset.
}

func (p Page) bounds() (offset, limit int) {
	offset, limit = max(p.Offset, 0), p.Limit
	if limit < 1 || limit > 200 {
		limit = 200
	}
	return offset, limit
}

// List is a page of products, and how many there are on all pages.
type List struct {
	Products []Summary
	Total    int
	Next     string // Page.After for the next page; empty: there is none
}

// Summary is what a list shows of a product.
type Summary struct {
	ID        ProductID
	Kind      Kind
	Title     Text
	Image     string // Src of the first image; empty: none
	Alt       Text
	From      money.Amount // the lowest price
	CompareAt money.Amount // the price before of the variant with the lowest price; zero: none
	Same      bool         // all variants cost From
	Free      bool         // some variant can be bought now
	Position  int          // its place on the shelf
}

// Browse lists the shelves right below a category, or the topmost for zero, that hold anything for sale.
func (s *Service) Browse(ctx context.Context, merchant MerchantID, parent CategoryID) ([]Category, error) {
	where, args := "c.parent_id is null", []any{int64(merchant)}
	if parent != 0 {
		where, args = "c.parent_id = ?", append(args, int64(parent))
	}
	return s.categoriesWhere(ctx, "c.merchant_id = ? and "+where+" and c.products > 0", args...)
}

// Category is one shelf. It fails with fault.Missing.
func (s *Service) Category(ctx context.Context, merchant MerchantID, id CategoryID) (Category, error) {
	found, err := s.categoriesWhere(ctx, "c.merchant_id = ? and c.id = ?", int64(merchant), int64(id))
	if err != nil {
		return Category{}, err
	}
	if len(found) == 0 {
		return Category{}, fault.New(fault.Missing, "catalog.no_category")
	}
	return found[0], nil
}

// Products lists what is for sale in a category and below it, or in the whole shop for category zero. It
// takes two statements, and a page after another costs the same on a shelf of any size. It fails with
// fault.Invalid {field: after} for a cursor that is none.
func (s *Service) Products(ctx context.Context, merchant MerchantID, category CategoryID, page Page) (List, error) {
	where, args := "merchant_id = ? and category_id = ?", []any{int64(merchant), int64(category)}
	offset, limit := page.bounds()
	if page.After != "" {
		position, product, err := readCursor(page.After)
		if err != nil {
			return List{}, err
		}
		where, args, offset = where+" and (position, product_id) > (?, ?)", append(args, position, product), 0
	}
	total, err := s.shelved(ctx, merchant, category)
	if err != nil {
		return List{}, err
	}
	list := List{Total: total}
	list.Products, err = s.summaries(ctx, merchant, "from (select position, product_id from shelves where "+where+
		" order by position, product_id limit ? offset ?) s join products p on p.id = s.product_id order by s.position, s.product_id",
		append(args, limit, offset)...)
	if n := len(list.Products); n == limit {
		list.Next = cursor(int64(list.Products[n-1].Position), int64(list.Products[n-1].ID))
	}
	return list, err
}

// cursor is where a list goes on: what it is sorted by and the product of the last row.
func cursor(by, product int64) string {
	return strconv.FormatInt(by, 36) + "." + strconv.FormatInt(product, 36)
}

// readCursor reads what cursor wrote.
func readCursor(text string) (by, product int64, err error) {
	one, two, cut := strings.Cut(text, ".")
	by, wrong := strconv.ParseInt(one, 36, 64)
	product, wrongToo := strconv.ParseInt(two, 36, 64)
	if !cut || wrong != nil || wrongToo != nil {
		return 0, 0, invalid("after", "catalog.cursor")
	}
	return by, product, nil
}

// shelved is how many products stand on a shelf.
func (s *Service) shelved(ctx context.Context, merchant MerchantID, category CategoryID) (total int, err error) {
	sql, args := "select products from merchants where id = ?", []any{int64(merchant)}
	if category != 0 {
		sql, args = "select products from categories where merchant_id = ? and id = ?", append(args, int64(category))
	}
	if err := s.db.On(ctx).Raw(sql, args...).Scan(&total).Error; err != nil {
		return 0, fmt.Errorf("count products: %w", err)
	}
	return total, nil
}

type categoryRow struct {
	ID       int64
	ParentID *int64
	Slug     string
	Name     encoded[Text]
	Position int
	Products int
	Children int
}

func (s *Service) categoriesWhere(ctx context.Context, where string, args ...any) ([]Category, error) {
	return s.categoriesUpTo(ctx, where, 1_000_000, args...)
}

// categoriesUpTo reads at most so many categories; the first of args is the merchant.
func (s *Service) categoriesUpTo(ctx context.Context, where string, limit int, args ...any) ([]Category, error) {
	var rows []categoryRow
	err := s.db.On(ctx).Raw(`select c.id, c.parent_id, c.slug, c.name, c.position, c.products,
		(select count(*) from categories b where b.merchant_id = c.merchant_id and b.parent_id = c.id and b.products > 0) as children
		from categories c where `+where+" order by c.position, c.id limit ?", append(slices.Clone(args), limit)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read categories: %w", err)
	}
	found := make([]Category, len(rows))
	for i, row := range rows {
		found[i] = Category{
			ID: CategoryID(row.ID), Merchant: MerchantID(args[0].(int64)), Slug: row.Slug, Name: row.Name.is,
			Position: row.Position, Products: row.Products, Children: row.Children,
		}
		if row.ParentID != nil {
			found[i].Parent = CategoryID(*row.ParentID)
		}
	}
	return found, nil
}

type summaryRow struct {
	ID        int64
	Kind      string
	Title     encoded[Text]
	Cover     string
	CoverAlt  encoded[Text]
	FromPrice int64
	CompareAt int64
	OnePrice  bool
	Free      bool
	Position  int
}

// summaryColumns looks for something free with a limit, since PostgreSQL would rather hash every variant there
// is for an exists.
const summaryColumns = `select p.id, p.kind, p.title, p.cover, p.cover_alt, p.from_price, p.compare_at, p.one_price, p.position,
	coalesce((select true from variants v where v.product_id = p.id and v.state = 'active'
		and (not v.tracked or v.on_hand > v.reserved) limit 1), false) as free `

// summaries reads products p as lists show them.
func (s *Service) summaries(ctx context.Context, merchant MerchantID, from string, args ...any) ([]Summary, error) {
	var rows []summaryRow
	if err := s.db.On(ctx).Raw(summaryColumns+from, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	shop, err := s.Merchant(ctx, merchant)
	if err != nil {
		return nil, err
	}
	found := make([]Summary, len(rows))
	for i, row := range rows {
		found[i] = Summary{
			ID: ProductID(row.ID), Kind: Kind(row.Kind), Title: row.Title.is, Image: row.Cover, Alt: row.CoverAlt.is,
			From: money.Of(row.FromPrice, shop.Currency), CompareAt: before(row.CompareAt, shop.Currency),
			Same: row.OnePrice, Free: row.Free, Position: row.Position,
		}
	}
	return found, nil
}

// before is a price before, or the zero amount for none.
func before(minor int64, c money.Currency) money.Amount {
	if minor == 0 {
		return money.Amount{}
	}
	return money.Of(minor, c)
}

// CategoryBySlug is one shelf by the name it has in links. It fails with fault.Missing.
func (s *Service) CategoryBySlug(ctx context.Context, merchant MerchantID, slug string) (Category, error) {
	found, err := s.categoriesWhere(ctx, "c.merchant_id = ? and c.slug = ?", int64(merchant), slug)
	if err != nil {
		return Category{}, err
	}
	if len(found) == 0 {
		return Category{}, fault.New(fault.Missing, "catalog.no_category")
	}
	return found[0], nil
}
