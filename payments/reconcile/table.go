package reconcile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// table is a CSV file whose header names the columns, in any order; columns that nobody asks for are skipped.
type table struct {
	name   string
	csv    *csv.Reader
	row    int // as a spreadsheet counts
	header []string
	record []string // valid until the next row
	zone   *time.Location
	clocks []clock // by column
}

// clock remembers the last time that a column had: neighbouring rows often share it.
type clock struct {
	text string
	at   time.Time
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// openTable reads the header. It fails with a Flaw when there is none, or a required column is missing.
func openTable(s Source, zone *time.Location, required ...string) (*table, error) {
	in := bufio.NewReaderSize(s.From, 1<<16)
	if start, _ := in.Peek(3); bytes.Equal(start, byteOrderMark) {
		_, _ = in.Discard(3) // was just seen
	}
	t := &table{name: s.Name, csv: csv.NewReader(in), row: 0, zone: zone}
	t.csv.ReuseRecord = true
	t.csv.Comma = delimiter(in)
	more, err := t.next()
	if err != nil {
		return nil, err
	}
	if !more {
		return nil, &Flaw{File: s.Name, Sentence: "the file is empty"}
	}
	for _, name := range t.record {
		t.header = append(t.header, strings.ToLower(strings.TrimSpace(name)))
	}
	t.clocks = make([]clock, len(t.header))
	for _, name := range required {
		if !t.has(name) {
			return nil, &Flaw{s.Name, 1, "", fmt.Sprintf("the column %s is missing; there are: %s", name, strings.Join(t.header, ", "))}
		}
	}
	return t, nil
}

// delimiter is the sign that the header has most of: spreadsheets of some countries write semicolons.
func delimiter(in *bufio.Reader) rune {
	start, _ := in.Peek(1 << 15)
	line, _, _ := bytes.Cut(start, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, other := range []rune{';', '\t'} {
		if count := bytes.Count(line, []byte(string(other))); count > most {
			best, most = other, count
		}
	}
	return best
}

func (t *table) next() (bool, error) {
	record, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	t.row++
	var broken *csv.ParseError
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		return false, t.flaw("", "the row has %d fields and the header %d", len(record), len(t.header))
	case errors.As(err, &broken):
		return false, t.flaw("", "line %d, sign %d: %s", broken.Line, broken.Column, broken.Err)
	case err != nil:
		return false, fmt.Errorf("read %s: %w", t.name, err)
	}
	t.record = record
	return true, nil
}

func (t *table) flaw(column, format string, args ...any) error {
	return &Flaw{t.name, t.row, column, fmt.Sprintf(format, args...)}
}

func (t *table) has(name string) bool { return slices.Contains(t.header, name) }

// column is where a column is; -1: nowhere, and all its cells are empty.
func (t *table) column(names ...string) int {
	for _, name := range names {
		if at := slices.Index(t.header, name); at >= 0 {
			return at
		}
	}
	return -1
}

func (t *table) cell(column int) string {
	if column < 0 {
		return ""
	}
	return strings.TrimSpace(t.record[column])
}

// id is a cell that names something; it is short text.
func (t *table) id(column int) (string, error) {
	text := t.cell(column)
	if len(text) > longestWord || !utf8.ValidString(text) {
		return "", t.flaw(t.header[column], "the id is not text of at most %d signs", longestWord)
	}
	return text, nil
}

func (t *table) amount(column int, u *unit) (int64, error) {
	text := t.cell(column)
	sum, ok := minor(text, u.digits)
	if !ok {
		return 0, t.flaw(t.header[column], "%q is no amount of %s; it should look like %s", text, u.code, u.write(123456))
	}
	return sum, nil
}

// layouts are how files write times; those without a zone are in the table's.
var layouts = []string{"2006-01-02 15:04:05", time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05Z07:00"}

// time is zero for an empty cell. Texts without a zone are in zone.
func (t *table) time(column int, zone *time.Location) (time.Time, error) {
	text := t.cell(column)
	if text == "" {
		return time.Time{}, nil
	}
	if last := t.clocks[column]; last.text == text {
		return last.at, nil
	}
	for _, layout := range layouts {
		at, err := time.ParseInLocation(layout, text, zone)
		if err != nil {
			continue
		}
		at = at.UTC()
		t.clocks[column] = clock{strings.Clone(text), at}
		return at, nil
	}
	return time.Time{}, t.flaw(t.header[column], "%q is no time; it should look like 2026-07-31 22:30:00", text)
}

// moment prefers the column in UTC, "created_utc", to the one in the report's zone, "created".
type moment struct{ utc, local int }

func (t *table) moment(name string) moment { return moment{t.column(name + "_utc"), t.column(name)} }

func (t *table) at(m moment) (time.Time, error) {
	if m.utc >= 0 && t.cell(m.utc) != "" {
		return t.time(m.utc, time.UTC)
	}
	return t.time(m.local, t.zone)
}
