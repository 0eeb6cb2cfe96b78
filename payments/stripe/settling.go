package stripe

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v76"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// aPage is how many rows Stripe gives at once, at most.
const aPage = 100

// Windows keep what is held in memory small: Stripe lists the newest first, and is asked for so much time at once.
const (
	rowsWindow    = 24 * time.Hour
	payoutsWindow = 30 * 24 * time.Hour
)

// Nothing at Stripe is older than Stripe, and where nothing was found in one stretch of time the next one is longer.
const (
	stripesFirstDay = 1262304000 // 1 January 2010
	longestWindow   = 64 * 24 * time.Hour
)

// windows asks for one stretch of time after the other, from since up to now; ask says how much it found.
func (g *Gateway) windows(since time.Time, length time.Duration, ask func(created *stripego.RangeQueryParams) (int, error)) error {
	from, end, now := max(since.Unix(), stripesFirstDay), g.now().Unix()+1, length
	for from < end {
		to := min(from+int64(now/time.Second), end)
		found, err := ask(&stripego.RangeQueryParams{GreaterThanOrEqual: from, LesserThan: to})
		if err != nil {
			return err
		}
		from, now = to, min(2*now, longestWindow)
		if found > 0 {
			now = length
		}
	}
	return nil
}

// Transactions are the account's balance transactions since a time, oldest first.
func (g *Gateway) Transactions(ctx context.Context, since time.Time, take func(payments.Transaction) error) error {
	return g.windows(since, rowsWindow, func(created *stripego.RangeQueryParams) (int, error) {
		return g.rows(ctx, &stripego.BalanceTransactionListParams{CreatedRange: created}, "", take)
	})
}

// Itemised are the balance transactions that an automatic payout consists of.
func (g *Gateway) Itemised(ctx context.Context, payout string, take func(payments.Transaction) error) error {
	found, err := g.readPayout(ctx, payout, "")
	switch {
	case err != nil:
		return inOurWords(err)
	case !found.Automatic:
		return fault.New(fault.Conflict, "payment.payout_not_itemised").With("payout", payout)
	}
	_, err = g.rows(ctx, &stripego.BalanceTransactionListParams{Payout: stripego.String(payout)}, payout, take)
	return err
}

func (g *Gateway) rows(ctx context.Context, asked *stripego.BalanceTransactionListParams, payout string, take func(payments.Transaction) error) (int, error) {
	asked.Context, asked.Limit = ctx, stripego.Int64(aPage)
	asked.AddExpand("data.source")
	var rows []payments.Transaction
	all := g.api.BalanceTransactions.List(asked)
	for all.Next() {
		if payout != "" && all.BalanceTransaction().Source != nil && all.BalanceTransaction().Source.ID == payout {
			continue // the payout's own
		}
		row, err := transaction(all.BalanceTransaction())
		if err != nil {
			return 0, err
		}
		if row.Charge == "" {
			if row.Charge, err = g.chargeBehind(ctx, all.BalanceTransaction().Source); err != nil {
				return 0, err
			}
		}
		row.Payout = payout
		rows = append(rows, row)
	}
	if err := all.Err(); err != nil {
		return 0, inOurWords(err)
	}
	return len(rows), oldestFirst(rows, take)
}

func oldestFirst[T any](newestFirst []T, take func(T) error) error {
	for _, one := range slices.Backward(newestFirst) {
		if err := take(one); err != nil {
			return err
		}
	}
	return nil
}

// transaction is a row in the words of payments. It fails for a currency whose minor unit nobody has stated.
func transaction(t *stripego.BalanceTransaction) (payments.Transaction, error) {
	row := payments.Transaction{
		ID: t.ID, Category: string(t.ReportingCategory), Created: time.Unix(t.Created, 0).UTC(), Available: time.Unix(t.AvailableOn, 0).UTC(),
	}
	currency := currencyOf(t.Currency)
	var err error
	for _, sum := range []struct {
		sent int64
		into *money.Amount
	}{{t.Amount, &row.Gross}, {t.Fee, &row.Fee}, {t.Net, &row.Net}} {
		if *sum.into, err = amount(sum.sent, currency); err != nil {
			return row, err
		}
	}
	row.Seen = row.Gross
	return row, about(&row, t.Source)
}

// about says what a row is about: the object that caused it, and the charge behind that.
func about(row *payments.Transaction, source *stripego.BalanceTransactionSource) error {
	if source == nil {
		return nil
	}
	row.Source = source.ID
	switch {
	case source.Charge != nil:
		charge := source.Charge
		row.Charge = charge.ID
		if charge.PaymentIntent != nil {
			row.Intent = charge.PaymentIntent.ID
		}
		if details := charge.PaymentMethodDetails; details != nil {
			row.Method = string(details.Type)
			if details.Card != nil {
				row.Country = details.Card.Country
			}
		}
		return seen(row, charge.Amount, charge.Currency)
	case source.Refund != nil:
		if source.Refund.Charge != nil {
			row.Charge = source.Refund.Charge.ID
		}
		if source.Refund.PaymentIntent != nil {
			row.Intent = source.Refund.PaymentIntent.ID
		}
		return seen(row, source.Refund.Amount, source.Refund.Currency)
	case source.Dispute != nil:
		if source.Dispute.Charge != nil {
			row.Charge = source.Dispute.Charge.ID
		}
		if source.Dispute.PaymentIntent != nil {
			row.Intent = source.Dispute.PaymentIntent.ID
		}
		return seen(row, source.Dispute.Amount, source.Dispute.Currency)
	}
	return nil
}

