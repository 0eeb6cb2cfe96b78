package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAMonthOfTheBooksIsReadExportedAndClosed(t *testing.T) {
	t.Parallel()
	everyPlace(t, func(t *testing.T, at place) {
		if got := at.run(t, "", "verify"); got.code != 0 { // makes the database
			t.Fatal(got.err)
		}
		d := at.open(t)
		for _, statement := range []string{
			`insert into payments (merchant_id, order_id, gateway, idem_key, ref, status, amount, captured, currency, live, opened_at, changed_at)
				select id, 1, 'stripe', 'k1', 'cs_1', 'settled', 1000, 1000, 'EUR', false, '2026-07-10 10:00:00+00:00', '2026-07-10 10:00:00+00:00' from merchants where slug = 'meadow'`,
			`insert into ledger_entries (merchant_id, payment_id, order_id, reason, source, business_key, at)
				select merchant_id, id, order_id, 'capture', gateway, 'capture:ch_1', '2026-08-01 01:00:00+00:00' from payments`, // July in New York
			`insert into ledger_postings (entry_id, line, from_account, to_account, amount, currency) select id, 0, 'receivable', 'clearing:stripe', 1000, 'EUR' from ledger_entries`,
		} {
			if err := d.On(t.Context()).Exec(statement).Error; err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(at.dir, "july.csv")
		for _, row := range []struct {
			code int
			says string
			args []string
		}{
			{0, "clearing:stripe  0.00     10.00  0.00    10.00    EUR", []string{"balances", "meadow", "--month", "2026-07"}},
			{0, "2026-07-31 21:00:00  entry 1, order 1001: The buyer paid 10.00 EUR (Stripe), and the order took it. [stripe capture:ch_1]\n    debit clearing:stripe, credit receivable: 10.00 EUR", []string{"journal", "meadow", "--month", "2026-07"}},
			{0, "Покупатель заплатил 10.00 EUR (Stripe)", []string{"journal", "meadow", "--payment", "1", "--language", "ru"}},
			{0, "", []string{"export", "meadow", "--month", "2026-07", "--format", "csv", "-o", file}},
			{0, "*Narration", []string{"export", "meadow", "--month", "2026-07", "--format", "xero"}},
			{1, "needs a number", []string{"export", "meadow", "--month", "2026-07", "--format", "datev"}},
			{1, "2026-07 is next", []string{"close", "meadow", "2026-08", "--who", "olga"}},
			{0, "2026-07  1 ", []string{"close", "meadow", "2026-07", "--who", "olga"}},
			{1, "2026-07 is closed already", []string{"close", "meadow", "2026-07", "--who", "olga"}},
			{0, "2026-07  1 ", []string{"periods", "meadow"}},
			{2, "no month", []string{"balances", "meadow", "--month", "July"}},
		} {
			got := at.run(t, "", append([]string{"books"}, row.args...)...)
			if got.code != row.code || !strings.Contains(got.out+got.err, row.says) {
				t.Errorf("books %v: exit %d\n%s%s", row.args, got.code, got.out, got.err)
			}
		}
		written, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(written), "2026-07-31,21:00:00,2026-08-01 01:00:00,") {
			t.Errorf("exported %s, %v", written, err)
		}
	})
}
