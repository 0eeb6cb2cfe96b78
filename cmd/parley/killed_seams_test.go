package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"

	modernc "modernc.org/sqlite"
)

// The points at which a process is killed.
const (
	keyStored       = "key stored"       // a request to the processor is about to leave
	processorCalled = "processor called" // the processor has done it, and its answer is not read
	answerReceived  = "answer received"  // its answer is read
	beforeCommit    = "before commit"
	afterCommit     = "after commit" // of PostgreSQL; after SQLite's nothing can be seen before one of the others
	unacknowledged  = "unacknowledged"
	acknowledged    = "acknowledged"    // of a webhook
	messageLeaves   = "message leaves"  // for the messenger
	messageSent     = "message is sent" // the messenger shows it, and its answer is not read
)

// blade kills the process at the nth time that it comes to a point, once it is drawn. It counts how often it came to each.
type blade struct {
	mu    sync.Mutex
	drawn bool
	point string
	nth   int
	came  map[string]int
}

func (b *blade) draw(point string, nth int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drawn, b.point, b.nth, b.came = true, point, nth, map[string]int{}
}

func (b *blade) counted() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drawn = false
	return b.came
}

// at says that the process has come to a point.
func (b *blade) at(point string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.drawn {
		return
	}
	if b.came[point]++; point == b.point && b.came[point] == b.nth {
		fall()
	}
}

// fall ends this process as nothing can be done about.
func fall() {
	_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
	select {}
}

// watchNetworks has the blade see what leaves for the processor and the messenger and what comes from them. Every
// client of the program dials as http.DefaultTransport does.
func (b *blade) watchNetworks(processor, messenger string) {
	dial := (&net.Dialer{}).DialContext
	http.DefaultTransport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		made, err := dial(ctx, network, address)
		switch {
		case err != nil:
			return nil, err
		case strings.HasSuffix(processor, address):
			return &watched{made, func() { b.at(keyStored) }, func() { b.at(processorCalled) }, nil}, nil
		case strings.HasSuffix(messenger, address):
			return &watched{made, func() { b.at(messageLeaves) }, func() { b.at(messageSent) }, nil}, nil
		}
		return made, nil
	}
}

// watchAnswers has the blade see when answers were read to their end, by clients that have no transport of their own.
func (b *blade) watchAnswers(processor string) {
	http.DefaultTransport = answers{http.DefaultTransport, processor, b}
}

type answers struct {
	http.RoundTripper
	processor string
	blade     *blade
}

// RoundTrip is the transport's.
func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := a.RoundTripper.RoundTrip(r)
	if err == nil && strings.HasSuffix(a.processor, r.URL.Host) {
		answer.Body = &readBody{answer.Body, a.blade}
	}
	return answer, err
}

type readBody struct {
	io.ReadCloser
	blade *blade
}

// Read tells of the end.
func (r *readBody) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		r.blade.at(answerReceived)
	}
	return n, err
}

// watched is a connection whose user is told of what goes and comes.
type watched struct {
	net.Conn
	leaves, came, left func()
}

// Write tells before, and after.
func (w *watched) Write(p []byte) (int, error) {
	if w.leaves != nil {
		w.leaves()
	}
	n, err := w.Conn.Write(p)
	if w.left != nil {
		w.left()
	}
	return n, err
}

// Read tells after.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n > 0 && w.came != nil {
		w.came()
	}
	return n, err
}

// watchedDoor is a listener that has the blade see acknowledgements: whatever is answered here is one.
type watchedDoor struct {
	net.Listener
	blade *blade
}

// Accept is the listener's.
func (d watchedDoor) Accept() (net.Conn, error) {
	conn, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &watched{conn, func() { d.blade.at(unacknowledged) }, nil, func() { d.blade.at(acknowledged) }}, nil
}

// watchSQLite has the blade see the commits of connections that are opened from now on.
func (b *blade) watchSQLite() {
	modernc.RegisterConnectionHook(func(conn modernc.ExecQuerierContext, _ string) error {
		conn.(modernc.HookRegisterer).RegisterCommitHook(func() int32 {
			b.at(beforeCommit)
			return 0
		})
		return nil
	})
}
