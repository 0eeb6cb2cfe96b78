package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// opened is a shop with two shelves, boots within shoes.
func opened(t testing.TB, d *db.DB) (b *bench, shoes, boots catalog.CategoryID) {
	t.Helper()
	b = open(d)
	shop, err := b.SaveMerchant(t.Context(), catalog.Merchant{
		Slug: "north", Name: catalog.Text{"en": "North"}, Languages: []string{"en", "ru"}, Currency: "USD",
	})
	ok(t, err)
	b.shop = shop.ID
	top, err := b.SaveCategory(t.Context(), catalog.Category{Merchant: b.shop, Slug: "shoes", Name: catalog.Text{"en": "Shoes", "ru": "Обувь"}})
	ok(t, err)
	below, err := b.SaveCategory(t.Context(), catalog.Category{Merchant: b.shop, Slug: "boots", Parent: top.ID, Name: catalog.Text{"en": "Boots"}})
	ok(t, err)
	return b, top.ID, below.ID
}

func (b *bench) save(t testing.TB, p catalog.Product) catalog.Product {
	t.Helper()
	p.Merchant = b.shop
	saved, err := b.SaveProduct(t.Context(), p)
	ok(t, err)
	return saved
}

func usd(minor int64) money.Amount { return money.Of(minor, "USD") }

func en(words string) catalog.Text { return catalog.Text{"en": words} }

// wool is a product of two options in three variants.
func wool(category catalog.CategoryID) catalog.Product {
	return catalog.Product{
		Category: category, Handle: "wool-boots", State: catalog.Active, Title: catalog.Text{"en": "Wool Boots", "ru": "Тёплые ботинки"},
		Description: en("Warm."), Vendor: "Rustic", Tags: []string{"Winter"},
		Attributes: []catalog.Attribute{{Name: en("Material"), Value: en("Wool")}},
		Options: []catalog.Option{
			{Name: en("Size"), Values: []catalog.Value{{ID: 1, Name: en("41")}, {ID: 2, Name: en("42")}}},
			{Name: en("Colour"), Values: []catalog.Value{{ID: 1, Name: catalog.Text{"en": "black", "ru": "чёрный"}}, {ID: 2, Name: en("red")}}},
		},
		Images: []catalog.Image{{ID: 1, Src: "front.svg", Alt: en("front")}, {ID: 2, Src: "red.svg"}},
		Variants: []catalog.Variant{
			{SKU: "W-41-B", Price: usd(5000), CompareAt: usd(6000), Tracked: true, OnHand: 3, Values: []catalog.ValueID{1, 1}, Weight: 900},
			{SKU: "W-42-B", Price: usd(5500), Tracked: true, OnHand: 0, Values: []catalog.ValueID{2, 1}},
			{Barcode: "4600001", Price: usd(5500), Values: []catalog.ValueID{2, 2}, Image: 2},
		},
	}
}

func simple(handle string, category catalog.CategoryID) catalog.Product {
	return catalog.Product{
		Handle: handle, Category: category, State: catalog.Active, Title: en(handle),
		Variants: []catalog.Variant{{Price: usd(100), Tracked: true, OnHand: 1}},
	}
}

func TestAProductIsFoundAsItWasSaved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		saved := b.save(t, wool(boots))
		byHandle, err := b.FindByHandle(t.Context(), b.shop, "wool-boots")
		ok(t, err)
		if diff := cmp.Diff(saved, byHandle); diff != "" {
			t.Error(diff)
		}
		want := wool(boots)
		want.ID, want.Merchant, want.Kind = saved.ID, b.shop, catalog.Physical
		want.Images[1].Alt = catalog.Text{}
		for i := range want.Images {
			want.Images[i].ID, want.Images[i].State = saved.Images[i].ID, catalog.ImageReady
		}
		for i := range want.Options {
			want.Options[i].ID = saved.Options[i].ID
			for j := range want.Options[i].Values {
				want.Options[i].Values[j].ID = saved.Options[i].Values[j].ID
			}
		}
		for i, picked := range [][2]int{{0, 0}, {1, 0}, {1, 1}} {
			v := &want.Variants[i]
			v.ID, v.Product, v.State = saved.Variants[i].ID, saved.ID, catalog.Active
			v.Values = []catalog.ValueID{saved.Options[0].Values[picked[0]].ID, saved.Options[1].Values[picked[1]].ID}
		}
		want.Variants[2].Image = saved.Images[1].ID
		if diff := cmp.Diff(want, saved); diff != "" {
			t.Error(diff)
		}
		items, err := b.Sellable(t.Context(), b.shop, saved.Variants[2].ID, saved.Variants[0].ID, 999)
		ok(t, err)
		if len(items) != 2 || items[0].Src != "front.svg" || items[1].Src != "red.svg" || items[1].Options["en"] != "42 / red" ||
			items[0].Options["ru"] != "41 / чёрный" || !items[0].Active || items[0].Title["ru"] != "Тёплые ботинки" || items[0].Price != usd(5000) {
			t.Errorf("%+v", items)
		}
		if theirs, err := b.Sellable(t.Context(), b.shop+1, saved.Variants[0].ID); fault.KindOf(err) != fault.Missing || theirs != nil {
			t.Errorf("another shop sells it: %v, %v", theirs, err)
		}
		_, err = b.Find(t.Context(), b.shop, saved.ID+1)
		refused(t, err, "catalog.no_product")
		b.sound(t)
	})
}

