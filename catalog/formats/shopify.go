package formats

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"parley/catalog"
)

// shopify is Shopify's product CSV, as its help describes it: a product is all rows with one handle; its first row
// says what is true of the product, each row with a price or option values is a variant, and each with an image
// source is an image.
type shopify struct{}

func (shopify) format() Format { return Shopify }

func (shopify) key(t *table, r row) (string, bool) {
	handle := cells{table: t, row: r}.get("handle")
	if handle == "" {
		t.note(r.Line, "handle", bad("file.no_handle"))
	}
	return handle, handle != ""
}

// shopifyColumns is what Shopify calls a product's fields.
var shopifyColumns = map[string]string{
	"handle": "Handle", "title": "Title", "description": "Body (HTML)", "vendor": "Vendor", "category": "Type",
	"variants.sku": "Variant SKU", "variants.price": "Variant Price", "variants.compare_at": "Variant Compare At Price",
	"variants.weight": "Variant Grams", "variants.on_hand": "Variant Inventory Qty", "images.src": "Image Src",
	"images": "Image Src", "variants": "Variant Price", "options": "Option1 Name", "options.name": "Option1 Name",
	"options.values": "Option1 Value", "variants.values": "Option1 Value",
}

// shopifySilence is what a file says nothing of when it has no such column.
var shopifySilence = map[string]catalog.Silence{
	"vendor": catalog.NoVendor, "type": catalog.NoCategory, "body (html)": catalog.NoDescription, "tags": catalog.NoTags,
	"variant requires shipping": catalog.NoKind, "image src": catalog.NoImages, "image alt text": catalog.NoAlts,
	"variant sku": catalog.NoSKUs, "variant barcode": catalog.NoBarcodes, "variant compare at price": catalog.NoCompareAt,
	"variant grams": catalog.NoWeights, "variant inventory tracker": catalog.NoStock, "variant inventory qty": catalog.NoCounts, "variant image": catalog.NoVariantImages,
}

func (shopify) listing(t *table, rows []row) catalog.Listing {
	d := newDraft(t, rows[0].Line, shopifyColumns)
	d.Silent |= catalog.NoDigital | catalog.OtherAttributes | catalog.NoVariantStates | catalog.NoLines | catalog.NoValueOrder
	for column, silence := range shopifySilence {
		if _, told := t.columns[column]; !told {
			d.Silent |= silence
		}
	}
	_, status := t.columns["status"]
	if _, published := t.columns["published"]; !status && !published {
		d.Silent |= catalog.NoState
	}
	s := shopifyRow{d: d, seen: map[string]int{}}
	for i, r := range rows {
		s.cells = cells{t, r, &d.Errors}
		if i == 0 {
			s.describe()
		}
		s.picture()
		s.option()
	}
	return d.done()
}

// shopifyRow is a row on its way into a draft.
type shopifyRow struct {
	cells
	d    *draft
	seen map[string]int // rows of variants by their values
}

// metafield is a column of a fact of the shop's own: "Material (product.metafields.custom.material)".
var metafield = regexp.MustCompile(`^(.+) \(product\.metafields\.[^)]+\)$`)

// attributeOf is the name of the attribute that a column holds; empty: none.
func attributeOf(column string) string {
	lower := strings.ToLower(column)
	if strings.HasPrefix(lower, "seo ") || strings.HasPrefix(lower, "google shopping /") {
		return column
	}
	if own := metafield.FindStringSubmatch(column); own != nil {
		return own[1]
	}
	return ""
}

// describe reads what the first row of a product says of all of it.
func (s shopifyRow) describe() {
	p := &s.d.Product
	p.Handle, p.State, p.Kind, p.Vendor = s.get("handle"), s.state(), s.kind(), s.get("vendor")
	p.Title, p.Description, p.Tags = s.text(s.get("title")), s.text(plain(s.get("body (html)"))), tags(s.get("tags"))
	if shelf := s.get("type"); shelf != "" {
		s.d.Shelf = []catalog.Text{s.text(shelf)}
	}
	if len(p.Title) == 0 {
		s.bad("title", bad("file.no_title"))
	}
	for _, name := range s.names {
		attribute := attributeOf(name)
		if attribute == "" {
			continue
		}
		s.d.Named = append(s.d.Named, attribute)
		if value := s.get(strings.ToLower(name)); value != "" {
			p.Attributes = append(p.Attributes, catalog.Attribute{Name: s.text(attribute), Value: s.text(value)})
		}
	}
	for i := range 3 {
		name := s.get(fmt.Sprintf("option%d name", i+1))
		only := i == 0 && strings.EqualFold(name, "Title") && strings.EqualFold(s.get("option1 value"), "Default Title")
		if name == "" || only {
			break
		}
		p.Options = append(p.Options, catalog.Option{Name: s.text(name)})
	}
}

