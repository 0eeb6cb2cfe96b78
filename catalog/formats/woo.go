package formats

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"parley/catalog"
)

// woo is WooCommerce's product CSV: a simple product is a row; a variable one is a row, and its variations are
// rows that name it as their parent by SKU or "id:17".
type woo struct {
	alias map[string]string // what a product is named by → the key of its rows
	moved map[string]string // a key that met another → that one
}

func newWoo() *woo { return &woo{alias: map[string]string{}, moved: map[string]string{}} }

func (*woo) format() Format { return WooCommerce }

// key has a variable product and its variations be one, in whatever order they come.
func (w *woo) key(t *table, r row) (string, bool) {
	c := cells{table: t, row: r}
	kind := wooType(c.get("type"))
	names := []string{}
	if kind == "variation" {
		parent := c.get("parent")
		if id, ok := strings.CutPrefix(parent, "id:"); ok {
			names = append(names, "id:"+strings.TrimSpace(id))
		} else if parent != "" {
			names = append(names, "sku:"+parent)
		}
		if len(names) == 0 {
			t.note(r.Line, "parent", bad("file.no_parent"))
			return "", false
		}
	} else if kind == "variable" {
		if sku := c.get("sku"); sku != "" {
			names = append(names, "sku:"+sku)
		}
		if id := c.get("id"); id != "" {
			names = append(names, "id:"+id)
		}
	}
	if kind != "variation" && kind != "variable" && kind != "simple" {
		t.note(r.Line, "type", bad("file.woo_type").With("value", shown(c.get("type"))))
		return "", false
	}
	return w.meet(t, "row:"+strconv.Itoa(r.Line), names), true
}

// now is what has become of a key.
func (w *woo) now(key string) string {
	last := key
	for next, moved := w.moved[last]; moved; next, moved = w.moved[last] {
		last = next
	}
	if last != key {
		w.moved[key] = last // so that no chain grows
	}
	return last
}

// meet is the key of a product by any of its names. Variations that came before their parent may have called it by
// different ones: they meet here.
func (w *woo) meet(t *table, key string, names []string) string {
	met := false
	for _, name := range names {
		alias, named := w.alias[name]
		switch known := w.now(alias); {
		case !named || known == key:
		case !met:
			key, met = known, true
		default:
			t.rows.merge(key, known)
			w.moved[known] = key
		}
	}
	for _, name := range names {
		w.alias[name] = key
	}
	return key
}

// wooType is what a row is: its other types say how it is delivered.
func wooType(types string) string {
	for _, one := range unjoined(strings.ToLower(types)) {
		if one != "virtual" && one != "downloadable" {
			return one
		}
	}
	return ""
}

const (
	wooHandle  = "meta: _parley_handle"
	wooBarcode = "gtin, upc, ean, or isbn"
)

var wooColumns = map[string]string{
	"handle": "Name", "title": "Name", "description": "Description", "category": "Categories", "vendor": "Brands",
	"variants.sku": "SKU", "variants.price": "Regular price", "variants.compare_at": "Regular price", "variants.weight": "Weight (kg)",
	"variants.on_hand": "Stock", "images.src": "Images", "images": "Images", "variants": "Type", "options": "Attribute 1 name",
	"options.name": "Attribute 1 name", "options.values": "Attribute 1 value(s)", "variants.values": "Attribute 1 value(s)",
}

var wooSilence = map[string]catalog.Silence{
	"brands": catalog.NoVendor, "categories": catalog.NoCategory, "description": catalog.NoDescription, "tags": catalog.NoTags,
	"published": catalog.NoState | catalog.NoVariantStates, "images": catalog.NoImages | catalog.NoVariantImages, "attribute 1 name": catalog.NoAttributes,
	wooBarcode: catalog.NoBarcodes, "sale price": catalog.NoCompareAt,
}

