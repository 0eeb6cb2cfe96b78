package sandbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// payoutSteps is every way a payout may change.
var payoutSteps = map[payments.PayoutStatus][]payments.PayoutStatus{
	payments.PayoutPending:   {payments.PayoutInTransit, payments.PayoutPaid, payments.PayoutFailed, payments.PayoutCanceled},
	payments.PayoutInTransit: {payments.PayoutPaid, payments.PayoutFailed},
	payments.PayoutPaid:      {payments.PayoutFailed}, // banks send money back days later
}

// PayOut sends everything of a currency that was not paid out yet to the bank, available or not: in a demonstration
// nobody waits two days. One that is not automatic can't be itemised, as at other processors. It fails with
// fault.Conflict when there is nothing.
func (g *Gateway) PayOut(ctx context.Context, currency money.Currency, automatic bool) (n payments.Notice, err error) {
	err = g.store.d.InTx(ctx, func(ctx context.Context) error {
		var waiting struct{ Count, Sum int64 }
		err := g.store.d.On(ctx).Raw(`select count(*) as count, cast(coalesce(sum(net), 0) as bigint) as sum from sandbox_transactions where payout = '' and currency = ?`,
			string(currency)).Scan(&waiting).Error
		if err != nil {
			return fmt.Errorf("read the sandbox's balance: %w", err)
		}
		if waiting.Count == 0 {
			return fault.New(fault.Conflict, "payment.sandbox_over")
		}
		var made int64
		if err := g.store.d.On(ctx).Raw("select count(*) from sandbox_payouts").Scan(&made).Error; err != nil {
			return fmt.Errorf("count sandbox payouts: %w", err)
		}
		p := payments.Payout{
			ID: fmt.Sprintf("po_%d", made+1), Status: payments.PayoutPending, Amount: money.Of(waiting.Sum, currency), Automatic: automatic,
			Created: g.at(), Arrives: g.at().Add(settlesAfter), Descriptor: "SANDBOX",
		}
		n, err = g.sendPayout(ctx, p)
		return err
	})
	return n, err
}

func (g *Gateway) sendPayout(ctx context.Context, p payments.Payout) (payments.Notice, error) {
	on := g.store.d.On(ctx)
	for _, statement := range []struct {
		sql  string
		args []any
	}{
		{"insert into sandbox_payouts (id, state, amount, currency, automatic, at, arrives_at) values (?, ?, ?, ?, ?, ?, ?)",
			[]any{p.ID, string(p.Status), p.Amount.Minor, string(p.Amount.Currency), p.Automatic, p.Created, p.Arrives}},
		{"update sandbox_transactions set payout = ?, available_at = case when available_at > ? then ? else available_at end where payout = '' and currency = ?",
			[]any{p.ID, p.Created, p.Created, string(p.Amount.Currency)}},
	} {
		if err := on.Exec(statement.sql, statement.args...).Error; err != nil {
			return payments.Notice{}, fmt.Errorf("store sandbox payout: %w", err)
		}
	}
	err := g.store.insertRow(ctx, row{id: "txn_" + p.ID, category: "payout", source: p.ID, gross: p.Amount.Negated(), fee: money.Of(0, p.Amount.Currency), at: p.Created})
	if err != nil {
		return payments.Notice{}, err
	}
	if err := on.Exec("update sandbox_transactions set payout = ? where id = ?", p.ID, "txn_"+p.ID).Error; err != nil {
		return payments.Notice{}, fmt.Errorf("store sandbox payout: %w", err)
	}
	return g.tellPayout(ctx, p, "created")
}

func (g *Gateway) tellPayout(ctx context.Context, p payments.Payout, what string) (payments.Notice, error) {
	all, err := g.tell(ctx, payments.Notice{Event: "evt_" + p.ID + "_" + what, Ref: p.ID, Amount: p.Amount, Payout: &p})
	return all[0], err
}

// MovePayout brings a payout to a status; one that was paid or is on its way can be sent back by the bank, and its
// money is on the balance again. It fails with fault.Missing and with fault.Conflict when it can't become that.
func (g *Gateway) MovePayout(ctx context.Context, id string, to payments.PayoutStatus) (payments.Notice, error) {
	return g.changePayout(ctx, id, string(to), func(ctx context.Context, p *payments.Payout) error {
		if !slices.Contains(payoutSteps[p.Status], to) {
			return fault.New(fault.Conflict, "payment.sandbox_over")
		}
		p.Status = to
		if to != payments.PayoutFailed && to != payments.PayoutCanceled {
			return nil
		}
		p.Returned = "txn_" + p.ID + "_back"
		return g.store.insertRow(ctx, row{id: p.Returned, category: "payout_reversal", source: p.ID, gross: p.Amount, fee: money.Of(0, p.Amount.Currency), at: g.at()})
	})
}

// Reconcile says that the rows of a payout are complete.
func (g *Gateway) Reconcile(ctx context.Context, id string) (payments.Notice, error) {
	return g.changePayout(ctx, id, "reconciled", func(_ context.Context, p *payments.Payout) error {
		if !p.Automatic {
			return fault.New(fault.Conflict, "payment.payout_not_itemised").With("payout", id)
		}
		p.Reconciled = true
		return nil
	})
}

