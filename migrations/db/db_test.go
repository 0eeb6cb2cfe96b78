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

var errStop = errors.New("stop")

func count(t *testing.T, ctx context.Context, d *db.DB) (n int64) {
	t.Helper()
	if err := d.On(ctx).Raw("select count(*) from jobs").Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAFailedSavepointUndoesOnlyItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		told := []string{}
		err := d.InTx(t.Context(), func(ctx context.Context) error {
			if err := d.Promise(ctx, db.Job{Kind: "kept"}); err != nil {
				return err
			}
			d.AfterCommit(ctx, func() { told = append(told, "kept") })
			inner := d.InTx(ctx, func(ctx context.Context) error {
				d.AfterCommit(ctx, func() { told = append(told, "undone") })
				if err := d.Promise(ctx, db.Job{Kind: "undone"}); err != nil {
					return err
				}
				return errStop
			})
			if !errors.Is(inner, errStop) {
				t.Errorf("the savepoint failed with %v", inner)
			}
			return nil
		})
		if err != nil || count(t, t.Context(), d) != 1 {
			t.Errorf("%v; %d jobs, want 1", err, count(t, t.Context(), d))
		}
		if fmt.Sprint(told) != "[kept]" {
			t.Errorf("after the commit %v were told", told)
		}
	})
}

func TestABrokenUniqueKeyInASavepointLeavesTheTransactionUsable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		insert := "insert into jobs (kind, ukey, run_at, created_at) values ('x', 'same', 0, 0)"
		err := d.InTx(t.Context(), func(ctx context.Context) error {
			if err := d.On(ctx).Exec(insert).Error; err != nil {
				return err
			}
			twice := d.InTx(ctx, func(ctx context.Context) error { return d.On(ctx).Exec(insert).Error })
			if !db.IsTaken(twice) {
				t.Errorf("the second insert failed with %v", twice)
			}
			read := d.InTx(ctx, func(ctx context.Context) error {
				var ids []int64
				return d.On(ctx).Raw(insert + " returning id").Scan(&ids).Error
			})
			if !db.IsTaken(read) {
				t.Errorf("the insert that returns its id failed with %v", read)
			}
			return d.On(ctx).Exec("update jobs set kind = 'y'").Error
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestNothingPromisedSurvivesARollback(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_ = d.InTx(t.Context(), func(ctx context.Context) error {
			if err := d.Promise(ctx, db.Job{Kind: "never"}); err != nil {
				return err
			}
			return errStop
		})
		if n := count(t, t.Context(), d); n != 0 {
			t.Errorf("%d jobs", n)
		}
	})
}

// keepUntil runs a queue until told has got want values or the test's patience ends.
func keepUntil[T any](t *testing.T, d *db.DB, how db.Keeping, told <-chan T, want int) (got []T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var keeping sync.WaitGroup
	keeping.Add(1)
	go func() { defer keeping.Done(); d.Keep(ctx, how) }()
	defer keeping.Wait()
	defer cancel()
	patience := time.After(30 * time.Second)
	for len(got) < want {
		select {
		case value := <-told:
			got = append(got, value)
		case <-patience:
			t.Fatalf("got %d of %d: %v", len(got), want, got)
		}
	}
	return got
}

func TestAGroupIsDoneInOrderWhateverFails(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const groups, each = 5, 12
		for n := range each {
			for g := range groups {
				if err := d.Promise(t.Context(), db.Job{Kind: "step", Group: fmt.Sprint("g", g)}.With(n)); err != nil {
					t.Fatal(err)
				}
			}
		}
		type step struct {
			group string
			n     int
		}
		told := make(chan step, groups*each)
		var mu sync.Mutex
		running := map[string]bool{}
		keeper := func(_ context.Context, job db.Job) error {
			mu.Lock()
			if running[job.Group] {
				t.Errorf("two jobs of %s at once", job.Group)
			}
			running[job.Group] = true
			mu.Unlock()
			defer func() { mu.Lock(); running[job.Group] = false; mu.Unlock() }()
			var n int
			if err := job.Decode(&n); err != nil {
				return err
			}
			if n%5 == 3 && job.Attempt == 1 {
				return errStop
			}
			told <- step{job.Group, n}
			return nil
		}
		got := keepUntil(t, d, db.Keeping{Kinds: map[string]db.Keeper{"step": keeper}, Owner: "me", Poll: 5 * time.Millisecond}, told, groups*each)
		next := map[string]int{}
		for _, step := range got {
			if step.n != next[step.group] {
				t.Fatalf("%s: step %d came when %d was due", step.group, step.n, next[step.group])
			}
			next[step.group]++
		}
	})
}