func (w *woo) listing(t *table, rows []row) catalog.Listing {
	parent := slices.IndexFunc(rows, func(r row) bool { return wooType(cells{table: t, row: r}.get("type")) != "variation" })
	d := newDraft(t, rows[max(parent, 0)].Line, wooColumns)
	d.Silent |= catalog.NoArchive | catalog.NoAlts | catalog.NoLines | catalog.NoLowBefore
	for column, silence := range wooSilence {
		if _, told := t.columns[column]; !told {
			d.Silent |= silence
		}
	}
	if _, told := weightColumn(t); !told {
		d.Silent |= catalog.NoWeights
	}
	if parent < 0 {
		cells{t, rows[0], &d.Errors}.bad("parent", bad("file.no_parent"))
		return d.done()
	}
	head := wooRow{cells{t, rows[parent], &d.Errors}, d}
	head.describe()
	if wooType(head.get("type")) == "simple" {
		head.attributes(nil)
		head.variant(nil, head, map[string]int{})
		return d.done()
	}
	var variations []wooRow
	for i, r := range rows {
		if i != parent {
			variations = append(variations, wooRow{cells{t, r, &d.Errors}, d})
		}
	}
	options := head.attributes(variations)
	seen := map[string]int{}
	for _, v := range variations {
		if wooType(v.get("type")) != "variation" {
			v.bad("sku", bad("file.same_parent").With("row", strconv.Itoa(head.Line)))
			continue
		}
		v.variant(options, head, seen)
	}
	return d.done()
}

// wooRow is a row on its way into a draft.
type wooRow struct {
	cells
	d *draft
}

func (r wooRow) describe() {
	p := &r.d.Product
	p.Title, p.Description, p.Vendor = r.text(r.get("name")), r.text(plain(r.get("description"))), r.get("brands")
	p.Tags, p.State, p.Kind = unjoined(r.get("tags")), r.state(), r.kind()
	if p.Handle = r.get(wooHandle); p.Handle == "" {
		p.Handle = handleOf(r.get("name"), r.get("id"), r.get("sku"))
	}
	if len(p.Title) == 0 {
		r.bad("name", bad("file.no_title"))
	}
	if paths := splitEscaped(r.get("categories"), ','); strings.TrimSpace(paths[0]) != "" {
		for _, name := range strings.Split(paths[0], ">") {
			if name = strings.TrimSpace(name); name != "" {
				r.d.Shelf = append(r.d.Shelf, r.text(name))
			}
		}
	}
	for i, link := range unjoined(r.get("images")) {
		r.d.picture(i+1, r.src(link), catalog.Text{})
	}
}

// handleOf is the handle of a product that has none: its name, and what tells it from others of that name.
func handleOf(name, id, sku string) string {
	slug := slugged(name)
	for _, more := range []string{id, sku} {
		if more = slugged(more); more != "" {
			return strings.Trim(slug+"-"+more, "-")
		}
	}
	return slug
}

func (r wooRow) state() catalog.State {
	switch published := r.get("published"); published {
	case "1", "true", "":
		return catalog.Active
	case "0", "-1", "false":
		return catalog.Draft
	default:
		r.bad("published", bad("file.number").With("value", shown(published)))
		return catalog.Draft
	}
}

func (r wooRow) kind() catalog.Kind {
	types := unjoined(strings.ToLower(r.get("type")))
	switch {
	case slices.Contains(types, "downloadable"):
		return catalog.Digital
	case slices.Contains(types, "virtual"):
		return catalog.Services
	default:
		return catalog.Physical
	}
}

var wooAttribute = regexp.MustCompile(`^attribute (\d+) name$`)

