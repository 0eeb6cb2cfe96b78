package payments

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
)

type periodRow struct {
	MerchantID int64
	Month      string
	Zone       string
	StartsAt   time.Time
	EndsAt     time.Time
	Entries    int64
	Position   int64
	Hash       string
	ClosedAt   time.Time
	ClosedBy   string
	Note       string
}

const periodColumns = "merchant_id, month, zone, starts_at, ends_at, entries, position, hash, closed_at, closed_by, note"

func (r periodRow) period() (Period, error) {
	month, err := ParseMonth(r.Month)
	return Period{
		Merchant: MerchantID(r.MerchantID), Month: month, Zone: r.Zone, Span: Span{r.StartsAt.UTC(), r.EndsAt.UTC()}, Entries: r.Entries,
		Position: r.Position, Hash: r.Hash, Closed: r.ClosedAt.UTC(), ClosedBy: r.ClosedBy, Note: r.Note,
	}, err
}

func (s store) selectPeriods(ctx context.Context, where string, args ...any) ([]Period, error) {
	var rows []periodRow
	if err := s.d.On(ctx).Raw("select "+periodColumns+" from ledger_periods where "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read closed periods: %w", err)
	}
	all := make([]Period, len(rows))
	for i, row := range rows {
		var err error
		if all[i], err = row.period(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// lastPeriod is the last that was closed, or the last that ended by a time when that is not zero; nil: none.
func (s store) lastPeriod(ctx context.Context, merchant MerchantID, by time.Time) (*Period, error) {
	until, args := "", []any{int64(merchant)}
	if !by.IsZero() {
		until, args = " and ends_at <= ?", append(args, by)
	}
	all, err := s.selectPeriods(ctx, "merchant_id = ?"+until+" order by ends_at desc limit 1", args...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

func (s store) periods(ctx context.Context, merchant MerchantID, before Month, limit int) ([]Period, error) {
	if before == (Month{}) {
		return s.selectPeriods(ctx, "merchant_id = ? order by month desc limit ?", int64(merchant), limit)
	}
	return s.selectPeriods(ctx, "merchant_id = ? and month < ? order by month desc limit ?", int64(merchant), before.String(), limit)
}

func (s store) period(ctx context.Context, merchant MerchantID, month Month) (Period, error) {
	all, err := s.selectPeriods(ctx, "merchant_id = ? and month = ?", int64(merchant), month.String())
	if err != nil {
		return Period{}, err
	}
	if len(all) == 0 {
		return Period{}, fault.New(fault.Missing, "payment.period_missing").With("month", month.String())
	}
	return all[0], nil
}

type openItemRow struct {
	Name     string
	Reason   string
	Subject  string
	Amount   int64
	Currency string
	OpenedAt time.Time
}

func openItems(rows []openItemRow) []OpenItem {
	items := make([]OpenItem, len(rows))
	for i, row := range rows {
		items[i] = OpenItem{row.Name, row.Reason, row.Subject, money.Of(row.Amount, money.Currency(row.Currency)), row.OpenedAt.UTC()}
	}
	return items
}

func (s store) periodItems(ctx context.Context, merchant MerchantID, month Month) ([]OpenItem, error) {
	var rows []openItemRow
	err := s.d.On(ctx).Raw("select name, reason, subject, amount, currency, opened_at from ledger_period_items where merchant_id = ? and month = ? order by opened_at, name",
		int64(merchant), month.String()).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what was open in %s: %w", month, err)
	}
	return openItems(rows), nil
}

// openItems are everything that waits for a person, of whatever queue.
func (s store) openItems(ctx context.Context, merchant MerchantID, before time.Time, limit int) ([]OpenItem, error) {
	var rows []openItemRow
	err := s.d.On(ctx).Raw(`select 'review:' || cast(id as text) as name, reason, subject, amount, currency, opened_at from payment_reviews
		where merchant_id = ? and state = 'open' and opened_at < ? order by opened_at, id limit ?`, int64(merchant), before, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what is open: %w", err)
	}
	return openItems(rows), nil
}

// moveClosing refuses every entry that is dated before a time, and holds up all others until the transaction ends.
func (s store) moveClosing(ctx context.Context, merchant MerchantID, upto time.Time) error {
	err := s.d.On(ctx).Exec(`insert into ledger_closings (merchant_id, upto) values (?, ?) on conflict (merchant_id) do update set upto = excluded.upto`,
		int64(merchant), upto).Error
	if err != nil {
		return fmt.Errorf("close the books of merchant %d: %w", merchant, err)
	}
	return nil
}

// firstEntry is when a merchant's books begin; zero: nothing is booked.
func (s store) firstEntry(ctx context.Context, merchant MerchantID) (time.Time, error) {
	var first []time.Time
	err := s.d.On(ctx).Raw("select at from ledger_entries where merchant_id = ? order by at, id limit 1", int64(merchant)).Scan(&first).Error
	if err != nil {
		return time.Time{}, fmt.Errorf("find the first entry: %w", err)
	}
	if len(first) == 0 {
		return time.Time{}, nil
	}
	return first[0].UTC(), nil
}

func (s store) countEntries(ctx context.Context, merchant MerchantID, span Span) (count int64, err error) {
	err = s.d.On(ctx).Raw("select count(*) from ledger_entries where merchant_id = ? and at >= ? and at < ?", int64(merchant), span.From, span.To).Scan(&count).Error
	if err != nil {
		return 0, fmt.Errorf("count entries: %w", err)
	}
	return count, nil
}

// insertPeriod stores a closed month, with what was open and what was in each account.
func (s store) insertPeriod(ctx context.Context, p Period, balances []Balance) error {
	merchant, month := int64(p.Merchant), p.Month.String()
	err := s.d.On(ctx).Exec("insert into ledger_periods ("+periodColumns+") values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		merchant, month, p.Zone, p.Span.From, p.Span.To, p.Entries, p.Position, p.Hash, p.Closed, p.ClosedBy, p.Note).Error
	for _, item := range p.Open {
		if err != nil {
			break
		}
		err = s.d.On(ctx).Exec("insert into ledger_period_items (merchant_id, month, name, reason, subject, amount, currency, opened_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
			merchant, month, item.Name, item.Reason, item.Subject, item.Amount.Minor, string(item.Amount.Currency), item.Opened).Error
	}
	for _, balance := range balances {
		if err != nil {
			break
		}
		err = s.d.On(ctx).Exec("insert into ledger_period_balances (merchant_id, month, account, currency, balance) values (?, ?, ?, ?, ?)",
			merchant, month, string(balance.Account), string(balance.Amount.Currency), balance.Amount.Minor).Error
	}
	if err != nil {
		return fmt.Errorf("store the closed month %s: %w", month, err)
	}
	return nil
}
