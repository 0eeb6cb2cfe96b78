package formats

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/catalog"
)

// sheet is our own table: one row a variant, a column a language. What is true of the product may stand in any of
// its rows, so that rows can be sorted; where several say it, they must agree.
//
//	handle · state · kind · vendor · tags · category:en · title:en · description:en · attributes:en ·
//	option1:en · value1:en · … · option3:en · value3:en · sku · barcode · price · compare_at · weight_g · stock ·
//	variant_state · image · images · alt:en
//
// A category is a path, "Shoes > Boots". Tags are separated by commas. Attributes ("Material: Wool"), images and
// their alts are one a line, and the n-th line of each language is about the same one. No stock: it never runs out.
type sheet struct{ spreadsheet bool }

func (s *sheet) format() Format {
	if s.spreadsheet {
		return XLSX
	}
	return CSV
}

func (s *sheet) key(t *table, r row) (string, bool) { return shopify{}.key(t, r) }

var sheetColumns = map[string]string{
	"handle": "handle", "title": "title", "description": "description", "vendor": "vendor", "category": "category", "state": "state", "kind": "kind",
	"variants.sku": "sku", "variants.price": "price", "variants.compare_at": "compare_at", "variants.weight": "weight_g", "variants.on_hand": "stock",
	"variants.state": "variant_state", "variants.image": "image", "images.src": "images", "images": "images", "variants": "price",
	"options": "option1", "options.name": "option1", "options.values": "value1", "variants.values": "value1",
}

var sheetSilence = map[string]catalog.Silence{
	"state": catalog.NoState, "kind": catalog.NoKind, "vendor": catalog.NoVendor, "tags": catalog.NoTags, "category": catalog.NoCategory,
	"description": catalog.NoDescription, "attributes": catalog.NoAttributes, "sku": catalog.NoSKUs, "barcode": catalog.NoBarcodes,
	"compare_at": catalog.NoCompareAt, "weight_g": catalog.NoWeights, "stock": catalog.NoStock, "variant_state": catalog.NoVariantStates,
	"image": catalog.NoVariantImages, "images": catalog.NoImages, "alt": catalog.NoAlts,
}

// languages are those that the table has columns of a name in.
func (t *table) languages(name string) (languages []string) {
	for column := range t.columns {
		if language, ok := strings.CutPrefix(column, name+":"); ok && language != "" {
			languages = append(languages, language)
		}
	}
	slices.Sort(languages)
	return languages
}

func (s *sheet) listing(t *table, rows []row) catalog.Listing {
	d := newDraft(t, rows[0].Line, sheetColumns)
	d.Silent |= catalog.NoValueOrder
	for column, silence := range sheetSilence {
		if _, told := t.columns[column]; !told && len(t.languages(column)) == 0 {
			d.Silent |= silence
		}
	}
	d.Spoken = map[string][]string{"title": t.languages("title"), "description": t.languages("description"), "attributes": t.languages("attributes"),
		"options": t.languages("option1"), "values": t.languages("value1"), "alt": t.languages("alt")}
	all := make([]sheetRow, len(rows))
	for i, r := range rows {
		all[i] = sheetRow{cells{t, r, &d.Errors}, d}
	}
	describeSheet(d, all)
	seen := map[string]int{}
	for _, r := range all {
		r.variant(seen)
	}
	return d.done()
}

// sheetRow is a row on its way into a draft.
type sheetRow struct {
	cells
	d *draft
}

// once is what the rows of a product say in a column; two that differ are an error.
func once(rows []sheetRow, column string) string {
	said := ""
	for _, r := range rows {
		switch value := r.get(column); {
		case value == "" || value == said:
		case said == "":
			said = value
		default:
			r.bad(column, bad("file.differs").With("value", shown(said)))
			return said
		}
	}
	return said
}

// wordings is what the rows of a product say in the columns of a name, by language.
func wordings(rows []sheetRow, name string) catalog.Text {
	all := catalog.Text{}
	for _, language := range rows[0].languages(name) {
		if words := once(rows, name+":"+language); words != "" {
			all[language] = words
		}
	}
	return all
}

