package books_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/dialogs/texts"
	"parley/payments"
	"parley/payments/books"
)

// ledger is books in memory.
type ledger []payments.Booked

var october = payments.Month{Year: 2026, Month: time.October}

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

func story() ledger {
	clearing, fees, at := payments.Clearing("stripe"), payments.Fees("stripe"), time.Date(2026, 10, 3, 10, 0, 0, 0, time.UTC)
	entry := func(order payments.OrderID, reason, key string, moves ...payments.Move) payments.Booked {
		return payments.Booked{Order: order, Payment: payments.PaymentID(order), At: at, Entry: payments.Entry{Source: "stripe", Key: key, Reason: reason, Moves: moves}}
	}
	all := ledger{
		entry(1, "capture", "capture:ch_1", payments.Move{From: payments.Receivable, To: clearing, Amount: eur(10000)}),
		entry(1, "fee", "fee:ch_1", payments.Move{From: clearing, To: fees, Amount: eur(175)}),
		entry(2, "stray", "capture:=cmd|' /C calc'!A0", payments.Move{From: payments.Unmatched, To: clearing, Amount: eur(2000)}),
		entry(1, "refund", "refund:re_1", payments.Move{From: clearing, To: payments.Refunds("stripe"), Amount: eur(3000)}),
		entry(3, "capture", "capture:ch_3", payments.Move{From: payments.Receivable, To: clearing, Amount: money.Of(1500, "JPY")}),
	}
	for i := range all {
		all[i].ID, all[i].At = int64(i+1), at.Add(time.Duration(i)*time.Hour)
	}
	all[0].At = time.Date(2026, 9, 30, 21, 59, 0, 0, time.UTC) // still September in Berlin
	return all
}

// Journal gives the entries that were asked for.
func (l ledger) Journal(_ context.Context, ask payments.JournalAsk, each func(payments.Booked) error) error {
	for _, b := range l {
		touches := ask.Account == "" || slices.ContainsFunc(b.Moves, func(m payments.Move) bool {
			return (m.From == ask.Account || m.To == ask.Account) && m.Amount.Currency == ask.Currency
		})
		if touches && !b.At.Before(ask.Span.From) && b.At.Before(ask.Span.To) {
			if err := each(b); err != nil {
				return err
			}
		}
	}
	return nil
}

// Turnovers adds the entries up.
func (l ledger) Turnovers(_ context.Context, _ payments.MerchantID, span payments.Span) (all []payments.Turnover, _ error) {
	of := func(account payments.Account, c money.Currency) *payments.Turnover {
		at := slices.IndexFunc(all, func(t payments.Turnover) bool { return t.Account == account && t.Currency == c })
		if at < 0 {
			nothing := money.Of(0, c)
			all, at = append(all, payments.Turnover{Account: account, Currency: c, Opening: nothing, In: nothing, Out: nothing, Closing: nothing}), len(all)
		}
		return &all[at]
	}
	for _, b := range l {
		for _, m := range b.Moves {
			to, from := of(m.To, m.Amount.Currency), payments.Account("")
			to.Closing.Minor += m.Amount.Minor
			if from = m.From; b.At.Before(span.From) {
				to.Opening.Minor += m.Amount.Minor
				of(from, m.Amount.Currency).Opening.Minor -= m.Amount.Minor
			} else {
				to.In.Minor += m.Amount.Minor
				of(from, m.Amount.Currency).Out.Minor += m.Amount.Minor
			}
			of(from, m.Amount.Currency).Closing.Minor -= m.Amount.Minor
		}
	}
	return all, nil
}

// OrderSums has one order.
func (l ledger) OrderSums(_ context.Context, _ payments.MerchantID, _ payments.Span, each func(payments.OrderSum) error) error {
	return each(payments.OrderSum{Order: 1, Charged: eur(10000), Fees: eur(-175), Refunded: eur(-3000), Disputed: eur(0), Other: eur(0), Net: eur(6825)})
}