// attributes reads the options and facts of a product: options are those that its variations have values of.
// It returns the names of the options.
func (r wooRow) attributes(variations []wooRow) (options []string) {
	var numbers []int
	for column := range r.columns {
		if found := wooAttribute.FindStringSubmatch(column); found != nil {
			number, _ := strconv.Atoi(found[1]) // digits; too many of them name no column
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		name, values := r.get(fmt.Sprintf("attribute %d name", n)), unjoined(r.get(fmt.Sprintf("attribute %d value(s)", n)))
		chosen := slices.ContainsFunc(variations, func(v wooRow) bool { return v.chosen(name) != "" })
		switch {
		case name == "":
		case chosen:
			options = append(options, name)
			r.d.Product.Options = append(r.d.Product.Options, catalog.Option{Name: r.text(name)})
			for _, value := range values {
				r.d.value(len(options)-1, r.text(value))
			}
		case len(values) > 0:
			r.d.Product.Attributes = append(r.d.Product.Attributes, catalog.Attribute{Name: r.text(name), Value: r.text(strings.Join(values, ", "))})
		}
	}
	return options
}

// chosen is a variation's value of an attribute.
func (r wooRow) chosen(name string) string {
	for n := 1; ; n++ {
		column := fmt.Sprintf("attribute %d name", n)
		if _, there := r.columns[column]; !there || name == "" {
			return ""
		}
		if strings.EqualFold(r.get(column), name) {
			return strings.Join(splitEscaped(r.get(fmt.Sprintf("attribute %d value(s)", n)), ','), ",")
		}
	}
}

func (r wooRow) variant(options []string, head wooRow, seen map[string]int) {
	var values []catalog.ValueID
	for i, name := range options {
		value := r.chosen(name)
		if value == "" {
			r.bad(fmt.Sprintf("attribute %d value(s)", i+1), bad("file.no_value").With("value", name))
			return
		}
		values = append(values, r.d.value(i, r.text(value)))
	}
	picked := fmt.Sprint(values)
	if line, twice := seen[picked]; twice {
		r.bad("attribute 1 value(s)", bad("file.same_values").With("row", strconv.Itoa(line)))
		return
	}
	seen[picked] = r.Line
	v := catalog.Variant{SKU: r.get("sku"), Barcode: r.get(wooBarcode), Values: values, State: catalog.Active, Weight: r.weight(head)}
	v.Price, v.CompareAt = r.price("regular price"), r.price("sale price")
	if r.get("regular price") == "" {
		r.bad("regular price", bad("file.no_price"))
	}
	switch {
	case r.get("sale price") != "" && v.CompareAt.Minor < v.Price.Minor:
		v.Price, v.CompareAt = v.CompareAt, v.Price
	default:
		v.CompareAt = r.price("-")
	}
	r.stock(&v, head)
	image := ""
	if wooType(r.get("type")) == "variation" {
		v.State = r.state()
		if links := unjoined(r.get("images")); len(links) > 0 {
			image = r.src(links[0])
			r.d.picture(1<<30, image, catalog.Text{})
		}
	}
	r.d.variant(v, image)
}

// stock is a number of pieces, the parent's when a variation says so; without one it never runs out while there
// is any.
func (r wooRow) stock(v *catalog.Variant, head wooRow) {
	said := r
	if r.get("stock") == "parent" {
		said = head
	}
	backorders := said.get("backorders allowed?")
	switch {
	case said.get("stock") != "":
		v.Tracked, v.OnHand = backorders == "" || backorders == "0", max(said.whole("stock"), 0)
	case r.get("in stock?") == "0":
		v.Tracked = true
	}
}

var wooWeight = regexp.MustCompile(`^weight \((kg|g|lbs|oz)\)$`)

// grams is how many a unit of weight is.
var grams = map[string]float64{"kg": 1000, "g": 1, "lbs": 453.59237, "oz": 28.349523125}

func weightColumn(t *table) (string, bool) {
	for column := range t.columns {
		if wooWeight.MatchString(column) {
			return column, true
		}
	}
	return "", false
}

func (r wooRow) weight(head wooRow) int {
	column, told := weightColumn(r.table)
	text := r.get(column)
	if text == "" {
		text = head.get(column)
	}
	if !told || text == "" {
		return 0
	}
	weight, ok := weighed(text, grams[wooWeight.FindStringSubmatch(column)[1]])
	if !ok {
		r.bad(column, bad("file.number").With("value", shown(text)))
	}
	return weight
}

// weighed is a weight in grams, rounded.
func weighed(text string, unit float64) (int, bool) {
	value, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
	value *= unit
	if err != nil || !(value >= 0 && value < mostStock) {
		return 0, false
	}
	return int(value + 0.5), true
}
