// Package reconcile lays what a processor says of a period beside what the shop says of it and names every
// difference. It reads reports row by row, knows no database and asks nobody: the same files always give the
// same answer.
package reconcile

import (
	"fmt"
	"io"
	"time"
)

// Source is one file. Without From it was not given.
type Source struct {
	Name string // for people, in errors
	From io.Reader
}

func (s Source) given() bool { return s.From != nil }

// Files are what is compared. Activity alone is needed; each other one adds what can be found.
type Files struct {
	Activity Source // Stripe's balance_change_from_activity.itemized
	Itemised Source // Stripe's payout_reconciliation.itemized
	Payouts  Source // Stripe's payouts.itemized
	Bank     Source // a bank statement: CSV, or 1CClientBankExchange
	Fees     Source // what the processor may keep: payment_method_type,card_country,rate,fixed,conversion_rate
	Sales    Sales  // the shop's orders; without them charges and refunds are not matched
}

// Options say how the files are to be read.
type Options struct {
	Zone     *time.Location // of the reports' local columns and of the period; nil: UTC
	From, To time.Time      // the period; zero: the calendar months, in Zone, of the activity's rows
}

// Report is everything that was found.
type Report struct {
	Totals      Totals       `json:"totals"`
	Differences []Difference `json:"differences"`
}

// Run compares. It fails with a Flaw when a file can't be read exactly; then nothing is reported. Memory grows
// with the shop's orders (about 150 bytes each), the rows (about 40) and the differences; time with the rows.
func Run(files Files, options Options) (Report, error) {
	if options.Zone == nil {
		options.Zone = time.UTC
	}
	if !files.Activity.given() {
		return Report{}, &Flaw{File: "activity", Sentence: "the report is missing, and nothing can be compared without it"}
	}
	units := newUnits()
	contract, err := readFees(files.Fees)
	if err != nil {
		return Report{}, err
	}
	ours, err := readSales(files.Sales, units)
	if err != nil {
		return Report{}, err
	}
	desk := newDesk(ours, contract, units, options)
	for _, step := range []func() error{
		func() error { return desk.readActivity(files.Activity) },
		func() error { return desk.readItemised(files.Itemised) },
		func() error { return desk.readPayouts(files.Payouts) },
		func() error { return desk.readBank(files.Bank) },
	} {
		if err := step(); err != nil {
			return Report{}, err
		}
	}
	return desk.conclude(), nil
}

// Flaw is what is wrong with a file, where.
type Flaw struct {
	File     string
	Row      int    // as a spreadsheet counts: the header is row 1; 0: the whole file
	Column   string // empty: the whole row
	Sentence string
}

// Error says where and what, on one line.
func (f *Flaw) Error() string {
	where := f.File
	if f.Row > 0 {
		where += fmt.Sprintf(", row %d", f.Row)
	}
	if f.Column != "" {
		where += ", column " + f.Column
	}
	return where + ": " + f.Sentence
}
