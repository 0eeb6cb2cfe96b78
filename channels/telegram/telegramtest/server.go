// Package telegramtest is a Bot API server for tests and for load: it keeps chats as Telegram does, delivers what its
// people do by webhook or long polling, and in its strict form checks every call against the published API.
package telegramtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Options of a server. The zero value is a strict server for the bot 42.
type Options struct {
	Token    string // of the one bot it serves; empty: "42:telegramtest-secret-of-the-bot"
	Username string // of that bot; empty: "parley_test_bot"
	// TestCharges has every charge of a provider be called "_", as in Telegram's test mode.
	TestCharges bool
	Loose       bool       // answers as fast as it can: no checks of calls, people need not have written first
	Keep        int        // how many messages of a chat are kept; 0: all
	Called      func(Call) // hears of every call after it was answered; called from many goroutines
}

// Call is one call of the Bot API.
type Call struct {
	Method string // as it was written in the address
	Params map[string]string
	Chat   int64 // 0: none
	Status int   // it was answered with
}

// Server is a Bot API server on a port of its own of this machine.
type Server struct {
	URL      string // what to give the bot as its API's address
	Token    string
	Username string

	options      Options
	http         *http.Server
	client       *http.Client
	checks       *schema // nil when loose
	counted      atomic.Int64
	ctx          context.Context // ends with Close
	cancel       context.CancelFunc
	deliver      sync.WaitGroup
	mu           sync.Mutex
	changed      chan struct{} // closed at each change, and made anew
	chats        map[int64]*chat
	files        map[string]bool // known file ids
	taps         map[string]bool // callback queries by id: whether they were answered
	menus        map[string][]string
	asked        map[string]*question // pre-checkout and shipping queries by id
	charges      []*Payment
	stars        []*starRow // of the bot's balance, the oldest first
	links        map[string]*Invoice
	questions    int
	declined     int // how many charges to come are declined
	uploads      int
	updates      int64
	pending      []Update       // not delivered yet
	acknowledged map[int64]bool // ids of updates that were taken
	lanes        map[int64]bool // chats with a delivery on its way
	slots        chan struct{}  // connections to the webhook
	hook         Webhook
	held         bool
	repeats      int
	failures     []*Failure
	badURLs      []string
	wrong        []string
}

// Webhook is what the bot asked for with setWebhook.
type Webhook struct {
	URL, Secret string
	Allowed     []string
	Connections int
}

// Failure makes calls fail.
type Failure struct {
	Method     string // of any method when empty; letter case does not matter
	Chat       int64  // about any chat when 0
	Status     int    // 429, 500 …; 0: the connection is cut without an answer
	RetryAfter int    // seconds, for 429
	Says       string // description
	Times      int    // how often; 0: once
}

// New starts a server that ends with the test. What the bot called in a way that the Bot API does not know fails it.
func New(t testing.TB, options Options) *Server {
	t.Helper()
	s, err := Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		for _, wrong := range s.Violations() {
			t.Errorf("Bot API: %s", wrong)
		}
	})
	return s
}

// Start starts a server without a test; Close ends it.
func Start(options Options) (*Server, error) {
	if options.Token == "" {
		options.Token = "42:telegramtest-secret-of-the-bot"
	}
	if options.Username == "" {
		options.Username = "parley_test_bot"
	}
	s := &Server{
		Token: options.Token, Username: options.Username, options: options, client: &http.Client{Timeout: 30 * time.Second},
		changed: make(chan struct{}), chats: map[int64]*chat{}, files: map[string]bool{},
		taps: map[string]bool{}, asked: map[string]*question{}, links: map[string]*Invoice{}, menus: map[string][]string{}, lanes: map[int64]bool{}, acknowledged: map[int64]bool{}, updates: 1000,
	}
	if !options.Loose {
		var err error
		if s.checks, err = loadSchema(); err != nil {
			return nil, err
		}
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 200, 200
	s.client.Transport = transport
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.URL, s.http = "http://"+listener.Addr().String(), &http.Server{Handler: s}
	s.deliver.Go(func() { _ = s.http.Serve(listener) }) // ends with ErrServerClosed
	return s, nil
}

// Close ends the server and waits for its deliveries to end.
func (s *Server) Close() {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	_ = s.http.Close() // whatever is still asked for is not answered any more
	s.deliver.Wait()
	s.client.CloseIdleConnections()
}

// Violations are the calls that the Bot API does not know in that form, in words.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.wrong...)
}

