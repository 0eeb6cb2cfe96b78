package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/admin/api"
	"parley/catalog"
)

const lamps = "Handle,Title,Variant SKU,Variant Price\nlamp,Lamp,LAMP,10\nlight,Light,LIGHT,12\n"

func TestAFileIsLookedAtConfirmedFollowedAndUndone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		var i api.Import
		got := p.with("Content-Type", "text/csv").does(http.StatusCreated, "POST "+h.in(h.meadow, "/imports?name=lamps.csv"), []byte(lamps))
		got.into(t, &i)
		if i.State != "ready" || i.Created != 2 || i.Format != "shopify" || h.count("select count(*) from products where handle = 'lamp'") != 0 {
			t.Fatalf("it is %+v", i)
		}
		at := h.in(h.meadow, fmt.Sprintf("/imports/%d", i.ID))
		var items api.Page[api.ImportItem]
		p.does(http.StatusOK, "GET "+at+"/items?limit=1&total=true", nil).into(t, &items)
		if items.Items[0].Handle != "lamp" || items.Items[0].What != "create" || items.Next == "" || items.Total.Count != 2 {
			t.Errorf("it does %+v", items)
		}
		p.does(http.StatusOK, "POST "+at+"/confirm", is{}).into(t, &i)
		_, err := h.shops.Work(t.Context(), h.meadow.ID, catalog.ImportID(i.ID), nil)
		h.check(err)
		told := p.does(http.StatusOK, "GET "+at+"/events", nil)
		if told.header.Get("Content-Type") != "text/event-stream" || !strings.HasPrefix(told.body, "event: import\ndata: {") || !strings.Contains(told.body, `"state":"applied"`) {
			t.Errorf("told %q", told.body)
		}
		if got := p.ask("POST "+at+"/cancel", nil); got.code() != "import.over" {
			t.Errorf("cancelled: %s", got.body)
		}
		p.does(http.StatusOK, "POST "+at+"/undo", nil)
		_, err = h.shops.Work(t.Context(), h.meadow.ID, catalog.ImportID(i.ID), nil)
		h.check(err)
		if h.count("select count(*) from products where handle = 'lamp'") != 0 {
			t.Error("it is still there")
		}
		h.isSound()
	})
}

func TestAFileWithErrorsSaysThemByRowAndColumn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		var i api.Import
		p.does(http.StatusCreated, "POST "+h.in(h.meadow, "/imports"), []byte(strings.Replace(lamps, ",12", ",cheap", 1))).into(t, &i)
		at := h.in(h.meadow, fmt.Sprintf("/imports/%d", i.ID))
		var wrong api.Page[api.ImportError]
		p.does(http.StatusOK, "GET "+at+"/errors", nil).into(t, &wrong)
		if i.State != "refused" || len(wrong.Items) != 1 || wrong.Items[0].Row != 3 || wrong.Items[0].Column != "Variant Price" {
			t.Errorf("%+v: %+v", i, wrong.Items)
		}
		if got := p.ask("POST "+at+"/confirm", is{}); got.status != http.StatusConflict || got.code() != "import.has_errors" {
			t.Errorf("confirmed: %d %s", got.status, got.body)
		}
	})
}
