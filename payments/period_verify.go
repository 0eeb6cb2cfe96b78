package payments

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
)

// closedMonths is what the entries of each closed month moved, summed up anew: a few numbers a month, however many
// entries there are.
type closedMonths map[MerchantID][]closedMonth // each merchant's in their order

type closedMonth struct {
	name     string
	ends     time.Time
	turnover map[place]int64
}

func (s store) closedMonths(ctx context.Context) (closedMonths, error) {
	all, err := s.selectPeriods(ctx, "true order by merchant_id, ends_at")
	months := closedMonths{}
	for _, p := range all {
		months[p.Merchant] = append(months[p.Merchant], closedMonth{p.Month.String(), p.Span.To, map[place]int64{}})
	}
	return months, err
}

// add adds what an entry moved to the month in which it is dated, if that is closed.
func (m closedMonths) add(b booked) {
	months := m[b.merchant]
	if at := slices.IndexFunc(months, func(one closedMonth) bool { return b.at.Before(one.ends) }); at >= 0 {
		b.tally(months[at].turnover)
	}
}

// verifyMonths compares what was kept of the balances when months were closed with what their entries say.
func (s store) verifyMonths(ctx context.Context, months closedMonths) (db.Finding, error) {
	found := db.Finding{Invariant: "L8.balances", Sentence: "what was kept of the balances when a period was closed is what the entries until its end add up to"}
	for merchant, all := range months {
		sums := map[place]int64{}
		for _, month := range all {
			for at, moved := range month.turnover {
				sums[at] += moved
			}
			kept, err := s.periodBalances(ctx, merchant, month.name)
			if err != nil {
				return found, err
			}
			for at, sum := range sums {
				if sum != kept[at] {
					blame(&found, fmt.Sprintf("merchant %d %s %s %s", merchant, month.name, at.Account, at.Currency))
				}
				delete(kept, at)
			}
			for at, balance := range kept {
				if balance != 0 {
					blame(&found, fmt.Sprintf("merchant %d %s %s %s", merchant, month.name, at.Account, at.Currency))
				}
			}
		}
	}
	return found, nil
}

// periodBalances is what was kept when a month was closed.
func (s store) periodBalances(ctx context.Context, merchant MerchantID, month string) (map[place]int64, error) {
	var rows []struct {
		Account, Currency string
		Balance           int64
	}
	err := s.d.On(ctx).Raw("select account, currency, balance from ledger_period_balances where merchant_id = ? and month = ?", int64(merchant), month).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the balances of %s: %w", month, err)
	}
	kept := map[place]int64{}
	for _, row := range rows {
		kept[place{merchant, Account(row.Account), money.Currency(row.Currency)}] = row.Balance
	}
	return kept, nil
}
