package catalog

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/catalog/money"
)

// Limits of a file of products.
const (
	mostFile  = 64 << 20 // bytes
	mostField = 1 << 20  // bytes
)

// RowError is what is wrong in one row of a file.
type RowError struct {
	Row      int    // the line where the row begins; the header is line 1
	Column   string // as the header calls it; empty: the row as a whole
	Sentence string // in English
}

// listing is one product as a file describes it.
type listing struct {
	row     int
	product Product
	shelf   string // the product's type; a category by that name
	wrong   bool   // some of its rows are in the errors already
}

// shopify is the reading of Shopify's product CSV, as its help describes it: a product is all rows with one
// handle; its first row says what is true of the product, each row with a price or option values is a
// variant, and each with an image source is an image.
type shopify struct {
	language string
	currency money.Currency
	columns  map[string]int
	names    []string // as the file writes them
	row      int
	fields   []string
	drafts   []*draft
	byHandle map[string]*draft
	errors   []RowError
}

// draft is a product that is being put together.
type draft struct {
	listing
	handle string
	seen   map[string]int // rows of variants by their values
	images []placedImage
	wants  []string // the image source that each variant names
}

type placedImage struct {
	place int
	image Image
}

// readShopify translates a file. Everything that is wrong with it is in the errors; other errors are the
// reader's.
func readShopify(r io.Reader, language string, c money.Currency) ([]listing, []RowError, error) {
	limited := &io.LimitedReader{R: r, N: mostFile + 1}
	rows := csv.NewReader(unmarked(limited))
	rows.FieldsPerRecord = -1
	s := &shopify{language: language, currency: c, byHandle: map[string]*draft{}}
	for {
		fields, err := rows.Read()
		var malformed *csv.ParseError
		switch {
		case limited.N <= 0:
			s.row, s.errors = 1, nil
			s.wrong("", "The file is larger than 64 MB.")
			return nil, s.errors, nil
		case errors.Is(err, io.EOF):
			if s.columns == nil {
				s.row = 1
				s.wrong("", "The file is empty.")
			}
			return s.listings(), s.errors, nil
		case errors.As(err, &malformed):
			s.row = malformed.StartLine
			s.wrong("", "The row cannot be read: a quotation mark is missing or stands where it should not.")
			return nil, s.errors, nil
		case err != nil:
			return nil, nil, err
		}
		s.row, _ = rows.FieldPos(0)
		if s.take(fields); s.columns == nil {
			return nil, s.errors, nil
		}
	}
}

// unmarked skips a byte order mark.
func unmarked(r io.Reader) io.Reader {
	buffered := bufio.NewReader(r)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3) // just seen
	}
	return buffered
}

func (s *shopify) wrong(column, sentence string) {
	if i, ok := s.columns[column]; ok {
		column = s.names[i]
	}
	s.errors = append(s.errors, RowError{s.row, column, sentence})
}

// take reads the next row, the first one as the header.
func (s *shopify) take(fields []string) {
	switch {
	case s.columns == nil:
		s.header(fields)
	case !s.legible(fields):
	case slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != "" }):
		s.fields = fields
		s.product()
	}
}

func (s *shopify) header(fields []string) {
	columns := map[string]int{}
	for i, name := range fields {
		name = strings.TrimSpace(name)
		s.names = append(s.names, name)
		if _, twice := columns[strings.ToLower(name)]; !twice {
			columns[strings.ToLower(name)] = i
		}
	}
	for _, needed := range []string{"Handle", "Title"} {
		if _, ok := columns[strings.ToLower(needed)]; !ok {
			s.wrong(needed, "The first row has no column of this name; it should be the header of a Shopify product export.")
			return
		}
	}
	s.columns = columns
}

// legible says whether a row can be kept, and why not.
func (s *shopify) legible(fields []string) bool {
	if len(fields) > len(s.names) {
		s.wrong("", "The row has more fields than the header.")
		return false
	}
	for i, field := range fields {
		switch {
		case len(field) > mostField:
			s.errors = append(s.errors, RowError{s.row, s.names[i], "The field is longer than 1 MB."})
			return false
		case !utf8.ValidString(field) || strings.Contains(field, "\x00"):
			s.errors = append(s.errors, RowError{s.row, s.names[i], "The field is not UTF-8 text; save the file as UTF-8."})
			return false
		}
	}
	return true
}

// get is a field by the lower-case name of its column; empty when there is no such field.
func (s *shopify) get(column string) string {
	if i, ok := s.columns[column]; ok && i < len(s.fields) {
		return strings.TrimSpace(s.fields[i])
	}
	return ""
}

func (s *shopify) product() {
	handle := s.get("handle")
	if handle == "" {
		s.wrong("handle", "The handle is empty.")
		return
	}
	before := len(s.errors)
	d, known := s.byHandle[handle]
	if !known {
		d = &draft{handle: handle, seen: map[string]int{}}
		s.byHandle[handle] = d
		s.drafts = append(s.drafts, d)
		s.describe(d)
	}
	s.picture(d)
	s.option(d)
	d.wrong = d.wrong || len(s.errors) > before
}

