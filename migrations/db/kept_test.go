package db_test

import (
	"fmt"
	"testing"

	"parley/migrations/dbtest"
)

// The rows of a statement are read while the same statement is asked for again, and each sees its own.
func TestAStatementIsAskedAgainWhileItsRowsAreRead(t *testing.T) {
	d := dbtest.SQLite(t)
	conn, err := d.Pool().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	const sql = "with recursive n (i) as (select 1 union all select i + 1 from n where i < ?) select i from n"
	rows, err := conn.QueryContext(t.Context(), sql, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var seen []int
	for rows.Next() {
		var i, first int
		if err := rows.Scan(&i); err != nil {
			t.Fatal(err)
		}
		if err := conn.QueryRowContext(t.Context(), sql, 1).Scan(&first); err != nil || first != 1 {
			t.Fatal(first, err)
		}
		seen = append(seen, i)
	}
	if rows.Err() != nil || fmt.Sprint(seen) != "[1 2 3]" {
		t.Errorf("read %v, %v", seen, rows.Err())
	}
}

// A table that gets another column, and more statements than are kept, disturb none that was kept before.
func TestAKeptStatementOutlivesChangesAndCrowds(t *testing.T) {
	d := dbtest.SQLite(t)
	count := func(want int) {
		t.Helper()
		var n int
		if err := d.On(t.Context()).Raw("select count(*) from jobs where kind = ?", "kept").Scan(&n).Error; err != nil || n != want {
			t.Errorf("%d, %v, want %d", n, err, want)
		}
	}
	count(0)
	if err := d.On(t.Context()).Exec("alter table jobs add column more text").Error; err != nil {
		t.Fatal(err)
	}
	insert := "insert into jobs (kind, more, run_at, created_at) values (?, ?, 0, 0)"
	if err := d.On(t.Context()).Exec(insert, "kept", "x").Error; err != nil {
		t.Fatal(err)
	}
	count(1)
	for i := range 1200 {
		var n int
		if err := d.On(t.Context()).Raw(fmt.Sprintf("select %d + ?", i), 1).Scan(&n).Error; err != nil || n != i+1 {
			t.Fatal(n, err)
		}
	}
	count(1)
}