func TestAJobEndedInItsOwnTransactionIsDoneOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Promise(t.Context(), db.Job{Kind: "pay"}); err != nil {
			t.Fatal(err)
		}
		told := make(chan bool, 2)
		keeper := func(ctx context.Context, job db.Job) error {
			return d.InTx(ctx, func(ctx context.Context) error {
				if err := job.Done(ctx); err != nil {
					return err
				}
				d.AfterCommit(ctx, func() { told <- true })
				return nil
			})
		}
		keepUntil(t, d, db.Keeping{Kinds: map[string]db.Keeper{"pay": keeper}, Owner: "me"}, told, 1)
		if n := count(t, t.Context(), d); n != 0 || len(told) != 0 {
			t.Errorf("%d jobs are left, it was done %d more times", n, len(told))
		}
	})
}

func TestAJobOfADeadProcessIsTakenOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.On(t.Context()).Exec("insert into jobs (kind, state, owner, lease_till, run_at, created_at) values ('send', 'running', 'dead', 1, 0, 0)").Error
		if err != nil {
			t.Fatal(err)
		}
		told := make(chan int, 1)
		keeper := func(_ context.Context, job db.Job) error { told <- job.Attempt; return nil }
		keepUntil(t, d, db.Keeping{Kinds: map[string]db.Keeper{"send": keeper}, Owner: "me", Poll: 5 * time.Millisecond}, told, 1)
	})
}

func TestAHopelessJobIsSetAsideAndTheNextOfItsGroupGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Promise(t.Context(), db.Job{Kind: "k", Group: "g"}.With("bad"), db.Job{Kind: "k", Group: "g"}.With("good")); err != nil {
			t.Fatal(err)
		}
		told := make(chan string, 2)
		keeper := func(_ context.Context, job db.Job) error {
			var name string
			if err := job.Decode(&name); err != nil {
				return err
			}
			if name == "bad" {
				return db.Hopeless{Why: errStop}
			}
			told <- name
			return nil
		}
		keepUntil(t, d, db.Keeping{Kinds: map[string]db.Keeper{"k": keeper}, Owner: "me", Poll: 5 * time.Millisecond}, told, 1)
		depths, err := d.Depths(t.Context())
		if err != nil || len(depths) != 1 || depths[0].Dead != 1 || depths[0].Jobs != 0 {
			t.Errorf("%+v (%v)", depths, err)
		}
	})
}

func TestAKeyedJobWaitsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for range 3 {
			if err := d.Promise(t.Context(), db.Job{Kind: "release", Key: "order 7"}); err != nil {
				t.Fatal(err)
			}
		}
		if n := count(t, t.Context(), d); n != 1 {
			t.Errorf("%d jobs, want 1", n)
		}
	})
}

func TestARingIsHeardAfterTheCommit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		heard := make(chan string, 8)
		defer d.Hear("inbox", func(what string) { heard <- what })()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go d.Carry(ctx)
		if d.Engine() == db.Postgres {
			<-heard // the connection stands: look again
		}
		err := d.InTx(t.Context(), func(ctx context.Context) error { return d.Ring(ctx, "inbox", "17") })
		if err != nil {
			t.Fatal(err)
		}
		select {
		case what := <-heard:
			if what != "17" {
				t.Errorf("heard %q", what)
			}
		case <-time.After(30 * time.Second):
			t.Error("nothing was heard")
		}
	})
}

func TestASecondProcessIsToldThatTheFolderIsTaken(t *testing.T) {
	where := db.Where{Dir: t.TempDir()}
	first, err := db.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	if second, err := db.Open(t.Context(), where); err == nil {
		_ = second.Close()
		t.Error("two processes opened one SQLite file")
	}
}

func TestAJobOfAProcessThatIsGoneIsTakenOverAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.On(t.Context()).Exec("insert into jobs (kind, state, owner, lease_till, run_at, created_at) values ('send', 'running', 'parley-gone', ?, 0, 0)",
			time.Now().Add(time.Hour).UnixMicro()).Error
		if err != nil {
			t.Fatal(err)
		}
		told := make(chan int, 1)
		keeper := func(_ context.Context, job db.Job) error { told <- job.Attempt; return nil }
		keepUntil(t, d, db.Keeping{Kinds: map[string]db.Keeper{"send": keeper}}, told, 1)
	})
}
