package dialogs

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"parley/channels"
)

// gate lets one update of a conversation in at a time, so that those which wait for their turn do not each
// hold a connection to the database. Of those that wait the lowest number goes first. It is only for
// this process: between replicas the row lock does the same.
type gate struct {
	mu    sync.Mutex
	lines map[channels.Address]*line
	tides tides
}

type line struct {
	waiting waiters
	come    int64 // how many have come, to keep those without a number in order
}

type waiter struct {
	seq, come int64
	open      chan struct{}
}

type waiters []*waiter

func (w waiters) Len() int { return len(w) }
func (w waiters) Less(i, j int) bool {
	return w[i].seq < w[j].seq || w[i].seq == w[j].seq && w[i].come < w[j].come
}
func (w waiters) Swap(i, j int) { w[i], w[j] = w[j], w[i] }
func (w *waiters) Push(x any)   { *w = append(*w, x.(*waiter)) }
func (w *waiters) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}

func newGate() *gate { return &gate{lines: map[channels.Address]*line{}, tides: tides{}} }

// enter waits until no other update of the buyer is being worked. The first of a buyer who was quiet waits for
// those before it, as settle says. It fails when ctx ends first.
func (g *gate) enter(ctx context.Context, who channels.Address, seq int64) (leave func(), err error) {
	g.mu.Lock()
	l, busy := g.lines[who]
	if !busy {
		l = &line{}
		g.lines[who] = l
	}
	l.come++
	me := &waiter{seq: seq, come: l.come, open: make(chan struct{})}
	heap.Push(&l.waiting, me)
	filled := g.tides.arrive(who.Channel, seq, !busy, time.Now())
	g.mu.Unlock()
	if !busy {
		g.settle(ctx, who.Channel, filled)
		g.leave(who) // lets in the first of those who have come by now
	}
	select {
	case <-me.open:
		return func() { g.leave(who) }, nil
	case <-ctx.Done():
		g.abandon(who, me)
		return nil, ctx.Err()
	}
}

// pass notes a number that nobody enters with.
func (g *gate) pass(channel string, seq int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tides.arrive(channel, seq, false, time.Now())
}

func (g *gate) leave(who channels.Address) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lines[who]
	if len(l.waiting) == 0 {
		delete(g.lines, who)
		return
	}
	close(heap.Pop(&l.waiting).(*waiter).open)
}

// abandon takes a waiter out of the line; if its turn had come meanwhile, that goes on to the next.
func (g *gate) abandon(who channels.Address, me *waiter) {
	g.mu.Lock()
	for i, other := range g.lines[who].waiting {
		if other == me {
			heap.Remove(&g.lines[who].waiting, i)
			g.mu.Unlock()
			return
		}
	}
	g.mu.Unlock()
	g.leave(who)
}
