package reconcile_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"parley/payments/reconcile"
)

var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

// damage is something that goes wrong in a month, before payouts are made of it.
var damage = map[string]func(w *world){
	"a charge that no order asked for": func(w *world) {
		r := w.charge(&sold{Sale: reconcile.Sale{Charge: w.id("ch"), Intent: w.id("pi")}}, w.moment(), 77700)
		w.expect(reconcile.PSPOnly, "", r.charge, "", "")
	},
	"a charge for a cancelled order": func(w *world) {
		s := w.plain()
		s.Status, s.Paid = "cancelled", time.Time{}
		w.expect(reconcile.PSPOnly, s.Order, s.Sale.Charge, "", "")
	},
	"an order that nobody paid": func(w *world) {
		s := w.plain()
		w.drop(s.charge)
		w.expect(reconcile.LedgerOnly, s.Order, s.Sale.Charge, "", "")
	},
	"a refund that never left": func(w *world) {
		s := w.plain()
		s.Refunded.Minor = 100
		w.expect(reconcile.LedgerOnly, s.Order, s.Sale.Charge, "", "")
	},
	"a debit that failed afterwards": func(w *world) {
		s := w.plain()
		w.rows = append(w.rows, &moved{
			txn: w.id("txn"), category: "charge_failure", source: w.id("pyr"), charge: s.Sale.Charge, intent: s.Intent, at: s.charge.at.Add(time.Hour),
			gross: -s.charge.gross, seen: -s.charge.gross, seenIn: w.settled,
		})
		w.expect(reconcile.LedgerOnly, s.Order, s.Sale.Charge, "", "")
	},
	"a wrong amount": func(w *world) {
		s := w.plain()
		s.Amount.Minor += int64(w.draw("off", 1, 300)) * 10
		w.expect(reconcile.AmountMismatch, s.Order, s.Sale.Charge, "", "")
	},
	"a wrong refund": func(w *world) {
		s := w.plain()
		r := w.giveBack(s, 1000, s.charge.at)
		s.Refunded.Minor = 1500
		w.expect(reconcile.AmountMismatch, s.Order, s.Sale.Charge, r.source, "")
	},
	"a row that contradicts itself": func(w *world) {
		s := w.plain()
		s.charge.net = -10
		w.expect(reconcile.AmountMismatch, s.Order, s.Sale.Charge, "", "")
	},
	"a wrong currency": func(w *world) {
		s := w.plain()
		s.Amount.Currency, s.Refunded.Currency = "USD", "USD"
		w.expect(reconcile.CurrencyMismatch, s.Order, s.Sale.Charge, "", "")
	},
	"a buyer charged twice": func(w *world) {
		s := w.plain()
		again := w.charge(&sold{Sale: reconcile.Sale{Charge: w.id("ch"), Intent: s.Intent}}, s.charge.at.Add(time.Minute), s.charge.gross)
		w.expect(reconcile.DuplicateCharge, s.Order, again.charge, "", "")
	},
	"a buyer charged twice and given it back": func(w *world) {
		s := w.plain()
		again := w.charge(&sold{Sale: reconcile.Sale{Charge: w.id("ch"), Intent: s.Intent}}, s.charge.at.Add(-time.Minute), s.charge.gross)
		w.giveBack(&sold{Sale: reconcile.Sale{Intent: s.Intent}, charge: again}, again.gross, again.at)
		w.expect(reconcile.DuplicateCharge, s.Order, again.charge, "", "")
	},
	"a refund from the processor's page": func(w *world) {
		s := w.plain()
		r := w.giveBack(s, 300, s.charge.at)
		s.Refunded.Minor = 0
		w.expect(reconcile.RefundNotInLedger, s.Order, s.Sale.Charge, r.source, "")
	},
	"one refund of three unknown": func(w *world) {
		s := w.plain()
		w.giveBack(s, 300, s.charge.at)
		w.giveBack(s, 500, s.charge.at)
		r := w.giveBack(s, 450, s.charge.at)
		s.Refunded.Minor -= 450
		w.expect(reconcile.RefundNotInLedger, s.Order, s.Sale.Charge, r.source, "")
	},
	"a refund that came back": func(w *world) {
		s := w.plain()
		r := w.giveBack(s, 700, s.charge.at)
		w.rows = append(w.rows, &moved{
			txn: w.id("txn"), category: "refund_failure", source: r.source, charge: r.charge, intent: s.Intent, at: r.at.Add(time.Hour), gross: 700, seen: 700, seenIn: w.settled,
		})
		if rapid.Bool().Draw(w.t, "the shop noticed") {
			s.Refunded.Minor = 0
		}
		w.expect(reconcile.RefundFailed, s.Order, s.Sale.Charge, r.source, "")
	},
	"a dispute": func(w *world) {
		s := w.plain()
		w.dispute(s)
		w.expect(reconcile.DisputeOpen, s.Order, s.Sale.Charge, "", "")
	},
	"a dispute that was won": func(w *world) {
		s := w.plain()
		back := *w.dispute(s)
		back.txn, back.category, back.gross, back.seen, back.fee, back.at = w.id("txn"), "dispute_reversal", -back.gross, -back.seen, -back.fee, back.at.Add(time.Hour)
		w.rows = append(w.rows, &back)
		w.expect(reconcile.DisputeWon, s.Order, s.Sale.Charge, "", "")
	},
	"a fee beyond the contract": func(w *world) {
		s := w.plain()
		s.charge.fee += int64(w.draw("more", 1, 50))
		w.expect(reconcile.FeeVariance, s.Order, s.Sale.Charge, "", "")
	},
	"a fee for nothing": func(w *world) {
		w.rows = append(w.rows, &moved{txn: w.id("txn"), category: "fee", source: w.id("fee"), at: w.moment(), gross: -200, seen: -200, seenIn: w.settled})
		w.expect(reconcile.FeeWithoutCharge, "", "", "", "")
	},
	"an order of the next month": func(w *world) {
		s := w.plain()
		w.drop(s.charge)
		s.Paid = time.Date(2026, 7, 31, 22, 30, 0, 0, time.UTC) // August in Berlin
		w.expect(reconcile.Cutoff, s.Order, s.Sale.Charge, "", "")
	},
	"a cent of a converted charge": func(w *world) {
		s := w.plain()
		w.convert(s)
		s.Amount.Minor++
		w.expect(reconcile.FXRounding, s.Order, s.Sale.Charge, "", "")
	},
	"a category that nobody knows": func(w *world) {
		w.rows = append(w.rows, &moved{txn: w.id("txn"), category: "climate_gift", source: w.id("x"), at: w.moment(), gross: -50, seen: -50, seenIn: w.settled})
		w.expect(reconcile.Unknown, "", "", "", "")
	},
	"a top-up": func(w *world) {
		w.rows = append(w.rows, &moved{txn: w.id("txn"), category: "topup", source: w.id("tu"), at: w.moment(), gross: 5000, seen: 5000, seenIn: w.settled})
		w.expect(reconcile.PSPOnly, "", "", "", "")
	},
	"a reserve that is held": func(w *world) {
		w.rows = append(w.rows, &moved{txn: w.id("txn"), category: "risk_reserved_funds", source: w.id("rsv"), at: w.moment(), gross: -900, seen: -900, seenIn: w.settled})
	},
}

