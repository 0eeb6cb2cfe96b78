package formats

import (
	"io"
	"strconv"
	"strings"

	"parley/catalog"
)

// Feed is a list of what a shop sells, for those who show it elsewhere.
type Feed string

// Feeds, as their addresses name them.
const (
	YMLFeed    Feed = "yml"    // Yandex Market Language
	GoogleFeed Feed = "google" // Google Merchant Center, RSS 2.0 (https://support.google.com/merchants/answer/7052112)
)

// WriteFeed writes what is for sale: with absolute links to the chat about each product and to its pictures, and
// without what is nobody's business, such as how many pieces there are.
func (f Files) WriteFeed(to io.Writer, feed Feed, g Goods) error {
	w := newWriting(f, g)
	if feed == GoogleFeed {
		return w.google(to)
	}
	return w.yml(to, false)
}

// Limits of Google's fields, in letters.
const (
	googleTitle       = 150
	googleDescription = 5000
	googlePictures    = 10
	googleID          = 50
)

func (w *writing) google(to io.Writer) error {
	t := newTags(to)
	shop := w.goods.Shop
	t.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\">\n<channel>\n")
	t.element("title", shop.Name.In(w.language))
	t.element("link", w.site+"/chat/"+shop.Slug)
	t.raw("<description>")
	t.text(shop.About.In(w.language))
	t.raw("</description>\n")
	for p, err := range w.goods.Products() {
		if err != nil {
			return err
		}
		if p.State != catalog.Active {
			continue
		}
		for _, v := range p.Variants {
			if v.State == catalog.Active {
				w.item(t, p, v)
			}
		}
	}
	t.raw("</channel>\n</rss>\n")
	return t.end()
}

func (w *writing) item(t *tagWriter, p catalog.Product, v catalog.Variant) {
	title, names := p.Title.In(w.language), w.named(p, v)
	if len(names) > 0 {
		title += " " + strings.Join(names, " / ")
	}
	description := p.Description.In(w.language)
	if description == "" {
		description = title
	}
	t.raw("<item>\n")
	t.element("g:id", firstLetters(offerID(v), googleID))
	t.element("g:title", firstLetters(title, googleTitle))
	t.element("g:description", firstLetters(description, googleDescription))
	t.element("g:link", w.page(p))
	for i, link := range w.pictures(p, v) {
		switch {
		case i == 0:
			t.element("g:image_link", link)
		case i <= googlePictures:
			t.element("g:additional_image_link", link)
		}
	}
	availability := "out_of_stock"
	if v.Free() > 0 {
		availability = "in_stock"
	}
	t.element("g:availability", availability)
	sale, regular := salePrices(v)
	t.element("g:price", regular+" "+string(v.Price.Currency))
	if sale != "" {
		t.element("g:sale_price", sale+" "+string(v.Price.Currency))
	}
	t.element("g:condition", "new")
	t.element("g:brand", p.Vendor)
	if isGTIN(v.Barcode) {
		t.element("g:gtin", v.Barcode)
	} else {
		t.element("g:identifier_exists", "no")
	}
	if len(p.Options) > 0 {
		t.element("g:item_group_id", strconv.FormatInt(int64(p.ID), 10))
	}
	t.element("g:product_type", w.shelfNames(p.Category))
	if v.Weight > 0 {
		t.element("g:shipping_weight", strconv.Itoa(v.Weight)+" g")
	}
	for i, name := range names {
		if field := googleOption(p.Options[i].Name); field != "" {
			t.element(field, name)
		}
	}
	t.raw("</item>\n")
}

func (w *writing) shelfNames(id catalog.CategoryID) string {
	var names []string
	for _, c := range w.shelves[id] {
		names = append(names, c.Name.In(w.language))
	}
	return strings.Join(names, " > ")
}

// googleOption is the field of an option that Google knows.
func googleOption(name catalog.Text) string {
	for _, words := range name {
		switch strings.ToLower(words) {
		case "size", "размер":
			return "g:size"
		case "colour", "color", "цвет":
			return "g:color"
		case "material", "материал":
			return "g:material"
		}
	}
	return ""
}

// isGTIN says whether a barcode is a number of a product in trade: 8, 12, 13 or 14 digits of which the last one
// checks the others (GS1 General Specifications, 7.9).
func isGTIN(code string) bool {
	if n := len(code); n != 8 && n != 12 && n != 13 && n != 14 {
		return false
	}
	sum := 0
	for i := range len(code) {
		digit := int(code[i] - '0')
		if digit < 0 || digit > 9 {
			return false
		}
		if (len(code)-i)%2 == 0 {
			digit *= 3
		}
		sum += digit
	}
	return sum%10 == 0
}
