package reconcile_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"parley/payments/reconcile"
)

const activityHeader = "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,charge_id,payment_intent_id,customer_facing_amount,customer_facing_currency,payment_method_type,card_country,automatic_payout_id,automatic_payout_effective_at_utc\n"

const oneCharge = activityHeader + "txn_1,2026-07-10 10:00:00,eur,10.00,0.40,9.60,charge,ch_1,ch_1,pi_1,10.00,eur,card,DE,po_1,2026-07-12 00:00:00\n"

const ordersHeader = "order_id,channel,currency,amount,status,paid_at,payment_intent_id,charge_id,refunded\n"

const payoutsHeader = "payout_id,effective_at_utc,currency,gross,fee,net,reporting_category,payout_status,trace_id\n"

// run reconciles files by name: activity, items, payouts, bank, fees, orders.
func run(files map[string]string) (reconcile.Report, error) {
	given := func(name string) reconcile.Source {
		if files[name] == "" {
			return reconcile.Source{}
		}
		return source(name, files[name])
	}
	all := reconcile.Files{Activity: given("activity"), Itemised: given("items"), Payouts: given("payouts"), Bank: given("bank"), Fees: given("fees")}
	if files["orders"] != "" {
		all.Sales = reconcile.SalesFile(given("orders"))
	}
	return reconcile.Run(all, reconcile.Options{Zone: berlin})
}

func found(t *testing.T, files map[string]string) string {
	t.Helper()
	report, err := run(files)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, d := range report.Differences {
		said = append(said, strings.Join(strings.Fields(fmt.Sprint(d.Class, " ", d.Order, " ", d.Charge, " ", d.Refund, " ", d.Payout, " ", d.Amount, " ", d.Currency)), " "))
	}
	return strings.Join(said, "; ")
}

func TestABrokenFileSaysItsRowAndColumnAndNothingElse(t *testing.T) {
	for _, row := range []struct{ file, text, want string }{
		{"activity", "\ufeff", "activity: the file is empty"},
		{"activity", "a,b\n1,2\n", "activity, row 1: the column balance_transaction_id is missing"},
		{"activity", strings.Replace(oneCharge, "10.00,0.40", "ten,0.40", 1), `activity, row 2, column gross: "ten" is no amount of EUR`},
		{"activity", strings.Replace(oneCharge, "10.00,0.40", "10.001,0.40", 1), `activity, row 2, column gross: "10.001"`},
		{"activity", strings.Replace(oneCharge, "2026-07-10 10:00:00", "yesterday", 1), `activity, row 2, column created_utc: "yesterday" is no time`},
		{"activity", oneCharge + "txn_2,2026\n", "activity, row 3: the row has 2 fields and the header 16"},
		{"activity", oneCharge + "\"txn_2\n", "activity, row 3: line 3, sign 8"},
		{"activity", oneCharge + strings.Split(strings.ReplaceAll(oneCharge, "10.00,0.40,9.60", "11.00,0.40,10.60"), "\n")[1] + "\n", "activity, row 3, column balance_transaction_id: txn_1 was there before with other amounts"},
		{"orders", ordersHeader + "A,web,XXQ,1.00,paid,,,,\n", "orders, row 2, column currency"},
		{"orders", ordersHeader + "A,web,JPY,1.50,paid,,,,\n", "orders, row 2, column amount"},
		{"orders", ordersHeader + "A,web,JPY,-1,paid,,,,\n", "orders, row 2, column amount"},
		{"orders", ordersHeader + "A,web,JPY,1,paid,,,,\nA,web,JPY,2,paid,,,,\n", "orders, row 3, column order_id: order A was there before, in row 2"},
		{"fees", "payment_method_type,card_country,rate,fixed\ncard,*,2.9,0.30\n", `fees, row 2, column rate: "2.9" is no rate`},
		{"fees", "payment_method_type,card_country,rate,fixed\ncard,*,0.029,x\n", "fees, row 2, column fixed"},
		{"payouts", payoutsHeader + "po_1,2026-07-12 00:00:00,eur,a,0,0,payout,paid,\n", "payouts, row 2, column gross"},
		{"items", strings.Replace(oneCharge, "automatic_payout_id", "something", 1), "items, row 1: the column automatic_payout_id is missing"},
		{"bank", "when,how much\n", "bank, row 1: the column of the day is missing"},
		{"bank", "date,amount,currency\n31.31.2026,1,EUR\n", "bank, row 2, column date"},
		{"bank", "date,amount,currency\n2026-07-12,1,euros\n", "bank, row 2, column currency"},
		{"bank", "1CClientBankExchange\nРасчСчет=40702810000000000001\nСекцияДокумент=Платежное поручение\n", "bank, row 3: the file is broken off"},
		{"bank", "1CClientBankExchange\nРасчСчет=40702810000000000001\nСекцияДокумент=Платежное поручение\nПолучательСчет=40702810000000000001\nДата=12.07.2026\nСумма=1x\nКонецДокумента\n", "bank, row 7, column Сумма"},
	} {
		files := map[string]string{"activity": oneCharge}
		files[row.file] = row.text
		report, err := run(files)
		var flaw *reconcile.Flaw
		if !errors.As(err, &flaw) || !strings.HasPrefix(err.Error(), row.want) || len(report.Differences) > 0 {
			t.Errorf("%s gives %v, want %s…", row.text, err, row.want)
		}
	}
}

