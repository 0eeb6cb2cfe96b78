package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Keeper does one job. Nil ends it (unless it ended itself by Done); an error has it tried again.
type Keeper func(ctx context.Context, job Job) error

// Keeping is how jobs of some kinds are kept.
type Keeping struct {
	Kinds    map[string]Keeper
	Owner    string                              // names this process, for tests that play several; empty: its own name
	Width    int                                 // jobs done at once; 0 is 8
	Lease    time.Duration                       // how long a job is ours; it must outlast the slowest try. 0 is a minute
	Poll     time.Duration                       // how often to look for jobs of other replicas and retries; 0 is a second
	Attempts int                                 // tries before a job is set aside as dead; 0 is 12 (about an hour)
	Failed   func(job Job, err error, dead bool) // told of each failed try; may be nil
}

// Keep does the jobs of some kinds until ctx ends, then waits for those under way.
func (d *DB) Keep(ctx context.Context, how Keeping) {
	k := newKeep(d, how)
	wake := make(chan struct{}, 1)
	nudge := func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	stop := d.Hear("jobs", func(kind string) {
		if _, mine := k.Kinds[kind]; mine || kind == "" {
			nudge()
		}
	})
	defer stop()
	k.free = nudge
	k.open(ctx)
	var ending sync.WaitGroup
	ending.Add(1)
	go func() { defer ending.Done(); k.endJobs() }()
	tick := time.NewTicker(k.Poll)
	defer tick.Stop()
	k.reap(ctx) // what this program had in hand when it was killed
	for ctx.Err() == nil {
		if k.claimSome(ctx) {
			continue
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-tick.C:
			k.line.clear() // whoever is still in it is found, or another replica has it
			k.reap(ctx)
		}
	}
	k.shut()
	k.under.Wait()
	close(k.ended)
	ending.Wait()
}

// keep is one running Keep.
type keep struct {
	*DB
	Keeping
	names []string
	slots chan struct{}
	ended chan int64 // jobs that were done and are to be deleted, many at a time
	under sync.WaitGroup
	free  func()
	short atomic.Bool // there was no free slot for what might be due
	line  line
	door  sync.Mutex
	handy bool // jobs are taken from those who promise them
	base  context.Context
}

func newKeep(d *DB, how Keeping) *keep {
	if how.Owner == "" {
		how.Owner = d.name
	}
	if how.Width == 0 {
		how.Width = 8
	}
	if how.Lease == 0 {
		how.Lease = time.Minute
	}
	if how.Poll == 0 {
		how.Poll = time.Second
	}
	if how.Attempts == 0 {
		how.Attempts = 12
	}
	if how.Failed == nil {
		how.Failed = func(Job, error, bool) {}
	}
	k := &keep{DB: d, Keeping: how, slots: make(chan struct{}, how.Width), ended: make(chan int64, how.Width)}
	for name := range how.Kinds {
		k.names = append(k.names, name)
	}
	return k
}

// claimSome takes as many due jobs as there are free slots and starts them. It says whether there may be more.
func (k *keep) claimSome(ctx context.Context) bool {
	k.short.Store(true) // before looking, so that a slot which comes free right afterwards wakes us
	room := cap(k.slots) - len(k.slots)
	if room == 0 {
		return false
	}
	k.short.Store(false)
	if ctx.Err() != nil {
		return false
	}
	// Whoever stops in mid-claim could not know whether jobs are theirs, and those would wait for the lease to run out.
	claiming, done := context.WithTimeout(context.WithoutCancel(ctx), min(k.Lease, 10*time.Second))
	rows, err := k.claim(claiming, room)
	done()
	if err != nil {
		if ctx.Err() == nil {
			k.Failed(Job{Kind: "claim"}, err, false)
		}
		return false
	}
	k.line.leave(rows)
	for _, row := range rows {
		k.slots <- struct{}{} // waits if others were handed over meanwhile
		k.under.Add(1)
		go k.run(context.WithoutCancel(ctx), row, nil)
	}
	return len(rows) == room
}

// claimSQL takes the first waiting job of each group that has none running. The materialized step lets
// PostgreSQL lock exactly the rows it updates.
const claimSQL = `with due as materialized (
	select id from jobs where state = 'ready' and run_at <= ? and kind in ? and (grp = '' or not exists (
		select 1 from jobs earlier where earlier.grp = jobs.grp and earlier.id < jobs.id and earlier.state in ('ready', 'running')))
	order by run_at, id limit ?%s)
update jobs set state = 'running', attempt = attempt + 1, owner = ?, lease_till = ?
where id in (select id from due) returning id, kind, grp, args, about, attempt`

