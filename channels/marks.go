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
	db  *db.DB
	all *db.Gather[mark, struct{}]
}

const (
	mostMarks  = 200                  // that are written at once
	markLinger = 2 * time.Millisecond // what is marked has been shown already: nobody waits for it
)

func newMarks(d *db.DB) *marks {
	m := &marks{db: d}
	m.all = db.NewGather(1, mostMarks, func(ctx context.Context, batch []mark) ([]struct{}, error) {
		return make([]struct{}, len(batch)), m.store(ctx, batch)
	})
	m.all.Linger = markLinger
	return m
}

// mark returns when the mark is in the database.
func (m *marks) mark(ctx context.Context, one mark) error {
	_, err := m.all.Do(ctx, one)
	return err
}

// store moves messages forward, never back: Sent only from Queued, Failed only from what no buyer has seen. The
// jobs that are over with them end in the same transaction.
func (m *marks) store(ctx context.Context, batch []mark) error {
	sql, args := m.news(batch)
	var done []db.Job
	for _, one := range batch {
		if one.ends != nil {
			done = append(done, *one.ends)
		}
	}
	err := m.db.InTx(ctx, func(ctx context.Context) error {
		if err := m.db.Soon(ctx, sql, args...); err != nil {
			return err
		}
		return m.db.EndJobs(ctx, done...)
	})
	if err != nil {
		return fmt.Errorf("mark messages: %w", err)
	}
	return nil
}

// forwardSQL moves the messages of which there is news.
const forwardSQL = ` update messages set state = news.state, ref = case when news.ref <> '' then news.ref else messages.ref end,
		error = news.said, changed_at = ? from news
		where messages.id = news.id and way = 'out' and (messages.state = 'queued' or messages.state = 'sent' and news.state = 'failed')`

// news is the statement that writes marks. Where lists can be parameters it is the same for any number of them, so
// that it is prepared once.
func (m *marks) news(batch []mark) (sql string, args []any) {
	at := time.Now().UTC().Truncate(time.Microsecond)
	if m.db.Versions() {
		ids, states, refs, said := make([]int64, len(batch)), make([]string, len(batch)), make([]string, len(batch)), make([]string, len(batch))
		for i, one := range batch {
			ids[i], states[i], refs[i], said[i] = one.id, string(one.state), one.ref, one.said
		}
		return `with news (id, state, ref, said) as (select * from unnest((select cast(? as bigint[])), (select cast(? as text[])),
			(select cast(? as text[])), (select cast(? as text[]))))` + forwardSQL, []any{&ids, &states, &refs, &said, at}
	}
	var rows strings.Builder
	for i, one := range batch {
		if i > 0 {
			rows.WriteByte(',')
		}
		rows.WriteString("(cast(? as bigint), cast(? as text), cast(? as text), cast(? as text))")
		args = append(args, one.id, one.state, one.ref, one.said)
	}
	return "with news (id, state, ref, said) as (values " + rows.String() + ")" + forwardSQL, append(args, at)
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
