package reconcile

import (
	"strings"
	"time"
)

// row is one balance transaction, as a report has it. Its texts are valid until the next row.
type row struct {
	number                          int
	txn, category                   string
	source, charge, intent, payout  string
	kind                            Kind
	unit, seenUnit                  *unit // of the settlement, and as the buyer saw it; nil: unknown currency
	gross, fee, net, seen           int64 // seen has the sign of gross
	created, effective, charged     time.Time
	method, country, currency, said string // said: of an unknown currency, the amount as written
	orders                          []string
}

// isConverted says whether the buyer paid in another currency than the one that was settled.
func (r *row) isConverted() bool { return r.seenUnit != nil && r.seenUnit != r.unit }

// rowsTable is an activity or a payout reconciliation.
type rowsTable struct {
	*table
	units                                                                  *units
	txn, category, currency, gross, fee, net                               int
	source, charge, intent, payout, seen, seenCurrency, method, country, d int
	created, effective, charged                                            moment
	metadata                                                               []int
	r                                                                      row
}

var rowColumns = []string{"balance_transaction_id", "currency", "gross", "fee", "net", "reporting_category"}

func openRows(s Source, units *units, zone *time.Location, more ...string) (*rowsTable, error) {
	t, err := openTable(s, zone, append(more, rowColumns...)...)
	if err != nil {
		return nil, err
	}
	if !t.has("created_utc") && !t.has("created") {
		return nil, &Flaw{s.Name, 1, "", "the column created_utc is missing, and created too"}
	}
	if !t.has("charge_id") && !t.has("source_id") {
		return nil, &Flaw{s.Name, 1, "", "the column charge_id is missing, and source_id too"}
	}
	rows := &rowsTable{
		table: t, units: units, txn: t.column("balance_transaction_id"), category: t.column("reporting_category"),
		currency: t.column("currency"), gross: t.column("gross"), fee: t.column("fee"), net: t.column("net"),
		source: t.column("source_id"), charge: t.column("charge_id"), intent: t.column("payment_intent_id"),
		payout: t.column("automatic_payout_id"), seen: t.column("customer_facing_amount"), seenCurrency: t.column("customer_facing_currency"),
		method: t.column("payment_method_type"), country: t.column("card_country"), d: t.column("description"),
		created: t.moment("created"), effective: t.moment("automatic_payout_effective_at"), charged: t.moment("charge_created"),
	}
	for at, name := range t.header {
		if strings.HasPrefix(name, "payment_metadata[") && strings.Contains(name, "order") {
			rows.metadata = append(rows.metadata, at)
		}
	}
	return rows, nil
}

// next reads a row into r. An amount of an unknown currency stays unread.
func (t *rowsTable) next() (bool, error) {
	more, err := t.table.next()
	if err != nil || !more {
		return false, err
	}
	r := &t.r
	*r = row{number: t.row, category: t.cell(t.category), currency: t.cell(t.currency), method: t.cell(t.method), country: t.cell(t.country), orders: r.orders[:0]}
	r.kind = kinds[strings.ToLower(r.category)]
	if err := t.readIDs(); err != nil {
		return false, err
	}
	if r.created, err = t.at(t.created); err != nil {
		return false, err
	}
	if r.created.IsZero() {
		return false, t.flaw(t.header[max(t.created.utc, t.created.local)], "the row has no time")
	}
	if r.payout != "" {
		if r.effective, err = t.at(t.effective); err != nil {
			return false, err
		}
	}
	if r.kind == RefundKind || r.kind == RefundFailureKind {
		if r.charged, err = t.at(t.charged); err != nil {
			return false, err
		}
	}
	return true, t.readSums()
}

func (t *rowsTable) readIDs() (err error) {
	r := &t.r
	for _, id := range []struct {
		to *string
		at int
	}{{&r.txn, t.txn}, {&r.source, t.source}, {&r.charge, t.charge}, {&r.intent, t.intent}, {&r.payout, t.payout}} {
		if *id.to, err = t.id(id.at); err != nil {
			return err
		}
	}
	if r.txn == "" {
		return t.flaw("balance_transaction_id", "the row has no id")
	}
	if r.charge == "" && (r.kind == ChargeKind || r.kind == ChargeFailureKind) {
		r.charge = r.source
	}
	for _, at := range t.metadata {
		if text := t.cell(at); text != "" {
			r.orders = append(r.orders, text)
		}
	}
	if r.kind == ChargeKind {
		r.orders = append(r.orders, described(t.cell(t.d))...)
	}
	return nil
}

// described is the order that a description names: the whole of it, or what follows the word.
func described(text string) []string {
	if text == "" || len(text) > longestWord {
		return nil
	}
	if len(text) > 6 && strings.EqualFold(text[:6], "order ") {
		return []string{text, strings.TrimPrefix(strings.TrimSpace(text[6:]), "#")}
	}
	return []string{text}
}

func (t *rowsTable) readSums() (err error) {
	r := &t.r
	if r.unit = t.units.find(r.currency); r.unit == nil {
		r.said = t.cell(t.gross)
		return nil
	}
	if r.gross, err = t.amount(t.gross, r.unit); err != nil {
		return err
	}
	if r.net, err = t.amount(t.net, r.unit); err != nil {
		return err
	}
	if t.cell(t.fee) != "" {
		if r.fee, err = t.amount(t.fee, r.unit); err != nil {
			return err
		}
	}
	r.seen, r.seenUnit = r.gross, r.unit
	if t.cell(t.seen) == "" || t.cell(t.seenCurrency) == "" {
		return nil
	}
	if r.seenUnit = t.units.find(t.cell(t.seenCurrency)); r.seenUnit == nil {
		r.said, r.currency = t.cell(t.seen), t.cell(t.seenCurrency)
		return nil
	}
	if r.seen, err = t.amount(t.seen, r.seenUnit); err != nil {
		return err
	}
	if (r.gross < 0) != (r.seen < 0) {
		r.seen = -r.seen
	}
	return nil
}

// entry is what is kept of a row that is not plainly matched.
type entry struct {
	kind                                  Kind
	txn, source, charge, intent, category string
	unit, seenUnit                        *unit
	gross, fee, net, seen                 int64
	created, charged                      time.Time
	method, country                       string
	orders                                []string
}

func (r *row) kept() entry {
	e := entry{
		r.kind, strings.Clone(r.txn), strings.Clone(r.source), strings.Clone(r.charge), strings.Clone(r.intent), strings.Clone(r.category),
		r.unit, r.seenUnit, r.gross, r.fee, r.net, r.seen, r.created, r.charged, strings.Clone(r.method), strings.Clone(r.country), nil,
	}
	for _, text := range r.orders {
		e.orders = append(e.orders, strings.Clone(text))
	}
	return e
}

func (e entry) isConverted() bool { return e.seenUnit != e.unit }
