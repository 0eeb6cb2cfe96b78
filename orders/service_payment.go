package orders

import (
	"context"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
)

// Debt is what a payment must know of its order.
type Debt struct {
	Merchant catalog.MerchantID
	Buyer    BuyerID
	Number   string
	Language string
	State    State
	Total    money.Amount
	Paid     money.Amount       // received and not given back
	Received money.Amount       // whatever was given back of it
	Expires  time.Time          // zero: never
	Payable  bool               // the buyer may be asked for Total now
	Email    string             // of the buyer, if it is known
	Delivery catalog.DeliveryID // zero: nothing is brought anywhere
}

// Owed locks an order until the transaction of ctx ends and says what is owed for it, in one statement. It
// fails with fault.Missing.
func (s *Service) Owed(ctx context.Context, id OrderID) (Debt, error) {
	o, err := s.lock(ctx, 0, id)
	if err != nil {
		return Debt{}, err
	}
	return Debt{
		Merchant: o.Merchant, Buyer: o.Buyer, Number: o.Number, Language: o.Language, State: o.State,
		Total: o.Totals.Total, Paid: o.Paid, Received: o.Received(), Expires: o.Expires, Payable: o.payable(s.at()),
		Email: o.Contact.Email, Delivery: o.Delivery.Method,
	}, nil
}

// Lines is what was sold in an order, in one statement; nothing when there is no such order.
func (s *Service) Lines(ctx context.Context, id OrderID) ([]OrderLine, error) {
	return s.linesOf(ctx, id)
}

// MarkPaid says that money for an order has arrived; whoever says so says it once. With all that was owed the
// order is paid, and the stock leaves, unless it had been shipped to be paid on delivery. With a part of it the
// order is agreed: it waits for the rest without an end, and keeps its pieces. An order that expired is revived
// by the whole sum when its pieces can still be had.
//
// It fails with fault.Missing, and with fault.Conflict when nothing is owed any more (order.already_paid), when
// it is more than is owed (order.amount_differs), or when the order was given up for good (order.late_payment):
// then the money waits for a person.
func (s *Service) MarkPaid(ctx context.Context, id OrderID, amount money.Amount, who string) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		order, done, err := s.payHeld(ctx, id, amount)
		if err != nil {
			return err
		}
		if !done {
			return s.payOther(ctx, id, amount, who)
		}
		if err := s.catalog.Take(ctx, orderHolder(id), orderHolder(id), who); err != nil {
			return err
		}
		if err := s.write(ctx, order, WasPaid, who, ""); err != nil {
			return err
		}
		return s.happened(ctx, order.Merchant, order.ID, WasPaid)
	})
}

// payOther is MarkPaid for an order that is not simply waiting for this sum.
func (s *Service) payOther(ctx context.Context, id OrderID, amount money.Amount, who string) error {
	order, err := s.lock(ctx, 0, id)
	if err != nil {
		return err
	}
	next, err := order.pay(amount)
	if err != nil {
		return err
	}
	if !next.settled() {
		return s.become(ctx, order, next, WasPaidInPart, who, amount.String())
	}
	if order.Holding == LetGo {
		if err := s.winBack(ctx, order); err != nil {
			return err
		}
		order.Holding = Held
	}
	return s.become(ctx, order, next, WasPaid, who, "")
}

// winBack reserves the pieces of an order that had let them go.
func (s *Service) winBack(ctx context.Context, o Order) error {
	lines, err := s.linesOf(ctx, o.ID)
	if err != nil {
		return err
	}
	wants := make([]catalog.Want, 0, len(lines))
	for _, line := range lines {
		wants = append(wants, catalog.Want{Variant: line.Variant, Quantity: line.Quantity})
	}
	err = s.catalog.Reserve(ctx, o.Merchant, orderHolder(o.ID), nil, wants)
	if fault.KindOf(err) == fault.Conflict {
		return latePayment(o.Number)
	}
	return err
}

// MarkRefunded says that money for an order has been given back. The order keeps its state. It fails with
// fault.Missing, and with fault.Conflict when it is more than was received.
func (s *Service) MarkRefunded(ctx context.Context, id OrderID, amount money.Amount) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		order, err := s.lock(ctx, 0, id)
		if err != nil {
			return err
		}
		next, err := order.refund(amount)
		if err != nil {
			return err
		}
		return s.become(ctx, order, next, WasRefunded, ByShop, amount.String())
	})
}

// become writes a locked order's next state, moves its stock accordingly, and tells its timeline and who listens.
func (s *Service) become(ctx context.Context, was, next Order, what, who, note string) error {
	if err := s.save(ctx, next); err != nil {
		return err
	}
	if err := s.move(ctx, was, next, who); err != nil {
		return err
	}
	if err := s.write(ctx, next, what, who, note); err != nil {
		return err
	}
	return s.happened(ctx, next.Merchant, next.ID, what)
}

// move brings an order's pieces from where they were to where they belong.
func (s *Service) move(ctx context.Context, was, next Order, who string) error {
	holder := orderHolder(next.ID)
	switch {
	case was.Holding == next.Holding:
		return nil
	case next.Holding == Taken:
		return s.catalog.Take(ctx, holder, holder, who)
	case next.Holding == LetGo:
		return s.catalog.Release(ctx, holder)
	default:
		return s.catalog.Return(ctx, holder, who)
	}
}
