package books

import (
	"context"
	"strings"

	"parley/catalog/money"
	"parley/payments"
)

// sheet is a table on its way into a file.
type sheet struct {
	name    string
	columns []string
	rows    func(ctx context.Context, row func(cells ...any) error) error // cells are texts, numbers of type int64, and amounts
}

const (
	dayLayout  = "2006-01-02"
	timeLayout = "2006-01-02 15:04:05"
)

// sheets are the tables, by what they are about.
func (w writing) sheets() map[Kind]sheet {
	return map[Kind]sheet{
		Balances:   {"Balances", []string{"account", "name", "currency", "opening", "debit", "credit", "closing"}, w.balances},
		Journal:    {"Journal", []string{"date", "time", "time_utc", "happened_utc", "entry", "line", "reason", "description", "source", "business_key", "order", "payment", "reverses", "debit_account", "credit_account", "amount", "currency"}, w.journal},
		Statements: {"Statements", []string{"account", "currency", "date", "time", "entry", "description", "order", "contra_account", "debit", "credit", "balance"}, w.statements},
		Charges:    {"Charges", []string{"date", "time", "entry", "kind", "source", "id", "order", "payment", "amount", "currency"}, w.charges},
		Orders:     {"Orders", []string{"order", "currency", "charged", "fees", "refunded", "disputed", "other", "net"}, w.orders},
	}
}

func (w writing) balances(ctx context.Context, row func(cells ...any) error) error {
	all, err := w.ledger.Turnovers(ctx, w.Merchant, w.Span)
	for _, t := range all {
		if err != nil {
			return err
		}
		err = row(w.number(t.Account), AccountName(t.Account, w.Say), string(t.Currency), t.Opening, t.In, t.Out, t.Closing)
	}
	return err
}

func (w writing) all() payments.JournalAsk {
	return payments.JournalAsk{Merchant: w.Merchant, Span: w.Span}
}

func (w writing) journal(ctx context.Context, row func(cells ...any) error) error {
	return w.ledger.Journal(ctx, w.all(), func(b payments.Booked) error {
		at, happened, means := w.local(b.At), "", w.tell(b)
		if !b.Happened.IsZero() {
			happened = b.Happened.UTC().Format(timeLayout)
		}
		for i, move := range b.Moves {
			err := row(at.Format(dayLayout), at.Format("15:04:05"), b.At.UTC().Format(timeLayout), happened, b.ID, int64(i+1), b.Reason, means, b.Source, b.Key,
				w.order(b.Order), idOf(int64(b.Payment)), idOf(b.Reversed), w.number(move.To), w.number(move.From), move.Amount, string(move.Amount.Currency))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// idOf is a number that may be missing.
func idOf(id int64) any {
	if id == 0 {
		return ""
	}
	return id
}

func (w writing) statements(ctx context.Context, row func(cells ...any) error) error {
	all, err := w.ledger.Turnovers(ctx, w.Merchant, w.Span)
	if err != nil {
		return err
	}
	for _, t := range all {
		if err := w.statement(ctx, t, row); err != nil {
			return err
		}
	}
	return nil
}

// statement is one account: its opening line, a line for each move and its closing line.
func (w writing) statement(ctx context.Context, t payments.Turnover, row func(cells ...any) error) error {
	name, c := w.number(t.Account), string(t.Currency)
	if err := row(name, c, w.local(w.Span.From).Format(dayLayout), "", "", w.Say("books.opening", nil), "", "", "", "", t.Opening); err != nil {
		return err
	}
	ask, balance := w.all(), t.Opening
	ask.Account, ask.Currency = t.Account, t.Currency
	err := w.ledger.Journal(ctx, ask, func(b payments.Booked) error {
		at, means := w.local(b.At), w.tell(b)
		for _, move := range b.Moves {
			debit, credit, contra := sides(move, t)
			if contra == "" {
				continue
			}
			balance.Minor += debit.Minor - credit.Minor
			err := row(name, c, at.Format(dayLayout), at.Format("15:04:05"), b.ID, means, w.order(b.Order), w.number(contra), unlessZero(debit), unlessZero(credit), balance)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := moved(balance, t.Closing); err != nil {
		return err
	}
	return row(name, c, w.local(w.Span.To.Add(-1)).Format(dayLayout), "", "", w.Say("books.closing", nil), "", "", t.In, t.Out, t.Closing)
}

// sides are what a move did to an account, and the account at its other end; empty when it has nothing to do with it.
func sides(move payments.Move, t payments.Turnover) (debit, credit money.Amount, contra payments.Account) {
	debit, credit = money.Of(0, t.Currency), money.Of(0, t.Currency)
	switch {
	case move.Amount.Currency != t.Currency:
	case move.To == t.Account:
		return move.Amount, credit, move.From
	case move.From == t.Account:
		return debit, move.Amount, move.To
	}
	return debit, credit, ""
}

func unlessZero(amount money.Amount) any {
	if amount.IsZero() {
		return ""
	}
	return amount
}

// charges are what moved at processors and with buyers, with the processor's own id; what leaves is negative.
func (w writing) charges(ctx context.Context, row func(cells ...any) error) error {
	return w.ledger.Journal(ctx, w.all(), func(b payments.Booked) error {
		at := w.local(b.At)
		for _, held := range heldOf(b) {
			_, id, _ := strings.Cut(b.Key, ":")
			sum := b.In(held.account, held.currency)
			err := row(at.Format(dayLayout), at.Format("15:04:05"), b.ID, b.Reason, b.Source, id, w.order(b.Order), idOf(int64(b.Payment)), sum, string(held.currency))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// held is an account of money that a processor has, in a currency.
type held struct {
	account  payments.Account
	currency money.Currency
}

// heldOf are the clearing accounts that an entry changes, each once.
func heldOf(b payments.Booked) (all []held) {
	seen := map[held]bool{}
	for _, move := range b.Moves {
		for _, account := range []payments.Account{move.From, move.To} {
			at := held{account, move.Amount.Currency}
			if account.IsClearing() && !seen[at] && !b.In(account, at.currency).IsZero() {
				seen[at] = true
				all = append(all, at)
			}
		}
	}
	return all
}

func (w writing) orders(ctx context.Context, row func(cells ...any) error) error {
	return w.ledger.OrderSums(ctx, w.Merchant, w.Span, func(o payments.OrderSum) error {
		return row(w.order(o.Order), string(o.Net.Currency), o.Charged, o.Fees, o.Refunded, o.Disputed, o.Other, o.Net)
	})
}
