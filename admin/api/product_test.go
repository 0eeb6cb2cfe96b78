package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/admin/api"
)

// boot is a product with two sizes.
func (p *program) boot(handle string) (api.Product, string) {
	p.Helper()
	price := is{"minor": 9900, "currency": "USD"}
	got := p.does(http.StatusCreated, "POST "+p.in(p.meadow, "/products"), is{
		"handle": handle, "state": "active", "title": is{"en": "Tall boot"}, "tags": []string{"winter"},
		"options": []any{is{"name": is{"en": "Size"}, "values": []any{is{"en": "42"}, is{"en": "43"}}}},
		"variants": []any{
			is{"values": []string{"42"}, "sku": handle + "-42", "price": price, "on_hand": 5},
			is{"values": []string{"43"}, "sku": handle + "-43", "price": price, "on_hand": 7},
		},
	})
	var product api.Product
	got.into(p, &product)
	return product, got.header.Get("ETag")
}

func (h *house) product(id int64, path string) string {
	return h.in(h.meadow, fmt.Sprintf("/products/%d%s", id, path))
}

func (h *house) variant(id int64, path string) string {
	return h.in(h.meadow, fmt.Sprintf("/variants/%d%s", id, path))
}

func TestAProductIsMadeChangedTaggedAndArchived(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		made, etag := p.boot("tall-boot")
		if len(made.Variants) != 2 || made.Variants[1].OnHand != 7 || made.Variants[0].Values[0] != made.Options[0].Values[0].ID {
			t.Fatalf("made %+v", made)
		}
		changed := p.with("If-Match", etag).does(http.StatusOK, "PATCH "+h.product(made.ID, ""), is{"handle": "high-boot", "vendor": "Alm", "description": is{"en": "Warm."}})
		etag = changed.header.Get("ETag")
		etag = p.with("If-Match", etag).does(http.StatusOK, "PUT "+h.product(made.ID, "/tags"), is{"tags": []string{"new"}}).header.Get("ETag")
		etag = p.with("If-Match", etag).does(http.StatusOK, "PUT "+h.product(made.ID, "/attributes"), is{
			"attributes": []any{is{"name": is{"en": "Sole"}, "value": is{"en": "Rubber"}}}}).header.Get("ETag")
		var now api.Product
		p.does(http.StatusOK, "GET "+h.product(made.ID, ""), nil).into(t, &now)
		if now.Handle != "high-boot" || now.Vendor != "Alm" || now.Tags[0] != "new" || now.Attributes[0].Value["en"] != "Rubber" || now.Variants[0].ID != made.Variants[0].ID {
			t.Errorf("it is %+v", now)
		}
		p.with("If-Match", etag).does(http.StatusNoContent, "DELETE "+h.product(made.ID, ""), nil)
		p.does(http.StatusOK, "GET "+h.product(made.ID, ""), nil).into(t, &now)
		if now.State != "archived" {
			t.Errorf("it is %s", now.State)
		}
		h.isSound()
	})
}

func TestAnETagDoesNotChangeWithTheStock(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		made, etag := p.boot("tall-boot")
		p.does(http.StatusOK, "POST "+h.variant(made.Variants[0].ID, "/stock"), is{"delta": -1, "reason": "broken"})
		if now := p.does(http.StatusOK, "GET "+h.product(made.ID, ""), nil); now.header.Get("ETag") != etag || !strings.Contains(now.body, `"on_hand":4`) {
			t.Errorf("the ETag was %s and is %s", etag, now.header.Get("ETag"))
		}
	})
}

