package formats

import (
	"slices"

	"parley/catalog"
)

// draft is a listing that is being put together: its values and pictures get their numbers as they come.
type draft struct {
	catalog.Listing
	pictures []picture
	wants    []string // the picture that each variant names
}

type picture struct {
	place int // where it wants to be
	image catalog.Image
}

func newDraft(t *table, line int, columns map[string]string) *draft {
	return &draft{Listing: catalog.Listing{Row: line, Languages: []string{t.language()}, Columns: columns}}
}

// picture adds a picture at a place, or takes a better place or wording of one that is there.
func (d *draft) picture(place int, src string, alt catalog.Text) {
	known := slices.IndexFunc(d.pictures, func(p picture) bool { return p.image.Src == src })
	switch {
	case src == "":
	case known < 0:
		d.pictures = append(d.pictures, picture{place, catalog.Image{ID: catalog.ImageID(len(d.pictures) + 1), Src: src, Alt: alt}})
	default:
		d.pictures[known].place = min(d.pictures[known].place, place)
		if len(d.pictures[known].image.Alt) == 0 {
			d.pictures[known].image.Alt = alt
		}
	}
}

// value is the number of a value of an option, which is added when it is new.
func (d *draft) value(option int, name catalog.Text) catalog.ValueID {
	o := &d.Product.Options[option]
	if i := slices.IndexFunc(o.Values, func(v catalog.Value) bool { return v.Name.Like(name) }); i >= 0 {
		return o.Values[i].ID
	}
	o.Values = append(o.Values, catalog.Value{ID: catalog.ValueID(len(o.Values) + 1), Name: name})
	return o.Values[len(o.Values)-1].ID
}

// variant adds a variant that shows a picture; empty: none of its own.
func (d *draft) variant(v catalog.Variant, src string) {
	d.Product.Variants, d.wants = append(d.Product.Variants, v), append(d.wants, src)
}

// done puts the pictures in order and gives the variants theirs.
func (d *draft) done() catalog.Listing {
	slices.SortStableFunc(d.pictures, func(a, b picture) int { return a.place - b.place })
	for _, placed := range d.pictures {
		d.Product.Images = append(d.Product.Images, placed.image)
		for k, src := range d.wants {
			if src != "" && src == placed.image.Src {
				d.Product.Variants[k].Image = placed.image.ID
			}
		}
	}
	return d.Listing
}
