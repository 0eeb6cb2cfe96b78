package formats

import (
	"slices"
	"strings"

	"parley/catalog"
)

var shopifyHeader = []string{
	"Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value", "Option2 Name", "Option2 Value",
	"Option3 Name", "Option3 Value", "Variant SKU", "Variant Grams", "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Inventory Policy",
	"Variant Fulfillment Service", "Variant Price", "Variant Compare At Price", "Variant Requires Shipping", "Variant Taxable", "Variant Barcode",
	"Image Src", "Image Position", "Image Alt Text", "Gift Card", "Variant Image", "Variant Weight Unit", "Status",
}

// mostAttributeColumns is how many names of attributes get a column; what has none is not lost when the file
// comes back to the same shop.
const mostAttributeColumns = 200

// shopify writes a shop as Shopify's product CSV.
func (w *writing) shopify(out rowWriter) error {
	attributes, err := w.attributeNames()
	if err != nil {
		return err
	}
	header := make([]any, 0, len(shopifyHeader)+len(attributes))
	for _, name := range shopifyHeader {
		header = append(header, name)
	}
	for _, name := range attributes {
		header = append(header, attributeColumn(name))
	}
	if err := out(header); err != nil {
		return err
	}
	for p, err := range w.goods.Products() {
		if err != nil {
			return err
		}
		for i := range max(len(p.Variants), len(p.Images), 1) {
			row := w.shopifyProduct(p, i == 0)
			row = append(row, w.shopifyVariant(p, i)...)
			row = append(row, w.shopifyImage(p, i)...)
			row = append(row, w.shopifyEnd(p, i)...)
			for _, name := range attributes {
				row = append(row, w.attribute(p, name, i == 0))
			}
			if err := out(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// attributeNames are those of all products in the shop's own language, each once whatever its case.
func (w *writing) attributeNames() (names []string, err error) {
	seen := map[string]bool{}
	for p, err := range w.goods.Products() {
		if err != nil {
			return nil, err
		}
		for _, a := range p.Attributes {
			name := a.Name[w.language]
			if lower := strings.ToLower(name); name != "" && !seen[lower] && len(names) < mostAttributeColumns {
				seen[lower] = true
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

// attributeColumn is the column of an attribute: Shopify's own, or a metafield.
func attributeColumn(name string) string {
	if attributeOf(name) == name {
		return name
	}
	key := strings.Map(func(r rune) rune {
		if r == ')' || r == '(' || r == '.' || r == ' ' {
			return '_'
		}
		return r
	}, strings.ToLower(name))
	return name + " (product.metafields.custom." + key + ")"
}

func (w *writing) attribute(p catalog.Product, name string, head bool) string {
	for _, a := range p.Attributes {
		if head && strings.EqualFold(a.Name[w.language], name) {
			return w.own(a.Value)
		}
	}
	return ""
}

func (w *writing) shopifyProduct(p catalog.Product, head bool) []any {
	if !head {
		return []any{disarmed(p.Handle), "", "", "", "", "", ""}
	}
	shelf := ""
	if path := w.shelves[p.Category]; len(path) > 0 {
		shelf = w.some(path[len(path)-1].Name)
	}
	return []any{disarmed(p.Handle), w.some(p.Title), disarmed(markup(p.Description[w.language])), disarmed(p.Vendor), shelf,
		disarmed(strings.Join(p.Tags, ", ")), p.State == catalog.Active}
}

func (w *writing) shopifyVariant(p catalog.Product, i int) []any {
	cells := make([]any, 0, 17)
	if i >= len(p.Variants) {
		for range 17 {
			cells = append(cells, "")
		}
		return cells
	}
	v := p.Variants[i]
	names := w.named(p, v)
	for k := range 3 {
		name, value := "", ""
		switch {
		case k < len(p.Options):
			value = disarmed(names[k])
			if i == 0 {
				name = w.some(p.Options[k].Name)
			}
		case k == 0 && i == 0:
			name, value = "Title", "Default Title"
		}
		cells = append(cells, name, value)
	}
	tracker, quantity := "", ""
	if v.Tracked {
		tracker, quantity = "shopify", itoa(v.OnHand)
	}
	return append(cells, disarmed(v.SKU), v.Weight, tracker, quantity, "deny", "manual", v.Price.Major(), major(v.CompareAt),
		p.Kind == catalog.Physical, true, disarmed(v.Barcode))
}

func (w *writing) shopifyImage(p catalog.Product, i int) []any {
	if i >= len(p.Images) {
		return []any{"", "", ""}
	}
	return []any{disarmed(w.link(p.Images[i].Src)), i + 1, w.own(p.Images[i].Alt)}
}

func (w *writing) shopifyEnd(p catalog.Product, i int) []any {
	gift, image, unit, state := "", "", "", ""
	if i < len(p.Variants) {
		unit, image = "g", disarmed(w.link(imageOf(p, p.Variants[i])))
	}
	if i == 0 {
		gift, state = "false", string(p.State)
	}
	return []any{gift, image, unit, state}
}
