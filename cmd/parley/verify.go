package main

import (
	"context"

	"parley/migrations/db"
)

// verify checks the invariants of every part.
func (s *shop) verify(ctx context.Context) (all []db.Finding, err error) {
	for _, part := range []interface {
		Verify(ctx context.Context) ([]db.Finding, error)
	}{s.catalog, s.orders, s.payments, s.outbox} {
		findings, err := part.Verify(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, findings...)
	}
	return all, nil
}
