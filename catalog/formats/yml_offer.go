package formats

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
)

var ymlColumns = map[string]string{
	"handle": "id", "title": "name", "description": "description", "vendor": "vendor", "category": "categoryId", "variants.sku": "id",
	"variants.price": "price", "variants.compare_at": "oldprice", "variants.weight": "weight", "variants.on_hand": "count", "images.src": "picture",
	"images": "picture", "variants": "offer", "options": "param", "options.name": "param", "options.values": "param", "variants.values": "param",
}

// listing makes a product of its offers: params that differ between them are its options, the others facts.
func (y *yml) listing(offers []offer) catalog.Listing {
	head := offers[0]
	d := &draft{Listing: catalog.Listing{Row: head.Line, Languages: []string{y.language()}, Columns: ymlColumns}}
	d.Silent = catalog.NoTags | catalog.NoKind | catalog.NoState | catalog.NoImageOrder | catalog.NoAlts | catalog.NoLines | catalog.NoVariantStates |
		catalog.NoValueOrder | catalog.NoLowBefore
	p := &d.Product
	handle, own := y.handle(head)
	if own {
		d.Silent |= catalog.NoStock // our feeds do not tell it
	}
	p.Handle, p.State, p.Vendor = handle, catalog.Active, strings.TrimSpace(head.Vendor)
	p.Title, p.Description = y.text(title(offers)), y.text(plain(head.Description))
	if strings.EqualFold(strings.TrimSpace(head.Digital), "true") {
		p.Kind = catalog.Digital
	}
	if len(p.Title) == 0 {
		d.Errors = append(d.Errors, at(head.Line, "name", bad("file.no_title")))
	}
	y.place(d, head)
	options := y.params(d, offers)
	for _, o := range offers {
		for i, link := range o.Pictures {
			if link = y.src(link); i > 0 || len(d.pictures) == 0 {
				d.picture(len(d.pictures)+1, link, catalog.Text{})
			} else {
				d.picture(1<<20, link, catalog.Text{})
			}
		}
	}
	seen := map[string]int{}
	for _, o := range offers {
		y.variant(d, o, own, options, seen)
	}
	return d.done()
}

// place finds the category of an offer.
func (y *yml) place(d *draft, o offer) {
	id := strings.TrimSpace(o.Category)
	for depth := 0; id != ""; depth++ {
		found, ok := y.shelves[id]
		if !ok || depth > 50 || found.name == "" {
			d.Errors = append(d.Errors, at(o.Line, "categoryId", bad("file.category").With("value", shown(id))))
			return
		}
		d.Shelf = append([]catalog.Text{y.text(found.name)}, d.Shelf...)
		id = found.parent
		if id == "0" {
			return
		}
	}
}

// handle is the handle of a product, and whether the file is our own: then its address names it.
func (y *yml) handle(o offer) (handle string, own bool) {
	if address, err := url.Parse(strings.TrimSpace(o.URL)); err == nil && y.site != "" {
		named := address.Query().Get("p")
		address.RawQuery, address.Fragment = "", ""
		if named != "" && address.String() == y.site+"/chat/"+y.shop.Slug {
			return named, true
		}
	}
	if o.Group != "" {
		return slugged(o.Group), false
	}
	return slugged(o.ID), false
}

// title is what the names of offers have in common, at whole words; the first one's when that is too little.
func title(offers []offer) string {
	names := make([][]string, len(offers))
	for i, o := range offers {
		name := o.Name
		if strings.TrimSpace(name) == "" {
			name = strings.Join([]string{o.Prefix, o.Vendor, o.Model}, " ")
		}
		names[i] = strings.Fields(name)
	}
	if !slices.ContainsFunc(offers, func(o offer) bool { return o.Name != offers[0].Name }) && strings.TrimSpace(offers[0].Name) != "" {
		return strings.TrimSpace(offers[0].Name)
	}
	common := names[0]
	for _, other := range names[1:] {
		n := 0
		for n < len(common) && n < len(other) && common[n] == other[n] {
			n++
		}
		common = common[:n]
	}
	said := strings.TrimRight(strings.Join(common, " "), " ,;(-–—/")
	if len(common) == len(names[0]) || len([]rune(said)) < 4 {
		return strings.Join(names[0], " ")
	}
	return said
}