func (w *world) dispute(s *sold) *moved {
	made := &moved{
		txn: w.id("txn"), category: "dispute", source: w.id("dp"), charge: s.Sale.Charge, intent: s.Intent, at: s.charge.at.Add(30 * time.Hour),
		gross: -s.charge.gross, fee: 2000, seen: -s.charge.seen, seenIn: s.charge.seenIn,
	}
	w.rows = append(w.rows, made)
	return made
}

// mishaps are what goes wrong with payouts and the bank. Each takes another payout.
var mishaps = map[string]func(w *world, p *listed){
	"a payout that failed": func(w *world, p *listed) {
		p.status, p.reversed = "failed", true
		w.dropLine(p)
		w.expect(reconcile.PayoutFailed, "", "", "", p.id)
	},
	"a payout by hand": func(w *world, _ *listed) {
		p := w.list(&listed{id: w.id("po_hand"), trace: "STRIPE-HAND", status: "paid", at: w.moment().Truncate(24 * time.Hour), amount: 12340, manual: true})
		w.expect(reconcile.PayoutNotItemised, "", "", "", p.id)
	},
	"a payout that does not add up": func(w *world, p *listed) {
		w.line(p).amount += 200
		p.amount += 200
		w.expect(reconcile.AmountMismatch, "", "", "", p.id)
	},
	"less in the bank": func(w *world, p *listed) {
		w.line(p).amount -= 300
		w.expect(reconcile.AmountMismatch, "", "", "", p.id)
	},
	"a payout that never came": func(w *world, p *listed) {
		w.dropLine(p)
		w.expect(reconcile.BankMissing, "", "", "", p.id)
	},
	"a payout that came twice": func(w *world, p *listed) {
		again := *w.line(p)
		w.bank = append(w.bank, &again)
		w.expect(reconcile.BankOnly, "", "", "", p.id)
	},
	"money from nowhere": func(w *world, _ *listed) {
		w.bank = append(w.bank, &banked{w.moment(), 99990, "STRIPE PAYOUT STRIPE-NOBODY"})
		w.expect(reconcile.BankOnly, "", "", "", "")
	},
	"the rent": func(w *world, _ *listed) {
		w.bank = append(w.bank, &banked{w.moment(), -120000, "Rent for July"})
	},
}

