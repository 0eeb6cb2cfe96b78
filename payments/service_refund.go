package payments

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
)

// refundKind is the kind of job that asks a processor to give money back.
const refundKind = "payments.refund"

// refunding is the arguments of a refundKind.
type refunding struct {
	Payment PaymentID `json:"payment"`
	Refund  RefundID  `json:"refund"`
}

// Rules are how a merchant wants money to be handled.
type Rules struct {
	TwoStep  bool          // one person grants a refund and another executes it
	Stranded time.Duration // money that no order took goes back by itself after so long, in whole seconds; 0: never
}

// SetRules says how a merchant wants money to be handled from now on.
func (s *Service) SetRules(ctx context.Context, merchant MerchantID, rules Rules) error {
	return s.store.setRules(ctx, merchant, rules)
}

// RulesOf are what SetRules said; without that one person is enough and money waits for people.
func (s *Service) RulesOf(ctx context.Context, merchant MerchantID) (Rules, error) {
	return s.store.rules(ctx, merchant)
}

// GrantRefund agrees to give money back, and executes it at once where one person is enough. Asking again with the
// same Request changes nothing and gives the same refund.
//
// It fails with fault.Invalid (payment.refund_key_needed, payment.refund_reason_needed, payment.refund_amount_needed,
// payment.refund_line_unknown), fault.Missing when the order is not the merchant's, and fault.Conflict:
// payment.not_captured, payment.refund_too_much, which says what is left, payment.refund_pieces_gone, and
// payment.refund_key_used when the request was another one.
func (s *Service) GrantRefund(ctx context.Context, ask RefundAsk) (r Refund, err error) {
	if err := ask.validate(); err != nil {
		return Refund{}, err
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		r, err = s.grant(ctx, ask)
		return err
	})
	return r, err
}

func (s *Service) grant(ctx context.Context, ask RefundAsk) (Refund, error) {
	paid, err := s.captured(ctx, ask)
	if err != nil {
		return Refund{}, err
	}
	before, err := s.store.refund(ctx, "merchant_id = ? and request = ?", int64(ask.Merchant), ask.Request)
	switch {
	case err == nil && ask.same(before):
		return before, nil
	case err == nil:
		return Refund{}, fault.New(fault.Conflict, "payment.refund_key_used")
	case fault.KindOf(err) != fault.Missing:
		return Refund{}, err
	}
	r := Refund{
		Merchant: ask.Merchant, Order: ask.Order, Request: ask.Request, Key: "re" + s.key(), Status: RefundGranted,
		Amount: ask.Amount, Stray: ask.Stray, Reason: ask.Reason, GrantedBy: ask.Who, Granted: s.now(),
	}
	if len(ask.Pieces) > 0 {
		sold, err := s.orders.Sold(ctx, ask.Order)
		if err != nil {
			return Refund{}, err
		}
		earlier, err := s.store.refunds(ctx, "order_id = ? order by id", int64(ask.Order))
		if err != nil {
			return Refund{}, err
		}
		if r.Lines, r.Amount, err = worth(ask.Pieces, sold, earlier); err != nil {
			return Refund{}, err
		}
	}
	p, earlier, err := s.giver(ctx, paid, &r)
	if err != nil {
		return Refund{}, err
	}
	if err := s.undisputed(ctx, p, r, earlier); err != nil {
		return Refund{}, err
	}
	if r.FromSeller, err = s.fromSeller(ctx, p, r); err != nil {
		return Refund{}, err
	}
	rules, err := s.store.rules(ctx, ask.Merchant)
	if err != nil {
		return Refund{}, err
	}
	if ask.Who == ByTime {
		rules.TwoStep = false // the merchant has said so beforehand
	}
	byHand, err := s.partly(p, r)
	if err != nil {
		return Refund{}, err
	}
	waits := rules.TwoStep || byHand
	if !waits {
		r.Status, r.ExecutedBy = RefundSending, ask.Who
	}
	if err := s.store.insertRefundOf(ctx, &r); err != nil {
		return r, err
	}
	if err := s.goneBack(ctx, p, r); err != nil || waits {
		return r, err
	}
	return r, s.d.Promise(ctx, refundJob(r))
}

