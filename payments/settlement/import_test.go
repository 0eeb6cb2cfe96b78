package settlement_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/reconcile"
	"parley/payments/settlement"
)

// report is the processor's list as a file.
func (p *processor) report() string {
	text := "balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id,charge_id,automatic_payout_id\n"
	for _, t := range p.list {
		text += fmt.Sprintf("%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n", t.ID, t.Created.Format(time.DateTime), t.Available.Format(time.DateTime), strings.ToLower(string(t.Gross.Currency)),
			t.Gross.Major(), t.Fee.Major(), t.Net.Major(), t.Category, t.Source, t.Charge, t.Payout)
	}
	return text
}

func (p *processor) payoutsReport() string {
	text := "payout_id,effective_at_utc,currency,gross,fee,net,reporting_category,payout_expected_arrival_date,payout_status,payout_type,trace_id\n"
	for _, one := range p.out {
		text += fmt.Sprintf("%s,%s,usd,%s,0.00,%s,payout,%s,%s,bank_account,%s\n", one.ID, one.Created.Format(time.DateTime), one.Amount.Major(), one.Amount.Major(),
			one.Arrives.Format(time.DateTime), one.Status, one.Descriptor)
	}
	return text
}

func (w *world) file(name, text string) (settlement.Imported, error) {
	return w.settle.Import(w.t.Context(), settlement.File{Name: name, From: strings.NewReader(text), Gateway: "bank"})
}

func (w *world) brought(name, text string) settlement.Imported {
	w.t.Helper()
	done, err := w.file(name, text)
	w.must(err)
	return done
}

func TestFilesSayWhatThePullSays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		w.paid(10000)
		w.must(w.refund(w.paid(5000), 2000))
		made, _ := w.bank.payOut(true)
		w.later(72 * time.Hour)
		activity, payouts := w.bank.report(), w.bank.payoutsReport()
		statement := "date,amount,currency,text\n" + made.Arrives.Format(time.DateOnly) + ",125.50,USD,transfer " + made.Descriptor + "\n2026-03-04,-12.00,USD,rent\n2026-03-20,9.99,USD,a friend\n"

		if done := w.brought("activity.csv", activity); done.Rows != 4 || done.Matched != 4 || done.Form != reconcile.RowsForm {
			t.Errorf("the activity came to %+v", done)
		}
		if done := w.brought("payouts.csv", payouts); done.Payouts != 1 {
			t.Errorf("the payouts came to %+v", done)
		}
		w.expectBalances(map[string]int64{"clearing:bank USD": 0, "in_transit:bank USD": 12550})
		if done := w.brought("bank.csv", statement); done.Lines != 3 {
			t.Errorf("the statement came to %+v", done)
		}
		w.expectBalances(map[string]int64{"in_transit:bank USD": 0, "bank USD": 12550})
		w.expectQueue("bank_only line:3 9.99 USD")
		w.sound()

		before := w.contents()
		w.brought("activity.csv", activity)
		w.brought("payouts.csv", payouts)
		w.brought("bank again.csv", statement)
		w.pull()
		if w.contents() != before {
			t.Errorf("bringing in again changed\n%s\nto\n%s", before, w.contents())
		}
		w.sound()
	})
}

func TestABrokenFileBringsInNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		w.settle.InBatches(7)
		for range 30 {
			w.bank.row("fee", "", "", money.Of(-100, "USD"), 0)
		}
		good := w.bank.report()
		before := w.contents()
		for what, text := range map[string]string{
			"row 32, column gross: \"1.x\" is no amount of USD": good + "txn_x,2026-03-01 12:00:00,,usd,1.x,0.00,1.00,charge,ch_x,ch_x,\n",
			"row 32: the row has 2 fields and the header 11":    good + "txn_x,oh\n",
			"txn_1 was there before with other amounts":         good + "txn_1,2026-03-01 12:00:00,,usd,1.00,0.00,1.00,charge,ch_x,ch_x,\n",
		} {
			_, err := w.file("a.csv", text)
			var flaw *reconcile.Flaw
			if !errors.As(err, &flaw) || !strings.Contains(err.Error(), what) {
				t.Errorf("want %s, got %v", what, err)
			}
			if w.contents() != before {
				t.Errorf("%s: something was brought in", what)
			}
		}
		for _, text := range []string{"", "\x00", "date,amount\n2026-01-01,1\n", "1CClientBankExchange\nСекцияДокумент=Платежное поручение\n"} {
			if _, err := w.file("b.csv", text); err == nil {
				t.Errorf("%q was accepted", text)
			}
			if w.contents() != before {
				t.Errorf("%q: something was brought in", text)
			}
		}
		w.brought("a.csv", good)
		changed := strings.Replace(good, "-1.00,0.00,-1.00", "-2.00,0.00,-2.00", 1)
		if _, err := w.file("a.csv", changed); err == nil || !strings.Contains(err.Error(), "row 2, column balance_transaction_id: txn_1 was there before") {
			t.Errorf("a file that contradicts what is stored: %v", err)
		}
		w.sound()
	})
}

