package stripe_test

import (
	"testing"

	"parley/catalog/fault"
	"parley/migrations/dbtest"
)

func TestAChargeOfAnotherNetworkGoesBackOnceForAKey(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	p := s.paid()
	charge := "pi_" + p.Ref
	first, err := s.gateway.RefundCharge(t.Context(), charge, usd(1000), "a")
	again, errAgain := s.gateway.RefundCharge(t.Context(), charge, usd(1000), "a")
	if err != nil || errAgain != nil || first.Ref == "" || again != first || !first.Done {
		t.Errorf("%+v %v, and again %+v %v", first, err, again, errAgain)
	}
	if _, err := s.gateway.RefundCharge(t.Context(), charge, usd(4000), "b"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("more than is left: %v", err)
	}
}
