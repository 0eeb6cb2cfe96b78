// Package books writes a merchant's books to files that accountants read: every file adds up to the ledger, or is not
// written to its end.
package books

import (
	"context"
	"io"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// Ledger is the books as payments keeps them.
type Ledger interface {
	Turnovers(ctx context.Context, merchant payments.MerchantID, span payments.Span) ([]payments.Turnover, error)
	Journal(ctx context.Context, ask payments.JournalAsk, each func(payments.Booked) error) error
	OrderSums(ctx context.Context, merchant payments.MerchantID, span payments.Span, each func(payments.OrderSum) error) error
}

// Kind is what a file is about.
type Kind string

// The kinds of files.
const (
	Balances   Kind = "balances"   // each account: what was in it, came, went and is in it
	Journal    Kind = "journal"    // each move of each entry, with its debit and its credit
	Statements Kind = "statements" // account by account: what was in it, each move, what is in it
	Charges    Kind = "charges"    // what processors took, kept and gave back, one by one
	Orders     Kind = "orders"     // order by order: charged, fees, given back, disputed, what is left
)

// Kinds are all of them.
func Kinds() []Kind { return []Kind{Balances, Journal, Statements, Charges, Orders} }

// Format is how a file is written.
type Format string

// The formats. The last four are of the journal, or of the money that processors hold, for the programs of their names.
const (
	CSV        Format = "csv"
	XLSX       Format = "xlsx"
	OneC       Format = "1c" // 1CClientBankExchange 1.03: each clearing account as the statement of a bank
	Xero       Format = "xero"
	QuickBooks Format = "quickbooks"
	DATEV      Format = "datev"
)

// Formats are all of them.
func Formats() []Format { return []Format{CSV, XLSX, OneC, Xero, QuickBooks, DATEV} }

// Export is a file to be written.
type Export struct {
	Merchant payments.MerchantID
	Shop     string // its name, for people
	Span     payments.Span
	Zone     *time.Location // of the dates in the file
	Made     time.Time
	Kind     Kind // of CSV and XLSX; without one an XLSX has a sheet of each
	Format   Format
	// Numbers are the accounts' numbers in the accountant's own plan. An account without one is called by its name
	// here, where the program allows names; DATEV does not.
	// A key may name the currency, too: "clearing:stripe:EUR".
	Numbers  map[string]string
	Currency money.Currency // Xero: of the journal, whose currency is one; empty: the only one that there is
	DATEV    DATEVClient
	Say      func(key string, args map[string]any) string // the sentences of dialogs/texts, in the reader's language
	Number   func(payments.OrderID) string                // an order's number for people
}

// Write writes a file. It fails with fault.Invalid: books.kind and books.format when there is no such file,
// books.number_needed and books.currency_needed; with fault.Conflict (books.moved) when something was booked meanwhile, so that it does not add up.
func (e Export) Write(ctx context.Context, ledger Ledger, to io.Writer) error {
	w := writing{e, ledger}
	switch e.Format {
	case CSV:
		sheet, known := w.sheets()[e.Kind]
		if !known {
			return noKind(e.Kind)
		}
		return writeCSV(ctx, to, ',', sheet)
	case XLSX:
		return w.workbook(ctx, to)
	case OneC:
		return w.clientBank(ctx, to)
	case Xero:
		return w.xero(ctx, to)
	case QuickBooks:
		return writeCSV(ctx, to, ',', w.quickBooks())
	case DATEV:
		return w.datev(ctx, to)
	}
	return fault.New(fault.Invalid, "books.format").With("format", string(e.Format))
}

func noKind(kind Kind) error {
	return fault.New(fault.Invalid, "books.kind").With("kind", string(kind))
}

// Extension is how the name of a file of a format ends, with its dot.
func (f Format) Extension() string {
	switch f {
	case XLSX:
		return ".xlsx"
	case OneC:
		return ".txt"
	}
	return ".csv"
}

// Type is the media type of a format.
func (f Format) Type() string {
	switch f {
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case OneC:
		return "text/plain; charset=windows-1251"
	case DATEV:
		return "text/csv; charset=windows-1252"
	}
	return "text/csv; charset=utf-8"
}

// writing is a file under way.
type writing struct {
	Export
	ledger Ledger
}

// number is what an account is called in the file.
func (w writing) number(account payments.Account) string {
	if number := w.Numbers[string(account)]; number != "" {
		return number
	}
	return string(account)
}

func (w writing) order(id payments.OrderID) string {
	if id == 0 {
		return ""
	}
	return w.Number(id)
}

func (w writing) local(at time.Time) time.Time { return at.In(w.Zone) }

// tell is what an entry means, in a sentence.
func (w writing) tell(entry payments.Booked) string { return Explain(entry, w.Say) }

// total is what the moves of an entry add up to in the currency of the first of them.
func total(entry payments.Booked) money.Amount {
	var sum money.Amount
	for i, move := range entry.Moves {
		if i == 0 {
			sum.Currency = move.Amount.Currency
		}
		if move.Amount.Currency == sum.Currency {
			sum.Minor += move.Amount.Minor
		}
	}
	return sum
}

// moved fails when what was written does not end where the ledger says.
func moved(written, booked money.Amount) error {
	if written != booked {
		return fault.New(fault.Conflict, "books.moved")
	}
	return nil
}