// params sorts the params of offers into options and facts, and returns the names of the options.
func (y *yml) params(d *draft, offers []offer) (options []string) {
	var names []string
	values := map[string][]string{} // of each offer, by name
	forced := map[string]bool{}
	for i, o := range offers {
		for _, one := range o.Params {
			name := strings.TrimSpace(one.Name)
			if name == "" {
				continue
			}
			if values[name] == nil {
				values[name] = make([]string, len(offers))
				names = append(names, name)
			}
			if values[name][i] == "" {
				values[name][i] = one.value()
			}
			forced[name] = forced[name] || one.Option != ""
		}
	}
	for _, name := range names {
		differ := slices.ContainsFunc(values[name], func(v string) bool { return v != values[name][0] })
		whole := !slices.Contains(values[name], "")
		switch {
		case forced[name], differ && whole && len(options) < 3:
			options = append(options, name)
			d.Product.Options = append(d.Product.Options, catalog.Option{Name: y.text(name)})
		default:
			first := slices.IndexFunc(values[name], func(v string) bool { return v != "" })
			if first >= 0 {
				d.Product.Attributes = append(d.Product.Attributes, catalog.Attribute{Name: y.text(name), Value: y.text(values[name][first])})
			}
		}
	}
	return options
}

func (p param) value() string {
	value := strings.TrimSpace(p.Value)
	if unit := strings.TrimSpace(p.Unit); unit != "" && value != "" {
		value += " " + unit
	}
	return value
}

func (o offer) param(name string) string {
	for _, one := range o.Params {
		if strings.TrimSpace(one.Name) == name {
			return one.value()
		}
	}
	return ""
}

// unnamed is the id that our own files give to a variant without a SKU.
var unnamed = regexp.MustCompile(`^v-\d+$`)

func (y *yml) variant(d *draft, o offer, own bool, options []string, seen map[string]int) {
	wrong := func(column string, refusal *fault.Error) { d.Errors = append(d.Errors, at(o.Line, column, refusal)) }
	var values []catalog.ValueID
	for i, name := range options {
		value := o.param(name)
		if value == "" {
			wrong("param", bad("file.no_value").With("value", shown(name)))
			return
		}
		values = append(values, d.value(i, y.text(value)))
	}
	picked := fmt.Sprint(values)
	if line, twice := seen[picked]; twice {
		wrong("param", bad("file.same_values").With("row", strconv.Itoa(line)))
		return
	}
	seen[picked] = o.Line
	v := catalog.Variant{SKU: o.ID, Values: values, State: catalog.Active}
	if own && unnamed.MatchString(o.ID) {
		v.SKU = ""
	}
	if len(o.Barcodes) > 0 {
		v.Barcode = strings.TrimSpace(o.Barcodes[0])
	}
	if strings.TrimSpace(o.Price) == "" {
		wrong("price", bad("file.no_price"))
	}
	v.Price, v.CompareAt = y.price(o.Price, "price", wrong), y.price(o.OldPrice, "oldprice", wrong)
	if text := strings.TrimSpace(o.Weight); text != "" {
		weight, ok := weighed(text, 1000)
		if !ok {
			wrong("weight", bad("file.number").With("value", shown(text)))
		}
		v.Weight = weight
	}
	switch text := strings.TrimSpace(o.Count); {
	case text != "":
		count, err := strconv.Atoi(text)
		if err != nil || count > mostStock {
			wrong("count", bad("file.number").With("value", shown(text)))
		}
		v.Tracked, v.OnHand = true, max(count, 0)
	case strings.EqualFold(strings.TrimSpace(o.Available), "false"):
		v.Tracked = true
	}
	image := ""
	if len(o.Pictures) > 0 {
		image = y.src(o.Pictures[0])
	}
	d.variant(v, image)
}

func (y *yml) price(text, column string, wrong func(string, *fault.Error)) money.Amount {
	if text = strings.TrimSpace(text); text == "" {
		return money.Amount{}
	}
	amount, refusal := priced(text, y.shop.Currency)
	if refusal != nil {
		wrong(column, refusal)
	}
	return amount
}
