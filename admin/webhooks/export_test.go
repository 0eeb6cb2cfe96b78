package webhooks

import (
	"net/http"
	"time"

	"parley/catalog/event"
	"parley/catalog/fault"
)

// Signed is signed, for tests beside the package.
var Signed = signed

// Follows is when what follows from the nth failed try of a message, with a status and what the answer asks, and its state.
func Follows(n int, t event.Type, status int, after time.Duration, chance float64, at time.Time) (DeliveryState, time.Duration) {
	a := Attempt{At: at, Status: status, after: after}
	if status < 200 || status > 299 {
		a.Failure = fault.New(fault.Unavailable, "webhook.answered")
	}
	v := a.follows(n, t, chance)
	if v.next.IsZero() {
		return v.state, 0
	}
	return v.state, v.next.Sub(at)
}

// Asked is asked.
func Asked(said string, now time.Time) time.Duration {
	return asked(http.Header{"Retry-After": {said}}, now)
}
