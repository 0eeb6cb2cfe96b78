package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/admin"
	"parley/payments"
)

// matrix is who may do what: one letter each of owner, catalog, operator and finance.
var matrix = map[string]string{
	"GET /":                                  "OCPF",
	"POST /sign-out":                         "OCPF",
	"GET /account":                           "OCPF",
	"POST /account/password":                 "OCPF",
	"GET /shops/:shop/inbox":                 "O-P-",
	"GET /shops/:shop/inbox/stream":          "O-P-",
	"GET /shops/:shop/inbox/:id":             "O-P-",
	"POST /shops/:shop/inbox/:id/reply":      "O-P-",
	"POST /shops/:shop/inbox/:id/take":       "O-P-",
	"POST /shops/:shop/inbox/:id/hand-back":  "O-P-",
	"GET /shops/:shop/orders":                "O-PF",
	"GET /shops/:shop/orders/:id":            "O-PF",
	"POST /shops/:shop/orders/:id/ship":      "O-P-",
	"POST /shops/:shop/orders/:id/complete":  "O-P-",
	"POST /shops/:shop/orders/:id/cancel":    "O-P-",
	"POST /shops/:shop/orders/:id/confirm":   "O--F",
	"GET /shops/:shop/reviews":               "O--F",
	"POST /shops/:shop/reviews/:id/close":    "O--F",
	"POST /shops/:shop/reviews/:id/resolve":  "O--F",
	"POST /shops/:shop/orders/:id/refund":    "O-PF",
	"GET /shops/:shop/refunds":               "O--F",
	"POST /shops/:shop/refunds/:id/execute":  "O--F",
	"POST /shops/:shop/refunds/:id/withdraw": "O--F",
	"GET /shops/:shop/books":                 "O--F",
	"GET /shops/:shop/books/entries":         "O--F",
	"GET /shops/:shop/books/export":          "O--F",
	"POST /shops/:shop/books/close":          "O--F",
	"GET /shops/:shop/disputes":              "O--F", "GET /shops/:shop/disputes/:id/evidence": "O--F", "POST /shops/:shop/disputes/:id/evidence": "O--F", "POST /shops/:shop/disputes/:id/concede": "O--F",
	"GET /shops/:shop/differences": "O--F", "POST /shops/:shop/differences/:id/decide": "O--F", "GET /shops/:shop/payouts": "O--F",
	"GET /shops/:shop/seller": "O--F", "POST /shops/:shop/seller/onboard": "O---", "POST /shops/:shop/seller/look": "O--F", "POST /shops/:shop/seller/fee": "O---",
	"GET /shops/:shop/telegram": "O---", "POST /shops/:shop/telegram/provider": "O---", "POST /shops/:shop/telegram/stars": "O---",
	"GET /unclaimed":            "O--F",
	"POST /unclaimed/:id/close": "O--F", "POST /unclaimed/:id/resolve": "O--F",
}

var letters = map[admin.Role]string{admin.Owner: "O", admin.Catalog: "C", admin.Operator: "P", admin.Finance: "F"}

// ask does what a route does, on things of a shop.
func (p *person) ask(route, token, shop string, id int64) reply {
	p.Helper()
	method, path, _ := strings.Cut(route, " ")
	path = "/admin" + strings.TrimSuffix(strings.NewReplacer(":shop", shop, ":id", fmt.Sprint(id)).Replace(path), "/")
	if method == http.MethodGet && strings.HasSuffix(path, "/stream") {
		return p.peek(path)
	}
	if method == http.MethodGet {
		return p.get(path)
	}
	return p.send(path, p.filled(token, "text", "hello", "note", "seen", "way", "cod", "amount", "1", "reason", "torn", "action", "refund"))
}

// peek asks for a stream and hangs up.
func (p *person) peek(path string) reply {
	p.Helper()
	request, err := http.NewRequestWithContext(p.Context(), http.MethodGet, p.url+path, nil)
	p.check(err)
	response, err := p.client.Do(request)
	p.check(err)
	p.check(response.Body.Close())
	return reply{status: response.StatusCode, header: response.Header}
}

// id is something that the route could be about, in a shop.
func (h *house) idFor(route string, conversation, order, review int64) int64 {
	switch {
	case strings.Contains(route, "/inbox/:id"):
		return conversation
	case strings.Contains(route, "/orders/:id"):
		return order
	default:
		return review
	}
}

