package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// measureReconcile compares the reconciliation of a month from files with a plain reading of the same activity, at
// a quarter, a half and all of the rows: the time of one row should stay what it is.
func measureReconcile(ctx context.Context, b *bench) error {
	for _, rows := range []int{b.Rows / 4, b.Rows / 2, b.Rows} {
		activity, orders, err := b.month(rows)
		if err != nil {
			return err
		}
		var rounds []round
		most, used, plainly := 0.0, 0.0, 0.0
		for range b.Rounds {
			before := own()
			plain, err := readPlainly(activity)
			if err != nil {
				return err
			}
			plainly += own() - before
			took, cpu, memory, err := b.reconcile(ctx, activity, orders)
			if err != nil {
				return err
			}
			used += cpu.Seconds()
			rounds = append(rounds, round{rate: float64(rows) / took.Seconds(), base: pace{rate: float64(rows) / plain.Seconds()}})
			most = max(most, memory)
		}
		f := compared(fmt.Sprintf("reconcile %d rows with %d orders", rows, rows-rows/20), "rows/s", rounds)
		count := float64(b.Rounds)
		f.Note = fmt.Sprintf("%.1f s beside a plain CSV read of the activity in %.1f s; processor %.1f s of %.1f s; %.0f MB at most",
			float64(rows)/f.Value, float64(rows)/f.Base, used/count, plainly/count, most)
		b.report.add(f)
		if err := errors.Join(os.Remove(activity), os.Remove(orders)); err != nil {
			return err
		}
	}
	return nil
}

// readPlainly is how long the library needs to take a CSV file apart and do nothing with it.
func readPlainly(path string) (time.Duration, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }() // was only read
	began := time.Now()
	reader := csv.NewReader(bufio.NewReaderSize(file, 1<<16))
	reader.ReuseRecord = true
	for {
		if _, err := reader.Read(); errors.Is(err, io.EOF) {
			return time.Since(began), nil
		} else if err != nil {
			return 0, err
		}
	}
}

// reconcile runs the program's command and says how long it took, how much of the processor, and how much memory it
// had at most, in megabytes.
func (b *bench) reconcile(ctx context.Context, activity, orders string) (took, cpu time.Duration, most float64, err error) {
	command := exec.CommandContext(ctx, b.Parley, "reconcile", "--activity", activity, "--orders", orders, "--json", "--strict")
	began := time.Now()
	said, err := command.CombinedOutput()
	if err != nil {
		return 0, 0, 0, fmt.Errorf("reconcile: %w\n%.2000s", err, said)
	}
	took, cpu = time.Since(began), command.ProcessState.UserTime()+command.ProcessState.SystemTime()
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		most = float64(usage.Maxrss) / 1024
	}
	return took, cpu, most, nil
}

// month writes the activity of a month and its orders: nineteen charges and a refund in turn, in the width of the
// processor's own files.
func (b *bench) month(rows int) (activity, orders string, err error) {
	activity, orders = filepath.Join(b.dir, "activity.csv"), filepath.Join(b.dir, "orders.csv")
	write := func(path, header string, line func(out io.Writer, row int)) error {
		file, err := os.Create(path)
		if err != nil {
			return err
		}
		out := bufio.NewWriterSize(file, 1<<16)
		_, _ = out.WriteString(header) // Flush says what went wrong
		for row := range rows {
			line(out, row)
		}
		return errors.Join(out.Flush(), file.Close())
	}
	began := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	at := func(row int) time.Time {
		return began.Add(time.Duration(row) * 29 * 24 * time.Hour / time.Duration(rows))
	}
	err = write(activity, activityHeader, func(out io.Writer, row int) { writeActivity(out, row, at(row)) })
	if err == nil {
		err = write(orders, "order_id,channel,currency,amount,status,paid_at,payment_intent_id,charge_id,refunded\n", func(out io.Writer, row int) {
			if row%20 == 19 {
				return // a refund's
			}
			back := "0.00"
			if row%20 == 9 {
				back = cents(worth(row))
			}
			_, _ = fmt.Fprintf(out, "A%07d,telegram,EUR,%s,paid,%s,pi_3QBenchBenchBenc%09d,ch_3QBenchBenchBenc%09d,%s\n", row, cents(worth(row)), at(row).Format(time.DateTime), row, row, back)
		})
	}
	return activity, orders, err
}

const activityHeader = `"balance_transaction_id","created_utc","created","available_on_utc","available_on","currency","gross","fee","net","reporting_category","source_id","description","customer_facing_amount","customer_facing_currency","automatic_payout_id","automatic_payout_effective_at_utc","automatic_payout_effective_at","charge_id","payment_intent_id","payment_method_type","card_brand","card_funding","card_country","customer_id","customer_email","customer_name","customer_description","card_address_line1","card_address_line2","card_address_city","card_address_state","card_address_postal_code","card_address_country","statement_descriptor","dispute_reason","connected_account_id","connected_account_name","connected_account_country"
`

func worth(row int) int { return 1000 + row%5000 }

func cents(minor int) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%d.%02d", sign, minor/100, minor%100)
}

func writeActivity(out io.Writer, row int, at time.Time) {
	of, gross, category, source := row, worth(row), "charge", "ch_3QBenchBenchBenc"
	fee := (gross*15+500)/1000 + 25
	if row%20 == 19 {
		of = row - 10
		gross, fee, category, source = -worth(of), 0, "refund", "re_3QBenchBenchBenc"
	}
	paid := at.Add(48 * time.Hour).Truncate(24 * time.Hour)
	day, moment := paid.Format(time.DateTime), at.Format(time.DateTime)
	_, _ = fmt.Fprintf(out, `"txn_3QBenchBenchBenc%09d","%s","%s","%s","%s","eur","%s","%s","%s","%s","%s%09d","A%07d","%s","eur","po_%s","%s","%s","ch_3QBenchBenchBenc%09d","pi_3QBenchBenchBenc%09d","card","Visa","credit","DE","cus_Bench%08d","buyer%d@shop.example","","","Example Street 1","","Berlin","","10115","DE","SHOP","","","",""`+"\n",
		row, moment, moment, day, day, cents(gross), cents(fee), cents(gross-fee), category, source, row, of, cents(gross), paid.Format("0102"), day, day, of, of, row%90000, row%90000)
}