func TestSavingAgainKeepsIdsAndStock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		first := b.save(t, wool(boots))
		ok(t, b.Reserve(t.Context(), b.shop, "cart:1", nil, []catalog.Want{{first.Variants[0].ID, 2}}))
		again := b.save(t, wool(boots))
		first.Variants[0].Reserved = 2
		if diff := cmp.Diff(first, again); diff != "" {
			t.Error(diff)
		}

		// 41 goes, 43 comes first, black and red change places, an SKU moves to the other colour.
		next := wool(boots)
		next.Options[0].Values = []catalog.Value{{ID: 7, Name: en("43")}, {ID: 8, Name: en("42")}}
		next.Options[1].Values = []catalog.Value{{ID: 5, Name: en("red")}, {ID: 6, Name: en("black")}}
		next.Variants = []catalog.Variant{
			{SKU: "W-43-R", Price: usd(7000), Tracked: true, OnHand: 4, Values: []catalog.ValueID{7, 5}},
			{SKU: "W-42-B", Price: usd(5500), Tracked: true, OnHand: 77, Values: []catalog.ValueID{8, 5}},
			{SKU: "W-42-X", Price: usd(5600), Values: []catalog.ValueID{8, 6}},
		}
		changed := b.save(t, next)
		if changed.Options[0].Values[1].ID != first.Options[0].Values[1].ID || changed.Options[1].Values[0].ID != first.Options[1].Values[1].ID {
			t.Errorf("values lost their ids: %+v, were %+v", changed.Options, first.Options)
		}
		if changed.Variants[1].ID != first.Variants[1].ID || changed.Variants[1].OnHand != 0 {
			t.Errorf("an SKU became another variant, or its stock was set: %+v", changed.Variants)
		}
		if changed.Variants[0].OnHand != 4 || len(changed.Variants) != 3 {
			t.Errorf("%+v", changed.Variants)
		}
		items, err := b.Sellable(t.Context(), b.shop, first.Variants[0].ID)
		ok(t, err)
		if len(items) != 1 || items[0].Active || items[0].Options["en"] != "41 / black" || items[0].Reserved != 2 {
			t.Errorf("what is gone is remembered as %+v", items)
		}
		ok(t, b.Take(t.Context(), "cart:1", "order:1", "buyer"))
		b.sound(t)

		back := b.save(t, wool(boots))
		if back.Variants[0].ID != first.Variants[0].ID || back.Variants[0].OnHand != 1 {
			t.Errorf("an SKU that came back is %+v, was %+v", back.Variants[0], first.Variants[0])
		}
		b.sound(t)
	})
}

func TestVariantsCanSwapSKUs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		p := b.save(t, wool(boots))
		p.Variants[0].SKU, p.Variants[1].SKU = p.Variants[1].SKU, p.Variants[0].SKU
		swapped := b.save(t, p)
		if diff := cmp.Diff(p, swapped); diff != "" {
			t.Error(diff)
		}
		p.Variants = p.Variants[1:]
		p.Variants[0].SKU = "W-42-B" // what the one that is gone has
		if kept := b.save(t, p); kept.Variants[0].ID != p.Variants[0].ID || kept.Variants[0].SKU != "W-42-B" {
			t.Errorf("%+v", kept.Variants)
		}
		b.sound(t)
	})
}

func TestAVariantThatBeginsToBeTrackedOpensItsStock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		p := b.save(t, wool(boots))
		p.Variants[2].Tracked, p.Variants[2].OnHand = true, 6
		if p = b.save(t, p); p.Variants[2].OnHand != 6 {
			t.Errorf("%+v", p.Variants[2])
		}
		b.sound(t)
	})
}

