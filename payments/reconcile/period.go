package reconcile

import "time"

// period is [from, to).
type period struct{ from, to time.Time }

func (p period) has(at time.Time) bool { return !at.Before(p.from) && at.Before(p.to) }

// near is how far outside of the period something may be and still be looked for on its other side: a day of
// time zones and a day of processing. What is further away is simply of another period.
const near = 48 * time.Hour

func (p period) isNear(at time.Time) bool {
	return !p.has(at) && at.After(p.from.Add(-near)) && at.Before(p.to.Add(near))
}

// months are the calendar months, in a zone, from the one of first to the one of last.
func months(first, last time.Time, zone *time.Location) period {
	if first.IsZero() {
		return period{}
	}
	first, last = first.In(zone), last.In(zone)
	return period{
		time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, zone).UTC(),
		time.Date(last.Year(), last.Month()+1, 1, 0, 0, 0, 0, zone).UTC(),
	}
}

// span is the earliest and the latest of some times.
type span struct{ first, last time.Time }

func (s *span) add(at time.Time) {
	if s.first.IsZero() || at.Before(s.first) {
		s.first = at
	}
	if at.After(s.last) {
		s.last = at
	}
}
