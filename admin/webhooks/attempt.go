package webhooks

import (
	"net/http"
	"strconv"
	"time"

	"parley/catalog/event"
	"parley/catalog/fault"
)

// Attempt is one try: what was answered, or why nothing was.
type Attempt struct {
	At      time.Time
	Took    time.Duration
	Status  int          // 0: no answer
	Failure *fault.Error // nil: it was taken
	Answer  string       // its beginning
	after   time.Duration
}

// verdict is what follows from a try.
type verdict struct {
	state DeliveryState
	next  time.Time // Pending: when it is tried again
	gone  bool      // the endpoint wants to hear nothing any more
}

// delays are between tries: ten of them in about three days, as Standard Webhooks suggests ("Retry schedule").
var delays = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// givesUpAfter is how long an endpoint may fail until it is given up, once a message has run out of tries.
const givesUpAfter = 3 * 24 * time.Hour

// longestAsked bounds how long an endpoint may ask us to wait.
const longestAsked = 24 * time.Hour

// follows says what follows from the nth try of a message, counted from 1. chance, 0 ≤ chance < 1, spreads the next one
// by a tenth either way, so that what failed together does not come together again.
func (a Attempt) follows(n int, t event.Type, chance float64) verdict {
	switch {
	case a.Failure == nil:
		return verdict{state: Delivered}
	case a.Status == http.StatusGone:
		return verdict{state: Failed, gone: true}
	case t == Test || n > len(delays):
		return verdict{state: Failed}
	}
	delay := time.Duration(float64(delays[n-1]) * (0.9 + 0.2*chance))
	return verdict{state: Pending, next: a.At.Add(max(delay, min(a.after, longestAsked))).Truncate(time.Microsecond)}
}

// taken says whether an answer means that the message was heard. A redirect is none: the endpoint's address is wrong.
func taken(status int) *fault.Error {
	if status >= 200 && status < 300 {
		return nil
	}
	return fault.New(fault.Unavailable, "webhook.answered").With("status", strconv.Itoa(status))
}

// asked is how long an answer asks us to wait (RFC 9110, 10.2.3); zero: it does not.
func asked(header http.Header, now time.Time) time.Duration {
	said := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(said); err == nil && seconds > 0 {
		return time.Duration(min(seconds, int(longestAsked/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(said); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