// Forgive forgets the violations so far, for tests of the server itself.
func (s *Server) Forgive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = nil
}

// Calls is how many calls were answered.
func (s *Server) Calls() int64 { return s.counted.Load() }

// Fail makes calls to come fail.
func (s *Server) Fail(failure Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	failure.Times = max(failure.Times, 1)
	s.failures = append(s.failures, &failure)
}

// Mend ends what Fail began.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = nil
}

// Unfetchable makes addresses of photos that contain a part be refused, as when Telegram cannot fetch them.
func (s *Server) Unfetchable(part string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.badURLs = append(s.badURLs, part)
}

// apiError is a refusal of the Bot API.
type apiError struct {
	status     int
	says       string
	retryAfter int
	wrong      bool // the bot broke the published rules
}

func bad(says string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, says: "Bad Request: " + fmt.Sprintf(says, args...)}
}

// broken is a refusal that no bot should ever earn.
func broken(says string, args ...any) *apiError {
	e := bad(says, args...)
	e.wrong = true
	return e
}

// ServeHTTP answers /bot<token>/<method>.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/bot")
	token, method, slashed := strings.Cut(rest, "/")
	if !ok || !slashed {
		writeError(w, &apiError{status: http.StatusNotFound, says: "Not Found"})
		return
	}
	if token != s.Token {
		writeError(w, &apiError{status: http.StatusUnauthorized, says: "Unauthorized"})
		return
	}
	form, err := readForm(r)
	if err != nil {
		s.violate(method, broken("%v", err))
		writeError(w, broken("%v", err))
		return
	}
	s.answer(w, r, method, form)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, method string, form form) {
	result, refusal := s.call(r, method, form)
	status := http.StatusOK
	switch {
	case refusal != nil && refusal.status == 0:
		panic(http.ErrAbortHandler)
	case refusal != nil:
		status = refusal.status
		s.violate(method, refusal)
		writeError(w, refusal)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "result": result}) // the bot may have gone away
	}
	s.counted.Add(1)
	if s.options.Called != nil {
		s.options.Called(Call{Method: method, Params: form.values, Chat: form.int("chat_id"), Status: status})
	}
}

// call is the result of a method, checked first.
func (s *Server) call(r *http.Request, method string, form form) (any, *apiError) {
	lower := strings.ToLower(method)
	if failure := s.failing(lower, form.int("chat_id")); failure != nil {
		return nil, failure
	}
	if s.checks != nil {
		if err := s.checks.call(lower, form); err != nil {
			return nil, broken("%v", err)
		}
	}
	if lower == "getupdates" {
		return s.getUpdates(r, form)
	}
	do, ok := methods[lower]
	if !ok {
		return nil, &apiError{status: http.StatusNotFound, says: "Not Found", wrong: true}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	result, refusal := do(s, form)
	s.wake()
	return result, refusal
}

func (s *Server) failing(method string, chat int64) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.failures {
		if f.Times > 0 && (f.Method == "" || strings.EqualFold(f.Method, method)) && (f.Chat == 0 || f.Chat == chat) {
			f.Times--
			return &apiError{status: f.Status, says: f.Says, retryAfter: f.RetryAfter}
		}
	}
	return nil
}

func (s *Server) violate(method string, refusal *apiError) {
	if !refusal.wrong || s.options.Loose {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = append(s.wrong, method+": "+refusal.says)
}

func writeError(w http.ResponseWriter, refusal *apiError) {
	answer := map[string]any{"ok": false, "error_code": refusal.status, "description": refusal.says}
	if refusal.retryAfter > 0 {
		answer["parameters"] = map[string]int{"retry_after": refusal.retryAfter}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(refusal.status)
	_ = json.NewEncoder(w).Encode(answer) // the bot may have gone away
}

// wake tells those who wait that something changed. The lock is held.
func (s *Server) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}
