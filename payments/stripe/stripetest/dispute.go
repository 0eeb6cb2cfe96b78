package stripetest

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
)

// disputeFee is what the processor keeps for each dispute.
const disputeFee = 1500

// dispute is a dispute as the server remembers it.
type dispute struct {
	id, session, status string
	due                 int64
	moved               []*row
	metadata            map[string]any
	evidence            string // uncategorized_text, once it was submitted
	submissions         int
}

func (s *Server) disputeObject(d *dispute) map[string]any {
	of := s.sessions[d.session]
	moved := []any{}
	for _, one := range d.moved {
		moved = append(moved, one.object(false))
	}
	return map[string]any{
		"id": d.id, "object": "dispute", "amount": of.Amount, "currency": of.Currency, "charge": of.Charge(), "payment_intent": of.intent(), "reason": "fraudulent",
		"status": d.status, "livemode": of.Live, "created": s.now().Unix(), "balance_transactions": moved, "metadata": d.metadata,
		"evidence_details": map[string]any{"due_by": d.due, "has_evidence": d.submissions > 0, "submission_count": d.submissions},
	}
}

// Dispute has a buyer's bank dispute the charge of a session, with or without taking the money yet, and returns the
// event that says so.
func (s *Server) Dispute(t testing.TB, session string, withdrawn bool) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	made := &dispute{
		id: fmt.Sprintf("dp_test_%d", len(s.disputes)+1), session: session, status: "needs_response", due: s.now().Unix() + 7*24*3600, metadata: map[string]any{},
	}
	s.disputes = append(s.disputes, made)
	if withdrawn {
		s.moveDispute(made, -1)
	}
	return s.event(t, "charge.dispute.created", s.disputeObject(made))
}

// moveDispute takes the money, or gives it back.
func (s *Server) moveDispute(d *dispute, sign int64) {
	of := s.sessions[d.session]
	id, category, fee := "txn_"+d.id, "dispute", int64(disputeFee)
	if sign > 0 {
		id, category, fee = id+"_won", "dispute_reversal", 0
	}
	s.addRow(id, category, sign*of.Amount, fee, of.Currency, map[string]any{
		"id": d.id, "object": "dispute", "amount": of.Amount, "currency": of.Currency, "charge": of.Charge(),
	})
	d.moved = append(d.moved, s.rows[len(s.rows)-1])
}

// MoveDispute is what happens to the latest dispute: withdrawn and reinstated move the money; under_review, won, lost
// are its status. It returns the event that says so.
func (s *Server) MoveDispute(t testing.TB, what string) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.disputes[len(s.disputes)-1]
	kind := "charge.dispute.closed"
	switch what {
	case "withdrawn":
		s.moveDispute(last, -1)
		kind = "charge.dispute.funds_withdrawn"
	case "reinstated":
		s.moveDispute(last, 1)
		kind = "charge.dispute.funds_reinstated"
	case "under_review":
		last.status, kind = what, "charge.dispute.updated"
	default:
		last.status = what
	}
	return s.event(t, kind, s.disputeObject(last))
}

// Evidence is what was submitted in the latest dispute, and how often.
func (s *Server) Evidence() (text string, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.disputes[len(s.disputes)-1]
	return last.evidence, last.submissions
}

func (s *Server) findDispute(id string) (*dispute, *failure) {
	for _, one := range s.disputes {
		if one.id == id {
			return one, nil
		}
	}
	return nil, &failure{http.StatusNotFound, "invalid_request_error", "resource_missing", "id", "no such dispute"}
}

func (s *Server) readDispute(id string) (any, *failure) {
	found, refused := s.findDispute(id)
	if refused != nil {
		return nil, refused
	}
	return s.disputeObject(found), nil
}

// closeDispute loses it, as who does not contest it does.
func (s *Server) closeDispute(id string) (any, *failure) {
	found, refused := s.findDispute(id)
	switch {
	case refused != nil:
		return nil, refused
	case found.status != "needs_response" && found.status != "warning_needs_response":
		return nil, invalid("", "this dispute can't be closed any more; it is "+found.status)
	}
	found.status = map[string]string{"needs_response": "lost", "warning_needs_response": "warning_closed"}[found.status]
	return s.disputeObject(found), nil
}

// contest takes evidence, once: what is submitted is submitted.
func (s *Server) contest(id string, form url.Values) (any, *failure) {
	found, refused := s.findDispute(id)
	switch {
	case refused != nil:
		return nil, refused
	case found.status != "needs_response" && found.status != "warning_needs_response":
		return nil, invalid("", "this dispute takes no evidence any more; it is "+found.status)
	case len(form.Get("evidence[uncategorized_text]")) > 150_000:
		return nil, invalid("evidence[uncategorized_text]", "too long")
	}
	found.evidence, found.metadata["evidence"] = form.Get("evidence[uncategorized_text]"), form.Get("metadata[evidence]")
	if form.Get("submit") == "true" {
		found.submissions++
		found.status = "under_review"
	}
	return s.disputeObject(found), nil
}
