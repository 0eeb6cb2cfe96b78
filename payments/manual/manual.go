// Package manual is the ways to pay that people settle: cash on delivery and bank transfer. Nothing is
// settled by itself; staff confirm what they have received.
package manual

import (
	"context"
	"strings"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// Gateway is one way to pay by hand.
type Gateway struct {
	name   string
	offers func(payments.Due) bool
	note   func(payments.Due) string
}

// COD is cash on delivery, for orders that are brought to the buyer.
func COD() *Gateway {
	return &Gateway{
		name:   "cod",
		offers: func(due payments.Due) bool { return due.Deliverable },
		note:   func(payments.Due) string { return "" },
	}
}

// Transfer is a bank transfer; account, which may be empty, is the lines that say where to. The note
// is those lines and the reference by which staff recognise the money.
func Transfer(account string) *Gateway {
	return &Gateway{
		name:   "transfer",
		offers: func(payments.Due) bool { return true },
		note: func(due payments.Due) string {
			return strings.TrimSpace(account + "\n" + reference(due))
		},
	}
}

func reference(due payments.Due) string {
	if strings.HasPrefix(due.Language, "ru") {
		return "Назначение платежа: заказ " + due.Number
	}
	return "Payment reference: order " + due.Number
}

// Name is "cod" or "transfer".
func (g *Gateway) Name() string { return g.name }

// Instant says that opening needs no network.
func (*Gateway) Instant() {}

// ByHand says that staff confirm the money.
func (*Gateway) ByHand() {}

// Live says that the money is real.
func (*Gateway) Live() bool { return true }

// Offers says whether an order can be paid this way.
func (g *Gateway) Offers(_ context.Context, due payments.Due) bool { return g.offers(due) }

// Open tells the buyer what to know. The attempt never ends by itself.
func (g *Gateway) Open(_ context.Context, p payments.Payment, due payments.Due, _ payments.Return) (payments.Opened, error) {
	return payments.Opened{Ref: p.Key, Note: g.note(due)}, nil
}

// Look never has news: only people know.
func (g *Gateway) Look(context.Context, payments.Payment) (payments.Notice, error) {
	return payments.Notice{News: payments.Open, Live: true}, nil
}

// Close has nobody to tell: money that still comes is confirmed, or not, by a person.
func (*Gateway) Close(context.Context, payments.Payment) error { return nil }

// Refund is given by a person; it fails when more would be given back than came.
func (*Gateway) Refund(_ context.Context, p payments.Payment, amount money.Amount, key string) (payments.Returned, error) {
	if amount.Currency != p.Captured.Currency || amount.Minor > p.Captured.Minor {
		return payments.Returned{}, fault.New(fault.Conflict, "payment.refund_too_much").With("left", p.Captured.String())
	}
	return payments.Returned{Ref: key, Done: true}, nil
}
