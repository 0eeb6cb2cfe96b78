package admin_test

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/admin"
)

// isIn says whether somebody still is signed in.
func (p *person) isIn() bool {
	p.Helper()
	return p.get("/admin/account").status == http.StatusOK
}

func TestASessionEndsWhenItsPersonIsAwayOrItIsOld(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t))
	h.hires("anna", admin.Owner)
	p := h.as("anna")
	h.pass(11 * time.Hour)
	if !p.isIn() {
		t.Error("it ended after 11 hours")
	}
	h.pass(12 * time.Hour)
	if p.isIn() {
		t.Error("it goes on after 12 idle hours")
	}
	p = h.as("anna")
	for range 33 {
		h.pass(10 * time.Hour)
		if !p.isIn() {
			t.Fatal("it ended within 14 days although its person was there")
		}
	}
	h.pass(10 * time.Hour)
	if p.isIn() {
		t.Error("it goes on after 14 days")
	}
}

func TestAPageThatLooksByItselfKeepsNobodySignedIn(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t))
	h.hires("anna", admin.Owner)
	p := h.as("anna")
	for range 3 {
		h.pass(5 * time.Hour)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/admin", nil)
		h.check(err)
		request.Header.Set("X-Look", "1")
		p.do(request)
	}
	if p.isIn() {
		t.Error("a tab left open keeps its person signed in for ever")
	}
}

func TestWhoSignsOutIsOut(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.hires("anna", admin.Owner)
		p, elsewhere := h.as("anna"), h.as("anna")
		cookies := p.client.Jar.Cookies(must(url.Parse(p.url)))
		p.wantPage(p.post("/admin/sign-out"), http.StatusSeeOther)
		p.client.Jar.SetCookies(must(url.Parse(p.url)), cookies) // a stolen cookie is of no use
		if p.isIn() || !elsewhere.isIn() {
			t.Errorf("signed out here: %v; signed out elsewhere: %v", !p.isIn(), !elsewhere.isIn())
		}
	})
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestAnotherPasswordSignsOutEverywhereElse(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t))
	h.hires("anna", admin.Owner)
	p, elsewhere := h.as("anna"), h.as("anna")
	p.wantPage(p.post("/admin/account/password", "present", "wrong", "password", "another long password"), http.StatusUnprocessableEntity, `id="present-wrong"`)
	p.wantPage(p.post("/admin/account/password", "present", secret, "password", "short"), http.StatusUnprocessableEntity, `id="new-wrong"`)
	p.wantPage(p.post("/admin/account/password", "present", secret, "password", "another long password"), http.StatusSeeOther)
	if !p.isIn() || elsewhere.isIn() {
		t.Errorf("still in here: %v, elsewhere: %v", p.isIn(), elsewhere.isIn())
	}
	if got := h.visitor().tries("anna", secret).status; got != http.StatusUnauthorized {
		t.Errorf("the old password is answered with %d", got)
	}
}

func TestADisabledAccountIsOutAtOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.hires("boss", admin.Owner)
		anna := h.hires("anna", admin.Operator)
		p := h.as("anna")
		h.check(h.accounts.Disable(t.Context(), anna.ID))
		if p.isIn() {
			t.Error("it is still in")
		}
	})
}

func TestTheCookieIsForThisHostAndNoScript(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t))
	h.hires("anna", admin.Owner)
	p := h.visitor()
	cookie := strings.Join(p.tries("anna", secret).header.Values("Set-Cookie"), "\n")
	for _, part := range []string{"parley_staff=", "HttpOnly", "SameSite=Lax", "path=/", "max-age=1209600"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie has no %s: %s", part, cookie)
		}
	}
	token := strings.SplitN(strings.SplitN(cookie, "parley_staff=", 2)[1], ";", 2)[0]
	if n := h.count("select count(*) from sessions where token_hash like ?", "%"+token+"%"); n != 0 || len(token) < 40 {
		t.Errorf("the token %q is stored as it is", token)
	}
}

