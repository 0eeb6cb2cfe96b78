package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// demoShop is the shop whose visitors are measured; it is one of those that come with the program.
const demoShop = "meadow"

// pool is how many people take turns at being those who are at it at once: no network lets one chat be written
// to many times a second, and the program keeps to that.
const pool = 2000

// crowd is people in chats, shared by so many who are at it at once.
type crowd struct{ chats []*chat }

var people atomic.Int64 // made so far; ids of chats are never used twice

func (b *bench) crowd(size int) *crowd {
	c := &crowd{chats: make([]*chat, size)}
	for i := range c.chats {
		c.chats[i] = newChat(100_000 + people.Add(1))
	}
	b.api.join(c.chats...)
	return c
}

// lane gives one of width who are at it the chat that has rested longest. Each has a part of the crowd of their
// own, so that no chat is taken by two.
func (c *crowd) lane(worker, width int) func() *chat {
	turn := 0
	lane := len(c.chats) / width
	return func() *chat {
		turn++
		return c.chats[worker*lane+turn%lane]
	}
}

// measureTurns is the rate of turns and how long they take, for each number of chats at once.
func measureTurns(ctx context.Context, b *bench) error {
	database, err := b.postgres.database(ctx)
	if err != nil {
		return err
	}
	defer b.postgres.drop(context.WithoutCancel(ctx), database)
	program, err := b.start(ctx, database, b.dir)
	if err != nil {
		return err
	}
	rounds := make([][]round, len(b.Clients))
	everybody := b.crowd(pool)
	if err := b.greet(ctx, everybody.chats); err != nil {
		return errors.Join(err, program.stop())
	}
	for range b.Rounds {
		for i, clients := range b.Clients {
			one, err := b.turnRound(ctx, program, everybody, clients)
			if err != nil {
				_ = program.stop()
				return fmt.Errorf("%w\n%.3000s", err, program.log.Bytes())
			}
			rounds[i] = append(rounds[i], one)
		}
	}
	for i, clients := range b.Clients {
		f := compared(fmt.Sprintf("turn, %d at once", clients), "turns/s", rounds[i])
		b.report.add(f)
	}
	return program.stop()
}

// greet has everybody open the demo shop, 32 at once: the first turn of a chat is another than the rest.
func (b *bench) greet(ctx context.Context, chats []*chat) error {
	phone := newPhone(b.api.hook.Load())
	return each(32, chats, func(c *chat) error {
		_, err := phone.turn(ctx, c, c.next(demoShop))
		return err
	})
}

// each does something with all chats, so many at once, until it fails.
func each(width int, chats []*chat, do func(c *chat) error) error {
	line := make(chan *chat)
	failed := make(chan error, width)
	var at sync.WaitGroup
	for range width {
		at.Go(func() {
			var broken error
			for c := range line {
				if broken == nil {
					broken = do(c)
				}
			}
			failed <- broken
		})
	}
	for _, c := range chats {
		line <- c
	}
	close(line)
	at.Wait()
	close(failed)
	var all error
	for err := range failed {
		all = errors.Join(all, err)
	}
	return all
}

func (b *bench) turnRound(ctx context.Context, program *child, everybody *crowd, clients int) (round, error) {
	base, err := b.pgbench(ctx, "one-and-one", clients)
	if err != nil {
		return round{}, err
	}
	r, err := b.turns(ctx, program, everybody, clients)
	r.base = base
	return r, err
}

// turns is what so many do who look around the shop.
func (b *bench) turns(ctx context.Context, program *child, everybody *crowd, clients int) (round, error) {
	phone := newPhone(b.api.hook.Load())
	return b.load(ctx, program.command.Process.Pid, clients, func(ctx context.Context, worker int) func() (time.Duration, error) {
		pick := everybody.lane(worker, clients)
		return func() (time.Duration, error) {
			c := pick()
			return phone.turn(ctx, c, c.next(demoShop))
		}
	})
}

// load has clients do something over and over for the benchmark's seconds, after a warm-up of a third of that.
// program is the process that is measured; 0 is this one.
func (b *bench) load(ctx context.Context, program, clients int, client func(ctx context.Context, worker int) func() (time.Duration, error)) (round, error) {
	seconds := time.Duration(b.Seconds) * time.Second
	from := time.Now().Add(seconds / 3)
	till := from.Add(seconds)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var all []time.Duration
	var used [3]float64
	var at sync.WaitGroup
	for worker := range clients {
		at.Go(func() {
			do := client(ctx, worker)
			var mine []time.Duration
			for time.Now().Before(till) && ctx.Err() == nil {
				took, err := do()
				if err != nil {
					cancel(err)
					return
				}
				if now := time.Now(); now.After(from) && now.Before(till) {
					mine = append(mine, took)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, mine...)
		})
	}
	at.Go(func() { b.watch(ctx, program, from, till, &used) })
	at.Wait()
	if err := context.Cause(ctx); err != nil {
		return round{}, err
	}
	for i := range used {
		used[i] *= 1000 / float64(max(len(all), 1))
	}
	return round{rate: float64(len(all)) / seconds.Seconds(), cpu: used, p50: part(all, 0.5), p99: part(all, 0.99)}, nil
}

// watch measures the processor time that the program, PostgreSQL and the load use between two moments.
func (b *bench) watch(ctx context.Context, program int, from, till time.Time, used *[3]float64) {
	now := func() (all [3]float64) {
		if program != 0 {
			all[0] = family(program)
		}
		if b.postgres.pid != 0 {
			all[1] = family(b.postgres.pid)
		}
		all[2] = own()
		return all
	}
	for i, moment := range []time.Time{from, till} {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(moment)):
		}
		for n, seconds := range now() {
			if i == 0 {
				seconds = -seconds
			}
			used[n] += seconds
		}
	}
}
