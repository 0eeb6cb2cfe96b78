package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/admin"
	"parley/admin/api"
)

func TestAnOwnerOfOneShopManagesItsPeopleAndNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		all, own := h.owner(), h.as(h.hires("anna", admin.Owner, h.meadow.ID))
		h.hires("noor", admin.Operator, h.studio.ID)
		h.hires("both", admin.Operator, h.studio.ID, h.meadow.ID)
		got := own.does(http.StatusCreated, "POST /users", is{"login": "petra", "password": secret, "role": "operator", "merchants": []any{h.meadow.ID}})
		var petra api.User
		got.into(t, &petra)
		for _, wrong := range []is{
			{"login": "x1", "password": secret, "role": "operator", "merchants": []any{h.studio.ID}},
			{"login": "x2", "password": secret, "role": "operator", "all_merchants": true},
			{"login": "x3", "password": secret, "role": "operator"}, {"login": "x4", "password": "short", "role": "operator", "merchants": []any{h.meadow.ID}},
			{"login": "petra", "password": secret, "role": "operator", "merchants": []any{h.meadow.ID}},
		} {
			if got := own.ask("POST /users", wrong); got.status < 400 || got.status >= 500 {
				t.Errorf("%v: %d", wrong, got.status)
			}
		}
		var page api.Page[api.User]
		own.does(http.StatusOK, "GET /users?total=true", nil).into(t, &page)
		if len(page.Items) != 2 || page.Total.Count != 2 {
			t.Errorf("she sees %+v", page.Items)
		}
		at := fmt.Sprintf("/users/%d", petra.ID)
		changed := own.with("If-Match", got.header.Get("ETag")).does(http.StatusOK, "PATCH "+at, is{"role": "catalog", "name": "Petra K"})
		own.with("If-Match", changed.header.Get("ETag")).does(http.StatusForbidden, "PATCH "+at, is{"all_merchants": true})
		own.with("If-Match", "*").does(http.StatusNotFound, "PATCH "+at, is{"merchants": []any{h.studio.ID}})
		var deeds api.Page[api.Deed]
		all.does(http.StatusOK, fmt.Sprintf("GET /audit?subject=account:%d&what=change-user", petra.ID), nil).into(t, &deeds)
		if len(deeds.Items) != 1 || deeds.Items[0].Before["role"] != "operator" || deeds.Items[0].After["role"] != "catalog" || deeds.Items[0].Before["login"] != nil {
			t.Errorf("the trail has %+v", deeds.Items)
		}
	})
}

func TestTheLastOwnerStays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		account := h.hires("anna", admin.Owner)
		p := h.as(account).with("If-Match", "*")
		at := fmt.Sprintf("PATCH /users/%d", account.ID)
		for _, change := range []is{{"role": "operator"}, {"active": false}, {"all_merchants": false, "merchants": []any{h.meadow.ID}}} {
			if got := p.ask(at, change); got.status != http.StatusConflict || got.code() != "account.last_owner" {
				t.Errorf("%v: %d %s", change, got.status, got.body)
			}
		}
		p.does(http.StatusOK, at, is{"name": "Anna B"})
	})
}

func TestWhoIsDisabledIsOutAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		boss, account := h.owner().with("If-Match", "*"), h.hires("petra", admin.Operator)
		people, program := h.signedIn(account), h.as(account)
		boss.does(http.StatusOK, fmt.Sprintf("PATCH /users/%d", account.ID), is{"active": false})
		people.does(http.StatusUnauthorized, "GET /me", nil)
		program.does(http.StatusUnauthorized, "GET /me", nil)
	})
}

func TestEveryWriteIsInTheTrailThatNobodyChanges(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		account := h.hires("anna", admin.Owner)
		p := h.as(account)
		made, _ := p.boot("tall-boot")
		p.with("If-Match", "*").does(http.StatusOK, "PATCH "+h.product(made.ID, ""), is{"vendor": "Alm"})
		var page api.Page[api.Deed]
		p.does(http.StatusOK, fmt.Sprintf("GET /audit?subject=product:%d", made.ID), nil).into(t, &page)
		if len(page.Items) != 2 || page.Items[0].What != "change-product" || page.Items[0].After["vendor"] != "Alm" || page.Items[0].Before["vendor"] != "" ||
			len(page.Items[0].After) != 1 || page.Items[1].After["handle"] != "tall-boot" || !strings.HasPrefix(page.Items[0].Who, "token:") {
			t.Errorf("the trail has %+v", page.Items)
		}
		for _, forbidden := range []string{"update audit set who = 'x'", "delete from audit"} {
			err := h.db.InTx(t.Context(), func(ctx context.Context) error { return h.db.On(ctx).Exec(forbidden).Error })
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", forbidden, err)
			}
		}
		stranger := h.as(h.hires("noor", admin.Owner, h.studio.ID))
		for _, query := range []string{"", fmt.Sprint("?merchant=", h.meadow.ID), "?subject=product:" + fmt.Sprint(made.ID)} {
			stranger.does(http.StatusOK, "GET /audit"+query, nil).into(t, &page)
			if len(page.Items) != 0 {
				t.Errorf("a stranger sees %+v", page.Items)
			}
		}
	})
}

func TestAShopIsOpenedChangedAndSet(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		got := p.does(http.StatusCreated, "POST /merchants", is{"slug": "boots", "name": is{"en": "Boots"}, "languages": []string{"en"}, "currency": "EUR"})
		var shop api.Merchant
		got.into(t, &shop)
		at := fmt.Sprintf("/merchants/%d", shop.ID)
		p.with("If-Match", got.header.Get("ETag")).does(http.StatusOK, "PATCH "+at, is{"about": is{"en": "Since 1902."}})
		settings := p.does(http.StatusOK, "GET "+at+"/settings", nil)
		p.with("If-Match", settings.header.Get("ETag")).does(http.StatusOK, "PUT "+at+"/settings", is{"time_zone": "Europe/Berlin", "hold_minutes": 45,
			"delivery": []any{is{"kind": "courier", "name": is{"en": "Courier"}, "price": is{"minor": 490, "currency": "EUR"}}}})
		if again := p.ask("POST /merchants", is{"slug": "boots", "name": is{"en": "Other"}, "languages": []string{"en"}, "currency": "USD"}); again.code() != "catalog.shop_taken" {
			t.Errorf("twice: %d %s", again.status, again.body)
		}
		if got := p.with("If-Match", "*").ask("PUT "+at+"/settings", is{"time_zone": "Mars", "hold_minutes": 45, "delivery": []any{}}); got.code() != "catalog.time_zone" {
			t.Errorf("on Mars: %s", got.body)
		}
		h.as(h.hires("anna", admin.Owner, h.meadow.ID)).does(http.StatusForbidden, "POST /merchants", is{"slug": "mine", "name": is{"en": "x"}, "languages": []string{"en"}, "currency": "EUR"})
		var page api.Page[api.Merchant]
		p.does(http.StatusOK, "GET /merchants?limit=2&total=true", nil).into(t, &page)
		if len(page.Items) != 2 || page.Next == "" || page.Total.Count != 3 {
			t.Errorf("shops %+v", page)
		}
	})
}