func write(t *testing.T, l ledger, kind books.Kind, format books.Format, change ...func(*books.Export)) ([]byte, error) {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	e := books.Export{
		Merchant: 1, Shop: "Луг", Span: october.In(berlin), Zone: berlin, Made: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC), Kind: kind, Format: format,
		Say:    func(key string, args map[string]any) string { return texts.Say("en", key, args) },
		Number: func(id payments.OrderID) string { return fmt.Sprint(1000 + id) },
	}
	for _, one := range change {
		one(&e)
	}
	var out bytes.Buffer
	err = e.Write(t.Context(), l, &out)
	return out.Bytes(), err
}

func table(t *testing.T, kind books.Kind, format books.Format) (rows []map[string]string) {
	t.Helper()
	raw, err := write(t, story(), kind, format)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func TestAStatementLeadsFromItsOpeningToItsClosing(t *testing.T) {
	var said []string
	for _, row := range table(t, books.Statements, books.CSV) {
		if row["account"] == "clearing:stripe" && row["currency"] == "EUR" {
			said = append(said, fmt.Sprintf("%s %s|%s|%s|%s|%s", row["date"], row["time"], row["description"], row["debit"], row["credit"], row["balance"]))
		}
	}
	want := []string{
		"2026-10-01 |Opening balance|||100.00",
		"2026-10-03 13:00:00|The processor kept 1.75 EUR as its fee (Stripe).||1.75|98.25",
		"2026-10-03 14:00:00|20.00 EUR came (Stripe), and no order took it.|20.00||118.25",
		"2026-10-03 15:00:00|30.00 EUR went back to the buyer (Stripe).||30.00|88.25",
		"2026-10-31 |Closing balance|20.00|31.75|88.25",
	}
	if !slices.Equal(said, want) {
		t.Errorf("the statement is\n%s", strings.Join(said, "\n"))
	}
}

func TestTheJournalHasADebitAndACreditForEachMove(t *testing.T) {
	rows := table(t, books.Journal, books.CSV)
	if len(rows) != 4 {
		t.Fatalf("%d rows", len(rows))
	}
	for name, want := range map[string]string{
		"entry": "2", "time_utc": "2026-10-03 11:00:00", "debit_account": "fees:stripe", "credit_account": "clearing:stripe", "amount": "1.75", "currency": "EUR", "order": "1001",
	} {
		if rows[0][name] != want {
			t.Errorf("%s is %q, want %q", name, rows[0][name], want)
		}
	}
	if rows[3]["amount"] != "1500" {
		t.Errorf("yen are %q", rows[3]["amount"])
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, kind := range []books.Kind{books.Journal, books.Charges} {
		for _, row := range table(t, kind, books.CSV) {
			for name, cell := range row {
				if _, numeric := map[string]bool{"amount": true}[name]; !numeric && cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
					t.Errorf("%s: %s is %q", kind, name, cell)
				}
			}
		}
	}
	if got := table(t, books.Charges, books.CSV)[1]["id"]; got != "'=cmd|' /C calc'!A0" {
		t.Errorf("the charge is %q", got)
	}
}

func TestAWorkbookHasASheetOfEach(t *testing.T) {
	raw, err := write(t, story(), "", books.XLSX)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw))); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if names := fmt.Sprint(book.GetSheetList()); names != "[Balances Journal Statements Charges Orders]" {
		t.Errorf("sheets are %s", names)
	}
	for cell, want := range map[string]string{"A2": "1001", "C2": "100.00", "D2": "-1.75", "H2": "68.25"} {
		if got, err := book.GetCellValue("Orders", cell); err != nil || got != want {
			t.Errorf("%s is %q, %v", cell, got, err)
		}
	}
	if formula, _ := book.GetCellFormula("Charges", "F3"); formula != "" {
		t.Errorf("a formula came in: %s", formula)
	}
	if err := book.Close(); err != nil {
		t.Error(err)
	}
}

