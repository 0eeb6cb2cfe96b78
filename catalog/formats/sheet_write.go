package formats

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/catalog"
)

// sheet writes a shop as our own table.
func (w *writing) sheet(out rowWriter) error {
	languages := w.goods.Shop.Languages
	header := []any{"handle", "state", "kind", "vendor", "tags"}
	for _, name := range []string{"category", "title", "description", "attributes"} {
		for _, language := range languages {
			header = append(header, name+":"+language)
		}
	}
	for k := 1; k <= 3; k++ {
		for _, name := range []string{"option", "value"} {
			for _, language := range languages {
				header = append(header, fmt.Sprintf("%s%d:%s", name, k, language))
			}
		}
	}
	header = append(header, "sku", "barcode", "price", "compare_at", "weight_g", "stock", "variant_state", "image", "images")
	for _, language := range languages {
		header = append(header, "alt:"+language)
	}
	if err := out(header); err != nil {
		return err
	}
	for p, err := range w.goods.Products() {
		if err != nil {
			return err
		}
		for i := range p.Variants {
			if err := out(w.sheetRow(p, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writing) sheetRow(p catalog.Product, i int) []any {
	cells := []any{disarmed(p.Handle), "", "", "", ""}
	if i == 0 {
		cells = []any{disarmed(p.Handle), string(p.State), string(p.Kind), disarmed(p.Vendor), disarmed(joined(p.Tags))}
	}
	for _, say := range []func(language string) string{
		func(language string) string { return w.shelf(p.Category, language) },
		func(language string) string { return p.Title[language] },
		func(language string) string { return p.Description[language] },
		func(language string) string { return attributeLines(p.Attributes, language) },
	} {
		for _, language := range w.goods.Shop.Languages {
			words := ""
			if i == 0 {
				words = disarmed(say(language))
			}
			cells = append(cells, words)
		}
	}
	v := p.Variants[i]
	cells = append(cells, w.sheetOptions(p, v)...)
	cells = append(cells, disarmed(v.SKU), disarmed(v.Barcode), number(v.Price.Major()), number(major(v.CompareAt)), v.Weight, stockOf(v), string(v.State),
		disarmed(imageOf(p, v)))
	return append(cells, w.sheetImages(p, i == 0)...)
}

// number is a price that a spreadsheet can count with.
type number string

func stockOf(v catalog.Variant) any {
	if v.Tracked {
		return v.OnHand
	}
	return ""
}

// shelf is the path of a category in one language; empty when any of its names is missing there.
func (w *writing) shelf(id catalog.CategoryID, language string) string {
	var names []string
	for _, c := range w.shelves[id] {
		name := c.Name[language]
		if name == "" && language == w.language {
			name = c.Name.In(language)
		}
		if name == "" {
			return ""
		}
		names = append(names, escaped(name, '>'))
	}
	return strings.Join(names, " > ")
}

func attributeLines(all []catalog.Attribute, language string) string {
	lines, any := make([]string, len(all)), false
	for i, a := range all {
		lines[i] = nothing
		if name := a.Name[language]; name != "" {
			any = true
			lines[i] = escaped(name, ':') + ": " + strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(a.Value[language])
		}
	}
	if !any {
		return ""
	}
	return strings.Join(lines, "\n")
}

func (w *writing) sheetOptions(p catalog.Product, v catalog.Variant) (cells []any) {
	for k := range 3 {
		names, values := catalog.Text{}, catalog.Text{}
		if k < len(p.Options) {
			names = p.Options[k].Name
			at := slices.IndexFunc(p.Options[k].Values, func(value catalog.Value) bool { return k < len(v.Values) && value.ID == v.Values[k] })
			if at >= 0 {
				values = p.Options[k].Values[at].Name
			}
		}
		for _, t := range []catalog.Text{names, values} {
			for _, language := range w.goods.Shop.Languages {
				cells = append(cells, disarmed(t[language]))
			}
		}
	}
	return cells
}

func (w *writing) sheetImages(p catalog.Product, head bool) []any {
	cells := []any{""}
	if head {
		var links []string
		for _, image := range p.Images {
			links = append(links, image.Src)
		}
		cells[0] = disarmed(strings.Join(links, "\n"))
	}
	for _, language := range w.goods.Shop.Languages {
		lines, any := make([]string, len(p.Images)), false
		for i, image := range p.Images {
			lines[i] = nothing
			if words := image.Alt[language]; words != "" {
				any = true
				lines[i] = strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(words)
			}
		}
		if !head || !any {
			lines = nil
		}
		cells = append(cells, disarmed(strings.Join(lines, "\n")))
	}
	return cells
}

// float is a number as a spreadsheet keeps it, or the text when it is none.
func (n number) float() any {
	if value, err := strconv.ParseFloat(string(n), 64); err == nil {
		return value
	}
	return string(n)
}
