package webchat

import (
	"strings"
	"sync"
)

// topic is the web chat's bell.
const topic = "web"

// typingSuffix ends what is rung when somebody is typing to the buyer.
const typingSuffix = "/typing"

// How many streams may be open in this process: enough for tabs and for offices behind one address.
const (
	streamsPerBuyer   = 8
	streamsPerAddress = 200
	streamsOverall    = 20000
)

// hub knows the open streams of this process.
type hub struct {
	mu      sync.Mutex
	streams map[string]map[*listener]struct{}
	from    map[string]int // by address
	open    int
}

// listener is one stream's ears. Both channels hold one ring: "look again" needs no more.
type listener struct {
	rows   chan struct{}
	typing chan struct{}
}

func newHub() *hub {
	return &hub{streams: map[string]map[*listener]struct{}{}, from: map[string]int{}}
}

// join fails when the buyer, the address or the process has too many streams.
func (h *hub) join(key, address string) (mine *listener, leave func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.streams[key]) >= streamsPerBuyer || h.from[address] >= streamsPerAddress || h.open >= streamsOverall {
		return nil, nil, false
	}
	mine = &listener{make(chan struct{}, 1), make(chan struct{}, 1)}
	if h.streams[key] == nil {
		h.streams[key] = map[*listener]struct{}{}
	}
	h.streams[key][mine] = struct{}{}
	h.from[address]++
	h.open++
	return mine, sync.OnceFunc(func() { h.leave(key, address, mine) }), true
}

func (h *hub) leave(key, address string, mine *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams[key], mine)
	if len(h.streams[key]) == 0 {
		delete(h.streams, key)
	}
	if h.from[address]--; h.from[address] == 0 {
		delete(h.from, address)
	}
	h.open--
}

// heard wakes the streams that a ring is for; "" is for all, since rings may have been lost.
func (h *hub) heard(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if what == "" {
		for _, listeners := range h.streams {
			wake(listeners, func(l *listener) chan struct{} { return l.rows })
		}
		return
	}
	if key, typing := strings.CutSuffix(what, typingSuffix); typing {
		wake(h.streams[key], func(l *listener) chan struct{} { return l.typing })
		return
	}
	wake(h.streams[what], func(l *listener) chan struct{} { return l.rows })
}

func wake(listeners map[*listener]struct{}, ear func(*listener) chan struct{}) {
	for l := range listeners {
		select {
		case ear(l) <- struct{}{}:
		default:
		}
	}
}
