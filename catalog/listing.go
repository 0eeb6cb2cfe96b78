package catalog

import (
	"maps"
	"slices"
	"strings"

	"parley/catalog/fault"
)

// Listing is one product as a file describes it. Its values and images have ids that hold within it only.
type Listing struct {
	Product   Product
	Row       int                 // where it begins; the header of a table is row 1
	Shelf     []Text              // the names of its category, from the top; none: it stands in none
	Languages []string            // those that the file speaks: wordings in others stay
	Spoken    map[string][]string // those of single fields ("title", "alt" …), where they differ
	Named     []string            // with OtherAttributes: the names of attributes that the file speaks of
	Silent    Silence             // what the file cannot say: it stays as it is
	Columns   map[string]string   // what the file calls a product's fields: "variants.price": "Variant Price"
	Errors    []RowError          // what is wrong with its rows
}

// Silence is what a file says nothing of. What it would leave empty stays as it was.
type Silence uint32

// What files may be silent of.
const (
	NoVendor Silence = 1 << iota
	NoCategory
	NoDescription
	NoTags
	NoKind
	NoDigital // it says that nothing is shipped, and not whether that is a file or a service
	NoState
	NoArchive // it says that a product is hidden, and not whether it is archived
	NoAttributes
	OtherAttributes // it speaks of some attributes; others stay
	NoImages
	NoImageOrder
	NoAlts
	NoLines // descriptions come as markup: where the lines end may differ
	NoSKUs
	NoBarcodes
	NoCompareAt
	NoWeights
	NoStock
	NoCounts // it says what is tracked, and not how many pieces there are
	NoVariantImages
	NoVariantStates
	NoValueOrder // values of options come as variants have them
	NoLowBefore  // a price before is told only if it is higher
)

func (s Silence) of(what Silence) bool { return s&what != 0 }

// RowError is what is wrong in one row of a file.
type RowError struct {
	Row     int    // the line where the row begins; the header is line 1
	Column  string // as the header calls it; empty: the row as a whole
	Refusal *fault.Error
}

// onto is the product of a listing as it would stand in the shop, in place of what was there: what the file
// says nothing of stays. The variants are done by settle, once they are matched.
func (l Listing) onto(p, was Product) Product {
	p.Position = was.Position
	if was.ID == 0 {
		return p
	}
	was = was.tidy("")
	l.describe(&p, was)
	l.classify(&p, was)
	for i := range p.Options {
		if k := slices.IndexFunc(was.Options, func(o Option) bool { return alike(o.Name, p.Options[i].Name) }); k >= 0 {
			p.Options[i] = l.option(p.Options[i], was.Options[k], was.used())
		}
	}
	p.Images = l.images(p.Images, was.Images)
	p.Attributes = l.attributes(p.Attributes, was.Attributes)
	return p
}

func (l Listing) describe(p *Product, was Product) {
	p.Title, p.Description = l.over("title", was.Title, p.Title), l.over("description", was.Description, p.Description)
	if l.Silent.of(NoDescription) {
		p.Description = was.Description
	}
	if l.Silent.of(NoLines) {
		for _, language := range l.spoken("description") {
			if old, ok := was.Description[language]; ok && sameWords(old, p.Description[language]) {
				p.Description[language] = old
			}
		}
	}
	if l.Silent.of(NoVendor) {
		p.Vendor = was.Vendor
	}
	if l.Silent.of(NoTags) || strings.Join(p.Tags, ", ") == strings.Join(was.Tags, ", ") { // a comma may be a tag's own
		p.Tags = was.Tags
	}
}

func (l Listing) classify(p *Product, was Product) {
	if l.Silent.of(NoCategory) || len(l.Shelf) == 0 {
		p.Category = was.Category
	}
	if l.Silent.of(NoKind) || l.Silent.of(NoDigital) && p.Kind != Physical && was.Kind != Physical {
		p.Kind = was.Kind
	}
	if l.Silent.of(NoState) || l.Silent.of(NoArchive) && p.State == Draft && was.State == Archived {
		p.State = was.State
	}
}

// sameWords says whether two texts differ at most in where their lines end.
func sameWords(a, b string) bool {
	words := func(text string) []string { return strings.Fields(strings.ReplaceAll(text, "•", " ")) }
	return slices.Equal(words(a), words(b))
}

func (l Listing) spoken(field string) []string {
	if languages, told := l.Spoken[field]; told {
		return languages
	}
	return l.Languages
}

// over is a wording with what the file says in its languages, and what was said in others.
func (l Listing) over(field string, was, now Text) Text {
	both := Text{}
	for language, words := range was {
		if !slices.Contains(l.spoken(field), language) {
			both[language] = words
		}
	}
	maps.Copy(both, now)
	return both
}

