package db

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5"
)

// takeOver is how often a replica looks whether it is its turn to work alone.
const takeOver = 2 * time.Second

// Alone runs work in one replica at a time: in another one when this one ends or loses the database. It
// returns nil when ctx ends, and the error of work when that fails by itself. On SQLite there is one process.
func (d *DB) Alone(ctx context.Context, name string, work func(ctx context.Context) error) error {
	if d.engine != Postgres {
		return work(ctx)
	}
	for ctx.Err() == nil {
		if err := d.aloneOnce(ctx, name, work); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(takeOver):
		}
	}
	return nil
}

// aloneOnce works while a session of our own holds the name's advisory lock. Troubles with that session end
// the work and are no error: the lock is tried again.
func (d *DB) aloneOnce(ctx context.Context, name string, work func(ctx context.Context) error) error {
	conn, err := pgx.Connect(ctx, d.url)
	if err != nil {
		return nil
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var mine bool
	if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", lockNumber(name)).Scan(&mine); err != nil || !mine {
		return nil
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- work(working) }()
	tick := time.NewTicker(takeOver)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil && ctx.Err() == nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		case <-tick.C:
			if conn.Ping(ctx) != nil { // the lock is gone with the session
				stop()
				<-done //nolint:errcheck // whatever it is, another replica takes its turn
				return nil
			}
		}
	}
}

func lockNumber(name string) int64 {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte("parley alone " + name))
	return int64(sum.Sum64())
}