func TestAProductThatCannotBeSoldIsRefusedFieldByField(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		p.boot("tall-boot")
		price := is{"minor": 1, "currency": "USD"}
		for name, wrong := range map[string]struct {
			body        is
			code, field string
		}{
			"handle taken":   {is{"handle": "tall-boot", "title": is{"en": "x"}}, "catalog.handle_taken", "body.handle"},
			"SKU taken":      {is{"handle": "x", "title": is{"en": "x"}, "variants": []any{is{"sku": "tall-boot-42", "price": price}}}, "catalog.sku_taken", "body.variants[0].sku"},
			"other currency": {is{"handle": "x", "title": is{"en": "x"}, "variants": []any{is{"price": is{"minor": 1, "currency": "JPY"}}}}, "catalog.other_currency", "body.variants[0].price.currency"},
			"no such value": {is{"handle": "x", "title": is{"en": "x"}, "options": []any{is{"name": is{"en": "S"}, "values": []any{is{"en": "1"}}}},
				"variants": []any{is{"price": price, "values": []string{"2"}}}}, "catalog.no_such_value", "body.variants[0].values[0]"},
			"missing title":  {is{"handle": "x"}, "field.missing", "body.title"},
			"unknown field":  {is{"handle": "x", "title": is{"en": "x"}, "colour": 1}, "field.unknown", "body.colour"},
			"huge number":    {is{"handle": "x", "title": is{"en": "x"}, "position": 1e300}, "field.invalid", "body.position"},
			"no language":    {is{"handle": "x", "title": is{"": "x"}}, "catalog.language", ""},
			"not for sale":   {is{"handle": "x", "title": is{"en": "x"}, "state": "active"}, "catalog.no_variants", "body.variants"},
			"a zero in text": {is{"handle": "x", "title": is{"en": "a\x00b"}}, "catalog.not_text", ""},
		} {
			got := p.does(http.StatusUnprocessableEntity, "POST "+h.in(h.meadow, "/products"), wrong.body)
			if !strings.Contains(got.body, `"code":"`+wrong.code+`"`) || wrong.field != "" && !strings.Contains(got.body, `"field":"`+wrong.field+`"`) {
				t.Errorf("%s: %s", name, got.body)
			}
		}
		if n := h.count("select count(*) from products where handle = 'x'"); n != 0 {
			t.Error("one of them is there")
		}
	})
}

func TestOptionsAreRenamedAddedAndRemoved(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		made, etag := p.boot("tall-boot")
		size := made.Options[0]
		got := p.with("If-Match", etag).does(http.StatusOK, "PUT "+h.product(made.ID, "/options"), is{"options": []any{
			is{"id": size.ID, "name": is{"en": "EU size"}, "values": []any{is{"id": size.Values[0].ID, "name": is{"en": "42"}}, is{"id": size.Values[1].ID, "name": is{"en": "43"}}, is{"name": is{"en": "44"}}}},
		}})
		var now api.Product
		got.into(t, &now)
		if now.Options[0].ID != size.ID || now.Options[0].Values[1].ID != size.Values[1].ID || now.Variants[0].ID != made.Variants[0].ID || len(now.Options[0].Values) != 3 {
			t.Errorf("it is %+v", now.Options)
		}
		got = p.with("If-Match", "*").does(http.StatusOK, "PUT "+h.product(made.ID, "/options"), is{"options": []any{
			is{"id": size.ID, "name": is{"en": "EU size"}, "values": []any{is{"id": size.Values[0].ID, "name": is{"en": "42"}}, is{"id": size.Values[1].ID, "name": is{"en": "43"}}}},
			is{"name": is{"en": "Colour"}, "values": []any{is{"name": is{"en": "black"}}, is{"name": is{"en": "brown"}}}},
		}})
		got.into(t, &now)
		if len(now.Variants) != 2 || now.Variants[0].ID != made.Variants[0].ID || now.Variants[0].Values[1] != now.Options[1].Values[0].ID {
			t.Errorf("the variants are %+v", now.Variants)
		}
		inUse := p.with("If-Match", "*").ask("PUT "+h.product(made.ID, "/options"), is{"options": []any{
			is{"id": size.ID, "name": is{"en": "EU size"}, "values": []any{is{"id": size.Values[0].ID, "name": is{"en": "42"}}}},
		}})
		if inUse.code() != "catalog.value_in_use" {
			t.Errorf("a value in use goes: %d %s", inUse.status, inUse.body)
		}
		h.isSound()
	})
}

