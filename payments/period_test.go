package payments_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/manual"
)

var march = payments.Month{Year: 2026, Month: time.March}

func (s *shop) closing(month payments.Month) payments.Closing {
	return payments.Closing{Merchant: s.orders.Merchant, Month: month, Zone: time.UTC, Who: "olga"}
}

// closed closes a month that must close.
func (s *shop) closed(month payments.Month) payments.Period {
	s.t.Helper()
	p, err := s.ClosePeriod(s.t.Context(), s.closing(month))
	if err != nil {
		s.t.Fatalf("close %s: %v", month, err)
	}
	return p
}

func (s *shop) at(month time.Month, day, hour, minute int) {
	s.clock = time.Date(2026, month, day, hour, minute, 0, 0, time.UTC)
}

func TestAClosedMonthTakesNoEntry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.paid(theOrder)
		s.at(time.April, 1, 0, 10)
		s.closed(march)
		for what, statement := range map[string]string{
			"an entry in it": `insert into ledger_entries (merchant_id, reason, source, business_key, at)
				select merchant_id, 'fee', 'bank', 'fee:x', '2026-03-31 23:59:59.999999+00:00' from ledger_entries`,
			"a move in it": "insert into ledger_postings select entry_id, 7, from_account, to_account, amount, currency from ledger_postings",
			"opening it":   "update ledger_closings set upto = '2026-03-01 00:00:00+00:00'",
			"forgetting":   "delete from ledger_closings",
			"changing it":  "update ledger_periods set hash = ''",
			"removing it":  "delete from ledger_periods",
		} {
			if err := d.On(t.Context()).Exec(statement).Error; err == nil {
				t.Errorf("%s was accepted", what)
			}
		}
		s.exec(`insert into ledger_entries (merchant_id, reason, source, business_key, at)
			select merchant_id, 'fee', 'bank', 'fee:x', '2026-04-01 00:00:00+00:00' from ledger_entries`)
		s.exec("insert into ledger_postings select id, 0, 'clearing:bank', 'fees:bank', 1, 'USD' from ledger_entries where business_key = 'fee:x'")
		s.sound()
	})
}

func TestAClosedMonthKeepsTheEndOfTheChainAndItsBalances(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.paid(theOrder)
		s.paid(18)
		s.at(time.April, 2, 12, 0)
		s.paid(19) // in the chain, and not in the month
		p := s.closed(march)
		if p.Entries != 2 || p.Position != 3 || len(p.Hash) != 64 || !p.Closed.Equal(s.clock) || p.ClosedBy != "olga" || p.Zone != "UTC" {
			t.Errorf("closed as %+v", p)
		}
		all, err := s.Periods(t.Context(), s.orders.Merchant, payments.Month{}, 10)
		if err != nil || len(all) != 1 || all[0].Hash != p.Hash || all[0].Span != march.In(time.UTC) {
			t.Errorf("periods are %+v, %v", all, err)
		}
		turned, err := s.Turnovers(t.Context(), s.orders.Merchant, march.Next().In(time.UTC))
		want := "[{clearing:bank USD 99.98 USD 49.99 USD 0.00 USD 149.97 USD} {receivable USD -99.98 USD 0.00 USD 49.99 USD -149.97 USD}]"
		if got := fmt.Sprint(turned); err != nil || got != want {
			t.Errorf("April turned %s, %v", got, err)
		}
		s.sound()
	})
}

func TestOnlyAMonthThatIsOverAndNextCanBeClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.paid(theOrder)
		april := march.Next()
		fails := func(month payments.Month, want string) {
			t.Helper()
			if _, err := s.ClosePeriod(t.Context(), s.closing(month)); keyOf(err) != want {
				t.Errorf("close %s: %v, not %s", month, err, want)
			}
		}
		s.at(time.April, 1, 0, 9)
		fails(march, "conflict payment.period_not_over")
		s.at(time.June, 1, 1, 0)
		fails(april, "conflict payment.period_order")
		s.closed(march)
		fails(march, "conflict payment.period_closed")
		fails(march.Before(), "conflict payment.period_closed")
		fails(april.Next(), "conflict payment.period_order")
		s.closed(april)
		s.sound()
	})
}

