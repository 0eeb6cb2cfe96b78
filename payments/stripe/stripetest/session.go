package stripetest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"
)

// Session is a Checkout Session as the server remembers it.
type Session struct {
	ID, Reference, Email  string
	Status, PaymentStatus string // open, complete, expired; paid, unpaid
	IntentStatus          string // empty until the buyer has tried to pay
	Amount                int64  // in Stripe's minor units
	Currency              string
	Lines                 int
	Live                  bool
	SuccessURL            string
	Expires               int64
	From                  string   // the expired session that it took the place of
	Received              int64    // what was captured; 0: all of it
	Destination           string   // the account that it is passed on to
	Fee                   int64    // what of it the platform keeps
	Unsaid                []string // what of charge and payment_intent its refunds do not say
	strange               bool     // no session at all: another network's charge
	metadata              map[string]string
	feeUnknown, recovers  bool
	paidAt                int64
}

func (s *Session) intent() string {
	if s.IntentStatus == "" {
		return ""
	}
	return "pi_" + s.ID
}

// Charge is the id of the charge that a paid session has.
func (s *Session) Charge() string { return "ch_" + s.ID }

// ChargeStranger has another network charge a buyer by this account: there is no session.
func (s *Server) ChargeStranger(t testing.TB, sum int64, currency string) *Session {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	made := &Session{
		ID: fmt.Sprintf("strange_%d", len(s.order)+1), Amount: sum, Currency: currency, Status: "complete", PaymentStatus: "paid", IntentStatus: "succeeded",
		strange: true, paidAt: s.now().Unix(),
	}
	s.sessions[made.ID] = made
	s.order = append(s.order, made.ID)
	s.addRow("txn_"+made.ID, "charge", sum, made.fee(), currency, made.chargeObject())
	return made
}

// Intent is the id of the payment intent; empty until the buyer has tried to pay.
func (s *Session) Intent() string { return s.intent() }

func (s *Server) readIntent(id string) (any, *failure) {
	for _, one := range s.sessions {
		if one.intent() == id && id != "" {
			return one.intentObject(), nil
		}
	}
	return nil, noSuch("payment intent")
}

// Sessions are those that were made, oldest first.
func (s *Server) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Session, len(s.order))
	for i, id := range s.order {
		all[i] = *s.sessions[id]
	}
	return all
}

func (s *Server) create(form url.Values) (any, *failure) {
	expires, err := strconv.ParseInt(form.Get("expires_at"), 10, 64)
	soonest, latest := s.now().Add(30*time.Minute).Unix(), s.now().Add(24*time.Hour).Unix()
	switch {
	case form.Get("mode") != "payment":
		return nil, invalid("mode", "this server takes payments only")
	case !strings.HasPrefix(form.Get("success_url"), "http"):
		return nil, invalid("success_url", "not a URL")
	case err != nil || expires < soonest || expires > latest:
		return nil, invalid("expires_at", "must be between 30 minutes and 24 hours from now")
	}
	made := &Session{
		ID: fmt.Sprintf("cs_test_%d", len(s.order)+1), Reference: form.Get("client_reference_id"), Email: form.Get("customer_email"),
		Status: "open", PaymentStatus: "unpaid", SuccessURL: form.Get("success_url"), Expires: expires,
		metadata: map[string]string{"payment": form.Get("metadata[payment]")}, recovers: form.Get("after_expiration[recovery][enabled]") == "true",
	}
	if refused := made.addLines(form); refused != nil {
		return nil, refused
	}
	if refused := s.destine(made, form); refused != nil {
		return nil, refused
	}
	s.sessions[made.ID] = made
	s.order = append(s.order, made.ID)
	return made.object(s.URL, false), nil
}

func (s *Session) addLines(form url.Values) *failure {
	for ; form.Has(fmt.Sprintf("line_items[%d][quantity]", s.Lines)); s.Lines++ {
		line := fmt.Sprintf("line_items[%d]", s.Lines)
		quantity, bad := strconv.ParseInt(form.Get(line+"[quantity]"), 10, 64)
		each, worse := strconv.ParseInt(form.Get(line+"[price_data][unit_amount]"), 10, 64)
		currency := form.Get(line + "[price_data][currency]")
		switch {
		case bad != nil || quantity < 1:
			return invalid(line+"[quantity]", "not a quantity")
		case worse != nil || each < 0:
			return invalid(line+"[price_data][unit_amount]", "not an amount")
		case len(currency) != 3 || currency != strings.ToLower(currency) || (s.Currency != "" && s.Currency != currency):
			return invalid(line+"[price_data][currency]", "not the currency")
		case strings.TrimSpace(form.Get(line+"[price_data][product_data][name]")) == "":
			return invalid(line+"[price_data][product_data][name]", "empty")
		}
		s.Amount, s.Currency = s.Amount+quantity*each, currency
	}
	if s.Lines == 0 || s.Lines > 100 {
		return invalid("line_items", "between 1 and 100")
	}
	return nil
}

// object is the session as the API gives it; expanded has the payment intent down to its balance transaction.
func (s *Session) object(base string, expanded bool) map[string]any {
	object := map[string]any{
		"id": s.ID, "object": "checkout.session", "mode": "payment", "client_reference_id": s.Reference, "status": s.Status,
		"payment_status": s.PaymentStatus, "amount_total": s.Amount, "currency": s.Currency, "livemode": s.Live,
		"expires_at": s.Expires, "metadata": s.metadata, "success_url": s.SuccessURL, "payment_intent": nil, "url": nil,
	}
	if s.Status == "open" {
		object["url"] = base + "/pay/" + s.ID
	}
	if s.From != "" {
		object["recovered_from"] = s.From
	}
	if s.Status == "expired" && s.recovers {
		object["after_expiration"] = map[string]any{"recovery": map[string]any{"enabled": true, "url": base + "/recover/" + s.ID}}
	}
	switch {
	case s.intent() != "" && expanded:
		object["payment_intent"] = s.intentObject()
	case s.intent() != "":
		object["payment_intent"] = s.intent()
	}
	return object
}

