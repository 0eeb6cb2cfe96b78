package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/admin"
)

func TestAProgramAnswersABuyerAndHandsBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		anna := h.hires("anna", admin.Operator, h.meadow.ID)
		p := h.as(anna)
		talk := h.count("select id from conversations where contact_id = ?", h.contact(h.meadow))
		at := fmt.Sprintf("/merchants/%d/conversations", h.meadow.ID)
		one := fmt.Sprintf("%s/%d", at, talk)

		said := p.with("Idempotency-Key", "a").ask("POST "+one+"/messages", is{"text": "It runs true to size."})
		again := p.with("Idempotency-Key", "a").ask("POST "+one+"/messages", is{"text": "It runs true to size."})
		if said.status != http.StatusCreated || again.body != said.body || h.count("select count(*) from messages") != 1 {
			t.Fatalf("status %d and then %d: %s", said.status, again.status, again.body)
		}
		if got := p.ask("GET "+one+"/messages?total=true", nil); !strings.Contains(got.body, `"text":"It runs true to size."`) ||
			!strings.Contains(got.body, fmt.Sprintf(`"author":"%s"`, anna.ID.Who())) || !strings.Contains(got.body, `"total":{"count":1,"exact":true}`) {
			t.Errorf("it shows %s", got.body)
		}
		if got := p.ask("GET "+at, nil); !strings.Contains(got.body, fmt.Sprintf(`"assignee":"%s"`, anna.ID.Who())) {
			t.Errorf("those that wait: %s", got.body)
		}
		if got := p.ask("POST "+one+"/hand-back", nil); got.status != http.StatusOK || !strings.Contains(got.body, `"owner":"bot","assignee":""`) {
			t.Errorf("handed back: %d %s", got.status, got.body)
		}
		if got := p.ask("GET "+at, nil); !strings.Contains(got.body, `"items":[]`) {
			t.Errorf("afterwards still wait: %s", got.body)
		}
		if got := p.ask("POST "+one+"/take", nil); got.status != http.StatusOK || !strings.Contains(got.body, `"owner":"human"`) {
			t.Errorf("taken: %d %s", got.status, got.body)
		}
		if got := p.ask("GET "+at+"?all=true", nil); !strings.Contains(got.body, fmt.Sprintf(`"id":%d`, talk)) {
			t.Errorf("all: %s", got.body)
		}
		if got := p.ask("POST "+one+"/messages", is{"text": " "}); got.status != http.StatusUnprocessableEntity || got.code() != "reply.length" {
			t.Errorf("nothing said: %d %s", got.status, got.body)
		}
		was := h.count("select count(*) from audit where what = 'take-conversation' and was like '%bot%' and became like '%human%'")
		if was != 1 {
			t.Errorf("%d entries tell who took it from whom", was)
		}
	})
}

func TestWhatAShopKnowsOfABuyerIsItsOwnAndCanBeForgotten(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.as(h.hires("anna", admin.Owner))
		id := h.contact(h.meadow)
		h.check(h.db.On(t.Context()).Exec("insert into conversations (merchant_id, contact_id, updated_at, created_at) values (?, ?, ?, ?)",
			int64(h.studio.ID), id, h.now(), h.now()).Error)
		at := func(shop int64) string { return fmt.Sprintf("/merchants/%d/contacts/%d", shop, id) }
		here, there := at(int64(h.meadow.ID)), at(int64(h.studio.ID))
		shown := p.ask("GET "+here, nil)

		if got := p.ask("PATCH "+here, is{"note": "x"}); got.status != http.StatusPreconditionRequired {
			t.Errorf("changed without looking: %d", got.status)
		}
		changed := p.with("If-Match", shown.header.Get("ETag")).ask("PATCH "+here, is{"name": "Mila V.", "phone": "+1 202 555 0100", "note": "Rings twice."})
		if changed.status != http.StatusOK || !strings.Contains(changed.body, `"name":"Mila V.","phone":"+1 202 555 0100","note":"Rings twice."`) {
			t.Fatalf("changed: %d %s", changed.status, changed.body)
		}
		if got := p.with("If-Match", shown.header.Get("ETag")).ask("PATCH "+here, is{"note": "y"}); got.status != http.StatusPreconditionFailed {
			t.Errorf("overwritten: %d", got.status)
		}
		if got := p.ask("GET "+there, nil); strings.Contains(got.body, "Mila V.") || strings.Contains(got.body, "Rings") {
			t.Errorf("another shop reads %s", got.body)
		}
		if got := p.ask(fmt.Sprintf("GET /merchants/%d/contacts?q=Mila%%20V", h.meadow.ID), nil); !strings.Contains(got.body, `"note":"Rings twice."`) {
			t.Errorf("looked for by their new name: %s", got.body)
		}
		if got := p.with("If-Match", "*").ask("PATCH "+here, is{"name": ""}); !strings.Contains(got.body, `"name":"Mila"`) {
			t.Errorf("without a name of the shop's: %s", got.body)
		}

		talk := h.count("select id from conversations where contact_id = ? and merchant_id = ?", id, int64(h.meadow.ID))
		p.ask(fmt.Sprintf("POST /merchants/%d/conversations/%d/messages", h.meadow.ID, talk), is{"text": "Hello, Mila"})
		if got := p.ask("DELETE "+here, nil); got.status != http.StatusConflict || got.code() != "contact.talking" {
			t.Errorf("forgotten while something is on its way: %d %s", got.status, got.body)
		}
		h.check(h.db.On(t.Context()).Exec("update messages set state = 'sent'").Error)
		if got := p.ask("DELETE "+here, nil); got.status != http.StatusNoContent {
			t.Fatalf("forgotten: %d %s", got.status, got.body)
		}
		if got := p.ask("GET "+here, nil); strings.Contains(got.body, "+1 202") || strings.Contains(got.body, "Rings") || !strings.Contains(got.body, `"name":"Mila"`) {
			t.Errorf("afterwards, while another shop knows them: %s", got.body)
		}
		if got := p.ask(fmt.Sprintf("GET /merchants/%d/conversations/%d/messages", h.meadow.ID, talk), nil); strings.Contains(got.body, "Hello") {
			t.Errorf("what was said is there: %s", got.body)
		}
		p.ask("DELETE "+there, nil)
		if left := h.count("select count(*) from contacts where id = ? and name <> ''", id); left != 0 {
			t.Errorf("their name is kept though every shop forgot them")
		}
	})
}
