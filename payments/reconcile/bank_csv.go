package reconcile

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Columns of bank statements, as banks call them. There is no standard; a header that has none of the names of
// a needed column is refused with what they could be.
var (
	dayNames      = []string{"date", "booking_date", "booking date", "value_date", "value date", "booked_at", "transaction_date", "transaction date", "posting date", "completed date", "buchungstag", "buchungsdatum", "valuta", "дата", "дата операции", "дата проводки"}
	amountNames   = []string{"amount", "sum", "betrag", "value", "umsatz", "сумма", "сумма операции"}
	creditNames   = []string{"credit", "paid in", "money in", "haben", "кредит", "приход", "сумма по кредиту"}
	debitNames    = []string{"debit", "paid out", "money out", "soll", "дебет", "расход", "сумма по дебету"}
	currencyNames = []string{"currency", "ccy", "waehrung", "währung", "валюта"}
)

// readBankTable reads a statement as CSV: amounts as people write them there, days in one of the usual forms.
func readBankTable(s Source, units *units, only *unit) ([]*bankLine, error) {
	s.From = newCyrillic(s.From)
	t, err := openTable(s, time.UTC)
	if err != nil {
		return nil, err
	}
	day, amount, credit, debit := t.column(dayNames...), t.column(amountNames...), t.column(creditNames...), t.column(debitNames...)
	switch {
	case day < 0:
		return nil, &Flaw{s.Name, 1, "", "the column of the day is missing; it could be called: " + strings.Join(dayNames, ", ")}
	case amount < 0 && credit < 0:
		return nil, &Flaw{s.Name, 1, "", "the column of the amount is missing; it could be called: " + strings.Join(slices.Concat(amountNames, creditNames), ", ")}
	}
	b := bankTable{t, units, only, day, amount, credit, debit, t.column(currencyNames...), nil}
	for {
		more, err := t.next()
		if err != nil {
			return nil, err
		}
		if !more {
			return b.withDays()
		}
		line, err := b.line()
		if err != nil {
			return nil, err
		}
		b.lines = append(b.lines, line)
	}
}

type bankTable struct {
	*table
	units                                *units
	only                                 *unit
	day, amount, credit, debit, currency int
	lines                                []rawLine
}

// rawLine is a line whose day is still as it was written: whether 02/03 is in February or in March is known when
// all days were seen.
type rawLine struct {
	*bankLine
	written string
}

func (b *bankTable) line() (rawLine, error) {
	line := &bankLine{number: b.row, unit: b.only, text: strings.ToLower(strings.Join(b.record, " "))}
	if written := b.cell(b.currency); written != "" {
		if line.unit = b.units.find(written); line.unit == nil {
			return rawLine{}, b.flaw(b.header[b.currency], "%q is no currency of ISO 4217", written)
		}
	}
	if line.unit == nil {
		return rawLine{}, b.flaw("", "the currency is missing: give the statement a column currency")
	}
	var err error
	switch {
	case b.amount >= 0:
		line.amount, err = b.sum(b.amount, line.unit)
	case b.cell(b.credit) != "":
		line.amount, err = b.sum(b.credit, line.unit)
	}
	if err == nil && b.amount < 0 && b.debit >= 0 && b.cell(b.debit) != "" {
		var out int64
		out, err = b.sum(b.debit, line.unit)
		line.amount -= abs(out)
	}
	return rawLine{line, strings.Clone(b.cell(b.day))}, err
}

// sum reads an amount as banks write it: "1234.56", "1 234,56", "1.234,56", "1,234.56", "+12.00".
func (b *bankTable) sum(column int, u *unit) (int64, error) {
	text := b.cell(column)
	sum, ok := minor(plainNumber(text), u.digits)
	if !ok {
		return 0, b.flaw(b.header[column], "%q is no amount of %s; it should look like %s", text, u.code, u.write(123456))
	}
	return sum, nil
}

var spaces = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "", "−", "-")

// plainNumber drops what parts thousands: of two kinds of signs the last is the decimal one, and so is a single
// comma.
func plainNumber(text string) string {
	text = spaces.Replace(text)
	point, comma := strings.LastIndexByte(text, '.'), strings.LastIndexByte(text, ',')
	switch {
	case comma > point && strings.Count(text, ",") == 1:
		return strings.Replace(strings.ReplaceAll(text, ".", ""), ",", ".", 1)
	case point > comma:
		return strings.ReplaceAll(text, ",", "")
	}
	return text
}

func (b *bankTable) withDays() ([]*bankLine, error) {
	monthFirst, dayFirst := false, false
	for _, line := range b.lines {
		if parts := strings.Split(line.written, "/"); len(parts) == 3 && len(parts[0]) <= 2 {
			first, _ := strconv.Atoi(parts[0])
			second, _ := strconv.Atoi(parts[1])
			monthFirst, dayFirst = monthFirst || second > 12, dayFirst || first > 12
		}
	}
	lines := make([]*bankLine, len(b.lines))
	for i, line := range b.lines {
		b.row = line.number
		day, ok := bankDay(line.written, monthFirst)
		if !ok || monthFirst && dayFirst {
			return nil, b.flaw(b.header[b.day], "%q is no day; it should look like 2026-07-31", line.written)
		}
		line.day, lines[i] = day, line.bankLine
	}
	return lines, nil
}

func bankDay(text string, monthFirst bool) (time.Time, bool) {
	slashed := "2/1/2006"
	if monthFirst {
		slashed = "1/2/2006"
	}
	for _, layout := range append(layouts, "02.01.2006", "02.01.06", slashed, "2006/01/02", "20060102", "02.01.2006 15:04:05") {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// newCyrillic reads text as UTF-8, or as windows-1251 when its beginning is not UTF-8.
func newCyrillic(from io.Reader) io.Reader {
	in := bufio.NewReaderSize(from, 1<<16)
	start, _ := in.Peek(1 << 16)
	for cut := 0; cut < utf8.UTFMax && cut < len(start); cut++ { // the last sign may be cut in two
		if utf8.Valid(start[:len(start)-cut]) {
			return in
		}
	}
	if len(start) == 0 {
		return in
	}
	return charmap.Windows1251.NewDecoder().Reader(in)
}
