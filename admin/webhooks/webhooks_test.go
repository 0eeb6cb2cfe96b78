package webhooks_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"parley/admin/webhooks"
	"parley/catalog"
	"parley/catalog/event"
	"parley/catalog/fault"
	"parley/catalog/outside"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// house is a shop whose events go to a receiver on this machine, on a clock that the test moves.
type house struct {
	*webhooks.Service
	t       *testing.T
	d       *db.DB
	shop    catalog.MerchantID
	other   catalog.MerchantID
	mu      sync.Mutex
	clock   time.Time
	results chan string

	receiver *httptest.Server
	answers  func(w http.ResponseWriter, n int) // what the receiver says to the nth request; nil: 204
	got      []received
}

type received struct {
	path   string
	header http.Header
	body   []byte
}

func each(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, open(t, d, outside.Allow(netip.MustParsePrefix("127.0.0.0/8")))) })
}

func open(t *testing.T, d *db.DB, may ...outside.Option) *house {
	t.Helper()
	h := &house{t: t, d: d, clock: time.Now().UTC().Truncate(time.Second), results: make(chan string, 1000)}
	client := outside.New(may...)
	t.Cleanup(client.Close)
	var err error
	h.Service, err = webhooks.New(webhooks.Config{
		DB: d, Outside: client, Now: h.now, Key: make([]byte, 32), Random: rand.Reader, Jitter: func() float64 { return 0.5 }, Plain: true,
		Log: slog.New(slog.DiscardHandler), Observe: func(result string, _ time.Duration) { h.results <- result },
	})
	ok(t, err)
	shops := catalog.New(d, h.now)
	for slug, id := range map[string]*catalog.MerchantID{"north": &h.shop, "south": &h.other} {
		m, err := shops.SaveMerchant(t.Context(), catalog.Merchant{Slug: slug, Name: catalog.Text{"en": slug}, Languages: []string{"en"}, Currency: "USD"})
		ok(t, err)
		*id = m.ID
	}
	h.receiver = httptest.NewServer(http.HandlerFunc(h.receive))
	t.Cleanup(h.receiver.Close)
	return h
}

func (h *house) now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.clock }

func (h *house) pass(d time.Duration) { h.mu.Lock(); defer h.mu.Unlock(); h.clock = h.clock.Add(d) }

func (h *house) receive(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	h.got = append(h.got, received{r.URL.Path, r.Header.Clone(), body})
	n, answers := len(h.got), h.answers
	h.mu.Unlock()
	if answers == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answers(w, n)
}

