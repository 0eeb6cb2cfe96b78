package webchat

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"parley/channels"
)

// Rates is how fast the web chat may be used, in each replica by itself.
type Rates struct {
	Buyer   channels.Rate // what one buyer says
	Address channels.Rate // what is said from one network address
	Reading channels.Rate // pages, history and streams opened from one network address
}

// DefaultRates let a person tap as fast as they can, and an office or a mobile network share an address.
var DefaultRates = Rates{
	Buyer:   channels.Rate{PerSecond: 2, Burst: 20},
	Address: channels.Rate{PerSecond: 20, Burst: 200},
	Reading: channels.Rate{PerSecond: 20, Burst: 400},
}

func (r Rates) orDefault() Rates {
	for _, field := range []struct{ own, preset *channels.Rate }{
		{&r.Buyer, &DefaultRates.Buyer}, {&r.Address, &DefaultRates.Address}, {&r.Reading, &DefaultRates.Reading},
	} {
		if *field.own == (channels.Rate{}) {
			*field.own = *field.preset
		}
	}
	return r
}

// buckets holds one token bucket for each key that was active lately.
type buckets struct {
	mu    sync.Mutex
	rate  channels.Rate
	now   func() time.Time
	held  map[string]bucket
	swept time.Time
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newBuckets(rate channels.Rate, now func() time.Time) *buckets {
	return &buckets{rate: rate, now: now, held: map[string]bucket{}, swept: now()}
}

// take is zero when the key may act now, else how long it should wait.
func (b *buckets) take(key string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.sweep(now)
	held, known := b.held[key]
	if !known {
		held = bucket{float64(b.rate.Burst), now}
	}
	held = bucket{b.filled(held, now), now}
	if held.tokens < 1 {
		b.held[key] = held
		return time.Duration((1 - held.tokens) / b.rate.PerSecond * float64(time.Second))
	}
	held.tokens--
	b.held[key] = held
	return 0
}

func (b *buckets) filled(held bucket, now time.Time) float64 {
	return min(float64(b.rate.Burst), held.tokens+max(0, now.Sub(held.at).Seconds())*b.rate.PerSecond)
}

// sweep forgets, once a minute, the keys whose buckets are full again.
func (b *buckets) sweep(now time.Time) {
	if now.Sub(b.swept) < time.Minute {
		return
	}
	b.swept = now
	for key, held := range b.held {
		if b.filled(held, now) >= float64(b.rate.Burst) {
			delete(b.held, key)
		}
	}
}

// network is what one household or office has of the address space: an IPv4 address, or an IPv6 /64.
func network(address string) string {
	address = strings.Clone(address) // the server uses the memory of a header again
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
