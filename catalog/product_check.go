package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/catalog/money"
)

// What one product can have.
const (
	mostOptions  = 3
	mostVariants = 2000
	mostImages   = 250
	mostLetters  = 1 << 20 // of a description; titles and the like have 1000
)

// isHandle says whether a product can have the handle: 1 to 255 letters, digits, marks, dots, hyphens and low lines.
func isHandle(name string) bool {
	return isLinkName(name, 255, func(sign rune) bool { return unicode.Is(unicode.M, sign) || strings.ContainsRune("._-", sign) })
}

// isLinkName says whether a name in links begins with a letter or a digit of any script, goes on with more of them and
// what else it may have, and is not too long. An expression that counts letters of any script is megabytes large.
func isLinkName(name string, most int, also func(rune) bool) bool {
	for i, sign := range name {
		if !unicode.IsLetter(sign) && !unicode.IsNumber(sign) && (i == 0 || !also(sign)) {
			return false
		}
	}
	return name != "" && utf8.RuneCountInString(name) <= most
}

// tidy fills in what may be left out, in a copy, so that equal products compare equal.
func (p Product) tidy(c money.Currency) Product {
	if p.Kind == "" {
		p.Kind = Physical
	}
	if p.State == "" {
		p.State = Draft
	}
	p.Title, p.Description, p.Vendor = tidyText(p.Title), tidyText(p.Description), strings.TrimSpace(p.Vendor)
	p.Tags, p.Attributes = none(slices.Clone(p.Tags)), none(slices.Clone(p.Attributes))
	p.Options, p.Images, p.Variants = none(slices.Clone(p.Options)), none(slices.Clone(p.Images)), none(slices.Clone(p.Variants))
	for i := range p.Options {
		p.Options[i].Name = tidyText(p.Options[i].Name)
		p.Options[i].Values = slices.Clone(p.Options[i].Values)
		for j := range p.Options[i].Values {
			p.Options[i].Values[j].Name = tidyText(p.Options[i].Values[j].Name)
		}
	}
	for i := range p.Images {
		p.Images[i] = p.Images[i].tidy()
	}
	for i := range p.Variants {
		p.Variants[i] = p.Variants[i].tidy(c)
	}
	return p
}

func (v Variant) tidy(c money.Currency) Variant {
	if v.State == "" {
		v.State = Active
	}
	if (v.Price == money.Amount{}) {
		v.Price.Currency = c
	}
	if v.CompareAt.IsZero() {
		v.CompareAt = money.Amount{}
	}
	v.SKU, v.Barcode = strings.TrimSpace(v.SKU), strings.TrimSpace(v.Barcode)
	v.Values = none(slices.Clone(v.Values))
	return v
}