func TestARowInTwoExportsCountsOnce(t *testing.T) {
	row := strings.Split(oneCharge, "\n")[1]
	report, err := run(map[string]string{"activity": oneCharge + row + "\n" + strings.Replace(row, "po_1,2026-07-12 00:00:00", ",", 1) + "\n"})
	if err != nil || report.Totals.Rows != 1 || report.Totals.Repeated != 2 || report.Totals.Net != "9.60" {
		t.Errorf("%+v, %v", report.Totals, err)
	}
}

func TestAnUnknownCurrencyIsNamedAndInNoTotal(t *testing.T) {
	said := found(t, map[string]string{"activity": oneCharge + "txn_2,2026-07-10 10:00:00,usdc,5.00,0,5.00,charge,ch_2,ch_2,pi_2,5.00,usdc,,,,\n"})
	if said != "unknown ch_2 5.00 USDC" {
		t.Error(said)
	}
}

func TestCurrenciesWithoutCentsAndWithThreeDigitsAreRead(t *testing.T) {
	text := activityHeader +
		"t1,2026-07-10 10:00:00,jpy,500,20,480,charge,ch_1,ch_1,,500,jpy,,,,\nt2,2026-07-10 10:00:00,kwd,1.230,0.020,1.210,charge,ch_2,ch_2,,1.230,kwd,,,,\n" +
		"t3,2026-07-10 10:00:00,isk,1500.00,50.00,1450.00,charge,ch_3,ch_3,,1500.00,isk,,,,\n"
	orders := ordersHeader + "A,web,JPY,500,paid,2026-07-10 10:00:00,,ch_1,0\nB,web,KWD,1.230,paid,2026-07-10 10:00:00,,ch_2,\nC,web,ISK,1500,paid,2026-07-10T10:00:00Z,,ch_3,0\n"
	if said := found(t, map[string]string{"activity": text, "orders": orders}); said != "" {
		t.Error(said)
	}
}

func TestAHalfOfAMinorUnitMayBeRoundedEitherWay(t *testing.T) {
	for _, row := range []struct{ fee, net, want string }{
		{"0.15", "9.85", ""}, {"0.16", "9.84", ""},
		{"0.14", "9.86", "fee_variance A ch_1 -0.02 EUR"}, {"0.17", "9.83", "fee_variance A ch_1 0.01 EUR"},
	} {
		got := found(t, map[string]string{
			"activity": strings.Replace(oneCharge, "10.00,0.40,9.60", "10.00,"+row.fee+","+row.net, 1),
			"orders":   ordersHeader + "A,web,EUR,10.00,paid,2026-07-10 10:00:00,pi_1,ch_1,0\n",
			"fees":     "payment_method_type,card_country,rate,fixed\nklarna,*,0.9,0\ncard,DE,0.55%,0.10\n*,*,0.9,0\n",
		})
		if got != row.want {
			t.Errorf("a fee of %s: %q, want %q", row.fee, got, row.want)
		}
	}
}

func TestBankStatementsAreReadAsBanksWriteThem(t *testing.T) {
	payouts := payoutsHeader + "po_1,2026-07-12 00:00:00,eur,9.60,0,9.60,payout,paid,STRIPE-X1\n"
	large := payoutsHeader + "po_1,2026-07-12 00:00:00,rub,1234567.89,0,1234567.89,payout,paid,\n"
	windows, err := charmap.Windows1251.NewEncoder().String("1CClientBankExchange\r\nВерсияФормата=1.03\r\nКодировка=Windows\r\nРасчСчет=40702810900000000001\r\n" +
		"СекцияДокумент=Платежное поручение\r\nНомер=7\r\nДата=12.07.2026\r\nСумма=1234567.89\r\nПлательщикСчет=30102810000000000002\r\nПолучательСчет=40702810900000000001\r\nДатаПоступило=13.07.2026\r\nНазначениеПлатежа=STRIPE выплата\r\nКонецДокумента\r\n" +
		"СекцияДокумент=Платежное поручение\r\nНомер=8\r\nДата=12.07.2026\r\nСумма=500\r\nПлательщикСчет=40702810900000000001\r\nПолучательСчет=30102810000000000002\r\nДатаСписано=12.07.2026\r\nНазначениеПлатежа=Аренда\r\nКонецДокумента\r\nКонецФайла\r\n")
	if err != nil {
		t.Fatal(err)
	}
	oneRouble := strings.NewReplacer("eur,10.00,0.40,9.60", "rub,1234567.89,0,1234567.89", "10.00,eur", "1234567.89,rub").Replace(oneCharge)
	for name, row := range map[string]struct{ activity, payouts, bank string }{
		"plain":        {oneCharge, payouts, "date,amount,currency,reference\n2026-07-13,9.60,EUR,STRIPE-X1\n"},
		"german":       {oneCharge, payouts, "Buchungstag;Betrag;Währung;Verwendungszweck\n13.07.2026;9,60;EUR;stripe-x1\n"},
		"two columns":  {oneCharge, payouts, "Date,Debit,Credit,Details\n07/13/2026,,9.60,PAYMENT STRIPE-X1\n07/14/2026,3.00,,Coffee\n"},
		"no reference": {oneCharge, payouts, "date,amount\n2026-07-13,9.60\n"},
		"thousands":    {oneRouble, large, "Дата;Сумма;Валюта\n12.07.2026;1 234 567,89;RUB\n"},
		"1C":           {oneRouble, large, windows},
	} {
		if said := found(t, map[string]string{"activity": row.activity, "payouts": row.payouts, "bank": row.bank}); said != "" {
			t.Errorf("%s: %s", name, said)
		}
	}
}

