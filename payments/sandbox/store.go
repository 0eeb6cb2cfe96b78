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
	err := s.d.On(ctx).Raw(`select ref, idem_key, number, amount, currency, language, return_url, state, expires_at
		from sandbox_sessions where ref = ?`+lock, ref).Scan(&rows).Error
	if err != nil {
		return session{}, fmt.Errorf("read sandbox session: %w", err)
	}
	if len(rows) == 0 {
		return session{}, fault.New(fault.Missing, "payment.missing")
	}
	r := rows[0]
	return session{
		ref: r.Ref, key: r.IdemKey, number: r.Number, amount: money.Of(r.Amount, money.Currency(r.Currency)),
		language: r.Language, back: r.ReturnURL, state: state(r.State), expires: r.ExpiresAt.UTC(),
	}, nil
}

func (s store) setState(ctx context.Context, ref string, to state) error {
	if err := s.d.On(ctx).Exec("update sandbox_sessions set state = ? where ref = ?", string(to), ref).Error; err != nil {
		return fmt.Errorf("store sandbox session: %w", err)
	}
	return nil
}

func (s store) insertCharge(ctx context.Context, ref string, c charge) error {
	err := s.d.On(ctx).Exec("insert into sandbox_charges (id, ref, amount, fee, at) values (?, ?, ?, ?, ?)", c.id, ref, c.amount.Minor, c.fee.Minor, c.at).Error
	if err != nil {
		return fmt.Errorf("store sandbox charge: %w", err)
	}
	return nil
}

// charges are those of a session, oldest first.
func (s store) charges(ctx context.Context, of session) ([]charge, error) {
	var rows []struct {
		ID                    string
		Amount, Fee, Refunded int64
		At                    time.Time
	}
	err := s.d.On(ctx).Raw("select id, amount, fee, refunded, at from sandbox_charges where ref = ? order by at, id", of.ref).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read sandbox charges: %w", err)
	}
	all, c := make([]charge, len(rows)), of.amount.Currency
	for i, r := range rows {
		all[i] = charge{r.ID, money.Of(r.Amount, c), money.Of(r.Fee, c), money.Of(r.Refunded, c), r.At.UTC()}
	}
	return all, nil
}

// addRefunded adds to what went back of a charge; a negative sum came back.
func (s store) addRefunded(ctx context.Context, charge string, minor int64) error {
	if err := s.d.On(ctx).Exec("update sandbox_charges set refunded = refunded + ? where id = ?", minor, charge).Error; err != nil {
		return fmt.Errorf("store sandbox refund: %w", err)
	}
	return nil
}

func (s store) insertRefund(ctx context.Context, ref string, r refund) error {
	err := s.d.On(ctx).Exec("insert into sandbox_refunds (idem_key, ref, amount, charge, state) values (?, ?, ?, ?, ?)", r.key, ref, r.amount.Minor, r.charge, r.state).Error
	if err != nil {
		return fmt.Errorf("store sandbox refund: %w", err)
	}
	return nil
}

func (s store) failRefund(ctx context.Context, key string) error {
	if err := s.d.On(ctx).Exec("update sandbox_refunds set state = 'failed' where idem_key = ?", key).Error; err != nil {
		return fmt.Errorf("store sandbox refund: %w", err)
	}
	return nil
}

// refunds are those of a session.
func (s store) refunds(ctx context.Context, of session) ([]refund, error) {
	var rows []struct {
		IdemKey, Charge, State string
		Amount                 int64
	}
	err := s.d.On(ctx).Raw("select r.idem_key, r.charge, r.state, r.amount from sandbox_refunds r left join sandbox_transactions t on t.id = 'txn_re_' || r.idem_key where r.ref = ? order by t.seq", of.ref).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read sandbox refunds: %w", err)
	}
	all := make([]refund, len(rows))
	for i, r := range rows {
		all[i] = refund{r.IdemKey, r.Charge, money.Of(r.Amount, of.amount.Currency), r.State}
	}
	return all, nil
}

func (s store) insertDispute(ctx context.Context, ref string, d dispute, at time.Time) error {
	err := s.d.On(ctx).Exec("insert into sandbox_disputes (id, ref, charge, amount, fee, reason, state, due_at, at) values (?, ?, ?, ?, ?, 'fraudulent', ?, ?, ?)",
		d.id, ref, d.charge, d.amount.Minor, d.fee.Minor, d.state, d.due, at).Error
	if err != nil {
		return fmt.Errorf("store sandbox dispute: %w", err)
	}
	return nil
}

func (s store) updateDispute(ctx context.Context, d dispute) error {
	if err := s.d.On(ctx).Exec("update sandbox_disputes set state = ?, evidence = ? where id = ?", d.state, d.evidence, d.id).Error; err != nil {
		return fmt.Errorf("store sandbox dispute: %w", err)
	}
	return nil
}

// disputes are those of a session, oldest first.
func (s store) disputes(ctx context.Context, of session) ([]dispute, error) {
	var rows []struct {
		ID, Charge, State, Evidence string
		Amount, Fee                 int64
		DueAt                       time.Time
	}
	err := s.d.On(ctx).Raw("select id, charge, amount, fee, state, evidence, due_at from sandbox_disputes where ref = ? order by at, id", of.ref).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read sandbox disputes: %w", err)
	}
	all, c := make([]dispute, len(rows)), of.amount.Currency
	for i, r := range rows {
		all[i] = dispute{r.ID, r.Charge, money.Of(r.Amount, c), money.Of(r.Fee, c), r.State, r.Evidence, r.DueAt.UTC()}
	}
	return all, nil
}

// refOfDispute is the session that a dispute is about.
func (s store) refOfDispute(ctx context.Context, id string) (string, error) {
	var refs []string
	if err := s.d.On(ctx).Raw("select ref from sandbox_disputes where id = ?", id).Scan(&refs).Error; err != nil {
		return "", fmt.Errorf("read sandbox dispute: %w", err)
	}
	if len(refs) == 0 {
		return "", fault.New(fault.Missing, "payment.dispute_missing")
	}
	return refs[0], nil
}
