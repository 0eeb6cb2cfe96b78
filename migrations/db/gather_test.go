package db_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

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
