package orders

import (
	"context"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// WasRefundFailed is in the timeline of an order whose money came back from the buyer's bank.
const WasRefundFailed = "refund_failed"

// MarkRefundFailed says that money which had been given back came back to the shop: the order has it again. It
// fails with fault.Missing, and with fault.Conflict when so much was not given back.
func (s *Service) MarkRefundFailed(ctx context.Context, id OrderID, amount money.Amount) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		order, err := s.lock(ctx, 0, id)
		if err != nil {
			return err
		}
		next, err := order.refundFailed(amount)
		if err != nil {
			return err
		}
		return s.become(ctx, order, next, WasRefundFailed, ByShop, amount.String())
	})
}

// refundFailed returns the order after money that had been given back came back.
func (o Order) refundFailed(amount money.Amount) (Order, error) {
	if amount.Currency != o.Totals.Total.Currency || amount.Minor <= 0 || amount.Minor > o.Refunded.Minor {
		return o, fault.New(fault.Conflict, "order.refund_differs").With("number", o.Number).
			With("paid", o.Refunded.String()).With("amount", amount.String())
	}
	o.Refunded.Minor -= amount.Minor
	o.Paid = money.Of(o.Paid.Minor+amount.Minor, amount.Currency)
	return o, nil
}

// Worth is what each line of an order was sold for: its total less its share of the order's discount, cumulatively,
// so that the lines add up to the goods less the discount.
func (o Order) Worth() []money.Amount {
	weights := make([]int64, len(o.Lines))
	for i, line := range o.Lines {
		weights[i] = line.Total.Minor
	}
	shares := money.Of(o.Totals.Discount.Minor, o.Totals.Total.Currency).Split(weights)
	worth := make([]money.Amount, len(o.Lines))
	for i, line := range o.Lines {
		worth[i] = money.Of(line.Total.Minor-shares[i].Minor, o.Totals.Total.Currency)
	}
	return worth
}

// NumberOf is an order's number for people.
func NumberOf(id OrderID) string { return number(id) }

// OfNumber is the order that people know by a number; zero when it can be no order's.
func OfNumber(number string) OrderID { return max(idOf(number), 0) }
