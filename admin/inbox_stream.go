package admin

import (
	"bufio"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
	"parley/dialogs"
)

// heartbeat finds out that a page is gone, or its person signed out, and keeps proxies from closing a quiet stream.
const heartbeat = 15 * time.Second

// Streams that may be open at once: of one account, and in this process.
const (
	streamsEach = 12
	streamsAll  = 500
)

// streams counts who listens.
type streams struct {
	mu  sync.Mutex
	of  map[AccountID]int
	all int
}

func (s *streams) join(id AccountID) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= streamsAll || s.of[id] >= streamsEach {
		return nil, false
	}
	s.all++
	s.of[id]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.of[id]--; s.of[id] == 0 {
			delete(s.of, id)
		}
	}, true
}

// inboxStream rings an open page when something changed in the shop's inbox; the page then looks again.
func (a *Admin) inboxStream(v *visit) error {
	leave, ok := a.streams.join(v.account().ID)
	if !ok {
		return fault.New(fault.Unavailable, "inbox.too_many_streams")
	}
	rung := make(chan struct{}, 1)
	slug, listener := v.shop.Slug, v.session
	stop := a.DB.Hear(dialogs.InboxBell, func(what string) {
		if what == slug || what == "" {
			select {
			case rung <- struct{}{}:
			default: // it will look again anyway
			}
		}
	})
	v.Set(fiber.HeaderContentType, "text/event-stream; charset=utf-8")
	v.Set(fiber.HeaderCacheControl, "no-cache, no-transform")
	v.Set("X-Accel-Buffering", "no")
	stopping := v.Context().Done() // of the server; the request is not ours any more once the writer runs
	v.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer leave()
		defer stop()
		a.ring(w, rung, stopping, listener)
	})
	return nil
}

// ring writes until the page goes away, its person signs out or the server stops.
func (a *Admin) ring(w *bufio.Writer, rung <-chan struct{}, stopping <-chan struct{}, of session) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	_, _ = w.WriteString("retry: 2000\n\nevent: hello\ndata: {}\n\n") // an error shows at the flush
	for w.Flush() == nil {
		select {
		case <-stopping:
			return
		case <-a.closed:
			return
		case <-rung:
			_, _ = w.WriteString("event: inbox\ndata: {}\n\n")
		case <-beat.C:
			if !a.listens(of) {
				return
			}
			_, _ = w.WriteString("event: beat\ndata: {}\n\n")
		}
	}
}

// listens says whether a stream's session still is one.
func (a *Admin) listens(of session) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	open, err := a.Accounts.isOpen(ctx, of)
	if err != nil {
		a.Log.Error("staff stream", slog.Any("error", err))
	}
	return err == nil && open
}
