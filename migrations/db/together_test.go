package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"parley/migrations/db"
	"parley/migrations/dbtest"
)

const insertKind = "insert into jobs (kind, run_at, created_at) values (?, 0, 0)"

// crowd begins a transaction that waits, lets the others come one after the other, and tells how each of all ended.
func crowd(t *testing.T, d *db.DB, first func(ctx context.Context) error, others ...func(ctx context.Context) error) []error {
	t.Helper()
	begun, go1 := make(chan struct{}), make(chan struct{})
	ends := make([]error, 1+len(others))
	var all sync.WaitGroup
	once := sync.OnceFunc(func() { close(begun) })
	all.Go(func() {
		ends[0] = d.InTx(t.Context(), func(ctx context.Context) error {
			once()
			<-go1
			return first(ctx)
		})
	})
	<-begun
	for i, other := range others {
		all.Go(func() {
			defer func() {
				if wreck := recover(); wreck != nil {
					ends[1+i] = fmt.Errorf("panic: %v", wreck)
				}
			}()
			ends[1+i] = d.InTx(t.Context(), other)
		})
		for d.Waiting() <= i {
			runtime.Gosched()
		}
	}
	close(go1)
	all.Wait()
	return ends
}

func kinds(t *testing.T, d *db.DB) []string { return kindsIn(t.Context(), t, d) }

func writes(d *db.DB, kind string) func(ctx context.Context) error {
	return func(ctx context.Context) error { return d.On(ctx).Exec(insertKind, kind).Error }
}

func TestThoseWhoWaitAreCommittedTogetherAndFailAlone(t *testing.T) {
	d := dbtest.SQLite(t)
	told := []string{}
	sawFirst := false
	ends := crowd(t, d, func(ctx context.Context) error {
		d.AfterCommit(ctx, func() { told = append(told, "first") })
		return writes(d, "first")(ctx)
	}, func(ctx context.Context) error {
		sawFirst = len(told) == 0 && slices.Equal(kindsIn(ctx, t, d), []string{"first"}) // which nobody was told of yet
		return errors.Join(writes(d, "fails")(ctx), errStop)
	}, func(ctx context.Context) error {
		_ = writes(d, "panics")(ctx)
		panic("at the disco")
	}, writes(d, "last"))
	if !sawFirst {
		t.Error("the second did not share the first one's transaction")
	}
	if ends[0] != nil || !errors.Is(ends[1], errStop) || fmt.Sprint(ends[2]) != "panic: at the disco" || ends[3] != nil {
		t.Errorf("ended with %v", ends)
	}
	if got := kinds(t, d); !slices.Equal(slices.Sorted(slices.Values(got)), []string{"first", "last"}) || !slices.Equal(told, []string{"first"}) {
		t.Errorf("kept %v, told %v", got, told)
	}
}

func kindsIn(ctx context.Context, t *testing.T, d *db.DB) (all []string) {
	t.Helper()
	if err := d.On(ctx).Raw("select kind from jobs order by id").Scan(&all).Error; err != nil {
		t.Error(err)
	}
	return all
}

// One part ends the transaction of all, as a full disk does: the others are done again, each alone.
func TestWhoeverSharedATransactionThatWasLostIsDoneAgain(t *testing.T) {
	d := dbtest.SQLite(t)
	runs, told := 0, 0
	ends := crowd(t, d, func(ctx context.Context) error {
		runs++
		d.AfterCommit(ctx, func() { told++ })
		return writes(d, "first")(ctx)
	}, func(ctx context.Context) error {
		return errors.Join(d.On(ctx).Exec("rollback").Error, errStop)
	}, writes(d, "last"))
	if ends[0] != nil || !errors.Is(ends[1], errStop) || ends[2] != nil {
		t.Errorf("ended with %v", ends)
	}
	if got := kinds(t, d); !slices.Equal(slices.Sorted(slices.Values(got)), []string{"first", "last"}) || runs != 2 || told != 1 {
		t.Errorf("kept %v; the first ran %d times and was told of %d commits", got, runs, told)
	}
}

// A part whose context ends takes nothing of the others with it.
func TestATransactionThatIsBrokenOffUndoesOnlyItself(t *testing.T) {
	d := dbtest.SQLite(t)
	ends := crowd(t, d, writes(d, "first"), func(inner context.Context) error {
		broken, stop := context.WithCancel(inner)
		err := writes(d, "broken off")(broken)
		stop()
		return errors.Join(err, writes(d, "too late")(broken))
	}, writes(d, "last"))
	if ends[0] != nil || !errors.Is(ends[1], context.Canceled) || ends[2] != nil {
		t.Errorf("ended with %v", ends)
	}
	if got := kinds(t, d); !slices.Equal(slices.Sorted(slices.Values(got)), []string{"first", "last"}) {
		t.Errorf("kept %v", got)
	}
}

func TestWhoeverDoesNotWaitAnyLongerIsLeftOut(t *testing.T) {
	d := dbtest.SQLite(t)
	ctx, cancel := context.WithCancel(t.Context())
	begun, go1 := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_ = d.InTx(t.Context(), func(context.Context) error { close(begun); <-go1; return nil })
	})
	<-begun
	ended := make(chan error)
	go func() { ended <- d.InTx(ctx, writes(d, "never")) }()
	for d.Waiting() == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	close(go1)
	all.Wait()
	if err := d.InTx(t.Context(), writes(d, "next")); err != nil {
		t.Error(err)
	}
	if got := kinds(t, d); !slices.Equal(got, []string{"next"}) {
		t.Errorf("kept %v", got)
	}
}
