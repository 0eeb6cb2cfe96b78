package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"

	"parley/catalog"
	"parley/catalog/money"
)

//go:embed meadow.json studio.json
var drafts embed.FS

// files are the shops in the order in which they are opened.
var files = []string{"meadow.json", "studio.json"}

// shop is a file: a merchant with everything it sells. Amounts are plain decimals of its currency.
type shop struct {
	Slug       string         `json:"slug"`
	Name       words          `json:"name"`
	About      words          `json:"about"`
	Languages  []string       `json:"languages"`
	Currency   money.Currency `json:"currency"`
	TimeZone   string         `json:"time_zone"`
	Contacts   contacts       `json:"contacts"`
	Delivery   []delivery     `json:"delivery"`
	Synonyms   [][]string     `json:"synonyms"`
	Categories []category     `json:"categories"`
	Products   []product      `json:"products"`
}

type contacts struct {
	Phone   string `json:"phone"`
	Email   string `json:"email"`
	Address words  `json:"address"`
	Hours   words  `json:"hours"`
}

type delivery struct {
	Kind     string `json:"kind"`
	Name     words  `json:"name"`
	Address  words  `json:"address"`
	Price    string `json:"price"`
	FreeFrom string `json:"free_from"`
}

type category struct {
	Slug   string     `json:"slug"`
	Name   words      `json:"name"`
	Inside []category `json:"inside"`
}

type product struct {
	Handle      string      `json:"handle"`
	Category    string      `json:"category"` // its slug
	Kind        string      `json:"kind"`
	Vendor      string      `json:"vendor"`
	Title       words       `json:"title"`
	Description words       `json:"description"`
	Attributes  []attribute `json:"attributes"`
	Tags        []string    `json:"tags"`
	Options     []option    `json:"options"`
	Images      []image     `json:"images"`
	Variants    []variant   `json:"variants"`
}

type attribute struct {
	Name  words `json:"name"`
	Value words `json:"value"`
}

type option struct {
	Name   words   `json:"name"`
	Values []words `json:"values"`
}

type image struct {
	Src string `json:"src"` // a name that Pictures knows
	Alt words  `json:"alt"`
}

type variant struct {
	SKU     string   `json:"sku"`
	Barcode string   `json:"barcode"`
	Choose  []string `json:"choose"` // the English name of one value of each option, in order
	Price   string   `json:"price"`
	Was     string   `json:"was"`
	Weight  int      `json:"weight"` // grams
	Stock   *int     `json:"stock"`  // left out: never runs out
	Image   string   `json:"image"`  // the src of one of the product's images
}

// words is a text in both languages, written as one string when it is the same in both: "42".
type words catalog.Text

// UnmarshalJSON reads either form.
func (w *words) UnmarshalJSON(data []byte) error {
	var same string
	if json.Unmarshal(data, &same) == nil {
		*w = words{"en": same, "ru": same}
		return nil
	}
	return json.Unmarshal(data, (*catalog.Text)(w))
}

// read is the shop of an embedded file.
func read(file string) (shop, error) {
	data, err := drafts.ReadFile(file)
	if err != nil {
		return shop{}, fmt.Errorf("read demo shop: %w", err)
	}
	s, err := decode(data)
	if err != nil {
		return shop{}, fmt.Errorf("read %s: %w", file, err)
	}
	return s, nil
}

// decode refuses what it does not know, so that no misspelt field is silently lost.
func decode(data []byte) (s shop, err error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return shop{}, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return shop{}, fmt.Errorf("something follows the shop at byte %d", decoder.InputOffset())
	}
	return s, nil
}