func TestAMonthIsOneOfTheMerchantsTimeZone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.at(time.March, 31, 22, 30) // 00:30 on the first of April in Berlin
		s.paid(theOrder)
		berlin, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		ask := s.closing(march)
		ask.Zone = berlin
		s.at(time.March, 31, 22, 40)
		p, err := s.ClosePeriod(t.Context(), ask)
		if err != nil || p.Entries != 0 || p.Position != 1 || !p.Span.To.Equal(time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC)) {
			t.Errorf("closed as %+v, %v", p, err)
		}
		s.at(time.May, 2, 0, 0)
		p = s.closed(march.Next()) // the merchant has moved to UTC
		if p.Entries != 1 || !p.Span.From.Equal(time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC)) {
			t.Errorf("April is %+v", p)
		}
		s.sound()
	})
}

func TestAMonthWithOpenItemsIsClosedOnlyWithAllOfThemNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.orders.Cancel(t, theOrder)
		s.hear(s.bank.say(p, payments.Settled, "ch_1"))
		s.at(time.April, 2, 0, 0)
		_, err := s.ClosePeriod(t.Context(), s.closing(march))
		if keyOf(err) != "conflict payment.period_items" || !strings.Contains(err.Error(), "review:") || !strings.Contains(err.Error(), "order_refused, 49.99 USD") {
			t.Errorf("close: %v", err)
		}
		open, err := s.OpenItems(t.Context(), s.orders.Merchant, s.clock, 10)
		if err != nil || len(open) != 1 {
			t.Fatal(open, err)
		}
		ask := s.closing(march)
		ask.Despite = []string{open[0].Name}
		if _, err := s.ClosePeriod(t.Context(), ask); keyOf(err) != "invalid payment.note_needed" {
			t.Errorf("without a note: %v", err)
		}
		ask.Note = "the buyer is on holiday"
		if _, err := s.ClosePeriod(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
		kept, err := s.Period(t.Context(), s.orders.Merchant, march)
		if err != nil || len(kept.Open) != 1 || kept.Open[0] != open[0] || kept.Note != ask.Note {
			t.Errorf("kept %+v, %v", kept, err)
		}
		s.sound()
	})
}

// waits is another queue, with one thing in it.
type waits payments.OpenItem

func (w waits) Waiting(context.Context, payments.MerchantID, time.Time, int) ([]payments.OpenItem, error) {
	return []payments.OpenItem{payments.OpenItem(w)}, nil
}

func TestAMonthWaitsForEveryQueue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.Queue = waits{Name: "item:7", Reason: "psp_only", Amount: money.Of(500, "USD"), Opened: s.clock}
		s.at(time.April, 2, 0, 0)
		_, err := s.ClosePeriod(t.Context(), s.closing(march))
		if keyOf(err) != "conflict payment.period_items" || !strings.Contains(err.Error(), "item:7 (psp_only, 5.00 USD)") {
			t.Errorf("close: %v", err)
		}
	})
}

func TestLateMoneyIsDatedNowAndKeepsItsOwnTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.at(time.April, 1, 1, 0)
		s.closed(march)
		n := s.bank.say(p, payments.Settled, "ch_1")
		n.At = time.Date(2026, 3, 31, 23, 59, 0, 0, time.UTC)
		s.hear(n)
		var entries []payments.Booked
		err := s.Journal(t.Context(), payments.JournalAsk{Merchant: p.Merchant, Order: theOrder}, func(b payments.Booked) error {
			entries = append(entries, b)
			return nil
		})
		if err != nil || len(entries) != 1 || !entries[0].At.Equal(s.clock) || !entries[0].Happened.Equal(n.At) {
			t.Errorf("booked %+v, %v", entries, err)
		}
		s.seal()
		s.sound()
	})
}

