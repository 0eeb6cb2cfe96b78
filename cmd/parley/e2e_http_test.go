package main_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/channels/telegram/telegramtest"
)

// answer is what the program answers, with its body read.
type answer struct {
	status int
	header http.Header
	body   string
}

func ask(t *testing.T, method, address, kind, body string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	got, err := http.DefaultTransport.RoundTrip(request) // redirects are answers too
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	defer got.Body.Close()
	read, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, string(read)}
}

func TestBadRequestsAreRefusedWithoutHarm(t *testing.T) {
	t.Parallel()
	at := sqlitePlace(t)
	s := at.serve(t, "PARLEY_STRIPE_SECRET_KEY=sk_test_never", "PARLEY_STRIPE_WEBHOOK_SECRET=whsec_never")
	large := `{"id":"1","text":"` + strings.Repeat("a", 40<<10) + `"}`
	for name, c := range map[string]struct {
		method, path, kind, body string
		want                     int
	}{
		"too big for a chat":         {"POST", "/chat/meadow/say", "application/json", large, http.StatusRequestEntityTooLarge},
		"nobody we know":             {"POST", "/chat/meadow/say", "application/json", `{"id":"1","text":"hi"}`, http.StatusUnauthorized},
		"a stream of nobody":         {"GET", "/chat/meadow/stream", "", "", http.StatusUnauthorized},
		"no such page":               {"GET", "/nowhere", "", "", http.StatusNotFound},
		"no such shop":               {"GET", "/chat/nobody", "", "", http.StatusNotFound},
		"no such picture":            {"GET", "/pictures/../../etc/passwd", "", "", http.StatusNotFound},
		"no such payment":            {"GET", "/sandbox/pay/sb_guess", "", "", http.StatusNotFound},
		"no such return":             {"GET", "/pay/return/guess", "", "", http.StatusNotFound},
		"a bot that is not here":     {"POST", "/hooks/telegram/42", "application/json", `{"update_id":1}`, http.StatusNotFound},
		"Stripe without a signature": {"POST", "/hooks/stripe", "application/json", `{"id":"evt_1"}`, http.StatusBadRequest},
		"a method that is not there": {"DELETE", "/chat/meadow", "", "", http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(t, c.method, s.url+c.path, c.kind, c.body)
			if got.status != c.want {
				t.Errorf("%d, want %d: %s", got.status, c.want, last(got.body, 300))
			}
			if strings.Contains(got.body, "goroutine") || strings.Contains(got.body, ".go:") || strings.Contains(got.body, "sql") {
				t.Errorf("it tells of its inside: %s", got.body)
			}
		})
	}
	if status := announce(t, s.url, "/chat/meadow/say", 3<<20); !strings.Contains(status, " 413 ") {
		t.Errorf("three megabytes are answered with %q", status)
	}
	for size, want := range map[int]string{3 << 20: " 401 ", 64<<20 + 1: " 413 "} {
		if status := announce(t, s.url, "/api/v1/merchants/1/statements", size); !strings.Contains(status, want) {
			t.Errorf("a statement of %d bytes from nobody is answered with %q", size, status)
		}
	}
	visitor := newVisitor(t, s.url)
	for _, malformed := range []string{``, `{`, `[]`, `null`, `{"id":"1"}`, `{"id":"1","text":"a","token":"h"}`, `{"id":"` + strings.Repeat("1", 80) + `","text":"a"}`, "{\"id\":\"1\",\"text\":\"\x00\"}"} {
		got, err := visitor.client.Post(visitor.page+"/say", "application/json", strings.NewReader(malformed))
		if err != nil {
			t.Fatal(err)
		}
		if got.StatusCode != http.StatusBadRequest {
			t.Errorf("%q is answered %s", malformed, got.Status)
		}
		_ = got.Body.Close()
	}
	s.stop(t)
	d := at.open(t)
	for _, table := range []string{"messages", "contacts", "conversations", "orders", "payment_events", "jobs"} {
		if table == "jobs" {
			table += " where kind not in ('images.collect', 'webhooks.forget', 'payments.catch', 'settlement.pull')" // they are always promised
		}
		if rows := count(t, d, "select count(*) from "+table); rows != 0 {
			t.Errorf("bad requests left %d rows in %s", rows, table)
		}
	}
}

