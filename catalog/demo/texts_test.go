package demo

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"parley/catalog"
)

// texts are all wordings of the shops, by where they are.
func (r *recorder) texts() map[string][]catalog.Text {
	all := map[string][]catalog.Text{}
	for _, m := range r.merchants {
		all[m.Slug] = []catalog.Text{m.Name, m.About, m.Contacts.Address, m.Contacts.Hours}
		for _, d := range m.Delivery {
			all[m.Slug] = append(all[m.Slug], d.Name)
			if d.Kind == catalog.Pickup {
				all[m.Slug] = append(all[m.Slug], d.Address)
			}
		}
	}
	for _, c := range r.categories {
		all["shelf "+c.Slug] = []catalog.Text{c.Name}
	}
	for _, p := range r.products {
		all[p.Handle] = productTexts(p)
	}
	return all
}

func productTexts(p catalog.Product) []catalog.Text {
	texts := []catalog.Text{p.Title, p.Description}
	for _, a := range p.Attributes {
		texts = append(texts, a.Name, a.Value)
	}
	for _, o := range p.Options {
		texts = append(texts, o.Name)
		for _, v := range o.Values {
			texts = append(texts, v.Name)
		}
	}
	for _, i := range p.Images {
		texts = append(texts, i.Alt)
	}
	return texts
}

// international are values that need no translation: "42", "XL", "S (36–38)", "25 €", "+5 °C".
var international = regexp.MustCompile(`^[0-9SMLX–()€+°C ]+$`)

func TestEveryTextIsInBothLanguages(t *testing.T) {
	for where, texts := range opened(t).texts() {
		for _, text := range texts {
			en, ru := text["en"], text["ru"]
			switch {
			case len(text) != 2 || en == "" || ru == "":
				t.Errorf("%s: %v is not in two languages", where, text)
			case strings.ContainsFunc(en, isCyrillic):
				t.Errorf("%s: %q is not English", where, en)
			case !strings.ContainsFunc(ru, isCyrillic) && !international.MatchString(ru):
				t.Errorf("%s: %q is not Russian", where, ru)
			}
		}
	}
}

func isCyrillic(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }

func TestTextsAreTidy(t *testing.T) {
	untidy := regexp.MustCompile(`^\s|\s$|  |\n|\.\.|[a-zа-я]"`)
	for where, texts := range opened(t).texts() {
		for _, text := range texts {
			for _, wording := range text {
				if untidy.MatchString(wording) {
					t.Errorf("%s: %q is untidy", where, wording)
				}
			}
		}
	}
}

func TestEachProductIsDescribedAndTagged(t *testing.T) {
	for _, p := range opened(t).products {
		if len(p.Attributes) == 0 || len(p.Tags) == 0 || len(p.Images) == 0 || len(p.Description["ru"]) < 60 {
			t.Errorf("%s says too little of itself", p.Handle)
		}
		tag := regexp.MustCompile(`^[a-z-]+$`)
		if slices.ContainsFunc(p.Tags, func(s string) bool { return !tag.MatchString(s) }) {
			t.Errorf("%s: tags are %q", p.Handle, p.Tags)
		}
	}
}

func TestContactsReachNobody(t *testing.T) {
	for _, m := range opened(t).merchants {
		if !strings.HasSuffix(m.Contacts.Email, ".example") {
			t.Errorf("%s may be somebody's address", m.Contacts.Email)
		}
		if !regexp.MustCompile(`^\+1 \d{3} 555 01\d\d$`).MatchString(m.Contacts.Phone) { // reserved for fiction
			t.Errorf("%s may be somebody's phone", m.Contacts.Phone)
		}
	}
}
