package settlement

import (
	"context"
	"fmt"
	"strings"

	"parley/catalog/money"
)

func amountOf(minor int64, currency string) money.Amount {
	return money.Of(minor, money.Currency(currency))
}

// cutKey parts a business key: "capture:ch_1".
func cutKey(key string) (kind, id string) {
	kind, id, _ = strings.Cut(key, ":")
	return kind, id
}

// toSweep are the next entries of a processor that its list should have by now and that were not taken back.
func (s store) toSweep(ctx context.Context, a Account, limit int) (all []bookedEntry, err error) {
	err = s.d.On(ctx).Raw(`select e.id, e.merchant_id, coalesce(e.payment_id, 0) as payment_id, coalesce(e.order_id, 0) as order_id, e.business_key, e.reason, e.at,
			(select cast(sum(p.amount) as bigint) from ledger_postings p where p.entry_id = e.id and 'clearing:' || e.source in (p.from_account, p.to_account)) as amount,
			(select min(p.currency) from ledger_postings p where p.entry_id = e.id and 'clearing:' || e.source in (p.from_account, p.to_account)) as currency
		from ledger_entries e where e.id > ? and e.source = ? and e.reason in ('capture', 'stray', 'refund', 'exchange') and e.at <= ? and e.business_key not like 'attach:%'
			and exists (select 1 from ledger_postings p where p.entry_id = e.id and 'clearing:' || e.source in (p.from_account, p.to_account))
			and not exists (select 1 from ledger_entries b where b.reverses = e.id) order by e.id limit ?`,
		a.sweptTo, a.Gateway, a.ReadTo.Add(-grace), limit).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("sweep the books: %w", err)
	}
	return all, nil
}
