package dialogs

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/channels"
)

// arrivals has updates of one buyer arrive at these numbers, one after the other within no time, and returns the
// order in which they were let in.
func arrivals(t *testing.T, g *gate, numbers ...int64) (order []int64) {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, seq := range numbers {
		all.Go(func() {
			leave, err := g.enter(t.Context(), channels.Address{Channel: "telegram:1", Buyer: "7"}, seq)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			order = append(order, seq)
			mu.Unlock()
			leave()
		})
		synctest.Wait()
	}
	all.Wait()
	return order
}

func TestUpdatesThatArriveScrambledAreWorkedInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		arrivals(t, g, 10)
		began := time.Now()
		if order := arrivals(t, g, 14, 12, 13, 11); fmt.Sprint(order) != "[11 12 13 14]" {
			t.Errorf("they were worked as %v", order)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("nothing was missing any more, and yet they waited %v", waited)
		}
	})
}

func TestNobodyWaitsForAnUpdateThatIsAboutNoConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		arrivals(t, g, 10)
		g.pass("telegram:1", 11)
		began := time.Now()
		arrivals(t, g, 12)
		if waited := time.Since(began); waited != 0 {
			t.Errorf("it waited %v for what a group said", waited)
		}
	})
}

func TestAnUpdateDoesNotWaitLongForOneThatNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		arrivals(t, g, 10)
		began := time.Now()
		arrivals(t, g, 12)
		if waited := time.Since(began); waited != settleFor {
			t.Errorf("it waited %v", waited)
		}
		time.Sleep(2 * lostAfter)
		arrivals(t, g, 13) // 11 is lost by now
		began = time.Now()
		arrivals(t, g, 14)
		if waited := time.Since(began); waited != 0 {
			t.Errorf("the next waited %v for what is lost", waited)
		}
	})
}

func TestNobodyWaitsWhereOtherReplicasGetTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		waited := time.Duration(0)
		for seq := int64(10); seq < 40; seq += 2 { // every other one goes elsewhere
			began := time.Now()
			arrivals(t, g, seq)
			waited = time.Since(began)
			time.Sleep(lostAfter / 2)
		}
		if waited != 0 {
			t.Errorf("the last waited %v", waited)
		}
	})
}
