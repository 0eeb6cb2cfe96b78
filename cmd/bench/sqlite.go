package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"parley/migrations/db"
)

// measureSQLite compares turns on the embedded engine with the engine's own durable transactions of one row.
func measureSQLite(ctx context.Context, b *bench) error {
	dir := filepath.Join(b.dir, "sqlite")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	program, err := b.start(ctx, "", dir)
	if err != nil {
		return err
	}
	everybody := b.crowd(pool)
	err = b.greet(ctx, everybody.chats)
	var rounds []round
	for n := 0; n < b.Rounds && err == nil; n++ {
		var base pace
		if base, err = b.oneRow(ctx); err != nil {
			break
		}
		var one round
		one, err = b.turns(ctx, program, everybody, 32)
		one.base = base
		rounds = append(rounds, one)
	}
	if err == nil {
		b.report.add(compared("turn on SQLite, 32 at once", "turns/s", rounds))
	}
	return errors.Join(err, program.stop())
}

// oneRow is the engine's own rate: transactions of one row each, on disk before they are acknowledged, with the
// settings that the shop opens it with.
func (b *bench) oneRow(ctx context.Context) (pace, error) {
	dir, err := os.MkdirTemp(b.dir, "row")
	if err != nil {
		return pace{}, err
	}
	d, err := db.Open(ctx, db.Where{Dir: dir})
	if err != nil {
		return pace{}, err
	}
	defer func() { _ = d.Close() }()
	if _, err := d.Pool().ExecContext(ctx, "create table said (id integer primary key, body text not null)"); err != nil {
		return pace{}, err
	}
	write, err := d.Pool().PrepareContext(ctx, "insert into said (body) values ('a message of about the length that people write to a shop')")
	if err != nil {
		return pace{}, err
	}
	var at sync.WaitGroup
	began, used, count := time.Now(), own(), [8]int{}
	till := began.Add(time.Duration(b.Seconds) * time.Second)
	failed := make(chan error, len(count))
	for i := range count {
		at.Go(func() {
			for time.Now().Before(till) {
				if _, err := write.ExecContext(ctx); err != nil {
					failed <- fmt.Errorf("write one row: %w", err)
					return
				}
				count[i]++
			}
			failed <- nil
		})
	}
	at.Wait()
	all := 0
	for _, n := range count {
		all += n
	}
	for range count {
		err = errors.Join(err, <-failed)
	}
	return pace{float64(all) / time.Since(began).Seconds(), (own() - used) * 1000 / float64(max(all, 1))}, err
}
