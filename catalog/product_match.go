package catalog

import "slices"

// matched is the product with the ids of what it and what was there have in common; what is new has zero.
func (p Product) matched(was Product) Product {
	p.ID = was.ID
	picks := p.picks()
	options := match(p.Options, was.Options,
		func(a, b Option) bool { return alike(a.Name, b.Name) },
		func(a, b Option) bool { return a.ID != 0 && a.ID == b.ID })
	for i, k := range options {
		p.Options[i].ID = 0
		var old []Value
		if k >= 0 {
			p.Options[i].ID, old = was.Options[k].ID, was.Options[k].Values
		}
		p.Options[i].Values = matchedValues(p.Options[i].Values, old)
	}
	images := match(p.Images, was.Images, func(a, b Image) bool { return a.Src == b.Src })
	for i, k := range images {
		p.Images[i].ID = 0
		if k >= 0 {
			p.Images[i] = p.Images[i].as(was.Images[k])
		}
	}
	given := slices.Clone(p.Variants)
	p.resolve(picks)
	for i, k := range p.matchVariants(was, given) {
		p.Variants[i].ID = 0
		if k >= 0 {
			p.Variants[i].ID = was.Variants[k].ID
		}
	}
	return p
}

func matchedValues(values, was []Value) []Value {
	places := match(values, was,
		func(a, b Value) bool { return alike(a.Name, b.Name) },
		func(a, b Value) bool { return a.ID != 0 && a.ID == b.ID })
	for i, k := range places {
		values[i].ID = 0
		if k >= 0 {
			values[i].ID = was[k].ID
		}
	}
	return values
}

// matchVariants finds variants by id, else SKU, else values; an archived one without its SKU or id stays so.
func (p Product) matchVariants(was Product, given []Variant) []int {
	for i := range given {
		given[i].Values = p.Variants[i].Values
	}
	return match(given, was.Variants,
		func(a, b Variant) bool { return a.ID != 0 && a.ID == b.ID },
		func(a, b Variant) bool { return a.SKU != "" && a.SKU == b.SKU },
		func(a, b Variant) bool { return b.State != Archived && slices.Equal(a.Values, b.Values) },
		func(a, b Variant) bool { return a.SKU == "" && b.SKU == "" && slices.Equal(a.Values, b.Values) })
}

// match finds for each new thing the place of the old one that it is, or -1: first by the first rule, then
// what is left by the next one. No old thing is found twice.
func match[T any](now, was []T, rules ...func(a, b T) bool) []int {
	places, taken := make([]int, len(now)), make([]bool, len(was))
	for i := range places {
		places[i] = -1
	}
	for _, same := range rules {
		for i := range now {
			for k := 0; places[i] < 0 && k < len(was); k++ {
				if !taken[k] && same(now[i], was[k]) {
					places[i], taken[k] = k, true
				}
			}
		}
	}
	return places
}