func (h *house) requests() []received { h.mu.Lock(); defer h.mu.Unlock(); return slices.Clone(h.got) }

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, err error, key string) {
	t.Helper()
	if known, classified := fault.Of(err); !classified || known.Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

func (h *house) endpoint(path string, types ...event.Type) (webhooks.Endpoint, string) {
	h.t.Helper()
	e, secret, err := h.Create(h.t.Context(), h.shop, webhooks.Draft{URL: h.receiver.URL + path, Events: types})
	ok(h.t, err)
	return e, secret
}

// happens has something happen in a shop, as the domains tell it.
func (h *house) happens(m catalog.MerchantID, t event.Type, what string) {
	h.t.Helper()
	err := h.d.InTx(h.t.Context(), func(ctx context.Context) error {
		if !event.Listener(h.Listens).Wants(ctx, int64(m), t) {
			return nil
		}
		return event.Promise(ctx, h.d, event.Of(int64(m), t, h.now(), map[string]string{"what": what}))
	})
	ok(h.t, err)
}

// work keeps all jobs, whenever they are due, until so many tries were made.
func (h *house) work(tries int) (results []string) {
	h.t.Helper()
	ok(h.t, h.d.On(h.t.Context()).Exec("update jobs set run_at = 0").Error)
	ctx, stop := context.WithTimeout(h.t.Context(), 20*time.Second)
	defer stop()
	ended := make(chan struct{})
	how := h.Keeping()
	how.Poll = 20 * time.Millisecond
	go func() { defer close(ended); h.d.Keep(ctx, how) }()
	for range tries {
		select {
		case result := <-h.results:
			results = append(results, result)
		case <-ctx.Done():
			h.t.Fatalf("only %v", results)
		}
	}
	stop()
	<-ended
	return results
}

// drain keeps jobs until none is left that could be done now.
func (h *house) drain() {
	h.t.Helper()
	for {
		var left int
		ok(h.t, h.d.On(h.t.Context()).Raw("select count(*) from jobs where kind in ('event.happened', 'webhooks.replay')").Scan(&left).Error)
		if left == 0 {
			return
		}
		ctx, stop := context.WithTimeout(h.t.Context(), 100*time.Millisecond)
		h.d.Keep(ctx, db.Keeping{Kinds: map[string]db.Keeper{event.Job: h.Keepers()[event.Job], "webhooks.replay": h.Keepers()["webhooks.replay"]}, Poll: 10 * time.Millisecond})
		stop()
	}
}

func (h *house) log(e webhooks.Endpoint) []webhooks.Delivery {
	h.t.Helper()
	all, err := h.Deliveries(h.t.Context(), e.Merchant, e.ID, webhooks.Filter{Limit: 100})
	ok(h.t, err)
	return all
}

func TestAMessageIsSignedAsStandardWebhooksHasIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e, secret := h.endpoint("/in", event.OrderPaid)
		h.happens(h.shop, event.OrderPaid, "five boots")
		h.happens(h.shop, event.OrderPlaced, "not wanted")
		h.happens(h.other, event.OrderPaid, "somebody else's")
		if results := h.work(1); results[0] != "delivered" {
			t.Fatal(results)
		}
		got := h.requests()
		verifier, err := standardwebhooks.NewWebhook(secret)
		ok(t, err)
		if len(got) != 1 || verifier.Verify(got[0].body, got[0].header) != nil || got[0].path != "/in" || got[0].header.Get("Content-Type") != "application/json" {
			t.Fatalf("%+v", got)
		}
		if err := verifier.Verify(bytes.Replace(got[0].body, []byte("five"), []byte("nine"), 1), got[0].header); err == nil {
			t.Error("a changed body is signed")
		}
		var body struct {
			Type     string    `json:"type"`
			At       time.Time `json:"timestamp"`
			Merchant int64     `json:"merchant_id"`
			Data     struct{ What string }
		}
		ok(t, json.Unmarshal(got[0].body, &body))
		if body.Type != "order.paid" || !body.At.Equal(h.now()) || body.Merchant != int64(h.shop) || body.Data.What != "five boots" {
			t.Errorf("%s", got[0].body)
		}
		all := h.log(e)
		if len(all) != 1 || all[0].State != webhooks.Delivered || all[0].Tries != 1 || all[0].Message != got[0].header.Get("webhook-id") || all[0].Last.Status != 204 {
			t.Errorf("%+v", all)
		}
		var kept string
		ok(t, h.d.On(t.Context()).Raw("select secret from webhook_endpoints").Scan(&kept).Error)
		if strings.Contains(kept, strings.TrimPrefix(secret, "whsec_")) || !strings.HasPrefix(secret, "whsec_") {
			t.Error("the secret is kept as it is")
		}
	})
}