// picture reads the image of a row, and puts the one that a variant names among the product's.
func (s shopifyRow) picture() {
	next := 1 + len(s.d.pictures)
	if text := s.get("image position"); text != "" && s.get("image src") != "" {
		number, err := strconv.Atoi(text)
		if err != nil || number < 1 {
			s.bad("image position", bad("file.image_position"))
		}
		next = number
	}
	s.d.picture(next, s.src(s.get("image src")), s.text(s.get("image alt text")))
	s.d.picture(1<<30, s.src(s.get("variant image")), catalog.Text{})
}

// option reads the values of a row, and its variant if it has one.
func (s shopifyRow) option() {
	named := s.get("option1 value") != "" || s.get("variant price") != "" || s.get("variant sku") != ""
	if len(s.seen) > 0 && !named {
		return // a row of an image alone
	}
	var values []catalog.ValueID
	for i := range s.d.Product.Options {
		column := fmt.Sprintf("option%d value", i+1)
		value := s.get(column)
		if value == "" {
			s.bad(column, bad("file.no_value").With("value", s.d.Product.Options[i].Name[s.language()]))
			return
		}
		values = append(values, s.d.value(i, s.text(value)))
	}
	picked := fmt.Sprint(values)
	if line, twice := s.seen[picked]; twice {
		s.bad("option1 value", bad("file.same_values").With("row", strconv.Itoa(line)))
		return
	}
	s.seen[picked] = s.Line
	if s.get("variant price") == "" { // nothing is given away because a cell was forgotten
		s.bad("variant price", bad("file.no_price"))
	}
	v := s.variant()
	v.Values = values
	s.d.variant(v, s.src(s.get("variant image")))
}

// state is what Status says, else Published.
func (s shopifyRow) state() catalog.State {
	switch status := strings.ToLower(s.get("status")); status {
	case "active", "draft", "archived":
		if status == "active" && isNo(s.get("published")) {
			return catalog.Draft
		}
		return catalog.State(status)
	case "":
	default:
		s.bad("status", bad("file.status").With("value", shown(status)))
	}
	if isNo(s.get("published")) {
		return catalog.Draft
	}
	return catalog.Active
}

// kind is physical unless nothing is shipped: then it is a service if its type or a tag says so, else digital.
func (s shopifyRow) kind() catalog.Kind {
	told := strings.ToLower(s.get("type") + " " + s.get("tags"))
	switch {
	case !isNo(s.get("variant requires shipping")):
		return catalog.Physical
	case strings.Contains(told, "service") || strings.Contains(told, "услуг"):
		return catalog.Services
	default:
		return catalog.Digital
	}
}

func isNo(word string) bool { return strings.EqualFold(word, "false") }

func tags(list string) (tags []string) {
	for _, tag := range strings.Split(list, ",") {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// variant reads a row's price and stock. What is not tracked, or sold although there is none, never runs out.
// Less than nothing is nothing.
func (s shopifyRow) variant() catalog.Variant {
	v := catalog.Variant{
		SKU: s.get("variant sku"), Barcode: s.get("variant barcode"),
		State: catalog.Active, Price: s.price("variant price"), CompareAt: s.price("variant compare at price"),
		Weight: s.whole("variant grams"), OnHand: max(s.whole("variant inventory qty"), 0),
		Tracked: s.get("variant inventory tracker") != "" && !strings.EqualFold(s.get("variant inventory policy"), "continue"),
	}
	if v.Weight < 0 {
		s.bad("variant grams", bad("file.negative").With("value", strconv.Itoa(v.Weight)))
	}
	switch policy := strings.ToLower(s.get("variant inventory policy")); policy {
	case "", "deny", "continue":
	default:
		s.bad("variant inventory policy", bad("file.policy").With("value", shown(policy)))
	}
	return v
}