func TestWhatIsBookedWhileAMonthIsClosedIsInItOrRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		ahead := payments.New(d, s.orders, func() time.Time { return time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC) }, "https://shop.example/", s.bank, s.till, manual.COD())
		var notices []payments.Notice
		for order := payments.OrderID(100); order < 112; order++ {
			s.orders.Place(t, order, price)
			notices = append(notices, s.bank.say(s.opened(order), payments.Settled, fmt.Sprintf("ch_%d", order)))
		}
		var all sync.WaitGroup
		booked := make([]bool, len(notices))
		for i, n := range notices {
			all.Go(func() { booked[i] = s.Hear(t.Context(), "bank", n) == nil })
		}
		var p payments.Period
		all.Go(func() {
			var err error
			if p, err = ahead.ClosePeriod(t.Context(), s.closing(march)); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		count := int64(0)
		for _, one := range booked {
			if one {
				count++
			}
		}
		if p.Entries != count {
			t.Errorf("%d were booked, and the month has %d", count, p.Entries)
		}
		s.sound()
	})
}

func TestVerifyFindsWhatWasDoneToAClosedMonth(t *testing.T) {
	unlock := map[db.Engine][]string{
		db.SQLite: {
			"drop trigger ledger_entries_open", "drop trigger ledger_closings_forward", "drop trigger ledger_periods_no_update", "drop trigger ledger_period_balances_no_update",
		},
		db.Postgres: {
			"drop trigger ledger_entries_open on ledger_entries", "drop trigger ledger_closings_forward on ledger_closings",
			"drop trigger ledger_periods_keep on ledger_periods", "drop trigger ledger_period_balances_keep on ledger_period_balances",
		},
	}
	for what, row := range map[string]struct{ statement, law string }{
		"an entry came": {`insert into ledger_entries (merchant_id, reason, source, business_key, at)
			select merchant_id, 'fee', 'bank', 'fee:x', at from ledger_entries`, "L8"},
		"it is open again": {"update ledger_closings set upto = '2026-03-01 00:00:00+00:00'", "L8"},
		"another hash":     {"update ledger_periods set hash = '0000000000000000000000000000000000000000000000000000000000000000'", "L8.chain"},
		"another balance":  {"update ledger_period_balances set balance = balance + 1 where account = 'receivable'", "L8.balances"},
	} {
		t.Run(what, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := open(t, d)
				s.paid(theOrder)
				s.at(time.April, 2, 0, 0)
				s.closed(march)
				s.sound()
				for _, statement := range unlock[d.Engine()] {
					s.exec(statement)
				}
				s.exec(row.statement)
				findings, err := s.Verify(t.Context())
				broken := ""
				for _, found := range db.Broken(findings) {
					broken += " " + found.Invariant
				}
				if err != nil || !strings.Contains(broken+" ", " "+row.law+" ") {
					t.Errorf("found%s, %v", broken, err)
				}
			})
		})
	}
}

func TestTheJournalIsPagedInTheOrderOfTimeAndAddsUpToTheBalances(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		for order := payments.OrderID(100); order < 107; order++ {
			s.clock = s.clock.Add(time.Duration(order%2) * time.Hour) // some at the same moment
			s.paid(order)
		}
		ask := payments.JournalAsk{Merchant: s.orders.Merchant, Account: payments.Clearing("bank"), Currency: "USD"}
		var seen []int64
		sum, after := money.Of(0, "USD"), payments.Place{}
		for {
			page, err := s.JournalPage(t.Context(), ask, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range page {
				seen, after = append(seen, entry.ID), entry.Place()
				sum.Minor += entry.In(ask.Account, "USD").Minor
			}
			if len(page) < 2 {
				break
			}
		}
		balances, err := s.BalancesAt(t.Context(), s.orders.Merchant, s.clock.Add(time.Second))
		if err != nil || len(seen) != 7 || len(balances) != 2 || balances[0].Amount != sum || sum.Minor != 7*price.Minor {
			t.Errorf("saw %v, %s in %v, %v", seen, sum, balances, err)
		}
		ask.Account = payments.Owed
		if none, err := s.JournalPage(t.Context(), ask, payments.Place{}, 10); err != nil || len(none) != 0 {
			t.Errorf("nothing was owed: %+v, %v", none, err)
		}
	})
}