func TestWhatFailsComesAgainWithTheSameIdUntilItIsTaken(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.answers = func(w http.ResponseWriter, n int) {
			switch n {
			case 1:
				w.WriteHeader(http.StatusInternalServerError)
				_, _ = fmt.Fprint(w, "the database is \x00\xff down", strings.Repeat("!", 2000))
			case 2:
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(http.StatusFound)
			default:
				w.WriteHeader(http.StatusNoContent)
			}
		}
		e, _ := h.endpoint("/in")
		h.happens(h.shop, event.ProductUpdated, "boots")
		if got := h.work(1); got[0] != "retry" {
			t.Fatal(got)
		}
		first := h.log(e)[0]
		if first.State != webhooks.Pending || first.Tries != 1 || !first.Next.Equal(h.now().Add(5*time.Second)) || first.Last.Status != 500 ||
			!strings.HasPrefix(first.Last.Answer, "the database is  down!") || len(first.Last.Answer) > 1000 || first.Last.Failure.Args["status"] != "500" {
			t.Errorf("%+v, %+v", first, first.Last)
		}
		if failing, err := h.Find(t.Context(), h.shop, e.ID); err != nil || failing.FailingSince.IsZero() {
			t.Errorf("%+v, %v", failing, err)
		}
		h.pass(5 * time.Second)
		h.work(1) // the redirect
		h.pass(10 * time.Minute)
		if got := h.work(1); got[0] != "delivered" {
			t.Fatal(got)
		}
		got := h.requests()
		if len(got) != 3 || got[0].header.Get("webhook-id") != got[2].header.Get("webhook-id") || got[0].header.Get("webhook-timestamp") == got[2].header.Get("webhook-timestamp") || got[2].path != "/in" {
			t.Errorf("%d requests", len(got))
		}
		whole, err := h.Delivery(t.Context(), h.shop, e.ID, first.ID)
		ok(t, err)
		if len(whole.Attempts) != 3 || whole.Attempts[0].Status != 204 || whole.Attempts[1].Status != 302 || !strings.Contains(whole.Body, "boots") {
			t.Errorf("%+v", whole)
		}
		if well, err := h.Find(t.Context(), h.shop, e.ID); err != nil || !well.FailingSince.IsZero() {
			t.Errorf("%+v, %v", well, err)
		}
	})
}

func TestTriesSpreadOverThreeDays(t *testing.T) {
	at, sum := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Duration(0)
	for n := 1; n <= 9; n++ {
		state, delay := webhooks.Follows(n, event.OrderPaid, 500, 0, 0.5, at)
		early, late := func() (a, b time.Duration) {
			_, a = webhooks.Follows(n, event.OrderPaid, 0, 0, 0, at)
			_, b = webhooks.Follows(n, event.OrderPaid, 0, 0, 0.999, at)
			return a, b
		}()
		if state != webhooks.Pending || early >= delay || late <= delay || float64(late) > 1.11*float64(delay) {
			t.Errorf("try %d: %s after %s (%s to %s)", n, state, delay, early, late)
		}
		sum += delay
	}
	if sum < 72*time.Hour || sum > 80*time.Hour {
		t.Errorf("tries spread over %s", sum)
	}
	for _, of := range []struct {
		n      int
		t      event.Type
		status int
		after  time.Duration
		state  webhooks.DeliveryState
		next   time.Duration
	}{
		{1, event.OrderPaid, 200, 0, webhooks.Delivered, 0},
		{1, event.OrderPaid, 299, 0, webhooks.Delivered, 0},
		{10, event.OrderPaid, 500, 0, webhooks.Failed, 0},
		{1, event.OrderPaid, 410, 0, webhooks.Failed, 0},
		{1, webhooks.Test, 500, 0, webhooks.Failed, 0},
		{1, event.OrderPaid, 429, time.Hour, webhooks.Pending, time.Hour},
		{3, event.OrderPaid, 503, time.Second, webhooks.Pending, 30 * time.Minute},
		{1, event.OrderPaid, 503, 100 * 24 * time.Hour, webhooks.Pending, 24 * time.Hour},
	} {
		if state, next := webhooks.Follows(of.n, of.t, of.status, of.after, 0.5, at); state != of.state || next != of.next {
			t.Errorf("%+v: %s after %s", of, state, next)
		}
	}
	for said, want := range map[string]time.Duration{"120": 2 * time.Minute, "": 0, "-5": 0, "soon": 0, "99999999999999999999": 0, "9999999": 24 * time.Hour, "Sun, 01 Mar 2026 00:01:00 GMT": time.Minute, "Sat, 28 Feb 2026 00:00:00 GMT": 0} {
		if got := webhooks.Asked(said, at); got != want {
			t.Errorf("%q asks for %s, want %s", said, got, want)
		}
	}
}

