package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"parley/payments/reconcile"
)

type reconcileCommand struct {
	Activity             string `required:"" help:"Stripe's report balance_change_from_activity.itemized, as CSV." placeholder:"CSV"`
	PayoutReconciliation string `help:"Stripe's report payout_reconciliation.itemized: the rows of each payout." placeholder:"CSV"`
	Payouts              string `help:"Stripe's report payouts.itemized." placeholder:"CSV"`
	Bank                 string `help:"A bank statement: CSV with a day, an amount and a text, or 1CClientBankExchange." placeholder:"FILE"`
	Orders               string `help:"The shop's orders: order_id, channel, currency, amount, status, paid_at, payment_intent_id, charge_id, refunded; major units, UTC." placeholder:"CSV"`
	Fees                 string `help:"The contract: payment_method_type, card_country, rate, fixed, conversion_rate; * is any, the first match wins." placeholder:"CSV"`
	Merchant             string `help:"Without --orders: only this shop's books, by its name in links." placeholder:"SLUG"`
	Timezone             string `default:"UTC" help:"Of the reports' local columns and of the period." placeholder:"ZONE"`
	From                 string `help:"The period's first day; else the months of the activity." placeholder:"DAY"`
	To                   string `help:"The day after its last." placeholder:"DAY"`
	JSON                 bool   `name:"json" help:"Answer as JSON."`
	Strict               bool   `help:"Exit with 1 when there are differences."`
}

// Help is what --help adds.
func (reconcileCommand) Help() string {
	return `Works on files alone, without a database. Without --orders it reads what Stripe was paid from the books of the shops
here, if there are any. Prints totals and one line for each difference: its class, ids and amount.
Differences are an answer and no failure: the exit code is 0 with them, unless --strict is given. It is 1 when a file
can't be read exactly (its row and column are said and nothing is reported), and 2 when the command line is wrong.
Without orders and books, charges and refunds are not matched; without --fees, fees are not judged. Payouts that are not
due before the period ends are a total, not a difference.`
}

// Run reads the files, compares and prints.
func (r reconcileCommand) Run(ctx context.Context, settings *Settings, tty terminal) error {
	options, err := r.options()
	if err != nil {
		return err
	}
	debug.SetGCPercent(10) // the memory that is kept is large and of few pieces; what is thrown away is small
	var open openFiles
	defer open.close()
	files := reconcile.Files{
		Activity: open.source(r.Activity), Itemised: open.source(r.PayoutReconciliation), Payouts: open.source(r.Payouts),
		Bank: open.source(r.Bank), Fees: open.source(r.Fees),
	}
	if r.Orders != "" {
		files.Sales = reconcile.SalesFile(open.source(r.Orders))
	}
	if open.err != nil {
		return open.err
	}
	if r.Orders == "" && settings.hasBooks() {
		return withShop(ctx, settings, tty, func(s *shop) error {
			if files.Sales, err = s.sales(ctx, r.Merchant); err != nil {
				return err
			}
			return r.answer(files, options, tty)
		})
	}
	return r.answer(files, options, tty)
}

func (r reconcileCommand) answer(files reconcile.Files, options reconcile.Options, tty terminal) error {
	report, err := reconcile.Run(files, options)
	if err != nil {
		return err
	}
	if r.JSON {
		encoder := json.NewEncoder(tty.out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(report)
	} else {
		err = tellReport(report, tty.out)
	}
	if err == nil && r.Strict && len(report.Differences) > 0 {
		return errBroken
	}
	return err
}

func (r reconcileCommand) options() (o reconcile.Options, err error) {
	if o.Zone, err = time.LoadLocation(r.Timezone); err != nil {
		return o, wrong("--timezone is %q; it should be a name such as Europe/Berlin", r.Timezone)
	}
	for _, day := range []struct {
		flag, text string
		to         *time.Time
	}{{"--from", r.From, &o.From}, {"--to", r.To, &o.To}} {
		if day.text == "" {
			continue
		}
		if *day.to, err = time.ParseInLocation(time.DateOnly, day.text, o.Zone); err != nil {
			return o, wrong("%s is %q; it should look like 2026-07-01", day.flag, day.text)
		}
	}
	if !o.From.IsZero() && !o.To.IsZero() && !o.From.Before(o.To) {
		return o, wrong("--to should be after --from")
	}
	return o, nil
}

// openFiles are files to be closed together; the first that can't be opened is remembered.
type openFiles struct {
	all []io.Closer
	err error
}

func (o *openFiles) source(path string) reconcile.Source {
	if path == "" || o.err != nil {
		return reconcile.Source{}
	}
	file, err := os.Open(path)
	if err != nil {
		o.err = fmt.Errorf("the file can't be read: %w", err)
		return reconcile.Source{}
	}
	o.all = append(o.all, file)
	return reconcile.Source{Name: path, From: file}
}

func (o *openFiles) close() {
	for _, file := range o.all {
		_ = file.Close() // was only read
	}
}

// tellReport prints a report for people.
func tellReport(report reconcile.Report, out io.Writer) error {
	t := report.Totals
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	line := func(cells ...any) { _, _ = fmt.Fprintln(table, strings.TrimRight(joined(cells), "\t")) }
	line("period", t.From, "to before", t.To)
	line("rows", t.Rows, "of the activity", repeated(t.Repeated))
	for _, sum := range t.Currencies {
		line(sum.Currency, fmt.Sprintf("%d rows", sum.Rows), "gross "+sum.Gross, "fee "+sum.Fee, "net "+sum.Net)
	}
	for _, sum := range t.Categories {
		line("  "+sum.Category, fmt.Sprintf("%d rows", sum.Rows), "gross "+sum.Gross, "fee "+sum.Fee, "net "+sum.Net, sum.Currency)
	}
	for _, p := range t.Payouts {
		line(p.Payout, fmt.Sprintf("%d rows", p.Rows), "gross "+p.Gross, "fee "+p.Fee, "net "+p.Net, p.Currency, p.Arrives, p.Status)
	}
	for _, sum := range t.NotYetDue {
		line("not yet due", fmt.Sprintf("%d rows", sum.Rows), "gross "+sum.Gross, "fee "+sum.Fee, "net "+sum.Net, sum.Currency)
	}
	line("orders", t.Orders, fmt.Sprintf("%d matched", t.Matched), fmt.Sprintf("%d of other periods", t.Elsewhere))
	line("differences", len(report.Differences))
	if err := table.Flush(); err != nil {
		return err
	}
	table = tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, d := range report.Differences {
		line(d.Class, ids(d), d.Amount+" "+d.Currency, d.Note)
	}
	return table.Flush()
}

func joined(cells []any) string {
	var text strings.Builder
	for _, cell := range cells {
		_, _ = fmt.Fprint(&text, cell, "\t")
	}
	return text.String()
}

func repeated(rows int) string {
	if rows == 0 {
		return ""
	}
	return fmt.Sprintf("%d repeated ones left out", rows)
}

// ids are those of a difference that are there.
func ids(d reconcile.Difference) string {
	var all []string
	for _, id := range [...]struct{ name, value string }{{"order", d.Order}, {"charge", d.Charge}, {"refund", d.Refund}, {"payout", d.Payout}} {
		if id.value != "" {
			all = append(all, id.name+" "+id.value)
		}
	}
	return strings.Join(all, ", ")
}
