package payments

import (
	"context"
	"encoding/json"
	"fmt"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// Confirm says that staff have received the money of a payment by hand: it is booked and the order is paid.
// Confirming twice is confirming once. Without an attempt by that gateway one is started first.
//
// It fails with fault.Invalid (payment.gateway_unknown, payment.not_by_hand, payment.amount_differs),
// fault.Missing when the order is not the merchant's, and fault.Conflict as Start does, or with
// payment.already_confirmed when another amount was confirmed before.
func (s *Service) Confirm(ctx context.Context, merchant MerchantID, order OrderID, gateway string, amount money.Amount, who string) (p Payment, err error) {
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		p, err = s.confirm(ctx, merchant, order, gateway, amount, who)
		return err
	})
	return p, err
}

func (s *Service) confirm(ctx context.Context, merchant MerchantID, order OrderID, name string, amount money.Amount, who string) (Payment, error) {
	p, err := s.byHand(ctx, merchant, order, name)
	if err != nil {
		return Payment{}, err
	}
	switch {
	case p.Status == Settled && p.Captured == amount:
		return p, nil
	case p.Status == Settled:
		return Payment{}, fault.New(fault.Conflict, "payment.already_confirmed").With("amount", p.Captured.String())
	case p.Amount != amount:
		return Payment{}, fault.New(fault.Invalid, "payment.amount_differs").
			With("asked", p.Amount.String()).With("got", amount.String())
	}
	raw, err := json.Marshal(map[string]string{"confirmed_by": who})
	if err != nil {
		return Payment{}, err
	}
	err = s.Hear(ctx, name, Notice{
		Event: "confirm:" + p.Key, Key: p.Key, Ref: p.Ref, Payment: p.Key, News: Settled, Amount: amount, Live: p.Live, Raw: raw, By: who,
	})
	if err != nil {
		return Payment{}, err
	}
	return s.Find(ctx, merchant, p.ID)
}

// byHand is the attempt that staff confirm: the settled one, else the live one, else a new one.
func (s *Service) byHand(ctx context.Context, merchant MerchantID, order OrderID, name string) (Payment, error) {
	gateway, err := s.gateway(name)
	if err != nil {
		return Payment{}, err
	}
	if _, ok := gateway.(ByHand); !ok {
		return Payment{}, fault.New(fault.Invalid, "payment.not_by_hand").With("gateway", name)
	}
	due, err := s.orders.Owed(ctx, order)
	if err != nil {
		return Payment{}, err
	}
	if due.Merchant != merchant {
		return Payment{}, fault.New(fault.Missing, "payment.missing")
	}
	p, err := s.store.one(ctx, `order_id = ? and gateway = ? and status in ('settled', 'open')
		order by case status when 'settled' then 0 else 1 end, id desc`, int64(order), name)
	if fault.KindOf(err) == fault.Missing {
		return s.start(ctx, order, name)
	}
	return p, err
}

// Reviews are a page of a merchant's review queue, oldest first: open or closed ones with an id greater
// than after, at most limit (1 to 200). Merchant zero is the queue of what is nobody's.
func (s *Service) Reviews(ctx context.Context, merchant MerchantID, open bool, after ReviewID, limit int) ([]Review, error) {
	return s.store.reviews(ctx, merchant, open, after, min(max(limit, 1), 200))
}

// CloseReview takes an item off the queue; who did it and a note of what was done are kept. It fails with
// fault.Invalid (payment.note_needed), fault.Missing, and fault.Conflict (payment.review_closed).
func (s *Service) CloseReview(ctx context.Context, merchant MerchantID, id ReviewID, who, note string) error {
	if who == "" || note == "" {
		return fault.New(fault.Invalid, "payment.note_needed")
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		closed, err := s.store.closeReview(ctx, merchant, id, who, note, s.now())
		if err != nil || closed {
			return err
		}
		if _, err := s.store.review(ctx, merchant, id); err != nil {
			return fmt.Errorf("close review: %w", err)
		}
		return fault.New(fault.Conflict, "payment.review_closed")
	})
}
