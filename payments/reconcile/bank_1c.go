package reconcile

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bojanz/currency"
	"golang.org/x/text/encoding/charmap"
)

// clientBankMark begins a statement in the exchange format of 1C:Enterprise (1CClientBankExchange, version 1.03):
// lines of name=value, one section a document, in windows-1251 or, where it says so, in code page 866.
const clientBankMark = "1CClientBankExchange"

type clientBank struct {
	name     string
	units    *units
	row      int
	own      map[string]bool // the accounts that the statement is of
	document map[string]string
	began    int
	lines    []*bankLine
	ended    bool
}

func readClientBank(s Source, units *units) ([]*bankLine, error) {
	raw, err := io.ReadAll(s.From)
	if err != nil {
		return nil, err
	}
	text, err := clientBankText(bytes.TrimPrefix(raw, byteOrderMark))
	if err != nil {
		return nil, err
	}
	b := clientBank{name: s.Name, units: units, own: map[string]bool{}}
	for scan := bufio.NewScanner(strings.NewReader(text)); scan.Scan(); {
		b.row++
		if err := b.line(strings.TrimSpace(scan.Text())); err != nil {
			return nil, err
		}
	}
	if !b.ended || b.document != nil {
		return nil, b.flaw("", "the file is broken off: КонецФайла is missing")
	}
	return b.lines, nil
}

func clientBankText(raw []byte) (string, error) {
	if utf8.Valid(raw) {
		return string(raw), nil
	}
	codes := charmap.Windows1251
	if dos, err := charmap.CodePage866.NewDecoder().Bytes(raw); err == nil && bytes.Contains(dos, []byte("Кодировка=DOS")) {
		codes = charmap.CodePage866
	}
	text, err := codes.NewDecoder().Bytes(raw)
	return string(text), err
}

func (b *clientBank) flaw(column, sentence string) error {
	return &Flaw{b.name, b.row, column, sentence}
}

func (b *clientBank) line(text string) error {
	name, value, _ := strings.Cut(text, "=")
	switch {
	case name == "КонецФайла":
		b.ended = true
	case name == "СекцияДокумент":
		if b.document != nil {
			return b.flaw("", "a document begins within another one")
		}
		b.document, b.began = map[string]string{}, b.row
	case name == "КонецДокумента":
		if b.document == nil {
			return b.flaw("", "a document ends that did not begin")
		}
		err := b.end()
		b.document = nil
		return err
	case b.document != nil:
		b.document[name] = strings.TrimSpace(value)
	case name == "РасчСчет":
		b.own[strings.TrimSpace(value)] = true
	}
	return nil
}

// end makes a line of a document: what the own account received, or what it paid.
func (b *clientBank) end() error {
	to, from := b.document["ПолучательСчет"], b.document["ПлательщикСчет"]
	account, day, sign := to, b.document["ДатаПоступило"], int64(1)
	if !b.own[to] {
		account, day, sign = from, b.document["ДатаСписано"], -1
	}
	if !b.own[account] {
		return b.flaw("ПолучательСчет", "neither side of the document is the account of the statement")
	}
	if day == "" {
		day = b.document["Дата"]
	}
	at, ok := bankDay(day, false)
	if !ok {
		return b.flaw("Дата", "\""+day+"\" is no day; it should look like 31.07.2026")
	}
	u := b.unitOf(account)
	if u == nil {
		return b.flaw("РасчСчет", "the account \""+account+"\" does not say its currency")
	}
	amount, ok := minor(plainNumber(b.document["Сумма"]), u.digits)
	if !ok || amount < 0 {
		return b.flaw("Сумма", "\""+b.document["Сумма"]+"\" is no amount of "+string(u.code))
	}
	var said []string
	for _, field := range []string{"Номер", "Плательщик", "Плательщик1", "Получатель", "Получатель1", "НазначениеПлатежа"} {
		said = append(said, b.document[field])
	}
	b.lines = append(b.lines, &bankLine{number: b.began, day: at.Truncate(24 * time.Hour), amount: sign * amount, unit: u, text: strings.ToLower(strings.Join(said, " "))})
	return nil
}

// unitOf is the currency of a Russian account: its sixth to eighth digits are the numeric code of ISO 4217, where
// 810 still stands for roubles.
func (b *clientBank) unitOf(account string) *unit {
	if len(account) < 8 {
		return nil
	}
	numeric := account[5:8]
	if numeric == "810" {
		return b.units.find("RUB")
	}
	for _, code := range currency.GetCurrencyCodes() {
		if known, _ := currency.GetNumericCode(code); known == numeric {
			return b.units.find(code)
		}
	}
	return nil
}
