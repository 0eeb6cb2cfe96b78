package payments

import (
	"context"
	"fmt"

	"parley/catalog/fault"
	"parley/migrations/db"
)

// Start begins to take what is due for an order, in the transaction that ctx carries if there is one. A
// buyer who asks again for the same gets the same payment back; another way to pay takes the place of the
// last one. The link of a payment that is still Opening is told when it is there (ToldReady).
//
// It fails with fault.Invalid (payment.gateway_unknown) and with fault.Conflict: payment.not_due,
// payment.not_offered, payment.in_progress when a delayed method is on its way, and payment.seller_barred and
// payment.cut_currency when it could not be passed on to the merchant.
func (s *Service) Start(ctx context.Context, order OrderID, gateway string) (p Payment, err error) {
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		p, err = s.start(ctx, order, gateway)
		return err
	})
	return p, err
}

func (s *Service) start(ctx context.Context, order OrderID, name string) (Payment, error) {
	gateway, err := s.gateway(name)
	if err != nil {
		return Payment{}, err
	}
	due, err := s.orders.Owed(ctx, order)
	if err != nil {
		return Payment{}, err
	}
	switch {
	case !due.Payable || due.Amount.Minor <= 0:
		return Payment{}, fault.New(fault.Conflict, "payment.not_due").With("number", due.Number)
	case !offers(ctx, gateway, due):
		return Payment{}, fault.New(fault.Conflict, "payment.not_offered").With("gateway", name)
	}
	earlier, err := s.store.list(ctx, "order_id = ? order by id desc"+s.d.ForUpdate(), int64(order))
	if err != nil {
		return Payment{}, err
	}
	for _, old := range earlier {
		same, err := s.makeRoom(ctx, old, name, due)
		if err != nil || same {
			return old, err
		}
	}
	return s.begin(ctx, order, gateway, due)
}

// makeRoom deals with an earlier attempt: it serves again, or nobody is to pay it any more.
func (s *Service) makeRoom(ctx context.Context, old Payment, gateway string, due Due) (same bool, err error) {
	switch {
	case old.Status == Working:
		return false, fault.New(fault.Conflict, "payment.in_progress").With("number", due.Number)
	case old.IsLive() && old.serves(gateway, due.Amount, s.now()):
		return true, nil
	case old.IsLive():
		if err := s.store.update(ctx, old.to(Replaced), s.now()); err != nil {
			return false, err
		}
	case old.Closed || old.Ref == "" || old.Status != Failed:
		return false, nil
	}
	return false, s.d.Promise(ctx, closeJob(old))
}

// Withdraw ends the attempt to pay an order that is not to be paid any more, in the transaction that ctx
// carries if there is one. Its page is closed by a job; money that comes before that waits for a person.
// A delayed method that is on its way cannot be called back and is left alone. What had come of an order that
// was cancelled before the rest came waits for a person, too: it is to go back.
func (s *Service) Withdraw(ctx context.Context, order OrderID) error {
	return s.d.InTx(ctx, func(ctx context.Context) error {
		due, err := s.orders.Owed(ctx, order)
		if err != nil {
			return err
		}
		if err := s.endAttempts(ctx, order); err != nil || due.Payable || due.Received.Minor <= 0 || due.Amount.Minor <= 0 {
			return err
		}
		return s.queueParts(ctx, order)
	})
}

// endAttempts ends what still asks for money of an order that is locked.
func (s *Service) endAttempts(ctx context.Context, order OrderID) error {
	live, err := s.store.list(ctx, "order_id = ? and status in ('opening', 'open')"+s.d.ForUpdate(), int64(order))
	if err != nil {
		return err
	}
	for _, p := range live {
		if err := s.store.update(ctx, p.to(Expired), s.now()); err != nil {
			return err
		}
		if err := s.d.Promise(ctx, closeJob(p)); err != nil {
			return err
		}
	}
	return nil
}

// begin stores the key of a new attempt before anybody else hears of it.
func (s *Service) begin(ctx context.Context, order OrderID, gateway Gateway, due Due) (Payment, error) {
	p := Payment{
		Merchant: due.Merchant, Order: order, Gateway: gateway.Name(), Key: s.key(), Status: Opening,
		Amount: due.Amount, Opened: s.now(), Expires: due.Expires,
	}
	p.Captured.Currency = due.Amount.Currency
	if err := p.setMode(ctx, gateway); err != nil {
		return Payment{}, err
	}
	p, err := s.forSeller(ctx, gateway, p)
	if err != nil {
		return Payment{}, err
	}
	if err := s.store.insert(ctx, &p); err != nil {
		return Payment{}, err
	}
	if _, instant := gateway.(Instant); !instant {
		return p, s.d.Promise(ctx, job(openKind, p))
	}
	opened, err := gateway.Open(ctx, p, due, s.returnTo(p))
	if err != nil {
		return Payment{}, fmt.Errorf("open %s: %w", p.Gateway, err)
	}
	return s.opened(ctx, p, opened)
}

// setMode says whether the payment moves real money.
func (p *Payment) setMode(ctx context.Context, gateway Gateway) (err error) {
	switch moded := gateway.(type) {
	case ModedByMerchant:
		p.Live, err = moded.LiveFor(ctx, p.Merchant)
	case Moded:
		p.Live = moded.Live()
	}
	return err
}

// opened stores what the processor answered. A payment that has moved on meanwhile only learns its ref,
// so that late money finds it.
func (s *Service) opened(ctx context.Context, p Payment, answer Opened) (Payment, error) {
	if p.Ref == "" {
		p.Ref = answer.Ref
	}
	p.URL, p.Note, p.Expires, p.Tender = answer.URL, answer.Note, answer.Expires, answer.Tender
	if p.Status == Opening {
		p = p.to(Open)
	}
	if err := s.store.update(ctx, p, s.now()); err != nil {
		return Payment{}, err
	}
	if p.Expires.IsZero() || !p.IsLive() {
		return p, nil
	}
	return p, s.d.Promise(ctx, expireJob(p))
}

func (s *Service) returnTo(p Payment) Return { return Return{URL: s.back + p.Key} }

// Kinds of jobs that this package keeps itself.
const (
	openKind   = "payments.open"
	closeKind  = "payments.close"
	expireKind = "payments.expire"
)

// errand is the arguments of a job.
type errand struct {
	Payment PaymentID `json:"payment"`
}

// job calls a processor about a payment. Such calls wait for each other and for nothing else: a processor
// that is down must not keep a conversation from hearing that another one was paid.
func job(kind string, p Payment) db.Job {
	return db.Job{Kind: kind, Group: fmt.Sprintf("payment:%d", p.ID)}.With(errand{p.ID})
}

func closeJob(p Payment) db.Job { return job(closeKind, p) }

// expireJob stands in no group: while it waits for its time it must not hold up anything.
func expireJob(p Payment) db.Job {
	return db.Job{Kind: expireKind, Key: fmt.Sprintf("payments.expire:%d", p.ID), RunAt: p.Expires}.With(errand{p.ID})
}
