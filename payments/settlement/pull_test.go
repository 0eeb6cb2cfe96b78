package settlement_test

import (
	"errors"
	"testing"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/settlement"
)

func TestAMonthIsExplainedToTheCent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		first, second := w.paid(10000), w.paid(5000)
		w.must(w.refund(second, 2000))
		made, _ := w.bank.payOut(true)
		w.later(time.Hour)

		if taken := w.pull(); taken.Rows != 4 || taken.Queued != 0 {
			t.Fatalf("took %+v", taken)
		}
		w.expectQueue()
		w.expectBalances(map[string]int64{"clearing:bank USD": 0, "fees:bank USD": 450, "refunds:bank USD": 2000, "in_transit:bank USD": 12550, "receivable USD": -15000})
		before := w.contents()
		if again := w.pull(); again.Rows != 0 || w.contents() != before {
			t.Errorf("pulling again took %+v\n%s\nbefore\n%s", again, w.contents(), before)
		}
		view, err := w.settle.Payouts(t.Context(), settlement.PayoutsAsk{Merchant: w.orders.Merchant})
		if err != nil || len(view) != 1 || view[0].Payout.Payout.ID != made.ID || view[0].Rows != 3 || view[0].Net != made.Amount || view[0].Share != made.Amount || view[0].Fee.Minor != 450 {
			t.Errorf("payouts %+v, %v", view, err)
		}
		rows, err := w.settle.Rows(t.Context(), settlement.RowsAsk{Payout: made.ID})
		if err != nil || len(rows) != 3 || rows[0].Order != first.Order {
			t.Errorf("rows %+v, %v", rows, err)
		}
		w.sound()
	})
}

func TestAPayoutComesToTheBankByARuleOrByALine(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		w.paid(10000)
		w.bank.payOut(true)
		w.later(time.Hour)
		w.pull()
		w.expectBalances(map[string]int64{"in_transit:bank USD": 9700, "bank USD": 0})
		w.must(w.settle.PaidIsBanked(t.Context(), "bank", true))
		w.must(w.settle.Settle(t.Context(), "bank"))
		w.expectBalances(map[string]int64{"in_transit:bank USD": 0, "bank USD": 9700})
		w.sound()
	})
}

func TestAPayoutThatFailedIsBackInTheBalance(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		w.must(w.settle.PaidIsBanked(t.Context(), "bank", true))
		w.paid(10000)
		made, _ := w.bank.payOut(true)
		w.later(time.Hour)
		w.pull()
		w.expectBalances(map[string]int64{"bank USD": 9700})
		w.later(100 * time.Hour)
		w.bank.sendBack(made.ID)
		w.pull()
		w.expectBalances(map[string]int64{"bank USD": 0, "in_transit:bank USD": 0, "clearing:bank USD": 9700})
		w.expectQueue("payout_failed payout:" + made.ID + " 97.00 USD")
		w.bank.payOut(true)
		w.later(time.Hour)
		w.pull()
		w.expectBalances(map[string]int64{"bank USD": 9700, "clearing:bank USD": 0})
		w.sound()
	})
}

func TestAChargeThatNobodyHeardOfWaitsAndExplainsItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		p := w.opened(7000)
		late := w.bank.charge(p)
		w.bank.payOut(true)
		w.later(time.Hour)
		w.pull()
		w.expectQueue("psp_only txn:txn_1 70.00 USD")
		w.expectBalances(map[string]int64{"clearing:bank USD": 0, "in_transit:bank USD": 0})
		w.sound()
		w.hear(late)
		w.pull()
		w.expectQueue()
		w.expectBalances(map[string]int64{"clearing:bank USD": 0, "in_transit:bank USD": 6790, "fees:bank USD": 210})
		item, decisions, err := w.settle.Item(t.Context(), 0, 1)
		if err != nil || item.Standing != settlement.Explained || len(decisions) != 1 || decisions[0].Who != settlement.Parley {
			t.Errorf("the item is %+v, %+v, %v", item, decisions, err)
		}
		w.sound()
	})
}

func TestWhatTheProcessorLacksIsLedgerOnlyUntilItComes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		p := w.opened(7000)
		n := w.bank.charge(p)
		hidden := w.bank.list
		w.bank.list = nil
		w.hear(n)
		w.later(48 * time.Hour)
		w.pull()
		w.expectQueue("ledger_only entry:1 70.00 USD")
		w.sound()
		hidden[0].Created = w.clock
		w.bank.list = hidden
		w.later(time.Hour)
		w.pull()
		w.expectQueue()
		w.sound()
	})
}

func TestFeesAreCorrectedToWhatTheProcessorTook(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		p := w.opened(10000)
		n, fee := w.bank.charge(p), money.Of(250, "USD")
		n.Fee = &fee
		w.hear(n)
		w.later(time.Hour)
		w.pull()
		w.expectQueue("fee_variance txn:txn_1 0.50 USD")
		w.expectBalances(map[string]int64{"clearing:bank USD": 9700, "fees:bank USD": 300})
		w.sound()
	})
}

