package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReconcileAnswersFromFilesAlone(t *testing.T) {
	t.Parallel()
	at, dir := sqlitePlace(t), t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const report = "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,charge_id,payment_intent_id\n" +
		"txn_1,2026-07-10 10:00:00,eur,10.00,0.40,9.60,charge,ch_1,pi_1\ntxn_2,2026-07-10 10:00:00,eur,20.00,0.40,19.60,charge,ch_2,pi_2\n"
	activity := write("activity.csv", report)
	broken := write("broken.csv", strings.Replace(report, "20.00", "twenty", 1))
	orders := write("orders.csv", "order_id,channel,currency,amount,status,paid_at,payment_intent_id,charge_id,refunded\n1001,web,EUR,10.00,paid,2026-07-10 10:00:05,pi_1,,0.00\n")

	got := at.run(t, "", "reconcile", "--activity", activity, "--orders", orders, "--timezone", "Europe/Berlin", "--json")
	var said struct {
		Totals struct {
			Rows int
			Net  string
		}
		Differences []map[string]string
	}
	if err := json.Unmarshal([]byte(got.out), &said); err != nil || got.code != 0 {
		t.Fatalf("exit %d, %v: %s%s", got.code, err, got.out, got.err)
	}
	if said.Totals.Rows != 2 || said.Totals.Net != "29.20" || len(said.Differences) != 1 {
		t.Fatalf("%s", got.out)
	}
	for name, want := range map[string]string{"class": "psp_only", "order_id": "", "charge_id": "ch_2", "refund_id": "", "payout_id": "", "amount": "20.00", "currency": "EUR"} {
		if value, there := said.Differences[0][name]; !there || value != want {
			t.Errorf("%s is %q, want %q", name, value, want)
		}
	}
	for _, row := range []struct {
		code int
		says string
		args []string
	}{
		{0, "psp_only  charge ch_2  20.00 EUR", []string{"--activity", activity, "--orders", orders}},
		{1, "psp_only  charge ch_2  20.00 EUR", []string{"--activity", activity, "--orders", orders, "--strict"}},
		{1, `row 3, column gross: "twenty" is no amount of EUR`, []string{"--activity", broken, "--orders", orders, "--json"}},
		{1, "no such file", []string{"--activity", activity + "x"}},
		{2, "--timezone is \"Mars\"", []string{"--activity", activity, "--timezone", "Mars"}},
		{2, "--activity", nil},
	} {
		got := at.run(t, "", append([]string{"reconcile"}, row.args...)...)
		if got.code != row.code || !strings.Contains(got.out+got.err, row.says) {
			t.Errorf("reconcile %v: exit %d\n%s%s", row.args, got.code, got.out, got.err)
		}
		if got.code != 0 && !strings.Contains(strings.Join(row.args, " "), "--strict") && got.out != "" {
			t.Errorf("reconcile %v reports %s", row.args, got.out)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 {
		t.Errorf("files were left behind: %v, %v", entries, err)
	}
}

func TestReconcileWithoutOrdersReadsTheBooks(t *testing.T) {
	t.Parallel()
	everyPlace(t, func(t *testing.T, at place) {
		activity := filepath.Join(at.dir, "activity.csv")
		report := "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,charge_id,source_id\n"
		for _, row := range []string{"txn_1,charge,ch_1,ch_1,10.00", "txn_2,charge,ch_2,ch_2,20.00", "txn_3,charge,ch_3,ch_3,30.00", "txn_4,refund,ch_1,re_1,-2.00"} {
			c := strings.Split(row, ",")
			report += c[0] + ",2026-07-10 10:00:00,eur," + c[4] + ",0.00," + c[4] + "," + c[1] + "," + c[2] + "," + c[3] + "\n"
		}
		if err := os.WriteFile(activity, []byte(report), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := at.run(t, "", "verify"); got.code != 0 { // makes the database
			t.Fatal(got.err)
		}
		d := at.open(t)
		for _, statement := range []string{
			`insert into payments (merchant_id, order_id, gateway, idem_key, ref, status, amount, captured, currency, live, opened_at, changed_at)
				select id, 1, 'stripe', 'k1', 'cs_1', 'settled', 1000, 1000, 'EUR', false, '2026-07-10 10:00:00+00:00', '2026-07-10 10:00:00+00:00' from merchants where slug = 'meadow'`,
			`insert into payments (merchant_id, order_id, gateway, idem_key, ref, status, amount, captured, currency, live, opened_at, changed_at)
				select id, 2, 'stripe', 'k2', 'cs_2', 'settled', 2000, 2000, 'EUR', false, '2026-07-10 10:00:00+00:00', '2026-07-10 10:00:00+00:00' from merchants where slug = 'meadow'`,
			`insert into ledger_entries (merchant_id, payment_id, order_id, reason, source, business_key, at)
				select merchant_id, id, order_id, case when order_id = 1 then 'capture' else 'stray' end, gateway, 'capture:ch_' || cast(order_id as text), opened_at from payments`,
		} {
			if err := d.On(t.Context()).Exec(statement).Error; err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		got := at.run(t, "", "reconcile", "--activity", activity, "--merchant", "meadow")
		for _, want := range []string{
			"psp_only              charge ch_3                           30.00 EUR",
			"psp_only              order 1002 (ch_2), charge ch_2        20.00 EUR",
			"refund_not_in_ledger  order 1001, charge ch_1, refund re_1  2.00 EUR",
		} {
			if !strings.Contains(got.out, want) {
				t.Errorf("exit %d, %q is missing:\n%s%s", got.code, want, got.out, got.err)
			}
		}
		if got := at.run(t, "", "reconcile", "--activity", activity, "--merchant", "nobody"); got.code != 1 || !strings.Contains(got.err, "there is no shop") {
			t.Errorf("exit %d: %s", got.code, got.err)
		}
	})
}
