package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits is how much may be asked for. Each replica counts by itself.
type Limits struct {
	Caller  Rate // of each token and each person
	Address Rate // of each network address, whoever asks from there
}

// Rate is how many requests a second, and how many at once after a pause.
type Rate struct {
	PerSecond float64
	Burst     int
}

var (
	usualCaller  = Rate{PerSecond: 50, Burst: 200}
	usualAddress = Rate{PerSecond: 100, Burst: 400}
)

type limits struct{ caller, address *limiter }

func newLimits(l Limits) *limits {
	if l.Caller == (Rate{}) {
		l.Caller = usualCaller
	}
	if l.Address == (Rate{}) {
		l.Address = usualAddress
	}
	return &limits{caller: newLimiter(l.Caller), address: newLimiter(l.Address)}
}

// limiter counts what each of many asks for.
type limiter struct {
	rate Rate
	mu   sync.Mutex
	of   map[string]*rate.Limiter
}

func newLimiter(r Rate) *limiter { return &limiter{rate: r, of: map[string]*rate.Limiter{}} }

// mostCounting bounds the memory; those who have not asked for a while are forgotten beyond it.
const mostCounting = 10_000

// take counts a request at a time of somebody and says how long they have to wait, which is zero when they may go on.
func (l *limiter) take(who string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket, known := l.of[who]
	if !known {
		l.forget(now)
		bucket = rate.NewLimiter(rate.Limit(l.rate.PerSecond), l.rate.Burst)
		l.of[who] = bucket
	}
	turn := bucket.ReserveN(now, 1)
	wait := turn.DelayFrom(now)
	if wait > 0 {
		turn.CancelAt(now)
	}
	return wait
}

// forget drops those whose burst is full again; they would be counted alike anew.
func (l *limiter) forget(now time.Time) {
	if len(l.of) < mostCounting {
		return
	}
	for who, bucket := range l.of {
		if bucket.TokensAt(now) >= float64(l.rate.Burst) {
			delete(l.of, who)
		}
	}
	if len(l.of) >= 2*mostCounting {
		clear(l.of)
	}
}