func TestAnEndpointThatFailsForThreeDaysIsGivenUpAndHearsTheRestLater(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.answers = func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusBadGateway) }
		e, _ := h.endpoint("/in")
		h.happens(h.shop, event.OrderPaid, "first")
		for n := range 10 {
			want := "retry"
			if n == 9 {
				want = "failed"
			}
			if got := h.work(1); got[0] != want {
				t.Fatalf("try %d: %v", n+1, got)
			}
			h.pass(25 * time.Hour)
		}
		e, err := h.Find(t.Context(), h.shop, e.ID)
		ok(t, err)
		if e.State != webhooks.Broken || e.Note == nil || e.Note.Key != "webhook.gave_up" || e.Note.Args["since"] == "" {
			t.Fatalf("%+v", e)
		}
		h.happens(h.shop, event.OrderPaid, "meanwhile")
		h.drain()
		_, err = h.SendTest(t.Context(), h.shop, e.ID)
		refused(t, err, "webhook.off")
		if len(h.requests()) != 10 || len(h.log(e)) != 1 {
			t.Errorf("%d requests", len(h.requests()))
		}
		_, e, err = h.Change(t.Context(), h.shop, e.ID, func(_ webhooks.Endpoint, d *webhooks.Draft) error { d.Description = "still"; return nil })
		if err != nil || e.State != webhooks.Broken || e.Note == nil {
			t.Fatalf("%+v, %v", e, err)
		}
		_, e, err = h.Change(t.Context(), h.shop, e.ID, func(_ webhooks.Endpoint, d *webhooks.Draft) error { d.Disabled = false; return nil })
		if err != nil || e.State != webhooks.Enabled || e.Note != nil || !e.FailingSince.IsZero() {
			t.Fatalf("%+v, %v", e, err)
		}
		h.mu.Lock()
		h.answers = nil
		h.mu.Unlock()
		count, err := h.ReplaySince(t.Context(), h.shop, e.ID, h.now().Add(-20*24*time.Hour))
		if err != nil || count != 2 {
			t.Errorf("%d to replay, %v", count, err)
		}
		if got := h.work(2); !slices.Equal(got, []string{"delivered", "delivered"}) {
			t.Error(got)
		}
		for _, d := range h.log(e) {
			if d.State != webhooks.Delivered {
				t.Errorf("%+v", d)
			}
		}
	})
}

func TestOneThatSaysItIsGoneIsAskedNoMore(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.answers = func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusGone) }
		e, _ := h.endpoint("/in")
		h.happens(h.shop, event.OrderPaid, "first")
		h.work(1)
		e, err := h.Find(t.Context(), h.shop, e.ID)
		if err != nil || e.State != webhooks.Broken || e.Note.Key != "webhook.gone" {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

func TestAMessageIsReplayedWithItsId(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e, _ := h.endpoint("/in")
		h.happens(h.shop, event.OrderPaid, "first")
		h.work(1)
		first := h.log(e)[0]
		again, err := h.Replay(t.Context(), h.shop, e.ID, first.ID)
		if err != nil || again.State != webhooks.Pending || again.Tries != 0 {
			t.Errorf("%+v, %v", again, err)
		}
		h.work(1)
		if got := h.requests(); len(got) != 2 || got[0].header.Get("webhook-id") != got[1].header.Get("webhook-id") || !bytes.Equal(got[0].body, got[1].body) {
			t.Errorf("%+v", got)
		}
		_, err = h.Replay(t.Context(), h.shop, e.ID, first.ID+100)
		refused(t, err, "webhook.no_delivery")
		_, err = h.ReplaySince(t.Context(), h.shop, e.ID, h.now().Add(time.Hour))
		refused(t, err, "webhook.since")
	})
}