func (l Listing) option(o, was Option, used map[ValueID]bool) Option {
	o.Name = l.over("options", was.Name, o.Name)
	o.Values = slices.Clone(o.Values)
	places, last := make(map[ValueID]int, len(o.Values)), ValueID(0)
	for i, value := range o.Values {
		places[value.ID], last = len(was.Values)+i, max(last, value.ID)
		if k := slices.IndexFunc(was.Values, func(v Value) bool { return alike(v.Name, value.Name) }); k >= 0 {
			o.Values[i].Name = l.over("values", was.Values[k].Name, value.Name)
			places[value.ID] = k
		}
	}
	if !l.Silent.of(NoValueOrder) {
		return o
	}
	for k, old := range was.Values {
		if !used[old.ID] && !slices.ContainsFunc(o.Values, func(v Value) bool { return alike(v.Name, old.Name) }) {
			last++
			o.Values, places[last] = append(o.Values, Value{ID: last, Name: old.Name}), k
		}
	}
	slices.SortStableFunc(o.Values, func(a, b Value) int { return places[a.ID] - places[b.ID] })
	return o
}

// used is the values that variants of a product have.
func (p Product) used() map[ValueID]bool {
	used := map[ValueID]bool{}
	for _, v := range p.Variants {
		for _, value := range v.Values {
			used[value] = used[value] || v.State != Archived
		}
	}
	return used
}

func (l Listing) images(now, was []Image) []Image {
	if l.Silent.of(NoImages) {
		return was
	}
	now = slices.Clone(now)
	for i := range now {
		if k := slices.IndexFunc(was, func(o Image) bool { return o.Src == now[i].Src }); k >= 0 {
			now[i].Alt = l.over("alt", was[k].Alt, now[i].Alt)
			if l.Silent.of(NoAlts) {
				now[i].Alt = was[k].Alt
			}
		}
	}
	place := func(image Image) int {
		return slices.IndexFunc(was, func(o Image) bool { return o.Src == image.Src })
	}
	if l.Silent.of(NoImageOrder) && len(now) == len(was) && !slices.ContainsFunc(now, func(i Image) bool { return place(i) < 0 }) {
		slices.SortStableFunc(now, func(a, b Image) int { return place(a) - place(b) })
	}
	return now
}

// attributes are what the file says, at the places where the shop has them, and what it says nothing of.
func (l Listing) attributes(now, was []Attribute) []Attribute {
	if l.Silent.of(NoAttributes) {
		return was
	}
	var all []Attribute
	told := make([]bool, len(now))
	for _, old := range was {
		k := slices.IndexFunc(now, func(a Attribute) bool { return alike(a.Name, old.Name) })
		twice := k >= 0 && told[k]
		for k >= 0 && told[k] { // the next of the same name
			if next := slices.IndexFunc(now[k+1:], func(a Attribute) bool { return alike(a.Name, old.Name) }); next >= 0 {
				k += 1 + next
			} else {
				k = -1
			}
		}
		switch {
		case k >= 0:
			told[k] = true
			all = append(all, Attribute{Name: l.over("attributes", old.Name, now[k].Name), Value: l.over("attributes", old.Value, now[k].Value)})
		case l.Silent.of(OtherAttributes) && (twice || !l.names(old)), !twice && l.unspeakable(old):
			all = append(all, old)
		}
	}
	for i, one := range now {
		if !told[i] {
			all = append(all, one)
		}
	}
	return all
}

// unspeakable says whether an attribute has no name in any language of the file.
func (l Listing) unspeakable(old Attribute) bool {
	return !slices.ContainsFunc(l.spoken("attributes"), func(language string) bool { return old.Name[language] != "" })
}

// names says whether a file has a place for an attribute that it leaves out.
func (l Listing) names(old Attribute) bool {
	return slices.ContainsFunc(l.Languages, func(language string) bool {
		return old.Value[language] != "" && slices.ContainsFunc(l.Named, func(name string) bool { return fold(old.Name[language]) == fold(name) })
	})
}

// settle gives matched variants what the file says nothing of.
func (l Listing) settle(p *Product, was Product, picks []pick) {
	for i := range p.Variants {
		v := &p.Variants[i]
		old, existed := was.variant(v.ID)
		if !existed {
			continue
		}
		if l.Silent.of(NoSKUs) {
			v.SKU = old.SKU
		}
		if l.Silent.of(NoBarcodes) {
			v.Barcode = old.Barcode
		}
		if l.Silent.of(NoCompareAt) || l.Silent.of(NoLowBefore) && v.CompareAt.IsZero() && old.CompareAt.Minor <= v.Price.Minor {
			v.CompareAt = old.CompareAt
		}
		if l.Silent.of(NoWeights) {
			v.Weight = old.Weight
		}
		if l.Silent.of(NoStock) {
			v.Tracked = old.Tracked
		}
		if l.Silent.of(NoVariantStates) && old.State != Archived {
			v.State = old.State
		}
		l.settleImage(p, old, &picks[i])
	}
}

// settleImage keeps a variant's image where the file says nothing of it; no image and the product's first are
// the same to a buyer, so neither takes the place of the other.
func (l Listing) settleImage(p *Product, old Variant, chosen *pick) {
	was := -1
	if old.Image != 0 {
		was = slices.IndexFunc(p.Images, func(i Image) bool { return i.ID == old.Image })
	}
	if l.Silent.of(NoVariantImages) || chosen.Image <= 0 && was <= 0 {
		chosen.Image = was
	}
}