// fits says whether so much can be given back. Of a payment all of whose money strayed a refund is of that.
func (s *Service) fits(ctx context.Context, p Payment, r *Refund, earlier []Refund) error {
	came, err := s.store.came(ctx, p, r.Stray, r.Amount.Currency)
	if err == nil && came.IsZero() && !r.Stray {
		r.Stray = true
		came, err = s.store.came(ctx, p, true, r.Amount.Currency)
	}
	if err != nil {
		return err
	}
	rest := left(came, r.Stray, earlier)
	if r.Amount.Minor > rest.Minor || r.Amount.Minor <= 0 {
		return fault.New(fault.Conflict, "payment.refund_too_much").With("left", rest.String())
	}
	return nil
}

// partly refuses a part where the gateway gives back all or nothing, and says whether people give the money back at the
// processor's: executing such a refund is saying that it was done.
func (s *Service) partly(p Payment, r Refund) (byHand bool, err error) {
	gateway, err := s.gateway(p.Gateway)
	if err != nil {
		return false, nil //nolint:nilerr // not configured at the moment; the refund waits for it
	}
	if _, whole := gateway.(Whole); whole && !r.Stray && r.Amount != p.Captured {
		return false, fault.New(fault.Conflict, "payment.refund_whole").With("amount", p.Captured.String())
	}
	return isByHand(gateway, p), nil
}

func isByHand(gateway Gateway, p Payment) bool {
	elsewhere, can := gateway.(RefundsElsewhere)
	return can && elsewhere.IsRefundedElsewhere(p)
}

// IsRefundedElsewhere says whether people give a refund's money back at the processor's, so that executing the refund
// says that they have.
func (s *Service) IsRefundedElsewhere(ctx context.Context, r Refund) (bool, error) {
	p, err := s.Find(ctx, r.Merchant, r.Payment)
	if err != nil {
		return false, err
	}
	gateway, err := s.gateway(p.Gateway)
	return err == nil && isByHand(gateway, p), nil //nolint:nilerr // not configured at the moment
}

// fromSeller says whether the processor takes a refund back from the seller whom the payment was passed on to: not again when
// it took that for an earlier one, which came back and is still owed to the buyer.
func (s *Service) fromSeller(ctx context.Context, p Payment, r Refund) (bool, error) {
	if p.Seller == "" {
		return false, nil
	}
	owed, err := s.store.owed(ctx, p, r.Amount.Currency)
	return owed.Minor < r.Amount.Minor, err
}

// undisputed refuses to give back what the buyer's bank is taking, or took: the buyer would have it twice. A refund
// that was made at the processor's is not ours to refuse.
func (s *Service) undisputed(ctx context.Context, p Payment, r Refund, earlier []Refund) error {
	claimed, err := s.store.claimed(ctx, p, r.Stray, r.Amount.Currency)
	if err != nil || claimed.IsZero() {
		return err
	}
	came, err := s.store.came(ctx, p, r.Stray, r.Amount.Currency)
	if err != nil {
		return err
	}
	rest := left(came, r.Stray, earlier)
	rest.Minor = max(rest.Minor-claimed.Minor, 0)
	if r.Amount.Minor > rest.Minor {
		return fault.New(fault.Conflict, "payment.refund_disputed").With("left", rest.String())
	}
	return nil
}

