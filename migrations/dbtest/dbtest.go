// Package dbtest gives tests empty, migrated databases on both real engines.
package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"parley/migrations"
	"parley/migrations/db"
)

// URLVariable names a PostgreSQL server that tests may make databases on. Without it a throw-away
// server is started, if PostgreSQL's programs are on the machine.
const URLVariable = "PARLEY_TEST_DATABASE_URL"

// Each runs test on an empty migrated database of each engine.
func Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// SQLite is an empty migrated database in a folder of the test's own: a copy of one that was migrated once.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	template, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	return open(t, db.Where{Dir: folder(t, template)})
}

// Folder is one of the test's own, in memory where that can be, and its name is short.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(inMemory(), folderName())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// folder is one of the test's own with a database in it.
func folder(t testing.TB, database []byte) string {
	t.Helper()
	dir := Folder(t)
	if err := os.WriteFile(filepath.Join(dir, "parley.db"), database, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// migrated is the file of an empty migrated SQLite database.
var migrated = sync.OnceValues(func() ([]byte, error) {
	sweep()
	dir, err := os.MkdirTemp(inMemory(), folderName())
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	d, err := db.Open(ctx, db.Where{Dir: dir})
	if err != nil {
		return nil, err
	}
	if _, err := migrations.Up(ctx, d); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if err := d.Close(); err != nil { // the last connection leaves everything in the one file
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "parley.db"))
})

// Postgres is an empty migrated database on a real server. It skips the test, loudly, when there is none.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Where{URL: PostgresURL(t)})
}

// PostgresURL is the address of an empty migrated database, for tests that start whole programs.
func PostgresURL(t testing.TB) string {
	t.Helper()
	s := found(t)
	return s.copied(t, s.template)
}

// found is the server. It skips the test, loudly, when there is none.
func found(t testing.TB) *server {
	t.Helper()
	s, err := running()
	if err != nil {
		t.Skipf("SKIPPED, NOT PROVEN ON POSTGRESQL: %v", err)
	}
	return s
}

// copied is the address of a copy of a database that is the test's own.
func (s *server) copied(t testing.TB, template string) string {
	t.Helper()
	name := fmt.Sprintf("parley_test_%d_%d", os.Getpid(), s.made.Add(1))
	s.copy(t, template, name)
	t.Cleanup(func() { _ = s.exec(context.Background(), "drop database if exists "+name+" (force)") })
	return s.address(name)
}

func (s *server) copy(t testing.TB, template, name string) {
	t.Helper()
	if err := s.exec(t.Context(), "create database "+name+" template "+template+" strategy file_copy"); err != nil {
		t.Fatalf("make a test database: %v", err)
	}
}

func open(t testing.TB, where db.Where) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// server is where databases are made, one a test, each a copy of the template.
type server struct {
	admin    string // address of its postgres database
	template string
	made     atomic.Int64
}

var running = sync.OnceValues(func() (*server, error) {
	admin := os.Getenv(URLVariable)
	if admin == "" {
		started, err := startCluster(inMemory(), forgetful)
		if err != nil {
			return nil, err
		}
		admin = started
	}
	s := &server{admin: admin, template: fmt.Sprintf("parley_template_%d", os.Getpid())}
	ctx := context.Background()
	if err := s.exec(ctx, "create database "+s.template); err != nil {
		return nil, fmt.Errorf("make the template database: %w", err)
	}
	d, err := db.Open(ctx, db.Where{URL: s.address(s.template)})
	if err != nil {
		return nil, err
	}
	_, err = migrations.Up(ctx, d)
	if closed := d.Close(); err == nil {
		err = closed
	}
	return s, err
})

// address is the admin address with another database in it.
func (s *server) address(database string) string {
	parsed, err := url.Parse(s.admin)
	if err != nil {
		return s.admin
	}
	parsed.Path = "/" + database
	return parsed.String()
}

func (s *server) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

// socketURL is the address of a server that listens on a socket in dir.
func socketURL(dir, database string) string {
	return "postgres://postgres@/" + database + "?sslmode=disable&host=" + url.QueryEscape(filepath.ToSlash(dir))
}
