package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"parley/migrations/db"
	"parley/migrations/dbtest"
)

const insertUnknown = "insert into unknown_updates (channel, body, at) values (?, ?, ?), (?, ?, ?) returning id"

// promiseTwoRows writes two rows and a job about them.
func promiseTwoRows(ctx context.Context, d *db.DB, n int) error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	job := db.Job{Kind: "step", Group: "g", Fresh: n}.With(n)
	return d.PromiseWith(ctx, job, insertUnknown, "c", fmt.Sprint(n, "a"), now, "c", fmt.Sprint(n, "b"), now)
}

func TestAJobIsAboutTheRowsThatWereWrittenWithItAndKeepsItsGroupsOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const jobs = 20
		told := make(chan int, jobs)
		keeper := func(ctx context.Context, job db.Job) error {
			var n int
			if err := job.Decode(&n); err != nil {
				return err
			}
			var bodies []string
			if err := d.On(ctx).Raw("select body from unknown_updates where id in ? order by id", job.About).Scan(&bodies).Error; err != nil {
				return err
			}
			if want := fmt.Sprint([]string{fmt.Sprint(n, "a"), fmt.Sprint(n, "b")}); fmt.Sprint(bodies) != want {
				t.Errorf("job %d is about %v, want %v", n, bodies, want)
			}
			if job.Fresh != nil && job.Fresh != n {
				t.Errorf("job %d was handed over with %v", n, job.Fresh)
			}
			told <- n
			return nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		var keeping sync.WaitGroup
		keeping.Go(func() {
			d.Keep(ctx, db.Keeping{Kinds: map[string]db.Keeper{"step": keeper}, Width: 2, Poll: 5 * time.Millisecond})
		})
		for n := range jobs {
			err := d.InTx(t.Context(), func(ctx context.Context) error {
				_ = d.InTx(ctx, func(ctx context.Context) error { // what is undone gives its slot back
					if err := promiseTwoRows(ctx, d, -1); err != nil {
						return err
					}
					return errStop
				})
				return promiseTwoRows(ctx, d, n)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for n := range jobs {
			select {
			case got := <-told:
				if got != n {
					t.Fatalf("job %d came when %d was due", got, n)
				}
			case <-time.After(30 * time.Second):
				t.Fatalf("job %d did not come", n)
			}
		}
		cancel()
		keeping.Wait()
	})
}

func TestWhatIsRunSoonFailsItsTransactionAsAWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		again := "insert into jobs (kind, ukey, run_at, created_at) values ('x', 'same', 0, 0)"
		kept, undone := 0, 0
		err := d.InTx(t.Context(), func(ctx context.Context) error {
			d.AfterCommit(ctx, func() { kept++ })
			for range 2 {
				if err := d.Soon(ctx, again); err != nil {
					undone++
					return err
				}
			}
			return nil
		})
		if !db.IsTaken(err) || !db.IsBroken(err, "jobs_ukey_key") || kept != 0 {
			t.Errorf("%v; %d told of a commit", err, kept)
		}
		if n := count(t, t.Context(), d); n != 0 {
			t.Errorf("%d jobs are left of a transaction that failed", n)
		}
		err = d.InTx(t.Context(), func(ctx context.Context) error { return d.Soon(ctx, again) })
		if err != nil || count(t, t.Context(), d) != 1 {
			t.Errorf("the connection is of no use afterwards: %v", err)
		}
	})
}

func TestAnUndoneSavepointTakesAlongWhatWasToRunSoon(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.InTx(t.Context(), func(ctx context.Context) error {
			inner := d.InTx(ctx, func(ctx context.Context) error {
				if err := d.Soon(ctx, "insert into jobs (kind, run_at, created_at) values ('x', 0, 0)"); err != nil {
					return err
				}
				return errStop
			})
			if !errors.Is(inner, errStop) {
				t.Errorf("the savepoint failed with %v", inner)
			}
			return d.Soon(ctx, "insert into jobs (kind, run_at, created_at) values ('kept', 0, 0)")
		})
		if n := count(t, t.Context(), d); err != nil || n != 1 {
			t.Errorf("%v; %d jobs, want 1", err, n)
		}
	})
}