func (k *keep) claim(ctx context.Context, count int) (rows []jobRow, err error) {
	skip := ""
	if k.engine == Postgres {
		skip = " for update skip locked"
	}
	now := time.Now()
	err = k.On(ctx).Raw(fmt.Sprintf(claimSQL, skip), now.UnixMicro(), k.names, count, k.Owner, now.Add(k.Lease).UnixMicro()).Scan(&rows).Error
	return rows, err
}

func (k *keep) run(ctx context.Context, row jobRow, fresh any) {
	job := Job{
		ID: row.ID, Kind: row.Kind, Group: row.Grp, Args: []byte(row.Args), Attempt: row.Attempt, About: numbers(row.About),
		Fresh: fresh, owner: k.Owner, db: k.DB, ended: new(atomic.Bool),
	}
	defer k.under.Done()
	ctx, cancel := context.WithTimeout(ctx, k.Lease)
	defer cancel()
	err := k.try(ctx, job)
	if err == nil {
		if !job.ended.Load() {
			k.ended <- job.ID
		}
	} else if failed := k.putBack(context.WithoutCancel(ctx), job, err); failed != nil {
		k.Failed(job, failed, false) // the lease will run out and give it back
	}
	k.vacate()
}

// vacate frees a slot, and has jobs looked for if there were too few slots. What else may let a job go, as the end of
// the one before it in its group, says so itself.
func (k *keep) vacate() {
	<-k.slots
	if k.short.Swap(false) {
		k.free()
	}
}

// try turns a keeper's panic into an error, so that one bad job does not end the process.
func (k *keep) try(ctx context.Context, job Job) (err error) {
	defer func() {
		if wreck := recover(); wreck != nil {
			err = fmt.Errorf("job %s panicked: %v", job.Kind, wreck)
		}
	}()
	return k.Kinds[job.Kind](ctx, job)
}

func (k *keep) putBack(ctx context.Context, job Job, cause error) error {
	var later Later
	if errors.As(cause, &later) {
		defer k.wakeAt(later.At)
		return k.On(ctx).Exec("update jobs set state = 'ready', run_at = ?, attempt = attempt - 1 where id = ? and owner = ? and state = 'running'",
			later.At.UnixMicro(), job.ID, k.Owner).Error
	}
	var hopeless Hopeless
	dead := job.Attempt >= k.Attempts || errors.As(cause, &hopeless)
	k.Failed(job, cause, dead)
	state, next := "ready", time.Now().Add(backOff(job.Attempt))
	if dead {
		state, next = "dead", time.Now() // the next of its group may go
	}
	defer k.wakeAt(next)
	return k.On(ctx).Exec("update jobs set state = ?, run_at = ?, last_error = ?, ukey = case when ? = 'dead' then null else ukey end where id = ? and owner = ? and state = 'running'",
		state, next.UnixMicro(), trim(cause.Error(), 500), state, job.ID, k.Owner).Error
}

// wakeAt has jobs looked for at a time, when that comes before the next look anyway.
func (k *keep) wakeAt(at time.Time) {
	if wait := time.Until(at); wait < k.Poll {
		time.AfterFunc(wait, k.free)
	}
}

// backOff is 0.25 s, 0.5 s, 1 s … ten minutes.
func backOff(attempt int) time.Duration {
	return min(250*time.Millisecond<<min(attempt-1, 12), 10*time.Minute)
}

// endJobs deletes ended jobs, as many at a time as have gathered while the last ones were deleted.
func (k *keep) endJobs() {
	for id := range k.ended {
		ids := []int64{id}
		for more := true; more && len(ids) < 500; {
			select {
			case next, open := <-k.ended:
				if more = open; open {
					ids = append(ids, next)
				}
			default:
				more = false
			}
		}
		err := k.gorm.Exec(k.endSQL(), k.list(ids), k.Owner).Error
		if err != nil {
			k.Failed(Job{Kind: "end"}, err, false)
		}
		k.free() // the next of each group may go now
	}
}

// reap gives back the jobs of processes that died: those whose lease has run out, and at once those of a
// process that is seen to be gone. SQLite has one process, so all others are; PostgreSQL lists who is
// connected. Where our own name is not on that list (behind some poolers) only the lease counts.
func (k *keep) reap(ctx context.Context) {
	gone, args := "", []any{k.names, time.Now().UnixMicro()}
	switch {
	case k.Owner != k.name: // a test that plays several processes
	case k.engine == Postgres:
		gone = ` or owner like 'parley-%' and not exists (select 1 from pg_stat_activity a where a.application_name = jobs.owner)
			and exists (select 1 from pg_stat_activity a where a.application_name = ?)`
		args = append(args, k.name)
	default:
		gone, args = " or owner <> ?", append(args, k.name)
	}
	err := k.On(ctx).Exec("update jobs set state = 'ready' where state = 'running' and kind in ? and (lease_till < ?"+gone+")", args...).Error
	if err != nil && ctx.Err() == nil {
		k.Failed(Job{Kind: "reap"}, err, false)
	}
}

func trim(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}
