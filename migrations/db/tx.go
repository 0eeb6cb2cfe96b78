package db

import (
	"context"
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
	after *[]func() // run once the outermost transaction has committed
}

type txKey struct{ db *DB }

func (d *DB) current(ctx context.Context) (*transaction, bool) {
	tx, ok := ctx.Value(txKey{d}).(*transaction)
	return tx, ok
}

// On is the transaction that ctx carries, or the pool when it carries none.
func (d *DB) On(ctx context.Context) *gorm.DB {
	if tx, ok := d.current(ctx); ok {
		return tx.gorm.WithContext(ctx)
	}
	return d.plain.WithContext(ctx)
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
	for attempt := 1; ; attempt++ {
		err := d.once(ctx, do)
		if err == nil || attempt == attempts || !worthAnotherTry(err) || ctx.Err() != nil {
			return err
		}
	}
}

func (d *DB) once(ctx context.Context, do func(ctx context.Context) error) error {
	var after []func()
	err := d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return do(context.WithValue(ctx, txKey{d}, &transaction{gorm: tx, depth: 1, after: &after}))
	})
	if err != nil {
		return err
	}
	for _, hook := range after {
		hook()
	}
	return nil
}

func (d *DB) savepoint(ctx context.Context, outer *transaction, do func(ctx context.Context) error) (err error) {
	name := "s" + strconv.Itoa(outer.depth)
	hooks := len(*outer.after)
	if err := outer.gorm.Exec("savepoint " + name).Error; err != nil {
		return fmt.Errorf("begin savepoint: %w", err)
	}
	done := false
	defer func() {
		if !done { // an error or a panic
			*outer.after = (*outer.after)[:hooks]
			back := outer.gorm.WithContext(context.WithoutCancel(ctx)).Exec("rollback to savepoint " + name)
			err = errors.Join(err, back.Error)
		}
	}()
	inner := &transaction{gorm: outer.gorm, depth: outer.depth + 1, after: outer.after}
	if err := do(context.WithValue(ctx, txKey{d}, inner)); err != nil {
		return err
	}
	if err := outer.gorm.Exec("release savepoint " + name).Error; err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	done = true
	return nil
}

// AfterCommit runs hook when the outermost transaction that ctx carries has committed, and at once
// when it carries none. A hook wakes somebody; it must not fail and must not wait.
func (d *DB) AfterCommit(ctx context.Context, hook func()) {
	if tx, ok := d.current(ctx); ok {
		*tx.after = append(*tx.after, hook)
		return
	}
	hook()
}

// worthAnotherTry: deadlock detected, serialization failure (PostgreSQL, appendix A), or SQLite busy.
func worthAnotherTry(err error) bool {
	var postgres *pgconn.PgError
	if errors.As(err, &postgres) {
		return postgres.Code == "40P01" || postgres.Code == "40001"
	}
	return strings.Contains(err.Error(), "SQLITE_BUSY")
}
