package channelstest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"parley/channels"
)

// bench is a harness with the ear that hears what it receives.
type bench struct {
	*testing.T
	Harness
	mu     sync.Mutex
	heard  []channels.Inbound
	broken error // what receive answers
}

func newBench(t *testing.T, make Make) *bench {
	b := &bench{T: t}
	b.Harness = make(t, func(_ context.Context, in channels.Inbound) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.broken == nil {
			b.heard = append(b.heard, in)
		}
		return b.broken
	})
	return b
}

// do acts and returns what arrived; false when buyers cannot do such a thing here.
func (b *bench) do(buyer channels.Address, act Act) (channels.Inbound, bool) {
	b.Helper()
	before := len(b.all())
	status, can := b.Do(buyer, act)
	if !can {
		return channels.Inbound{}, false
	}
	if status/100 != 2 {
		b.Fatalf("%+v was answered with %d", act, status)
	}
	heard := b.all()
	if len(heard) != before+1 {
		b.Fatalf("%+v was received %d times", act, len(heard)-before)
	}
	in := heard[before]
	if in.From != buyer || in.ID == "" || in.At.IsZero() {
		b.Fatalf("%+v arrived as %+v: from %+v, with an id and a time, is wanted", act, in, buyer)
	}
	return in, true
}

func (b *bench) all() []channels.Inbound {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.heard)
}

func (b *bench) breakReceive(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = err
}

// show sends all that a message becomes here and returns the ids.
func (b *bench) show(buyer channels.Address, message channels.Message) []string {
	b.Helper()
	var ids []string
	for _, part := range channels.Fit(message, b.Adapter().Limits()) {
		id, err := b.Adapter().Send(b.Context(), buyer, part)
		if err != nil {
			b.Fatalf("send %+v: %v", part, err)
		}
		ids = append(ids, id)
	}
	return ids
}

// seen is all text on the screen, and all buttons.
func (b *bench) seen(buyer channels.Address) (text string, buttons []Button) {
	for _, bubble := range b.Screen(buyer) {
		text += bubble.Text + "\n"
		buttons = append(buttons, bubble.Buttons...)
	}
	return text, buttons
}

func (b *bench) wantText(buyer channels.Address, wanted ...string) {
	b.Helper()
	text, _ := b.seen(buyer)
	for _, words := range wanted {
		if !strings.Contains(text, words) {
			b.Errorf("the screen lacks %q:\n%s", words, text)
		}
	}
}