// seen is the sum as the buyer saw it, where it was converted.
func seen(row *payments.Transaction, sent int64, in stripego.Currency) error {
	currency := currencyOf(in)
	if currency == "" || currency == row.Gross.Currency {
		return nil
	}
	read, err := amount(sent, currency)
	if err != nil {
		return err
	}
	if row.Gross.Minor < 0 {
		read = read.Negated()
	}
	row.Seen = read
	return nil
}

func currencyOf(c stripego.Currency) money.Currency {
	return money.Currency(strings.ToUpper(string(c)))
}

// Payouts are the account's payouts since a time, as they stand now, oldest first.
func (g *Gateway) Payouts(ctx context.Context, since time.Time, take func(payments.Payout) error) error {
	return g.windows(since, payoutsWindow, func(created *stripego.RangeQueryParams) (int, error) {
		asked := &stripego.PayoutListParams{CreatedRange: created}
		asked.Context, asked.Limit = ctx, stripego.Int64(aPage)
		var found []payments.Payout
		all := g.api.Payouts.List(asked)
		for all.Next() {
			one, err := payout(all.Payout())
			if err != nil {
				return 0, err
			}
			found = append(found, one)
		}
		if err := all.Err(); err != nil {
			return 0, inOurWords(err)
		}
		return len(found), oldestFirst(found, take)
	})
}

// payout is a payout in the words of payments.
func payout(p *stripego.Payout) (payments.Payout, error) {
	sum, err := amount(p.Amount, currencyOf(p.Currency))
	if err != nil {
		return payments.Payout{}, err
	}
	said := payments.Payout{
		ID: p.ID, Status: payments.PayoutStatus(p.Status), Amount: sum, Automatic: p.Automatic, Created: time.Unix(p.Created, 0).UTC(),
		Arrives: time.Unix(p.ArrivalDate, 0).UTC(), Descriptor: p.StatementDescriptor,
		Reconciled: p.ReconciliationStatus == stripego.PayoutReconciliationStatusCompleted,
	}
	if p.FailureBalanceTransaction != nil {
		said.Returned = p.FailureBalanceTransaction.ID
	}
	return said, nil
}

// Catch is what happened since a time, as notices: Stripe remembers 30 days of it. Of kinds that mean nothing to us
// nothing is said.
func (g *Gateway) Catch(ctx context.Context, since time.Time, take func(payments.Notice) error) error {
	return g.windows(since, rowsWindow, func(created *stripego.RangeQueryParams) (int, error) {
		asked := &stripego.EventListParams{CreatedRange: created}
		asked.Context, asked.Limit = ctx, stripego.Int64(aPage)
		var found []*stripego.Event
		all := g.api.Events.List(asked)
		for all.Next() {
			if event := all.Event(); kinds[event.Type] != nil && event.Data != nil {
				found = append(found, event)
			}
		}
		if err := all.Err(); err != nil {
			return 0, inOurWords(err)
		}
		return len(found), oldestFirst(found, func(event *stripego.Event) error {
			n, err := g.understand(ctx, *event)
			if err != nil {
				return err
			}
			if n.Raw, err = json.Marshal(map[string]any{
				"id": event.ID, "type": event.Type, "created": event.Created, "livemode": event.Livemode, "account": event.Account,
				"data": map[string]any{"object": event.Data.Raw},
			}); err != nil {
				return err
			}
			n.Event, n.Account = event.ID, event.Account
			return take(n)
		})
	})
}

// readPayout reads a payout of ours, or of a seller's account.
func (g *Gateway) readPayout(ctx context.Context, id, account string) (*stripego.Payout, error) {
	asked := &stripego.PayoutParams{}
	asked.Context = ctx
	if account != "" {
		asked.SetStripeAccount(account)
	}
	return g.api.Payouts.Get(id, asked)
}

// paidOut is a payout in the words of payments. One of a currency that we can't read is kept as it is.
func (*Gateway) paidOut(_ context.Context, found *stripego.Payout, event stripego.Event) (payments.Notice, error) {
	stands, err := payout(found)
	if err != nil {
		return kept(event), nil //nolint:nilerr // no retry makes it readable
	}
	return payments.Notice{Live: event.Livemode, Ref: found.ID, Amount: stands.Amount, Payout: &stands}, nil
}