// describe reads what the first row of a product says of all of it.
func (s *shopify) describe(d *draft) {
	d.row, d.shelf = s.row, s.get("type")
	d.product = Product{
		Handle: d.handle, State: s.state(), Kind: s.kind(), Vendor: s.get("vendor"),
		Title: s.text(s.get("title")), Description: s.text(plain(s.get("body (html)"))), Tags: tags(s.get("tags")),
	}
	if !productHandle.MatchString(d.handle) {
		s.wrong("handle", "A handle is letters, digits and hyphens, at most 255.")
	}
	if len(d.product.Title) == 0 {
		s.wrong("title", "The first row of a product has no title.")
	}
	for i, name := range s.names {
		lower := strings.ToLower(name)
		told := strings.HasPrefix(lower, "seo ") || strings.HasPrefix(lower, "google shopping /")
		if value := s.get(lower); told && value != "" && s.columns[lower] == i {
			d.product.Attributes = append(d.product.Attributes, Attribute{Name: s.text(name), Value: s.text(value)})
		}
	}
	for i := range mostOptions {
		name := s.get(fmt.Sprintf("option%d name", i+1))
		only := i == 0 && strings.EqualFold(name, "Title") && strings.EqualFold(s.get("option1 value"), "Default Title")
		if name == "" || only {
			break
		}
		d.product.Options = append(d.product.Options, Option{Name: s.text(name)})
	}
}

func (s *shopify) text(words string) Text {
	if words == "" {
		return Text{}
	}
	return Text{s.language: words}
}

// picture reads the image of a row, and puts the one that a variant names among the product's.
func (s *shopify) picture(d *draft) {
	place := len(d.images) + 1
	if text := s.get("image position"); text != "" && s.get("image src") != "" {
		number, err := strconv.Atoi(text)
		if err != nil || number < 1 {
			s.wrong("image position", "The position of an image is a number from 1.")
		}
		place = number
	}
	s.addImage(d, place, s.get("image src"), s.get("image alt text"))
	s.addImage(d, 1<<30, s.get("variant image"), "")
}

func (s *shopify) addImage(d *draft, place int, src, alt string) {
	known := slices.IndexFunc(d.images, func(p placedImage) bool { return p.image.Src == src })
	switch {
	case src == "":
	case known < 0:
		d.images = append(d.images, placedImage{place, Image{ID: ImageID(len(d.images) + 1), Src: src, Alt: s.text(alt)}})
	default:
		d.images[known].place = min(d.images[known].place, place)
		if len(d.images[known].image.Alt) == 0 {
			d.images[known].image.Alt = s.text(alt)
		}
	}
}

// option reads the values of a row, and its variant if it has one.
func (s *shopify) option(d *draft) {
	first := len(d.seen) == 0
	named := s.get("option1 value") != "" || s.get("variant price") != "" || s.get("variant sku") != ""
	if !first && !named {
		return // a row of an image alone
	}
	var values []ValueID
	for i := range d.product.Options {
		value := s.get(fmt.Sprintf("option%d value", i+1))
		if value == "" {
			s.wrong(fmt.Sprintf("option%d value", i+1), "The variant has no value for the option "+d.product.Options[i].Name[s.language]+".")
			return
		}
		values = append(values, d.product.Options[i].value(s.text(value)))
	}
	if line, twice := d.seen[fmt.Sprint(values)]; twice {
		s.wrong("option1 value", fmt.Sprintf("Row %d has the same option values.", line))
		return
	}
	d.seen[fmt.Sprint(values)] = s.row
	v := s.variant()
	v.Values = values
	d.product.Variants, d.wants = append(d.product.Variants, v), append(d.wants, s.get("variant image"))
}

// value is the reference of a value, which is added when it is new.
func (o *Option) value(name Text) ValueID {
	if i := slices.IndexFunc(o.Values, func(v Value) bool { return alike(v.Name, name) }); i >= 0 {
		return o.Values[i].ID
	}
	o.Values = append(o.Values, Value{ID: ValueID(len(o.Values) + 1), Name: name})
	return o.Values[len(o.Values)-1].ID
}

// listings puts the images in order and gives the variants theirs.
func (s *shopify) listings() []listing {
	listings := make([]listing, len(s.drafts))
	for i, d := range s.drafts {
		slices.SortStableFunc(d.images, func(a, b placedImage) int { return a.place - b.place })
		for _, placed := range d.images {
			d.product.Images = append(d.product.Images, placed.image)
			for k, src := range d.wants {
				if src == placed.image.Src {
					d.product.Variants[k].Image = placed.image.ID
				}
			}
		}
		d.listing.product = d.product
		listings[i] = d.listing
	}
	return listings
}
