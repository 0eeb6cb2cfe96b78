package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// mostChanges is how many differences of a product are told.
const mostChanges = 100

// differences is what changes in a product, in words, for who decides about it.
func (st *staging) differences(was Product, to staged) []Change {
	d := &differ{language: st.shop.Languages[0]}
	now := to.Product
	now.Variants = slices.Clone(now.Variants)
	now.resolve(to.Picks)
	d.texts("title", was.Title, now.Title)
	d.texts("description", was.Description, now.Description)
	d.differ("state", string(was.State), string(now.State))
	d.differ("kind", string(was.Kind), string(now.Kind))
	d.differ("category", st.tree.called(was.Category, d.language), st.tree.called(now.Category, d.language))
	d.differ("vendor", was.Vendor, now.Vendor)
	d.differ("tags", strings.Join(was.Tags, ", "), strings.Join(now.Tags, ", "))
	d.differ("attributes", d.attributes(was.Attributes), d.attributes(now.Attributes))
	d.differ("options", d.options(was.Options), d.options(now.Options))
	d.differ("images", d.images(was.Images), d.images(now.Images))
	d.variants(was, to)
	return d.changes[:min(len(d.changes), mostChanges)]
}

// called is a category's names from the top: "Shoes > Boots".
func (t tree) called(id CategoryID, language string) string {
	var names []string
	for _, above := range t.path(id) {
		names = append(names, t[above].name.In(language))
	}
	slices.Reverse(names)
	return strings.Join(names, " > ")
}

type differ struct {
	language string
	changes  []Change
}

func (d *differ) differ(field, was, now string) {
	if was != now {
		d.changes = append(d.changes, Change{field, firstLetters(was, 200), firstLetters(now, 200)})
	}
}

func (d *differ) texts(field string, was, now Text) {
	languages := maps.Clone(was)
	if languages == nil {
		languages = Text{}
	}
	maps.Copy(languages, now)
	for _, language := range slices.Sorted(maps.Keys(languages)) {
		d.differ(field+":"+language, was[language], now[language])
	}
}

// said is a wording in all its languages, the shop's own first: "black / чёрный".
func (d *differ) said(t Text) string {
	said := []string{t.In(d.language)}
	for _, language := range slices.Sorted(maps.Keys(t)) {
		if words := t[language]; words != "" && !slices.Contains(said, words) {
			said = append(said, words)
		}
	}
	return strings.Join(said, " / ")
}

func (d *differ) attributes(all []Attribute) string {
	var said []string
	for _, a := range all {
		said = append(said, d.said(a.Name)+": "+d.said(a.Value))
	}
	return strings.Join(said, "; ")
}

func (d *differ) options(all []Option) string {
	var said []string
	for _, o := range all {
		var values []string
		for _, v := range o.Values {
			values = append(values, d.said(v.Name))
		}
		said = append(said, d.said(o.Name)+": "+strings.Join(values, ", "))
	}
	return strings.Join(said, "; ")
}

func (d *differ) images(all []Image) string {
	var said []string
	for _, i := range all {
		one := i.Src
		if alt := d.said(i.Alt); alt != "" {
			one += " (" + alt + ")"
		}
		said = append(said, one)
	}
	return strings.Join(said, ", ")
}

func (d *differ) variants(was Product, to staged) {
	for i, v := range to.Product.Variants {
		name := v.SKU
		if name == "" {
			name = to.Product.label(to.Picks[i].Values).In(d.language)
		}
		old, existed := was.variant(v.ID)
		if !existed {
			d.differ(strings.TrimSpace(name+" variant"), "", v.Price.String())
			continue
		}
		for _, field := range []struct{ name, was, now string }{
			{"SKU", old.SKU, v.SKU}, {"barcode", old.Barcode, v.Barcode}, {"price", old.Price.Major(), v.Price.Major()},
			{"price before", formerly(old), formerly(v)}, {"weight", strconv.Itoa(old.Weight), strconv.Itoa(v.Weight)},
			{"tracked", strconv.FormatBool(old.Tracked), strconv.FormatBool(v.Tracked)}, {"state", string(old.State), string(v.State)},
			{"image", src(was, old.Image), srcAt(to.Product, to.Picks[i].Image)},
		} {
			d.differ(strings.TrimSpace(name+" "+field.name), field.was, field.now)
		}
	}
	for _, old := range was.Variants {
		if _, stays := to.Product.variant(old.ID); !stays && old.State != Archived {
			name := old.SKU
			if name == "" {
				name = fmt.Sprint(old.ID)
			}
			d.differ(name+" variant", old.Price.String(), "")
		}
	}
}

func formerly(v Variant) string {
	if v.CompareAt.IsZero() {
		return ""
	}
	return v.CompareAt.Major()
}

func src(p Product, id ImageID) string {
	return srcAt(p, slices.IndexFunc(p.Images, func(i Image) bool { return id != 0 && i.ID == id }))
}

func srcAt(p Product, place int) string {
	if place < 0 {
		return ""
	}
	return p.Images[place].Src
}
