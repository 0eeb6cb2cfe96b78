package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/catalog"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// finds is the English titles that a search finds, in order.
func finds(t *testing.T, s *catalog.Service, shop catalog.MerchantID, words string) string {
	t.Helper()
	found, err := s.Search(t.Context(), shop, catalog.Query{Words: words})
	ok(t, err)
	return titles(found.Products)
}

func titles(products []catalog.Summary) string {
	names := []string{}
	for _, p := range products {
		names = append(names, p.Title["en"])
	}
	return strings.Join(names, ", ")
}

func TestAProductThatAnotherReplicaSavedIsFoundAtOnceAlsoMistyped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, _ := opened(t, d)
		b.save(t, simple("lantern", shoes))
		other := catalog.New(d, time.Now)
		if got := finds(t, other, b.shop, "lantern"); got != "lantern" { // it knows the shop's words now
			t.Fatalf("finds %q", got)
		}
		b.save(t, simple("umbrella", shoes))
		for _, typed := range []string{"umbrella", "umbrlla", "umbr", "гьикуддф"} {
			if got := finds(t, other, b.shop, typed); got != "umbrella" {
				t.Errorf("%q finds %q", typed, got)
			}
		}
		gone := simple("umbrella", shoes)
		gone.State = catalog.Archived
		b.save(t, gone)
		if got := finds(t, other, b.shop, "umbrlla"); got != "" {
			t.Errorf("an archived product is found: %q", got)
		}
	})
}

func TestASearchAfterASaveThatWasUndoneKnowsNothingOfIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, _ := opened(t, d)
		b.save(t, simple("lantern", shoes))
		_ = d.InTx(t.Context(), func(ctx context.Context) error {
			p := simple("umbrella", shoes)
			p.Merchant = b.shop
			_, err := b.SaveProduct(ctx, p)
			ok(t, err)
			if found, err := b.Search(ctx, b.shop, catalog.Query{Words: "umbrlla"}); err != nil || found.Total != 1 {
				t.Errorf("within the transaction: %+v, %v", found, err)
			}
			return context.Canceled
		})
		if got := finds(t, b.Service, b.shop, "umbrlla"); got != "" {
			t.Errorf("finds %q", got)
		}
		b.save(t, simple("candle", shoes))
		if got := finds(t, b.Service, b.shop, "candel"); got != "candle" {
			t.Errorf("finds %q", got)
		}
		b.sound(t)
	})
}

func TestOnlyStaffFindDraftsAndOnlyInTheirShop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, _ := opened(t, d)
		draft := simple("umbrella", shoes)
		draft.State = catalog.Draft
		b.save(t, draft)
		if got := finds(t, b.Service, b.shop, "umbrella"); got != "" {
			t.Errorf("a buyer finds %q", got)
		}
		for _, typed := range []string{"umbrella", "umbrlla"} {
			found, err := b.Search(t.Context(), b.shop, catalog.Query{Words: typed, Hidden: true})
			if err != nil || titles(found.Products) != "umbrella" {
				t.Errorf("staff find %q by %q: %v", titles(found.Products), typed, err)
			}
		}
		stranger, err := b.SaveMerchant(t.Context(), catalog.Merchant{Slug: "south", Name: en("South"), Languages: []string{"en"}, Currency: "USD"})
		ok(t, err)
		found, err := b.Search(t.Context(), stranger.ID, catalog.Query{Words: "umbrella", Hidden: true})
		if err != nil || found.Total != 0 || len(found.Nearest) != 0 {
			t.Errorf("another shop finds %+v, %v", found, err)
		}
	})
}

func TestPagesOfASearchHaveEachProductOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, boots := opened(t, d)
		for i := range 11 {
			b.save(t, simple(fmt.Sprintf("lamp-%d", i), []catalog.CategoryID{shoes, boots}[i%2]))
		}
		for name, list := range map[string]func(page catalog.Page) (catalog.List, error){
			"search": func(page catalog.Page) (catalog.List, error) {
				found, err := b.Search(t.Context(), b.shop, catalog.Query{Words: "lamp", Page: page})
				return found.List, err
			},
			"shelf": func(page catalog.Page) (catalog.List, error) { return b.Products(t.Context(), b.shop, shoes, page) },
		} {
			whole, err := list(catalog.Page{})
			ok(t, err)
			var seen []catalog.Summary
			for page := (catalog.Page{Limit: 3}); ; {
				part, err := list(page)
				ok(t, err)
				if seen = append(seen, part.Products...); part.Next == "" || part.Total != 11 || len(seen) > 11 {
					break
				}
				page.After = part.Next
			}
			if titles(seen) != titles(whole.Products) || len(seen) != 11 {
				t.Errorf("%s by pages: %s, want %s", name, titles(seen), titles(whole.Products))
			}
			_, err = list(catalog.Page{After: "nowhere"})
			refused(t, err, "catalog.cursor", "field", "after")
		}
	})
}

