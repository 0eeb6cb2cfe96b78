package telegram_test

import (
	"context"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// listener finds payments and keeps what it hears to itself, for the suite to tell.
type listener struct {
	Finder *payments.Service
	news   []payments.Notice
}

func (l *listener) FindByKey(ctx context.Context, key string) (payments.Payment, error) {
	return l.Finder.FindByKey(ctx, key)
}

func (l *listener) Hear(_ context.Context, _ string, n payments.Notice) error {
	l.news = append(l.news, n)
	return nil
}

// settlesBy is a processor that gives charges back.
type settlesBy struct {
	asked []string
	done  map[string]bool
	left  map[string]int64 // of a charge; nil: nobody counts
	all   int64
}

// RefundCharge notes what is asked, and gives back no more than came.
func (s *settlesBy) RefundCharge(_ context.Context, charge string, amount money.Amount, key string) (payments.Returned, error) {
	if s.left != nil && !s.done[key] {
		if s.left[charge]+amount.Minor > s.all {
			return payments.Returned{}, fault.New(fault.Conflict, "payment.refund_too_much")
		}
		s.left[charge] += amount.Minor
	}
	if s.done == nil {
		s.done = map[string]bool{}
	}
	s.done[key] = true
	s.asked = append(s.asked, charge+" "+amount.String())
	return payments.Returned{Ref: "re_" + key, Done: true}, nil
}
