package settlement_test

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

// sale is a charge as the walk remembers it.
type sale struct {
	payment payments.Payment
	charge  string
	left    int64 // that was not given back
	heard   bool
	news    payments.Notice
}

// rowKept is a row whose class depends on what is heard until the end.
type rowKept struct {
	txn    string
	sale   *sale // nil: of none
	amount money.Amount
	kind   string
	source string
	heard  bool
	news   *payments.Notice
	won    bool
}

// walk is a random history and what must come of it.
type walk struct {
	*world
	sales []*sale
	rows  []*rowKept
	fails []payments.Payout
}

func TestWhateverHappensEveryRowIsMatchedOrQueuedWithItsClass(t *testing.T) {
	if err := flag.Set("rapid.checks", "5"); err != nil { // each step is some transactions
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, number := open(t, d), 0
		rapid.Check(t, func(r *rapid.T) {
			number++
			w.gateway = fmt.Sprintf("bank%d", number)
			w.bank = &processor{name: w.gateway, clock: &w.clock, fee: 3}
			w.begin()
			w.settle.InBatches(3)
			a := &walk{world: w}
			a.happen(r)
			a.end(r)
		})
	})
}

func (a *walk) happen(r *rapid.T) {
	minor := rapid.Int64Range(100, 9000)
	steps := map[string]func(){
		"pay":                          func() { a.pay(minor.Draw(r, "amount"), rapid.Bool().Draw(r, "heard")) },
		"hear late news":               a.hearLate,
		"give back":                    func() { a.giveBack(r) },
		"give back at the processor's": func() { a.giveBackThere(r) },
		"dispute":                      func() { a.dispute(r) },
		"win":                          a.win,
		"fee": func() {
			a.keep("fee_without_charge", a.bank.row("fee", "", "", money.Of(-minor.Draw(r, "fee"), "USD"), 0), nil)
		},
		"mystery": func() {
			a.keep("unknown", a.bank.row("mystery", "", "", money.Of(minor.Draw(r, "sum"), "USD"), 0), nil)
		},
		"pay out":      func() { a.bank.payOut(true) },
		"payout fails": func() { a.payoutFails(r) },
		"pull":         func() { a.pull() },
		"pull breaks off": func() {
			a.bank.fails, a.bank.after = errors.New("connection reset"), rapid.IntRange(0, 12).Draw(r, "after")
			_, _ = a.settle.Pull(a.t.Context(), a.bank.name)
			a.bank.fails = nil
		},
		"days pass": func() { a.later(30 * time.Hour) },
	}
	names := []string{}
	for name := range steps {
		names = append(names, name)
	}
	slices.Sort(names)
	for range rapid.IntRange(4, 25).Draw(r, "steps") {
		steps[rapid.SampledFrom(names).Draw(r, "step")]()
		a.later(time.Minute)
	}
}

func (a *walk) keep(kind string, t payments.Transaction, of *sale) *rowKept {
	kept := &rowKept{txn: t.ID, sale: of, amount: t.Gross, kind: kind, source: t.Source}
	a.rows = append(a.rows, kept)
	return kept
}

func (a *walk) pay(minor int64, heard bool) {
	p := a.opened(minor)
	one := &sale{payment: p, charge: "ch_" + p.Ref, left: minor, news: a.bank.charge(p)}
	a.keep("charge", a.bank.list[len(a.bank.list)-1], one)
	a.sales = append(a.sales, one)
	if heard {
		a.hear(one.news)
		one.heard = true
	}
}

// hearLate delivers the oldest news that was lost so far.
func (a *walk) hearLate() {
	for _, one := range a.sales {
		if !one.heard {
			a.hear(one.news)
			one.heard = true
			return
		}
	}
	for _, row := range a.rows {
		if row.news != nil && !row.heard {
			a.hear(*row.news)
			row.heard = true
			return
		}
	}
}

// some is a sale that the books know, with money left; nil: there is none.
func (a *walk) some(r *rapid.T) *sale {
	var able []*sale
	for _, one := range a.sales {
		if one.heard && one.left > 0 {
			able = append(able, one)
		}
	}
	if len(able) == 0 {
		return nil
	}
	return rapid.SampledFrom(able).Draw(r, "sale")
}

func (a *walk) giveBack(r *rapid.T) {
	if one := a.some(r); one != nil {
		sum := rapid.Int64Range(1, one.left).Draw(r, "sum")
		one.left -= sum
		if err := a.refund(one.payment, sum); err != nil {
			r.Fatal(err)
		}
	}
}

func (a *walk) giveBackThere(r *rapid.T) {
	if one := a.some(r); one != nil {
		sum := money.Of(rapid.Int64Range(1, one.left).Draw(r, "sum"), "USD")
		one.left -= sum.Minor
		t := a.bank.row("refund", fmt.Sprintf("re_%d", a.bank.number), one.charge, sum.Negated(), 0)
		a.keep("refund", t, one).news = &payments.Notice{
			Event: "evt_" + t.Source, Key: one.charge, Ref: one.payment.Ref, Payment: one.payment.Key, Refund: t.Source, RefundNews: payments.RefundDone, Amount: sum,
		}
	}
}

func (a *walk) dispute(r *rapid.T) {
	if len(a.sales) > 0 {
		one := rapid.SampledFrom(a.sales).Draw(r, "sale")
		a.keep("dispute", a.bank.row("dispute", fmt.Sprintf("dp_%d", a.bank.number), one.charge, one.payment.Amount.Negated(), 1500), one)
	}
}

func (a *walk) win() {
	for _, row := range a.rows {
		if row.kind == "dispute" && !row.won {
			row.won = true
			a.keep("won", a.bank.row("dispute_reversal", row.source, row.sale.charge, row.amount.Negated(), 0), row.sale)
			return
		}
	}
}

func (a *walk) payoutFails(r *rapid.T) {
	if len(a.bank.out) > 0 {
		one := rapid.SampledFrom(a.bank.out).Draw(r, "payout")
		if one.Status == payments.PayoutPaid {
			a.bank.sendBack(one.ID)
			a.fails = append(a.fails, one)
		}
	}
}

// class is what the queue must say of a row at the end; empty: it is matched.
func (row *rowKept) class() string {
	known := row.sale == nil || row.sale.heard
	switch {
	case row.kind == "charge" && known, row.kind == "refund" && row.heard:
		return ""
	case row.kind == "refund":
		return "refund_not_in_ledger"
	case !known:
		return "psp_only"
	case row.kind == "dispute" && row.won:
		return ""
	case row.kind == "dispute":
		return "dispute_open_or_lost"
	case row.kind == "won":
		return "dispute_won"
	}
	return row.kind
}

// end pulls until nothing is missing and compares.
func (a *walk) end(r *rapid.T) {
	a.later(48 * time.Hour)
	a.pull()
	var want []string
	for _, row := range a.rows {
		if class := row.class(); class != "" {
			want = append(want, class+" txn:"+row.txn+" "+row.amount.String())
		}
	}
	for _, one := range a.fails {
		want = append(want, "payout_failed payout:"+one.ID+" "+one.Amount.String())
	}
	got := a.queue()
	slices.Sort(want)
	slices.Sort(got)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		r.Fatalf("the queue is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	before := a.contents()
	a.pull()
	if after := a.contents(); after != before {
		r.Fatalf("pulling again changed\n%s\nto\n%s", before, after)
	}
	for _, broken := range a.broken() {
		r.Error(broken)
	}
}