func TestOddRowsAreQueuedWithTheirClass(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		p := w.paid(10000)
		charge := "ch_" + p.Ref
		w.bank.row("fee", "", "", money.Of(-500, "USD"), 0)
		w.bank.row("fee", "", charge, money.Of(-10, "USD"), 0)
		w.bank.row("dispute", "dp_1", charge, money.Of(-10000, "USD"), 1500)
		w.bank.row("mystery", "x_1", "", money.Of(77, "USD"), 0)
		w.bank.row("charge", "ch_x", "ch_x", money.Of(88, "XQQ"), 0)
		w.bank.row("refund", "re_x", charge, money.Of(-100, "USD"), 0)
		w.bank.row("refund_failure", "re_x", charge, money.Of(100, "USD"), 0)
		unequal := w.bank.row("fee", "", charge, money.Of(-10, "USD"), 0)
		w.bank.list[len(w.bank.list)-1].Net.Minor--
		w.later(time.Hour)
		w.pull()
		w.expectQueue(
			"unknown txn:txn_6 0 XQQ", "fee_without_charge txn:txn_2 -5.00 USD", "dispute_open_or_lost txn:txn_4 -100.00 USD", "unknown txn:txn_5 0.77 USD",
			"refund_not_in_ledger txn:txn_7 -1.00 USD", "refund_failed txn:txn_8 1.00 USD", "amount_mismatch txn:"+unequal.ID+" -0.01 USD",
		)
		w.expectBalances(map[string]int64{"disputes:bank USD": 10000, "fees:bank USD": 300 + 1500 + 20, "clearing:bank USD": -(300 + 1500 + 20 + 1)})
		w.bank.row("dispute_reversal", "dp_1", charge, money.Of(10000, "USD"), -1500)
		w.later(time.Hour)
		w.pull()
		w.expectBalances(map[string]int64{"disputes:bank USD": 0})
		for _, one := range w.queue() {
			if one == "dispute_open_or_lost txn:txn_4 -100.00 USD" {
				t.Error("a dispute that was won is still open")
			}
		}
		w.sound()
	})
}

func TestAConvertedChargeGoesThroughTheExchange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		p := w.opened(10000)
		n := w.bank.charge(p)
		row := &w.bank.list[0]
		row.Gross, row.Fee, row.Net = money.Of(9200, "EUR"), money.Of(200, "EUR"), money.Of(9000, "EUR")
		w.hear(n)
		w.later(time.Hour)
		w.pull()
		w.expectQueue()
		w.expectBalances(map[string]int64{"clearing:bank USD": 0, "clearing:bank EUR": 9000, "fx USD": 10000, "fx EUR": -9200, "fees:bank EUR": 200})
		w.sound()
	})
}

func TestLessCapturedThanAuthorisedIsTwoRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		p := w.paid(6000)
		row := &w.bank.list[0]
		row.Gross, row.Net, row.Seen = money.Of(10000, "USD"), money.Of(9820, "USD"), money.Of(10000, "USD")
		w.later(time.Hour)
		w.pull()
		w.expectQueue("amount_mismatch txn:txn_1 40.00 USD")
		w.expectBalances(map[string]int64{"unmatched USD": -4000})
		w.bank.row("partial_capture_reversal", "ch_"+p.Ref, "ch_"+p.Ref, money.Of(-4000, "USD"), 0)
		w.later(time.Hour)
		w.pull()
		w.expectQueue()
		w.expectBalances(map[string]int64{"unmatched USD": 0, "clearing:bank USD": 5820})
		w.sound()
	})
}

func TestAManualPayoutIsTakenForTheOldestMoney(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		w.paid(10000)
		w.later(time.Hour)
		w.paid(5000)
		w.later(time.Hour)
		w.bank.number++
		amount := money.Of(12000, "USD")
		w.bank.out = append(w.bank.out, payments.Payout{ID: "po_m", Status: payments.PayoutPaid, Amount: amount, Created: w.clock, Arrives: w.clock})
		w.bank.row("payout", "po_m", "", amount.Negated(), 0)
		w.later(time.Hour)
		w.pull()
		w.expectQueue("payout_not_itemised payout:po_m 120.00 USD")
		w.expectBalances(map[string]int64{"clearing:bank USD": 9700 + 4850 - 12000, "in_transit:bank USD": 12000})
		before := w.contents()
		w.pull()
		if w.contents() != before {
			t.Errorf("pulling again changed\n%s\nto\n%s", before, w.contents())
		}
		w.sound()
	})
}

func TestAPullThatBreaksOffIsGoneOnWith(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		for range 5 {
			w.paid(1000)
		}
		w.bank.payOut(true)
		w.later(time.Hour)
		w.bank.fails, w.bank.after = errors.New("connection reset"), 3
		if _, err := w.settle.Pull(t.Context(), "bank"); err == nil {
			t.Fatal("the broken list was not noticed")
		}
		w.sound()
		w.pull()
		w.expectQueue()
		w.expectBalances(map[string]int64{"in_transit:bank USD": 4850})
		w.sound()
	})
}

func TestASecondChargeIsADuplicateUntilItGoesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		p := w.paid(4000)
		second := func(charge string) {
			w.bank.row("charge", charge, charge, p.Amount, 0)
			w.hear(payments.Notice{Event: "evt_" + charge, Key: charge, Ref: p.Ref, Payment: p.Key, News: payments.Settled, Amount: p.Amount})
		}
		second("ch_again")
		w.later(time.Hour)
		w.pull()
		w.expectQueue("duplicate_charge txn:txn_2 40.00 USD")
		w.expectBalances(map[string]int64{"unmatched USD": -4000, "clearing:bank USD": 4000 - 120 + 4000})
		w.bank.row("refund", "re_1", "ch_again", p.Amount.Negated(), 0)
		w.hear(payments.Notice{Event: "evt_back", Key: "ch_again", Ref: p.Ref, Payment: p.Key, Refund: "re_1", RefundNews: payments.RefundDone, Amount: p.Amount})
		w.later(time.Hour)
		w.pull()
		w.expectQueue()
		w.sound()
	})
}
