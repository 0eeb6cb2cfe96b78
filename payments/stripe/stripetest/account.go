package stripetest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// account is a seller's account as the server remembers it.
type account struct {
	id, email, shop         string
	charges, payouts, asked bool
	due                     []string
	barred                  string
	links                   int
	back                    map[string]string // where its owner is sent: return_url, refresh_url
}

func (a *account) object() map[string]any {
	var barred any
	if a.barred != "" {
		barred = a.barred
	}
	return map[string]any{
		"id": a.id, "object": "account", "type": "express", "charges_enabled": a.charges, "payouts_enabled": a.payouts, "details_submitted": a.asked,
		"email": a.email, "requirements": map[string]any{"currently_due": a.due, "disabled_reason": barred},
	}
}

func (s *Server) findAccount(id string) *account {
	for _, one := range s.accounts {
		if one.id == id {
			return one
		}
	}
	return nil
}

func noSuch(what string) *failure {
	return &failure{http.StatusNotFound, "invalid_request_error", "resource_missing", "id", "no such " + what}
}

func (s *Server) enrol(form url.Values) (any, *failure) {
	if form.Get("type") != "express" || form.Get("capabilities[transfers][requested]") != "true" {
		return nil, invalid("type", "this server has express accounts that take transfers")
	}
	made := &account{
		id: fmt.Sprintf("acct_test_%d", len(s.accounts)+1), email: form.Get("email"), shop: form.Get("business_profile[name]"),
		due: []string{"external_account", "business_profile.url"}, barred: "requirements.past_due",
	}
	s.accounts = append(s.accounts, made)
	return made.object(), nil
}

func (s *Server) link(form url.Values) (any, *failure) {
	found := s.findAccount(form.Get("account"))
	switch {
	case found == nil:
		return nil, invalid("account", "no such account")
	case form.Get("type") != "account_onboarding":
		return nil, invalid("type", "this server onboards")
	case !strings.HasPrefix(form.Get("return_url"), "http") || !strings.HasPrefix(form.Get("refresh_url"), "http"):
		return nil, invalid("return_url", "not a URL")
	}
	found.links++
	found.back = map[string]string{"return_url": form.Get("return_url"), "refresh_url": form.Get("refresh_url")}
	return map[string]any{
		"object": "account_link", "created": s.now().Unix(), "expires_at": s.now().Unix() + 300, "url": fmt.Sprintf("%s/setup/%s/%d", s.URL, found.id, found.links),
	}, nil
}

// LastLink is where the owner of the latest account is sent back to: return_url and refresh_url.
func (s *Server) LastLink() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts[len(s.accounts)-1].back
}

func (s *Server) readAccount(id string) (any, *failure) {
	if found := s.findAccount(id); found != nil {
		return found.object(), nil
	}
	return nil, noSuch("account")
}

// Seller has a seller's account be asked for what is still due, or be barred, and returns the event that says so. With
// nothing due it may be paid.
func (s *Server) Seller(t testing.TB, id, barred string, due ...string) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.findAccount(id)
	if found == nil {
		t.Fatalf("no account %s", id)
	}
	found.asked, found.due, found.barred = true, due, barred
	found.charges, found.payouts = barred == "", barred == "" && len(due) == 0
	return s.eventOf(t, id, "account.updated", found.object())
}

// SellerPayOut is the event of a payout from a seller's own balance, in a status.
func (s *Server) SellerPayOut(t testing.TB, id, status string, sum int64) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var found *payout
	for _, one := range s.payouts {
		if one.of == id {
			found = one
		}
	}
	if found == nil {
		found = &payout{id: fmt.Sprintf("po_%s_%d", id, len(s.payouts)+1), of: id, currency: "usd", automatic: true, created: s.now().Unix(), amount: sum}
		s.payouts = append(s.payouts, found)
	}
	found.status = status
	return s.eventOf(t, id, "payout."+status, found.object())
}