func TestAVariantIsAddedPricedAndArchived(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		made, _ := p.boot("tall-boot")
		p.with("If-Match", "*").does(http.StatusOK, "PUT "+h.product(made.ID, "/options"), is{"options": []any{is{"id": made.Options[0].ID, "name": is{"en": "Size"}, "values": []any{
			is{"id": made.Options[0].Values[0].ID, "name": is{"en": "42"}}, is{"id": made.Options[0].Values[1].ID, "name": is{"en": "43"}}, is{"name": is{"en": "44"}}}}}})
		got := p.does(http.StatusCreated, "POST "+h.product(made.ID, "/variants"), is{"values": []string{"44"}, "price": is{"minor": 100, "currency": "USD"}, "on_hand": 2})
		var v api.Variant
		got.into(t, &v)
		if again := p.ask("POST "+h.product(made.ID, "/variants"), is{"values": []string{"44"}, "price": is{"minor": 100, "currency": "USD"}}); again.code() != "catalog.same_values" {
			t.Errorf("the same again: %s", again.body)
		}
		etag := p.with("If-Match", got.header.Get("ETag")).does(http.StatusOK, "PATCH "+h.variant(v.ID, ""), is{"price": is{"minor": 200, "currency": "USD"}, "compare_at": is{"minor": 300, "currency": "USD"}}).header.Get("ETag")
		if taken := p.with("If-Match", "*").ask("PATCH "+h.variant(v.ID, ""), is{"sku": "tall-boot-42"}); !strings.Contains(taken.body, `"field":"body.sku"`) {
			t.Errorf("a SKU twice: %s", taken.body)
		}
		p.with("If-Match", etag).does(http.StatusNoContent, "DELETE "+h.variant(v.ID, ""), nil)
		p.does(http.StatusOK, "GET "+h.product(made.ID, ""), nil).into(t, &made)
		if len(made.Variants) != 2 {
			t.Errorf("%d variants are left", len(made.Variants))
		}
	})
}

func TestStockIsAdjustedForAReasonThatIsKept(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		account := h.hires("anna", "catalog")
		p := h.as(account)
		owner := h.owner()
		made, _ := owner.boot("tall-boot")
		at := h.variant(made.Variants[0].ID, "/stock")
		p.does(http.StatusOK, "POST "+at, is{"delta": -2, "reason": "broken"})
		p.does(http.StatusOK, "POST "+at, is{"on_hand": 10, "reason": "counted"})
		if got := p.ask("POST "+at, is{"delta": -11, "reason": "lost"}); got.status != http.StatusConflict || got.code() != "stock.promised" {
			t.Errorf("more than there is: %d %s", got.status, got.body)
		}
		if got := p.ask("POST "+at, is{"reason": "lost"}); got.code() != "stock.delta_or_count" {
			t.Errorf("neither: %s", got.body)
		}
		var page api.Page[api.StockMove]
		p.does(http.StatusOK, "GET "+at+"?limit=2&total=true", nil).into(t, &page)
		if len(page.Items) != 2 || page.Items[0].Quantity != 7 || page.Items[0].Reason != "counted" || page.Items[1].Quantity != -2 || page.Total.Count != 3 || !strings.HasPrefix(page.Items[0].Who, "token:") {
			t.Errorf("the history is %+v", page)
		}
		h.isSound()
	})
}

func TestAProductIsTranslated(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner().with("If-Match", "*")
		made, _ := p.boot("tall-boot")
		at := h.product(made.ID, "/translations/ru")
		p.does(http.StatusNotFound, "GET "+at, nil)
		p.does(http.StatusOK, "PUT "+at, is{"title": "Высокий ботинок", "options": []any{is{"id": made.Options[0].ID, "name": "Размер"}}, "values": []any{is{"id": made.Options[0].Values[0].ID, "name": "42-й"}}})
		var now api.Product
		p.does(http.StatusOK, "GET "+h.product(made.ID, ""), nil).into(t, &now)
		if now.Title["ru"] != "Высокий ботинок" || now.Title["en"] != "Tall boot" || now.Options[0].Name["ru"] != "Размер" || now.Options[0].Values[0].Name["ru"] != "42-й" {
			t.Errorf("it is %+v", now)
		}
		if got := p.ask("PUT "+at, is{"title": "x", "options": []any{is{"id": 999999, "name": "y"}}}); got.code() != "catalog.no_option" {
			t.Errorf("another product's option: %s", got.body)
		}
		p.does(http.StatusNoContent, "DELETE "+at, nil)
		p.does(http.StatusNotFound, "GET "+at, nil)
		if got := p.ask("DELETE "+h.product(made.ID, "/translations/en"), nil); got.status != http.StatusUnprocessableEntity {
			t.Errorf("the last title goes: %d %s", got.status, got.body)
		}
	})
}

