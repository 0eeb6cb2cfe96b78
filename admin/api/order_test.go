package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/admin"
	"parley/admin/api"
)

func (h *house) orderAt(id int64, path string) string {
	return h.in(h.meadow, fmt.Sprintf("/orders/%d%s", id, path))
}

func TestAnOrderIsFoundShippedWithItsNumberAndCompleted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.as(h.hires("petra", admin.Operator))
		order := h.order(h.meadow, h.contact(h.meadow))
		h.order(h.meadow, h.contact(h.meadow))
		var page api.Page[api.Order]
		p.does(http.StatusOK, "GET "+h.in(h.meadow, "/orders?state=agreed&total=true&limit=1&unpaid=true&q=mila"), nil).into(t, &page)
		if len(page.Items) != 1 || page.Items[0].ID == int64(order.ID) || page.Next == "" || page.Total.Count != 2 {
			t.Fatalf("listed %+v", page)
		}
		p.does(http.StatusOK, "GET "+h.in(h.meadow, "/orders?q="+order.Number), nil).into(t, &page)
		if len(page.Items) != 1 || page.Items[0].Number != order.Number || len(page.Items[0].Lines) != 1 {
			t.Fatalf("found %+v", page)
		}
		var now api.Order
		shipped := p.with("Idempotency-Key", "ship it").does(http.StatusOK, "POST "+h.orderAt(int64(order.ID), "/fulfilment"), is{"tracking": "RB1"})
		shipped.into(t, &now)
		if now.State != "shipped" || now.Tracking != "RB1" || now.Happening[len(now.Happening)-1].Note != "RB1" {
			t.Errorf("it is %+v", now)
		}
		p.does(http.StatusOK, "POST "+h.orderAt(int64(order.ID), "/notes"), is{"text": "Rings twice."})
		if got := p.with("If-Match", `"stale"`).ask("POST "+h.orderAt(int64(order.ID), "/advance"), is{"to": "completed"}); got.status != http.StatusPreconditionFailed {
			t.Errorf("with a stale ETag: %d", got.status)
		}
		p.with("If-Match", shipped.header.Get("ETag")).does(http.StatusOK, "POST "+h.orderAt(int64(order.ID), "/advance"), is{"to": "completed"}).into(t, &now)
		if got := p.ask("POST "+h.orderAt(int64(order.ID), "/cancel"), is{}); got.status != http.StatusConflict || got.code() != "order.not_now" {
			t.Errorf("a completed one is cancelled: %d %s", got.status, got.body)
		}
		if n := h.count("select count(*) from jobs where kind = 'orders.told'"); n != 2 {
			t.Errorf("the buyer is told %d times", n)
		}
	})
}

func TestACancelledOrderGivesItsPiecesBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		order := h.order(h.meadow, h.contact(h.meadow))
		var now api.Order
		p.does(http.StatusOK, "POST "+h.orderAt(int64(order.ID), "/cancel"), is{"reason": "out of fashion"}).into(t, &now)
		if now.State != "cancelled" || now.Happening[1].Note != "out of fashion" {
			t.Errorf("it is %+v", now)
		}
		h.isSound()
	})
}

func TestOrdersAreFilteredByTimeAndBuyer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		mila, noor := h.contact(h.meadow), h.contact(h.meadow)
		h.order(h.meadow, mila)
		h.pass(time.Hour)
		second := h.order(h.meadow, noor)
		since := strings.ReplaceAll(h.now().Add(-time.Minute).Format(time.RFC3339), "+", "%2B")
		for _, query := range []string{"placed_since=" + since, fmt.Sprint("buyer=", noor), "limit=1"} {
			var page api.Page[api.Order]
			p.does(http.StatusOK, "GET "+h.in(h.meadow, "/orders?"+query), nil).into(t, &page)
			if len(page.Items) != 1 || page.Items[0].ID != int64(second.ID) {
				t.Errorf("%s: %+v", query, page)
			}
		}
		var contacts api.Page[api.Contact]
		p.does(http.StatusOK, "GET "+h.in(h.meadow, "/contacts?channel=web&q=il&total=true"), nil).into(t, &contacts)
		if len(contacts.Items) != 2 || contacts.Total.Count != 2 {
			t.Errorf("contacts %+v", contacts)
		}
	})
}
