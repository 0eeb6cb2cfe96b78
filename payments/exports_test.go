package payments_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/books"
)

// exported is a file of March as rows, by the names of its columns.
func (s *shop) exported(kind books.Kind) (rows []map[string]string) {
	s.t.Helper()
	var out bytes.Buffer
	err := books.Export{
		Merchant: s.orders.Merchant, Shop: "Boots", Span: march.In(time.UTC), Zone: time.UTC, Made: s.clock, Kind: kind, Format: books.CSV,
		Say: func(key string, _ map[string]any) string { return key }, Number: func(id payments.OrderID) string { return fmt.Sprint(id) },
	}.Write(s.t.Context(), s, &out)
	if err != nil {
		s.t.Fatalf("export %s: %v", kind, err)
	}
	records, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func minor(t *testing.T, written string) int64 {
	t.Helper()
	digits, negative := strings.CutPrefix(written, "-")
	if digits == "" {
		return 0
	}
	amount, err := money.Parse(digits, "USD")
	if err != nil {
		t.Fatal(err)
	}
	if negative {
		return -amount.Minor
	}
	return amount.Minor
}

func TestExportsAddUpToTheLedger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		for order := payments.OrderID(100); order < 104; order++ {
			s.orders.Place(t, order, price)
			n := s.bank.say(s.opened(order), payments.Settled, fmt.Sprintf("ch_%d", order))
			fee := money.Of(175, "USD")
			n.Fee = &fee
			s.hear(n)
		}
		p := s.opened(theOrder)
		s.orders.Cancel(t, theOrder)
		s.hear(s.bank.say(p, payments.Settled, "ch_17")) // strays
		ask := s.ask(1000, "a part")
		ask.Order = 101
		s.given(ask)
		s.at(time.April, 2, 9, 0)
		s.paid(200) // not in March
		if _, err := s.ClosePeriod(t.Context(), payments.Closing{Merchant: s.orders.Merchant, Month: march, Zone: time.UTC, Who: "olga", Despite: []string{s.openName()}, Note: "later"}); err != nil {
			t.Fatal(err)
		}

		kept, err := s.Turnovers(t.Context(), s.orders.Merchant, march.In(time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int64{}
		for _, turned := range kept {
			want[string(turned.Account)] = turned.Closing.Minor
		}
		journal := map[string]int64{}
		for _, row := range s.exported(books.Journal) {
			journal[row["debit_account"]] += minor(t, row["amount"])
			journal[row["credit_account"]] -= minor(t, row["amount"])
		}
		statements, closing := map[string]int64{}, map[string]int64{}
		for _, row := range s.exported(books.Statements) {
			if row["description"] != "books.closing" && row["description"] != "books.opening" {
				statements[row["account"]] += minor(t, row["debit"]) - minor(t, row["credit"])
			}
			closing[row["account"]] = minor(t, row["balance"])
		}
		balances := map[string]int64{}
		for _, row := range s.exported(books.Balances) {
			balances[row["account"]] = minor(t, row["closing"])
		}
		for name, got := range map[string]map[string]int64{"journal": journal, "statements": statements, "closing lines": closing, "balances": balances} {
			if !maps.Equal(got, want) {
				t.Errorf("the %s add up to %v, the ledger to %v", name, got, want)
			}
		}
		orders, charges := int64(0), int64(0)
		for _, row := range s.exported(books.Orders) {
			parts := int64(0)
			for _, part := range []string{"charged", "fees", "refunded", "disputed", "other"} {
				parts += minor(t, row[part])
			}
			if parts != minor(t, row["net"]) || row["order"] == "101" && row["net"] != "38.24" {
				t.Errorf("an order is %v", row)
			}
			orders += parts
		}
		for _, row := range s.exported(books.Charges) {
			charges += minor(t, row["amount"])
		}
		if held := want["clearing:bank"]; orders != held || charges != held || held != 4*4999-4*175+4999-1000 {
			t.Errorf("orders add up to %d and charges to %d; the bank holds %d", orders, charges, held)
		}
		s.sound()
	})
}

// openName is the name of the only thing that is open.
func (s *shop) openName() string {
	s.t.Helper()
	open, err := s.OpenItems(s.t.Context(), s.orders.Merchant, s.clock, 10)
	if err != nil || len(open) != 1 {
		s.t.Fatal(open, err)
	}
	return open[0].Name
}
