package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/admin/api"
)

func TestARepeatedWriteIsDoneOnceAndAnsweredAlike(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner().with("Idempotency-Key", "one")
		at, body := "POST "+h.in(h.meadow, "/categories"), is{"slug": "capes", "name": is{"en": "Capes"}}
		first := p.does(http.StatusCreated, at, body)
		again := p.does(http.StatusCreated, at, body)
		if again.body != first.body || again.header.Get("ETag") != first.header.Get("ETag") || again.header.Get("Location") != first.header.Get("Location") || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("first %s, again %s", first.body, again.body)
		}
		if got := p.ask(at, is{"slug": "cloaks", "name": is{"en": "Cloaks"}}); got.status != http.StatusConflict || got.code() != "request.key_reused" {
			t.Errorf("another input: %d %s", got.status, got.body)
		}
		if n := h.count("select count(*) from audit where what = 'create-category'"); n != 1 {
			t.Errorf("it is in the trail %d times", n)
		}
		if other := h.owner().with("Idempotency-Key", "one").ask(at, is{"slug": "cloaks", "name": is{"en": "Cloaks"}}); other.status != http.StatusCreated {
			t.Errorf("another's key: %d %s", other.status, other.body)
		}
	})
}

func TestAWriteThatFailedCanBeTriedAgainWithItsKey(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		c, _ := p.section("capes", 0)
		named := p.with("Idempotency-Key", "two")
		at, body := "POST "+h.in(h.meadow, "/categories"), is{"slug": "capes", "name": is{"en": "Capes"}}
		named.does(http.StatusUnprocessableEntity, at, body)
		p.with("If-Match", "*").does(http.StatusNoContent, "DELETE "+h.in(h.meadow, fmt.Sprintf("/categories/%d", c.ID)), nil)
		named.does(http.StatusCreated, at, body)
	})
}

func TestAKeyIsForgottenAfterADay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner().with("Idempotency-Key", "three")
		at := "POST " + h.in(h.meadow, "/categories")
		p.does(http.StatusCreated, at, is{"slug": "capes", "name": is{"en": "Capes"}})
		h.pass(25 * time.Hour)
		p.does(http.StatusCreated, at, is{"slug": "cloaks", "name": is{"en": "Cloaks"}})
	})
}

func TestManyAtOnceWithOneKeyHaveOneEffect(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		made, _ := h.owner().boot("tall-boot")
		p := h.owner().with("Idempotency-Key", "four")
		var wait sync.WaitGroup
		replies := make([]reply, 12)
		for i := range replies {
			wait.Add(1)
			go func() {
				defer wait.Done()
				replies[i] = p.ask("POST "+h.variant(made.Variants[0].ID, "/stock"), is{"delta": 3, "reason": "found"})
			}()
		}
		wait.Wait()
		for _, got := range replies {
			if got.status != http.StatusOK || !strings.Contains(got.body, `"on_hand":8`) {
				t.Errorf("one is answered %d %s", got.status, got.body)
			}
		}
		var v api.Variant
		p.does(http.StatusOK, "GET "+h.variant(made.Variants[0].ID, ""), nil).into(t, &v)
		if v.OnHand != 8 {
			t.Errorf("there are %d", v.OnHand)
		}
	})
}

func TestWhatWasAnsweredIsKeptSealed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.signedIn(h.hires("anna", "owner")).with("Idempotency-Key", "five")
		body := is{"name": "stock", "scopes": []string{"catalog:read"}}
		first, again := p.does(http.StatusCreated, "POST /tokens", body), p.does(http.StatusCreated, "POST /tokens", body)
		if first.body != again.body {
			t.Errorf("%s is not %s", again.body, first.body)
		}
		var kept string
		h.check(h.db.On(t.Context()).Raw("select reply from idempotency_keys").Scan(&kept).Error)
		if kept == "" || strings.Contains(kept, "parley_") {
			t.Errorf("kept is %q", kept)
		}
	})
}
