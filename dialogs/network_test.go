package dialogs_test

import (
	"context"
	"strconv"
	"sync"

	"parley/channels"
)

// shown is a message as a buyer sees it.
type shown struct {
	id      string
	message channels.Message
	edited  bool
}

// network keeps what it is given to show, and what it has to be told to stop waiting for.
type network struct {
	mu       sync.Mutex
	limits   channels.Limits
	sent     int
	visible  map[string][]shown // what each buyer has on the screen, oldest first
	news     map[string][]shown // … and has not read yet
	answered map[string]int
}

func newNetwork(limits channels.Limits) *network {
	return &network{limits: limits, visible: map[string][]shown{}, news: map[string][]shown{}, answered: map[string]int{}}
}

func (n *network) Limits() channels.Limits { return n.limits }

func (n *network) Send(_ context.Context, to channels.Address, message channels.Message) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sent++
	one := shown{id: "m" + strconv.Itoa(n.sent), message: message}
	n.visible[to.Buyer] = append(n.visible[to.Buyer], one)
	n.news[to.Buyer] = append(n.news[to.Buyer], one)
	return one.id, nil
}

func (n *network) Edit(_ context.Context, to channels.Address, id string, message channels.Message) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, old := range n.visible[to.Buyer] {
		if old.id == id {
			one := shown{id: id, message: message, edited: true}
			n.visible[to.Buyer][i] = one
			n.news[to.Buyer] = append(n.news[to.Buyer], one)
			return id, nil
		}
	}
	return "", &channels.Refused{Why: channels.Bad, Said: "there is no message " + id}
}

func (n *network) Acknowledge(_ context.Context, answer string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answered[answer]++
	return nil
}

// read is what a buyer was shown since the last time.
func (n *network) read(buyer string) []shown {
	n.mu.Lock()
	defer n.mu.Unlock()
	read := n.news[buyer]
	delete(n.news, buyer)
	return read
}

// screen is what a buyer has on the screen, oldest first.
func (n *network) screen(buyer string) []shown {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]shown(nil), n.visible[buyer]...)
}
