package dialogs

import (
	"context"
	"math"
	"slices"
	"time"
)

// A network that numbers its updates delivers several at once, and of two that it sent one after the other the
// second may arrive first. So when numbers before an update's are still missing, a quiet buyer's update waits a
// moment for them: two things that somebody did at once are then worked in the order in which they were done.
const (
	settleFor = 250 * time.Millisecond // the longest wait; an update that nothing is missing before does not wait
	lostAfter = time.Second            // what has not come by then does not come, at least not to this replica
	mostLost  = 3                      // when so many in a row were lost, other replicas get them …
	restFor   = 5 * time.Second        // … and nobody waits for so long
)

// tides are how far the numbers of each channel have come. They belong to the gate's lock.
type tides map[string]*tide

type tide struct {
	floor   int64              // everything up to here has come or is waited for no more
	ahead   map[int64]struct{} // what has come beyond that
	waiting []swell
	since   time.Time // the first number beyond the floor is missing
	lost    int       // in a row
	rested  time.Time // until then nobody waits
}

// swell is somebody who waits for everything below a number.
type swell struct {
	seq    int64
	filled chan struct{}
}

// arrive notes that a number has come. For one who waits it returns what is closed when all before it have come;
// nil: they have, or it has no number.
func (t tides) arrive(channel string, seq int64, waits bool, now time.Time) chan struct{} {
	if seq == 0 {
		return nil
	}
	on := t[channel]
	if on == nil || seq < on.floor-farBack || seq > on.floor+farAhead {
		t[channel] = &tide{floor: seq, ahead: map[int64]struct{}{}} // the first, or the network counts anew
		return nil
	}
	if seq <= on.floor {
		return nil
	}
	on.come(seq, now)
	if !waits || seq <= on.floor || now.Before(on.rested) {
		return nil
	}
	filled := make(chan struct{})
	on.waiting = append(on.waiting, swell{seq, filled})
	return filled
}

// Numbers further apart than this are not of one sequence.
const farBack, farAhead = 100_000, 10_000

// come moves the floor over all that has come, and over what is lost.
func (t *tide) come(seq int64, now time.Time) {
	if len(t.ahead) == 0 {
		t.since = now
	}
	t.ahead[seq] = struct{}{}
	if now.Sub(t.since) > lostAfter {
		t.skip(now)
	}
	t.rise(now)
}

// skip gives up the numbers between the floor and the next that has come.
func (t *tide) skip(now time.Time) {
	next := int64(math.MaxInt64)
	for number := range t.ahead {
		next = min(next, number)
	}
	t.floor = next - 1
	if t.lost++; t.lost >= mostLost {
		t.lost, t.rested = 0, now.Add(restFor)
	}
}

// rise moves the floor over all that has come, and wakes those who have waited for that.
func (t *tide) rise(now time.Time) {
	for {
		if _, come := t.ahead[t.floor+1]; !come {
			break
		}
		t.floor++
		delete(t.ahead, t.floor)
		t.since = now
	}
	left := t.waiting[:0]
	for _, one := range t.waiting {
		if one.seq <= t.floor {
			close(one.filled)
			t.lost = 0
			continue
		}
		left = append(left, one)
	}
	t.waiting = left
}

// leave takes somebody out who waits no more.
func (t *tide) leave(filled chan struct{}) {
	t.waiting = slices.DeleteFunc(t.waiting, func(s swell) bool { return s.filled == filled })
}

// settle waits until everything before an update has come, at most for settleFor.
func (g *gate) settle(ctx context.Context, channel string, filled chan struct{}) {
	if filled == nil {
		return
	}
	timer := time.NewTimer(settleFor)
	defer timer.Stop()
	select {
	case <-filled:
		return
	case <-ctx.Done():
	case <-timer.C:
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tides[channel].leave(filled)
}