// none is nil for an empty slice.
func none[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

// tidyText is the wordings that say something, never nil.
func tidyText(t Text) Text {
	tidied := Text{}
	for language, words := range t {
		if words = strings.TrimSpace(words); words != "" {
			tidied[language] = words
		}
	}
	return tidied
}

// Like says whether two wordings agree in some language, whatever their case.
func (t Text) Like(other Text) bool { return alike(t, other) }

// alike says whether two wordings agree in some language.
func alike(a, b Text) bool {
	for language, words := range a {
		if words != "" && fold(words) == fold(b[language]) {
			return true
		}
	}
	return false
}

// check refuses a product that cannot be sold as it is described. It expects a tidy one.
func (p Product) check(c money.Currency) error {
	switch {
	case !isHandle(p.Handle):
		return invalid("handle", "catalog.handle").With("value", p.Handle)
	case p.Kind != Physical && p.Kind != Digital && p.Kind != Services:
		return invalid("kind", "catalog.kind").With("value", string(p.Kind))
	case !isState(p.State):
		return invalid("state", "catalog.state").With("value", string(p.State))
	case len(p.Title) == 0:
		return invalid("title", "catalog.nameless")
	case longest(p.Title) > 1000:
		return invalid("title", "catalog.too_long")
	case longest(p.Description) > mostLetters:
		return invalid("description", "catalog.too_long")
	case len(p.Images) > mostImages:
		return invalid("images", "catalog.too_many").With("count", fmt.Sprint(mostImages))
	case len(p.Variants) > mostVariants:
		return invalid("variants", "catalog.too_many").With("count", fmt.Sprint(mostVariants))
	case p.State == Active && !slices.ContainsFunc(p.Variants, func(v Variant) bool { return v.State == Active }):
		return invalid("variants", "catalog.no_variants")
	}
	for _, text := range append([]string{p.Vendor}, p.Tags...) {
		if !isText(text) {
			return invalid("vendor", "catalog.not_text")
		}
	}
	if err := p.checkOptions(); err != nil {
		return err
	}
	return p.checkVariants(c)
}

func (p Product) checkOptions() error {
	if len(p.Options) > mostOptions {
		return invalid("options", "catalog.too_many").With("count", fmt.Sprint(mostOptions))
	}
	for i, option := range p.Options {
		field := fmt.Sprintf("options[%d]", i)
		if len(option.Name) == 0 {
			return invalid(field+".name", "catalog.nameless")
		}
		if len(option.Values) == 0 {
			return invalid(field+".values", "catalog.no_values")
		}
		refs := map[ValueID]bool{}
		for j, value := range option.Values {
			if len(value.Name) == 0 {
				return invalid(fmt.Sprintf("%s.values[%d]", field, j), "catalog.nameless")
			}
			twice := slices.ContainsFunc(option.Values[:j], func(v Value) bool { return maps.Equal(v.Name, value.Name) })
			if refs[value.ID] || twice {
				return invalid(fmt.Sprintf("%s.values[%d]", field, j), "catalog.same_value")
			}
			refs[value.ID] = true
		}
	}
	for i, image := range p.Images {
		if image.Src == "" || !isText(image.Src) || len(image.Src) > 4096 {
			return invalid(fmt.Sprintf("images[%d].src", i), "catalog.image")
		}
	}
	return nil
}

func (p Product) checkVariants(c money.Currency) error {
	choices, skus := map[string]bool{}, map[string]bool{}
	for i, v := range p.Variants {
		field := fmt.Sprintf("variants[%d]", i)
		picked := fmt.Sprint(v.Values)
		switch {
		case !p.offers(v.Values):
			return invalid(field+".values", "catalog.values")
		case choices[picked]:
			return invalid(field+".values", "catalog.same_values")
		case v.SKU != "" && skus[v.SKU]:
			return invalid(field+".sku", "catalog.sku_twice").With("value", v.SKU)
		case utf8.RuneCountInString(v.SKU) > 255 || utf8.RuneCountInString(v.Barcode) > 255:
			return invalid(field+".sku", "catalog.too_long")
		case !isText(v.SKU) || !isText(v.Barcode):
			return invalid(field+".sku", "catalog.not_text")
		case !priced(v.Price, c):
			return invalid(field+".price", "catalog.price")
		case !priced(v.CompareAt, c):
			return invalid(field+".compare_at", "catalog.price")
		case v.Weight < 0 || v.Weight > mostStock:
			return invalid(field+".weight", "catalog.weight")
		case v.OnHand < 0 || v.OnHand > mostStock:
			return invalid(field+".on_hand", "catalog.on_hand")
		case !isState(v.State):
			return invalid(field+".state", "catalog.state").With("value", string(v.State))
		case v.Image != 0 && !slices.ContainsFunc(p.Images, func(i Image) bool { return i.ID == v.Image }):
			return invalid(field+".image", "catalog.image")
		}
		choices[picked], skus[v.SKU] = true, true
	}
	return nil
}

// offers says whether values are one of each option, in order.
func (p Product) offers(values []ValueID) bool {
	if len(values) != len(p.Options) {
		return false
	}
	for i, option := range p.Options {
		if !slices.ContainsFunc(option.Values, func(v Value) bool { return v.ID == values[i] }) {
			return false
		}
	}
	return true
}

// isText says whether both engines can keep it.
func isText(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

func longest(t Text) (most int) {
	for _, words := range t {
		most = max(most, utf8.RuneCountInString(words))
	}
	return most
}
