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
	name    string
	offers  func(payments.Due) bool
	note    func(payments.Payment, payments.Due) string
	account Account // of transfers
	url     string  // where buyers reach this program; empty: slips have no page
}

// COD is cash on delivery, for orders that are brought to the buyer.
func COD() *Gateway {
	return &Gateway{
		name:   "cod",
		offers: func(due payments.Due) bool { return due.Deliverable },
		note:   func(payments.Payment, payments.Due) string { return "" },
	}
}

// Transfer is a bank transfer; account, which may be empty, is the lines that say where to (Account). The note is those
// lines, the reference by which staff recognise the money, and, where a code can say all that to the buyer's bank, the
// address of the slip with it, below publicURL.
func Transfer(account, publicURL string) *Gateway {
	g := &Gateway{name: "transfer", offers: func(payments.Due) bool { return true }, account: ReadAccount(account), url: strings.TrimRight(publicURL, "/")}
	g.note = func(p payments.Payment, due payments.Due) string {
		note := strings.TrimSpace(g.account.String() + "\n" + reference(due))
		if g.url == "" || g.account.Slip(due.Amount, purpose(due)) == "" {
			return note
		}
		return note + "\n" + slipTexts[inLanguage(due)].Code + ": " + g.url + slipPath + p.Key
	}
	return g
}

func inLanguage(due payments.Due) string {
	if strings.HasPrefix(due.Language, "ru") {
		return "ru"
	}
	return "en"
}

// reference is how a transfer names its order, for people.
func reference(due payments.Due) string {
	if inLanguage(due) == "ru" {
		return "Назначение платежа: " + purpose(due)
	}
	return "Payment reference: " + purpose(due)
}

// purpose is the same for banks.
func purpose(due payments.Due) string {
	if inLanguage(due) == "ru" {
		return "заказ " + due.Number
	}
	return "order " + due.Number
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
	return payments.Opened{Ref: p.Key, Note: g.note(p, due)}, nil
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