func TestClearingAccountsAreBankStatementsFor1C(t *testing.T) {
	raw, err := write(t, story(), "", books.OneC, func(e *books.Export) {
		e.Numbers = map[string]string{"clearing:stripe:EUR": "40702978000000000001"}
	})
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := charmap.Windows1251.NewDecoder().Bytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	text := string(decoded)
	for _, want := range []string{
		"1CClientBankExchange\r\nВерсияФормата=1.03\r\nКодировка=Windows\r\n",
		"РасчСчет=40702978000000000001\r\nНачальныйОстаток=100.00\r\nВсегоПоступило=20.00\r\nВсегоСписано=31.75\r\nКонечныйОстаток=88.25\r\n",
		"РасчСчет=clearing:stripe:JPY\r\nНачальныйОстаток=0\r\nВсегоПоступило=1500\r\n",
		"Номер=4\r\nДата=03.10.2026\r\nСумма=30.00\r\nПлательщикСчет=40702978000000000001\r\n",
		"НазначениеПлатежа=Order 1001. 30.00 EUR went back to the buyer (Stripe). [refund:re_1]\r\n",
		"Получатель1=Луг\r\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Count(text, "СекцияДокумент=") != 4 || !strings.HasSuffix(text, "КонецФайла\r\n") {
		t.Errorf("the file is\n%s", text)
	}
}

func TestJournalsOfOtherProgramsBalance(t *testing.T) {
	sum := int64(0)
	raw, err := write(t, story(), "", books.Xero, func(e *books.Export) { e.Currency = "EUR" })
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	for _, record := range records[1:] {
		amount, bad := money.Parse(strings.TrimPrefix(record[5], "-"), "EUR")
		if bad != nil {
			t.Fatal(bad)
		}
		if strings.HasPrefix(record[5], "-") {
			amount = amount.Negated()
		}
		sum += amount.Minor
	}
	if err != nil || sum != 0 || len(records) != 7 {
		t.Errorf("Xero: %d rows add up to %d, %v", len(records), sum, err)
	}
	debits, credits := int64(0), int64(0)
	for _, row := range table(t, books.Journal, books.QuickBooks) {
		for column, to := range map[string]*int64{"Debits": &debits, "Credits": &credits} {
			if row[column] != "" && row["*Currency"] == "EUR" {
				amount, bad := money.Parse(row[column], "EUR")
				if bad != nil {
					t.Fatal(bad)
				}
				*to += amount.Minor
			}
		}
	}
	if debits != credits || debits != 5175 {
		t.Errorf("QuickBooks: %d and %d", debits, credits)
	}
}

func TestDATEVNeedsNumbersAndWritesAmountsWithAComma(t *testing.T) {
	if _, err := write(t, story(), "", books.DATEV); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "books.number_needed") {
		t.Errorf("without numbers: %v", err)
	}
	raw, err := write(t, story(), "", books.DATEV, func(e *books.Export) {
		e.Numbers = map[string]string{"clearing:stripe": "1361", "fees:stripe": "4970", "unmatched": "1590", "refunds:stripe": "8200", "receivable": "1400"}
	})
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(string(raw), "\r\n")
	if !strings.HasPrefix(rows[0], `"EXTF";700;21;"Buchungsstapel";13;20261102090000000;;"PA";"";"";1001;1;20260101;4;20261001;20261031;`) {
		t.Errorf("the head is %s", rows[0])
	}
	if want := `1,75;"S";"EUR";;;;4970;1361;;0310;"P2";"1001";;"The processor kept 1.75 EUR as its fee (Stripe)."`; rows[2] != want {
		t.Errorf("the first row is %s", rows[2])
	}
}

func TestWhatWouldNotAddUpIsNotWrittenToItsEnd(t *testing.T) {
	for _, format := range []books.Format{books.CSV, books.OneC} {
		_, err := write(t, story(), books.Statements, format, func(e *books.Export) { e.Span.To = time.Date(2026, 10, 3, 11, 30, 0, 0, time.UTC) })
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: %v", format, err)
		}
	}
	for kind, format := range map[books.Kind]books.Format{"fairy tales": books.CSV, books.Journal: "pdf"} {
		if _, err := write(t, story(), kind, format); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s as %s: %v", kind, format, err)
		}
	}
}