func TestTwoLinesThatFitOnePayoutWaitForAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		w.paid(10000)
		made, _ := w.bank.payOut(true)
		w.later(time.Hour)
		w.pull()
		day := made.Arrives.Format(time.DateOnly)
		w.brought("bank.csv", "date,amount,currency,text\n"+day+",97.00,USD,one\n"+day+",97.00,USD,one\n")
		w.expectQueue("bank_missing payout:"+made.ID+" 97.00 USD", "bank_only line:1 97.00 USD", "bank_only line:2 97.00 USD")
		w.sound()
		choice := settlement.Choice{Item: 2, What: settlement.Match, Who: "olga", Note: "asked the bank", Payout: made.ID}
		w.must(w.settle.Decide(t.Context(), choice))
		w.expectQueue("bank_only line:2 97.00 USD")
		w.expectBalances(map[string]int64{"bank USD": 9700, "in_transit:bank USD": 0})
		if err := w.settle.Decide(t.Context(), choice); keyOf(err) != "conflict settlement.item_closed" {
			t.Error(err)
		}
		choice.Item = 3
		if err := w.settle.Decide(t.Context(), choice); keyOf(err) != "missing settlement.payout_missing" {
			t.Error(err)
		}
		w.sound()
	})
}

func TestAPayoutThatNeverCameIsMissingOnceTheStatementReachesIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		w.paid(10000)
		made, _ := w.bank.payOut(true)
		w.later(time.Hour)
		w.pull()
		w.brought("early.csv", "date,amount,currency,text\n2026-03-01,-1.00,USD,rent\n2026-03-04,-1.00,USD,tea\n")
		w.expectQueue()
		w.brought("late.csv", "date,amount,currency,text\n2026-03-30,-1.00,USD,rent\n")
		w.expectQueue("bank_missing payout:" + made.ID + " 97.00 USD")
		w.brought("later.csv", "date,amount,currency,text\n2026-04-20,97.00,USD,late "+made.Descriptor+"\n")
		w.expectQueue()
		w.sound()
	})
}

func TestAStatementThatIsBrokenOffInTheMiddleLeavesNoLine(t *testing.T) {
	w := open(t, dbtest.SQLite(t))
	const line = "date,amount,currency,text\n2026-03-04,40.00,USD,from nobody known\n"
	w.must(w.d.On(t.Context()).Exec("create trigger breaks before insert on settlement_items begin select raise(abort, 'the power is gone'); end").Error)
	file := settlement.File{Name: "bank.csv", From: strings.NewReader(line)}
	if _, err := w.settle.Import(t.Context(), file); err == nil || !strings.Contains(err.Error(), "the power is gone") {
		t.Fatalf("it comes to %v", err)
	}
	w.must(w.d.On(t.Context()).Exec("drop trigger breaks").Error)
	w.sound()
	if again := w.brought("bank.csv", line); again.Lines != 1 || again.Known != 0 {
		t.Errorf("brought again: %+v", again)
	}
	w.expectQueue("bank_only line:1 40.00 USD")
	w.sound()
}

func TestWhatSomebodyDecidesIsKeptAndNeverReopensByItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		p := w.paid(10000)
		stranger := w.bank.row("charge", "ch_stranger", "ch_stranger", money.Of(3000, "USD"), 90)
		w.bank.row("refund", "re_1", "ch_"+p.Ref, money.Of(-500, "USD"), 0)
		w.bank.row("fee", "", "", money.Of(-100, "USD"), 0)
		w.bank.payOut(true)
		w.later(time.Hour)
		w.pull()
		w.expectQueue("psp_only txn:"+stranger.ID+" 30.00 USD", "refund_not_in_ledger txn:txn_3 -5.00 USD", "fee_without_charge txn:txn_4 -1.00 USD")
		decide := func(c settlement.Choice) error { c.Who = "olga"; return w.settle.Decide(t.Context(), c) }
		for _, row := range []struct {
			want   string
			choice settlement.Choice
		}{
			{"invalid payment.note_needed", settlement.Choice{Item: 1, What: settlement.Accept, Note: " "}},
			{"missing settlement.item_missing", settlement.Choice{Item: 99, What: settlement.Accept, Note: "x"}},
			{"missing settlement.item_missing", settlement.Choice{Item: 1, What: settlement.Accept, Note: "x", Merchant: w.orders.Merchant}},
			{"invalid settlement.merchant_needed", settlement.Choice{Item: 1, What: settlement.Accept, Note: "x"}},
			{"conflict settlement.nothing_to_match", settlement.Choice{Item: 1, What: settlement.Match, Note: "x", Order: p.Order}},
			{"conflict settlement.item_open", settlement.Choice{Item: 1, What: settlement.Reopen, Note: "x"}},
			{"invalid settlement.action_unknown", settlement.Choice{Item: 1, What: "burn", Note: "x"}},
		} {
			if err := decide(row.choice); keyOf(err) != row.want {
				t.Errorf("%+v: %v, want %s", row.choice, err, row.want)
			}
		}
		w.must(decide(settlement.Choice{Item: 1, What: settlement.Accept, Note: "sold at the market", For: w.orders.Merchant}))
		w.must(decide(settlement.Choice{Item: 2, What: settlement.Accept, Note: "given back in the processor's pages"}))
		w.must(decide(settlement.Choice{Item: 3, What: settlement.Dismiss, Note: "another shop's"}))
		w.expectQueue()
		w.expectBalances(map[string]int64{"unmatched USD": -3000, "refunds:bank USD": 500, "fees:bank USD": 390, "clearing:bank USD": 0, "in_transit:bank USD": 9700 + 2910 - 500})
		w.pull()
		w.expectQueue()
		w.must(decide(settlement.Choice{Item: 3, What: settlement.Reopen, Note: "it is ours"}))
		w.must(decide(settlement.Choice{Item: 3, What: settlement.Accept, Note: "booked", For: w.orders.Merchant}))
		_, decisions, err := w.settle.Item(t.Context(), 0, 3)
		if err != nil || len(decisions) != 3 || decisions[1].Note != "it is ours" || decisions[1].Who != "olga" || !decisions[2].At.Equal(w.clock) {
			t.Errorf("decisions %+v, %v", decisions, err)
		}
		w.expectBalances(map[string]int64{"clearing:bank USD": 0, "in_transit:bank USD": 9700 + 2910 - 500 - 100})
		w.sound()
		w.hear(payments.Notice{Event: "evt_late", Key: "ch_" + p.Ref, Ref: p.Ref, Payment: p.Key, Refund: "re_1", RefundNews: payments.RefundDone, Amount: money.Of(500, "USD")})
		w.expectBalances(map[string]int64{"refunds:bank USD": 500})
		w.sound()
	})
}