func TestPricesAndOptionsNarrowAndNothingFoundOffersTheNearest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, boots := opened(t, d)
		b.save(t, wool(boots)) // 50 to 55 dollars, sizes 41 and 42, black and red
		dear := simple("dear-boots", shoes)
		dear.Variants[0].Price = usd(20000)
		b.save(t, dear)
		for _, want := range []struct{ typed, found, nearest string }{
			{"boots under 100", "Wool Boots", ""},
			{"boots over 52", "Wool Boots, dear-boots", ""},
			{"boots from 51 to 54", "", "Wool Boots, dear-boots"},
			{"boots under 10", "", "Wool Boots, dear-boots"},
			{"over 100", "dear-boots", ""},
			{"boots size 42", "Wool Boots", ""},
			{"boots size 43", "", "Wool Boots, dear-boots"},
			{"ботинки 42 размер", "Wool Boots", ""},
			{"black boots", "Wool Boots", ""},
			{"чёрные ботинки", "Wool Boots", ""},
			{"green boots", "", "Wool Boots, dear-boots"},
			{"colour red under 60", "Wool Boots", ""},
			{"xyzzy", "", ""},
		} {
			found, err := b.Search(t.Context(), b.shop, catalog.Query{Words: want.typed})
			ok(t, err)
			if titles(found.Products) != want.found || titles(found.Nearest) != want.nearest {
				t.Errorf("%q finds %q and nearest %q, want %q and %q", want.typed, titles(found.Products), titles(found.Nearest), want.found, want.nearest)
			}
		}
		p := wool(boots)
		p.Variants[0].Price, p.Variants[1].Price, p.Variants[2].Price = usd(500), usd(500), usd(500)
		p.Variants[0].CompareAt = usd(0)
		b.save(t, p)
		if got := finds(t, b.Service, b.shop, "boots under 10"); got != "Wool Boots" {
			t.Errorf("at its new price %q is found", got)
		}
	})
}

func TestOneVariantHasToBeAllThatIsWanted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, boots := opened(t, d)
		b.save(t, wool(boots)) // 41 black for 50, 42 black for 55, 42 red for 55
		for _, want := range []struct{ typed, found, nearest string }{
			{"red under 60", "Wool Boots", ""},
			{"red under 52", "", "Wool Boots"}, // only a black one is as cheap
			{"black under 52", "Wool Boots", ""},
			{"black 42 under 52", "", "Wool Boots"},
			{"size 41 over 52", "", "Wool Boots"},
			{"red 42", "Wool Boots", ""},
			{"red 41", "", "Wool Boots"},
			{"чёрные 41", "Wool Boots", ""},
			{"red boots size 41", "", "Wool Boots"},
			{"winter 41 under 52", "Wool Boots", ""}, // what is true of all is true of each
			{"wool under 52", "Wool Boots", ""},
		} {
			found, err := b.Search(t.Context(), b.shop, catalog.Query{Words: want.typed})
			ok(t, err)
			if titles(found.Products) != want.found || titles(found.Nearest) != want.nearest {
				t.Errorf("%q finds %q and nearest %q, want %q and %q", want.typed, titles(found.Products), titles(found.Nearest), want.found, want.nearest)
			}
		}
		p := wool(boots)
		p.Variants[2].Price = usd(4900) // the red one
		b.save(t, p)
		if got := finds(t, b.Service, b.shop, "red under 50"); got != "Wool Boots" {
			t.Errorf("at its new price %q is found", got)
		}
		p.Variants[2].State = catalog.Archived
		b.save(t, p)
		if got := finds(t, b.Service, b.shop, "red under 50"); got != "" {
			t.Errorf("%q is found by a variant that is not for sale", got)
		}
		p = wool(boots)
		p.Title = en("Red Wool Boots")
		b.save(t, p)
		if got := finds(t, b.Service, b.shop, "red under 52"); got != "Red Wool Boots" {
			t.Errorf("what is called red is %q", got)
		}
		b.sound(t)
	})
}

func TestDescriptionsAreFoundBehindAllElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, _ := opened(t, d)
		for i, place := range []string{"description", "attribute", "tag", "title"} {
			p := simple(place, shoes)
			switch place {
			case "description":
				p.Description = catalog.Text{"en": "Lined with fleece, to be worn over ski socks.", "ru": "С флисовой подкладкой."}
			case "attribute":
				p.Attributes = []catalog.Attribute{{Name: en("Lining"), Value: en("fleece")}}
			case "tag":
				p.Tags = []string{"fleece"}
			case "title":
				p.Title = en("title fleece")
			}
			p.Position = i
			b.save(t, p)
		}
		b.save(t, simple("socks", shoes))
		for typed, want := range map[string]string{
			"fleece":                 "title fleece, tag, attribute, description",
			"флисовая":               "description",
			"description with lined": "description",
			"socks":                  "socks, description",
			"ski socks":              "", // what is only mentioned beside others is none of them
			"flece":                  "title fleece, tag, attribute",
		} {
			if got := finds(t, b.Service, b.shop, typed); got != want {
				t.Errorf("%q finds %q, want %q", typed, got, want)
			}
		}
		near, err := b.Search(t.Context(), b.shop, catalog.Query{Words: "ski socks"})
		if ok(t, err); titles(near.Nearest) != "socks, description" {
			t.Errorf("nearest to ski socks is %q", titles(near.Nearest))
		}
		near, err = b.Search(t.Context(), b.shop, catalog.Query{Words: "зебра флисвая"})
		if ok(t, err); titles(near.Nearest) != "description" {
			t.Errorf("nearest to a mistyped word of a description is %q", titles(near.Nearest))
		}
		plain := simple("description", shoes)
		b.save(t, plain)
		for _, typed := range []string{"флисовая", "флисвая"} {
			if got := finds(t, b.Service, b.shop, typed); got != "" {
				t.Errorf("%q is found by a description that it has no more", got)
			}
		}
		b.sound(t)
	})
}

func TestSynonymsOfAShopAreFoundBothWays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, _ := opened(t, d)
		b.save(t, simple("sneakers", shoes))
		b.save(t, simple("high-top", shoes))
		if got := finds(t, b.Service, b.shop, "gumshoes"); got != "" {
			t.Errorf("before: %q", got)
		}
		groups := [][]string{{"sneakers", " gumshoes ", "running  shoe"}, {"plimsolls", "high tops"}}
		ok(t, b.SetSynonyms(t.Context(), b.shop, groups))
		kept, err := b.Synonyms(t.Context(), b.shop)
		if err != nil || fmt.Sprint(kept) != "[[sneakers gumshoes running shoe] [plimsolls high tops]]" {
			t.Errorf("kept %v, %v", kept, err)
		}
		for typed, want := range map[string]string{
			"gumshoe": "sneakers", "running shoes": "sneakers", "plimsoll": "high-top",
			"gumsheos": "sneakers", "пгьырщу": "sneakers", "plimsols": "high-top", // mistyped, on the other keyboard
		} {
			if got := finds(t, b.Service, b.shop, typed); got != want {
				t.Errorf("%q finds %q, want %q", typed, got, want)
			}
		}
		ok(t, b.SetSynonyms(t.Context(), b.shop, nil))
		if got := finds(t, b.Service, b.shop, "gumshoes"); got != "" {
			t.Errorf("afterwards: %q", got)
		}
		refused(t, b.SetSynonyms(t.Context(), b.shop, [][]string{{"a", "b"}, {"alone"}}), "catalog.lone_synonym", "field", "synonyms[1]")
		refused(t, b.SetSynonyms(t.Context(), b.shop, [][]string{{"a", "!"}}), "catalog.not_text", "field", "synonyms[0]")
		refused(t, b.SetSynonyms(t.Context(), b.shop, [][]string{slices.Repeat([]string{"a"}, 31)}), "catalog.too_many", "field", "synonyms[0]")
		refused(t, b.SetSynonyms(t.Context(), b.shop+1, nil), "catalog.no_merchant")
	})
}

