package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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
	if j.Group != "" {
		j.db.AfterCommit(ctx, func() { j.db.ring("jobs", j.Kind) }) // the next of its group may go now
	}
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
	err := d.Soon(ctx, d.endSQL(), d.list(ids), jobs[0].owner)
	if err != nil {
		return fmt.Errorf("end jobs: %w", err)
	}
	d.AfterCommit(ctx, func() {
		for _, job := range jobs {
			job.ended.Store(true)
		}
		d.moved(jobs[0].Kind)
	})
	return nil
}

// endSQL deletes jobs of one process, as list gives their ids.
func (d *DB) endSQL() string {
	if d.Versions() {
		return "delete from jobs where id = any(coalesce((select cast(? as bigint[])), '{}')) and owner = ? and state = 'running'"
	}
	return "delete from jobs where id in ? and owner = ? and state = 'running'"
}

// list is ids as one parameter where that can be, so that a statement is the same for any number of them.
func (d *DB) list(ids []int64) any {
	if d.Versions() {
		return &ids
	}
	return ids
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
