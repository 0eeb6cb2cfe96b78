package stripetest

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"testing"
)

// moved is a transfer to a seller, or a fee that the platform took of one, and what of it was taken back.
type moved struct {
	id, kind, session string // kind: transfer, application_fee
	amount            int64
	back              []movedBack
}

type movedBack struct {
	id       string
	amount   int64
	recovery string // our key
}

func (m *moved) taken() (sum int64) {
	for _, one := range m.back {
		sum += one.amount
	}
	return sum
}

func (m *moved) object(s *Session, expanded bool) map[string]any {
	var charge any = s.Charge()
	if expanded {
		charge = map[string]any{"id": s.Charge(), "object": "charge", "amount": s.Amount, "currency": s.Currency, "payment_intent": s.intent()}
	}
	backs := []any{}
	for _, one := range slices.Backward(m.back) {
		backs = append(backs, m.backObject(s, one))
	}
	list := map[string]any{"object": "list", "data": backs, "has_more": false}
	object := map[string]any{"id": m.id, "object": m.kind, "amount": m.amount, "currency": s.Currency, "livemode": s.Live}
	if m.kind == "transfer" {
		object["destination"], object["source_transaction"], object["reversals"], object["amount_reversed"] = s.Destination, charge, list, m.taken()
		return object
	}
	object["account"], object["charge"], object["originating_transaction"], object["refunds"] = s.Destination, "py_"+s.ID, charge, list
	object["amount_refunded"] = m.taken()
	return object
}

func (m *moved) backObject(s *Session, one movedBack) map[string]any {
	object := map[string]any{"id": one.id, "object": "fee_refund", "amount": one.amount, "currency": s.Currency, "fee": m.id}
	if m.kind == "transfer" {
		object["object"], object["transfer"], object["metadata"] = "transfer_reversal", m.id, map[string]any{"recovery": one.recovery}
		delete(object, "fee")
	}
	return object
}

// destine takes what a session says of a seller.
func (s *Server) destine(made *Session, form url.Values) *failure {
	const of = "payment_intent_data"
	made.Destination = form.Get(of + "[transfer_data][destination]")
	fee, seller := form.Get(of+"[application_fee_amount]"), s.findAccount(made.Destination)
	switch {
	case made.Destination == "" && (fee != "" || form.Has(of+"[on_behalf_of]")):
		return invalid(of+"[application_fee_amount]", "there is no seller")
	case made.Destination == "":
		return nil
	case seller == nil || !seller.charges:
		return invalid(of+"[transfer_data][destination]", "the account can't be paid")
	case form.Get(of+"[on_behalf_of]") != made.Destination:
		return invalid(of+"[on_behalf_of]", "another account")
	case fee == "":
		return nil
	}
	kept, err := strconv.ParseInt(fee, 10, 64)
	if err != nil || kept < 1 || kept > made.Amount {
		return invalid(of+"[application_fee_amount]", "not an amount up to the whole")
	}
	made.Fee = kept
	return nil
}

// passOn moves all of a charge to its seller, and the platform's part back.
func (s *Server) passOn(t testing.TB, of *Session) {
	t.Helper()
	if of.Destination == "" {
		return
	}
	made := &moved{id: "tr_" + of.ID, kind: "transfer", session: of.ID, amount: of.Amount}
	s.transfers = append(s.transfers, made)
	s.addRow("txn_"+made.id, "transfer", -of.Amount, 0, of.Currency, made.object(of, false))
	s.event(t, "transfer.created", made.object(of, false))
	if of.Fee == 0 {
		return
	}
	kept := &moved{id: "fee_" + of.ID, kind: "application_fee", session: of.ID, amount: of.Fee}
	s.fees = append(s.fees, kept)
	s.addRow("txn_"+kept.id, "platform_earning", of.Fee, 0, of.Currency, kept.object(of, false))
	s.event(t, "application_fee.created", kept.object(of, false))
}

