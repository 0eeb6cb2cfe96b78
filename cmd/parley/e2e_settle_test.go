package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettlingFromFilesQueuesDecidesAndVerifies(t *testing.T) {
	t.Parallel()
	everyPlace(t, func(t *testing.T, at place) {
		write := func(name, text string) string {
			path := filepath.Join(at.dir, name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		const report = "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,charge_id,source_id,automatic_payout_id\n" +
			"txn_1,2026-07-10 10:00:00,eur,10.00,0.40,9.60,charge,ch_1,ch_1,po_1\ntxn_2,2026-07-10 11:00:00,eur,-2.00,0.00,-2.00,fee,,,po_1\n" +
			"txn_3,2026-07-11 00:00:00,eur,-7.60,0.00,-7.60,payout,,po_1,\n"
		activity := write("activity.csv", report)
		broken := write("broken.csv", strings.Replace(report, "-2.00,0.00", "two,0.00", 1))
		bank := write("bank.csv", "date,amount,currency,text\n2026-07-12,7.60,EUR,transfer\n")
		says := func(code int, want string, args ...string) {
			t.Helper()
			got := at.run(t, "", append([]string{"settle"}, args...)...)
			if got.code != code || !strings.Contains(got.out+got.err, want) {
				t.Errorf("settle %v: exit %d, %q is missing:\n%s%s", args, got.code, want, got.out, got.err)
			}
		}
		says(1, "row 3, column gross", "import", broken)
		says(0, "3 new rows, 1 matched, 2 in the queue", "import", activity)
		says(0, "0 new rows, 0 matched, 0 in the queue; 3 known before", "import", activity)
		says(1, "say which shop's", "accept", "1", "--who", "olga", "--note", "sold at the market")
		says(0, "accept by olga: sold at the market", "accept", "1", "--who", "olga", "--note", "sold at the market", "--shop", "meadow")
		says(0, "fee_without_charge", "queue", "--nobodys")
		says(0, "accepted", "accept", "2", "--who", "olga", "--note", "the month's fee", "--shop", "meadow")
		says(0, "1 new lines", "import", bank)
		says(0, "2026-07-12", "payouts", "--shop", "meadow")
		says(0, "clearing 0.00 EUR  apart 0.00 EUR", "status")
		got := at.run(t, "", "settle", "queue", "--state", "all", "--json")
		var items []map[string]any
		if err := json.Unmarshal([]byte(got.out), &items); err != nil || len(items) != 2 || items[0]["class"] != "psp_only" || items[0]["amount"] != "10.00" || items[0]["shop"] != "meadow" {
			t.Errorf("%v: %s", err, got.out)
		}
		if got := at.run(t, "", "verify"); got.code != 0 {
			t.Errorf("verify: %s%s", got.out, got.err)
		}
	})
}

func TestAContractOfFeesIsSetFromAFile(t *testing.T) {
	t.Parallel()
	at := sqlitePlace(t)
	write := func(name, text string) string {
		path := filepath.Join(at.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const header = "payment_method_type,card_country,rate,fixed,conversion_rate\n"
	good, bad := write("fees.csv", header+"card,DE,1.5%,0.25,2%\n*,*,0.029,0.30,\n"), write("bad.csv", header+"card,*,1.5,0.25,\n")
	for _, row := range []struct {
		code int
		want string
		args []string
	}{
		{0, "there is no contract", []string{"stripe"}},
		{1, "row 2, column rate", []string{"stripe", "--set", bad}},
		{0, "de       0.015  0.25   +0.02", []string{"stripe", "--set", good}},
		{0, `"rate":"0.029"`, []string{"stripe", "--shop", "meadow", "--json"}},
		{2, "contradict", []string{"stripe", "--set", good, "--drop"}},
		{0, "there is no contract", []string{"stripe", "--drop"}},
	} {
		got := at.run(t, "", append([]string{"settle", "fees"}, row.args...)...)
		if got.code != row.code || !strings.Contains(strings.ReplaceAll(got.out+got.err, `": "`, `":"`), row.want) {
			t.Errorf("settle fees %v: exit %d, %q is missing:\n%s%s", row.args, got.code, row.want, got.out, got.err)
		}
	}
}