// captured locks an order and the payments that have its money: the one that is asked for, else those that the order
// took, else one that it did not.
func (s *Service) captured(ctx context.Context, ask RefundAsk) ([]Payment, error) {
	due, err := s.orders.Owed(ctx, ask.Order)
	if err != nil {
		return nil, err
	}
	if due.Merchant != ask.Merchant {
		return nil, fault.New(fault.Missing, "payment.missing")
	}
	which, args := "status in ('settled', 'refunded') order by id limit 1", []any{int64(ask.Order)}
	if ask.Payment != 0 {
		which, args = "id = ?", append(args, int64(ask.Payment))
	} else if paid, err := s.store.capturing(ctx, ask.Order); err != nil || len(paid) > 0 {
		return paid, err
	}
	paid, err := s.store.list(ctx, "order_id = ? and "+which+s.d.ForUpdate(), args...)
	if err == nil && len(paid) == 0 {
		err = fault.New(fault.Conflict, "payment.not_captured")
	}
	return paid, err
}

// giver is the payment that a refund is of, and what was given back of it before: the oldest that has so much left. An
// order that was paid in parts is given back in parts of no more than came at once.
func (s *Service) giver(ctx context.Context, paid []Payment, r *Refund) (p Payment, earlier []Refund, err error) {
	most := money.Of(0, r.Amount.Currency)
	for _, p = range paid {
		if earlier, err = s.store.refunds(ctx, "payment_id = ? order by id", int64(p.ID)); err != nil {
			return Payment{}, nil, err
		}
		r.Payment = p.ID
		if err = s.fits(ctx, p, r, earlier); fault.KindOf(err) != fault.Conflict || len(paid) == 1 {
			return p, earlier, err
		}
		rest, err := s.leftOf(ctx, p)
		if err != nil {
			return Payment{}, nil, err
		}
		most.Minor = max(most.Minor, rest.Minor)
	}
	return Payment{}, nil, fault.New(fault.Conflict, "payment.refund_in_parts").With("left", most.String())
}

func refundJob(r Refund) db.Job {
	return db.Job{Kind: refundKind, Group: fmt.Sprintf("payment:%d", r.Payment)}.With(refunding{r.Payment, r.ID})
}

// ExecuteRefund sends a refund that was granted. Executing twice is executing once. It fails with fault.Missing,
// with fault.Denied (payment.refund_same_person) for the person who granted it, where two are wanted, and with
// fault.Conflict (payment.refund_over) when it was withdrawn or failed.
func (s *Service) ExecuteRefund(ctx context.Context, merchant MerchantID, id RefundID, who string) (Refund, error) {
	return s.decide(ctx, merchant, id, RefundSending, func(ctx context.Context, r *Refund) error {
		rules, err := s.store.rules(ctx, merchant)
		if err != nil {
			return err
		}
		if rules.TwoStep && who == r.GrantedBy || who == "" {
			return fault.New(fault.Denied, "payment.refund_same_person")
		}
		r.ExecutedBy = who
		return s.d.Promise(ctx, refundJob(*r))
	})
}

// WithdrawRefund takes back a grant before it was executed. It fails with fault.Missing, and with fault.Conflict
// (payment.refund_over) when it is too late.
func (s *Service) WithdrawRefund(ctx context.Context, merchant MerchantID, id RefundID, who string) (Refund, error) {
	return s.decide(ctx, merchant, id, RefundWithdrawn, func(_ context.Context, r *Refund) error {
		r.Why = "withdrawn by " + who
		return nil
	})
}

// decide takes a granted refund one step, under the lock of its payment.
func (s *Service) decide(ctx context.Context, merchant MerchantID, id RefundID, next RefundStatus, do func(ctx context.Context, r *Refund) error) (r Refund, err error) {
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		if r, err = s.store.refund(ctx, "id = ? and merchant_id = ?", int64(id), int64(merchant)); err != nil {
			return err
		}
		if _, r, err = s.heldRefund(ctx, r); err != nil {
			return err
		}
		switch {
		case r.Status == next, next == RefundSending && r.isBooked():
			return nil // it was done before
		case !r.may(next):
			return fault.New(fault.Conflict, "payment.refund_over")
		}
		if err := do(ctx, &r); err != nil {
			return err
		}
		r.Status = next
		return s.store.updateRefund(ctx, r, s.now())
	})
	return r, err
}

