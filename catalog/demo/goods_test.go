package demo

import (
	"regexp"
	"slices"
	"testing"

	"parley/catalog"
)

// variants calls check for each variant of both shops.
func (r *recorder) variants(check func(m catalog.Merchant, p catalog.Product, v catalog.Variant)) {
	for _, p := range r.products {
		for _, v := range p.Variants {
			check(r.merchants[p.Merchant-1], p, v)
		}
	}
}

func TestSKUsAndBarcodesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	opened(t).variants(func(_ catalog.Merchant, p catalog.Product, v catalog.Variant) {
		if !regexp.MustCompile(`^[A-Z0-9-]{3,20}$`).MatchString(v.SKU) {
			t.Errorf("%s: %q is hard to type", p.Handle, v.SKU)
		}
		for _, code := range []string{v.SKU, v.Barcode} {
			if code != "" && seen[code] {
				t.Errorf("%s: %s is used twice", p.Handle, code)
			}
			seen[code] = true
		}
	})
}

// The prefixes 200–299 are for use inside a shop (GS1 General Specifications, 2.1.11).
func TestGoodsHaveInStoreBarcodesWithRightCheckDigits(t *testing.T) {
	opened(t).variants(func(_ catalog.Merchant, p catalog.Product, v catalog.Variant) {
		if p.Kind != catalog.Physical {
			return
		}
		if len(v.Barcode) != 13 || v.Barcode[0] != '2' {
			t.Errorf("%s: %q is no in-store EAN-13", v.SKU, v.Barcode)
			return
		}
		sum := 0
		for i, digit := range []byte(v.Barcode) {
			sum += int(digit-'0') * (1 + 2*(i%2))
		}
		if sum%10 != 0 {
			t.Errorf("%s: the check digit of %s is wrong", v.SKU, v.Barcode)
		}
	})
}

func TestEachVariantIsAnotherChoiceOfOneValuePerOption(t *testing.T) {
	for _, p := range opened(t).products {
		choices := 1
		for _, o := range p.Options {
			choices *= len(o.Values)
		}
		if len(p.Variants) != choices {
			t.Errorf("%s: %d variants for %d choices", p.Handle, len(p.Variants), choices)
		}
		var seen [][]catalog.ValueID
		for _, v := range p.Variants {
			if slices.ContainsFunc(seen, func(s []catalog.ValueID) bool { return slices.Equal(s, v.Values) }) {
				t.Errorf("%s: %s is chosen as another is", p.Handle, v.SKU)
			}
			seen = append(seen, v.Values)
			checkValues(t, p, v)
		}
	}
}

func checkValues(t *testing.T, p catalog.Product, v catalog.Variant) {
	t.Helper()
	if len(v.Values) != len(p.Options) {
		t.Errorf("%s chooses %d of %d options", v.SKU, len(v.Values), len(p.Options))
		return
	}
	for i, o := range p.Options {
		if !slices.ContainsFunc(o.Values, func(value catalog.Value) bool { return value.ID == v.Values[i] }) {
			t.Errorf("%s: value %d is none of %s", v.SKU, v.Values[i], o.Name["en"])
		}
	}
}

func TestPricesAreSensible(t *testing.T) {
	reduced := 0
	opened(t).variants(func(m catalog.Merchant, _ catalog.Product, v catalog.Variant) {
		if v.Price.Currency != m.Currency || v.Price.Minor < 100 || v.Price.Minor > 1_000_00 {
			t.Errorf("%s costs %s", v.SKU, v.Price)
		}
		if v.CompareAt.IsZero() {
			return
		}
		reduced++
		if v.CompareAt.Currency != m.Currency || v.CompareAt.Minor <= v.Price.Minor {
			t.Errorf("%s costs %s instead of %s", v.SKU, v.Price, v.CompareAt)
		}
	})
	if reduced < 10 {
		t.Errorf("only %d variants are reduced", reduced)
	}
}

func TestOnlyGoodsAreWeighedCountedAndDelivered(t *testing.T) {
	r := opened(t)
	r.variants(func(m catalog.Merchant, p catalog.Product, v catalog.Variant) {
		goods := p.Kind == catalog.Physical
		if v.Tracked != goods || (v.Weight > 0) != goods || goods != (m.Slug == "meadow") {
			t.Errorf("%s: %s is %s, tracked %v, %d g", m.Slug, v.SKU, p.Kind, v.Tracked, v.Weight)
		}
	})
	kinds := map[catalog.DeliveryKind]int{}
	for _, d := range r.merchants[0].Delivery {
		kinds[d.Kind]++
		if d.Kind == catalog.Courier && (d.Price.Minor <= 0 || d.FreeFrom.Minor <= d.Price.Minor) {
			t.Errorf("the courier costs %s, nothing from %s", d.Price, d.FreeFrom)
		}
	}
	if kinds[catalog.Pickup] != 2 || kinds[catalog.Courier] != 1 || len(r.merchants[1].Delivery) != 0 {
		t.Errorf("deliveries are %v and %v", kinds, r.merchants[1].Delivery)
	}
}

func TestSomeThingsAreSoldOutOrNearlySo(t *testing.T) {
	r := opened(t)
	soldOut, low := 0, 0
	for _, p := range r.products {
		left := 0
		for _, v := range p.Variants {
			left += v.Free()
			if v.Tracked && v.OnHand > 0 && v.OnHand < 4 {
				low++
			}
		}
		if left == 0 {
			soldOut++
		}
	}
	if soldOut != 1 || low < 10 {
		t.Errorf("%d products are sold out, %d variants nearly", soldOut, low)
	}
}

func TestExamplesThatOthersRelyOnAreThere(t *testing.T) {
	r := opened(t)
	boot := r.product(t, "meadow", "trail-boot")
	gone := func(v catalog.Variant) bool { return v.Free() == 0 }
	if len(boot.Options) != 2 || boot.Options[0].Name["en"] != "Size" || boot.Options[1].Name["en"] != "Colour" ||
		!slices.ContainsFunc(boot.Variants, gone) {
		t.Errorf("trail-boot is %+v", boot)
	}
	mug := r.product(t, "meadow", "enamel-mug")
	if len(mug.Options) != 0 || !mug.Variants[0].Tracked || mug.Variants[0].OnHand < 25 {
		t.Errorf("enamel-mug is %+v", mug)
	}
	if kind := r.product(t, "studio", "pattern-ebook").Kind; kind != catalog.Digital {
		t.Errorf("pattern-ebook is %s", kind)
	}
	if kind := r.product(t, "studio", "style-consultation").Kind; kind != "service" {
		t.Errorf("style-consultation is %s", kind)
	}
}
