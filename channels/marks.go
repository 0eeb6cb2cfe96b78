package channels

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/migrations/db"
)

// mark is where a letter stands now.
type mark struct {
	id    int64
	state State
	ref   string  // the network's id
	said  string  // why it failed
	ends  *db.Job // whose last letter it is
}

// marks writes many marks in one statement: as many as have come in while the last ones were written.
type marks struct {
	db   *db.DB
	come chan waitingMark
}

type waitingMark struct {
	mark
	done chan<- error
}

func newMarks(d *db.DB) *marks { return &marks{d, make(chan waitingMark, 256)} }

// mark returns when the mark is in the database.
func (m *marks) mark(ctx context.Context, one mark) error {
	done := make(chan error, 1)
	select {
	case m.come <- waitingMark{one, done}:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write serves mark until ctx ends.
func (m *marks) write(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-m.come:
			batch := m.gather(first)
			err := m.store(ctx, batch)
			for _, waiting := range batch {
				waiting.done <- err
			}
		}
	}
}

func (m *marks) gather(first waitingMark) []waitingMark {
	batch := []waitingMark{first}
	for len(batch) < 200 {
		select {
		case next := <-m.come:
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}

// store moves messages forward, never back: Sent only from Queued, Failed only from what no buyer has seen. The
// jobs that are over with them end in the same transaction.
func (m *marks) store(ctx context.Context, batch []waitingMark) error {
	var sql strings.Builder
	sql.WriteString("with news (id, state, ref, said) as (values ")
	args := make([]any, 0, 4*len(batch)+1)
	for i, one := range batch {
		if i > 0 {
			sql.WriteByte(',')
		}
		sql.WriteString("(cast(? as bigint), cast(? as text), cast(? as text), cast(? as text))")
		args = append(args, one.id, one.state, one.ref, one.said)
	}
	sql.WriteString(`) update messages set state = news.state, ref = case when news.ref <> '' then news.ref else messages.ref end,
		error = news.said, changed_at = ? from news
		where messages.id = news.id and way = 'out' and (messages.state = 'queued' or messages.state = 'sent' and news.state = 'failed')`)
	args = append(args, time.Now().UTC().Truncate(time.Microsecond))
	var done []db.Job
	for _, one := range batch {
		if one.ends != nil {
			done = append(done, *one.ends)
		}
	}
	err := m.db.InTx(ctx, func(ctx context.Context) error {
		if err := m.db.Soon(ctx, sql.String(), args...); err != nil {
			return err
		}
		return m.db.EndJobs(ctx, done...)
	})
	if err != nil {
		return fmt.Errorf("mark messages: %w", err)
	}
	return nil
}

// Hear moves the message to a buyer with the network's id forward when the network tells that it was delivered or read.
func (o *Outbox) Hear(ctx context.Context, to Address, ref string, state State) error {
	before := []State{Queued, Sent}
	if state == Read {
		before = append(before, Delivered)
	}
	err := o.db.On(ctx).Exec("update messages set state = ?, changed_at = ? where channel = ? and buyer = ? and ref = ? and way = 'out' and state in ?",
		state, o.now().Truncate(time.Microsecond), to.Channel, to.Buyer, ref, before).Error
	if err != nil {
		return fmt.Errorf("hear of message: %w", err)
	}
	return nil
}