func TestABadItemOfManyHidesBehindNoGoodOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		made, _ := p.boot("tall-boot")
		jobs := []any{
			is{"action": "create", "product": is{"handle": "one", "title": is{"en": "One"}}},
			is{"action": "create", "product": is{"handle": "tall-boot", "title": is{"en": "Again"}}},
			is{"action": "change", "id": made.ID, "change": is{"vendor": "Alm"}},
			is{"action": "archive", "id": 999999},
		}
		var bulk api.Bulk[api.Product]
		p.does(http.StatusOK, "POST "+h.in(h.meadow, "/products/bulk"), is{"items": jobs}).into(t, &bulk)
		if bulk.Done != 2 || bulk.Failed != 2 || bulk.Results[0].Status != 201 || bulk.Results[1].Problem.Code != "catalog.handle_taken" || bulk.Results[2].Result.Vendor != "Alm" || bulk.Results[3].Status != 404 {
			t.Errorf("it came to %+v", bulk)
		}
		h.pass(1)
		jobs[0] = is{"action": "create", "product": is{"handle": "two", "title": is{"en": "Two"}}}
		got := p.does(http.StatusUnprocessableEntity, "POST "+h.in(h.meadow, "/products/bulk"), is{"atomic": true, "items": jobs})
		if !strings.Contains(got.body, `"field":"body.items[1].handle"`) || !strings.Contains(got.body, `"field":"body.items[3]"`) {
			t.Errorf("the errors are %s", got.body)
		}
		if n := h.count("select count(*) from products where handle in ('one', 'two')"); n != 1 {
			t.Errorf("%d are there", n)
		}
		p.does(http.StatusOK, "POST "+h.in(h.meadow, "/stock/bulk"), is{"items": []any{is{"variant": made.Variants[0].ID, "on_hand": 1, "reason": "counted"}, is{"variant": made.Variants[1].ID, "delta": 3, "reason": "found"}}})
		p.does(http.StatusOK, "POST "+h.in(h.meadow, "/variants/bulk"), is{"items": []any{is{"id": made.Variants[0].ID, "change": is{"price": is{"minor": 5, "currency": "USD"}}}}})
		h.isSound()
	})
}

func TestProductsAreFilteredSortedAndCounted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		for i := range 5 {
			h.pass(1_000_000)
			p.boot(fmt.Sprint("boot-", i))
		}
		for _, sort := range []string{"id", "-id", "updated_at", "-updated_at"} {
			seen, next := []string{}, ""
			for {
				var page api.Page[api.ProductRow]
				p.does(http.StatusOK, "GET "+h.in(h.meadow, "/products?tag=winter&state=active&limit=2&total=true&sort="+sort+"&cursor="+next), nil).into(t, &page)
				for _, row := range page.Items {
					if strings.HasPrefix(row.Handle, "boot-") {
						seen = append(seen, row.Handle[5:])
					}
				}
				if next = page.Next; next == "" {
					break
				}
			}
			want := "0 1 2 3 4"
			if strings.HasPrefix(sort, "-") {
				want = "4 3 2 1 0"
			}
			if got := strings.Join(seen, " "); got != want {
				t.Errorf("by %s: %s", sort, got)
			}
		}
		var found api.Findings
		p.does(http.StatusOK, "GET "+h.in(h.meadow, "/search?q=tall+boot&limit=2"), nil).into(t, &found)
		if len(found.Items) != 2 || found.Next == "" {
			t.Errorf("found %+v", found)
		}
	})
}
