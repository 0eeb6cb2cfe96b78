package sandbox

import (
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// state is how far a session has come.
type state string

const (
	stateOpen     state = "open"
	stateWorking  state = "working" // "pay later" was chosen
	statePaid     state = "paid"
	stateDeclined state = "declined"
	stateExpired  state = "expired"
)

// action is what somebody does to a session: a button of the page, or our side closing it.
type action string

const (
	doPay     action = "pay"
	doDecline action = "decline"
	doLater   action = "later"
	doSettle  action = "settle"
	doFail    action = "fail"
	doClose   action = "close"
)

// leads is every step of a session. An action that leads to the state a session is in already is fine:
// people press twice.
var leads = map[action]struct {
	from state
	to   state
}{
	doPay:     {stateOpen, statePaid},
	doDecline: {stateOpen, stateDeclined},
	doLater:   {stateOpen, stateWorking},
	doSettle:  {stateWorking, statePaid},
	doFail:    {stateWorking, stateDeclined},
	doClose:   {stateOpen, stateExpired},
}

// session is one thing to be paid.
type session struct {
	ref, key string
	number   string
	amount   money.Amount
	language string
	back     string
	state    state
	expires  time.Time
}

// after is the session after an action. It fails with fault.Invalid for an unknown action, and with
// fault.Conflict when the session is beyond it or its time is over.
func (s session) after(do action, now time.Time) (session, error) {
	step, known := leads[do]
	late := step.from == stateOpen && do != doClose && !now.Before(s.expires)
	switch {
	case !known:
		return s, fault.New(fault.Invalid, "payment.sandbox_action")
	case s.state == step.to, do == doClose && s.state == stateDeclined:
		return s, nil
	case s.state != step.from || late:
		return s, fault.New(fault.Conflict, "payment.sandbox_over")
	}
	s.state = step.to
	return s, nil
}

// notice is the session in the words of payments, with its first charge once it is paid. There is one event for each
// state, however often it is said.
func (s session) notice(charges []charge) payments.Notice {
	event := "evt_" + s.ref + "_" + string(s.state)
	if s.state == statePaid && len(charges) > 0 {
		return s.charged(charges[0], event)
	}
	return payments.Notice{
		Event: event, Ref: s.ref, Payment: s.key, Amount: s.amount,
		News: map[state]payments.Status{
			stateOpen: payments.Open, stateWorking: payments.Working, statePaid: payments.Settled,
			stateDeclined: payments.Failed, stateExpired: payments.Expired,
		}[s.state],
	}
}
