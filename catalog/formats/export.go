package formats

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"iter"
	"net/url"
	"strings"

	"parley/catalog"
)

// Goods is what a shop sells, as it is written to files.
type Goods struct {
	Shop       catalog.Merchant
	Categories []catalog.Category // those above before those below
	// Products is asked for twice where the columns depend on what there is.
	Products func() iter.Seq2[catalog.Product, error]
}

// Write writes a shop to a file that other programs read, and that brought in again changes nothing. What a
// format can't say is left out: archived products in all but Shopify's and our own, hidden ones in YML.
func (f Files) Write(to io.Writer, format Format, g Goods) error {
	w := newWriting(f, g)
	switch format {
	case Shopify:
		return w.text(to, w.shopify)
	case WooCommerce:
		return w.text(to, w.woo)
	case CSV:
		return w.text(to, w.sheet)
	case XLSX:
		return w.spreadsheet(to, w.sheet)
	case YML:
		return w.yml(to, true)
	}
	return fmt.Errorf("%s is no format of files", format)
}

// writing is a shop on its way into a file.
type writing struct {
	site     string
	goods    Goods
	language string
	shelves  map[catalog.CategoryID][]catalog.Category // the path of each, from the top
}

func newWriting(f Files, g Goods) *writing {
	w := &writing{site: strings.TrimRight(f.Site, "/"), goods: g, language: g.Shop.Languages[0], shelves: map[catalog.CategoryID][]catalog.Category{}}
	for _, c := range g.Categories {
		above := w.shelves[c.Parent]
		w.shelves[c.ID] = append(above[:len(above):len(above)], c)
	}
	return w
}

// rowWriter takes the next row of a table. Numbers are numbers, texts are disarmed already.
type rowWriter func(cells []any) error

// text writes a table as comma-separated values.
func (w *writing) text(to io.Writer, table func(rowWriter) error) error {
	out := csv.NewWriter(bufio.NewWriterSize(to, 64<<10))
	var fields []string
	err := table(func(cells []any) error {
		fields = fields[:0]
		for _, cell := range cells {
			fields = append(fields, fmt.Sprint(cell))
		}
		return out.Write(fields)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// own is a wording in the shop's own language alone; any other would be taken for it when it is read again.
func (w *writing) own(t catalog.Text) string { return disarmed(t[w.language]) }

// some is a wording in whatever language there is.
func (w *writing) some(t catalog.Text) string { return disarmed(t.In(w.language)) }

// link is the address of a picture.
func (w *writing) link(src string) string {
	if src == "" || strings.Contains(src, "://") {
		return src
	}
	return w.site + "/pictures/" + src
}

// page is where a product is bought.
func (w *writing) page(p catalog.Product) string {
	return w.site + "/chat/" + w.goods.Shop.Slug + "?p=" + url.QueryEscape(p.Handle)
}

// imageOf is the picture of a variant; empty: none of its own.
func imageOf(p catalog.Product, v catalog.Variant) string {
	for _, image := range p.Images {
		if v.Image != 0 && image.ID == v.Image {
			return image.Src
		}
	}
	return ""
}

// named is the names of a variant's values, of each option one.
func (w *writing) named(p catalog.Product, v catalog.Variant) []string {
	names := make([]string, len(p.Options))
	for i, option := range p.Options {
		for _, value := range option.Values {
			if i < len(v.Values) && value.ID == v.Values[i] {
				names[i] = value.Name.In(w.language)
			}
		}
	}
	return names
}

// markup is a text as HTML, unless it is the same as that.
func markup(text string) string {
	if !strings.ContainsAny(text, "<>&\n") {
		return text
	}
	return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>")
}

// major is a price as a number, nothing for none.
func major(v interface {
	IsZero() bool
	Major() string
}) string {
	if v.IsZero() {
		return ""
	}
	return v.Major()
}
