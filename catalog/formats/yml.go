package formats

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html/charset"

	"parley/catalog"
	"parley/catalog/fault"
)

// mostPart is how many bytes one offer, or whatever stands between two, may have.
const mostPart = 4 << 20

// offer is an offer of a YML file; offers with one group_id are the variants of one product.
type offer struct {
	Line        int      `xml:"-" json:"l"`
	ID          string   `xml:"id,attr"`
	Group       string   `xml:"group_id,attr"`
	Available   string   `xml:"available,attr"`
	Name        string   `xml:"name"`
	Prefix      string   `xml:"typePrefix"`
	Vendor      string   `xml:"vendor"`
	Model       string   `xml:"model"`
	URL         string   `xml:"url"`
	Price       string   `xml:"price"`
	OldPrice    string   `xml:"oldprice"`
	Currency    string   `xml:"currencyId"`
	Category    string   `xml:"categoryId"`
	Pictures    []string `xml:"picture"`
	Description string   `xml:"description"`
	Barcodes    []string `xml:"barcode"`
	Weight      string   `xml:"weight"`
	Count       string   `xml:"count"`
	Digital     string   `xml:"downloadable"`
	Params      []param  `xml:"param"`
}

type param struct {
	Name   string `xml:"name,attr"`
	Unit   string `xml:"unit,attr"`
	Option string `xml:"option,attr"` // our own: the param is an option even if all variants have the same value
	Value  string `xml:",chardata"`
}

// yml is Yandex Market Language being read.
type yml struct {
	source
	limit      *meter
	decoder    *xml.Decoder
	shelves    map[string]shelf
	currency   string // of all offers
	wrong      []catalog.RowError
	offers     *spool
	seen       map[string]int // rows of offers by id
	categories bool
}

type shelf struct{ name, parent string }

// openYML reads the offers of a catalogue and sorts them by product. What the file says of its encoding counts only
// where that is not known by its bytes.
func (of source) openYML(text io.Reader, known bool) (catalog.Reading, error) {
	offers, err := newSpool()
	if err != nil {
		return nil, err
	}
	y := &yml{source: of, limit: &meter{r: text, left: mostPart}, shelves: map[string]shelf{}, offers: offers, seen: map[string]int{}}
	y.decoder = xml.NewDecoder(y.limit)
	y.decoder.CharsetReader = func(label string, input io.Reader) (io.Reader, error) {
		if known {
			return input, nil
		}
		return charset.NewReaderLabel(label, input)
	}
	err = y.all()
	var refusal *fault.Error
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &refusal):
		y.note(refusal)
	case errors.Is(err, errLong):
		y.note(bad("file.part_long"))
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		y.note(bad("file.broken_xml"))
	case err != nil:
		if !strings.Contains(err.Error(), "xml:") && !strings.Contains(err.Error(), "encoding") {
			return nil, errors.Join(err, offers.close())
		}
		y.note(bad("file.broken_xml"))
	}
	y.seen, y.decoder, y.limit = nil, nil, nil
	return y, offers.full()
}

func (y *yml) line() int {
	line, _ := y.decoder.InputPos()
	return line
}

func (y *yml) note(refusal *fault.Error) {
	y.wrong = append(y.wrong, at(y.line(), "", refusal))
}

// all walks through the file: the categories, then the offers.
func (y *yml) all() error {
	var path []string
	for len(y.wrong) < mostWrong {
		y.limit.left = mostPart
		token, err := y.decoder.Token()
		if errors.Is(err, io.EOF) && len(path) == 0 && (len(y.wrong) > 0 || y.categories || len(y.offers.groups) > 0) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.Directive:
			if !harmless(string(token)) {
				return bad("file.dtd")
			}
		case xml.EndElement:
			path = path[:len(path)-1]
			if len(path) == 0 {
				return nil
			}
		case xml.StartElement:
			if path = append(path, token.Name.Local); len(path) == 1 && path[0] != "yml_catalog" {
				return bad("file.unknown")
			}
			taken, err := y.element(strings.Join(path[min(len(path), 1):], "/"), token)
			if err != nil {
				return err
			}
			if taken {
				path = path[:len(path)-1]
			}
			if len(path) > 50 {
				return bad("file.broken_xml")
			}
		}
	}
	return nil
}

// harmless says whether a directive may stay unread: old files of this format name their DTD, which nobody
// fetches. One that declares anything itself is refused, and so nothing is ever expanded.
func harmless(directive string) bool {
	return strings.HasPrefix(strings.TrimSpace(directive), "DOCTYPE") && !strings.ContainsAny(directive, "[<") &&
		!strings.Contains(strings.ToUpper(directive), "ENTITY")
}

// element takes what is wanted with all that is in it.
func (y *yml) element(path string, start xml.StartElement) (taken bool, err error) {
	switch path {
	case "shop/categories/category":
		var c struct {
			ID     string `xml:"id,attr"`
			Parent string `xml:"parentId,attr"`
			Name   string `xml:",chardata"`
		}
		if err := y.decoder.DecodeElement(&c, &start); err != nil {
			return false, err
		}
		y.categories = true
		y.shelves[c.ID] = shelf{strings.TrimSpace(c.Name), strings.TrimSpace(c.Parent)}
		return true, nil
	case "shop/offers":
		y.categories = true
	case "shop/offers/offer":
		line := y.line()
		var o offer
		if err := y.decoder.DecodeElement(&o, &start); err != nil {
			return false, err
		}
		o.Line = line
		return true, y.take(o)
	}
	return false, nil
}

// take keeps an offer for its product.
func (y *yml) take(o offer) error {
	o.ID, o.Group = strings.TrimSpace(o.ID), strings.TrimSpace(o.Group)
	currency := strings.ToUpper(strings.TrimSpace(o.Currency))
	if currency == "RUR" {
		currency = "RUB" // as it was called until 1998, and in this format still is
	}
	before, twice := y.seen[o.ID]
	switch {
	case o.ID == "":
		y.wrong = append(y.wrong, at(o.Line, "id", bad("file.no_handle")))
		return nil
	case twice:
		y.wrong = append(y.wrong, at(o.Line, "id", bad("file.same_id").With("row", itoa(before)).With("value", shown(o.ID))))
		return nil
	case y.currency != "" && currency != y.currency:
		return bad("file.currencies").With("value", shown(y.currency+", "+currency))
	case currency != "" && currency != string(y.shop.Currency):
		return bad("file.currency").With("value", shown(currency)).With("currency", string(y.shop.Currency))
	}
	if y.seen[o.ID] = o.Line; currency != "" {
		y.currency = currency
	}
	key := "group:" + o.Group
	if o.Group == "" {
		key = "offer:" + o.ID
	}
	return y.offers.add(key, o)
}

// Format is YML.
func (y *yml) Format() string { return string(YML) }

// Products is how many there are.
func (y *yml) Products() int { return len(y.offers.groups) }

// Errors is what is wrong with what belongs to no product.
func (y *yml) Errors() []catalog.RowError { return y.wrong }

// Next is the next product.
func (y *yml) Next() (catalog.Listing, error) {
	offers, err := take[offer](y.offers)
	if err != nil {
		return catalog.Listing{}, err
	}
	return y.listing(offers), nil
}

// Close lets the file go.
func (y *yml) Close() error { return y.offers.close() }
