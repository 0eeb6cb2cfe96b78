package db_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/migrations/db"
)

func TestThoseThatComeMeanwhileAreDoneTogether(t *testing.T) {
	begun, goOn := make(chan struct{}, 10), make(chan struct{})
	var sizes []int
	g := db.NewGather(1, 3, func(_ context.Context, all []int) ([]int, error) {
		begun <- struct{}{}
		<-goOn
		sizes = append(sizes, len(all))
		if all[0] < 0 {
			return nil, errStop
		}
		doubled := make([]int, len(all))
		for i, n := range all {
			doubled[i] = 2 * n
		}
		return doubled, nil
	})
	var all sync.WaitGroup
	check := func(n int) {
		all.Go(func() {
			if got, err := g.Do(t.Context(), n); err != nil || got != 2*n {
				t.Errorf("%d became %d, %v", n, got, err)
			}
		})
	}
	check(1)
	<-begun
	for n := range 4 {
		check(n + 2)
	}
	for g.Waiting() < 4 {
		runtime.Gosched()
	}
	close(goOn)
	all.Wait()
	if len(sizes) != 3 || sizes[0] != 1 || sizes[1] != 3 || sizes[2] != 1 {
		t.Errorf("they were done %v at a time, want 1, 3 and 1", sizes)
	}
	if _, err := g.Do(t.Context(), -1); !errors.Is(err, errStop) {
		t.Errorf("the error was %v", err)
	}
}

func TestAPanicWhileThingsAreDoneTogetherIsAnErrorForEach(t *testing.T) {
	g := db.NewGather(1, 3, func(context.Context, []int) ([]int, error) { panic("at the disco") })
	for range 2 {
		if _, err := g.Do(t.Context(), 1); err == nil {
			t.Error("it went well")
		}
	}
}

func TestWhenSeveralCameMoreAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		g := db.NewGather(1, 10, func(_ context.Context, all []int) ([]int, error) {
			sizes = append(sizes, len(all))
			time.Sleep(time.Second)
			return all, nil
		})
		g.Linger = time.Minute
		began := time.Now()
		var at sync.WaitGroup
		come := func(after time.Duration) {
			at.Go(func() {
				time.Sleep(after)
				if _, err := g.Do(t.Context(), 1); err != nil {
					t.Error(err)
				}
			})
		}
		come(0) // alone: nobody waits
		come(time.Second / 2)
		come(time.Second / 2)  // both after the first
		come(2 * time.Second)  // when two were done together,
		come(30 * time.Second) // so this one is waited for
		come(10 * time.Minute) // and somebody after those two,
		come(20 * time.Minute) // but nobody after one alone
		at.Wait()
		if want := []int{1, 2, 2, 1, 1}; !slices.Equal(sizes, want) {
			t.Errorf("so many were done together: %v, not %v", sizes, want)
		}
		if took := time.Since(began); took != 20*time.Minute+time.Second {
			t.Errorf("the last one waited: all took %v", took)
		}
	})
}
