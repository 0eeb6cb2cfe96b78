package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/admin"
	"parley/admin/api"
)

func TestAWriteFromAnotherSiteIsRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.signedIn(h.hires("anna", admin.Owner))
		at, body := "POST "+h.in(h.meadow, "/categories"), is{"slug": "capes", "name": is{"en": "Capes"}}
		for name, as := range map[string]*program{
			"no token": p.with("X-Csrf-Token", ""), "another's": p.with("X-Csrf-Token", strings.Repeat("0", 64)), "another site": p.with("Sec-Fetch-Site", "cross-site"),
		} {
			if got := as.ask(at, body); got.status != http.StatusForbidden || got.code() != "request.csrf" {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		p.with("X-Csrf-Token", "").does(http.StatusOK, "GET "+h.in(h.meadow, "/categories"), nil)
		p.does(http.StatusCreated, at, body)
	})
}

func TestASessionIsListedAndEnded(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		account := h.hires("anna", admin.Owner)
		here, there := h.signedIn(account), h.signedIn(account)
		var page api.Page[api.Session]
		here.does(http.StatusOK, "GET /sessions", nil).into(t, &page)
		if len(page.Items) != 2 || page.Items[0].Current || !page.Items[1].Current {
			t.Fatalf("sessions %+v", page.Items)
		}
		here.does(http.StatusNoContent, fmt.Sprintf("DELETE /sessions/%d", page.Items[0].ID), nil)
		there.does(http.StatusUnauthorized, "GET /me", nil)
		here.does(http.StatusOK, "GET /me", nil)
	})
}

func TestGuessingPasswordsIsSlow(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t), api.Limits{})
	h.hires("anna", admin.Owner)
	nobody := &program{house: h, header: http.Header{}}
	for range 10 {
		nobody.does(http.StatusUnauthorized, "POST /sessions", is{"login": "anna", "password": "wrong wrong wrong"})
	}
	got := nobody.does(http.StatusTooManyRequests, "POST /sessions", is{"login": "anna", "password": secret})
	if got.header.Get("Retry-After") != "900" {
		t.Errorf("it says to wait %q", got.header.Get("Retry-After"))
	}
}

func TestATokenExpiresAndIsRevoked(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		people := h.signedIn(h.hires("anna", admin.Owner))
		var made api.Secret
		people.does(http.StatusCreated, "POST /tokens", is{"name": "stock", "scopes": []string{"catalog:read"}, "expires_at": h.now().Add(time.Hour)}).into(t, &made)
		program := &program{house: h, token: made.Secret, header: http.Header{}}
		program.does(http.StatusOK, "GET "+h.in(h.meadow, "/products"), nil)
		if !strings.HasPrefix(made.Secret, made.Prefix+"_") || h.count("select count(*) from tokens where token_hash like ?", "%"+made.Secret+"%") != 0 {
			t.Error("the token is kept as it is")
		}
		h.pass(2 * time.Hour)
		program.does(http.StatusUnauthorized, "GET "+h.in(h.meadow, "/products"), nil)
		people.does(http.StatusCreated, "POST /tokens", is{"name": "stock", "scopes": []string{"catalog:read"}}).into(t, &made)
		program.token = made.Secret
		program.does(http.StatusOK, "GET /me", nil)
		people.does(http.StatusNoContent, fmt.Sprintf("DELETE /tokens/%d", made.ID), nil)
		program.does(http.StatusUnauthorized, "GET /me", nil)
		for _, wrong := range []is{{"name": "x", "scopes": []string{"everything"}}, {"name": "x", "scopes": []string{"catalog:read"}, "expires_at": "2024-01-01T00:00:00Z"}, {"name": "x", "scopes": []string{}}} {
			people.does(http.StatusUnprocessableEntity, "POST /tokens", wrong)
		}
	})
}

func TestWhoAsksTooMuchIsToldWhenToComeAgain(t *testing.T) {
	rate := api.Rate{PerSecond: 2, Burst: 5}
	h := openHouse(t, stocked.SQLite(t), api.Limits{Caller: rate, Address: api.Rate{PerSecond: 1000, Burst: 1000}})
	p, other := h.owner(), h.owner()
	for range 5 {
		p.does(http.StatusOK, "GET /me", nil)
	}
	got := p.does(http.StatusTooManyRequests, "GET /me", nil)
	if got.header.Get("Retry-After") != "1" || got.code() != "request.too_many" {
		t.Errorf("told %q %s", got.header.Get("Retry-After"), got.body)
	}
	other.does(http.StatusOK, "GET /me", nil)
	h.pass(time.Second)
	p.does(http.StatusOK, "GET /me", nil)

	h = openHouse(t, stocked.SQLite(t), api.Limits{Caller: api.Rate{PerSecond: 1000, Burst: 1000}, Address: rate})
	nobody := &program{house: h, header: http.Header{}}
	for range 5 {
		nobody.does(http.StatusUnauthorized, "GET /me", nil)
	}
	nobody.does(http.StatusTooManyRequests, "GET /me", nil)
}

func TestEveryRefusalIsAProblem(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t), api.Limits{})
	p := h.owner()
	for does, status := range map[string]int{
		"GET /nowhere": 404, "GET /merchants/1/nowhere": 404, "PUT /merchants/1/categories": 405, "PATCH /me": 405, "GET /merchants/x": 404,
		"GET /merchants/99999999999999999999": 404, "GET /merchants/1/products/x": 422, "GET /merchants/1/products/999999": 404, "GET /merchants/1/products?limit=0": 422,
		"GET /merchants/1/products?nothing=1": 422, "GET /merchants/1/products?cursor=x": 422, "GET /merchants/1/products?vendor=%00": 400, "GET /merchants/1/products?vendor=%ff": 422,
	} {
		got := p.ask(does, nil)
		var problem api.Problem
		if got.status != status || got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %s", does, got.status, got.header.Get("Content-Type"), got.body)
			continue
		}
		got.into(t, &problem)
		if problem.Code == "" || problem.Detail == "" || problem.Detail == problem.Code || problem.Status != status || problem.Request == "" {
			t.Errorf("%s: %+v", does, problem)
		}
	}
	if got := p.ask("PUT /merchants/1/categories", nil); got.header.Get("Allow") != "GET, POST" {
		t.Errorf("allowed is %q", got.header.Get("Allow"))
	}
	if got := p.ask("POST /merchants/1/categories", bytes.Repeat([]byte("x"), 3<<20)); got.status != http.StatusRequestEntityTooLarge || got.code() != "request.too_large" {
		t.Errorf("too large: %d %s", got.status, got.body)
	}
	if got := p.with("Accept-Language", "ru-RU,ru;q=0.9").ask("GET /merchants/1/products/999999", nil); !strings.Contains(got.body, "товар") {
		t.Errorf("in Russian: %s", got.body)
	}
}

func TestAnErrorOfOursIsNotTold(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t), api.Limits{})
	p := h.owner()
	h.check(h.db.On(t.Context()).Exec("drop table stock_moves").Error)
	made := h.count("select max(id) from variants where merchant_id = ?", int64(h.meadow.ID))
	got := p.does(http.StatusInternalServerError, "POST "+h.variant(made, "/stock"), is{"delta": 1, "reason": "x"})
	if strings.Contains(got.body, "stock_moves") || strings.Contains(got.body, "SQL") || got.code() != "request.failed" {
		t.Errorf("told %s", got.body)
	}
}
