package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"parley/catalog/money"
	"parley/payments"
)

// tell keeps news, so that it can be listed and said again, and returns it.
func (g *Gateway) tell(ctx context.Context, n payments.Notice) ([]payments.Notice, error) {
	return []payments.Notice{n}, g.store.insertEvent(ctx, n, g.at())
}

// sayTwice is the latest news of a session once more, as processors repeat themselves, and as a twin with another id.
func (g *Gateway) sayTwice(ctx context.Context, s scene) ([]payments.Notice, error) {
	all, err := g.store.events(ctx, s.session.ref)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	last := all[len(all)-1]
	return []payments.Notice{last, twin(last)}, nil
}

// sayBackward is all news of a session, the newest first, as if none had been said before.
func (g *Gateway) sayBackward(ctx context.Context, s scene) ([]payments.Notice, error) {
	all, err := g.store.events(ctx, s.session.ref)
	for i := range all {
		all[i] = twin(all[i])
	}
	slices.Reverse(all)
	return all, err
}

func twin(n payments.Notice) payments.Notice {
	n.Event += "_twin"
	return n
}

// Events are all news of a session, oldest first.
func (g *Gateway) Events(ctx context.Context, ref string) ([]payments.Notice, error) {
	return g.store.events(ctx, ref)
}

// mostRead is how many rows are read at once.
const mostRead = 1000

// Catch is all news since a time, oldest first.
func (g *Gateway) Catch(ctx context.Context, since time.Time, take func(payments.Notice) error) error {
	for after := int64(0); ; {
		var rows []eventRow
		err := g.store.d.On(ctx).Raw("select seq, notice from sandbox_events where at >= ? and seq > ? order by seq limit ?", since.UTC(), after, mostRead).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read sandbox events: %w", err)
		}
		for _, one := range rows {
			after = one.Seq
			n, err := one.notice()
			if err != nil {
				return err
			}
			if err := take(n); err != nil {
				return err
			}
		}
		if len(rows) < mostRead {
			return nil
		}
	}
}

type eventRow struct {
	Seq    int64
	Notice string
}

func (r eventRow) notice() (n payments.Notice, err error) {
	if err := json.Unmarshal([]byte(r.Notice), &n); err != nil {
		return n, fmt.Errorf("read sandbox event %d: %w", r.Seq, err)
	}
	n.Raw = []byte(r.Notice)
	return n, nil
}

func (s store) insertEvent(ctx context.Context, n payments.Notice, at time.Time) error {
	encoded, err := json.Marshal(n)
	if err != nil {
		return err
	}
	ref := n.Ref
	if n.Payout != nil {
		ref = ""
	}
	err = s.d.On(ctx).Exec("insert into sandbox_events (id, ref, notice, at) values (?, ?, ?, ?) on conflict (id) do nothing", n.Event, ref, string(encoded), at).Error
	if err != nil {
		return fmt.Errorf("store sandbox event: %w", err)
	}
	return nil
}

func (s store) events(ctx context.Context, ref string) ([]payments.Notice, error) {
	var rows []eventRow
	if err := s.d.On(ctx).Raw("select seq, notice from sandbox_events where ref = ? order by seq", ref).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read sandbox events: %w", err)
	}
	all := make([]payments.Notice, len(rows))
	for i, one := range rows {
		n, err := one.notice()
		if err != nil {
			return nil, err
		}
		all[i] = n
	}
	return all, nil
}

// row is a balance transaction.
type row struct {
	id, category, source, charge string
	gross, fee                   money.Amount
	at                           time.Time
}

func (s store) insertRow(ctx context.Context, r row) error {
	err := s.d.On(ctx).Exec(`insert into sandbox_transactions (id, category, source, charge, gross, fee, net, currency, at, available_at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.id, r.category, r.source, r.charge, r.gross.Minor, r.fee.Minor, r.gross.Minor-r.fee.Minor,
		string(r.gross.Currency), r.at, r.at.Add(settlesAfter)).Error
	if err != nil {
		return fmt.Errorf("store sandbox transaction: %w", err)
	}
	return nil
}
