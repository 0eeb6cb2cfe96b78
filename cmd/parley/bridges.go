package main

import (
	"context"

	"parley/payments"
	"parley/payments/shoporders"
)

// owedFor is a payment by its key, and what is still due for its order.
func (s *shop) owedFor(ctx context.Context, key string) (payments.Payment, payments.Due, error) {
	p, err := s.payments.FindByKey(ctx, key)
	if err != nil {
		return payments.Payment{}, payments.Due{}, err
	}
	due, err := shoporders.Of(s.orders).Owed(ctx, p.Order)
	return p, due, err
}
