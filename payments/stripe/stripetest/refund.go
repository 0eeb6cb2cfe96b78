package stripetest

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
)

// refund is a refund as the server remembers it.
type refund struct {
	id, session, status string
	amount, created     int64
	metadata            map[string]any
}

func (r *refund) object(s *Session) map[string]any {
	object := map[string]any{
		"id": r.id, "object": "refund", "created": r.created, "amount": r.amount, "currency": s.Currency, "status": r.status, "payment_intent": s.intent(), "metadata": r.metadata,
		"charge": s.Charge(),
	}
	for _, name := range s.Unsaid {
		object[name] = nil
	}
	return object
}

// source is the refund as a balance transaction names it.
func (r *refund) source(s *Session) map[string]any {
	object := r.object(s)
	object["charge"] = s.Charge()
	return object
}

// Refunds makes the refunds that follow be in a status: succeeded, pending, failed.
func (s *Server) Refunds(status string) { s.mu.Lock(); defer s.mu.Unlock(); s.refundsAre = status }

// Forget drops all idempotency keys, as a day's passing does.
func (s *Server) Forget() { s.mu.Lock(); defer s.mu.Unlock(); clear(s.answers) }

// MakeRefund gives money back as somebody does on the processor's own pages, and returns the event that says so.
func (s *Server) MakeRefund(t testing.TB, session string, sum int64) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	made := s.keepRefund(s.sessions[session], sum, map[string]any{})
	return s.event(t, "refund.created", made.object(s.sessions[session]))
}

// MoveRefund brings the latest refund to a status and returns the event that says so.
func (s *Server) MoveRefund(t testing.TB, status string) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.refunds[len(s.refunds)-1]
	last.status = status
	if of := s.sessions[last.session]; status == "failed" {
		s.addRow("txn_"+last.id+"_failed", "refund_failure", last.amount, 0, of.Currency, last.source(of))
	}
	kind := "refund.updated"
	if status == "failed" {
		kind = "refund.failed"
	}
	return s.event(t, kind, last.object(s.sessions[last.session]))
}

func (s *Server) keepRefund(of *Session, sum int64, metadata map[string]any) *refund {
	made := &refund{fmt.Sprintf("re_test_%d", len(s.refunds)+1), of.ID, s.refundsAre, sum, s.now().Unix(), metadata}
	s.refunds = append(s.refunds, made)
	if made.status != "failed" {
		s.addRow("txn_"+made.id, "refund", -sum, 0, of.Currency, made.source(of))
	}
	return made
}

// given is what was given back of a session.
func (s *Server) given(session string) (sum int64) {
	for _, one := range s.refunds {
		if one.session == session && one.status != "failed" {
			sum += one.amount
		}
	}
	return sum
}

func (s *Server) refund(form url.Values) (any, *failure) {
	for _, found := range s.sessions {
		if found.intent() != form.Get("payment_intent") || found.PaymentStatus != "paid" {
			continue
		}
		var sum int64
		if _, err := fmt.Sscan(form.Get("amount"), &sum); err != nil || sum <= 0 || s.given(found.ID)+sum > found.Amount {
			return nil, invalid("amount", "more than is left")
		}
		metadata := map[string]any{}
		for _, name := range []string{"payment", "refund"} {
			metadata[name] = form.Get("metadata[" + name + "]")
		}
		made := s.keepRefund(found, sum, metadata)
		if form.Get("reverse_transfer") == "true" {
			if refused := s.reverse(found, made, form.Get("refund_application_fee") == "true"); refused != nil {
				return nil, refused
			}
		}
		return made.object(found), nil
	}
	return nil, invalid("payment_intent", "nothing was captured")
}

func (s *Server) readRefund(id string) (any, *failure) {
	for _, one := range s.refunds {
		if one.id == id {
			return one.object(s.sessions[one.session]), nil
		}
	}
	return nil, &failure{404, "invalid_request_error", "resource_missing", "id", "no such refund"}
}

func (s *Server) listRefunds(form url.Values) (any, *failure) {
	data := []any{}
	for _, one := range slices.Backward(s.refunds) {
		if of := s.sessions[one.session]; of.intent() == form.Get("payment_intent") || of.Charge() == form.Get("charge") {
			data = append(data, one.object(s.sessions[one.session]))
		}
	}
	return map[string]any{"object": "list", "data": data, "has_more": false, "url": "/v1/refunds"}, nil
}