func TestShelvesCountAndListWhatStandsBelow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, boots := opened(t, d)
		for i := range 5 {
			b.save(t, simple(fmt.Sprint("boot-", i), boots))
		}
		b.save(t, simple("sandal", shoes))
		b.save(t, simple("gift", 0))
		hidden := simple("hidden", boots)
		hidden.State = catalog.Draft
		b.save(t, hidden)
		_, err := b.SaveCategory(t.Context(), catalog.Category{Merchant: b.shop, Slug: "empty", Name: en("Empty")})
		ok(t, err)

		top, err := b.Browse(t.Context(), b.shop, 0)
		ok(t, err)
		if len(top) != 1 || top[0].ID != shoes || top[0].Products != 6 || top[0].Children != 1 {
			t.Errorf("the top is %+v", top)
		}
		list := func(category catalog.CategoryID, page catalog.Page) string {
			t.Helper()
			found, err := b.Products(t.Context(), b.shop, category, page)
			ok(t, err)
			names := []string{}
			for _, p := range found.Products {
				names = append(names, p.Title["en"])
			}
			return fmt.Sprint(found.Total, " ", names)
		}
		for _, want := range []struct {
			category catalog.CategoryID
			page     catalog.Page
			list     string
		}{
			{shoes, catalog.Page{Limit: 2}, "6 [boot-0 boot-1]"},
			{shoes, catalog.Page{Offset: 4, Limit: 9}, "6 [boot-4 sandal]"},
			{boots, catalog.Page{Offset: 9}, "5 []"},
			{0, catalog.Page{Offset: 5}, "7 [sandal gift]"},
		} {
			if got := list(want.category, want.page); got != want.list {
				t.Errorf("category %d, %+v: %s, want %s", want.category, want.page, got, want.list)
			}
		}

		// Boots leave shoes; one of them is no longer sold; another stands first.
		_, err = b.SaveCategory(t.Context(), catalog.Category{Merchant: b.shop, Slug: "boots", Name: en("Boots")})
		ok(t, err)
		gone := simple("boot-0", boots)
		gone.State = catalog.Archived
		b.save(t, gone)
		first := simple("boot-4", boots)
		first.Position = -1
		b.save(t, first)
		if got := list(shoes, catalog.Page{}); got != "1 [sandal]" {
			t.Errorf("shoes: %s", got)
		}
		if got := list(boots, catalog.Page{}); got != "4 [boot-4 boot-1 boot-2 boot-3]" {
			t.Errorf("boots: %s", got)
		}
		b.sound(t)
	})
}

func TestASummarySaysTheLowestPriceAndWhetherAnythingIsLeft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, boots := opened(t, d)
		p := wool(boots)
		p.Variants = p.Variants[:2]
		saved := b.save(t, p)
		one := func() catalog.Summary {
			found, err := b.Products(t.Context(), b.shop, shoes, catalog.Page{})
			ok(t, err)
			return found.Products[0]
		}
		want := catalog.Summary{ID: saved.ID, Kind: catalog.Physical, Title: p.Title, Image: "front.svg", Alt: en("front"),
			From: usd(5000), CompareAt: usd(6000), Free: true}
		if diff := cmp.Diff(want, one()); diff != "" {
			t.Error(diff)
		}
		ok(t, b.Reserve(t.Context(), b.shop, "cart:1", nil, []catalog.Want{{saved.Variants[0].ID, 3}}))
		if one().Free {
			t.Error("all is reserved, and yet something is free")
		}
	})
}

func TestEveryWordOfASearchIsFoundSomewhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, boots := opened(t, d)
		b.save(t, simple("wool-scarf", shoes))
		b.save(t, wool(boots))
		tagged := simple("plain", 0)
		tagged.Tags = []string{"100% Wool", "W-41"}
		b.save(t, tagged)
		for _, want := range []struct{ query, language, found string }{
			{"WOOL", "en", "Wool Boots wool-scarf plain"},
			{"ботинки", "ru", "Wool Boots"},
			{"теплые", "ru", "Wool Boots"},
			{"Чёрный", "en", "Wool Boots"},
			{"обувь", "ru", "wool-scarf Wool Boots"},
			{"boots rustic", "en", "Wool Boots"},
			{"boots missing", "en", ""},
			{"w-41-b", "en", "Wool Boots"},
			{"4600001", "en", "Wool Boots"},
			{"100%", "en", "plain"},
			{"w_ol", "en", ""},
			{"   ", "en", ""},
			{"\x00|\xff", "en", ""},
		} {
			list, err := b.Search(t.Context(), b.shop, catalog.Query{Words: want.query})
			ok(t, err)
			names := []string{}
			for _, p := range list.Products {
				names = append(names, p.Title["en"])
			}
			if got := strings.Join(names, " "); got != want.found || list.Total != len(names) {
				t.Errorf("%q finds %q (%d in all), want %q", want.query, got, list.Total, want.found)
			}
		}
		exact := simple("exact", 0)
		exact.Variants[0].SKU = "wool"
		b.save(t, exact)
		list, err := b.Search(t.Context(), b.shop, catalog.Query{Words: "Wool", Page: catalog.Page{Limit: 1}})
		if err != nil || list.Total != 4 || list.Products[0].Title["en"] != "exact" {
			t.Errorf("an exact SKU is not the first: %+v, %v", list, err)
		}
		_, err = b.SaveCategory(t.Context(), catalog.Category{Merchant: b.shop, Slug: "shoes", Name: en("Footwear")})
		ok(t, err)
		if list, err := b.Search(t.Context(), b.shop, catalog.Query{Words: "footwear"}); err != nil || list.Total != 2 {
			t.Errorf("a renamed category finds %+v, %v", list, err)
		}
		if list, err := b.Search(t.Context(), b.shop, catalog.Query{Words: "обувь"}); err != nil || list.Total != 0 {
			t.Errorf("its old name finds %+v, %v", list, err)
		}
	})
}

