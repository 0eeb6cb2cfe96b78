package reconcile

import (
	"bufio"
	"bytes"
	"strings"
	"time"

	"parley/catalog/money"
)

// Row is one balance transaction of a report: activity, or payout reconciliation.
type Row struct {
	Number                   int // as a spreadsheet counts
	Txn, Category, Source    string
	Charge, Intent, Payout   string // empty: none
	Kind                     Kind
	Gross, Fee, Net          money.Amount
	Seen                     money.Amount // as the buyer saw it, with the sign of Gross
	Said                     string       // of a currency that is not in ISO 4217: the amount as written; the others are zero
	Created, Available       time.Time    // Available is zero when the report does not say it
	Charged                  time.Time    // when its charge was made; zero: not said
	Effective                time.Time    // when its payout arrives; zero: not said
	Method, Country, Account string       // Account is a connected one; empty: not said
}

// EachRow reads a report of balance transactions in the order of its rows; one that is there twice is given once. It
// fails with a Flaw, also when a row says something else the second time, and with the first error of take. Memory grows
// by about 20 bytes a row.
func EachRow(s Source, zone *time.Location, take func(Row) error) error {
	t, err := openRows(s, newUnits(), zone)
	if err != nil {
		return err
	}
	available, account := t.moment("available_on"), t.column("connected_account_id")
	var before seen
	for {
		more, err := t.next()
		if err != nil || !more {
			return err
		}
		met, same := before.meet(&t.r)
		if !same {
			return t.flaw("balance_transaction_id", "%s was there before with other amounts", t.r.txn)
		}
		if met.has(inActivity) {
			continue
		}
		met.says |= inActivity
		out := t.r.exported()
		out.Account = strings.Clone(t.cell(account))
		if out.Available, err = t.at(available); err != nil {
			return err
		}
		if err := take(out); err != nil {
			return err
		}
	}
}

func (r *row) exported() Row {
	e := r.kept()
	out := Row{
		Number: r.number, Txn: e.txn, Category: e.category, Source: e.source, Charge: e.charge, Intent: e.intent, Payout: strings.Clone(r.payout), Kind: e.kind,
		Created: e.created, Charged: e.charged, Effective: r.effective, Method: e.method, Country: e.country, Said: strings.Clone(r.said),
	}
	if e.unit == nil || e.seenUnit == nil {
		unknown := money.Of(0, money.Currency(strings.ToUpper(strings.Clone(r.currency))))
		out.Gross, out.Fee, out.Net, out.Seen = unknown, unknown, unknown, unknown
		return out
	}
	out.Gross, out.Fee, out.Net = money.Of(e.gross, e.unit.code), money.Of(e.fee, e.unit.code), money.Of(e.net, e.unit.code)
	out.Seen = money.Of(e.seen, e.seenUnit.code)
	return out
}

// Listed is a row of a report of payouts.
type Listed struct {
	Number      int
	Payout      string
	Amount      money.Amount // towards the bank
	Said        string       // of a currency that is not in ISO 4217: the amount as written
	Status      string       // as the processor calls it; empty: not said
	IsReversal  bool         // the row says that it came back
	IsAutomatic bool         // its rows can be itemised; not said is automatic
	Effective   time.Time    // when the money leaves the balance; zero: not said
	Arrives     time.Time    // zero: not said
	Trace       string       // what the bank's line says; empty: not said
}

// EachListed reads a report of payouts in the order of its rows. It fails with a Flaw, and with the first error of
// take.
func EachListed(s Source, zone *time.Location, take func(Listed) error) error {
	t, err := openTable(s, zone, "payout_id", "currency", "gross")
	if err != nil {
		return err
	}
	units := newUnits()
	for {
		more, err := t.next()
		if err != nil || !more {
			return err
		}
		l, err := readListed(t, units)
		if err != nil {
			return err
		}
		if err := take(l.exported(t.row)); err != nil {
			return err
		}
	}
}

func (l *listed) exported(number int) Listed {
	out := Listed{
		Number: number, Payout: strings.Clone(l.id), Said: strings.Clone(l.said), Status: strings.Clone(l.status), IsReversal: l.isReversal(), IsAutomatic: !strings.Contains(l.kind, "manual") && !strings.Contains(l.kind, "instant"),
		Effective: l.effective, Arrives: l.arrives, Trace: strings.Clone(l.trace), Amount: money.Of(l.gross, money.Currency(strings.ToUpper(strings.Clone(l.currency)))),
	}
	if l.isReversal() {
		out.Amount.Minor = -out.Amount.Minor
	}
	return out
}

// BankLine is one line of a bank statement.
type BankLine struct {
	Number int
	Day    time.Time    // midnight UTC
	Amount money.Amount // less than zero left the account
	Text   string       // all that the line says, in lower case
}

// BankLines reads a statement, CSV or 1CClientBankExchange, in the order of its lines. only is the currency of a
// statement that does not say it; empty: such a statement is refused. It fails with a Flaw.
func BankLines(s Source, only money.Currency) ([]BankLine, error) {
	units := newUnits()
	var unsaid *unit
	if only != "" {
		unsaid = units.find(string(only))
	}
	lines, err := readStatement(s, units, unsaid)
	if err != nil {
		return nil, err
	}
	out := make([]BankLine, len(lines))
	for i, line := range lines {
		out[i] = BankLine{line.number, line.day, money.Of(line.amount, line.unit.code), line.text}
	}
	return out, nil
}

// Form is what a file is a report of.
type Form string

// The forms.
const (
	RowsForm    Form = "balance transactions"
	PayoutsForm Form = "payouts"
	BankForm    Form = "bank statement"
)

// FormOf tells what a file is by its beginning: the columns of its header, or the mark of a statement. What is none of
// the processor's reports is taken for a bank's.
func FormOf(start []byte) Form {
	line, _, _ := bytes.Cut(bytes.TrimPrefix(start, byteOrderMark), []byte("\n"))
	header := strings.ToLower(string(line))
	switch {
	case strings.Contains(header, "payout_id") && !strings.Contains(header, "automatic_payout_id"):
		return PayoutsForm
	case strings.Contains(header, "balance_transaction_id"):
		return RowsForm
	}
	return BankForm
}

// readStatement reads a statement in whichever of the two forms it is.
func readStatement(s Source, units *units, only *unit) ([]*bankLine, error) {
	in := bufio.NewReaderSize(s.From, 1<<16)
	start, _ := in.Peek(64)
	s.From = in
	if bytes.HasPrefix(bytes.TrimPrefix(start, byteOrderMark), []byte(clientBankMark)) {
		return readClientBank(s, units)
	}
	return readBankTable(s, units, only)
}

// Names says whether a text, in lower case, has a name that is not the beginning or the end of another one.
func Names(text, name string) bool { return contains(text, name) }
