package orders

import (
	"context"

	"parley/catalog"
	"parley/catalog/fault"
)

// change is what happens to an order besides its state.
type change struct {
	what     string
	who      string // ByBuyer, ByShop or an account
	note     string
	tracking string
}

// Ship says that an order is on its way, or ready to be picked up; tracking may be empty. An order that is
// paid on delivery leaves stock here. It fails with fault.Missing, with fault.Invalid for a tracking number of
// more than 200 characters, and with fault.Conflict when the order is not there yet or no more.
func (s *Service) Ship(ctx context.Context, m catalog.MerchantID, id OrderID, who, tracking string) (Order, error) {
	tracking, err := tidyText(oneLine(tracking), "order.tracking_too_long", longestTracking)
	if err != nil {
		return Order{}, err
	}
	return s.advance(ctx, m, id, Shipped, change{what: WasShipped, who: who, note: tracking, tracking: tracking})
}

const longestTracking = 200

// Complete says that an order is in the buyer's hands. It fails as Ship does.
func (s *Service) Complete(ctx context.Context, m catalog.MerchantID, id OrderID, who string) (Order, error) {
	return s.advance(ctx, m, id, Completed, change{what: WasCompleted, who: who})
}

// Cancel gives an order up: its pieces are let go, or go back on the shelf. The buyer (who is ByBuyer; the
// caller has seen that the order is theirs, as Theirs does) may while it is not paid or shipped; the shop may
// until it is completed, and gives back what was Paid itself. The note is the reason and may be empty.
func (s *Service) Cancel(ctx context.Context, m catalog.MerchantID, id OrderID, who, note string) (Order, error) {
	note, err := TidyComment(note)
	if err != nil {
		return Order{}, err
	}
	return s.advance(ctx, m, id, Cancelled, change{what: WasCancelled, who: who, note: note})
}

// Note adds a remark to an order's timeline, for staff. It fails with fault.Invalid when there is none or it
// is longer than 1000 characters.
func (s *Service) Note(ctx context.Context, m catalog.MerchantID, id OrderID, who, note string) error {
	note, err := TidyComment(note)
	if err != nil {
		return err
	}
	if note == "" {
		return fault.New(fault.Invalid, "order.note_missing")
	}
	order, err := s.one(ctx, m, id, "")
	if err != nil {
		return err
	}
	return s.write(ctx, order, WasNoted, who, note)
}

// advance leads an order to another state, if whoever does it may, and has its buyer told.
func (s *Service) advance(ctx context.Context, m catalog.MerchantID, id OrderID, to State, c change) (Order, error) {
	var next Order
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		order, err := s.lock(ctx, m, id)
		if err != nil {
			return err
		}
		if next, err = order.step(to, roleOf(c.who)); err != nil {
			return err
		}
		if c.tracking != "" {
			next.Tracking = c.tracking
		}
		if err := s.become(ctx, order, next, c.what, c.who, c.note); err != nil {
			return err
		}
		return s.tell(ctx, next, c)
	})
	return next, err
}
