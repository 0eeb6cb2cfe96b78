package manual_test

import (
	"testing"
	"time"

	"parley/migrations/db"
	"parley/payments/manual"
	"parley/payments/paymentstest"
)

func TestWaysThatPeopleSettleAreGateways(t *testing.T) {
	for name, gateway := range map[string]*manual.Gateway{"cod": manual.COD(), "transfer": manual.Transfer("IBAN", "")} {
		t.Run(name, func(t *testing.T) {
			paymentstest.Exercise(t, func(*testing.T, *db.DB) (paymentstest.World, func() time.Time) {
				return paymentstest.World{Gateway: gateway}, func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
			})
		})
	}
}