func TestATestCallIsTriedOnceAndLogged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.answers = func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusTeapot) }
		e, _ := h.endpoint("/in", event.OrderPaid)
		d, err := h.SendTest(t.Context(), h.shop, e.ID)
		if err != nil || d.State != webhooks.Pending || d.Type != webhooks.Test {
			t.Fatalf("%+v, %v", d, err)
		}
		if got := h.work(1); got[0] != "failed" {
			t.Error(got)
		}
		d, err = h.Delivery(t.Context(), h.shop, e.ID, d.ID)
		if err != nil || d.State != webhooks.Failed || d.Last.Status != http.StatusTeapot {
			t.Errorf("%+v, %v", d, err)
		}
		if e, err = h.Find(t.Context(), h.shop, e.ID); err != nil || !e.FailingSince.IsZero() {
			t.Errorf("a test call counts against the endpoint: %+v, %v", e, err)
		}
	})
}

func TestARotatedSecretSignsBesideTheNewOneForADay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e, old := h.endpoint("/in")
		e, fresh, err := h.Rotate(t.Context(), h.shop, e.ID)
		if err != nil || fresh == old || !e.OldTill.Equal(h.now().Add(24*time.Hour)) {
			t.Fatalf("%+v, %v", e, err)
		}
		for _, still := range []bool{true, false} {
			h.happens(h.shop, event.OrderPaid, "x")
			h.work(1)
			got := h.requests()
			last := got[len(got)-1]
			for secret, want := range map[string]bool{old: still, fresh: true} {
				verifier, err := standardwebhooks.NewWebhook(secret)
				ok(t, err)
				if signed := verifier.VerifyIgnoringTimestamp(last.body, last.header) == nil; signed != want {
					t.Errorf("signed %v, want %v, while the old one still counts: %v", signed, want, still)
				}
			}
			h.pass(24 * time.Hour)
		}
	})
}

func TestAPrivateAddressIsNotCalled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		e, _ := h.endpoint("/in")
		h.happens(h.shop, event.OrderPaid, "x")
		h.work(1)
		all := h.log(e)
		if len(h.requests()) != 0 || all[0].Last.Failure.Key != "outside.private" || all[0].Last.Status != 0 {
			t.Errorf("%d requests, %+v", len(h.requests()), all[0].Last)
		}
	})
}

func TestASlowEndpointDoesNotHoldUpAnother(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		release := make(chan struct{})
		slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
		defer slow.Close()
		defer close(release)
		_, _, err := h.Create(t.Context(), h.shop, webhooks.Draft{URL: slow.URL})
		ok(t, err)
		h.endpoint("/in", event.OrderPaid)
		for range 20 {
			h.happens(h.shop, event.OrderPlaced, "for the slow one")
		}
		h.happens(h.shop, event.OrderPaid, "for both")
		h.drain()
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		how := h.Keeping()
		how.Poll = 20 * time.Millisecond
		go h.d.Keep(ctx, how) //nolint:contextcheck // it ends with the test
		select {
		case result := <-h.results:
			if result != "delivered" {
				t.Error(result)
			}
		case <-ctx.Done():
			t.Error("the quick one waits behind the slow one")
		}
	})
}

func TestWhatCannotBeAnEndpointIsRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for key, draft := range map[string]webhooks.Draft{
			"outside.address":     {URL: "shop.example/hook"},
			"webhook.event":       {URL: h.receiver.URL, Events: []event.Type{"order.eaten"}},
			"webhook.description": {URL: h.receiver.URL, Description: strings.Repeat("x", 501)},
		} {
			_, _, err := h.Create(t.Context(), h.shop, draft)
			refused(t, err, key)
		}
		h.Plain = false
		_, _, err := h.Create(t.Context(), h.shop, webhooks.Draft{URL: h.receiver.URL})
		refused(t, err, "webhook.plain")
		h.Plain = true
		for range 20 {
			h.endpoint("/in")
		}
		_, _, err = h.Create(t.Context(), h.shop, webhooks.Draft{URL: h.receiver.URL})
		refused(t, err, "webhook.too_many")
	})
}