// heldRefund locks the order, the payment and so the refund, and reads it again.
func (s *Service) heldRefund(ctx context.Context, r Refund) (Payment, Refund, error) {
	if _, err := s.orders.Owed(ctx, r.Order); err != nil {
		return Payment{}, r, err
	}
	p, err := s.store.lock(ctx, r.Payment)
	if err != nil {
		return Payment{}, r, err
	}
	r, err = s.store.refund(ctx, "id = ?", int64(r.ID))
	return p, r, err
}

// RefundsOf are the refunds of an order, oldest first.
func (s *Service) RefundsOf(ctx context.Context, merchant MerchantID, order OrderID) ([]Refund, error) {
	return s.store.refunds(ctx, "merchant_id = ? and order_id = ? order by id", int64(merchant), int64(order))
}

// RefundsIn are a page of a merchant's refunds in a state, oldest first: those with an id greater than after, at
// most limit (1 to 200).
func (s *Service) RefundsIn(ctx context.Context, merchant MerchantID, status RefundStatus, after RefundID, limit int) ([]Refund, error) {
	return s.store.refunds(ctx, "merchant_id = ? and status = ? and id > ? order by id limit ?", int64(merchant), string(status), int64(after), min(max(limit, 1), 200))
}

// sendRefund asks the processor, outside of any transaction, with the key that was stored before. Until it has
// answered nobody knows whether the money left, so it is asked for as long as it takes.
func (s *Service) sendRefund(ctx context.Context, job db.Job) error {
	var args refunding
	if err := job.Decode(&args); err != nil {
		return db.Hopeless{Why: err}
	}
	r, err := s.store.refund(ctx, "id = ?", int64(args.Refund))
	if err != nil || r.Status != RefundSending {
		return err
	}
	p, err := s.store.one(ctx, "id = ?", int64(r.Payment))
	if err != nil {
		return err
	}
	gateway, err := s.gateway(p.Gateway)
	if err != nil {
		return db.Later{At: s.now().Add(10 * time.Minute)} // not configured at the moment; it may be again
	}
	charged := p.asCharged()
	charged.Strayed = r.Stray || p.Via != ""
	if !r.FromSeller {
		charged.Seller, charged.Cut.Minor = "", 0
	}
	answer, err := gateway.Refund(ctx, charged, r.Amount, r.Key)
	if err != nil && !isFinal(err) {
		return s.again(fmt.Errorf("refund by %s: %w", p.Gateway, err), job.Attempt)
	}
	news, why := RefundWorking, ""
	switch {
	case err != nil:
		news, why = RefundFailed, "payment.processor_refused"
		if said, classified := fault.Of(err); classified {
			why = said.Key
		}
	case answer.Done:
		news = RefundDone
	}
	return s.d.InTx(ctx, func(ctx context.Context) error { return s.settleRefund(ctx, r, news, answer.Ref, why, 0, answer.At) })
}

// settleRefund carries out what became of a refund, once: what the processor took is booked and the order told; what
// came back is taken back in the books, and the buyer is owed it. event is the notice that said so, if one did;
// at is when the processor says that it took it.
func (s *Service) settleRefund(ctx context.Context, r Refund, news RefundStatus, ref, why string, event int64, at time.Time) error {
	p, r, err := s.heldRefund(ctx, r)
	if err != nil {
		return err
	}
	if !r.may(news) {
		return s.lateRefund(ctx, p, r, news)
	}
	wasBooked := r.isBooked()
	if r.Ref == "" {
		r.Ref = ref
	}
	r.Status, r.Why = news, why
	if r.Ref == "" && news != RefundFailed {
		r.Ref = r.Key // a processor without ids of its own
	}
	switch {
	case news == RefundFailed:
		err = s.failRefund(ctx, p, r, wasBooked, event)
	case !wasBooked:
		err = s.bookRefund(ctx, p, r, at)
	}
	if err != nil {
		return err
	}
	if err := s.store.updateRefund(ctx, r, s.now()); err != nil {
		return err
	}
	all, err := s.store.refunds(ctx, "payment_id = ? order by id", int64(p.ID))
	if err != nil {
		return err
	}
	return s.store.update(ctx, p.afterRefunds(all), s.now())
}