func TestUnknownAddressesAreProblemsAsRFC9457Says(t *testing.T) {
	t.Parallel()
	s := sqlitePlace(t).serve(t)
	got := ask(t, http.MethodGet, s.url+"/nowhere", "", "")
	var problem struct {
		Title  string
		Status int
	}
	err := json.Unmarshal([]byte(got.body), &problem)
	if err != nil || problem.Status != http.StatusNotFound || problem.Title == "" || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%v: %s %s", err, got.header.Get("Content-Type"), got.body)
	}
}

func TestEveryAnswerHasSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := sqlitePlace(t).serve(t)
	for _, path := range []string{"/", "/healthz", "/nowhere", "/chat/meadow", "/embed/meadow", "/widget.js", "/sandbox/pay/sb_guess", "/admin", "/pictures/parley.png"} {
		got := ask(t, http.MethodGet, s.url+path, "", "")
		if got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Referrer-Policy") == "" {
			t.Errorf("%s: %v", path, got.header)
		}
		page := strings.HasPrefix(got.header.Get("Content-Type"), "text/html")
		if policy := got.header.Get("Content-Security-Policy"); page && got.status == http.StatusOK &&
			(!strings.Contains(policy, "frame-ancestors") || strings.Contains(policy, "unsafe-inline")) {
			t.Errorf("%s has the policy %q", path, policy)
		}
		if got.status >= 500 {
			t.Errorf("%s answers %d", path, got.status)
		}
	}
}

func TestHealthAndMetricsTellHowItGoes(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		api := telegramtest.New(t, telegramtest.Options{})
		s := at.serve(t, bot(api)...)
		for _, path := range []string{"/healthz", "/readyz"} {
			if got := ask(t, http.MethodGet, s.url+path, "", ""); got.status != http.StatusOK {
				t.Errorf("%s answers %d: %s", path, got.status, got.body)
			}
		}
		buyer := newChatter(t, api, 801)
		buyer.fillsCart()
		buyer.checksOut()
		buyer.pays()
		api.Fail(telegramtest.Failure{Method: "sendMessage", Status: 502, Says: "Bad Gateway", Times: 100_000})
		api.SendText(buyer.id, "zzz")
		told := ""
		for name, pattern := range map[string]string{
			"turns":           `parley_turn_seconds_count\{network="telegram",result="ok"\} \d\d`,
			"sends":           `parley_sends_total\{network="telegram",result="sent"\} [1-9]`,
			"orders":          `parley_orders\{state="paid"\} 1`,
			"payments":        `parley_payments\{gateway="sandbox",status="settled"\} 1`,
			"depth of outbox": `parley_jobs\{kind="channels.send"\} 1`,
			"age of outbox":   `parley_jobs_oldest_seconds\{kind="channels.send"\} [0-9.]*[1-9]`,
			"requests":        `parley_http_request_seconds_count\{method="POST",route="/sandbox/pay/:ref",status="303"\} 1`,
		} {
			shape := regexp.MustCompile(pattern)
			eventually(t, name+" in /metrics", func() bool {
				told = ask(t, http.MethodGet, s.url+"/metrics", "", "").body
				return shape.MatchString(told)
			})
		}
		for _, private := range []string{"Wilhelmina", buyerPhone, "801", api.Token, "sb_"} {
			if strings.Contains(told, `"`+private) || private != "801" && strings.Contains(told, private) {
				t.Errorf("/metrics tells %q", private)
			}
		}
		api.Mend()
		s.stop(t)
		quiet(t, s, api.Token)
	})
}

// announce says that a body of so many bytes will come, begins with it and returns the status line: the answer is there
// long before the rest, and whoever went on writing would find the connection closed.
func announce(t *testing.T, base, path string, size int) string {
	t.Helper()
	host := strings.TrimPrefix(base, "http://")
	conn, err := net.DialTimeout("tcp", host, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, host, size, strings.Repeat("a", 16<<10)); err != nil {
		t.Fatal(err)
	}
	status, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return status
}