func TestWhatCannotBeSoldIsRefusedWithItsField(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		b.save(t, wool(boots))
		for name, wrong := range map[string]struct {
			do         func(p *catalog.Product)
			key, field string
		}{
			"handle":     {func(p *catalog.Product) { p.Handle = "a b" }, "catalog.handle", "handle"},
			"kind":       {func(p *catalog.Product) { p.Kind = "toy" }, "catalog.kind", "kind"},
			"state":      {func(p *catalog.Product) { p.State = "sold" }, "catalog.state", "state"},
			"title":      {func(p *catalog.Product) { p.Title = en("  ") }, "catalog.nameless", "title"},
			"category":   {func(p *catalog.Product) { p.Category = 999 }, "catalog.no_category", "category"},
			"empty":      {func(p *catalog.Product) { p.Variants = nil }, "catalog.no_variants", "variants"},
			"option":     {func(p *catalog.Product) { p.Options[1].Values = nil }, "catalog.no_values", "options[1].values"},
			"twice":      {func(p *catalog.Product) { p.Options[0].Values[1].Name = en("41") }, "catalog.same_value", "options[0].values[1]"},
			"values":     {func(p *catalog.Product) { p.Variants[1].Values = []catalog.ValueID{1} }, "catalog.values", "variants[1].values"},
			"same":       {func(p *catalog.Product) { p.Variants[1].Values = []catalog.ValueID{1, 1} }, "catalog.same_values", "variants[1].values"},
			"sku":        {func(p *catalog.Product) { p.Variants[1].SKU = "W-41-B" }, "catalog.sku_twice", "variants[1].sku"},
			"price":      {func(p *catalog.Product) { p.Variants[2].Price = usd(-1) }, "catalog.price", "variants[2].price"},
			"currency":   {func(p *catalog.Product) { p.Variants[2].Price.Currency = "EUR" }, "catalog.price", "variants[2].price"},
			"compare at": {func(p *catalog.Product) { p.Variants[0].CompareAt = usd(-5) }, "catalog.price", "variants[0].compare_at"},
			"on hand":    {func(p *catalog.Product) { p.Variants[0].OnHand = -1 }, "catalog.on_hand", "variants[0].on_hand"},
			"image":      {func(p *catalog.Product) { p.Variants[0].Image = 9 }, "catalog.image", "variants[0].image"},
			"text":       {func(p *catalog.Product) { p.Vendor = "a\x00b" }, "catalog.not_text", "vendor"},
			"taken":      {func(p *catalog.Product) { p.Handle = "other" }, "catalog.sku_taken", "variants[0].sku"},
			"four":       {func(p *catalog.Product) { p.Options = append(p.Options, p.Options...) }, "catalog.too_many", "options"},
		} {
			p := wool(boots)
			p.Merchant = b.shop
			wrong.do(&p)
			_, err := b.SaveProduct(t.Context(), p)
			t.Log(name)
			refused(t, err, wrong.key, "field", wrong.field)
		}
		_, err := b.SaveCategory(t.Context(), catalog.Category{Merchant: b.shop, Slug: "shoes", Parent: boots, Name: en("Shoes")})
		refused(t, err, "catalog.cycle", "field", "parent")
		_, err = b.SaveCategory(t.Context(), catalog.Category{Merchant: b.shop, Slug: "a b", Name: en("Shoes")})
		refused(t, err, "catalog.slug", "field", "slug")
		b.sound(t)
	})
}
