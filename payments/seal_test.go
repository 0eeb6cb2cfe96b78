package payments_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

// paid is an order that was paid at the bank, by a charge of its own.
func (s *shop) paid(order payments.OrderID) payments.Payment {
	s.t.Helper()
	if order != theOrder {
		s.orders.Place(s.t, order, price)
	}
	p := s.opened(order)
	s.hear(s.bank.say(p, payments.Settled, fmt.Sprintf("ch_%d", order)))
	return s.now(p)
}

func (s *shop) seal() int {
	s.t.Helper()
	sealed, err := s.Seal(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return sealed
}

func (s *shop) accounts() string {
	s.t.Helper()
	all, err := s.Balances(s.t.Context(), s.orders.Merchant)
	if err != nil {
		s.t.Fatal(err)
	}
	return fmt.Sprint(all)
}

func TestBalancesAreTheSameBeforeAndAfterSealing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.paid(theOrder)
		want := "[{clearing:bank 49.99 USD} {receivable -49.99 USD}]"
		if got := s.accounts(); got != want {
			t.Errorf("before: %s", got)
		}
		if first, again := s.seal(), s.seal(); first != 1 || again != 0 {
			t.Errorf("sealed %d and then %d", first, again)
		}
		if got := s.accounts(); got != want {
			t.Errorf("after: %s", got)
		}
		s.paid(18)
		s.clock = s.clock.Add(time.Hour)
		if s.seal() != 1 || s.accounts() != "[{clearing:bank 99.98 USD} {receivable -99.98 USD}]" {
			t.Errorf("later: %s", s.accounts())
		}
		s.sound()
	})
}

func TestReplicasThatSealAtOnceSealEachEntryOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		for order := range payments.OrderID(20) {
			s.paid(100 + order)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, err := s.Seal(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		var chained, last int64
		if err := d.On(t.Context()).Raw("select count(*), max(position) from ledger_chain").Row().Scan(&chained, &last); err != nil || chained != 20 || last != 20 {
			t.Errorf("%d entries are sealed, the last at %d: %v", chained, last, err)
		}
		s.sound()
	})
}

func TestVerifyFindsWhatWasChangedBehindTheSeal(t *testing.T) {
	unlock := map[db.Engine][]string{
		db.SQLite: {"drop trigger ledger_postings_no_update", "drop trigger ledger_entries_no_update", "drop trigger ledger_chain_no_update", "drop trigger ledger_chain_no_delete"},
		db.Postgres: {
			"drop trigger ledger_postings_keep on ledger_postings", "drop trigger ledger_entries_keep on ledger_entries", "drop trigger ledger_chain_keep on ledger_chain",
		},
	}
	for what, change := range map[string]struct{ statement, laws string }{
		"an amount":         {"update ledger_postings set amount = 1 where entry_id = (select min(entry_id) from ledger_postings)", "L2 L3 P2"},
		"a time":            {"update ledger_entries set at = '2020-01-01 00:00:00+00:00' where id = (select min(id) from ledger_entries)", "L3"},
		"a hash":            {"update ledger_chain set hash = '0000000000000000000000000000000000000000000000000000000000000000' where position = 2", "L3"},
		"a link":            {"delete from ledger_chain where position = 1", "L2 L3"},
		"a balance":         {"update ledger_balances set balance = balance + 1 where account = 'receivable'", "L2"},
		"a balance is gone": {"delete from ledger_balances where account = 'receivable'", "L2"},
	} {
		t.Run(what, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := open(t, d)
				for _, order := range []payments.OrderID{theOrder, 18, 19} {
					s.paid(order)
				}
				s.seal()
				s.sound()
				for _, statement := range unlock[d.Engine()] {
					s.exec(statement)
				}
				s.exec(change.statement)
				findings, err := s.Verify(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				laws := ""
				for _, found := range db.Broken(findings) {
					laws += " " + found.Invariant
				}
				for _, law := range []string{"L2", "L3"} {
					if strings.Contains(change.laws, law) != strings.Contains(laws, law) {
						t.Errorf("broken are%s, not %s", laws, change.laws)
					}
				}
			})
		})
	}
}

// The chain is read page by page. A page that looks at every entry makes verify quadratic.
func TestAPageOfTheChainLooksAtItsOwnEntriesOnly(t *testing.T) {
	d := dbtest.SQLite(t)
	s := open(t, d)
	for order := range payments.OrderID(20) {
		s.paid(100 + order)
	}
	s.seal()
	s.exec("analyze")
	for _, much := range []string{ // as SQLite counts them in a shop of 20,000 orders
		"update sqlite_stat1 set stat = '40000 40000 2 2 1' where idx = 'ledger_entries_of'",
		"update sqlite_stat1 set stat = '40000 1' where tbl = 'ledger_chain' and idx = 'sqlite_autoindex_ledger_chain_1'",
		"update sqlite_stat1 set stat = '40000 40000 1' where tbl = 'ledger_chain' and idx = 'sqlite_autoindex_ledger_chain_2'",
		"analyze sqlite_schema",
	} {
		s.exec(much)
	}
	rows, err := d.On(t.Context()).Raw("explain query plan "+payments.ChainedSQL, 0, 0, 10).Rows()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(step, "SCAN e") || strings.HasPrefix(step, "SCAN ledger") {
			t.Errorf("it does: %s", step)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
