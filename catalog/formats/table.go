package formats

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
)

// Limits of a table.
const (
	mostField   = 1 << 20 // bytes
	mostRow     = 8 << 20 // bytes
	mostColumns = 2000
	mostWrong   = 1000 // errors, after which nobody reads on
	mostStock   = 1_000_000_000
)

// row is one row of a table.
type row struct {
	Line   int      `json:"l"` // where it begins; the header is line 1
	Fields []string `json:"f"`
}

// table is a file of rows under a header.
type table struct {
	source
	layout  layout
	names   []string       // as the file writes them
	columns map[string]int // by lower-case name
	wrong   []catalog.RowError
	rows    *spool
}

// layout is how a kind of table describes products.
type layout interface {
	format() Format
	// key says which product a row belongs to; false: none, and why is noted.
	key(t *table, r row) (string, bool)
	// listing makes a product of its rows.
	listing(t *table, rows []row) catalog.Listing
}

// layoutOf knows a table by its header. Columns are by lower-case name.
func layoutOf(columns map[string]int, spreadsheet bool) layout {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { _, ok := columns[name]; return !ok })
	}
	titled := false
	for name := range columns {
		titled = titled || strings.HasPrefix(name, "title:")
	}
	switch {
	case has("handle") && titled:
		return &sheet{spreadsheet: spreadsheet}
	case has("handle", "title"):
		return shopify{}
	case has("type", "sku", "name"):
		return newWoo()
	}
	return nil
}

// openCSV reads text whose fields are separated by commas, semicolons or tabs.
func (of source) openCSV(text io.Reader) (catalog.Reading, error) {
	limit := &meter{r: text, left: mostRow}
	head, err := peek(limit)
	if strings.Contains(head, "\r") && !strings.Contains(head, "\n") { // as Macs once ended lines, and some programs still do
		head, limit.r = strings.ReplaceAll(head, "\r", "\n"), macLines{limit.r}
	}
	if err != nil && len(head) == 0 {
		if errors.Is(err, io.EOF) {
			return refused("", at(1, "", bad("file.empty"))), nil
		}
		return nil, err
	}
	reader := csv.NewReader(io.MultiReader(strings.NewReader(head), limit))
	reader.FieldsPerRecord, reader.Comma, reader.ReuseRecord = -1, separator(head), true
	if told := separatorLine.FindStringSubmatch(head); told != nil { // Excel's own line, before the header
		reader.Comma, _ = utf8.DecodeRuneInString(told[1])
		if _, err := reader.Read(); err != nil {
			return nil, err
		}
	}
	next := func() (row, *fault.Error, error) {
		limit.left = mostRow
		fields, err := reader.Read()
		var malformed *csv.ParseError
		switch {
		case errors.As(err, &malformed) && errors.Is(malformed.Err, errLong), errors.Is(err, errLong):
			line, _ := reader.FieldPos(0)
			return row{Line: max(line, 1)}, bad("file.row_long"), nil
		case errors.As(err, &malformed):
			return row{Line: malformed.StartLine}, bad("file.quote"), nil
		case err != nil:
			return row{}, nil, err
		}
		line, _ := reader.FieldPos(0)
		return row{line, fields}, nil, nil
	}
	return of.readTable(next, false)
}

var separatorLine = regexp.MustCompile(`^(?i)"?sep=([,;\t])"?\r?\n`)

// macLines is a text whose lines end in a carriage return alone.
type macLines struct{ r io.Reader }

// Read reads.
func (m macLines) Read(into []byte) (int, error) {
	n, err := m.r.Read(into)
	for i, b := range into[:n] {
		if b == '\r' {
			into[i] = '\n'
		}
	}
	return n, err
}

// peek is the first some bytes of a text.
func peek(r io.Reader) (string, error) {
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(r, head)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return string(head[:n]), err
}

// separator is the one that the first line has most of outside of quotes.
func separator(head string) rune {
	counts, quoted := map[rune]int{}, false
	for _, letter := range head {
		switch {
		case letter == '"':
			quoted = !quoted
		case quoted:
		case letter == '\n':
			if counts[';']+counts[',']+counts['\t'] > 0 {
				goto counted
			}
		case letter == ';' || letter == ',' || letter == '\t':
			counts[letter]++
		}
	}
counted:
	best := ','
	for _, other := range []rune{';', '\t'} {
		if counts[other] > counts[best] {
			best = other
		}
	}
	return best
}

// readTable sorts the rows of a table by product. next gives the next row, or what makes the rest unreadable, or
// io.EOF.
func (of source) readTable(next func() (row, *fault.Error, error), spreadsheet bool) (catalog.Reading, error) {
	rows, err := newSpool()
	if err != nil {
		return nil, err
	}
	t := &table{source: of, rows: rows}
	if err := t.all(next, spreadsheet); err != nil {
		return nil, errors.Join(err, rows.close())
	}
	return t, nil
}

func (t *table) all(next func() (row, *fault.Error, error), spreadsheet bool) error {
	for {
		r, broken, err := next()
		switch {
		case errors.Is(err, io.EOF):
			if t.columns == nil && len(t.wrong) == 0 {
				t.note(1, "", bad("file.empty"))
			}
			return t.rows.full()
		case err != nil:
			return err
		case broken != nil:
			t.note(r.Line, "", broken)
			return t.rows.full()
		case t.columns == nil:
			if t.header(r, spreadsheet); len(t.wrong) > 0 {
				return t.rows.full()
			}
		default:
			if err := t.take(r); err != nil {
				return err
			}
		}
		if len(t.wrong) >= mostWrong {
			return t.rows.full()
		}
	}
}

func (t *table) note(line int, column string, refusal *fault.Error) {
	t.wrong = append(t.wrong, at(line, t.called(column), refusal))
}

