package settlement

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/money"
	"parley/payments"
)

type lineRow struct {
	ID, MerchantID, Amount, PayoutID        int64
	Identity, Currency, Said, Origin, State string
	Day                                     time.Time
	Back                                    bool
}

func (r lineRow) line() Line {
	return Line{
		Number: LineID(r.ID), Merchant: payments.MerchantID(r.MerchantID), Day: r.Day.UTC(), Amount: money.Of(r.Amount, money.Currency(r.Currency)), Text: r.Said,
		Origin: r.Origin, State: State(r.State), Payout: PayoutID(r.PayoutID), IsBack: r.Back, identity: r.Identity,
	}
}

// lines are those that a condition on l selects.
func (s store) lines(ctx context.Context, where string, args ...any) ([]Line, error) {
	var rows []lineRow
	err := s.d.On(ctx).Raw(`select l.id, coalesce(l.merchant_id, 0) as merchant_id, l.identity, l.day, l.amount, l.currency, l.said, l.origin, l.state,
		coalesce(l.payout_id, 0) as payout_id, l.back from settlement_bank_lines l where `+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the bank's lines: %w", err)
	}
	all := make([]Line, len(rows))
	for i, row := range rows {
		all[i] = row.line()
	}
	return all, nil
}

// insertLine says whether the line was not there before.
func (s store) insertLine(ctx context.Context, l Line) (bool, error) {
	done := s.d.On(ctx).Exec(`insert into settlement_bank_lines (merchant_id, identity, day, amount, currency, said, origin, state) values (?, ?, ?, ?, ?, ?, ?, ?)
		on conflict (identity) do nothing`, idOrNull(l.Merchant), l.identity, l.Day, l.Amount.Minor, string(l.Amount.Currency), l.Text, l.Origin, string(l.State))
	if done.Error != nil {
		return false, fmt.Errorf("store a line of the bank: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

func (s store) settleLine(ctx context.Context, l Line) error {
	err := s.d.On(ctx).Exec("update settlement_bank_lines set state = ?, payout_id = ?, back = ? where id = ?", string(l.State), idOrNull(l.Payout), l.IsBack, int64(l.Number)).Error
	if err != nil {
		return fmt.Errorf("settle line %d: %w", l.Number, err)
	}
	return nil
}

// statement is the days that the statements of one currency cover.
type statement struct {
	Currency    string
	First, Last time.Time
}

func (s store) statements(ctx context.Context) (all []statement, err error) {
	var currencies []string
	if err := s.d.On(ctx).Raw("select distinct currency from settlement_bank_lines order by currency").Scan(&currencies).Error; err != nil {
		return nil, fmt.Errorf("read statements: %w", err)
	}
	for _, currency := range currencies {
		of := statement{Currency: currency}
		for _, end := range []struct {
			to    *time.Time
			order string
		}{{&of.First, "day"}, {&of.Last, "day desc"}} {
			var day struct{ Day time.Time }
			if err := s.d.On(ctx).Raw("select day from settlement_bank_lines where currency = ? order by "+end.order+" limit 1", currency).Scan(&day).Error; err != nil {
				return nil, fmt.Errorf("read statements: %w", err)
			}
			*end.to = day.Day.UTC()
		}
		all = append(all, of)
	}
	return all, nil
}
