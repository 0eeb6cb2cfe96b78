package payments

import (
	"context"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// Hear takes a processor's notice in one transaction: it is kept, checked against the payment, booked, and
// the order is told. A notice that was heard before changes nothing; one that does not fit waits in the
// review queue. It fails only when the notice could not be kept, and the processor must say it again.
func (s *Service) Hear(ctx context.Context, gateway string, n Notice) error {
	if n.News == Open {
		return nil // nothing has happened
	}
	if n.Event == "" {
		return fault.New(fault.Invalid, "payment.event_nameless")
	}
	return s.d.InTx(ctx, func(ctx context.Context) error { return s.hear(ctx, gateway, n) })
}

func (s *Service) hear(ctx context.Context, gateway string, n Notice) error {
	p, err := s.about(ctx, gateway, n)
	unknown := fault.KindOf(err) == fault.Missing
	if err != nil && !unknown {
		return err
	}
	event, err := s.store.keepEvent(ctx, gateway, n, p, s.now())
	if err != nil || event == 0 {
		return err
	}
	switch {
	case n.Payout != nil && n.Account != "":
		return s.hearSellerPayout(ctx, gateway, n)
	case n.Payout != nil:
		return s.hearPayout(ctx, gateway, n)
	case n.Seller != nil:
		return s.hearSeller(ctx, gateway, n.Live, *n.Seller)
	case unknown:
		return s.orphan(ctx, gateway, n, event)
	case n.Dispute != nil:
		return s.hearDispute(ctx, p, n, event)
	case n.RefundNews != "":
		return s.hearRefund(ctx, p, n, event)
	case len(n.Parts) > 0:
		return s.hearParts(ctx, p, n, event)
	case n.News != "":
		return s.judge(ctx, p.ID, p.Order, n, event)
	}
	return nil // kept
}

// about is the payment that a notice speaks of, not locked. A refund of ours is of the payment that it was granted
// of, although the processor may know the money by another attempt.
func (s *Service) about(ctx context.Context, gateway string, n Notice) (Payment, error) {
	if n.RefundNews != "" {
		p, err := s.store.one(ctx, `gateway = ? and via <> '' and exists (select 1 from refunds r where r.payment_id = payments.id
			and (r.idem_key = ? or r.ref <> '' and r.ref = ?))`, gateway, n.RefundKey, n.Refund)
		if fault.KindOf(err) != fault.Missing {
			return p, err
		}
	}
	p, err := s.store.about(ctx, gateway, n)
	if n.News != "" {
		return p, err
	}
	for _, id := range []string{n.Key, n.Intent} {
		if fault.KindOf(err) == fault.Missing && id != "" {
			p, err = s.store.behind(ctx, gateway, id)
		}
	}
	return p, err
}

// hearPayout hands news of a payout to whoever reconciles.
func (s *Service) hearPayout(ctx context.Context, gateway string, n Notice) error {
	if s.PayoutNews == nil {
		return nil
	}
	return s.PayoutNews.PayoutChanged(ctx, gateway, n.Live, n.Account, *n.Payout)
}

// orphan keeps money that belongs to no payment of ours in sight. Other news of strangers' payments was
// stored and needs nobody.
func (s *Service) orphan(ctx context.Context, gateway string, n Notice, event int64) error {
	if n.Dispute != nil {
		n = n.about(n.Dispute.ID, n.Dispute.Amount)
		return s.store.openReview(ctx, reviewOf(Payment{Gateway: gateway}, n, event, UnknownDispute, "", s.now()))
	}
	if n.News != Settled {
		return nil
	}
	return s.store.openReview(ctx, reviewOf(Payment{Gateway: gateway}, n, event, UnknownPayment, "", s.now()))
}

// judge holds the order, then the payment, decides and carries out.
func (s *Service) judge(ctx context.Context, id PaymentID, order OrderID, n Notice, event int64) error {
	due, err := s.orders.Owed(ctx, order)
	if err != nil {
		return err
	}
	p, err := s.store.lock(ctx, id)
	if err != nil {
		return err
	}
	if p.Holder == "" && p.mistaken(n) == "" {
		p.Holder = n.Holder
	}
	booked, err := s.store.isBooked(ctx, p.source(), captureKey(n))
	if err != nil {
		return err
	}
	v := p.hear(n, booked)
	if v.paid {
		if v, err = s.markPaid(ctx, v, n, due); err != nil {
			return err
		}
	}
	return s.carryOut(ctx, v, n, event)
}

// markPaid gives the money to the order, or keeps it for a person when the order cannot take it.
func (s *Service) markPaid(ctx context.Context, v verdict, n Notice, due Due) (verdict, error) {
	err := s.d.InTx(ctx, func(ctx context.Context) error {
		return s.orders.MarkPaid(ctx, v.payment.Order, v.payment.Captured, n.By)
	})
	if fault.KindOf(err) != fault.Conflict {
		for i, entry := range v.entries {
			v.entries[i] = entry.inPart(due.isPart(n.Amount))
		}
		return v, err
	}
	why, _ := fault.Of(err)
	return v.refused(n, why.Key), nil
}

func (s *Service) carryOut(ctx context.Context, v verdict, n Notice, event int64) error {
	if err := s.store.update(ctx, v.payment, s.now()); err != nil {
		return err
	}
	if err := s.store.book(ctx, v.payment, s.now(), v.entries...); err != nil {
		return err
	}
	if v.doubt != "" {
		if v.strayed != (money.Amount{}) {
			n.Amount = v.strayed
		}
		if err := s.strand(ctx, reviewOf(v.payment, n, event, v.doubt, v.detail, s.now())); err != nil {
			return err
		}
	}
	if v.paid && v.doubt == "" {
		if err := s.endOthers(ctx, v.payment); err != nil {
			return err
		}
	}
	if err := s.tell(ctx, v.payment, v.tell); err != nil || len(v.entries) == 0 {
		return err
	}
	return s.catchUp(ctx, v.payment)
}

// endOthers ends other attempts to pay an order that is paid now by a late one, so that nobody pays it twice. Those for the
// rest of an order that was paid in part stay.
func (s *Service) endOthers(ctx context.Context, paid Payment) error {
	due, err := s.orders.Owed(ctx, paid.Order)
	if err != nil || due.Payable && due.Amount.Minor > 0 {
		return err
	}
	others, err := s.store.list(ctx, "order_id = ? and id <> ? and status in ('opening', 'open')"+s.d.ForUpdate(), int64(paid.Order), int64(paid.ID))
	if err != nil {
		return err
	}
	for _, p := range others {
		if err := s.store.update(ctx, p.to(Replaced), s.now()); err != nil {
			return err
		}
		if err := s.d.Promise(ctx, closeJob(p)); err != nil {
			return err
		}
	}
	return nil
}

// Return is for the page that a processor sends the buyer back to: it asks the processor at once instead
// of waiting for its notice. The payment is returned as it is known even when the processor cannot be
// asked and the error says so; fault.Missing when there is no payment with the key.
func (s *Service) Return(ctx context.Context, key string) (Payment, error) {
	p, err := s.FindByKey(ctx, key)
	if err != nil || p.Ref == "" || p.Status == Settled || p.Status == Refunded {
		return p, err
	}
	if err := s.look(ctx, p); err != nil {
		return p, err
	}
	return s.FindByKey(ctx, key)
}

// look asks the processor about a payment, outside of any transaction, and hears the answer.
func (s *Service) look(ctx context.Context, p Payment) error {
	gateway, err := s.gateway(p.Gateway)
	if err != nil {
		return err
	}
	n, err := gateway.Look(ctx, p)
	if err != nil {
		return err
	}
	if n.Event == "" { // looking twice at the same thing is one event
		n.Event = "look:" + p.Key + ":" + string(n.News) + ":" + n.Key
	}
	return s.Hear(ctx, p.Gateway, n)
}