func TestAChargeUnderAnotherNameIsMatchedByHand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		p := w.opened(7000)
		n := w.bank.charge(p)
		n.Key = "" // the books know the attempt alone
		w.hear(n)
		w.later(time.Hour)
		w.pull()
		w.expectQueue("psp_only txn:txn_1 70.00 USD")
		w.must(w.settle.Decide(t.Context(), settlement.Choice{Item: 1, What: settlement.Match, Order: p.Order, Who: "olga", Note: "same sum and minute"}))
		w.expectQueue()
		w.expectBalances(map[string]int64{"clearing:bank USD": 6790, "fees:bank USD": 210})
		rows, err := w.settle.Rows(t.Context(), settlement.RowsAsk{Merchant: w.orders.Merchant})
		if err != nil || len(rows) != 1 || rows[0].Order != p.Order || rows[0].State != settlement.Matched {
			t.Errorf("rows %+v, %v", rows, err)
		}
		w.sound()
	})
}

func TestTheQueueIsReadByClassAgeAndCursor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		w.must(w.settle.Own(t.Context(), "bank", w.orders.Merchant))
		for i := range 5 {
			w.bank.row("fee", "", "", money.Of(int64(-100-i), "USD"), 0)
			w.later(24 * time.Hour)
		}
		w.bank.row("mystery", "", "", money.Of(5, "USD"), 0)
		w.pull()
		count := func(ask settlement.QueueAsk) int {
			items, err := w.settle.Queue(t.Context(), ask)
			w.must(err)
			return len(items)
		}
		for want, ask := range map[int]settlement.QueueAsk{
			6: {}, 5: {Class: reconcile.FeeWithoutCharge}, 3: {Older: 3 * 24 * time.Hour}, 2: {After: 4}, 1: {Nobodys: true}, 4: {Limit: 4}, 0: {Standing: settlement.Accepted},
		} {
			if got := count(ask); got != want {
				t.Errorf("%+v finds %d, want %d", ask, got, want)
			}
		}
		totals, err := w.settle.QueueTotals(t.Context(), settlement.QueueAsk{Merchant: w.orders.Merchant})
		if err != nil || len(totals) != 1 || totals[0].Count != 5 || totals[0].Amount != money.Of(-510, "USD") || !totals[0].Oldest.Equal(w.clock.AddDate(0, 0, -5)) {
			t.Errorf("totals %+v, %v", totals, err)
		}
		w.expectBalances(map[string]int64{"fees:bank USD": 510, "clearing:bank USD": -510})
		w.sound()
	})
}

func TestAStatementThatIsTooLongIsRefusedWhole(t *testing.T) {
	w := open(t, dbtest.SQLite(t))
	line := "Date,Amount,Currency,Description\n2026-03-04,1.00,EUR,x\n"
	_, err := w.settle.Import(t.Context(), settlement.File{Name: "bank.csv", From: strings.NewReader(line + strings.Repeat("\n", settlement.MostStatement))})
	var flaw *reconcile.Flaw
	if !errors.As(err, &flaw) || !strings.Contains(flaw.Error(), "at most 64 MB") {
		t.Errorf("%v", err)
	}
}
