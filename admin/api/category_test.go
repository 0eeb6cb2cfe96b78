package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/admin/api"
)

// section makes a category and returns it with its ETag.
func (p *program) section(slug string, parent int64) (api.Category, string) {
	p.Helper()
	got := p.does(http.StatusCreated, "POST "+p.in(p.meadow, "/categories"), is{"slug": slug, "name": is{"en": slug}, "parent": parent})
	var c api.Category
	got.into(p, &c)
	return c, got.header.Get("ETag")
}

func TestACategoryIsAddedRenamedMovedAndDeleted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		top, _ := p.section("arctic", 0)
		below, etag := p.section("mittens", 0)
		at := h.in(h.meadow, fmt.Sprintf("/categories/%d", below.ID))
		renamed := p.with("If-Match", etag).does(http.StatusOK, "PATCH "+at, is{"name": is{"en": "Hats", "ru": "Шапки"}})
		moved := p.with("If-Match", renamed.header.Get("ETag")).does(http.StatusOK, "POST "+at+"/move", is{"parent": top.ID})
		var now api.Category
		moved.into(t, &now)
		if now.Parent != top.ID || now.Name["ru"] != "Шапки" {
			t.Errorf("it is %+v", now)
		}
		if got := p.with("If-Match", "*").ask("DELETE "+h.in(h.meadow, fmt.Sprintf("/categories/%d", top.ID)), nil); got.code() != "catalog.category_in_use" {
			t.Errorf("one that holds another is deleted: %d %s", got.status, got.body)
		}
		p.with("If-Match", "*").does(http.StatusNoContent, "DELETE "+h.in(h.meadow, fmt.Sprintf("/categories/%d?into=0", top.ID)), nil)
		p.does(http.StatusOK, "GET "+at, nil).into(t, &now)
		if now.Parent != 0 {
			t.Errorf("what was below stands below %d", now.Parent)
		}
		if got := p.with("If-Match", "*").ask("POST "+at+"/move", is{"parent": below.ID}); got.code() != "catalog.cycle" || !strings.Contains(got.body, "body.parent") {
			t.Errorf("it stands below itself: %s", got.body)
		}
	})
}

func TestProductsOfADeletedCategoryGoWhereItSays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		var page api.Page[api.Category]
		p.does(http.StatusOK, "GET "+h.in(h.meadow, "/categories?parent=0&limit=1"), nil).into(t, &page)
		other, _ := p.section("rest", 0)
		held := page.Items[0].Products
		p.with("If-Match", "*").does(http.StatusNoContent, "DELETE "+h.in(h.meadow, fmt.Sprintf("/categories/%d?into=%d", page.Items[0].ID, other.ID)), nil)
		p.does(http.StatusOK, "GET "+h.in(h.meadow, fmt.Sprintf("/categories/%d", other.ID)), nil).into(t, &other)
		if other.Products != held || held == 0 {
			t.Errorf("it holds %d products of %d", other.Products, held)
		}
		h.isSound()
	})
}

func TestTwoPeopleDoNotOverwriteEachOther(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		c, etag := p.section("mittens", 0)
		at := "PATCH " + h.in(h.meadow, fmt.Sprintf("/categories/%d", c.ID))
		p.with("If-Match", etag).does(http.StatusOK, at, is{"name": is{"en": "Caps"}})
		if got := p.with("If-Match", etag).does(http.StatusPreconditionFailed, at, is{"name": is{"en": "Hoods"}}); got.code() != "request.changed_meanwhile" {
			t.Errorf("the second is told %s", got.body)
		}
		p.does(http.StatusPreconditionRequired, at, is{"name": is{"en": "Hoods"}})
		p.does(http.StatusOK, "GET "+h.in(h.meadow, fmt.Sprintf("/categories/%d", c.ID)), nil).into(t, &c)
		if c.Name["en"] != "Caps" {
			t.Errorf("it is called %v", c.Name)
		}
	})
}

func TestAListIsReadToItsEndByCursors(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		seen, path := map[int64]bool{}, h.in(h.meadow, "/categories?limit=2&total=true")
		next, total := "", 0
		for {
			var page api.Page[api.Category]
			p.does(http.StatusOK, "GET "+path+"&cursor="+next, nil).into(t, &page)
			for _, c := range page.Items {
				if seen[c.ID] {
					t.Errorf("%d is told twice", c.ID)
				}
				seen[c.ID] = true
			}
			total = page.Total.Count
			if next = page.Next; next == "" {
				break
			}
			if got := p.ask("GET "+h.in(h.meadow, "/categories?parent=0&cursor="+next), nil); got.status != http.StatusUnprocessableEntity || got.code() != "request.cursor" {
				t.Errorf("a cursor of another list: %d %s", got.status, got.body)
			}
			if got := p.ask("GET "+path+"&cursor="+next[1:], nil); got.code() != "request.cursor" {
				t.Errorf("a broken cursor: %d %s", got.status, got.body)
			}
		}
		if len(seen) != total || total < 3 {
			t.Errorf("%d were seen of %d", len(seen), total)
		}
	})
}
