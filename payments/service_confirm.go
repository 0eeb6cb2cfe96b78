package payments

import (
	"context"
	"encoding/json"
	"fmt"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// Receipt is money that staff say has come by hand: all that an order owes, a part of it, or more.
type Receipt struct {
	Merchant MerchantID
	Order    OrderID
	Gateway  string // one whose money people confirm
	Amount   money.Amount
	Request  string        // one for each sum that came, of at most 200 bytes: saying it again says the same sum
	Seen     *money.Amount // what the order had received when whoever says so looked at it; nil: they did not say
	Who      string        // the account of the person
}

// Confirmed is what became of a Receipt.
type Confirmed struct {
	Payment Payment      // what the order took; where it took nothing, what waits in the review queue
	Taken   money.Amount // by the order
	Surplus money.Amount // waits in the review queue
	Left    money.Amount // what the order still owes
}

// event names a receipt among the news of its gateway.
func (r Receipt) event() string { return fmt.Sprintf("confirm:%d:%s", r.Order, r.Request) }

func (r Receipt) validate() error {
	switch {
	case r.Request == "" || len(r.Request) > 200 || r.Who == "":
		return fault.New(fault.Invalid, "payment.confirm_key_needed")
	case r.Amount.Minor <= 0:
		return fault.New(fault.Invalid, "payment.confirm_amount_needed")
	}
	return nil
}

// Confirm says that staff have received money for an order by hand. It is booked, and the order has it: the whole
// sum pays it, and a part leaves it waiting for the rest. What is more than the order owes waits in the review queue,
// as does what the order cannot take. The same Request is one sum, however often it is said.
//
// It fails with fault.Invalid (payment.confirm_key_needed, payment.confirm_amount_needed, payment.gateway_unknown,
// payment.not_by_hand), fault.Missing when the order is not the merchant's, and fault.Conflict as Start does, or with
// payment.confirm_key_used when the request was another sum, payment.received_meanwhile when the order has received
// something else than was Seen, payment.attach_currency, and payment.not_due for an order that owes nothing, unless
// whoever says so has Seen that.
func (s *Service) Confirm(ctx context.Context, r Receipt) (c Confirmed, err error) {
	if err := r.validate(); err != nil {
		return Confirmed{}, err
	}
	if _, err := s.gateway(r.Gateway); err != nil {
		return Confirmed{}, err
	}
	if !s.IsByHand(r.Gateway) {
		return Confirmed{}, fault.New(fault.Invalid, "payment.not_by_hand").With("gateway", r.Gateway)
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		c, err = s.confirm(ctx, r)
		return err
	})
	return c, err
}

func (s *Service) confirm(ctx context.Context, r Receipt) (Confirmed, error) {
	due, err := s.orders.Owed(ctx, r.Order)
	switch {
	case err != nil:
		return Confirmed{}, err
	case due.Merchant != r.Merchant:
		return Confirmed{}, fault.New(fault.Missing, "payment.missing")
	}
	if before, err := s.confirmedBefore(ctx, r, due); before.Payment.ID != 0 || err != nil {
		return before, err
	}
	switch {
	case r.Amount.Currency != due.Amount.Currency:
		return Confirmed{}, fault.New(fault.Conflict, "payment.attach_currency").With("currency", string(due.Amount.Currency))
	case r.Seen != nil && r.Seen.Minor != due.Received.Minor:
		return Confirmed{}, fault.New(fault.Conflict, "payment.received_meanwhile").With("amount", due.Received.String())
	case r.Seen == nil && !due.Payable:
		return Confirmed{}, fault.New(fault.Conflict, "payment.not_due").With("number", due.Number)
	}
	taken := min(r.Amount.Minor, max(due.Amount.Minor, 0))
	c := Confirmed{Taken: money.Of(taken, r.Amount.Currency), Surplus: money.Of(r.Amount.Minor-taken, r.Amount.Currency), Left: due.Amount}
	if taken > 0 {
		if c.Payment, err = s.settles(ctx, r, due, c.Taken); err != nil {
			return Confirmed{}, err
		}
	}
	return s.received(ctx, r, due, c)
}

// confirmedBefore is what became of a receipt that was said before; nothing when it was not.
func (s *Service) confirmedBefore(ctx context.Context, r Receipt, due Due) (Confirmed, error) {
	payment, amount, err := s.store.heard(ctx, r.Gateway, r.event())
	if payment == 0 || err != nil {
		return Confirmed{}, err
	}
	if amount != r.Amount {
		return Confirmed{}, fault.New(fault.Conflict, "payment.confirm_key_used")
	}
	p, err := s.store.one(ctx, "id = ?", int64(payment))
	if err != nil {
		return Confirmed{}, err
	}
	took, err := s.store.came(ctx, p, false, amount.Currency)
	return Confirmed{p, took, money.Of(amount.Minor-took.Minor, amount.Currency), due.Amount}, err
}

