package payments_test

import (
	"errors"
	"strings"
	"testing"

	"parley/migrations/dbtest"
	"parley/payments"
)

// A page of the chains costs what is on it, however long they are: none reads a whole table, none sorts.
func TestAPageOfTheChainsIsReadAlongThem(t *testing.T) {
	d := dbtest.SQLite(t)
	s := open(t, d)
	s.paid(theOrder)
	s.paid(theOrder + 1)
	s.seal()
	one, err := d.Pool().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = one.Close() }()
	for _, statement := range []string{ // the engine counted many entries when none was sealed yet
		"analyze ledger_entries", "update sqlite_stat1 set stat = replace(stat, '2 ', '40000 ')", "analyze sqlite_schema",
	} {
		if _, err := one.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := one.QueryContext(t.Context(), "explain query plan "+payments.ChainPage, 0, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for ; rows.Next(); steps++ {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(step, "SEARCH ") {
			t.Errorf("a page is read by %q", step)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || steps != 2 {
		t.Errorf("a page is read in %d steps: %v", steps, err)
	}
}