// called is a column as the file calls it.
func (t *table) called(column string) string {
	if i, ok := t.columns[column]; ok {
		return t.names[i]
	}
	return column
}

func (t *table) header(r row, spreadsheet bool) {
	if len(r.Fields) > mostColumns {
		t.note(r.Line, "", bad("file.wide_header").With("count", strconv.Itoa(mostColumns)))
		return
	}
	columns := map[string]int{}
	for i, name := range r.Fields {
		name = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		t.names = append(t.names, name)
		if !utf8.ValidString(name) || strings.Contains(name, "\x00") || len(name) > 1000 {
			t.note(r.Line, fmt.Sprint(i+1), bad("file.unknown"))
			return
		}
		lower := strings.ToLower(name)
		if _, twice := columns[lower]; twice && name != "" {
			t.note(r.Line, name, bad("file.column_twice").With("value", name))
			return
		}
		columns[lower] = i
	}
	delete(columns, "")
	columns = inEnglish(columns)
	if t.layout = layoutOf(columns, spreadsheet); t.layout == nil {
		t.note(r.Line, "", bad("file.unknown"))
		return
	}
	t.columns = columns
}

// take keeps a row for the product that it belongs to.
func (t *table) take(r row) error {
	if !slices.ContainsFunc(r.Fields, func(f string) bool { return strings.TrimSpace(f) != "" }) || !t.legible(r) {
		return nil
	}
	key, ok := t.layout.key(t, r)
	if !ok {
		return nil
	}
	last := len(r.Fields) // most rows end in many empty fields
	for last > 0 && r.Fields[last-1] == "" {
		last--
	}
	return t.rows.add(key, row{r.Line, r.Fields[:last]})
}

// legible says whether a row can be kept, and notes why not.
func (t *table) legible(r row) bool {
	for i, field := range r.Fields {
		if i >= len(t.names) {
			if strings.TrimSpace(field) != "" {
				t.note(r.Line, "", bad("file.wide"))
				return false
			}
			continue
		}
		switch {
		case len(field) > mostField:
			t.note(r.Line, t.names[i], bad("file.field_long"))
			return false
		case !utf8.ValidString(field) || strings.Contains(field, "\x00"):
			t.note(r.Line, t.names[i], bad("file.not_text"))
			return false
		}
	}
	return true
}

// Format is the kind of table.
func (t *table) Format() string {
	if t.layout == nil {
		return ""
	}
	return string(t.layout.format())
}

// Products is how many there are.
func (t *table) Products() int { return t.rows.products() }

// Errors is what is wrong with rows that belong to no product.
func (t *table) Errors() []catalog.RowError { return t.wrong }

// Next is the next product.
func (t *table) Next() (catalog.Listing, error) {
	rows, err := take[row](t.rows)
	if err != nil {
		return catalog.Listing{}, err
	}
	return t.layout.listing(t, rows), nil
}

// Close lets the file go.
func (t *table) Close() error { return t.rows.close() }

// cells is one row of a table as its listing is put together.
type cells struct {
	*table
	row
	errors *[]catalog.RowError
}

// get is a field by the lower-case name of its column; empty when there is no such field.
func (c cells) get(column string) string {
	if i, ok := c.columns[column]; ok && i < len(c.Fields) {
		return revealed(strings.TrimSpace(c.Fields[i]))
	}
	return ""
}

func (c cells) bad(column string, refusal *fault.Error) {
	*c.errors = append(*c.errors, at(c.Line, c.called(column), refusal))
}

// price is an amount of the shop's currency; an empty field is the zero amount.
func (c cells) price(column string) money.Amount {
	text := c.get(column)
	if text == "" {
		return money.Amount{}
	}
	amount, refusal := priced(text, c.shop.Currency)
	if refusal != nil {
		c.bad(column, refusal)
	}
	return amount
}

// priced reads an amount of a currency that is not negative.
func priced(text string, currency money.Currency) (money.Amount, *fault.Error) {
	amount, err := money.Parse(ungrouped(text), currency)
	if _, refused := fault.Of(err); refused {
		return money.Of(0, currency), bad("file.price").With("value", shown(text)).With("currency", string(currency))
	}
	if amount.Minor < 0 {
		return money.Of(0, currency), bad("file.negative").With("value", shown(text))
	}
	return amount, nil
}

// ungrouped is a number without the signs between its thousands, where they can't be taken for its point: "1,234.56"
// and "1.234,56" are the same.
func ungrouped(text string) string {
	comma, point := strings.LastIndexByte(text, ','), strings.LastIndexByte(text, '.')
	switch {
	case comma < 0 || point < 0 || !thousands.MatchString(text):
		return text
	case comma < point:
		return strings.ReplaceAll(text, ",", "")
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, ".", ""), ",", ".")
}

var thousands = regexp.MustCompile(`^[+-]?\d{1,3}(?:(?:,\d{3})+\.\d*|(?:\.\d{3})+,\d*)$`)

// whole is a whole number; some exports write one with decimals, "150.0".
func (c cells) whole(column string) int {
	text := c.get(column)
	if head, tail, ok := strings.Cut(text, "."); ok && strings.Trim(tail, "0") == "" {
		text = head
	}
	if text == "" {
		return 0
	}
	number, err := strconv.Atoi(text)
	if err != nil || number > mostStock || number < -mostStock {
		c.bad(column, bad("file.number").With("value", shown(text)))
		return 0
	}
	return number
}

// shown is as much of a field as a sentence about it shows.
func shown(text string) string { return firstLetters(text, 40) }

// firstLetters is at most so many letters of a text.
func firstLetters(text string, most int) string {
	for i := range text {
		if most--; most < 0 {
			return text[:i]
		}
	}
	return text
}
