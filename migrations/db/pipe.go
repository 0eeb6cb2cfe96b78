package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// pipes makes connections to PostgreSQL that do not wait for answers nobody looks at.
type pipes struct{ driver.Connector }

// Connect makes one.
func (c pipes) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &pipe{Conn: made.(*stdlib.Conn)}, nil
}

// pipe is a connection that keeps begin, savepoints and what was said by Soon until the next statement whose
// answer is waited for, and sends them together with it: one round trip instead of several. They are done in
// the order in which they were given, and what follows one that failed is not done.
type pipe struct {
	*stdlib.Conn
	within  bool // a transaction
	waiting []statement
}

type statement struct {
	sql  string
	args []any
	take func(pgx.Rows) error // gets the rows; may be nil
}

// unhurried marks the context of a statement that may wait for the next one.
type unhurried struct{}

// soonest is the value of that mark.
type soonest struct{ take func(pgx.Rows) error }

// BeginTx begins a transaction at its first statement.
func (p *pipe) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if options != (driver.TxOptions{}) {
		return p.Conn.BeginTx(ctx, options)
	}
	if p.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	p.within, p.waiting = true, []statement{{sql: "begin"}}
	return &piped{p, ctx}, nil
}

// ExecContext runs a statement, or keeps it for later when its context says so.
func (p *pipe) ExecContext(ctx context.Context, sql string, named []driver.NamedValue) (driver.Result, error) {
	if soon, ok := ctx.Value(unhurried{}).(soonest); ok && p.within {
		p.waiting = append(p.waiting, statement{sql, plain(named), soon.take})
		return driver.RowsAffected(0), nil
	}
	if name, back := strings.CutPrefix(sql, "rollback to "); back && p.forget(name) {
		return driver.RowsAffected(0), nil
	}
	if len(p.waiting) == 0 {
		return p.Conn.ExecContext(ctx, sql, named)
	}
	tag, err := p.exec(ctx, sql, plain(named))
	return driver.RowsAffected(tag.RowsAffected()), err
}

// forget takes back what waits since a savepoint that waits itself.
func (p *pipe) forget(savepoint string) bool {
	for i, one := range p.waiting {
		if one.sql == savepoint {
			p.waiting = p.waiting[:i]
			return true
		}
	}
	return false
}

func (p *pipe) exec(ctx context.Context, sql string, args []any) (pgconn.CommandTag, error) {
	answers, err := p.send(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := answers.Exec()
	return tag, errors.Join(err, only(err == nil, answers.Close()))
}

// QueryContext runs a query.
func (p *pipe) QueryContext(ctx context.Context, sql string, named []driver.NamedValue) (driver.Rows, error) {
	if len(p.waiting) == 0 {
		return p.Conn.QueryContext(ctx, sql, named)
	}
	answers, err := p.send(ctx, sql, plain(named))
	if err != nil {
		return nil, err
	}
	found, err := answers.Query()
	if err != nil {
		_ = answers.Close() // the same error
		return nil, err
	}
	more := found.Next()
	if err := found.Err(); err != nil {
		_ = answers.Close() // the same error
		return nil, err
	}
	return &rows{Rows: found, answers: answers, first: true, more: more}, nil
}

// PrepareContext prepares a statement, after what waits.
func (p *pipe) PrepareContext(ctx context.Context, sql string) (driver.Stmt, error) {
	if len(p.waiting) > 0 {
		if _, err := p.exec(ctx, "select 1", nil); err != nil {
			return nil, err
		}
	}
	return p.Conn.PrepareContext(ctx, sql)
}

// send sends what waits and one statement more, whose answer is the one left to be read.
func (p *pipe) send(ctx context.Context, sql string, args []any) (pgx.BatchResults, error) {
	if p.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	var batch pgx.Batch
	for _, one := range p.waiting {
		batch.Queue(one.sql, one.args...)
	}
	batch.Queue(sql, args...)
	sent := p.waiting
	p.waiting = nil
	answers := p.Conn.Conn().SendBatch(ctx, &batch)
	for _, one := range sent {
		if err := one.read(answers); err != nil {
			_ = answers.Close() // the same error
			if pgconn.SafeToRetry(err) {
				return nil, driver.ErrBadConn
			}
			return nil, fmt.Errorf("%.40s: %w", one.sql, err)
		}
	}
	return answers, nil
}

func (s statement) read(answers pgx.BatchResults) error {
	if s.take == nil {
		_, err := answers.Exec()
		return err
	}
	found, err := answers.Query()
	if err != nil {
		return err
	}
	err = s.take(found)
	found.Close()
	return errors.Join(err, found.Err())
}

// piped is a transaction of a pipe.
type piped struct {
	*pipe
	ctx context.Context
}

// Commit does what waits and makes it last. After an error nothing of the transaction has.
func (t *piped) Commit() error {
	t.within = false
	if len(t.waiting) > 0 && t.waiting[0].sql == "begin" && len(t.waiting) == 1 {
		t.waiting = nil
		return nil // nothing was done
	}
	tag, err := t.exec(t.ctx, "commit", nil)
	if err == nil && tag.String() != "COMMIT" {
		err = pgx.ErrTxCommitRollback
	}
	if err != nil {
		err = errors.Join(err, t.Rollback())
	}
	return err
}

// endTime is how long the end of a transaction may take whose context has ended.
const endTime = 5 * time.Second

// Rollback undoes everything.
func (t *piped) Rollback() error {
	t.within, t.waiting = false, nil
	conn := t.Conn.Conn()
	if conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return nil // it has not begun, or ended with the connection
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), endTime)
	defer cancel()
	_, err := conn.Exec(ctx, "rollback")
	return err
}

// rows are the rows of the last statement that was sent together with others.
type rows struct {
	pgx.Rows
	answers     pgx.BatchResults
	first, more bool
}

// Columns are their names.
func (r *rows) Columns() []string {
	fields := r.FieldDescriptions()
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = field.Name
	}
	return names
}

// Close lets the connection go on.
func (r *rows) Close() error {
	r.Rows.Close()
	return r.answers.Close()
}

// Next reads a row.
func (r *rows) Next(into []driver.Value) error {
	if !r.first {
		r.more = r.Rows.Next()
	}
	r.first = false
	if !r.more {
		if err := r.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	values, err := r.Values()
	if err != nil {
		return err
	}
	for i, value := range values {
		if into[i], err = forDriver(value); err != nil {
			return err
		}
	}
	return nil
}

// forDriver is a value as database/sql knows it.
func forDriver(value any) (driver.Value, error) {
	switch value := value.(type) {
	case int32:
		return int64(value), nil
	case int16:
		return int64(value), nil
	case float32:
		return float64(value), nil
	case driver.Valuer:
		return value.Value()
	}
	return value, nil
}

func plain(named []driver.NamedValue) []any {
	args := make([]any, len(named))
	for i, one := range named {
		args[i] = one.Value
	}
	return args
}

func only(when bool, err error) error {
	if when {
		return err
	}
	return nil
}
