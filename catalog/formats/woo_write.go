package formats

import (
	"fmt"
	"slices"
	"strings"

	"parley/catalog"
	"parley/catalog/money"
)

var wooHeader = []any{
	"ID", "Type", "SKU", "GTIN, UPC, EAN, or ISBN", "Name", "Published", "Is featured?", "Visibility in catalog", "Short description", "Description",
	"Tax status", "In stock?", "Stock", "Backorders allowed?", "Weight (kg)", "Sale price", "Regular price", "Categories", "Tags", "Images", "Parent",
	"Position", "Brands", "Meta: _parley_handle",
}

// woo writes a shop as WooCommerce's product CSV. It gives no ids, so that a shop there finds its products by SKU.
func (w *writing) woo(out rowWriter) error {
	most := 0
	for p, err := range w.goods.Products() {
		if err != nil {
			return err
		}
		most = max(most, len(p.Options)+len(p.Attributes))
	}
	header := slices.Clone(wooHeader)
	for n := 1; n <= most; n++ {
		header = append(header, fmt.Sprintf("Attribute %d name", n), fmt.Sprintf("Attribute %d value(s)", n), fmt.Sprintf("Attribute %d visible", n),
			fmt.Sprintf("Attribute %d global", n))
	}
	if err := out(header); err != nil {
		return err
	}
	for p, err := range w.goods.Products() {
		if err != nil {
			return err
		}
		if p.State == catalog.Archived || len(p.Variants) == 0 {
			continue
		}
		if err := w.wooProduct(out, p); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) wooProduct(out rowWriter, p catalog.Product) error {
	if len(p.Options) == 0 {
		return out(append(w.wooRow(p, &p.Variants[0], wooTypes("simple", p.Kind), p.Variants[0].SKU, ""), w.wooFacts(p)...))
	}
	if err := out(append(w.wooRow(p, nil, wooTypes("variable", p.Kind), p.Handle, ""), w.wooFacts(p)...)); err != nil {
		return err
	}
	for i := range p.Variants {
		v := &p.Variants[i]
		row := w.wooRow(p, v, wooTypes("variation", p.Kind), v.SKU, p.Handle)
		for k, name := range w.named(p, *v) {
			row = append(row, w.some(p.Options[k].Name), disarmed(escaped(name, ',')), "", 0)
		}
		if err := out(row); err != nil {
			return err
		}
	}
	return nil
}

func wooTypes(first string, kind catalog.Kind) string {
	switch kind {
	case catalog.Digital:
		return first + ", downloadable, virtual"
	case catalog.Services:
		return first + ", virtual"
	default:
		return first
	}
}

// wooRow is a product without variations, a product with them (v is nil), or a variation.
func (w *writing) wooRow(p catalog.Product, v *catalog.Variant, types, sku, parent string) []any {
	head := parent == ""
	name, description, shelf, tags, images, brand, handle := w.some(p.Title), "", "", "", "", "", ""
	if head {
		description, shelf, tags = disarmed(markup(p.Description[w.language])), w.wooShelf(p.Category), disarmed(joined(p.Tags))
		images, brand, handle = w.wooImages(p), disarmed(p.Vendor), disarmed(p.Handle)
	}
	published := 0
	if head && p.State == catalog.Active || !head && v.State == catalog.Active {
		published = 1
	}
	in, stock, weight, sale, regular, barcode := 1, any(""), "", "", "", ""
	if v != nil {
		in, stock, weight, barcode = min(v.Free(), 1), stockOf(*v), kilograms(v.Weight), disarmed(v.Barcode)
		sale, regular = salePrices(*v)
	}
	if !head {
		images = disarmed(escaped(w.link(imageOf(p, *v)), ','))
	}
	return []any{"", types, disarmed(sku), barcode, name, published, 0, "visible", "", description, "taxable", in, stock, 0, weight, sale, regular, shelf,
		tags, images, disarmed(parent), p.Position, brand, handle}
}

// salePrices is a price as a sale and what it was before, when that was more.
func salePrices(v catalog.Variant) (sale, regular string) {
	if v.CompareAt.Minor > v.Price.Minor {
		return v.Price.Major(), v.CompareAt.Major()
	}
	return "", money.Of(v.Price.Minor, v.Price.Currency).Major()
}

func kilograms(grams int) string {
	if grams == 0 {
		return ""
	}
	text := fmt.Sprintf("%d.%03d", grams/1000, grams%1000)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

func (w *writing) wooShelf(id catalog.CategoryID) string {
	var names []string
	for _, c := range w.shelves[id] {
		names = append(names, escaped(strings.ReplaceAll(c.Name.In(w.language), ">", "›"), ','))
	}
	return disarmed(strings.Join(names, " > "))
}

func (w *writing) wooImages(p catalog.Product) string {
	var links []string
	for _, image := range p.Images {
		links = append(links, w.link(image.Src))
	}
	return disarmed(joined(links))
}

// wooFacts are the options of a product with all their values, and its attributes.
func (w *writing) wooFacts(p catalog.Product) (cells []any) {
	for _, option := range p.Options {
		var values []string
		for _, value := range option.Values {
			values = append(values, value.Name.In(w.language))
		}
		cells = append(cells, w.some(option.Name), disarmed(joined(values)), 1, 0)
	}
	for _, a := range p.Attributes {
		if a.Name[w.language] != "" {
			cells = append(cells, w.own(a.Name), disarmed(escaped(a.Value[w.language], ',')), 1, 0)
		}
	}
	return cells
}
