// Package stripetest is a processor that behaves as Stripe's Checkout does, over HTTP: it remembers
// sessions and idempotency keys, refuses parameters that it does not know, can lose its answers, and
// signs events that a test delivers in whatever order and number it likes.
package stripetest

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Version is the version of Stripe's API that the server speaks; requests in another one are refused.
const Version = "2023-10-16"

// Server is one account in test mode.
type Server struct {
	URL string
	key string
	now func() time.Time

	mu         sync.Mutex
	sessions   map[string]*Session
	order      []string // ids, oldest first
	refunds    []*refund
	rows       []*row
	disputes   []*dispute
	payouts    []*payout
	accounts   []*account
	transfers  []*moved
	fees       []*moved
	said       []listed // events, as /v1/events lists them
	lateFees   bool
	empty      bool              // sellers' accounts have too little for reversals
	answers    map[string]answer // by idempotency key
	events     int
	calls      []string
	lose       int
	refuse     []int
	refundsAre string
}

// answer is what a request got, kept for the same request with the same idempotency key.
type answer struct {
	asked  [32]byte
	status int
	body   []byte
}

// New starts a server that ends with the test. It takes requests with the secret key.
func New(t testing.TB, key string, now func() time.Time) *Server {
	t.Helper()
	s := &Server{key: key, now: now, sessions: map[string]*Session{}, refundsAre: "succeeded", answers: map[string]answer{}}
	listening := httptest.NewUnstartedServer(s)
	s.URL = "http://" + listening.Listener.Addr().String() // before anybody can ask for it
	listening.Start()
	t.Cleanup(listening.Close)
	return s
}

// Lose makes the next requests that change something be done and their answers be lost.
func (s *Server) Lose(requests int) { s.mu.Lock(); defer s.mu.Unlock(); s.lose = requests }

// Refuse makes the next requests be answered with these statuses, and not be done.
func (s *Server) Refuse(statuses ...int) { s.mu.Lock(); defer s.mu.Unlock(); s.refuse = statuses }

// Calls are the requests so far, "POST /v1/checkout/sessions".
func (s *Server) Calls() []string { s.mu.Lock(); defer s.mu.Unlock(); return slices.Clone(s.calls) }

// failure is an error in Stripe's form.
type failure struct {
	status                  int
	kind, code, param, says string
}

func invalid(param, says string) *failure {
	return &failure{http.StatusBadRequest, "invalid_request_error", "", param, says}
}

func (f failure) body() []byte {
	encoded, err := json.Marshal(map[string]any{"error": map[string]any{"type": f.kind, "code": f.code, "param": f.param, "message": f.says}})
	if err != nil {
		panic(err)
	}
	return encoded
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	if len(s.refuse) > 0 {
		status := s.refuse[0]
		s.refuse = s.refuse[1:]
		write(w, status, failure{kind: "api_error", says: "not now"}.body())
		return
	}
	status, body := s.once(r)
	if s.lose > 0 && r.Method == http.MethodPost {
		s.lose--
		panic(http.ErrAbortHandler) // the connection breaks
	}
	write(w, status, body)
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", "req_test")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone, and will ask again
}

// once does a request, or repeats the answer that its idempotency key got before.
func (s *Server) once(r *http.Request) (int, []byte) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return http.StatusBadRequest, invalid("", "unreadable").body()
	}
	form, err := url.ParseQuery(string(raw) + "&" + r.URL.RawQuery)
	if err != nil {
		return http.StatusBadRequest, invalid("", "unreadable").body()
	}
	if refused := s.admit(r); refused != nil {
		return refused.status, refused.body()
	}
	key, asked := r.Header.Get("Idempotency-Key"), sha256.Sum256([]byte(r.URL.Path+"?"+form.Encode()))
	if before, known := s.answers[key]; known && key != "" {
		if before.asked != asked {
			return http.StatusBadRequest, failure{kind: "idempotency_error", says: "the key was used with other parameters"}.body()
		}
		return before.status, before.body
	}
	if account := r.Header.Get("Stripe-Account"); account != "" {
		form.Set(onBehalf, account)
	}
	object, refused := s.do(r.Method, strings.TrimPrefix(r.URL.Path, "/v1/"), form)
	if refused != nil {
		return refused.status, refused.body() // what was not begun is not remembered
	}
	body, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	if key != "" && r.Method == http.MethodPost {
		s.answers[key] = answer{asked, http.StatusOK, body}
	}
	return http.StatusOK, body
}

func (s *Server) admit(r *http.Request) *failure {
	switch {
	case r.Header.Get("Authorization") != "Bearer "+s.key:
		return &failure{http.StatusUnauthorized, "invalid_request_error", "api_key_invalid", "", "no such key"}
	case r.Header.Get("Stripe-Version") != Version:
		return invalid("", "unexpected version "+r.Header.Get("Stripe-Version"))
	}
	return nil
}