func TestAnEndpointIsNobodyElses(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e, _ := h.endpoint("/in")
		h.happens(h.shop, event.OrderPaid, "x")
		h.work(1)
		first := h.log(e)[0]
		_, err := h.Find(t.Context(), h.other, e.ID)
		refused(t, err, "webhook.missing")
		_, _, err = h.Change(t.Context(), h.other, e.ID, func(webhooks.Endpoint, *webhooks.Draft) error { return nil })
		refused(t, err, "webhook.missing")
		_, _, err = h.Rotate(t.Context(), h.other, e.ID)
		refused(t, err, "webhook.missing")
		_, err = h.Delete(t.Context(), h.other, e.ID)
		refused(t, err, "webhook.missing")
		_, err = h.SendTest(t.Context(), h.other, e.ID)
		refused(t, err, "webhook.missing")
		_, err = h.Replay(t.Context(), h.other, e.ID, first.ID)
		refused(t, err, "webhook.missing")
		_, err = h.Delivery(t.Context(), h.other, e.ID, first.ID)
		refused(t, err, "webhook.no_delivery")
		if all, err := h.Deliveries(t.Context(), h.other, e.ID, webhooks.Filter{Limit: 10}); err != nil || len(all) != 0 {
			t.Errorf("%v, %v", all, err)
		}
		was, err := h.Delete(t.Context(), h.shop, e.ID)
		if err != nil || was.ID != e.ID || h.Listens(t.Context(), int64(h.shop), event.OrderPaid) {
			t.Errorf("%+v, %v", was, err)
		}
	})
}

func TestListeningIsAnsweredFromMemory(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		shop := int64(h.shop)
		if h.Listens(t.Context(), shop, event.OrderPaid) {
			t.Error("nobody listens")
		}
		e, _ := h.endpoint("/in", event.OrderPaid)
		if !h.Listens(t.Context(), shop, event.OrderPaid) || h.Listens(t.Context(), shop, event.OrderPlaced) || h.Listens(t.Context(), int64(h.other), event.OrderPaid) {
			t.Error("an endpoint is not heard of at once in its process")
		}
		ok(t, h.d.On(t.Context()).Exec("update webhook_endpoints set state = 'disabled'").Error) // by another replica
		if !h.Listens(t.Context(), shop, event.OrderPaid) {
			t.Error("it asked the database again")
		}
		h.pass(3 * time.Second)
		if h.Listens(t.Context(), shop, event.OrderPaid) {
			t.Error("another replica's change is never seen")
		}
		_, _, err := h.Change(t.Context(), h.shop, e.ID, func(_ webhooks.Endpoint, d *webhooks.Draft) error { d.Disabled = false; return nil })
		if err != nil || !h.Listens(t.Context(), shop, event.OrderPaid) {
			t.Error(err)
		}
	})
}

func TestOldMessagesAreForgottenWithTheirLog(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e, _ := h.endpoint("/in")
		h.happens(h.shop, event.OrderPaid, "old")
		h.work(1)
		h.pass(webhooks.Remembered + time.Hour)
		h.happens(h.shop, event.OrderPaid, "new")
		h.work(1)
		ok(t, h.Begin(t.Context()))
		ok(t, h.Begin(t.Context()))
		err := h.Keepers()["webhooks.forget"](t.Context(), db.Job{})
		if _, later := err.(db.Later); !later { //nolint:errorlint // it is the value itself
			t.Error(err)
		}
		if left := h.log(e); len(left) != 1 || !left[0].At.After(h.now().Add(-time.Hour)) {
			t.Errorf("%+v", left)
		}
	})
}
