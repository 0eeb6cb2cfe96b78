package payments

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"parley/catalog/money"
)

// turnoversSQL adds up what was kept when a month was closed, and every posting since: each one comes to one account
// and leaves another.
const turnoversSQL = `select account, currency, cast(sum(opening) as bigint) as opening, cast(sum(came) as bigint) as came, cast(sum(gone) as bigint) as gone from (
	select account, currency, balance as opening, 0 as came, 0 as gone from ledger_period_balances where merchant_id = @merchant and month = @month
	union all select p.to_account, p.currency, case when e.at < @from then p.amount else 0 end, case when e.at >= @from then p.amount else 0 end, 0
		from ledger_entries e join ledger_postings p on p.entry_id = e.id where e.merchant_id = @merchant and e.at >= @since and e.at < @to
	union all select p.from_account, p.currency, case when e.at < @from then -p.amount else 0 end, 0, case when e.at >= @from then p.amount else 0 end
		from ledger_entries e join ledger_postings p on p.entry_id = e.id where e.merchant_id = @merchant and e.at >= @since and e.at < @to
) as moved group by account, currency order by account, currency`

// turnovers begin with what was kept of the last month that was closed before the span, if there is one.
func (s store) turnovers(ctx context.Context, merchant MerchantID, span Span, last *Period) ([]Turnover, error) {
	args := map[string]any{"merchant": int64(merchant), "month": "", "since": time.Unix(0, 0).UTC(), "from": span.From, "to": span.To}
	if last != nil {
		args["month"], args["since"] = last.Month.String(), last.Span.To
	}
	var rows []struct {
		Account, Currency   string
		Opening, Came, Gone int64
	}
	if err := s.d.On(ctx).Raw(turnoversSQL, args).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("add up the books: %w", err)
	}
	all := make([]Turnover, len(rows))
	for i, row := range rows {
		c := money.Currency(row.Currency)
		all[i] = Turnover{
			Account(row.Account), c, money.Of(row.Opening, c), money.Of(row.Came, c), money.Of(row.Gone, c), money.Of(row.Opening+row.Came-row.Gone, c),
		}
	}
	return all, nil
}

// journal is a page of entries with their moves.
func (s store) journal(ctx context.Context, ask JournalAsk, after Place, limit int) ([]booked, error) {
	where, args := "e.merchant_id = ?", []any{int64(ask.Merchant)}
	only := func(condition string, values ...any) { where, args = where+" and "+condition, append(args, values...) }
	if !ask.Span.From.IsZero() {
		only("e.at >= ?", ask.Span.From)
	}
	if !ask.Span.To.IsZero() {
		only("e.at < ?", ask.Span.To)
	}
	if ask.Payment != 0 {
		only("e.payment_id = ?", int64(ask.Payment))
	}
	if ask.Order != 0 {
		only("e.payment_id in (select id from payments where merchant_id = ? and order_id = ?)", int64(ask.Merchant), int64(ask.Order))
	}
	if ask.Account != "" {
		only(`exists (select 1 from ledger_postings p where p.entry_id = e.id and (p.from_account = ? or p.to_account = ?) and (? = '' or p.currency = ?))`,
			string(ask.Account), string(ask.Account), string(ask.Currency), string(ask.Currency))
	}
	if after != (Place{}) {
		only("(e.at, e.id) > (?, ?)", after.At, after.ID)
	}
	var rows []entryRow
	err := s.d.On(ctx).Raw("select "+entryColumns+" from ledger_entries e where "+where+" order by e.at, e.id limit ?", append(args, limit)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return s.withMoves(ctx, rows)
}

// orderSums reads row by row, since orders may be many.
func (s store) orderSums(ctx context.Context, merchant MerchantID, span Span, each func(order OrderID, c money.Currency, reason string, minor int64) error) (err error) {
	rows, err := s.d.On(ctx).Raw(`select coalesce(e.order_id, 0), p.currency, e.reason,
			cast(sum(case when p.to_account like 'clearing:%' then p.amount else 0 end - case when p.from_account like 'clearing:%' then p.amount else 0 end) as bigint)
		from ledger_entries e join ledger_postings p on p.entry_id = e.id
		where e.merchant_id = ? and e.at >= ? and e.at < ? and (p.to_account like 'clearing:%' or p.from_account like 'clearing:%')
		group by coalesce(e.order_id, 0), p.currency, e.reason order by 1, 2, 3`, int64(merchant), span.From, span.To).Rows()
	if err != nil {
		return fmt.Errorf("add up orders: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close(), rows.Err()) }()
	for rows.Next() {
		var order, minor int64
		var currency, reason string
		if err := rows.Scan(&order, &currency, &reason, &minor); err != nil {
			return err
		}
		if err := each(OrderID(order), money.Currency(currency), reason, minor); err != nil {
			return err
		}
	}
	return nil
}

func (s store) summary(ctx context.Context, merchant MerchantID, span Span) ([]ReasonSum, error) {
	var rows []struct {
		Source, Reason, Currency string
		Count, Moved, Held       int64
	}
	err := s.d.On(ctx).Raw(`select e.source, e.reason, p.currency, count(distinct e.id) as count, cast(sum(p.amount) as bigint) as moved,
			cast(sum(case when p.to_account like 'clearing:%' then p.amount else 0 end - case when p.from_account like 'clearing:%' then p.amount else 0 end) as bigint) as held
		from ledger_entries e join ledger_postings p on p.entry_id = e.id where e.merchant_id = ? and e.at >= ? and e.at < ?
		group by e.source, e.reason, p.currency order by e.source, e.reason, p.currency`, int64(merchant), span.From, span.To).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("add up entries: %w", err)
	}
	sums := make([]ReasonSum, len(rows))
	for i, row := range rows {
		c := money.Currency(row.Currency)
		sums[i] = ReasonSum{row.Source, row.Reason, row.Count, money.Of(row.Moved, c), money.Of(row.Held, c)}
	}
	return sums, nil
}

// mostSpans is how many stretches of time one statement adds up: SQLite takes 500 parts of a union
// (https://www.sqlite.org/limits.html#max_compound_select).
const mostSpans = 100

// captured adds up captures in each of so many spans, the first of which has a number, by one statement: each span is a part
// of the index for itself, as summary reads it.
func (s store) captured(ctx context.Context, merchant MerchantID, first int, spans []Span) ([]SpanSum, error) {
	parts, args := make([]string, len(spans)), make([]any, 0, 3*len(spans))
	for i, span := range spans {
		parts[i] = fmt.Sprintf(`select %d as span, p.currency,
				cast(sum(case when p.to_account like 'clearing:%%' then p.amount else 0 end - case when p.from_account like 'clearing:%%' then p.amount else 0 end) as bigint) as held
			from ledger_entries e join ledger_postings p on p.entry_id = e.id where e.merchant_id = ? and e.at >= ? and e.at < ? and e.reason = 'capture'
			group by p.currency`, first+i)
		args = append(args, int64(merchant), span.From, span.To)
	}
	var rows []struct {
		Span     int
		Currency string
		Held     int64
	}
	if err := s.d.On(ctx).Raw(strings.Join(parts, " union all ")+" order by 1, 2", args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("add up captures: %w", err)
	}
	sums := make([]SpanSum, len(rows))
	for i, row := range rows {
		sums[i] = SpanSum{row.Span, money.Of(row.Held, money.Currency(row.Currency))}
	}
	return sums, nil
}