// reverse takes a refund's part of what was passed on back from the seller, and gives its part of the fee back.
func (s *Server) reverse(of *Session, r *refund, withFee bool) *failure {
	take := func(all []*moved, prefix, category string, sign int64) {
		for _, one := range all {
			if one.session != of.ID {
				continue
			}
			part := movedBack{id: fmt.Sprintf("%s_%s", prefix, r.id), amount: one.amount*s.given(of.ID)/of.Amount - one.taken()}
			if part.amount <= 0 {
				continue
			}
			one.back = append(one.back, part)
			s.addRow("txn_"+part.id, category, sign*part.amount, 0, of.Currency, one.backObject(of, part))
		}
	}
	switch {
	case of.Destination == "":
		return invalid("reverse_transfer", "nothing was passed on")
	case withFee && of.Fee == 0:
		return invalid("refund_application_fee", "there is no fee")
	}
	take(s.transfers, "trr", "transfer_reversal", 1)
	if withFee {
		take(s.fees, "fr", "platform_earning_refund", -1)
	}
	return nil
}

// Parts are events of what was moved for a session between the platform and its seller, as it is now: those of the transfer,
// and those of the fee.
func (s *Server) Parts(t testing.TB, session string) (events []Event) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.sessions[session]
	for _, one := range s.transfers {
		if one.session == session {
			events = append(events, s.event(t, "transfer.created", one.object(of, false)))
			if len(one.back) > 0 {
				events = append(events, s.event(t, "transfer.reversed", one.object(of, false)))
			}
		}
	}
	for _, one := range s.fees {
		if one.session != session {
			continue
		}
		events = append(events, s.event(t, "application_fee.created", one.object(of, false)))
		for _, back := range one.back {
			events = append(events, s.event(t, "application_fee.refunded", one.object(of, false)), s.event(t, "application_fee.refund.updated", one.backObject(of, back)))
		}
	}
	return events
}

func (s *Server) readMoved(all []*moved, id string, form url.Values) (any, *failure) {
	for _, one := range all {
		if one.id == id {
			return one.object(s.sessions[one.session], form.Has("expand[0]")), nil
		}
	}
	return nil, noSuch("object")
}

func (s *Server) readCharge(id string) (any, *failure) {
	for _, one := range s.sessions {
		if one.Charge() == id && one.PaymentStatus == "paid" {
			return one.chargeObject(), nil
		}
	}
	return nil, noSuch("charge")
}

// Bar has the sellers' accounts be too empty for reversals from now on, or not any more.
func (s *Server) Bar(empty bool) { s.mu.Lock(); defer s.mu.Unlock(); s.empty = empty }

// reverseTransfer takes so much of a transfer back from its seller.
func (s *Server) reverseTransfer(id string, form url.Values) (any, *failure) {
	for _, one := range s.transfers {
		if one.id != id {
			continue
		}
		sum, err := strconv.ParseInt(form.Get("amount"), 10, 64)
		switch {
		case err != nil || sum < 1 || sum > one.amount-one.taken():
			return nil, invalid("amount", "more than is left of the transfer")
		case s.empty:
			return nil, &failure{400, "invalid_request_error", "balance_insufficient", "", "the account has too little"}
		}
		of := s.sessions[one.session]
		part := movedBack{id: fmt.Sprintf("trr_%s_%d", one.id, len(one.back)+1), amount: sum, recovery: form.Get("metadata[recovery]")}
		one.back = append(one.back, part)
		s.addRow("txn_"+part.id, "transfer_reversal", sum, 0, of.Currency, one.backObject(of, part))
		return one.backObject(of, part), nil
	}
	return nil, noSuch("transfer")
}

func (s *Server) listReversals(id string) (any, *failure) {
	for _, one := range s.transfers {
		if one.id == id {
			return one.object(s.sessions[one.session], false)["reversals"], nil
		}
	}
	return nil, noSuch("transfer")
}
