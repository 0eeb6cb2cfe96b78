package sandbox

import (
	"context"
	"slices"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// scene is a session with everything that came of it.
type scene struct {
	session  session
	charges  []charge
	refunds  []refund
	disputes []dispute
}

// Deed is what somebody can do to a payment at the processor, from the pay page or the desk.
type Deed string

// Everything that can happen to a payment. The first ones are what the buyer and their bank do on the pay page.
const (
	Pay     Deed = Deed(doPay)
	Decline Deed = Deed(doDecline)
	Later   Deed = Deed(doLater)
	Settle  Deed = Deed(doSettle)
	Fail    Deed = Deed(doFail)

	PayPart  Deed = "pay_part"  // half of it is captured
	PayLate  Deed = "pay_late"  // after the session expired, or was closed
	PayAgain Deed = "pay_again" // the buyer is charged a second time

	GiveBack   Deed = "give_back"   // a refund of half of what is left, on the processor's own pages
	RefundFail Deed = "refund_fail" // the latest refund comes back from the bank

	Dispute       Deed = "dispute" // the buyer's bank takes the latest charge back
	DisputeReview Deed = "dispute_review"
	DisputeWin    Deed = "dispute_win"
	DisputeLose   Deed = "dispute_lose"

	SayTwice    Deed = "say_twice"    // the latest news again, and once more under another id
	SayBackward Deed = "say_backward" // all news of the payment again, the newest first, under other ids
)

// deed is one row of what can happen.
type deed struct {
	name Deed
	can  func(s scene) bool
	do   func(g *Gateway, ctx context.Context, s scene) ([]payments.Notice, error)
}

// deeds is everything that can happen, in the order of the desk.
var deeds = []deed{
	{Pay, is(stateOpen), step(doPay)}, {Later, is(stateOpen), step(doLater)}, {Decline, is(stateOpen), step(doDecline)},
	{PayPart, func(s scene) bool { return s.session.state == stateOpen && s.session.amount.Minor > 1 }, (*Gateway).payPart},
	{Settle, is(stateWorking), step(doSettle)}, {Fail, is(stateWorking), step(doFail)},
	{PayLate, func(s scene) bool { return s.session.state == stateExpired || s.session.state == stateDeclined }, (*Gateway).payLate},
	{PayAgain, func(s scene) bool { return s.session.state == statePaid && len(s.charges) < 9 }, (*Gateway).payAgain},
	{GiveBack, func(s scene) bool { _, ok := s.refundable(money.Amount{}); return ok }, (*Gateway).giveBack},
	{RefundFail, func(s scene) bool { return s.lastRefund() != nil }, (*Gateway).refundFail},
	{Dispute, func(s scene) bool { return s.undisputed() != nil }, (*Gateway).dispute},
	{DisputeReview, disputeIs(disputeOpen), disputeStep(disputeReview)},
	{DisputeWin, disputeIs(disputeOpen, disputeReview, disputeLost), disputeStep(disputeWon)},
	{DisputeLose, disputeIs(disputeOpen, disputeReview), disputeStep(disputeLost)},
	{SayTwice, hasHappened, (*Gateway).sayTwice}, {SayBackward, hasHappened, (*Gateway).sayBackward},
}

func is(in state) func(scene) bool { return func(s scene) bool { return s.session.state == in } }

func hasHappened(s scene) bool { return s.session.state != stateOpen }

// Can are the deeds that are possible for a session now.
func (g *Gateway) Can(ctx context.Context, ref string) (names []Deed, err error) {
	s, err := g.sceneOf(ctx, ref, "")
	for _, one := range deeds {
		if err == nil && one.can(s) {
			names = append(names, one.name)
		}
	}
	return names, err
}

// Act lets something happen to a payment and returns the news of it, in the order in which it is to be said. It fails
// with fault.Missing, with fault.Invalid for an unknown deed and with fault.Conflict when it is not possible (now).
func (g *Gateway) Act(ctx context.Context, ref string, name Deed) (news []payments.Notice, err error) {
	at := slices.IndexFunc(deeds, func(d deed) bool { return d.name == name })
	if at < 0 {
		return nil, fault.New(fault.Invalid, "payment.sandbox_action")
	}
	err = g.store.d.InTx(ctx, func(ctx context.Context) error {
		s, err := g.sceneOf(ctx, ref, g.store.d.ForUpdate())
		if err != nil {
			return err
		}
		if !deeds[at].can(s) {
			return fault.New(fault.Conflict, "payment.sandbox_over")
		}
		news, err = deeds[at].do(g, ctx, s)
		return err
	})
	return news, err
}

// sceneOf reads a session, locked if lock says so, with everything that came of it.
func (g *Gateway) sceneOf(ctx context.Context, ref, lock string) (s scene, err error) {
	if s.session, err = g.store.find(ctx, ref, lock); err != nil {
		return s, err
	}
	if s.session.state == stateOpen && !g.now().Before(s.session.expires) {
		s.session.state = stateExpired
	}
	if s.charges, err = g.store.charges(ctx, s.session); err != nil {
		return s, err
	}
	if s.refunds, err = g.store.refunds(ctx, s.session); err != nil {
		return s, err
	}
	s.disputes, err = g.store.disputes(ctx, s.session)
	return s, err
}

// step is an action of the session's own table.
func step(do action) func(*Gateway, context.Context, scene) ([]payments.Notice, error) {
	return func(g *Gateway, ctx context.Context, s scene) ([]payments.Notice, error) {
		after, err := g.advance(ctx, s, do)
		if err != nil {
			return nil, err
		}
		return g.tell(ctx, after)
	}
}

// advance takes one step of a session's table; what is paid is charged.
func (g *Gateway) advance(ctx context.Context, s scene, do action) (payments.Notice, error) {
	after, err := s.session.after(do, g.now())
	if err != nil || after.state == s.session.state {
		return after.notice(s.charges), err
	}
	if err := g.store.setState(ctx, after.ref, after.state); err != nil {
		return payments.Notice{}, err
	}
	if after.state == statePaid {
		made, err := g.take(ctx, s, after.amount)
		if err != nil {
			return payments.Notice{}, err
		}
		s.charges = append(s.charges, made)
	}
	return after.notice(s.charges), nil
}

// pay charges a session that is not open any more, or less than all.
func (g *Gateway) pay(ctx context.Context, s scene, amount money.Amount) ([]payments.Notice, error) {
	made, err := g.take(ctx, s, amount)
	if err != nil {
		return nil, err
	}
	if err := g.store.setState(ctx, s.session.ref, statePaid); err != nil {
		return nil, err
	}
	return g.tell(ctx, s.session.charged(made, "evt_"+made.id))
}

func (g *Gateway) payPart(ctx context.Context, s scene) ([]payments.Notice, error) {
	half := s.session.amount
	half.Minor /= 2
	return g.pay(ctx, s, half)
}

func (g *Gateway) payLate(ctx context.Context, s scene) ([]payments.Notice, error) {
	return g.pay(ctx, s, s.session.amount)
}

func (g *Gateway) payAgain(ctx context.Context, s scene) ([]payments.Notice, error) {
	return g.pay(ctx, s, s.session.amount)
}
