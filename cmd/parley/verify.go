package main

import "context"

// checked is how one invariant stands.
type checked struct {
	Invariant string
	Sentence  string
	Count     int64
	First     []string
}

// verify checks the invariants of every part.
func (s *shop) verify(ctx context.Context) (all []checked, err error) {
	goods, err := s.catalog.Verify(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range goods {
		all = append(all, checked(f))
	}
	sold, err := s.orders.Verify(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range sold {
		all = append(all, checked(f))
	}
	paid, err := s.payments.Verify(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range paid {
		all = append(all, checked(f))
	}
	return all, nil
}
