package sandbox_test

import (
	"testing"
	"time"

	"parley/migrations/db"
	"parley/payments"
	"parley/payments/paymentstest"
	"parley/payments/sandbox"
)

func TestTheSandboxIsAGateway(t *testing.T) {
	paymentstest.Exercise(t, func(t *testing.T, d *db.DB) (paymentstest.World, func() time.Time) {
		clock := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		now := func() time.Time { return clock }
		g, err := sandbox.New(d, true, secret, "https://shop.example", now)
		if err != nil {
			t.Fatal(err)
		}
		deeds := map[string]sandbox.Deed{"win": sandbox.DisputeWin}
		return paymentstest.World{
			Gateway: g,
			Do: func(t *testing.T, p payments.Payment, what string) []payments.Notice {
				t.Helper()
				deed := sandbox.Deed(what)
				if named, is := deeds[what]; is {
					deed = named
				}
				news, err := g.Act(t.Context(), p.Ref, deed)
				if err != nil {
					t.Fatal(err)
				}
				return news
			},
			PayOut: func(t *testing.T) string {
				t.Helper()
				n, err := g.PayOut(t.Context(), "USD", true)
				if err != nil {
					t.Fatal(err)
				}
				return n.Payout.ID
			},
			Wait: func(long time.Duration) { clock = clock.Add(long) },
		}, now
	})
}
