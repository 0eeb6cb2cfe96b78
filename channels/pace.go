package channels

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace keeps this process's sendings under the limits of the networks.
type pace struct {
	mu       sync.Mutex
	overall  map[string]*rate.Limiter
	chats    map[Address]*rate.Limiter
	sweepDue time.Time
}

func newPace() *pace {
	return &pace{overall: map[string]*rate.Limiter{}, chats: map[Address]*rate.Limiter{}}
}

// wait is how long a message to a buyer must wait; 0: it may go, and counts.
func (p *pace) wait(to Address, limits Limits, now time.Time) time.Duration {
	if limits.PerChat.PerSecond == 0 && limits.Overall.PerSecond == 0 {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(now)
	chat := limiter(p.chats, to, limits.PerChat)
	all := limiter(p.overall, to.Channel, limits.Overall)
	first, second := chat.ReserveN(now, 1), all.ReserveN(now, 1)
	wait := max(first.DelayFrom(now), second.DelayFrom(now))
	if wait > 0 {
		first.CancelAt(now)
		second.CancelAt(now)
	}
	return wait
}

func limiter[K comparable](all map[K]*rate.Limiter, key K, limit Rate) *rate.Limiter {
	if found, ok := all[key]; ok {
		return found
	}
	made := rate.NewLimiter(rate.Inf, 1)
	if limit.PerSecond > 0 {
		made = rate.NewLimiter(rate.Limit(limit.PerSecond), max(limit.Burst, 1))
	}
	all[key] = made
	return made
}

// sweep forgets chats that have been quiet long enough to have their whole burst again.
func (p *pace) sweep(now time.Time) {
	if now.Before(p.sweepDue) {
		return
	}
	p.sweepDue = now.Add(time.Minute)
	for to, chat := range p.chats {
		if chat.TokensAt(now) >= float64(chat.Burst()) {
			delete(p.chats, to)
		}
	}
}
