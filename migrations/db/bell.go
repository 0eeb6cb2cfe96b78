package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// bells are the ears of this process, by topic.
type bells struct {
	mu   sync.Mutex
	ears map[string]map[*ear]struct{}
}

type ear struct{ heard func(what string) }

// pgChannel is the one PostgreSQL channel that carries every topic between replicas.
const pgChannel = "parley"

// Hear calls heard with what each Ring of the topic says, in any replica, until the returned function is
// called. A ring may be lost (a connection breaks): it means "look again", the rows are the truth.
// heard must not wait.
func (d *DB) Hear(topic string, heard func(what string)) (stop func()) {
	mine := &ear{heard}
	d.bell.mu.Lock()
	defer d.bell.mu.Unlock()
	if d.bell.ears == nil {
		d.bell.ears = map[string]map[*ear]struct{}{}
	}
	if d.bell.ears[topic] == nil {
		d.bell.ears[topic] = map[*ear]struct{}{}
	}
	d.bell.ears[topic][mine] = struct{}{}
	return func() {
		d.bell.mu.Lock()
		defer d.bell.mu.Unlock()
		delete(d.bell.ears[topic], mine)
	}
}

// Ring tells every replica's ears of a topic to look again, once the transaction of ctx has committed.
// Topic and what hold no ':' and together at most 200 bytes.
func (d *DB) Ring(ctx context.Context, topic, what string) error {
	if d.engine == Postgres {
		// NOTIFY is itself delivered at commit, to this process too, by Carry.
		return d.On(ctx).Exec("select pg_notify(?, ?)", pgChannel, topic+":"+what).Error
	}
	d.AfterCommit(ctx, func() { d.ring(topic, what) })
	return nil
}

func (d *DB) ring(topic, what string) {
	d.bell.mu.Lock()
	defer d.bell.mu.Unlock()
	for ear := range d.bell.ears[topic] {
		ear.heard(what)
	}
}

// Carry brings the rings of other replicas to the ears of this one until ctx ends. After a broken
// connection every ear of every topic is told "" once, since rings may have been lost meanwhile.
// On SQLite there are no others and it only waits.
func (d *DB) Carry(ctx context.Context) {
	if d.engine != Postgres {
		<-ctx.Done()
		return
	}
	for ctx.Err() == nil {
		if err := d.listen(ctx); err != nil && ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

func (d *DB) listen(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, d.url)
	if err != nil {
		return fmt.Errorf("connect to listen: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "listen "+pgChannel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	d.ringAll()
	for {
		note, err := conn.WaitForNotification(ctx)
		if err != nil {
			return errors.Join(err, ctx.Err())
		}
		if topic, what, ok := strings.Cut(note.Payload, ":"); ok {
			d.ring(topic, what)
		}
	}
}

func (d *DB) ringAll() {
	d.bell.mu.Lock()
	defer d.bell.mu.Unlock()
	for _, ears := range d.bell.ears {
		for ear := range ears {
			ear.heard("")
		}
	}
}