func describeSheet(d *draft, rows []sheetRow) {
	p, head := &d.Product, rows[0]
	p.Handle, p.Vendor, p.Tags = head.get("handle"), once(rows, "vendor"), unjoined(once(rows, "tags"))
	p.Title, p.Description = wordings(rows, "title"), wordings(rows, "description")
	p.State, p.Kind = catalog.State(once(rows, "state")), catalog.Kind(once(rows, "kind"))
	if p.State == "" {
		p.State = catalog.Active
	}
	if len(p.Title) == 0 {
		head.bad("title:"+head.language(), bad("file.no_title"))
	}
	d.Shelf = shelfOf(wordings(rows, "category"))
	p.Attributes = attributesOf(rows)
	alts := lined(wordings(rows, "alt"))
	for i, link := range strings.Split(once(rows, "images"), "\n") {
		alt := catalog.Text{}
		if i < len(alts) {
			alt = alts[i]
		}
		d.picture(i+1, head.src(link), alt)
	}
	for k := 1; k <= 3; k++ {
		name := wordings(rows, fmt.Sprint("option", k))
		if len(name) == 0 {
			break
		}
		p.Options = append(p.Options, catalog.Option{Name: name})
	}
}

// shelfOf is a path of categories by its names in each language.
func shelfOf(said catalog.Text) (path []catalog.Text) {
	for language, words := range said {
		for i, name := range splitEscaped(words, '>') {
			if i >= len(path) {
				path = append(path, catalog.Text{})
			}
			if name = strings.TrimSpace(name); name != "" {
				path[i][language] = name
			}
		}
	}
	return path
}

// lined is texts line by line; the n-th lines of all languages are one wording.
func lined(said catalog.Text) (all []catalog.Text) {
	for language, words := range said {
		for i, line := range strings.Split(words, "\n") {
			if i >= len(all) {
				all = append(all, catalog.Text{})
			}
			if line = unescaped(strings.TrimSpace(line)); line != "" && line != nothing {
				all[i][language] = line
			}
		}
	}
	return all
}

// nothing is a line of which the language has no wording: empty ones would be lost at the ends of a cell.
const nothing = "–"

func attributesOf(rows []sheetRow) (all []catalog.Attribute) {
	said := wordings(rows, "attributes")
	for language, words := range said {
		for i, line := range strings.Split(words, "\n") {
			if i >= len(all) {
				all = append(all, catalog.Attribute{Name: catalog.Text{}, Value: catalog.Text{}})
			}
			parts := splitEscaped(strings.TrimSpace(line), ':')
			name := strings.TrimSpace(parts[0])
			if name == nothing || name == "" {
				name = ""
			} else {
				all[i].Name[language] = name
			}
			if value := strings.TrimSpace(strings.Join(parts[1:], ":")); value != "" {
				all[i].Value[language] = value
			}
			if name == "" && len(parts) == 1 {
				continue
			}
			if name == "" {
				rows[0].bad("attributes:"+language, bad("file.attribute").With("value", shown(line)))
			}
		}
	}
	return slices.DeleteFunc(all, func(a catalog.Attribute) bool { return len(a.Name) == 0 && len(a.Value) == 0 })
}

func (r sheetRow) variant(seen map[string]int) {
	var values []catalog.ValueID
	for k := range r.d.Product.Options {
		name := catalog.Text{}
		for _, language := range r.languages(fmt.Sprint("value", k+1)) {
			if words := r.get(fmt.Sprintf("value%d:%s", k+1, language)); words != "" {
				name[language] = words
			}
		}
		if len(name) == 0 {
			r.bad(fmt.Sprintf("value%d:%s", k+1, r.language()), bad("file.no_value").With("value", r.d.Product.Options[k].Name.In(r.language())))
			return
		}
		values = append(values, r.d.value(k, name))
	}
	picked := fmt.Sprint(values)
	if line, twice := seen[picked]; twice {
		r.bad("value1:"+r.language(), bad("file.same_values").With("row", strconv.Itoa(line)))
		return
	}
	seen[picked] = r.Line
	if r.get("price") == "" {
		r.bad("price", bad("file.no_price"))
	}
	v := catalog.Variant{
		SKU: r.get("sku"), Barcode: r.get("barcode"), Price: r.price("price"), CompareAt: r.price("compare_at"), Weight: r.whole("weight_g"),
		Tracked: r.get("stock") != "", OnHand: max(r.whole("stock"), 0), State: catalog.State(r.get("variant_state")), Values: values,
	}
	if v.Weight < 0 {
		r.bad("weight_g", bad("file.negative").With("value", strconv.Itoa(v.Weight)))
	}
	image := r.src(r.get("image"))
	r.d.picture(1<<30, image, catalog.Text{})
	r.d.variant(v, image)
}