func (g *Gateway) changePayout(ctx context.Context, id, what string, change func(ctx context.Context, p *payments.Payout) error) (n payments.Notice, err error) {
	err = g.store.d.InTx(ctx, func(ctx context.Context) error {
		p, err := g.store.payout(ctx, id, g.store.d.ForUpdate())
		if err != nil {
			return err
		}
		if err := change(ctx, &p); err != nil {
			return err
		}
		err = g.store.d.On(ctx).Exec("update sandbox_payouts set state = ?, reconciled = ?, returned = ? where id = ?", string(p.Status), p.Reconciled, p.Returned, id).Error
		if err != nil {
			return fmt.Errorf("store sandbox payout: %w", err)
		}
		n, err = g.tellPayout(ctx, p, what)
		return err
	})
	return n, err
}

type payoutRow struct {
	ID, State, Currency, Returned string
	Amount                        int64
	Automatic, Reconciled         bool
	At, ArrivesAt                 time.Time
}

func (r payoutRow) payout() payments.Payout {
	return payments.Payout{
		ID: r.ID, Status: payments.PayoutStatus(r.State), Amount: money.Of(r.Amount, money.Currency(r.Currency)), Automatic: r.Automatic,
		Created: r.At.UTC(), Arrives: r.ArrivesAt.UTC(), Returned: r.Returned, Descriptor: "SANDBOX", Reconciled: r.Reconciled,
	}
}

const payoutColumns = "select id, state, amount, currency, automatic, reconciled, returned, at, arrives_at from sandbox_payouts "

func (s store) payout(ctx context.Context, id, lock string) (payments.Payout, error) {
	var rows []payoutRow
	if err := s.d.On(ctx).Raw(payoutColumns+"where id = ?"+lock, id).Scan(&rows).Error; err != nil {
		return payments.Payout{}, fmt.Errorf("read sandbox payout: %w", err)
	}
	if len(rows) == 0 {
		return payments.Payout{}, fault.New(fault.Missing, "payment.missing")
	}
	return rows[0].payout(), nil
}

// Payouts are those since a time, as they stand now, oldest first.
func (g *Gateway) Payouts(ctx context.Context, since time.Time, take func(payments.Payout) error) error {
	var rows []payoutRow
	if err := g.store.d.On(ctx).Raw(payoutColumns+"where at >= ? order by at, id", since.UTC()).Scan(&rows).Error; err != nil {
		return fmt.Errorf("read sandbox payouts: %w", err)
	}
	for _, one := range rows {
		if err := take(one.payout()); err != nil {
			return err
		}
	}
	return nil
}

// Transactions are the rows of the balance since a time, oldest first.
func (g *Gateway) Transactions(ctx context.Context, since time.Time, take func(payments.Transaction) error) error {
	return g.rows(ctx, take, "at >= ?", since.UTC())
}

// Itemised are the rows that an automatic payout consists of.
func (g *Gateway) Itemised(ctx context.Context, id string, take func(payments.Transaction) error) error {
	p, err := g.store.payout(ctx, id, "")
	switch {
	case err != nil:
		return err
	case !p.Automatic:
		return fault.New(fault.Conflict, "payment.payout_not_itemised").With("payout", id)
	}
	return g.rows(ctx, take, "payout = ? and id <> ?", id, "txn_"+id)
}

type transactionRow struct {
	Seq                                            int64
	ID, Category, Source, Charge, Payout, Currency string
	Gross, Fee, Net                                int64
	At, AvailableAt                                time.Time
	Automatic                                      bool
}

func (r transactionRow) transaction() payments.Transaction {
	c := money.Currency(r.Currency)
	t := payments.Transaction{
		ID: r.ID, Category: r.Category, Source: r.Source, Charge: r.Charge, Gross: money.Of(r.Gross, c), Fee: money.Of(r.Fee, c),
		Net: money.Of(r.Net, c), Seen: money.Of(r.Gross, c), Created: r.At.UTC(), Available: r.AvailableAt.UTC(),
	}
	if r.Automatic && !strings.HasPrefix(r.Category, "payout") {
		t.Payout = r.Payout
	}
	if r.Category == "charge" {
		t.Method, t.Country = "card", "DE"
	}
	return t
}

// rows reads pages, and says them while no rows are open.
func (g *Gateway) rows(ctx context.Context, take func(payments.Transaction) error, where string, args ...any) error {
	for after := int64(0); ; {
		var rows []transactionRow
		err := g.store.d.On(ctx).Raw(`select seq, id, category, source, charge, payout, gross, fee, net, currency, at, available_at,
			exists (select 1 from sandbox_payouts p where p.id = payout and p.automatic) as automatic
			from sandbox_transactions where `+where+" and seq > ? order by seq limit ?", append(slices.Clone(args), after, mostRead)...).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read sandbox transactions: %w", err)
		}
		for _, one := range rows {
			after = one.Seq
			if err := take(one.transaction()); err != nil {
				return err
			}
		}
		if len(rows) < mostRead {
			return nil
		}
	}
}
