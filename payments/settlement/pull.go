package settlement

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/payments"
)

const (
	// overlap is how far back rows are listed again: a row may show up in a list a little after its time.
	overlap = 24 * time.Hour
	// payoutTail is how long a payout may still change: a bank may send it back days later.
	payoutTail = 35 * 24 * time.Hour
	// grace is how long the processor's list may lack what the books have before that is a difference.
	grace = 24 * time.Hour
)

// Pull asks a processor for everything since it was asked last, and settles it. Pulling again changes nothing. What
// was brought in before it failed stays. It fails with fault.Invalid for a gateway that does not settle.
func (s *Service) Pull(ctx context.Context, gateway string) (taken Taken, err error) {
	processor, err := s.books.Settling(gateway)
	if err != nil {
		return taken, err
	}
	began := s.now()
	account, err := s.account(ctx, gateway)
	if err != nil {
		return taken, err
	}
	since := time.Time{}
	if !account.PulledTo.IsZero() {
		since = account.PulledTo.Add(-overlap)
	}
	if taken, err = s.pullRows(ctx, gateway, func(take func(payments.Transaction) error) error {
		return processor.Transactions(ctx, since, take)
	}, ""); err != nil {
		return taken, fmt.Errorf("list balance transactions: %w", err)
	}
	if err := s.mark(ctx, gateway, func(a *Account) {
		if a.PulledTo.IsZero() {
			a.CoveredFrom = time.Unix(0, 0).UTC()
			if _, none := processor.(payments.Unbanked); none {
				a.PaidIsBanked = true
			}
		}
		a.PulledTo = later(a.PulledTo, began)
		a.ReadTo = later(a.ReadTo, began)
	}); err != nil {
		return taken, err
	}
	more, err := s.pullPayouts(ctx, gateway, processor, account.PulledTo)
	taken.add(more)
	if err != nil {
		return taken, err
	}
	return taken, s.Settle(ctx, gateway)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// account is how far a processor is known; a new one is not known at all.
func (s *Service) account(ctx context.Context, gateway string) (account Account, err error) {
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		account, err = s.store.lock(ctx, gateway)
		return err
	})
	return account, err
}

func (s *Service) mark(ctx context.Context, gateway string, change func(*Account)) error {
	return s.d.InTx(ctx, func(ctx context.Context) error {
		account, err := s.store.lock(ctx, gateway)
		if err != nil {
			return err
		}
		change(&account)
		return s.store.updateAccount(ctx, account)
	})
}

// pullRows takes what list gives, batch by batch; of a payout, if one is named.
func (s *Service) pullRows(ctx context.Context, gateway string, list func(take func(payments.Transaction) error) error, payout string) (taken Taken, err error) {
	rows := make([]Row, 0, s.batch)
	flush := func() error {
		more, err := s.take(ctx, gateway, rows)
		taken.add(more)
		rows = rows[:0]
		return err
	}
	err = list(func(t payments.Transaction) error {
		if payout != "" && t.Payout == "" {
			t.Payout = payout
		}
		if rows = append(rows, rowOf(gateway, FromAPI, t)); len(rows) < s.batch {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	return taken, err
}

// pullPayouts brings in payouts as they stand now, and the rows of those that are complete and not known to be.
func (s *Service) pullPayouts(ctx context.Context, gateway string, processor payments.Settling, pulled time.Time) (taken Taken, err error) {
	since := time.Time{}
	if !pulled.IsZero() {
		since = pulled.Add(-payoutTail)
	}
	err = processor.Payouts(ctx, since, func(told payments.Payout) error { return s.hearPayout(ctx, gateway, told) })
	if err != nil {
		return taken, fmt.Errorf("list payouts: %w", err)
	}
	for after := PayoutID(0); ; {
		page, err := s.store.payouts(ctx, "p.gateway = ? and p.id > ? and p.itemised = 'no' and p.automatic and p.reconciled order by p.id limit 100", gateway, int64(after))
		if err != nil || len(page) == 0 {
			return taken, err
		}
		for _, p := range page {
			after = p.Number
			more, err := s.pullItems(ctx, processor, p)
			taken.add(more)
			if err != nil {
				return taken, err
			}
		}
	}
}

// pullItems brings in the rows that a payout consists of.
func (s *Service) pullItems(ctx context.Context, processor payments.Settling, p Payout) (Taken, error) {
	taken, err := s.pullRows(ctx, p.Gateway, func(take func(payments.Transaction) error) error {
		return processor.Itemised(ctx, p.Payout.ID, take)
	}, p.Payout.ID)
	if fault.KindOf(err) == fault.Conflict { // the processor can't say
		p.Automatic = false
		return taken, s.hearPayout(ctx, p.Gateway, p.Payout)
	}
	if err != nil {
		return taken, fmt.Errorf("list the rows of payout %s: %w", p.Payout.ID, err)
	}
	return taken, s.hearPayout(ctx, p.Gateway, p.Payout)
}
