// Package channelstest is what every adapter of a network must do: Exercise drives an adapter through a Harness, the
// adapter wired to a fake of its network, and looks at what a buyer would see.
package channelstest

import (
	"context"
	"testing"

	"parley/catalog/fault"
	"parley/channels"
)

// Make wires a new adapter to a new fake network. What buyers do goes to receive, and pictures come from Pictures.
// It registers what must be stopped with t.Cleanup.
type Make func(t *testing.T, receive channels.Receive) Harness

// Harness is one adapter, the fake network behind it and the devices of its buyers. Its methods fail the test
// themselves when the fake breaks. Everything is synchronous: when Do returns, the adapter has answered the delivery;
// Screen waits until what was sent before has arrived.
type Harness interface {
	// Adapter is the adapter under test, always the same one.
	Adapter() channels.Adapter

	// Buyer is the address of a buyer, 1 or more, who has opened the conversation so that it may be written to. That
	// opening is not passed to receive. The same number is the same buyer.
	Buyer(number int) channels.Address

	// Screen is what the buyer's device shows now of what the adapter sent, oldest first.
	Screen(buyer channels.Address) []Bubble

	// Do makes the buyer act, has the network deliver it to the adapter once, and returns the HTTP status that the
	// network was answered with. It returns false when buyers cannot do such a thing on this network.
	Do(buyer channels.Address, act Act) (status int, can bool)

	// Again has the network deliver the newest act once more, unchanged, and returns the status.
	Again() (status int)

	// Forge delivers what the network never would, in each way there is: without or with a wrong signature or secret,
	// cut off, of a wrong type, too big, not JSON at all. It returns the status that each was answered with by the
	// name of what was wrong.
	Forge() map[string]int

	// Trouble makes the network answer the adapter's next call with a trouble. Trouble that lasts (Blocked) goes on for
	// this buyer. It returns false when the network has no such trouble.
	Trouble(buyer channels.Address, trouble Trouble) bool

	// Erase removes a message, by the id that Send returned, from the network's memory and the buyer's screen. It
	// returns false when that cannot happen on this network.
	Erase(buyer channels.Address, id string) bool
}

// Act is one thing a buyer does: one field is set.
type Act struct {
	Text     string             // types it and sends
	Tap      int                // taps a button of the newest bubble that has buttons: 1 is the first
	Start    *string            // opens the conversation by a deep link with this payload; "" without one
	Contact  *channels.Contact  // shares the own phone by the network's button
	Location *channels.Location // shares where they are by the network's button
	File     bool               // sends a photo
	Blocks   bool               // blocks us
}

// Bubble is one message on the buyer's device.
type Bubble struct {
	ID      string       // as Send returned it
	Text    string       // title and text as they are shown
	Photo   string       // the address of the photo, or anything that is not empty for one of our own
	Buttons []Button     // on cards first, then below, in the order they are seen
	Ask     channels.Ask // the network's own button that is offered with it
}

// Button is one button on the buyer's device.
type Button struct {
	Label string
	URL   string // the page it opens, if it opens one
}

// Trouble is what can be wrong with a network.
type Trouble string

// Troubles of networks. TooFast asks to come back after RetryAfter.
const (
	TooFast Trouble = "too fast" // the adapter must fail with channels.Slow and RetryAfter
	Blocked Trouble = "blocked"  // … channels.Gone
	Broken  Trouble = "broken"   // … channels.Down
)

// RetryAfter is what a network asks to wait that is TooFast, in whole seconds.
const RetryAfter = 7

// Picture is the name of the one picture that Pictures knows.
const Picture = "square.png"

// Pictures is one small picture. It implements channels.Pictures.
type Pictures struct{}

// Picture gives the bytes of a PNG of one pixel under the name Picture, and fault.Missing under any other.
func (Pictures) Picture(_ context.Context, name string) ([]byte, string, error) {
	if name != Picture {
		return nil, "", fault.New(fault.Missing, "picture.missing").With("name", name)
	}
	return []byte(onePixel), "image/png", nil
}

// onePixel is a grey PNG of 1 × 1.
const onePixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU" +
	"\x00\x00\x00\nIDATx\x9cch\x00\x00\x00\x82\x00\x81w\xcdr\xb6\x00\x00\x00\x00IEND\xaeB`\x82"
