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
