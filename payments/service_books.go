package payments

import (
	"context"
	"time"

	"parley/catalog/money"
)

// journalPage is how many entries are read at a time.
const journalPage = 1000

// BalancesAt are a merchant's at a moment, of everything that was booked before it, in the order of their accounts and
// currencies. Accounts that were never used are not among them.
func (s *Service) BalancesAt(ctx context.Context, merchant MerchantID, at time.Time) ([]Balance, error) {
	turned, err := s.Turnovers(ctx, merchant, Span{at, at})
	balances := make([]Balance, len(turned))
	for i, t := range turned {
		balances[i] = Balance{t.Account, t.Closing}
	}
	return balances, err
}

// Turnovers are what a stretch of time did to each account of a merchant, in the order of their accounts and
// currencies. Added up over the accounts of a currency, opening and closing balances are zero.
func (s *Service) Turnovers(ctx context.Context, merchant MerchantID, span Span) ([]Turnover, error) {
	last, err := s.store.lastPeriod(ctx, merchant, span.From)
	if err != nil {
		return nil, err
	}
	return s.store.turnovers(ctx, merchant, span, last)
}

// Turnover is what a stretch of time did to one account in a currency.
func (s *Service) Turnover(ctx context.Context, merchant MerchantID, span Span, account Account, currency money.Currency) (Turnover, error) {
	nothing := money.Of(0, currency)
	found := Turnover{account, currency, nothing, nothing, nothing, nothing}
	all, err := s.Turnovers(ctx, merchant, span)
	for _, t := range all {
		if t.Account == account && t.Currency == currency {
			found = t
		}
	}
	return found, err
}

// JournalPage are the entries after a place, in the order of time, at most limit (1 to 1000).
func (s *Service) JournalPage(ctx context.Context, ask JournalAsk, after Place, limit int) ([]Booked, error) {
	entries, err := s.store.journal(ctx, ask, after, min(max(limit, 1), journalPage))
	all := make([]Booked, len(entries))
	for i, b := range entries {
		all[i] = Booked{b.id, b.payment, b.order, b.at, b.reverses, b.Entry}
	}
	return all, err
}

// Journal gives the entries to each, in the order of time, and stops at the first error. It reads pages of a thousand.
func (s *Service) Journal(ctx context.Context, ask JournalAsk, each func(Booked) error) error {
	for after := (Place{}); ; {
		page, err := s.JournalPage(ctx, ask, after, journalPage)
		if err != nil {
			return err
		}
		for _, entry := range page {
			after = entry.Place()
			if err := each(entry); err != nil {
				return err
			}
		}
		if len(page) < journalPage {
			return nil
		}
	}
}

// OrderSums gives the orders for which processors moved money in a stretch of time to each, in their order and that of
// currencies; first comes what belongs to no order. Added up, the nets are what came to all clearing accounts. The
// database is held meanwhile: each must not ask it for anything.
func (s *Service) OrderSums(ctx context.Context, merchant MerchantID, span Span, each func(OrderSum) error) error {
	var sum OrderSum
	begun := false
	err := s.store.orderSums(ctx, merchant, span, func(order OrderID, c money.Currency, reason string, minor int64) error {
		if begun && (sum.Order != order || sum.Net.Currency != c) {
			if err := each(sum); err != nil {
				return err
			}
			begun = false
		}
		if !begun {
			sum, begun = newOrderSum(order, c), true
		}
		sum.add(reason, minor)
		return nil
	})
	if err == nil && begun {
		err = each(sum)
	}
	return err
}

// Summary adds up what was booked in a stretch of time, by source and reason and in their order.
func (s *Service) Summary(ctx context.Context, merchant MerchantID, span Span) ([]ReasonSum, error) {
	return s.store.summary(ctx, merchant, span)
}

// Captured adds up the captures of a merchant in each of several stretches of time, in their order and that of currencies;
// one that brought nothing is left out.
func (s *Service) Captured(ctx context.Context, merchant MerchantID, spans []Span) (all []SpanSum, err error) {
	for first := 0; first < len(spans); first += mostSpans {
		sums, err := s.store.captured(ctx, merchant, first, spans[first:min(first+mostSpans, len(spans))])
		if err != nil {
			return nil, err
		}
		all = append(all, sums...)
	}
	return all, nil
}
