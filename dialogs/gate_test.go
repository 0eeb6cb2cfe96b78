package dialogs

import (
	"context"
	"slices"
	"sync"
	"testing"

	"parley/channels"
)

var anna = channels.Address{Channel: "test", Buyer: "anna"}

// waitFor returns when so many stand in the line of a buyer.
func (g *gate) waitFor(who channels.Address, many int) {
	for {
		g.mu.Lock()
		l := g.lines[who]
		standing := l != nil && len(l.waiting) == many
		g.mu.Unlock()
		if standing {
			return
		}
	}
}

func TestOfThoseThatWaitTheLowestNumberGoesFirst(t *testing.T) {
	g := newGate()
	leave, err := g.enter(t.Context(), anna, 1)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []int64
	var under sync.WaitGroup
	for i, seq := range []int64{7, 3, 5, 2, 6, 4} {
		under.Go(func() {
			leave, err := g.enter(context.Background(), anna, seq)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			order = append(order, seq)
			mu.Unlock()
			leave()
		})
		g.waitFor(anna, i+1)
	}
	leave()
	under.Wait()
	if !slices.IsSorted(order) || len(order) != 6 {
		t.Errorf("they went in as %v", order)
	}
	if len(g.lines) != 0 {
		t.Error("the gate remembers a buyer who has gone")
	}
}

func TestThoseWithoutANumberGoInAsTheyCame(t *testing.T) {
	g := newGate()
	leave, _ := g.enter(t.Context(), anna, 0)
	var order []int
	var under sync.WaitGroup
	for i := range 5 {
		under.Go(func() {
			leave, _ := g.enter(context.Background(), anna, 0)
			order = append(order, i) // one at a time: the gate is the lock
			leave()
		})
		g.waitFor(anna, i+1)
	}
	leave()
	under.Wait()
	if !slices.Equal(order, []int{0, 1, 2, 3, 4}) {
		t.Errorf("they went in as %v", order)
	}
}

func TestWhoeverStopsWaitingHoldsNobodyUp(t *testing.T) {
	g := newGate()
	leave, _ := g.enter(t.Context(), anna, 1)
	impatient, giveUp := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := g.enter(impatient, anna, 2)
		gone <- err
	}()
	g.waitFor(anna, 1)
	entered := make(chan func())
	go func() {
		leave, _ := g.enter(context.Background(), anna, 3)
		entered <- leave
	}()
	g.waitFor(anna, 2)
	giveUp()
	if err := <-gone; err == nil {
		t.Error("who gave up was let in")
	}
	leave()
	(<-entered)()
	if boris, err := g.enter(t.Context(), channels.Address{Channel: "test", Buyer: "boris"}, 1); err != nil {
		t.Error(err)
	} else {
		boris()
	}
}
