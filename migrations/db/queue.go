package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Job is something promised to be done.
type Job struct {
	ID      int64
	Kind    string
	Group   string    // jobs of one group are done one at a time, first promised first; empty: no order
	Key     string    // while a job with this key waits, another is not added; empty: no such rule
	Args    []byte    // JSON
	RunAt   time.Time // not before; zero: at once
	Attempt int       // 1 on the first try
	About   []int64   // the ids of the rows that PromiseWith wrote
	Fresh   any       // what its promiser still had in mind when it was handed over; nil when it comes from the database
	owner   string
	db      *DB
	ended   *atomic.Bool
}

// With returns the job with arguments, which must encode to JSON.
func (j Job) With(args any) Job {
	encoded, err := json.Marshal(args)
	if err != nil {
		panic(fmt.Sprintf("arguments of job %s do not encode: %v", j.Kind, err)) // a bug: they are our own structs
	}
	j.Args = encoded
	return j
}

// Decode reads the arguments that With wrote.
func (j Job) Decode(into any) error {
	if err := json.Unmarshal(j.Args, into); err != nil {
		return fmt.Errorf("arguments of job %d (%s): %w", j.ID, j.Kind, err)
	}
	return nil
}

// Done ends the job in the transaction that ctx carries, so that its effect and its end are one. It
// fails when the job's lease has run out and it is somebody else's by now.
func (j Job) Done(ctx context.Context) error {
	gone := j.db.On(ctx).Exec("delete from jobs where id = ? and owner = ? and state = 'running'", j.ID, j.owner)
	if gone.Error != nil {
		return fmt.Errorf("end job %d: %w", j.ID, gone.Error)
	}
	if gone.RowsAffected != 1 {
		return errLeaseLost
	}
	j.ended.Store(true)
	return nil
}

// EndJobs ends several jobs of one process in the transaction that ctx carries, together with what it commits:
// Done for work that is written down many at a time. One whose lease has run out is left to who has it now.
func (d *DB) EndJobs(ctx context.Context, jobs ...Job) error {
	if len(jobs) == 0 {
		return nil
	}
	ids := make([]int64, len(jobs))
	for i, job := range jobs {
		ids[i] = job.ID
	}
	err := d.Soon(ctx, "delete from jobs where id in ? and owner = ? and state = 'running'", ids, jobs[0].owner)
	if err != nil {
		return fmt.Errorf("end jobs: %w", err)
	}
	d.AfterCommit(ctx, func() {
		for _, job := range jobs {
			job.ended.Store(true)
		}
		d.ring("jobs", jobs[0].Kind) // the next of their groups may go now
	})
	return nil
}

var errLeaseLost = errors.New("the lease of the job has run out")

// Later is returned by a keeper that must wait: the job is tried again then, and the try does not count.
type Later struct{ At time.Time }

// Error says when.
func (l Later) Error() string { return "later, at " + l.At.UTC().Format(time.RFC3339) }

// Hopeless is returned by a keeper for a job that no retry can help: it is set aside at once.
type Hopeless struct{ Why error }

// Error says why.
func (h Hopeless) Error() string { return "hopeless: " + h.Why.Error() }

// Unwrap is the reason.
func (h Hopeless) Unwrap() error { return h.Why }

// jobRow is a row of jobs; times are Unix microseconds, so that they sort alike on both engines.
type jobRow struct {
	ID        int64   `gorm:"primaryKey"`
	Kind      string  `gorm:"column:kind"`
	Grp       string  `gorm:"column:grp"`
	Ukey      *string `gorm:"column:ukey"`
	Args      string  `gorm:"column:args"`
	About     string  `gorm:"column:about"`
	State     string  `gorm:"column:state"` // ready, running, dead
	RunAt     int64   `gorm:"column:run_at"`
	Attempt   int     `gorm:"column:attempt"`
	Owner     string  `gorm:"column:owner"`
	LeaseTill int64   `gorm:"column:lease_till"`
	CreatedAt int64   `gorm:"column:created_at;autoCreateTime:false"`
}

func (jobRow) TableName() string { return "jobs" }

// Promise writes jobs in the transaction that ctx carries; they exist exactly if it commits. Promise
// the jobs of one group under a lock of what the group stands for, so that their ids are in order.
func (d *DB) Promise(ctx context.Context, jobs ...Job) error {
	now := time.Now().UnixMicro()
	sql := strings.Builder{}
	sql.WriteString("insert into jobs (kind, grp, ukey, args, state, run_at, created_at) values ")
	args := make([]any, 0, 6*len(jobs))
	kinds := map[string]bool{}
	for i, job := range jobs {
		if i > 0 {
			sql.WriteByte(',')
		}
		sql.WriteString("(?, ?, ?, ?, 'ready', ?, ?)")
		runAt, key := now, (*string)(nil)
		if !job.RunAt.IsZero() {
			runAt = job.RunAt.UnixMicro()
		}
		if job.Key != "" {
			key = &job.Key
		}
		encoded := string(job.Args)
		if encoded == "" {
			encoded = "{}"
		}
		args = append(args, job.Kind, job.Group, key, encoded, runAt, now)
		kinds[job.Kind] = true
	}
	if len(jobs) == 0 {
		return nil
	}
	sql.WriteString(" on conflict do nothing")
	if err := d.Soon(ctx, sql.String(), args...); err != nil {
		return fmt.Errorf("promise %s: %w", jobs[0].Kind, err)
	}
	for kind := range kinds {
		d.AfterCommit(ctx, func() { d.ring("jobs", kind) })
	}
	return nil
}

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
	room := cap(k.slots) - len(k.slots)
	if room == 0 {
		return false // a slot that comes free wakes us
	}
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
	<-k.slots
	k.free()
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
		return k.On(ctx).Exec("update jobs set state = 'ready', run_at = ?, attempt = attempt - 1 where id = ? and owner = ? and state = 'running'",
			later.At.UnixMicro(), job.ID, k.Owner).Error
	}
	var hopeless Hopeless
	dead := job.Attempt >= k.Attempts || errors.As(cause, &hopeless)
	k.Failed(job, cause, dead)
	state := "ready"
	if dead {
		state = "dead"
	}
	return k.On(ctx).Exec("update jobs set state = ?, run_at = ?, last_error = ?, ukey = case when ? = 'dead' then null else ukey end where id = ? and owner = ? and state = 'running'",
		state, time.Now().Add(backOff(job.Attempt)).UnixMicro(), trim(cause.Error(), 500), state, job.ID, k.Owner).Error
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
		err := k.gorm.Exec("delete from jobs where id in ? and owner = ? and state = 'running'", ids, k.Owner).Error
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

func cut(payload string) (topic, what string, ok bool) { return strings.Cut(payload, ":") }