func TestAPayoutThatBeganBeforeTheActivityIsNoMistake(t *testing.T) {
	activity := activityHeader +
		"t1,2026-07-01 10:00:00,eur,10.00,0.40,9.60,charge,ch_1,ch_1,,10.00,eur,,,po_1,2026-07-06 00:00:00\n" +
		"t2,2026-07-20 10:00:00,eur,10.00,0.40,9.60,charge,ch_2,ch_2,,10.00,eur,,,po_2,2026-07-26 00:00:00\n"
	payouts := payoutsHeader + "po_0,2026-07-02 00:00:00,eur,30.00,0,30.00,payout,paid,\npo_1,2026-07-06 00:00:00,eur,50.00,0,50.00,payout,paid,\npo_2,2026-07-26 00:00:00,eur,9.61,0,9.61,payout,paid,\npo_3,2026-08-02 00:00:00,eur,9.61,0,9.61,payout,in_transit,\n"
	if said := found(t, map[string]string{"activity": activity, "payouts": payouts}); said != "amount_mismatch po_2 -0.01 EUR; cutoff po_0 30.00 EUR; cutoff po_1 40.40 EUR" {
		t.Error(said)
	}
	if said := found(t, map[string]string{"activity": activity, "payouts": payouts, "items": activity}); !strings.HasPrefix(said, "amount_mismatch po_1 -40.40 EUR; amount_mismatch po_2 -0.01 EUR; payout_not_itemised po_0") {
		t.Errorf("with a complete list of rows nothing lies before it: %s", said)
	}
}

func TestRealHeadersAreRead(t *testing.T) {
	shared := os.Getenv("PARLEY_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	files, _ := filepath.Glob(filepath.Join(shared, "specs", "stripe", "reports", "real_header.*.txt"))
	if len(files) == 0 {
		t.Skip("the real headers of reports are not beside this repository")
	}
	values := map[string]string{
		"balance_transaction_id": "txn_1", "created_utc": "2026-07-10 22:30:00", "created": "2026-07-11 00:30:00", "currency": "eur", "gross": "10.00", "fee": "0.40", "net": "9.60",
		"reporting_category": "charge", "charge_id": "ch_1", "payment_intent_id": "pi_1", "source_id": "ch_1", "automatic_payout_id": "po_1",
		"automatic_payout_effective_at_utc": "2026-07-12 00:00:00", "payout_id": "po_1", "effective_at_utc": "2026-07-12 00:00:00", "payout_status": "paid", "trace_id": "STRIPE-A",
	}
	given := map[string]string{"orders": ordersHeader + "A,web,EUR,10.00,paid,2026-07-10 22:30:00,pi_1,ch_1,0\n"}
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, header := "activity", strings.Split(string(content), "\n")[1]
		if strings.Contains(path, "payouts") {
			name, values["gross"], values["fee"], values["net"], values["reporting_category"] = "payouts", "9.60", "0.00", "9.60", "payout"
		}
		columns, err := csv.NewReader(strings.NewReader(header)).Read()
		if err != nil {
			t.Fatal(err)
		}
		var record []string
		for _, column := range columns {
			record = append(record, `"`+values[column]+`"`)
		}
		given[name] = header + "\r\n" + strings.Join(record, ",") + "\r\n"
	}
	if said := found(t, given); said != "" || given["activity"] == "" || given["payouts"] == "" {
		t.Error(said)
	}
}

func FuzzNoFileBreaksTheReading(f *testing.F) {
	for _, seed := range []string{oneCharge, ordersHeader + "A,web,EUR,10.00,paid,2026-07-10 22:30:00,pi_1,ch_1,0\n", payoutsHeader, "1CClientBankExchange\nКонецФайла\n", "date,amount\n1/2/2026,\"1,2\"\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"activity", "items", "payouts", "bank", "fees", "orders"} {
			files := map[string]string{"activity": oneCharge}
			files[name] = text
			_, err := run(files)
			var flaw *reconcile.Flaw
			if err != nil && !errors.As(err, &flaw) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
