package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/admin"
	"parley/admin/api"
)

func TestAShopIsExportedInEachFormatAndComesBackWithoutAChange(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.as(h.hires("anna", admin.Catalog, h.meadow.ID))
		at := fmt.Sprintf("/merchants/%d", h.meadow.ID)
		for _, format := range []string{"csv", "xlsx", "shopify", "woocommerce", "yml"} {
			got := p.ask("GET "+at+"/export?format="+format, nil)
			if got.status != http.StatusOK || !strings.Contains(got.header.Get("Content-Disposition"), "meadow-"+format) {
				t.Fatalf("%s: status %d, %s", format, got.status, got.header.Get("Content-Disposition"))
			}
			back := p.ask("POST "+at+"/imports?name=own", []byte(got.body))
			if back.status != http.StatusCreated || !strings.Contains(back.body, `"created":0,"changed":0`) || !strings.Contains(back.body, `"errors":0`) {
				t.Errorf("%s comes back as %d %s", format, back.status, back.body)
			}
		}
		if got := p.ask("GET "+at+"/export?format=pdf", nil); got.status != http.StatusUnprocessableEntity || got.code() != "request.format" {
			t.Errorf("as pdf: %d %s", got.status, got.body)
		}
	})
}

func TestFeedsAreNamedAndShownOnce(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t), api.Limits{})
	p := h.as(h.hires("anna", admin.Finance, h.meadow.ID))
	at := fmt.Sprintf("/merchants/%d/feeds", h.meadow.ID)
	if got := p.ask("GET "+at, nil); !strings.Contains(got.body, "https://shop.example/feeds/meadow/google.xml") {
		t.Errorf("feeds are %s", got.body)
	}
	got := p.ask("GET "+at+"/google", nil)
	if got.status != http.StatusOK || !strings.Contains(got.body, "<rss") || strings.Contains(got.body, "<problem") {
		t.Fatalf("the feed is %d %.200s", got.status, got.body)
	}
	if again := p.with("If-None-Match", got.header.Get("ETag")).ask("GET "+at+"/google", nil); again.status != http.StatusNotModified || again.body != "" {
		t.Errorf("the same feed is sent again: %d", again.status)
	}
	if other := p.ask("GET "+at+"/bing", nil); other.status != http.StatusNotFound {
		t.Errorf("a feed that is none: %d", other.status)
	}
}

func TestAnUploadThatIsSentAgainIsTheSamePreview(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.as(h.hires("anna", admin.Catalog, h.meadow.ID)).with("Idempotency-Key", "file")
		at := fmt.Sprintf("POST /merchants/%d/imports?name=a.csv", h.meadow.ID)
		first := p.ask(at, []byte("Handle,Title,Variant Price\nlamp,Lamp,1\n"))
		again := p.ask(at, []byte("Handle,Title,Variant Price\nlamp,Lamp,1\n"))
		if first.status != http.StatusCreated || again.body != first.body || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("first %d %s\nthen %d %s", first.status, first.body, again.status, again.body)
		}
		if n := h.count("select count(*) from imports"); n != 1 {
			t.Errorf("there are %d previews", n)
		}
		if other := p.ask(at, []byte("Handle,Title,Variant Price\nlamp,Lamp,2\n")); other.status != http.StatusConflict || other.code() != "request.key_reused" {
			t.Errorf("another file with the same key: %d %s", other.status, other.body)
		}
		if n := h.count("select count(*) from imports where state <> 'cancelled'"); n != 1 {
			t.Errorf("there are %d previews", n)
		}
	})
}