// stray puts money that a person must look at into a shop's queue, or into nobody's.
func (h *house) stray(m payments.MerchantID) (id int64) {
	h.Helper()
	var merchant any
	if m != 0 {
		merchant = int64(m)
	}
	h.said++
	var event int64
	h.check(h.db.On(h.Context()).Raw("insert into payment_events (merchant_id, gateway, event_id, live, at) values (?, 'bank', ?, true, ?) returning id",
		merchant, fmt.Sprint("e", h.said), h.now()).Scan(&event).Error)
	h.check(h.db.On(h.Context()).Raw(`insert into payment_reviews (merchant_id, event_id, gateway, reason, subject, amount, currency, opened_at)
		values (?, ?, 'transfer', 'wrong_amount', ?, 990, 'USD', ?) returning id`, merchant, event, fmt.Sprint("s", h.said), h.now()).Scan(&id).Error)
	return id
}

func TestEachRoleMayDoWhatTheTableSaysAndNothingElse(t *testing.T) {
	if routes := admin.RoutesForTest(); len(routes) != len(matrix) {
		t.Errorf("%d routes, the matrix has %d", len(routes), len(matrix))
	}
	h := openHouse(t, stocked.SQLite(t))
	talk := h.asks(h.meadow, "Mila", "Hello?")
	order := h.places(h.meadow, talk.Contact, "trail-boot", "Mila", 1)
	review, unclaimed := h.stray(payments.MerchantID(h.meadow.ID)), h.stray(0)
	h.check(h.payments.SetRules(t.Context(), payments.MerchantID(h.meadow.ID), payments.Rules{TwoStep: true}))
	paid := h.paysFor(h.meadow, talk.Contact)
	refund, dispute, item := h.owes(paid, 100), h.disputes(paid), h.differs(paid)
	for role, letter := range letters {
		h.hires(string(role), role)
		for route, who := range matrix {
			p := h.as(string(role)) // anew: one of them signs out
			id := h.idFor(route, int64(talk.ID), int64(order.ID), review)
			if strings.Contains(route, "unclaimed") {
				id = unclaimed
			}
			if strings.Contains(route, "refunds/:id") {
				id = int64(refund.ID)
			}
			if strings.Contains(route, "disputes/:id") {
				id = dispute
			}
			if strings.Contains(route, "differences/:id") {
				id = item
			}
			got := p.ask(route, p.token("/admin/account"), "meadow", id).status
			if may := strings.Contains(who, letter); may == (got == http.StatusForbidden) || got >= 500 || got == http.StatusNotFound {
				t.Errorf("%s as %s: status %d, want it permitted: %v", route, role, got, may)
			}
		}
	}
}

func TestNobodyComesInWithoutSigningIn(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t))
	for route := range matrix {
		got := h.visitor().ask(route, "0000", "meadow", 1)
		if got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/admin/sign-in") {
			t.Errorf("%s: status %d to %q", route, got.status, got.header.Get("Location"))
		}
	}
}

func TestAnotherShopsThingsAreNotThere(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		theirs := h.asks(h.studio, "Noor", "Hello?")
		order := h.places(h.studio, theirs.Contact, h.anyOf(h.studio), "Noor", 1)
		review, unclaimed := h.stray(payments.MerchantID(h.studio.ID)), h.stray(0)
		h.hires("anna", admin.Owner, h.meadow.ID)
		p := h.as("anna")
		token := p.token("/admin/account")
		before := h.deeds()
		for route := range matrix {
			if !strings.Contains(route, ":id") && !strings.Contains(route, ":shop") && !strings.Contains(route, "unclaimed") {
				continue
			}
			id := h.idFor(route, int64(theirs.ID), int64(order.ID), review)
			if strings.Contains(route, "unclaimed") {
				id = unclaimed
			}
			if got := p.ask(route, token, "studio", id).status; got != http.StatusNotFound {
				t.Errorf("%s of another shop: status %d, want 404", route, got)
			}
			if !strings.Contains(route, "/shops/:shop/") || !strings.Contains(route, ":id") {
				continue
			}
			if got := p.ask(route, token, "meadow", id).status; got != http.StatusNotFound {
				t.Errorf("%s with an id of another shop: status %d, want 404", route, got)
			}
		}
		if after := h.deeds(); len(after) != len(before) {
			t.Errorf("something was done: %q", after[len(before):])
		}
		home := p.get("/admin").body
		if strings.Contains(home, "Noor") || strings.Contains(home, "Paper Lantern") {
			t.Error("the first page shows another shop")
		}
	})
}
