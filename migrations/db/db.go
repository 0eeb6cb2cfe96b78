// Package db is the only code that knows which of the two engines is open: SQLite inside the
// process, or PostgreSQL shared by several.
package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/libtnb/sqlite"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Engine names a kind of database; it is also the name of its folder of migrations.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Where says which database to open.
type Where struct {
	URL   string // "postgres://…"; empty for SQLite
	Dir   string // SQLite: the folder of parley.db, made if missing
	Conns int    // PostgreSQL: connections at most; 0 is 16
}

// DB is one open database.
type DB struct {
	gorm     *gorm.DB
	pool     *sql.DB
	gate     gate     // for transactions on PostgreSQL
	together together // and on SQLite
	engine   Engine
	name     string // of this process among those that share the database
	url      string
	lock     *flock.Flock
	bell     bells
	hands    hands
}

// Open opens a database. It fails with a sentence when the folder is used by another process,
// the address is malformed or nobody answers there.
func Open(ctx context.Context, where Where) (*DB, error) {
	if where.URL != "" {
		return openPostgres(ctx, where)
	}
	return openSQLite(ctx, where)
}

// sqliteOptions: one writer at a time from the start of its transaction (a deferred one fails when it
// turns into a writer), every commit on disk before it is acknowledged, times as sortable UTC text.
const sqliteOptions = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)&_pragma=cache_size(-16000)&_txlock=immediate&_time_format=sqlite&_timezone=UTC&_dqs=0&_texttotime=1&_inttotime=1"

func openSQLite(ctx context.Context, where Where) (*DB, error) {
	if err := os.MkdirAll(where.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock := flock.New(filepath.Join(where.Dir, "parley.lock"))
	mine, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if !mine {
		return nil, fmt.Errorf("the data folder %s is in use by another parley process; stop it, or set PARLEY_DATA_DIR to another folder", where.Dir)
	}
	// One connection: SQLite has one writer anyway, and a queue in the pool is fairer than its busy handler.
	path := (&url.URL{Path: filepath.ToSlash(filepath.Join(where.Dir, "parley.db"))}).EscapedPath() // '#' and '?' end a URI's path
	connector, err := modernc.NewConnector("file:" + path + sqliteOptions)
	if err != nil {
		_ = lock.Unlock()
		return nil, fmt.Errorf("open SQLite in %s: %w", where.Dir, err)
	}
	pool := sql.OpenDB(keepers{connector})
	pool.SetMaxOpenConns(1)
	opened, err := gorm.Open(quietSQLite{sqlite.New(sqlite.Config{Conn: pool}).(*sqlite.Dialector)}, config())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open SQLite in %s: %w", where.Dir, err), pool.Close(), lock.Unlock())
	}
	return &DB{gorm: opened, pool: pool, engine: SQLite, name: newName(), lock: lock}, pool.PingContext(ctx)
}

func openPostgres(ctx context.Context, where Where) (*DB, error) {
	settings, err := pgx.ParseConfig(where.URL)
	if err != nil {
		return nil, errors.New("PARLEY_DATABASE_URL is not a PostgreSQL address; it should look like postgres://user:password@host:5432/database")
	}
	name := newName()
	settings.RuntimeParams["application_name"] = name // how others see that this process lives
	pool := sql.OpenDB(pipes{stdlib.GetConnector(*settings, stdlib.OptionAfterConnect(func(_ context.Context, conn *pgx.Conn) error {
		conn.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		return nil
	}))})
	conns := where.Conns
	if conns == 0 {
		conns = 16
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("PostgreSQL does not answer at %s:%d as PARLEY_DATABASE_URL says: %w", settings.Host, settings.Port, redacted(err, settings.Password))
	}
	opened, err := gorm.Open(quietPostgres{postgres.New(postgres.Config{Conn: pool}).(*postgres.Dialector)}, config())
	if err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	return &DB{gorm: opened, pool: pool, gate: gateFor(conns), engine: Postgres, name: name, url: where.URL}, nil
}

// newName is a name that no other process has.
func newName() string { return "parley-" + strings.ToLower(rand.Text()[:12]) }

// quietPostgres and quietSQLite keep gorm from writing out each statement with its values for a log that
// nobody keeps.
type (
	quietPostgres struct{ *postgres.Dialector }
	quietSQLite   struct{ *sqlite.Dialector }
)

// Explain is the statement as it is.
func (quietPostgres) Explain(sql string, _ ...any) string { return sql }

// Translate leaves errors as they are: IsTaken reads them, and IsBroken needs their key's name.
func (quietPostgres) Translate(err error) error { return err }

// Explain is the statement as it is.
func (quietSQLite) Explain(sql string, _ ...any) string { return sql }

// redacted keeps a password out of the log, whatever the driver says about it.
func redacted(err error, password string) error {
	if password == "" {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), password, "…"))
}

func config() *gorm.Config {
	return &gorm.Config{
		Logger:                 logger.Discard, // errors are returned and logged once, at the edge, without values
		TranslateError:         true,           // a broken unique key becomes gorm.ErrDuplicatedKey on both engines
		QueryFields:            true,           // no "select *": another replica may be adding a column
		SkipDefaultTransaction: true,
		NowFunc:                func() time.Time { return time.Now().UTC() },
	}
}

// Close lets the database go. Transactions under way are broken off.
func (d *DB) Close() error {
	err := d.pool.Close()
	if d.lock != nil {
		err = errors.Join(err, d.lock.Unlock())
	}
	return err
}

// Engine says which engine is open, for migrations, tests and diagnostics.
func (d *DB) Engine() Engine { return d.engine }

// Pool is the connections as database/sql sees them, for migrations and metrics.
func (d *DB) Pool() *sql.DB { return d.pool }

// Ping says whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.pool.PingContext(ctx) }

// IsTaken says whether err is a broken unique key. gorm translates the drivers' errors only of some calls,
// so the codes are read here too (PostgreSQL, appendix A; https://sqlite.org/rescode.html).
func IsTaken(err error) bool {
	var ofPostgres *pgconn.PgError
	var ofSQLite *modernc.Error
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return true
	case errors.As(err, &ofPostgres):
		return ofPostgres.Code == "23505"
	case errors.As(err, &ofSQLite):
		return ofSQLite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || ofSQLite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// IsBroken says whether err is the broken unique key of that name, where the engine tells names, or else of
// any name.
func IsBroken(err error, key string) bool {
	var ofPostgres *pgconn.PgError
	if errors.As(err, &ofPostgres) {
		return ofPostgres.Code == "23505" && ofPostgres.ConstraintName == key
	}
	return IsTaken(err)
}

// ForUpdate ends a select whose rows stay locked until the transaction ends. It leaves foreign keys to them
// alone: whoever inserts a row that points to one does not wait, and is not waited for. SQLite has one writer
// at a time, so there it is nothing.
func (d *DB) ForUpdate() string {
	if d.engine == Postgres {
		return " for no key update"
	}
	return ""
}
