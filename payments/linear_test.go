package payments_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"parley/catalog/fault"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

// deed is what a client does: capture, or grant a refund of so much.
type deed struct {
	refund int64 // 0: the capture is heard
}

// till17 is what one after the other would see: nothing goes back before the capture, and never more than it.
var till17 = porcupine.Model{
	Init: func() any { return [2]int64{} },
	Step: func(state, input, output any) (bool, any) {
		now, did, allowed := state.([2]int64), input.(deed), output.(bool)
		if did.refund == 0 {
			return allowed, [2]int64{price.Minor, now[1]}
		}
		if fits := now[1]+did.refund <= now[0]; fits != allowed || !fits {
			return fits == allowed, now
		}
		return true, [2]int64{now[0], now[1] + did.refund}
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprint(input, " → ", output) },
}

// P4: captures and refunds of an order that race are as if one had come after the other.
func TestCapturesAndRefundsAreLinearizable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		chance := rand.New(rand.NewPCG(17, 4))
		for round := range 8 {
			order := payments.OrderID(100 + round)
			s.orders.Place(t, order, price)
			p := s.opened(order)
			settled := s.bank.say(p, payments.Settled, fmt.Sprint("ch_", order))
			sums := make([]int64, 24)
			for i := range sums {
				sums[i] = 1 + chance.Int64N(2500)
			}
			history := s.race(order, settled, sums)
			if result := porcupine.CheckOperations(till17, history); !result {
				t.Errorf("round %d has no order: %+v", round, history)
			}
		}
		s.sound()
	})
}

// race has six clients at one order; the first of them hears of its money on the way.
func (s *shop) race(order payments.OrderID, settled payments.Notice, sums []int64) (history []porcupine.Operation) {
	const clients = 6
	var clock atomic.Int64
	var racing sync.WaitGroup
	var mu sync.Mutex
	did := func(client int, what deed, do func() error) {
		call := clock.Add(1)
		err := do()
		if err != nil && fault.KindOf(err) != fault.Conflict {
			s.t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		history = append(history, porcupine.Operation{ClientId: client, Input: what, Call: call, Output: err == nil, Return: clock.Add(1)})
	}
	for client := range clients {
		racing.Add(1)
		go func() {
			defer racing.Done()
			for i := client; i < len(sums); i += clients {
				if client == 0 && i == clients {
					did(client, deed{}, func() error { return s.Hear(s.t.Context(), "bank", settled) })
				}
				ask := s.ask(sums[i], fmt.Sprint("race ", order, " ", i))
				ask.Order = order
				did(client, deed{sums[i]}, func() error { _, err := s.GrantRefund(s.t.Context(), ask); return err })
			}
		}()
	}
	racing.Wait()
	return history
}