// lateRefund is for news that a refund was taken which is known to have come back: the books say both, so that they
// end alike whichever was heard first.
func (s *Service) lateRefund(ctx context.Context, p Payment, r Refund, news RefundStatus) error {
	if r.Status != RefundFailed || news == RefundFailed || r.Ref == "" {
		return nil // old news
	}
	booked, err := s.store.isBooked(ctx, p.source(), refundKey(r))
	if err != nil || booked {
		return err
	}
	owed, err := s.paysOff(ctx, p, r)
	if err != nil {
		return err
	}
	gone := givenBack(p, r, owed)
	back, cut, err := s.store.wentBack(ctx, p)
	if err != nil {
		return err
	}
	entries := append([]Entry{gone}, p.unshared(r, gone, back, cut)...) // the shop owes it to the buyer from here on
	return s.store.book(ctx, p, s.now(), append(entries, cameBack(p, r, gone.Moves)...)...)
}

// paysOff is how much of what the buyer is owed a refund may pay off: ours do, since they are granted in its knowledge.
// Of one that was made at the processor's nobody knows what it was meant for, and it may be heard of sooner than the
// one that came back: a person says what becomes of the debt.
func (s *Service) paysOff(ctx context.Context, p Payment, r Refund) (money.Amount, error) {
	if r.GrantedBy == p.Gateway {
		return money.Of(0, r.Amount.Currency), nil
	}
	return s.store.owed(ctx, p, r.Amount.Currency)
}

func (s *Service) bookRefund(ctx context.Context, p Payment, r Refund, at time.Time) error {
	owed, err := s.paysOff(ctx, p, r)
	if err != nil {
		return err
	}
	gone := givenBack(p, r, owed)
	gone.Happened = at
	back, cut, err := s.store.wentBack(ctx, p)
	if err != nil {
		return err
	}
	entries := append(changedBack(p, r), gone)
	if err := s.store.book(ctx, p, s.now(), append(entries, p.unshared(r, gone, back, cut)...)...); err != nil {
		return err
	}
	if !r.Stray {
		if err := s.orders.MarkRefunded(ctx, r.Order, r.Amount); err != nil {
			return err
		}
	}
	return s.tellRefund(ctx, r, ToldRefunded)
}

func (s *Service) failRefund(ctx context.Context, p Payment, r Refund, wasBooked bool, event int64) error {
	if wasBooked {
		moves, err := s.store.movesOf(ctx, p.source(), refundKey(r))
		if err != nil {
			return err
		}
		if err := s.store.book(ctx, p, s.now(), cameBack(p, r, moves)...); err != nil {
			return err
		}
		if !r.Stray {
			if err := s.orders.MarkRefundFailed(ctx, r.Order, r.Amount); err != nil {
				return err
			}
		}
	}
	n := Notice{Event: "refund_failed:" + r.Key, Key: r.Key, Ref: p.Ref, Payment: p.Key, Amount: r.Amount, Live: p.Live, Account: p.Account}
	if event == 0 {
		var err error
		if event, err = s.store.keepEvent(ctx, p.Gateway, n, p, s.now()); err != nil {
			return err
		}
	}
	if err := s.store.openReview(ctx, reviewOf(p, n, event, RefundCameBack, r.Why, s.now())); err != nil {
		return err
	}
	if !wasBooked {
		return nil // the buyer was not told of it yet
	}
	return s.tellRefund(ctx, r, ToldReturned)
}

func (s *Service) tellRefund(ctx context.Context, r Refund, what string) error {
	return s.d.Promise(ctx, db.Job{Kind: ToldJob, Group: fmt.Sprintf("order:%d", r.Order)}.
		With(Told{Payment: r.Payment, Order: r.Order, Merchant: r.Merchant, What: what, Amount: r.Amount}))
}
