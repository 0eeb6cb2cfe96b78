package stripe_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/stripe"
	"parley/payments/stripe/stripetest"
)

// network takes money in its own chats. Stripe charges for it and knows nothing of our orders.
type network struct{ *stripe.Gateway }

func (network) Name() string { return "network" }
func (network) Instant()     {}
func (network) Open(_ context.Context, p payments.Payment, _ payments.Due, _ payments.Return) (payments.Opened, error) {
	return payments.Opened{Ref: "invoice_" + p.Key}, nil
}

// strange is an order that was paid in another network, by a charge of Stripe's that it knows by one of two ids.
func (s *shop) strange(order payments.OrderID, byIntent bool, unsaid ...string) (payments.Payment, *stripetest.Session) {
	s.t.Helper()
	s.orders.Place(s.t, order, price)
	p, err := s.Start(s.t.Context(), order, "network")
	if err != nil {
		s.t.Fatal(err)
	}
	charged := s.stripe.ChargeStranger(s.t, 4999, "usd")
	charged.Unsaid = unsaid
	id := charged.Charge()
	if byIntent {
		id = charged.Intent()
	}
	err = s.Hear(s.t.Context(), "network", payments.Notice{
		Event: "paid:" + id, Key: id, Holder: stripe.Name, Ref: p.Ref, Payment: p.Key, News: payments.Settled, Amount: price,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.now(p), charged
}

func TestARefundOfAnotherNetworksChargeIsUnderstoodByWhicheverIdIsSaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.Service = payments.New(d, s.orders, func() time.Time { return s.clock }, "https://shop.example", s.gateway, network{s.gateway})
		order := theOrder
		for _, byIntent := range []bool{true, false} {
			for _, unsaid := range [][]string{nil, {"charge"}, {"payment_intent"}} {
				if byIntent && len(unsaid) > 0 && unsaid[0] == "payment_intent" {
					continue // nothing would join the two
				}
				order++
				said := fmt.Sprintf("known by intent: %t, unsaid: %v", byIntent, unsaid)
				p, charged := s.strange(order, byIntent, unsaid...)
				made := s.stripe.MakeRefund(t, charged.ID, 2000)
				s.deliver(made, made, s.stripe.About(t, "charge.refunded", charged.ID), s.stripe.MoveRefund(t, "succeeded"))
				if got := s.orders.Refunded(t, order); got != 2000 {
					t.Errorf("%s: %d went back", said, got)
				}
				s.deliver(s.stripe.MoveRefund(t, "failed"))
				if got := s.orders.Refunded(t, order); got != 0 {
					t.Errorf("%s: %d are back although it failed", said, got)
				}
				s.deliver(s.stripe.Dispute(t, charged.ID, true))
				found, err := s.DisputesOf(t.Context(), p.Merchant, order)
				if err != nil || len(found) != 1 || found[0].Amount != money.Of(4999, "USD") {
					t.Errorf("%s: disputes %+v, %v", said, found, err)
				}
			}
		}
		stranger := s.stripe.ChargeStranger(t, 100, "usd") // the account's owner has other business
		s.deliver(s.stripe.MakeRefund(t, stranger.ID, 100))
		s.sound()
	})
}
