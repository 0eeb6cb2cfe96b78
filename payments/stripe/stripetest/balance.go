package stripetest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
)

// doMore answers the requests that are about the account's balance and its disputes.
func (s *Server) doMore(method, path string, parts []string, form url.Values) (any, *failure) {
	one := len(parts) == 2
	switch {
	case method == http.MethodGet && path == "balance_transactions":
		return known(form, rowsParams, func() (any, *failure) { return s.listRows(form) })
	case method == http.MethodGet && path == "payouts":
		return known(form, timeParams, func() (any, *failure) { return page(form, s.listedPayouts(), path) })
	case method == http.MethodGet && path == "events":
		return known(form, timeParams, func() (any, *failure) { return page(form, s.said, path) })
	case method == http.MethodGet && one && parts[0] == "payouts":
		return known(form, readParams, func() (any, *failure) { return s.readPayout(parts[1], form.Get(onBehalf)) })
	case method == http.MethodPost && path == "accounts":
		return known(form, accountForm, func() (any, *failure) { return s.enrol(form) })
	case method == http.MethodPost && path == "account_links":
		return known(form, linkParams, func() (any, *failure) { return s.link(form) })
	case method == http.MethodGet && one && parts[0] == "accounts":
		return known(form, readParams, func() (any, *failure) { return s.readAccount(parts[1]) })
	case method == http.MethodGet && one && parts[0] == "transfers":
		return known(form, readParams, func() (any, *failure) { return s.readMoved(s.transfers, parts[1], form) })
	case len(parts) == 3 && parts[0] == "transfers" && parts[2] == "reversals" && method == http.MethodPost:
		return known(form, reversalForm, func() (any, *failure) { return s.reverseTransfer(parts[1], form) })
	case len(parts) == 3 && parts[0] == "transfers" && parts[2] == "reversals" && method == http.MethodGet:
		return known(form, timeParams, func() (any, *failure) { return s.listReversals(parts[1]) })
	case method == http.MethodGet && one && parts[0] == "application_fees":
		return known(form, readParams, func() (any, *failure) { return s.readMoved(s.fees, parts[1], form) })
	case method == http.MethodGet && one && parts[0] == "charges":
		return known(form, readParams, func() (any, *failure) { return s.readCharge(parts[1]) })
	case method == http.MethodGet && one && parts[0] == "payment_intents":
		return known(form, readParams, func() (any, *failure) { return s.readIntent(parts[1]) })
	case method == http.MethodGet && one && parts[0] == "disputes":
		return known(form, readParams, func() (any, *failure) { return s.readDispute(parts[1]) })
	case method == http.MethodPost && len(parts) == 3 && parts[0] == "disputes" && parts[2] == "close":
		return known(form, noParams, func() (any, *failure) { return s.closeDispute(parts[1]) })
	case method == http.MethodPost && one && parts[0] == "disputes":
		return known(form, disputeForm, func() (any, *failure) { return s.contest(parts[1], form) })
	}
	return nil, &failure{http.StatusNotFound, "invalid_request_error", "", "", "unrecognized request " + path}
}

// listed is one row of a list, with what lists are cut by.
type listed struct {
	id      string
	created int64
	object  any
}

// page is a page of a list, the newest first, as Stripe gives it: at most limit after starting_after, made within a
// stretch of time.
func page(form url.Values, all []listed, path string) (any, *failure) {
	limit := 10
	if asked := form.Get("limit"); asked != "" {
		if _, err := fmt.Sscan(asked, &limit); err != nil || limit < 1 || limit > 100 {
			return nil, invalid("limit", "between 1 and 100")
		}
	}
	from, till := bound(form, "created[gte]", 0), bound(form, "created[lt]", 1<<62)
	data, more, begun := []any{}, false, form.Get("starting_after") == ""
	for _, one := range slices.Backward(all) {
		switch {
		case one.id == form.Get("starting_after"):
			begun = true
		case !begun || one.created < from || one.created >= till:
		case len(data) == limit:
			more = true
		default:
			data = append(data, one.object)
		}
	}
	if !begun {
		return nil, invalid("starting_after", "no such object")
	}
	return map[string]any{"object": "list", "data": data, "has_more": more, "url": "/v1/" + path}, nil
}

func bound(form url.Values, name string, otherwise int64) int64 {
	if at, err := strconv.ParseInt(form.Get(name), 10, 64); err == nil {
		return at
	}
	return otherwise
}

// row is a balance transaction.
type row struct {
	id, category, currency, payout string
	amount, fee, created           int64
	source                         map[string]any
}

func (s *Server) addRow(id, category string, sum, fee int64, currency string, source map[string]any) {
	if !slices.ContainsFunc(s.rows, func(r *row) bool { return r.id == id }) {
		s.rows = append(s.rows, &row{id, category, currency, "", sum, fee, s.now().Unix(), source})
	}
}

func (r *row) object(expanded bool) map[string]any {
	object := map[string]any{
		"id": r.id, "object": "balance_transaction", "amount": r.amount, "fee": r.fee, "net": r.amount - r.fee, "currency": r.currency,
		"reporting_category": r.category, "type": r.category, "created": r.created, "available_on": r.created + 2*24*3600, "source": r.source["id"],
	}
	if expanded {
		object["source"] = r.source
	}
	return object
}

func (s *Server) listRows(form url.Values) (any, *failure) {
	var all []listed
	of := form.Get("payout")
	if of != "" && !slices.ContainsFunc(s.payouts, func(p *payout) bool { return p.id == of && p.automatic }) {
		return nil, invalid("payout", "balance transaction history can only be filtered on automatic transfers")
	}
	for _, one := range s.rows {
		if of == "" || one.payout == of {
			all = append(all, listed{one.id, one.created, one.object(form.Get("expand[0]") == "data.source")})
		}
	}
	return page(form, all, "balance_transactions")
}

// Rows are the ids of the balance transactions so far.
func (s *Server) Rows() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.rows {
		ids = append(ids, one.id)
	}
	return ids
}

// LateFees makes charges that follow come without their balance transaction, until FeeComes.
func (s *Server) LateFees() { s.mu.Lock(); defer s.mu.Unlock(); s.lateFees = true }

// FeeComes gives a charge its balance transaction and returns the event that says so.
func (s *Server) FeeComes(t testing.TB, session string) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.sessions[session]
	found.feeUnknown = false
	return s.event(t, "charge.updated", found.chargeObject())
}

// About is another event of the intent, or of the charge, of a session, as it is now.
func (s *Server) About(t testing.TB, kind, session string) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.sessions[session]
	if kind[:3] == "cha" {
		return s.event(t, kind, found.chargeObject())
	}
	return s.event(t, kind, found.intentObject())
}
