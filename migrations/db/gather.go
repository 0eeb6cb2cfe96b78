package db

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Gather does things many at a time: those that come while others are being done gather, and are done together
// next. Whoever comes alone does not wait.
type Gather[I, O any] struct {
	Linger time.Duration // for how long more may come before they are done, when those before were several

	do      func(ctx context.Context, all []I) ([]O, error)
	most    int
	mu      sync.Mutex
	several bool // were done together last
	free    int  // of those who may do things at once
	waiting []gathered[I, O]
}

type gathered[I, O any] struct {
	one  I
	done chan<- outcome[O]
}

type outcome[O any] struct {
	value O
	err   error
}

// NewGather has do done with at most so many things together, and by at most width at once. do returns as many
// values as it is given things, in their order, or one error for all.
func NewGather[I, O any](width, most int, do func(ctx context.Context, all []I) ([]O, error)) *Gather[I, O] {
	return &Gather[I, O]{do: do, most: most, free: width}
}

// Do returns what became of one thing. It goes on when ctx ends, since others' things may be done with it.
func (g *Gather[I, O]) Do(ctx context.Context, one I) (O, error) {
	done := make(chan outcome[O], 1)
	g.mu.Lock()
	g.waiting = append(g.waiting, gathered[I, O]{one, done})
	mine := g.free > 0
	if mine {
		g.free--
	}
	g.mu.Unlock()
	if mine {
		go g.work(context.WithoutCancel(ctx))
	}
	got := <-done
	return got.value, got.err
}

// work does what waits until nothing does.
func (g *Gather[I, O]) work(ctx context.Context) {
	for {
		batch := g.next()
		if len(batch) == 0 {
			return
		}
		all := make([]I, len(batch))
		for i, one := range batch {
			all[i] = one.one
		}
		values, err := g.try(ctx, all)
		for i, one := range batch {
			if err != nil {
				one.done <- outcome[O]{err: err}
				continue
			}
			one.done <- outcome[O]{value: values[i]}
		}
	}
}

// next takes what is to be done together; when that is nothing it gives up the worker's place.
func (g *Gather[I, O]) next() []gathered[I, O] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.Linger > 0 && g.several && len(g.waiting) > 0 && len(g.waiting) < g.most {
		g.mu.Unlock()
		time.Sleep(g.Linger)
		g.mu.Lock()
	}
	batch := g.waiting[:min(len(g.waiting), g.most)]
	g.waiting = g.waiting[len(batch):]
	if len(batch) == 0 {
		g.waiting = nil
		g.free++
		return nil
	}
	g.several = len(batch) > 1
	return batch
}

// try turns a panic into an error: it is nobody's in particular.
func (g *Gather[I, O]) try(ctx context.Context, all []I) (values []O, err error) {
	defer func() {
		if wreck := recover(); wreck != nil {
			err = fmt.Errorf("panic while doing %d things together: %v", len(all), wreck)
		}
	}()
	values, err = g.do(ctx, all)
	if err == nil && len(values) != len(all) {
		err = fmt.Errorf("%d things were done together and %d came of it", len(all), len(values))
	}
	return values, err
}
