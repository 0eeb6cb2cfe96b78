package reconcile_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"parley/catalog/money"
	"parley/payments/reconcile"
)

// world is a month of a shop and its processor that agree to the cent, until something is done to it.
type world struct {
	t       *rapid.T
	zone    *time.Location
	settled money.Currency
	from    time.Time
	sales   []*sold
	rows    []*moved
	lists   []*listed
	bank    []*banked
	wrong   []finding
	next    int
}

// sold is an order, with what the processor has of it.
type sold struct {
	reconcile.Sale
	charge *moved
	plain  bool // untouched so far
}

// moved is a balance transaction. Amounts are minor units.
type moved struct {
	txn, category, source, charge, intent, payout, method, country string
	at, effective                                                  time.Time
	gross, fee, seen                                               int64
	seenIn                                                         money.Currency
	net                                                            int64 // less than gross - fee by this
}

type listed struct {
	id, trace, status string
	at                time.Time
	amount            int64
	reversed, manual  bool
}

type banked struct {
	day    time.Time
	amount int64
	text   string
}

// finding is a difference without its amount and note.
type finding struct {
	class                         reconcile.Class
	order, charge, refund, payout string
}

func (w *world) id(prefix string) string {
	w.next++
	return fmt.Sprintf("%s_%06d", prefix, w.next)
}

func (w *world) draw(name string, low, high int) int {
	return rapid.IntRange(low, high).Draw(w.t, name)
}

func (w *world) moment() time.Time {
	return w.from.Add(time.Duration(w.draw("second", 3*24*3600, 26*24*3600)) * time.Second)
}

func newWorld(t *rapid.T) *world {
	w := &world{t: t, settled: rapid.SampledFrom([]money.Currency{"EUR", "JPY", "KWD"}).Draw(t, "settled")}
	w.zone = berlin
	w.from = time.Date(2026, 7, 1, 0, 0, 0, 0, w.zone).UTC()
	for range w.draw("orders", 12, 24) {
		w.sell()
	}
	return w
}

// sell adds an order, its charge and now and then what follows one: a refund in parts, or less captured than asked.
func (w *world) sell() *sold {
	at := w.moment()
	amount := int64(w.draw("amount", 500, 50000)) * 10
	s := &sold{plain: true, Sale: reconcile.Sale{
		Order: w.id("A"), Channel: "telegram", Status: "paid", Paid: at.Add(3 * time.Second), Intent: w.id("pi"), Charge: w.id("ch"),
		Amount: money.Of(amount, w.settled),
	}}
	s.Refunded.Currency = w.settled
	s.charge = w.charge(s, at, amount)
	w.sales = append(w.sales, s)
	switch w.draw("fate", 0, 9) {
	case 0:
		s.plain = false
		w.giveBack(s, amount, at)
	case 1:
		s.plain = false
		w.giveBack(s, amount/3, at)
		w.giveBack(s, amount/3, at)
	case 2:
		s.plain = false
		uncaptured := amount / 5
		w.rows = append(w.rows, &moved{
			txn: w.id("txn"), category: "partial_capture_reversal", source: s.Charge, charge: s.Charge, intent: s.Intent, method: "card", country: "DE",
			at: at, gross: -uncaptured, seen: -uncaptured, seenIn: w.settled,
		})
		s.Amount.Minor -= uncaptured
	case 3:
		s.plain = false
		s.Charge = "" // the shop knows the attempt only
	case 4:
		s.plain = false
		w.convert(s)
	}
	return s
}

// convert has the buyer pay in dollars.
func (w *world) convert(s *sold) {
	s.Amount = money.Of(s.charge.seen*11/10, "USD")
	s.Refunded.Currency = "USD"
	s.charge.seen, s.charge.seenIn = s.Amount.Minor, "USD"
	s.charge.fee = fee(s.charge.gross, 35, 25)
}

// fee is thousandths of a sum and a fixed part, rounded half up.
func fee(gross, rate, fixed int64) int64 { return (gross*rate+500)/1000 + fixed }

const contract = "payment_method_type,card_country,rate,fixed,conversion_rate\ncard,*,0.015,%s,2%%\n*,*,0.5,0,0\n"

func (w *world) charge(s *sold, at time.Time, amount int64) *moved {
	made := &moved{
		txn: w.id("txn"), category: "charge", source: s.Charge, charge: s.Charge, intent: s.Intent, method: "card", country: "DE",
		at: at, gross: amount, fee: fee(amount, 15, 25), seen: amount, seenIn: w.settled,
	}
	w.rows = append(w.rows, made)
	return made
}

func (w *world) giveBack(s *sold, amount int64, at time.Time) *moved {
	s.Refunded.Minor += amount
	made := &moved{
		txn: w.id("txn"), category: "refund", source: w.id("re"), charge: s.charge.charge, intent: s.Intent, method: "card", country: "DE",
		at: at.Add(20 * time.Hour), gross: -amount, seen: -amount, seenIn: w.settled,
	}
	w.rows = append(w.rows, made)
	return made
}

// pay puts every row into the payout of its day, two days later, and the payouts into the bank.
func (w *world) pay() {
	sums := map[string]int64{}
	days := map[string]time.Time{}
	for _, r := range w.rows {
		day := r.at.Add(48 * time.Hour).Truncate(24 * time.Hour)
		r.payout, r.effective = "po_"+day.Format("0102"), day
		sums[r.payout] += r.gross - r.fee + r.net
		days[r.payout] = day
	}
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		if sums[id] != 0 && days[id].Before(w.from.AddDate(0, 1, 0)) {
			w.list(&listed{id: id, trace: "STRIPE-" + strings.ToUpper(id[3:]), status: "paid", at: days[id], amount: sums[id]})
		}
	}
}

