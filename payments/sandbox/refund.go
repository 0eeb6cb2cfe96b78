package sandbox

import (
	"context"
	"slices"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// refund is money that went back to a buyer.
type refund struct {
	key    string
	charge string
	amount money.Amount
	state  string // done, failed
}

func (r refund) id() string { return "re_" + r.key }

// notice is the news of a refund as it was after a step.
func (r refund) notice(s session, news payments.RefundStatus) payments.Notice {
	return payments.Notice{
		Event: "evt_" + r.id() + "_" + string(news), Ref: s.ref, Payment: s.key, Amount: r.amount, Refund: r.id(), RefundKey: r.key, RefundNews: news,
	}
}

// refundable is the first charge that has so much left and is not disputed.
func (s scene) refundable(amount money.Amount) (charge, bool) {
	for _, one := range s.charges {
		disputed := slices.ContainsFunc(s.disputes, func(d dispute) bool { return d.charge == one.id && d.state != disputeWon })
		if !disputed && one.left().Minor >= max(amount.Minor, 1) {
			return one, true
		}
	}
	return charge{}, false
}

// left is the most that one charge has left.
func (s scene) left() money.Amount {
	most := money.Of(0, s.session.amount.Currency)
	for _, one := range s.charges {
		most.Minor = max(most.Minor, one.left().Minor)
	}
	return most
}

func (s scene) lastRefund() *refund {
	for i := range slices.Backward(s.refunds) {
		if s.refunds[i].state == "done" {
			return &s.refunds[i]
		}
	}
	return nil
}

// Refund gives back part or all of what was paid, once for each key. As other processors do, it gives nothing back of
// a charge that is disputed.
func (g *Gateway) Refund(ctx context.Context, p payments.Payment, amount money.Amount, key string) (payments.Returned, error) {
	err := g.store.d.InTx(ctx, func(ctx context.Context) error {
		s, err := g.sceneOf(ctx, p.Ref, g.store.d.ForUpdate())
		if err != nil {
			return err
		}
		if slices.ContainsFunc(s.refunds, func(r refund) bool { return r.key == key }) {
			return nil
		}
		from, enough := s.refundable(amount)
		if amount.Currency != s.session.amount.Currency || !enough {
			return fault.New(fault.Conflict, "payment.refund_too_much").With("left", s.left().String())
		}
		_, err = g.refund(ctx, s, from, refund{key: key, amount: amount})
		return err
	})
	return payments.Returned{Ref: "re_" + key, Done: true}, err
}

// refund takes money off a charge and keeps the news of it.
func (g *Gateway) refund(ctx context.Context, s scene, from charge, made refund) ([]payments.Notice, error) {
	made.charge, made.state = from.id, "done"
	if err := g.store.insertRefund(ctx, s.session.ref, made); err != nil {
		return nil, err
	}
	if err := g.store.addRefunded(ctx, from.id, made.amount.Minor); err != nil {
		return nil, err
	}
	nothing := money.Of(0, made.amount.Currency)
	err := g.store.insertRow(ctx, row{
		category: "refund", id: "txn_" + made.id(), source: made.id(), charge: from.id, gross: made.amount.Negated(), fee: nothing, at: g.at(),
	})
	if err != nil {
		return nil, err
	}
	return g.tell(ctx, made.notice(s.session, payments.RefundDone))
}

func (g *Gateway) giveBack(ctx context.Context, s scene) ([]payments.Notice, error) {
	from, _ := s.refundable(money.Amount{})
	half := from.left()
	half.Minor -= half.Minor / 2
	return g.refund(ctx, s, from, refund{key: "desk_" + s.session.ref + "_" + string(rune('a'+len(s.refunds)%26)), amount: half})
}

func (g *Gateway) refundFail(ctx context.Context, s scene) ([]payments.Notice, error) {
	last := s.lastRefund()
	if err := g.store.failRefund(ctx, last.key); err != nil {
		return nil, err
	}
	if err := g.store.addRefunded(ctx, last.charge, -last.amount.Minor); err != nil {
		return nil, err
	}
	err := g.store.insertRow(ctx, row{
		category: "refund_failure", id: "txn_" + last.id() + "_failed", source: last.id(), charge: last.charge, gross: last.amount,
		fee: money.Of(0, last.amount.Currency), at: g.at(),
	})
	if err != nil {
		return nil, err
	}
	return g.tell(ctx, last.notice(s.session, payments.RefundFailed))
}
