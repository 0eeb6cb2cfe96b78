package stripe_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/migrations/db"
	"parley/payments"
	"parley/payments/paymentstest"
	"parley/payments/stripe"
	"parley/payments/stripe/stripetest"
)

func TestStripeIsAGateway(t *testing.T) {
	paymentstest.Exercise(t, func(t *testing.T, _ *db.DB) (paymentstest.World, func() time.Time) {
		var mu sync.Mutex
		clock := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		now := func() time.Time { mu.Lock(); defer mu.Unlock(); return clock }
		server := stripetest.New(t, testKey, now)
		g, err := stripe.New(stripe.Settings{SecretKey: testKey, WebhookSecrets: []string{secret}, APIURL: server.URL, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		var heard []payments.Notice
		app := fiber.New()
		app.Post("/webhooks/stripe", g.Webhook(func(_ context.Context, _ string, n payments.Notice) error { heard = append(heard, n); return nil }))
		return paymentstest.World{
			Gateway: g,
			Do: func(t *testing.T, p payments.Payment, what string) []payments.Notice {
				t.Helper()
				heard = nil
				for _, event := range happens(t, server, p.Ref, what) {
					if answer, err := app.Test(event.Request(t, hookURL, secret, now()), -1); err != nil || answer.StatusCode != 200 {
						t.Fatalf("%s: %v, %v", event.Type, answer, err)
					}
				}
				return heard
			},
			PayOut: func(t *testing.T) string {
				t.Helper()
				server.PayOut(t, true)
				return "po_test_1"
			},
			Wait: func(long time.Duration) { mu.Lock(); defer mu.Unlock(); clock = clock.Add(long) },
		}, now
	})
}

// happens is what is done at the processor, and its events.
func happens(t *testing.T, server *stripetest.Server, session, what string) []stripetest.Event {
	t.Helper()
	switch what {
	case "dispute":
		return []stripetest.Event{server.Dispute(t, session, true)}
	case "win":
		return []stripetest.Event{server.MoveDispute(t, "won"), server.MoveDispute(t, "reinstated")}
	}
	return []stripetest.Event{server.Happen(t, session, what)}
}
