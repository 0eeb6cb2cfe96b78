package sandbox

import (
	"context"
	"slices"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// States of a dispute at the sandbox.
const (
	disputeOpen   = "open"
	disputeReview = "review"
	disputeWon    = "won"
	disputeLost   = "lost"
)

// dispute is a buyer's bank that took a charge back.
type dispute struct {
	id, charge string
	amount     money.Amount
	fee        money.Amount
	state      string
	evidence   string
	due        time.Time
}

// said is the dispute in the words of payments: the money was withdrawn when it was opened, and comes back when it is won.
func (d dispute) said() payments.DisputeSaid {
	said := payments.DisputeSaid{
		ID: d.id, Status: payments.DisputeStatus(d.state), Reason: "fraudulent", Amount: d.amount, Due: d.due,
		Moves: []payments.DisputeMove{{Transaction: "txn_" + d.id, Amount: d.amount.Negated(), Fee: d.fee}},
	}
	if d.state == disputeWon {
		said.Moves = append(said.Moves, payments.DisputeMove{Transaction: "txn_" + d.id + "_won", Amount: d.amount, Fee: money.Of(0, d.fee.Currency)})
	}
	return said
}

func (d dispute) notice(s session) payments.Notice {
	said := d.said()
	return payments.Notice{
		Event: "evt_" + d.id + "_" + d.state, Key: d.charge, Ref: s.ref, Payment: s.key, Amount: d.amount, Dispute: &said,
	}
}

// undisputed is the latest charge that can be disputed.
func (s scene) undisputed() *charge {
	for i, one := range slices.Backward(s.charges) {
		if !slices.ContainsFunc(s.disputes, func(d dispute) bool { return d.charge == one.id }) && one.left().Minor > 0 {
			return &s.charges[i]
		}
	}
	return nil
}

func disputeIs(states ...string) func(scene) bool {
	return func(s scene) bool {
		return len(s.disputes) > 0 && slices.Contains(states, s.disputes[len(s.disputes)-1].state)
	}
}

// dispute has the bank take back what is left of a charge, and the sandbox its fee.
func (g *Gateway) dispute(ctx context.Context, s scene) ([]payments.Notice, error) {
	of := s.undisputed()
	made := dispute{
		id: "dp_" + of.id, charge: of.id, amount: of.left(), fee: money.Of(tenths(disputeTenths, of.amount.Currency), of.amount.Currency),
		state: disputeOpen, due: g.at().Add(evidenceFor),
	}
	if err := g.store.insertDispute(ctx, s.session.ref, made, g.at()); err != nil {
		return nil, err
	}
	err := g.store.insertRow(ctx, row{
		category: "dispute", id: "txn_" + made.id, source: made.id, charge: of.id, gross: made.amount.Negated(), fee: made.fee, at: g.at(),
	})
	if err != nil {
		return nil, err
	}
	return g.tell(ctx, made.notice(s.session))
}

// disputeStep brings the latest dispute further; one that is won gives the money back, and keeps the fee.
func disputeStep(to string) func(*Gateway, context.Context, scene) ([]payments.Notice, error) {
	return func(g *Gateway, ctx context.Context, s scene) ([]payments.Notice, error) {
		last := s.disputes[len(s.disputes)-1]
		last.state = to
		if err := g.store.updateDispute(ctx, last); err != nil {
			return nil, err
		}
		if to == disputeWon {
			err := g.store.insertRow(ctx, row{
				category: "dispute_reversal", id: "txn_" + last.id + "_won", source: last.id, charge: last.charge, gross: last.amount,
				fee: money.Of(0, last.fee.Currency), at: g.at(),
			})
			if err != nil {
				return nil, err
			}
		}
		return g.tell(ctx, last.notice(s.session))
	}
}

// Concede loses a dispute; one that is lost already is.
func (g *Gateway) Concede(ctx context.Context, d payments.Dispute, _ string) (n payments.Notice, err error) {
	err = g.store.d.InTx(ctx, func(ctx context.Context) error {
		ref, err := g.store.refOfDispute(ctx, d.Ref)
		if err != nil {
			return err
		}
		s, err := g.sceneOf(ctx, ref, g.store.d.ForUpdate())
		if err != nil {
			return err
		}
		found := s.disputes[slices.IndexFunc(s.disputes, func(one dispute) bool { return one.id == d.Ref })]
		if found.state != disputeOpen && found.state != disputeLost {
			return fault.New(fault.Conflict, "payment.dispute_over")
		}
		found.state = disputeLost
		n = found.notice(s.session)
		if err := g.store.updateDispute(ctx, found); err != nil {
			return err
		}
		_, err = g.tell(ctx, n)
		return err
	})
	return n, err
}

// Contest takes evidence, once: then the bank looks at it.
func (g *Gateway) Contest(ctx context.Context, d payments.Dispute, e payments.Evidence, _ string) error {
	return g.store.d.InTx(ctx, func(ctx context.Context) error {
		ref, err := g.store.refOfDispute(ctx, d.Ref)
		if err != nil {
			return err
		}
		s, err := g.sceneOf(ctx, ref, g.store.d.ForUpdate())
		if err != nil {
			return err
		}
		at := slices.IndexFunc(s.disputes, func(one dispute) bool { return one.id == d.Ref })
		found := s.disputes[at]
		switch {
		case found.evidence == e.Text(), found.evidence != "" && found.state == disputeReview:
			return nil
		case found.state != disputeOpen || !g.now().Before(found.due):
			return fault.New(fault.Conflict, "payment.dispute_over")
		}
		found.evidence, found.state = e.Text(), disputeReview
		if err := g.store.updateDispute(ctx, found); err != nil {
			return err
		}
		_, err = g.tell(ctx, found.notice(s.session))
		return err
	})
}