// What each request may say.
var (
	createParams = regexp.MustCompile(`^(mode|client_reference_id|success_url|cancel_url|expires_at|locale|customer_email|metadata\[\w+\]|after_expiration\[recovery\]\[enabled\]|` +
		`payment_intent_data\[(description|metadata\]\[\w+|on_behalf_of|application_fee_amount|transfer_data\]\[destination)\]|line_items\[\d+\]\[(quantity|price_data\]\[(currency|unit_amount|product_data\]\[name))\])$`)
	readParams  = regexp.MustCompile(`^expand\[\d+\]$`)
	rowsParams  = regexp.MustCompile(`^(payout|limit|starting_after|created\[(gte|lt)\]|expand\[\d+\])$`)
	timeParams  = regexp.MustCompile(`^(limit|starting_after|created\[(gte|lt)\])$`)
	disputeForm = regexp.MustCompile(`^(submit|metadata\[evidence\]|evidence\[(uncategorized_text|product_description|customer_name|` +
		`customer_email_address|shipping_address|shipping_carrier|shipping_tracking_number|shipping_date)\])$`)
	listParams   = regexp.MustCompile(`^(payment_intent|charge|limit|expand\[\d+\])$`)
	refundParams = regexp.MustCompile(`^(payment_intent|amount|reverse_transfer|refund_application_fee|metadata\[\w+\])$`)
	accountForm  = regexp.MustCompile(`^(type|email|business_profile\[name\]|metadata\[seller\]|capabilities\[(card_payments|transfers)\]\[requested\])$`)
	linkParams   = regexp.MustCompile(`^(account|type|refresh_url|return_url)$`)
	reversalForm = regexp.MustCompile(`^(amount|metadata\[recovery\])$`)
	noParams     = regexp.MustCompile(`^$`)
)

func (s *Server) do(method, path string, form url.Values) (any, *failure) {
	parts := strings.Split(path, "/")
	switch {
	case method == http.MethodPost && path == "checkout/sessions":
		return known(form, createParams, func() (any, *failure) { return s.create(form) })
	case method == http.MethodGet && path == "checkout/sessions":
		return known(form, listParams, func() (any, *failure) { return s.list(form.Get("payment_intent")) })
	case method == http.MethodGet && len(parts) == 3 && parts[1] == "sessions":
		return known(form, readParams, func() (any, *failure) { return s.read(parts[2], form) })
	case method == http.MethodPost && len(parts) == 4 && parts[3] == "expire":
		return known(form, noParams, func() (any, *failure) { return s.expire(parts[2]) })
	case method == http.MethodGet && path == "refunds":
		return known(form, listParams, func() (any, *failure) { return s.listRefunds(form) })
	case method == http.MethodGet && len(parts) == 2 && parts[0] == "refunds":
		return known(form, readParams, func() (any, *failure) { return s.readRefund(parts[1]) })
	case method == http.MethodPost && path == "refunds":
		return known(form, refundParams, func() (any, *failure) { return s.refund(form) })
	}
	return s.doMore(method, path, parts, form)
}

// onBehalf is where the account that a request is made for stands beside its parameters.
const onBehalf = "Stripe-Account"

func known(form url.Values, params *regexp.Regexp, do func() (any, *failure)) (any, *failure) {
	for name := range form {
		if name != onBehalf && !params.MatchString(name) {
			return nil, &failure{http.StatusBadRequest, "invalid_request_error", "parameter_unknown", name, "received unknown parameter"}
		}
	}
	return do()
}

func (s *Server) find(id string) (*Session, *failure) {
	found, ok := s.sessions[id]
	if !ok || found.strange {
		return nil, &failure{http.StatusNotFound, "invalid_request_error", "resource_missing", "id", "no such checkout session"}
	}
	return found, nil
}

func (s *Server) read(id string, form url.Values) (any, *failure) {
	found, refused := s.find(id)
	if refused != nil {
		return nil, refused
	}
	return found.object(s.URL, form.Get("expand[0]") == "payment_intent.latest_charge.balance_transaction"), nil
}

func (s *Server) list(intent string) (any, *failure) {
	data := []any{}
	for _, id := range s.order {
		if found := s.sessions[id]; found.intent() == intent && !found.strange {
			data = append(data, found.object(s.URL, false))
		}
	}
	return map[string]any{"object": "list", "data": data, "has_more": false, "url": "/v1/checkout/sessions"}, nil
}

func (s *Server) expire(id string) (any, *failure) {
	found, refused := s.find(id)
	if refused != nil {
		return nil, refused
	}
	if found.Status != "open" {
		return nil, invalid("", "only an open session can be expired; this one is "+found.Status)
	}
	found.Status = "expired"
	return found.object(s.URL, false), nil
}
