package dbtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"parley/migrations/db"
)

// Stock is what databases of tests begin with. Fill is called once for each engine; each test gets a copy.
type Stock struct {
	Fill     func(ctx context.Context, d *db.DB) error
	mu       sync.Mutex
	file     []byte // of SQLite
	template string // of PostgreSQL
}

// Each runs test on a database of each engine that has the stock.
func (s *Stock) Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, s.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, s.Postgres(t)) })
}

// SQLite is a database with the stock in a folder of the test's own.
func (s *Stock) SQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Where{Dir: s.Folder(t)})
}

// Folder is one of the test's own with a database that has the stock, for tests that start whole programs.
func (s *Stock) Folder(t testing.TB) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		empty, err := migrated()
		if err != nil {
			t.Fatal(err)
		}
		dir := folder(t, empty)
		s.fill(t, db.Where{Dir: dir})
		if s.file, err = os.ReadFile(filepath.Join(dir, "parley.db")); err != nil {
			t.Fatal(err)
		}
	}
	return folder(t, s.file)
}

// Postgres is a database with the stock on a real server. It skips the test, loudly, when there is none.
func (s *Stock) Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Where{URL: s.URL(t)})
}

// URL is the address of a database with the stock, for tests that start whole programs.
func (s *Stock) URL(t testing.TB) string {
	t.Helper()
	server := found(t)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.template == "" {
		name := fmt.Sprintf("%s_%d", server.template, server.made.Add(1))
		server.copy(t, server.template, name)
		s.fill(t, db.Where{URL: server.address(name)})
		s.template = name
	}
	return server.copied(t, s.template)
}

func (s *Stock) fill(t testing.TB, where db.Where) {
	t.Helper()
	d, err := db.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	err = d.InTx(t.Context(), func(ctx context.Context) error { return s.Fill(ctx, d) })
	if closed := d.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatalf("stock a test database: %v", err)
	}
}
