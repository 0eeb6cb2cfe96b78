package paymentstest

import (
	"context"
	"testing"

	"parley/migrations/db"
	"parley/payments"
)

// Reasons is why things of a merchant wait for a person, oldest first.
func Reasons(t testing.TB, s *payments.Service, merchant payments.MerchantID) (reasons []string) {
	t.Helper()
	reviews, err := s.Reviews(t.Context(), merchant, true, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, review := range reviews {
		reasons = append(reasons, review.Reason)
	}
	return reasons
}

// Sound fails the test when an invariant of a part of the shop is broken.
func Sound(t testing.TB, part interface {
	Verify(ctx context.Context) ([]db.Finding, error)
}) {
	t.Helper()
	findings, err := part.Verify(t.Context())
	if err != nil || len(findings) == 0 {
		t.Fatalf("%d invariants were checked, %v", len(findings), err)
	}
	for _, found := range db.Broken(findings) {
		t.Errorf("%s is broken %d times: %s: %v", found.Invariant, found.Count, found.Sentence, found.First)
	}
}
