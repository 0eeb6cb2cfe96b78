package api_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"parley/admin"
	"parley/admin/webhooks"
	"parley/catalog"
)

func (h *house) endpointOf(shop catalog.Merchant) int64 {
	h.Helper()
	e, _, err := h.webhooks.Create(h.Context(), shop.ID, webhooks.Draft{URL: "http://127.0.0.1:1/"})
	h.check(err)
	return int64(e.ID)
}

// keeps works on jobs until something is so.
func (h *house) keeps(so func() bool) {
	h.Helper()
	ctx, stop := context.WithTimeout(h.Context(), time.Minute)
	defer stop()
	ended := make(chan struct{})
	how := h.webhooks.Keeping()
	for kind, keeper := range h.images.Keepers() {
		how.Kinds[kind] = keeper
	}
	how.Poll = 20 * time.Millisecond
	go func() { defer close(ended); h.db.Keep(ctx, how) }()
	for ticks := time.NewTicker(20 * time.Millisecond); !so(); {
		select {
		case <-ticks.C:
		case <-ctx.Done():
			h.Fatal("it never came to be so")
		}
	}
	stop()
	<-ended
}

func TestAnEndpointIsAddedTriedRotatedAndReplayedOverTheAPI(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		heard := make(chan *http.Request, 10)
		receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			w.WriteHeader(http.StatusAccepted)
			heard <- r
		}))
		defer receiver.Close()
		p := h.owner()
		var made struct {
			ID            int64
			Secret, State string
			Events        []string
		}
		got := p.with("Idempotency-Key", "one").does(201, "POST "+h.in(h.meadow, "/webhooks"), is{"url": receiver.URL, "events": []string{"order.paid", "product.updated"}})
		decode(t, got.body, &made)
		if made.State != "enabled" || !strings.HasPrefix(made.Secret, "whsec_") || len(made.Events) != 2 {
			t.Fatalf("%+v", made)
		}
		if again := p.with("Idempotency-Key", "one").does(201, "POST "+h.in(h.meadow, "/webhooks"), is{"url": receiver.URL, "events": []string{"order.paid", "product.updated"}}); again.body != got.body {
			t.Errorf("a repetition is answered %s", again.body)
		}
		at := h.in(h.meadow, fmt.Sprintf("/webhooks/%d", made.ID))
		shown := p.does(200, "GET "+at, nil)
		if strings.Contains(shown.body, "whsec_") {
			t.Error("the secret is shown again")
		}
		p.does(428, "PATCH "+at, is{"description": "x"})
		changed := p.with("If-Match", shown.header.Get("ETag")).does(200, "PATCH "+at, is{"description": "for the ERP"})
		p.with("If-Match", shown.header.Get("ETag")).does(412, "PATCH "+at, is{"description": "y"})
		if !strings.Contains(changed.body, "for the ERP") {
			t.Error(changed.body)
		}
		p.does(422, "POST "+h.in(h.meadow, "/webhooks"), is{"url": receiver.URL, "events": []string{"order.eaten"}})

		var tried struct {
			ID          int64
			Message     string
			State, Type string
		}
		decode(t, p.does(200, "POST "+at+"/test", nil).body, &tried)
		var log struct {
			Items []struct {
				ID    int64
				State string
				Last  struct{ Status int }
			}
		}
		delivered := func() bool {
			log.Items = nil
			decode(t, p.does(200, "GET "+at+"/deliveries?state=delivered", nil).body, &log)
			return len(log.Items) == 1
		}
		h.keeps(delivered)
		request := <-heard
		body, _ := io.ReadAll(request.Body)
		verifier, err := standardwebhooks.NewWebhook(made.Secret)
		h.check(err)
		if err := verifier.VerifyIgnoringTimestamp(body, request.Header); err != nil || request.Header.Get("webhook-id") != tried.Message || tried.Type != "webhook.test" {
			t.Errorf("%v, %+v", err, tried)
		}
		if log.Items[0].Last.Status != http.StatusAccepted {
			t.Errorf("%+v", log)
		}
		one := fmt.Sprintf("%s/deliveries/%d", at, tried.ID)
		if whole := p.does(200, "GET "+one, nil); !strings.Contains(whole.body, `"body":{"type":"webhook.test"`) || !strings.Contains(whole.body, `"attempts":[{`) {
			t.Error(whole.body)
		}
		p.does(200, "POST "+one+"/replay", nil)
		p.does(200, "POST "+at+"/replay", is{"since": h.now().Add(-time.Hour)})
		if rotated := p.does(200, "POST "+at+"/secret", nil); !strings.Contains(rotated.body, "whsec_") || strings.Contains(rotated.body, made.Secret) || !strings.Contains(rotated.body, "old_secret_until") {
			t.Error(rotated.body)
		}
		trail := p.does(200, "GET /audit", nil)
		for _, what := range []string{"create-webhook", "change-webhook", "test-webhook", "rotate-webhook-secret", "replay-webhook"} {
			if !strings.Contains(trail.body, what) {
				t.Errorf("the trail does not know of %s", what)
			}
		}
		if strings.Contains(trail.body, "whsec_") {
			t.Error("the trail holds a secret")
		}
		p.with("If-Match", `"other"`).does(412, "DELETE "+at, nil)
		p.does(200, "GET "+at, nil)
		p.with("If-Match", "*").does(204, "DELETE "+at, nil)
		p.does(404, "GET "+at, nil)
		p.does(404, "GET "+at+"/deliveries", nil)
		h.as(h.hires("cat", admin.Catalog)).does(403, "GET "+h.in(h.meadow, "/webhooks"), nil)
	})
}
