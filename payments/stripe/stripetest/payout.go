package stripetest

import (
	"fmt"
	"net/http"
	"testing"
)

// payout is a payout as the server remembers it.
type payout struct {
	id, status, currency, returned string
	of                             string // the seller's account that it is from; empty: ours
	amount, created                int64
	automatic, reconciled          bool
}

func (p *payout) object() map[string]any {
	state := map[bool]string{true: "completed", false: "in_progress"}[p.reconciled]
	if !p.automatic {
		state = "not_applicable"
	}
	object := map[string]any{
		"id": p.id, "object": "payout", "amount": p.amount, "currency": p.currency, "status": p.status, "automatic": p.automatic, "created": p.created,
		"arrival_date": p.created + 2*24*3600, "reconciliation_status": state, "statement_descriptor": "BOOTS", "failure_balance_transaction": nil, "livemode": false,
	}
	if p.returned != "" {
		object["failure_balance_transaction"] = p.returned
	}
	return object
}

func (s *Server) listedPayouts() (all []listed) {
	for _, one := range s.payouts {
		if one.of != "" {
			continue
		}
		all = append(all, listed{one.id, one.created, one.object()})
	}
	return all
}

func (s *Server) readPayout(id, of string) (any, *failure) {
	for _, one := range s.payouts {
		if one.id == id && one.of == of {
			return one.object(), nil
		}
	}
	return nil, &failure{http.StatusNotFound, "invalid_request_error", "resource_missing", "id", "no such payout"}
}

// PayOut sends everything that is left of the balance to the bank, and returns the event that says so. A payout by
// hand can't be itemised.
func (s *Server) PayOut(t testing.TB, automatic bool) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	made := &payout{id: fmt.Sprintf("po_test_%d", len(s.payouts)+1), status: "pending", currency: "usd", automatic: automatic, created: s.now().Unix()}
	for _, one := range s.rows {
		if one.payout == "" {
			one.payout, made.currency = made.id, one.currency
			made.amount += one.amount - one.fee
		}
	}
	s.payouts = append(s.payouts, made)
	s.addRow("txn_"+made.id, "payout", -made.amount, 0, made.currency, made.object())
	s.rows[len(s.rows)-1].payout = made.id
	return s.event(t, "payout.created", made.object())
}

// MovePayout brings the latest payout to a status, or to "reconciled", and returns the event that says so. One that
// failed is back on the balance.
func (s *Server) MovePayout(t testing.TB, status string) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.payouts[len(s.payouts)-1]
	switch status {
	case "reconciled":
		last.reconciled = true
		return s.event(t, "payout.reconciliation_completed", last.object())
	case "failed":
		last.returned = "txn_" + last.id + "_failed"
		s.addRow(last.returned, "payout_reversal", last.amount, 0, last.currency, last.object())
	}
	last.status = status
	kind := "payout." + status
	if status == "in_transit" {
		kind = "payout.updated"
	}
	return s.event(t, kind, last.object())
}
