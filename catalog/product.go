package catalog

import (
	"context"
	"fmt"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// Find is a product in whatever state with its variants that are not archived, in one statement, or four when
// it was saved since it was last found. Its texts are shared: replace them, change nothing in them. It fails
// with fault.Missing.
func (s *Service) Find(ctx context.Context, merchant MerchantID, id ProductID) (Product, error) {
	return s.product(ctx, merchant, func(shop Merchant) (Product, error) { return s.found(ctx, shop, id) })
}

// FindByHandle is Find for a link or an import.
func (s *Service) FindByHandle(ctx context.Context, merchant MerchantID, handle string) (Product, error) {
	if !isHandle(handle) {
		return Product{}, fault.New(fault.Missing, "catalog.no_product")
	}
	return s.product(ctx, merchant, func(shop Merchant) (Product, error) {
		return s.readProduct(ctx, shop, "merchant_id = ? and handle = ?", int64(merchant), handle)
	})
}

func (s *Service) product(ctx context.Context, merchant MerchantID, read func(shop Merchant) (Product, error)) (Product, error) {
	shop, err := s.Merchant(ctx, merchant)
	if err != nil {
		return Product{}, err
	}
	p, err := read(shop)
	if err != nil {
		return Product{}, err
	}
	kept := p.Variants[:0]
	for _, variant := range p.Variants {
		if variant.State != Archived {
			kept = append(kept, variant)
		}
	}
	p.Variants = kept
	return p, nil
}

type productRow struct {
	ID          int64
	CategoryID  *int64
	Handle      string
	Kind        string
	State       string
	Title       encoded[Text]
	Description encoded[Text]
	Vendor      string
	Attributes  encoded[[]Attribute]
	Tags        encoded[[]string]
	Position    int
}

// readProduct reads a product whole, archived variants included.
func (s *Service) readProduct(ctx context.Context, shop Merchant, where string, args ...any) (Product, error) {
	var rows []productRow
	err := s.db.On(ctx).Raw("select id, category_id, handle, kind, state, title, description, vendor, attributes, tags, position"+
		" from products where "+where, args...).Scan(&rows).Error
	if err != nil {
		return Product{}, fmt.Errorf("read a product: %w", err)
	}
	if len(rows) == 0 {
		return Product{}, fault.New(fault.Missing, "catalog.no_product")
	}
	p := rows[0].product(shop.ID)
	if err := s.readParts(ctx, &p); err != nil {
		return Product{}, err
	}
	p.Variants, err = s.readVariants(ctx, p.ID, shop.Currency)
	return p, err
}

func (r productRow) product(merchant MerchantID) Product {
	p := Product{
		ID: ProductID(r.ID), Merchant: merchant, Handle: r.Handle, Kind: Kind(r.Kind), State: State(r.State),
		Title: r.Title.is, Description: r.Description.is, Vendor: r.Vendor, Attributes: r.Attributes.is,
		Tags: r.Tags.is, Position: r.Position,
	}
	if r.CategoryID != nil {
		p.Category = CategoryID(*r.CategoryID)
	}
	return p
}

// partRow is an option, a value or an image.
type partRow struct {
	Part int // 1, 2 or 3
	ID   int64
	Of   int64 // a value's option
	Name encoded[Text]
	Src  string
	Kept pictureRow `gorm:"embedded"`
}

// readParts reads options, their values and images in one statement.
func (s *Service) readParts(ctx context.Context, p *Product) error {
	var rows []partRow
	err := s.db.On(ctx).Raw(`
		select 1 as part, id, 0 as of, name, '' as src, '' as file, '' as state, '' as failure, position from options where product_id = ?
		union all select 2, v.id, v.option_id, v.name, '', '', '', '', v.position
			from options o join option_values v on v.option_id = o.id where o.product_id = ?
		union all select 3, id, 0, alt, src, file, state, failure, position from images where product_id = ?
		order by 1, 9, 2`, int64(p.ID), int64(p.ID), int64(p.ID)).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read options and images: %w", err)
	}
	at := map[int64]int{}
	for _, row := range rows {
		switch row.Part {
		case 1:
			at[row.ID] = len(p.Options)
			p.Options = append(p.Options, Option{ID: OptionID(row.ID), Name: row.Name.is})
		case 2:
			option := &p.Options[at[row.Of]]
			option.Values = append(option.Values, Value{ID: ValueID(row.ID), Name: row.Name.is})
		default:
			p.Images = append(p.Images, row.Kept.image(row.ID, row.Src, row.Name.is))
		}
	}
	return nil
}

type variantRow struct {
	ID        int64
	ProductID int64
	SKU       string `gorm:"column:sku"`
	Barcode   string
	Price     int64
	CompareAt int64
	Weight    int
	Tracked   bool
	OnHand    int
	Reserved  int
	Choice    string
	ImageID   *int64
	State     string
}

const variantColumns = "v.id, v.product_id, v.sku, v.barcode, v.price, v.compare_at, v.weight, v.tracked, v.on_hand," +
	" v.reserved, v.choice, v.image_id, v.state"

func (s *Service) readVariants(ctx context.Context, product ProductID, c money.Currency) ([]Variant, error) {
	var rows []variantRow
	err := s.db.On(ctx).Raw("select "+variantColumns+" from variants v where v.product_id = ? order by v.position, v.id",
		int64(product)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read variants: %w", err)
	}
	variants := make([]Variant, len(rows))
	for i, row := range rows {
		variants[i] = row.variant(c)
	}
	return variants, nil
}

func (r variantRow) variant(c money.Currency) Variant {
	v := Variant{
		ID: VariantID(r.ID), Product: ProductID(r.ProductID), SKU: r.SKU, Barcode: r.Barcode,
		Price: money.Of(r.Price, c), CompareAt: before(r.CompareAt, c), Weight: r.Weight, Tracked: r.Tracked,
		OnHand: r.OnHand, Reserved: r.Reserved, Values: chosen(r.Choice), State: State(r.State),
	}
	if r.ImageID != nil {
		v.Image = ImageID(*r.ImageID)
	}
	return v
}
