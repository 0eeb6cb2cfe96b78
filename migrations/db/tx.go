package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// transaction is what a context carries while one is open.
type transaction struct {
	gorm  *gorm.DB
	depth int
	ends  *[]end
	soon  *int // how many statements Soon was given
}

// end is what is done once the outermost transaction has committed, and what once that can't be any more.
type end struct{ kept, undone func() }

type txKey struct{ db *DB }

func (d *DB) current(ctx context.Context) (*transaction, bool) {
	tx, ok := ctx.Value(txKey{d}).(*transaction)
	return tx, ok
}

// Inside says whether ctx carries a transaction.
func (d *DB) Inside(ctx context.Context) bool {
	_, inside := d.current(ctx)
	return inside
}

// On is the transaction that ctx carries, or the pool when it carries none.
func (d *DB) On(ctx context.Context) *gorm.DB {
	if tx, ok := d.current(ctx); ok {
		return tx.gorm.WithContext(ctx)
	}
	return d.gorm.WithContext(ctx)
}

// attempts is how often a transaction is begun when the engine breaks it off to end a deadlock.
const attempts = 4

// InTx runs do in a transaction that its context carries. Within another one it is a savepoint: its
// failure undoes what it did and nothing else. The outermost one is run again, up to three times,
// when the engine broke it off to end a deadlock; so do changes nothing outside the database, and
// leaves that to AfterCommit.
func (d *DB) InTx(ctx context.Context, do func(ctx context.Context) error) error {
	if outer, ok := d.current(ctx); ok {
		return d.savepoint(ctx, outer, do)
	}
	alone := false
	for attempt := 1; ; attempt++ {
		err := d.once(ctx, alone, do)
		if err == nil || attempt == attempts || !worthAnotherTry(err) || ctx.Err() != nil {
			return err
		}
		alone = errors.As(err, &togetherError{})
	}
}

func (d *DB) once(ctx context.Context, alone bool, do func(ctx context.Context) error) error {
	if d.engine == SQLite {
		return d.onceTogether(ctx, alone, do)
	}
	if err := d.gate.enter(ctx); err != nil {
		return err
	}
	defer d.gate.leave()
	ends, soon, done := []end{}, 0, false
	defer func() {
		if !done { // an error or a panic
			undo(ends)
		}
	}()
	err := d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return do(context.WithValue(ctx, txKey{d}, &transaction{gorm: tx, depth: 1, ends: &ends, soon: &soon}))
	})
	if err != nil {
		return err
	}
	done = true
	for _, hook := range ends {
		hook.kept()
	}
	return nil
}

// gate lets so many transactions in at once, in the order in which they came: database/sql gives a connection to
// anyone who waits, and some would wait long. A nil one is always open.
type gate chan struct{}

// gateFor leaves some of the connections to statements outside of transactions.
func gateFor(conns int) gate { return make(gate, max(conns-conns/4, 1)) }

func (g gate) enter(ctx context.Context) error {
	if g == nil {
		return nil
	}
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g gate) leave() {
	if g != nil {
		<-g
	}
}

func undo(ends []end) {
	for _, hook := range ends {
		if hook.undone != nil {
			hook.undone()
		}
	}
}

func (d *DB) savepoint(ctx context.Context, outer *transaction, do func(ctx context.Context) error) (err error) {
	name := "savepoint s" + strconv.Itoa(outer.depth)
	hooks, soon := len(*outer.ends), *outer.soon
	unhurriedly := outer.gorm.WithContext(context.WithValue(ctx, unhurried{}, soonest{}))
	if err := unhurriedly.Exec(name).Error; err != nil {
		return fmt.Errorf("begin savepoint: %w", err)
	}
	done := false
	defer func() {
		if !done { // an error or a panic
			undo((*outer.ends)[hooks:])
			*outer.ends = (*outer.ends)[:hooks]
			back := outer.gorm.WithContext(context.WithoutCancel(ctx)).Exec("rollback to " + name)
			if back.Error != nil {
				err = errors.Join(err, rollbackError{back.Error})
			}
		}
	}()
	inner := &transaction{gorm: outer.gorm, depth: outer.depth + 1, ends: outer.ends, soon: outer.soon}
	if err := do(context.WithValue(ctx, txKey{d}, inner)); err != nil {
		return err
	}
	if soon != *outer.soon { // they must not fail outside of it
		unhurriedly = outer.gorm.WithContext(ctx)
	}
	if err := unhurriedly.Exec("release " + name).Error; err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	done = true
	return nil
}

// rollbackError says that a savepoint is lost, and its transaction with it.
type rollbackError struct{ why error }

func (e rollbackError) Error() string { return "undo to savepoint: " + e.why.Error() }
func (e rollbackError) Unwrap() error { return e.why }

// Join is InTx for a part of its caller's work: within a transaction it opens no savepoint. When it fails, the
// caller has to fail too, since what was done before the failure is still there.
func (d *DB) Join(ctx context.Context, do func(ctx context.Context) error) error {
	if _, ok := d.current(ctx); ok {
		return do(ctx)
	}
	return d.InTx(ctx, do)
}

// AfterCommit runs hook when the outermost transaction that ctx carries has committed, and at once
// when it carries none. A hook wakes somebody; it must not fail and must not wait.
func (d *DB) AfterCommit(ctx context.Context, hook func()) {
	if tx, ok := d.current(ctx); ok {
		*tx.ends = append(*tx.ends, end{kept: hook})
		return
	}
	hook()
}

// Soon runs a statement that nobody looks for before the transaction of ctx ends: on PostgreSQL it leaves
// together with the next statement or the commit, and fails then. Outside of a transaction it runs at once.
func (d *DB) Soon(ctx context.Context, sql string, args ...any) error {
	if tx, ok := d.current(ctx); ok {
		*tx.soon++
		ctx = context.WithValue(ctx, unhurried{}, soonest{})
	}
	return d.On(ctx).Exec(sql, args...).Error
}

// worthAnotherTry: deadlock detected, serialization failure (PostgreSQL, appendix A), SQLite busy, or what others did
// in a transaction that was shared with them.
func worthAnotherTry(err error) bool {
	if errors.As(err, &togetherError{}) {
		return true
	}
	var postgres *pgconn.PgError
	if errors.As(err, &postgres) {
		return postgres.Code == "40P01" || postgres.Code == "40001"
	}
	// A connection that broke while it was idle: nothing was sent.
	return errors.Is(err, driver.ErrBadConn) || strings.Contains(err.Error(), "SQLITE_BUSY")
}
