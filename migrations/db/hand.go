package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// hands are those in this process who keep jobs, by kind.
type hands struct {
	mu    sync.Mutex
	kinds map[string]*keep
}

// open lets those who promise jobs hand them over.
func (k *keep) open(ctx context.Context) {
	k.door.Lock()
	k.base, k.handy = context.WithoutCancel(ctx), true
	k.door.Unlock()
	k.DB.hands.mu.Lock()
	defer k.DB.hands.mu.Unlock()
	if k.DB.hands.kinds == nil {
		k.DB.hands.kinds = map[string]*keep{}
	}
	for kind := range k.Kinds {
		k.DB.hands.kinds[kind] = k
	}
}

// shut ends that. Those who have a slot already still bring their job, or give the slot back.
func (k *keep) shut() {
	k.door.Lock()
	defer k.door.Unlock()
	k.handy = false
}

// slot takes a free slot for a job of a kind, to be used or given back; nil: there is none.
func (h *hands) slot(kind string) *keep {
	h.mu.Lock()
	k := h.kinds[kind]
	h.mu.Unlock()
	if k == nil {
		return nil
	}
	k.door.Lock()
	defer k.door.Unlock()
	if !k.handy {
		return nil
	}
	select {
	case k.slots <- struct{}{}:
		k.under.Add(1)
		return k
	default:
		return nil
	}
}

// giveBack returns an unused slot.
func (k *keep) giveBack() {
	k.under.Done()
	k.vacate()
}

// handed is what became of a job that may have been handed over.
type handed struct {
	ID    int64
	State string
	About string
}

// PromiseWith writes rows by an insert that ends in "returning id", and promises a job that is About them, their
// ids in the order of the rows. When this process keeps such jobs and nothing is before it in its group, the job
// is its own from the start, and begins right after the commit, with what is Fresh.
//
// On PostgreSQL both are one statement that leaves with the commit, and a broken unique key is seen only then.
func (d *DB) PromiseWith(ctx context.Context, job Job, insert string, args ...any) error {
	tx, inside := d.current(ctx)
	if !inside {
		return d.InTx(ctx, func(ctx context.Context) error { return d.PromiseWith(ctx, job, insert, args...) })
	}
	k, got := d.hands.slot(job.Kind), handed{}
	*tx.ends = append(*tx.ends, end{
		kept: func() { d.handOver(k, job, got) },
		undone: func() {
			if k != nil {
				k.giveBack()
			}
		},
	})
	insert, args, about, ids, err := d.writing(ctx, insert, args)
	if err != nil {
		return fmt.Errorf("write with %s: %w", job.Kind, err)
	}
	now := time.Now()
	owner, till := "", int64(0)
	if k != nil {
		owner, till = k.Owner, now.Add(k.Lease).UnixMicro()
	}
	args = append(args, job.Kind, job.Group, string(job.Args), now.UnixMicro(), now.UnixMicro(), owner, till)
	args = append(append(args, ids...), job.Group)
	if err := d.soonRow(ctx, &got, insert+fmt.Sprintf(promiseWithSQL, about, k != nil), args...); err != nil {
		return fmt.Errorf("promise %s: %w", job.Kind, err)
	}
	return nil
}

// writing is how rows are written and what names their ids: in the same statement, or, since SQLite knows no
// writing with, before it.
func (d *DB) writing(ctx context.Context, insert string, args []any) (with string, rest []any, about string, ids []any, err error) {
	if d.engine == Postgres {
		return "with written as (" + insert + ") ", args, "coalesce((select string_agg(cast(id as text), ',') from written), '')", nil, nil
	}
	var written []int64
	err = d.On(ctx).Raw(insert, args...).Scan(&written).Error
	return "", nil, "cast(? as text)", []any{joined(written)}, err
}

// promiseWithSQL gives the job to this process when it may and nobody of the group is before it.
const promiseWithSQL = `insert into jobs (kind, grp, args, run_at, created_at, about, state, attempt, owner, lease_till)
	select kind, grp, args, run_at, created_at, about, case when mine then 'running' else 'ready' end, case when mine then 1 else 0 end,
		case when mine then owner else '' end, case when mine then lease_till else 0 end
	from (select cast(? as text) as kind, cast(? as text) as grp, cast(? as text) as args, cast(? as bigint) as run_at, cast(? as bigint) as created_at,
		cast(? as text) as owner, cast(? as bigint) as lease_till, %s as about,
		%t and not exists (select 1 from jobs before where before.grp = cast(? as text) and before.state in ('ready', 'running')) as mine) promised
	where true returning id, state, about`

// soonRow is Soon for a statement that returns one row.
func (d *DB) soonRow(ctx context.Context, into *handed, sql string, args ...any) error {
	if d.engine != Postgres {
		return d.On(ctx).Raw(sql, args...).Scan(into).Error
	}
	tx, _ := d.current(ctx)
	*tx.soon++
	ctx = context.WithValue(ctx, unhurried{}, soonest{func(rows pgx.Rows) error {
		if rows.Next() {
			return rows.Scan(&into.ID, &into.State, &into.About)
		}
		return nil
	}})
	return d.On(ctx).Exec(sql, args...).Error
}

// handOver begins a job that is ours already, and has the rest looked for.
func (d *DB) handOver(k *keep, job Job, got handed) {
	switch {
	case k != nil && got.State == "running":
		go k.run(k.base, jobRow{ID: got.ID, Kind: job.Kind, Grp: job.Group, Args: string(job.Args), About: got.About, Attempt: 1}, job.Fresh)
		return
	case k != nil:
		k.giveBack()
	}
	d.hands.queued(job.Kind, got.ID)
	d.ring("jobs", job.Kind)
}

func joined(ids []int64) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(texts, ",")
}

// numbers reads what joined wrote.
func numbers(text string) (ids []int64) {
	for part := range strings.SplitSeq(text, ",") {
		if id, err := strconv.ParseInt(part, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
