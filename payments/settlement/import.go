package settlement

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"time"

	"parley/catalog/money"
	"parley/payments"
	"parley/payments/reconcile"
)

// File is a report of a processor or a statement of a bank. It is read twice: once to see that all of it can be read,
// and once to bring it in, so that a broken file brings in nothing.
type File struct {
	Name     string // for people, in errors and in what is stored
	From     io.ReadSeeker
	Gateway  string              // whose reports these are; not needed for a bank's
	Zone     *time.Location      // of the report's local columns; nil: UTC
	Merchant payments.MerchantID // whose bank account a statement is of; zero: of whoever runs this
	Currency money.Currency      // of a statement that does not say it; empty: such a one is refused
}

// Imported is what a file came to.
type Imported struct {
	Form    reconcile.Form `json:"form"`
	Payouts int            `json:"payouts,omitempty"` // that were listed
	Lines   int            `json:"lines,omitempty"`   // of a bank, that were not known before
	Taken
}

// MostStatement is how large a statement of a bank may be, in bytes: a year of a busy shop's. Its lines come in together or
// not at all, so that they are in memory meanwhile; a processor's report is read in batches and has no bound here.
const MostStatement = 64 << 20

// Import brings in a file, whatever it is: balance transactions (Stripe's reports balance_change_from_activity.itemized
// and payout_reconciliation.itemized), payouts (payouts.itemized) or a bank statement (CSV, 1CClientBankExchange).
// Importing again changes nothing. It fails with a *reconcile.Flaw that names row and column when the file can't be read
// exactly, or contradicts what is stored; then nothing was brought in.
func (s *Service) Import(ctx context.Context, f File) (done Imported, err error) {
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	start, err := bufio.NewReaderSize(f.From, 1<<16).Peek(1 << 14)
	if err != nil && len(start) == 0 && err != io.EOF { //nolint:errorlint // Peek gives it bare
		return done, fmt.Errorf("read %s: %w", f.Name, err)
	}
	done.Form = reconcile.FormOf(start)
	switch done.Form {
	case reconcile.RowsForm:
		done.Taken, err = s.importRows(ctx, f)
	case reconcile.PayoutsForm:
		done.Payouts, err = s.importPayouts(ctx, f)
	default:
		done.Lines, done.Known, err = s.importLines(ctx, f)
		return done, err
	}
	if err != nil {
		return done, err
	}
	return done, s.Settle(ctx, f.Gateway)
}

// source is the file from its beginning.
func (f File) source() (reconcile.Source, error) {
	if _, err := f.From.Seek(0, io.SeekStart); err != nil {
		return reconcile.Source{}, fmt.Errorf("read %s again: %w", f.Name, err)
	}
	return reconcile.Source{Name: f.Name, From: f.From}, nil
}

// eachRow gives the rows of the file, batch by batch.
func (f File) eachRow(size int, take func(rows []Row, numbers map[string]int) error) error {
	from, err := f.source()
	if err != nil {
		return err
	}
	rows, numbers := make([]Row, 0, size), map[string]int{}
	err = reconcile.EachRow(from, f.Zone, func(told reconcile.Row) error {
		if told.Account != "" {
			return nil // of a seller's own balance, which is not followed here
		}
		rows, numbers[told.Txn] = append(rows, rowFrom(f, told)), told.Number
		if len(rows) < size {
			return nil
		}
		defer func() { rows = rows[:0]; clear(numbers) }()
		return take(rows, numbers)
	})
	if err == nil && len(rows) > 0 {
		err = take(rows, numbers)
	}
	return err
}

func rowFrom(f File, told reconcile.Row) Row {
	r := rowOf(f.Gateway, f.Name, payments.Transaction{
		ID: told.Txn, Category: told.Category, Source: told.Source, Charge: told.Charge, Intent: told.Intent, Payout: told.Payout, Gross: told.Gross, Fee: told.Fee, Net: told.Net,
		Seen: told.Seen, Method: told.Method, Country: told.Country, Created: told.Created, Available: told.Available,
	})
	if told.Said != "" {
		r.Said = told.Said
	}
	if r.Kind == reconcile.PayoutKind {
		r.Payout = ""
	}
	r.charged = told.Charged
	return r
}