func (s *Session) intentObject() map[string]any {
	intent := map[string]any{
		"id": s.intent(), "object": "payment_intent", "status": s.IntentStatus, "amount": s.Amount, "currency": s.Currency,
		"livemode": s.Live, "metadata": s.metadata, "latest_charge": nil,
	}
	if s.IntentStatus == "succeeded" {
		intent["amount_received"] = s.Amount
		if s.Received != 0 {
			intent["amount_received"] = s.Received
		}
		intent["latest_charge"] = s.chargeObject()
	}
	return intent
}

// fee is what the processor keeps of a charge.
func (s *Session) fee() int64 { return s.Amount/50 + 25 }

// chargeObject has its balance transaction expanded, once there is one.
func (s *Session) chargeObject() map[string]any {
	charge := map[string]any{
		"id": s.Charge(), "object": "charge", "created": s.paidAt, "amount": s.Amount, "currency": s.Currency, "paid": true, "payment_intent": s.intent(), "livemode": s.Live,
		"payment_method_details": map[string]any{"type": "card", "card": map[string]any{"country": "DE"}}, "balance_transaction": nil,
	}
	if s.Destination != "" {
		charge["transfer"] = "tr_" + s.ID
	}
	if !s.feeUnknown {
		charge["balance_transaction"] = map[string]any{"id": "txn_" + s.ID, "object": "balance_transaction", "amount": s.Amount, "currency": s.Currency, "fee": s.fee()}
	}
	return charge
}

// Event is one event as it is sent to webhooks.
type Event struct {
	ID, Type string
	Body     []byte
}

// Happen brings a session to a state, as a buyer or a bank does, and returns the event that says so. What is
// one of pay, later, settle, fail, decline, expire.
func (s *Server) Happen(t testing.TB, id, what string) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	found, refused := s.find(id)
	if refused != nil {
		t.Fatalf("no session %s", id)
	}
	step, ok := steps[what]
	if !ok || found.Status != step.from {
		t.Fatalf("a session that is %s cannot %s", found.Status, what)
	}
	found.Status, found.PaymentStatus, found.IntentStatus = step.status, step.payment, step.intent
	if step.payment == "paid" {
		found.feeUnknown, found.paidAt = s.lateFees, s.now().Unix()
		s.addRow("txn_"+found.ID, "charge", found.Amount, found.fee(), found.Currency, found.chargeObject())
		s.passOn(t, found)
	}
	object := found.object(s.URL, false)
	if strings.HasPrefix(step.event, "payment_intent.") {
		object = found.intentObject()
	}
	return s.event(t, step.event, object)
}

var steps = map[string]struct{ from, status, payment, intent, event string }{
	"pay":     {"open", "complete", "paid", "succeeded", "checkout.session.completed"},
	"later":   {"open", "complete", "unpaid", "processing", "checkout.session.completed"},
	"settle":  {"complete", "complete", "paid", "succeeded", "checkout.session.async_payment_succeeded"},
	"fail":    {"complete", "complete", "unpaid", "requires_payment_method", "checkout.session.async_payment_failed"},
	"decline": {"open", "open", "unpaid", "requires_payment_method", "payment_intent.payment_failed"},
	"expire":  {"open", "expired", "unpaid", "", "checkout.session.expired"},
}

// Recover has a buyer go on from the recovery page of an expired session, and returns the session that takes its place.
func (s *Server) Recover(t testing.TB, id string) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	of, refused := s.find(id)
	if refused != nil || of.Status != "expired" || !of.recovers {
		t.Fatalf("%s can't be recovered", id)
	}
	made := *of
	made.ID, made.From, made.Status, made.IntentStatus, made.PaymentStatus = fmt.Sprintf("cs_test_%d", len(s.order)+1), id, "open", "", "unpaid"
	s.sessions[made.ID] = &made
	s.order = append(s.order, made.ID)
	return made.ID
}

// Tamper changes a session behind everybody's back and returns the event "completed" of how it is then.
func (s *Server) Tamper(t testing.TB, id string, change func(*Session)) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.sessions[id])
	return s.event(t, "checkout.session.completed", s.sessions[id].object(s.URL, false))
}

// Other is an event of another kind about an object.
func (s *Server) Other(t testing.TB, kind string, object map[string]any) Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.event(t, kind, object)
}

func (s *Server) event(t testing.TB, kind string, object map[string]any) Event {
	t.Helper()
	return s.eventOf(t, "", kind, object)
}

// eventOf is an event of a seller's account, or of ours.
func (s *Server) eventOf(t testing.TB, account, kind string, object map[string]any) Event {
	t.Helper()
	s.events++
	live, _ := object["livemode"].(bool)
	e := Event{ID: fmt.Sprintf("evt_test_%d", s.events), Type: kind}
	said := map[string]any{
		"id": e.ID, "object": "event", "type": kind, "api_version": "2020-08-27", "created": s.now().Unix(),
		"livemode": live, "data": map[string]any{"object": object},
	}
	if account != "" {
		said["account"] = account
	}
	body, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	e.Body = body
	s.said = append(s.said, listed{e.ID, s.now().Unix(), json.RawMessage(body)})
	return e
}

// Request is the event's delivery to a webhook, signed with a secret at a time.
func (e Event) Request(t testing.TB, url, secret string, at time.Time) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(e.Body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Stripe-Signature", fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(webhook.ComputeSignature(at, e.Body, secret))))
	return r
}
