package stripe_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/stripe"
	"parley/payments/stripe/stripetest"
)

func (s *shop) kept() (events int64) {
	s.t.Helper()
	if err := s.d.On(s.t.Context()).Raw("select count(*) from payment_events").Scan(&events).Error; err != nil {
		s.t.Fatal(err)
	}
	return events
}

// W1, W2.
func TestWhatStripeDidNotSignForUsNowLeavesNoTrace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		event := s.stripe.Happen(t, p.Ref, "pay")
		calls := len(s.stripe.Calls())
		with := func(change func(r *http.Request)) *http.Request {
			r := event.Request(t, hookURL, secret, s.clock)
			change(r)
			return r
		}
		header := with(func(*http.Request) {}).Header.Get("Stripe-Signature")
		forged := event
		forged.Body = bytes.Replace(event.Body, []byte("4999"), []byte("1"), 1)
		big := event
		big.Body = append(bytes.Clone(event.Body), bytes.Repeat([]byte(" "), 64<<10)...)
		for what, row := range map[string]struct {
			request *http.Request
			status  int
		}{
			"no signature":       {with(func(r *http.Request) { r.Header.Del("Stripe-Signature") }), 400},
			"an empty signature": {with(func(r *http.Request) { r.Header.Set("Stripe-Signature", "") }), 400},
			"nonsense":           {with(func(r *http.Request) { r.Header.Set("Stripe-Signature", "t=,v1=zz") }), 400},
			"two times": {func() *http.Request { // an old delivery with a new time before the one that was signed
				r := event.Request(t, hookURL, secret, s.clock.Add(-time.Hour))
				r.Header.Set("Stripe-Signature", fmt.Sprintf("t=%d,%s", s.clock.Unix(), r.Header.Get("Stripe-Signature")))
				return r
			}(), 400},
			"an empty secret": {event.Request(t, hookURL, "", s.clock), 400},
			"another secret":  {event.Request(t, hookURL, "whsec_other", s.clock), 400},
			"old":             {event.Request(t, hookURL, secret, s.clock.Add(-5*time.Minute-time.Second)), 400},
			"from the future": {event.Request(t, hookURL, secret, s.clock.Add(5*time.Minute+time.Second)), 400},
			"another body":    {with(func(r *http.Request) { r.Body = http.NoBody; r.ContentLength = 0 }), 400},
			"a changed body": {func() *http.Request {
				r := forged.Request(t, hookURL, secret, s.clock)
				r.Header.Set("Stripe-Signature", header)
				return r
			}(), 400},
			"too much": {big.Request(t, hookURL, secret, s.clock), 413},
			"no JSON":  {stripetest.Event{Body: []byte("hello")}.Request(t, hookURL, secret, s.clock), 400},
		} {
			if status := s.send(row.request); status != row.status {
				t.Errorf("%s is answered %d, want %d", what, status, row.status)
			}
		}
		if s.kept() != 0 || len(s.stripe.Calls()) != calls || s.now(p).Status != payments.Open {
			t.Errorf("%d events were kept, Stripe was called %v, the payment is %s", s.kept(), s.stripe.Calls()[calls:], s.now(p).Status)
		}
		if status := s.send(event.Request(t, hookURL, rolled, s.clock.Add(5*time.Minute))); status != 200 || s.now(p).Status != payments.Settled {
			t.Errorf("the secret that is being rolled: %d, %s", status, s.now(p).Status)
		}
	})
}

func TestWithoutAClockTheMachinesOwnIsUsed(t *testing.T) {
	g, err := stripe.New(stripe.Settings{SecretKey: testKey, WebhookSecrets: []string{secret}})
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New()
	app.Post("/webhooks/stripe", g.Webhook(func(context.Context, string, payments.Notice) error { return nil }))
	event := stripetest.Event{Body: []byte(`{"id":"evt_1","type":"balance.available","data":{"object":{}}}`)}
	for age, want := range map[time.Duration]int{0: 200, time.Hour: 400, -time.Hour: 400} {
		answer, err := app.Test(event.Request(t, hookURL, secret, time.Now().Add(-age)), -1)
		if err != nil || answer.StatusCode != want {
			t.Errorf("an event that is %s old: %v, want %d", age, err, want)
		}
	}
}

func TestStripeIsAskedToSayItAgainWhenWeFail(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		event := s.stripe.Happen(t, p.Ref, "pay")
		s.broken = errBroken
		if status := s.send(event.Request(t, hookURL, secret, s.clock)); status != 500 {
			t.Errorf("with our database away: %d", status)
		}
		s.broken = nil
		s.stripe.Refuse(500, 500)
		if status := s.send(event.Request(t, hookURL, secret, s.clock)); status != 500 || s.kept() != 0 {
			t.Errorf("with Stripe's API away: %d, %d kept", status, s.kept())
		}
		s.deliver(event)
		if s.now(p).Status != payments.Settled {
			t.Errorf("in the end it is %s", s.now(p).Status)
		}
	})
}

func TestEventsOfOtherKindsAndOfStrangersAreKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.deliver(
			s.stripe.Other(t, "charge.dispute.created", map[string]any{"id": "dp_1"}),
			s.stripe.Other(t, "checkout.session.completed", map[string]any{"id": "cs_gone", "status": "complete", "payment_status": "paid"}),
			s.stripe.Other(t, "checkout.session.completed", map[string]any{"id": 7}),
			s.stripe.Other(t, "payment_intent.payment_failed", map[string]any{"id": "pi_none"}),
			s.stripe.Other(t, "checkout.session.completed", map[string]any{"id": "cs_live", "status": "complete", "payment_status": "paid", "livemode": true, "amount_total": 5, "currency": "usd"}),
		)
		if got := s.reasons(0); s.kept() != 5 || len(got) != 1 || got[0] != payments.UnknownPayment {
			t.Errorf("%d kept, queued %v", s.kept(), got)
		}
	})
}

// shared is a folder of published examples beside the repository.
func shared(t *testing.T, path string) string {
	t.Helper()
	base := os.Getenv("PARLEY_SHARED")
	if base == "" {
		base = filepath.Join("..", "..", "..", "shared")
	}
	found := filepath.Join(base, path)
	if _, err := os.Stat(found); err != nil {
		t.Skipf("SKIPPED, NOT PROVEN: %v; set PARLEY_SHARED to the folder of published examples", err)
	}
	return found
}

func TestEveryPublishedEventIsTakenAndChangesNothingOfOurs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t, "specs/stripe/events"), "*", "*.json"))
	if err != nil || len(files) < 60 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	s := open(t, dbtest.SQLite(t))
	p := s.opened(theOrder)
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		event := stripetest.Event{Type: filepath.Base(file), Body: body}
		if status := s.send(event.Request(t, hookURL, secret, s.clock)); status != 200 {
			t.Errorf("%s is answered %d", file, status)
		}
	}
	if s.now(p).Status != payments.Open {
		t.Errorf("the payment is %s", s.now(p).Status)
	}
	s.sound()
}