func (s *Service) importRows(ctx context.Context, f File) (taken Taken, err error) {
	first, last := time.Time{}, time.Time{}
	err = f.eachRow(s.batch, func(rows []Row, numbers map[string]int) error {
		known, err := s.known(ctx, f.Gateway, rows)
		if err != nil {
			return err
		}
		for _, r := range rows {
			id := r.Transaction.ID
			before, there := known[id]
			if there && !before.says(r) {
				return &reconcile.Flaw{File: f.Name, Row: numbers[id], Column: "balance_transaction_id", Sentence: id + " was there before with other amounts"}
			}
			if first.IsZero() || r.Created.Before(first) {
				first = r.Created
			}
			last = later(last, r.Created)
		}
		return nil
	})
	if err != nil || first.IsZero() {
		return taken, err
	}
	err = f.eachRow(s.batch, func(rows []Row, _ map[string]int) error {
		more, err := s.take(ctx, f.Gateway, rows)
		taken.add(more)
		return err
	})
	if err != nil {
		return taken, err
	}
	return taken, s.mark(ctx, f.Gateway, func(a *Account) { a.cover(first, last) })
}

// cover says that rows are complete for a stretch of time; one with a gap before it waits for what fills that.
func (a *Account) cover(first, last time.Time) {
	switch {
	case a.ReadTo.IsZero():
		a.CoveredFrom, a.ReadTo = first, last
	case first.After(a.ReadTo.Add(grace)) || last.Before(a.CoveredFrom.Add(-grace)):
	default:
		a.ReadTo = later(a.ReadTo, last)
		if first.Before(a.CoveredFrom) {
			a.CoveredFrom = first
		}
	}
}

// statuses are those of a payout in a report.
var statuses = map[string]payments.PayoutStatus{
	"pending": payments.PayoutPending, "in_transit": payments.PayoutInTransit, "paid": payments.PayoutPaid, "failed": payments.PayoutFailed, "canceled": payments.PayoutCanceled,
}

func (s *Service) importPayouts(ctx context.Context, f File) (count int, err error) {
	for _, take := range []func(reconcile.Listed) error{
		func(reconcile.Listed) error { return nil },
		func(told reconcile.Listed) error {
			count++
			return s.hearPayout(ctx, f.Gateway, payoutFrom(told))
		},
	} {
		from, err := f.source()
		if err != nil {
			return 0, err
		}
		if err := reconcile.EachListed(from, f.Zone, take); err != nil {
			return 0, err
		}
	}
	return count, nil
}

func payoutFrom(told reconcile.Listed) payments.Payout {
	p := payments.Payout{ID: told.Payout, Amount: told.Amount, Automatic: told.IsAutomatic, Created: told.Effective, Arrives: told.Arrives, Descriptor: told.Trace}
	if p.Created.IsZero() {
		p.Created = told.Arrives
	}
	var known bool
	if p.Status, known = statuses[told.Status]; !known {
		p.Status = payments.PayoutPaid
	}
	if told.IsReversal && p.Status != payments.PayoutCanceled {
		p.Status = payments.PayoutFailed
	}
	return p
}

// importLines stores the lines of a statement. Two lines that say the same on one day are told apart by which of them
// they are, so that statements that overlap bring in each once.
func (s *Service) importLines(ctx context.Context, f File) (fresh, known int, err error) {
	size, err := f.From.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, 0, fmt.Errorf("measure %s: %w", f.Name, err)
	}
	if size > MostStatement {
		return 0, 0, &reconcile.Flaw{File: f.Name, Sentence: fmt.Sprintf("a bank statement has at most %d MB; bring in a shorter period", MostStatement>>20)}
	}
	from, err := f.source()
	if err != nil {
		return 0, 0, err
	}
	told, err := reconcile.BankLines(from, f.Currency)
	if err != nil {
		return 0, 0, err
	}
	gateways, err := s.store.accounts(ctx)
	if err != nil {
		return 0, 0, err
	}
	names := s.books.SettlingNames()
	for _, account := range gateways {
		names = append(names, account.Gateway)
	}
	twins := map[string]int{}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		fresh, known = 0, 0
		clear(twins)
		for _, one := range told {
			line := Line{Merchant: f.Merchant, Day: one.Day.Truncate(24 * time.Hour), Amount: one.Amount, Text: one.Text, Origin: f.Name, State: Other}
			if line.isOfProcessor(names) {
				line.State = Queued
			}
			twin := line.sameness()
			twins[twin]++
			line.identity = hashed(twin, strconv.Itoa(twins[twin]))
			is, err := s.store.insertLine(ctx, line)
			if err != nil {
				return err
			}
			if is {
				fresh++
			} else {
				known++
			}
		}
		return s.matchBank(ctx) // with the lines: whoever is stopped in between leaves none that nobody looks at
	})
	return fresh, known, err
}

// sameness is what two tellings of one line have in common.
func (l Line) sameness() string {
	return fmt.Sprintf("%d\n%s\n%s\n%s", l.Merchant, l.Day.Format(time.DateOnly), l.Amount, l.Text)
}

func hashed(texts ...string) string {
	sum := sha256.New()
	for _, text := range texts {
		_, _ = fmt.Fprintf(sum, "%d:%s", len(text), text) // a hash takes everything
	}
	return hex.EncodeToString(sum.Sum(nil))
}