func (w *world) line(p *listed) *banked {
	return w.bank[slices.IndexFunc(w.bank, func(line *banked) bool { return line.text == "STRIPE PAYOUT "+p.trace })]
}

func (w *world) dropLine(p *listed) {
	line := w.line(p)
	w.bank = slices.DeleteFunc(w.bank, func(other *banked) bool { return other == line })
}

func findings(report reconcile.Report) (all []finding) {
	for _, d := range report.Differences {
		all = append(all, finding{d.Class, d.Order, d.Charge, d.Refund, d.Payout})
	}
	return all
}

func inOrder(all []finding) []finding {
	slices.SortFunc(all, func(a, b finding) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

func (w *world) check() reconcile.Report {
	report, err := w.reconciled()
	if err != nil {
		w.t.Fatal(err)
	}
	if diff := gocmp.Diff(inOrder(w.wrong), inOrder(findings(report)), gocmp.AllowUnexported(finding{})); diff != "" {
		w.t.Fatalf("what went wrong (-) and what was found (+):\n%s\n%v", diff, report.Differences)
	}
	return report
}

func TestAMonthThatAgreesHasNoDifferencesAndItsTotals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.pay()
		report := w.check()
		var gross, fees int64
		for _, r := range w.rows {
			gross, fees = gross+r.gross, fees+r.fee
		}
		got := report.Totals
		if got.Rows != len(w.rows) || got.Gross != major(gross, w.settled) || got.Fee != major(fees, w.settled) || got.Net != major(gross-fees, w.settled) {
			t.Fatalf("%d rows, gross %d, fee %d: %+v", len(w.rows), gross, fees, got)
		}
		if got.Matched != len(w.sales) || got.BankLines != len(w.bank) {
			t.Fatalf("%d of %d orders and %d of %d lines are matched", got.Matched, len(w.sales), got.BankLines, len(w.bank))
		}
	})
}

func TestExactlyWhatWentWrongIsFound(t *testing.T) {
	for name, damage := range damage {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				w := newWorld(t)
				damage(w)
				w.pay()
				w.check()
			})
		})
	}
	for name, mishap := range mishaps {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				w := newWorld(t)
				w.pay()
				mishap(w, w.lists[w.draw("payout", 0, len(w.lists)-1)])
				w.check()
			})
		})
	}
}

func TestEverythingThatWentWrongAtOnceIsFound(t *testing.T) {
	names := make([]string, 0, len(damage))
	for name := range damage {
		names = append(names, name)
	}
	slices.Sort(names)
	var late []string
	for name := range mishaps {
		late = append(late, name)
	}
	slices.Sort(late)
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 1, 40).Draw(t, "damage") {
			damage[name](w)
		}
		w.pay()
		untouched := slices.Clone(w.lists)
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(late), 1, min(6, len(untouched)), rapid.ID).Draw(t, "mishaps") {
			mishaps[name](w, untouched[0])
			untouched = untouched[1:]
		}
		w.check()
	})
}

func TestWhatAddsUpInAnotherOrderIsTheSameReport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		damage["one refund of three unknown"](w)
		damage["a buyer charged twice"](w)
		w.pay()
		if diff := gocmp.Diff(w.check(), w.check()); diff != "" {
			t.Fatal(diff)
		}
	})
}