func TestAShopFromBeforeGetsItsIndexByAJobThatGoesOnWhereItWas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, boots := opened(t, d)
		b.save(t, wool(boots))
		for i := range 3 {
			b.save(t, simple(fmt.Sprintf("lamp-%d", i), shoes))
		}
		before := finds(t, b.Service, b.shop, "boots")
		for _, sql := range []string{
			"delete from product_terms", "delete from product_words", "delete from search_words",
			"update search_shops set format = 0, version = version + 1",
		} {
			ok(t, d.On(t.Context()).Exec(sql).Error)
		}
		fresh := catalog.New(d, time.Now)
		b.save(t, simple("umbrella", shoes)) // saved meanwhile
		if got := finds(t, fresh, b.shop, "umbrella"); got != "umbrella" {
			t.Errorf("what is saved meanwhile: %q", got)
		}
		ok(t, fresh.PromiseRebuilds(t.Context()))
		ok(t, fresh.PromiseRebuilds(t.Context()))
		var jobs int
		ok(t, d.On(t.Context()).Raw("select count(*) from jobs where kind = ?", catalog.RebuildJob).Scan(&jobs).Error)
		if jobs != 1 {
			t.Errorf("%d jobs are promised", jobs)
		}
		ok(t, d.On(t.Context()).Exec("update search_shops set rebuilt_to = 1").Error) // it was broken off after the first product
		ok(t, fresh.Rebuild(t.Context(), b.shop))
		if got := finds(t, fresh, b.shop, "boots"); got != "" {
			t.Errorf("it began anew: %q", got)
		}
		ok(t, d.On(t.Context()).Exec("update search_shops set format = 0").Error)
		ok(t, fresh.RebuildAll(t.Context()))
		if got := finds(t, fresh, b.shop, "boots"); got != before {
			t.Errorf("finds %q, before it was %q", got, before)
		}
		if stale, err := fresh.Stale(t.Context()); err != nil || len(stale) != 0 {
			t.Errorf("stale: %v, %v", stale, err)
		}
		ok(t, fresh.PromiseRebuilds(t.Context()))
		b.sound(t)
	})
}

func TestMentionsOfAShopFromBeforeAreCountedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, _ := opened(t, d)
		products := []catalog.Product{}
		for _, name := range []string{"mug", "plate", "bowl"} {
			p := simple(name, shoes)
			p.Description = en("Glazed by hand.")
			b.save(t, p)
			products = append(products, p)
		}
		for _, sql := range []string{
			"delete from search_words where word like '~%'", "update product_words set format = 2", "update search_shops set format = 2, version = version + 1",
		} {
			ok(t, d.On(t.Context()).Exec(sql).Error)
		}
		fresh := catalog.New(d, time.Now)
		products[1].Description = en("Glazed in Porto.")
		b.save(t, products[1]) // before its turn
		products[2].Title = en("Deep bowl")
		b.save(t, products[2])
		if got := finds(t, fresh, b.shop, "glazed"); got != "mug, plate, Deep bowl" {
			t.Errorf("meanwhile %q is found", got)
		}
		ok(t, fresh.RebuildAll(t.Context()))
		if got := finds(t, fresh, b.shop, "glased"); got != "mug, plate, Deep bowl" {
			t.Errorf("afterwards a mistyped mention finds %q", got)
		}
		b.sound(t)
	})
}

func TestManySearchWhileProductsAreSaved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, shoes, _ := opened(t, d)
		b.save(t, simple("lantern", shoes))
		failed := make(chan error, 4)
		for range cap(failed) {
			go func() {
				for i := range 15 {
					found, err := b.Search(t.Context(), b.shop, catalog.Query{Words: []string{"lantrn", "lamp", "lampp-3", "под 5"}[i%4]})
					if err == nil && i%4 == 0 && found.Total != 1 {
						err = fmt.Errorf("%q finds %s", "lantrn", titles(found.Products))
					}
					if err != nil {
						failed <- err
						return
					}
				}
				failed <- nil
			}()
		}
		for i := range 8 {
			b.save(t, simple(fmt.Sprintf("lamp-%d", i), shoes))
		}
		for range cap(failed) {
			ok(t, <-failed)
		}
		b.sound(t)
	})
}