// settles is the payment that a sum settles: the attempt which asks for exactly that, or else one of its own; then the
// attempt asks for what is left.
func (s *Service) settles(ctx context.Context, r Receipt, due Due, taken money.Amount) (Payment, error) {
	if !due.Payable {
		return s.own(ctx, r, taken)
	}
	live, err := s.store.one(ctx, "order_id = ? and status = 'open'"+s.d.ForUpdate(), int64(r.Order))
	if fault.KindOf(err) == fault.Missing || err == nil && (!s.IsByHand(live.Gateway) || taken == due.Amount) {
		live, err = s.start(ctx, r.Order, r.Gateway) // else the rest comes as the buyer chose, whichever way this part came
	}
	if err != nil {
		return Payment{}, err
	}
	if live.Amount == taken {
		live = live.to(Settled)
		live.Captured = taken
		return live, nil
	}
	live.Amount.Minor -= taken.Minor
	if err := s.store.update(ctx, live, s.now()); err != nil {
		return Payment{}, err
	}
	return s.own(ctx, r, taken)
}

// own is a payment that exists because its money has come.
func (s *Service) own(ctx context.Context, r Receipt, amount money.Amount) (Payment, error) {
	p := Payment{
		Merchant: r.Merchant, Order: r.Order, Gateway: r.Gateway, Key: s.key(), Status: Settled, Amount: amount, Captured: amount, Closed: true, Opened: s.now(),
	}
	p.Ref = p.Key
	if gateway, err := s.gateway(r.Gateway); err == nil {
		moded, ok := gateway.(Moded)
		p.Live = ok && moded.Live()
	}
	err := s.store.insert(ctx, &p)
	return p, err
}

// received books a receipt, and gives the order what it takes.
func (s *Service) received(ctx context.Context, r Receipt, due Due, c Confirmed) (Confirmed, error) {
	over, surplus := Payment{}, c.Surplus
	var err error
	if surplus.Minor > 0 {
		if over, err = s.own(ctx, r, surplus); err != nil {
			return Confirmed{}, err
		}
	}
	if c.Taken.Minor == 0 {
		c.Payment = over
	}
	raw, err := json.Marshal(map[string]string{"confirmed_by": r.Who})
	if err != nil {
		return Confirmed{}, err
	}
	n := Notice{
		Event: r.event(), Key: c.Payment.Key, Ref: c.Payment.Ref, Payment: c.Payment.Key, News: Settled, Amount: r.Amount, Live: c.Payment.Live, Raw: raw, By: r.Who,
	}
	event, err := s.store.keepEvent(ctx, r.Gateway, n, c.Payment, s.now())
	if err != nil {
		return Confirmed{}, err
	}
	tell := ToldStranded
	if c.Taken.Minor > 0 {
		tell = "" // heard of what was owed
		if c, err = s.give(ctx, c, n, due, event); err != nil {
			return Confirmed{}, err
		}
	}
	if surplus.Minor == 0 {
		return c, nil
	}
	rest := Notice{Event: n.Event, Key: over.Key, Ref: over.Ref, Payment: over.Key, News: Settled, Amount: surplus, Live: over.Live, By: r.Who}
	v := over.stray(rest, Surplus)
	v.tell = tell
	return c, s.carryOut(ctx, v, rest, event)
}

// give gives a payment by hand to its order, or keeps the money for a person when the order cannot take it.
func (s *Service) give(ctx context.Context, c Confirmed, n Notice, due Due, event int64) (Confirmed, error) {
	n.Amount = c.Taken
	v := verdict{payment: c.Payment, paid: true, entries: append(c.Payment.books(captured, n), c.Payment.shared(n.charge())...), tell: ToldSettled}
	if c.Taken.Minor < due.Amount.Minor {
		v.tell = ToldPart
	}
	v, err := s.markPaid(ctx, v, n, due)
	if err != nil {
		return Confirmed{}, err
	}
	if v.doubt != "" {
		c.Taken.Minor, c.Surplus.Minor = 0, c.Surplus.Minor+c.Taken.Minor
	}
	c.Left.Minor -= c.Taken.Minor
	return c, s.carryOut(ctx, v, n, event)
}
