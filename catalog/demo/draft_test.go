package demo

import (
	"strings"
	"testing"

	"parley/catalog"
	"parley/catalog/money"
)

func TestAFileWithAnythingUnknownIsRefused(t *testing.T) {
	for _, file := range []string{
		`{"slug": "a", "colour": "red"}`,
		`{"products": [{"handle": "a", "variants": [{"price": "1.00", "stok": 4}]}]}`,
		`{"name": {"en": 7}}`,
		`{"name": ["en"]}`,
		`{"slug": "a"} {"slug": "b"}`,
		`{"slug": "a"`,
		``,
	} {
		if s, err := decode([]byte(file)); err == nil {
			t.Errorf("%s was read as %+v", file, s)
		}
	}
}

func TestAnOutrightStringIsTheSameInBothLanguages(t *testing.T) {
	s, err := decode([]byte(`{"name": "42", "about": {"en": "Boots", "ru": "Ботинки"}}`))
	if err != nil || s.Name["en"] != "42" || s.Name["ru"] != "42" || s.About["ru"] != "Ботинки" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestADraftThatContradictsItselfIsRefused(t *testing.T) {
	good := func() product {
		return product{
			Handle: "boot", Options: []option{{Name: words{"en": "Size"}, Values: []words{{"en": "41"}, {"en": "42"}}}},
			Images:   []image{{Src: "boot.png"}},
			Variants: []variant{{SKU: "B", Choose: []string{"42"}, Price: "10.00", Was: "12.00", Image: "boot.png"}},
		}
	}
	m := catalog.Merchant{ID: 1, Currency: "USD"}
	p, err := good().product(m, 3)
	if err != nil || p.Variants[0].Values[0] != 2 || p.Variants[0].Image != 1 || p.Variants[0].CompareAt != money.Of(1200, "USD") {
		t.Fatalf("%+v, %v", p, err)
	}
	for _, bad := range []struct {
		says  string
		spoil func(*variant)
	}{
		{"money.malformed", func(v *variant) { v.Price = "ten" }},
		{"money.malformed", func(v *variant) { v.Was = "12.345" }},
		{`no Size is "43"`, func(v *variant) { v.Choose[0] = "43" }},
		{"0 of 1 options", func(v *variant) { v.Choose = nil }},
		{`no image is "x"`, func(v *variant) { v.Image = "x" }},
	} {
		draft := good()
		bad.spoil(&draft.Variants[0])
		if _, err := draft.product(m, 3); err == nil || !strings.Contains(err.Error(), bad.says) {
			t.Errorf("want %s, got %v", bad.says, err)
		}
	}
}

func TestAProductOnNoShelfIsRefused(t *testing.T) {
	err := stock(t.Context(), &recorder{}, catalog.Merchant{}, []product{{Handle: "boot", Category: "attic"}}, nil)
	if err == nil || !strings.Contains(err.Error(), `no category "attic"`) {
		t.Errorf("got %v", err)
	}
}
