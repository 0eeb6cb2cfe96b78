package books

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// dayFirst is how Xero and QuickBooks Online read dates of an import, as their templates show.
const dayFirst = "02/01/2006"

// xero is a file of manual journals: a line for each end of a move, debits positive and credits negative. Manual
// journals are in the organisation's own currency.
func (w writing) xero(ctx context.Context, to io.Writer) error {
	currency, err := w.currency(ctx)
	if err != nil {
		return err
	}
	columns := []string{"*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount"}
	return writeCSV(ctx, to, ',', sheet{"Journal", columns, func(ctx context.Context, row func(cells ...any) error) error {
		return w.ledger.Journal(ctx, w.all(), func(b payments.Booked) error {
			for _, move := range b.Moves {
				if move.Amount.Currency != currency {
					continue
				}
				narration, at := "Parley "+strconv.FormatInt(b.ID, 10)+" "+b.Key, w.local(b.At).Format(dayFirst)
				if err := row(narration, at, w.tell(b), w.number(move.To), "Tax Exempt", move.Amount); err != nil {
					return err
				}
				if err := row(narration, at, w.tell(b), w.number(move.From), "Tax Exempt", move.Amount.Negated()); err != nil {
					return err
				}
			}
			return nil
		})
	}})
}

// currency is the one that was asked for, or the only one there is.
func (w writing) currency(ctx context.Context) (money.Currency, error) {
	if w.Currency != "" {
		return w.Currency, nil
	}
	all, err := w.ledger.Turnovers(ctx, w.Merchant, w.Span)
	only := money.Currency("")
	for _, t := range all {
		if only != "" && only != t.Currency {
			return "", fault.New(fault.Invalid, "books.currency_needed")
		}
		only = t.Currency
	}
	return only, err
}

// quickBooks is a file of journal entries of QuickBooks Online: a line for each end of a move.
func (w writing) quickBooks() sheet {
	columns := []string{"*JournalNo", "*JournalDate", "*Currency", "Memo", "*AccountName", "Debits", "Credits", "Description"}
	return sheet{"Journal", columns, func(ctx context.Context, row func(cells ...any) error) error {
		return w.ledger.Journal(ctx, w.all(), func(b payments.Booked) error {
			at := w.local(b.At).Format(dayFirst)
			for _, move := range b.Moves {
				c := string(move.Amount.Currency)
				if err := row(b.ID, at, c, b.Key, w.number(move.To), move.Amount, "", w.tell(b)); err != nil {
					return err
				}
				if err := row(b.ID, at, c, b.Key, w.number(move.From), "", move.Amount, w.tell(b)); err != nil {
					return err
				}
			}
			return nil
		})
	}}
}

// DATEVClient says whose books a DATEV file is for.
type DATEVClient struct {
	Consultant int // Beraternummer; 0 is 1001, which DATEV asks about when it is read
	Client     int // Mandantennummer; 0 is 1
	Length     int // of the accounts' numbers; 0 is 4
}

// datev is a batch of bookings in DATEV's format (EXTF 700, category 21, "Buchungsstapel", version 13; Windows-1252, a
// comma in amounts). Only the columns that are filled are written, which the format allows. Accounts need numbers.
func (w writing) datev(ctx context.Context, to io.Writer) error {
	client := w.DATEV
	for _, number := range []struct {
		of    *int
		else_ int
	}{{&client.Consultant, 1001}, {&client.Client, 1}, {&client.Length, 4}} {
		if *number.of == 0 {
			*number.of = number.else_
		}
	}
	out := &lines{to: bufio.NewWriterSize(encoding.ReplaceUnsupported(charmap.Windows1252.NewEncoder()).Writer(to), 64<<10)}
	from, until := w.local(w.Span.From), w.local(w.Span.To.Add(-1))
	out.say(fmt.Sprintf(`"EXTF";700;21;"Buchungsstapel";13;%s000;;"PA";"";"";%d;%d;%s0101;%d;%s;%s;%s;"";1;0;0;"";;;;;;;;;`,
		w.local(w.Made).Format("20060102150405"), client.Consultant, client.Client, from.Format("2006"), client.Length,
		from.Format("20060102"), until.Format("20060102"), quoted("Parley "+from.Format("2006-01"), 30)))
	out.say("Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;WKZ Umsatz;Kurs;Basis-Umsatz;WKZ Basis-Umsatz;Konto;" +
		"Gegenkonto (ohne BU-Schlüssel);BU-Schlüssel;Belegdatum;Belegfeld 1;Belegfeld 2;Skonto;Buchungstext")
	err := w.ledger.Journal(ctx, w.all(), func(b payments.Booked) error {
		for _, move := range b.Moves {
			debit, err := w.datevNumber(move.To, client.Length)
			if err != nil {
				return err
			}
			credit, err := w.datevNumber(move.From, client.Length)
			if err != nil {
				return err
			}
			out.say(strings.Join([]string{
				strings.ReplaceAll(move.Amount.Major(), ".", ","), `"S"`, `"` + string(move.Amount.Currency) + `"`, "", "", "", debit, credit, "",
				w.local(b.At).Format("0201"), quoted("P"+strconv.FormatInt(b.ID, 10), 36), quoted(w.order(b.Order), 12), "", quoted(w.tell(b), 60),
			}, ";"))
		}
		return out.err
	})
	if err != nil {
		return err
	}
	return out.end()
}

// datevNumber fails for an account without a number of digits: DATEV knows accounts by nothing else.
func (w writing) datevNumber(account payments.Account, length int) (string, error) {
	number := w.Numbers[string(account)]
	if number == "" || len(number) > length+1 || strings.Trim(number, "0123456789") != "" {
		return "", fault.New(fault.Invalid, "books.number_needed").With("account", string(account))
	}
	return number, nil
}

// quoted is a text of at most so many letters as a field.
func quoted(text string, most int) string {
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most-1]) + "…"
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}
