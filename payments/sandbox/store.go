package sandbox

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
)

type sessionRow struct {
	Ref       string
	IdemKey   string
	Number    string
	Amount    int64
	Currency  string
	Refunded  int64
	Language  string
	ReturnURL string `gorm:"column:return_url"`
	State     string
	ExpiresAt time.Time
}

// store is the sandbox's own tables.
type store struct{ d *db.DB }

func (s store) insert(ctx context.Context, made session) error {
	err := s.d.On(ctx).Exec(`insert into sandbox_sessions (ref, idem_key, number, amount, currency, language, return_url, state, expires_at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (ref) do nothing`, made.ref, made.key, made.number, made.amount.Minor,
		string(made.amount.Currency), made.language, made.back, string(made.state), made.expires.Truncate(time.Microsecond)).Error
	if err != nil {
		return fmt.Errorf("store sandbox session: %w", err)
	}
	return nil
}

// find ends its select with lock; fault.Missing when there is no such session.
func (s store) find(ctx context.Context, ref, lock string) (session, error) {
	var rows []sessionRow
	err := s.d.On(ctx).Raw(`select ref, idem_key, number, amount, currency, refunded, language, return_url, state, expires_at
		from sandbox_sessions where ref = ?`+lock, ref).Scan(&rows).Error
	if err != nil {
		return session{}, fmt.Errorf("read sandbox session: %w", err)
	}
	if len(rows) == 0 {
		return session{}, fault.New(fault.Missing, "payment.missing")
	}
	r := rows[0]
	return session{
		ref: r.Ref, key: r.IdemKey, number: r.Number, amount: money.Of(r.Amount, money.Currency(r.Currency)), refunded: r.Refunded,
		language: r.Language, back: r.ReturnURL, state: state(r.State), expires: r.ExpiresAt.UTC(),
	}, nil
}

func (s store) setState(ctx context.Context, ref string, to state) error {
	if err := s.d.On(ctx).Exec("update sandbox_sessions set state = ? where ref = ?", string(to), ref).Error; err != nil {
		return fmt.Errorf("store sandbox session: %w", err)
	}
	return nil
}

// insertRefund says whether the key was given back before.
func (s store) insertRefund(ctx context.Context, key, ref string, amount money.Amount) (before bool, err error) {
	done := s.d.On(ctx).Exec("insert into sandbox_refunds (idem_key, ref, amount) values (?, ?, ?) on conflict (idem_key) do nothing", key, ref, amount.Minor)
	if done.Error != nil {
		return false, fmt.Errorf("store sandbox refund: %w", done.Error)
	}
	return done.RowsAffected == 0, nil
}

func (s store) addRefunded(ctx context.Context, ref string, amount money.Amount) error {
	if err := s.d.On(ctx).Exec("update sandbox_sessions set refunded = refunded + ? where ref = ?", amount.Minor, ref).Error; err != nil {
		return fmt.Errorf("store sandbox refund: %w", err)
	}
	return nil
}