func TestAFormOfAnotherSiteDoesNothing(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t))
	h.hires("anna", admin.Owner)
	p, other := h.as("anna"), h.as("anna")
	token := p.token("/admin/account")
	for name, spoil := range map[string]func(*http.Request){
		"another origin":        func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"no origin at all":      func(r *http.Request) { r.Header.Set("Origin", "null") },
		"fetched by a stranger": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sister host":         func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/admin/sign-out", strings.NewReader(p.filled(token).Encode()))
		h.check(err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		spoil(request)
		if got := p.do(request).status; got != http.StatusForbidden {
			t.Errorf("%s: status %d", name, got)
		}
	}
	for name, wrong := range map[string]string{"no token": "", "another session's token": other.token("/admin/account")} {
		if got := p.send("/admin/sign-out", p.filled(wrong)).status; got != http.StatusForbidden {
			t.Errorf("%s: status %d", name, got)
		}
	}
	if got := h.visitor().send("/admin/sign-in", p.filled("", "login", "anna", "password", secret)).status; got != http.StatusForbidden {
		t.Errorf("the door opens without its form: %d", got)
	}
	if !p.isIn() {
		t.Error("one of them signed out")
	}
}

func TestTheDoorLeadsNowhereElse(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t))
	h.hires("anna", admin.Owner)
	for to, want := range map[string]string{
		"/admin/shops/meadow/orders?state=paid": "/admin/shops/meadow/orders?state=paid", "https://evil.example/": "/admin", "//evil.example/admin/": "/admin",
		"/admin//evil.example": "/admin", "/admin/\\evil": "/admin", "": "/admin", "/elsewhere": "/admin",
	} {
		p := h.visitor()
		got := p.send("/admin/sign-in", p.filled(p.token("/admin/sign-in"), "login", "anna", "password", secret, "to", to))
		if got.header.Get("Location") != want {
			t.Errorf("to %q leads to %q, want %q", to, got.header.Get("Location"), want)
		}
	}
}

func TestEveryAnswerIsGuardedByItsHeaders(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t))
	h.hires("anna", admin.Owner)
	p := h.as("anna")
	for _, path := range []string{"/admin", "/admin/sign-in", "/admin/nowhere", "/admin/shops/meadow/orders"} {
		header := p.get(path).header
		for name, part := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';", "X-Content-Type-Options": "nosniff",
			"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY",
		} {
			if !strings.Contains(header.Get(name), part) {
				t.Errorf("%s: %s is %q", path, name, header.Get(name))
			}
		}
		if body := p.get(path).body; strings.Contains(body, "<style") || strings.Contains(body, " style=") || strings.Contains(body, "<script>") {
			t.Errorf("%s writes into the page what its policy forbids", path)
		}
	}
}

func TestWhatIsTooLargeIsRefused(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t))
	h.hires("anna", admin.Owner)
	p := h.as("anna")
	p.wantPage(p.post("/admin/account/password", "present", strings.Repeat("x", 70_000)), http.StatusRequestEntityTooLarge)
}

func TestAnOpenInboxIsRungWhenABuyerWrites(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.hires("anna", admin.Operator, h.meadow.ID)
		h.asks(h.meadow, "Mila", "Hello?")
		p := h.as("anna")
		heard := p.listen("/admin/shops/meadow/inbox/stream")
		for line := range heard {
			if line == "event: hello" {
				break
			}
		}
		h.asks(h.studio, "Noor", "Hello?") // another shop: no ring
		h.says("meadow", "mila", "Mila", "Are you there?")
		for line := range heard {
			if line == "event: inbox" {
				return
			}
		}
		t.Error("nothing was rung")
	})
}

// listen opens a stream and gives its lines until the test is over.
func (p *person) listen(path string) <-chan string {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), 30*time.Second)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	p.check(err)
	endless := &http.Client{Jar: p.client.Jar}
	response, err := endless.Do(request)
	p.check(err)
	if response.StatusCode != http.StatusOK {
		p.Fatalf("the stream is answered with %d", response.StatusCode)
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(response.Body); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	p.Cleanup(func() { cancel(); _ = response.Body.Close() })
	return lines
}

func TestOneAccountCannotHoldAllStreams(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t))
	h.hires("anna", admin.Operator)
	p := h.as("anna")
	for range 12 {
		p.listen("/admin/shops/meadow/inbox/stream")
	}
	if got := p.peek("/admin/shops/meadow/inbox/stream").status; got != http.StatusTooManyRequests {
		t.Errorf("the 13th stream is answered with %d", got)
	}
}

func TestOpenStreamsDoNotKeepTheServerFromStopping(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t))
	h.hires("anna", admin.Operator)
	heard := h.as("anna").listen("/admin/shops/meadow/inbox/stream")
	<-heard
	h.pages.Close()
	patience := time.After(10 * time.Second)
	for {
		select {
		case _, more := <-heard:
			if !more {
				return // the server has hung up
			}
		case <-patience:
			t.Fatal("the stream goes on")
		}
	}
}