func (w *world) list(p *listed) *listed {
	w.lists = append(w.lists, p)
	w.bank = append(w.bank, &banked{p.at, p.amount, "STRIPE PAYOUT " + p.trace})
	return p
}

func (w *world) expect(class reconcile.Class, order, charge, refund, payout string) {
	w.wrong = append(w.wrong, finding{class, order, charge, refund, payout})
}

// plain takes an order to which nothing was done yet.
func (w *world) plain() *sold {
	for _, s := range w.sales {
		if s.plain {
			s.plain = false
			return s
		}
	}
	s := w.sell()
	for !s.plain {
		s = w.sell()
	}
	s.plain = false
	return s
}

func (w *world) drop(r *moved) {
	w.rows = slices.DeleteFunc(w.rows, func(other *moved) bool { return other == r })
}

// sheet writes CSV with its columns in any order, and one that nobody knows.
func (w *world) sheet(rows []map[string]string, columns ...string) string {
	columns = rapid.Permutation(append(columns, "something_new")).Draw(w.t, "columns")
	var text strings.Builder
	text.WriteString(rapid.SampledFrom([]string{"", "\ufeff"}).Draw(w.t, "mark"))
	out := csv.NewWriter(&text)
	out.UseCRLF = rapid.Bool().Draw(w.t, "crlf")
	_ = out.Write(columns)
	for _, row := range rows {
		record := make([]string, len(columns))
		for i, name := range columns {
			record[i] = row[name]
		}
		_ = out.Write(record)
	}
	out.Flush()
	return text.String()
}

func major(minor int64, c money.Currency) string { return money.Of(minor, c).Major() }

func (w *world) activity() string {
	var rows []map[string]string
	for _, r := range rapid.Permutation(w.rows).Draw(w.t, "rows") {
		row := map[string]string{
			"balance_transaction_id": r.txn, "currency": strings.ToLower(string(w.settled)), "gross": major(r.gross, w.settled), "fee": major(r.fee, w.settled),
			"net": major(r.gross-r.fee+r.net, w.settled), "reporting_category": r.category, "source_id": r.source, "charge_id": r.charge, "payment_intent_id": r.intent,
			"created": r.at.In(w.zone).Format(time.DateTime), "customer_facing_amount": major(r.seen, r.seenIn), "customer_facing_currency": strings.ToLower(string(r.seenIn)),
			"payment_method_type": r.method, "card_country": r.country,
		}
		if r.payout != "" {
			row["automatic_payout_id"], row["automatic_payout_effective_at_utc"] = r.payout, r.effective.Format(time.DateTime)
		}
		rows = append(rows, row)
	}
	return w.sheet(rows, "balance_transaction_id", "currency", "gross", "fee", "net", "reporting_category", "source_id", "charge_id", "payment_intent_id", "created",
		"customer_facing_amount", "customer_facing_currency", "payment_method_type", "card_country", "automatic_payout_id", "automatic_payout_effective_at_utc")
}

func (w *world) orders() string {
	var rows []map[string]string
	for _, s := range rapid.Permutation(w.sales).Draw(w.t, "sales") {
		row := map[string]string{
			"order_id": s.Order, "channel": s.Channel, "currency": string(s.Amount.Currency), "amount": s.Amount.Major(), "status": s.Status,
			"payment_intent_id": s.Intent, "charge_id": s.Sale.Charge, "refunded": s.Refunded.Major(),
		}
		if !s.Paid.IsZero() {
			row["paid_at"] = s.Paid.Format(time.DateTime)
		}
		rows = append(rows, row)
	}
	return w.sheet(rows, "order_id", "channel", "currency", "amount", "status", "paid_at", "payment_intent_id", "charge_id", "refunded")
}

func (w *world) payouts() string {
	var rows []map[string]string
	for _, p := range w.lists {
		row := map[string]string{
			"payout_id": p.id, "effective_at_utc": p.at.Format(time.DateTime), "currency": strings.ToLower(string(w.settled)), "gross": major(p.amount, w.settled),
			"fee": major(0, w.settled), "net": major(p.amount, w.settled), "reporting_category": "payout", "payout_status": p.status, "trace_id": p.trace,
		}
		rows = append(rows, row)
		if p.reversed {
			back := maps.Clone(row)
			back["reporting_category"], back["gross"], back["net"] = "payout_reversal", major(-p.amount, w.settled), major(-p.amount, w.settled)
			rows = append(rows, back)
		}
	}
	return w.sheet(rows, "payout_id", "effective_at_utc", "currency", "gross", "fee", "net", "reporting_category", "payout_status", "trace_id")
}

func (w *world) statement() string {
	var rows []map[string]string
	for _, line := range w.bank {
		rows = append(rows, map[string]string{
			"date": line.day.Format(time.DateOnly), "amount": major(line.amount, w.settled), "currency": string(w.settled), "description": line.text,
		})
	}
	return w.sheet(rows, "date", "amount", "currency", "description")
}

func source(name, text string) reconcile.Source {
	return reconcile.Source{Name: name, From: strings.NewReader(text)}
}

// reconciled is what the files of the world give.
func (w *world) reconciled() (reconcile.Report, error) {
	activity := w.activity()
	fixed := major(25, w.settled)
	return reconcile.Run(reconcile.Files{
		Activity: source("activity", activity), Itemised: source("items", activity), Payouts: source("payouts", w.payouts()),
		Bank: source("bank", w.statement()), Fees: source("fees", fmt.Sprintf(contract, fixed)), Sales: reconcile.SalesFile(source("orders", w.orders())),
	}, reconcile.Options{Zone: w.zone})
}
