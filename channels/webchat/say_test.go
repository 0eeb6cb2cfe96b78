package webchat_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/channels"
	"parley/channels/webchat"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// visit opens the page, which makes the browser known.
func (s *stall) visit() *browser {
	s.Helper()
	b := s.browser()
	if response, _ := b.get("/chat/meadow"); response.StatusCode != http.StatusOK {
		s.Fatalf("the page is answered with %d", response.StatusCode)
	}
	return b
}

func (b *browser) want(what string, status, wanted int) {
	b.Helper()
	if status != wanted {
		b.Errorf("%s: answered with %d, want %d", what, status, wanted)
	}
}

func TestWhatABuyerSaysArrives(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d, nil)
		b := s.visit()
		for _, body := range []string{
			`{"id":"a1","start":"p_linen-shirt"}`, `{"id":"a2","text":"  hello\r\nthere "}`, `{"id":"a3","location":{"lat":56.95,"lon":24.1}}`,
			`{"id":"a4","contact":{"name":"Ann","phone":"+371 2000 0000"}}`,
		} {
			b.want(body, b.post(body, "Accept-Language", "ru-RU,en;q=0.5"), http.StatusNoContent)
		}
		all := s.all()
		if len(all) != 4 {
			t.Fatalf("%d things arrived", len(all))
		}
		if !all[0].Started || all[0].Start != "p_linen-shirt" || all[0].Shop != "meadow" || all[0].Language != "ru-RU" || all[0].From.Channel != "web:meadow" {
			t.Errorf("the start arrived as %+v", all[0])
		}
		if all[1].Text != "hello\nthere" || all[2].Location.Latitude != 56.95 || all[3].Contact.Phone != "+371 2000 0000" {
			t.Errorf("arrived: %+v", all[1:])
		}
	})
}

func TestARepeatedSayActsOnce(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.visit()
	for range 3 {
		b.want("a repeat", b.post(`{"id":"once","text":"hello"}`), http.StatusNoContent)
	}
	b.post(`{"id":"x","start":""}`)
	b.want("the start from a second tab", b.post(`{"id":"y","start":""}`), http.StatusNoContent)
	if got := len(s.all()); got != 2 {
		t.Errorf("%d things acted, want one text and one start", got)
	}
}

func TestATapArrivesWithItsLabel(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.visit()
	b.post(`{"id":"a","start":""}`)
	_, page := b.get("/chat/meadow")
	id := regexp.MustCompile(`data-id="(\d+)"`).FindStringSubmatch(page)[1]
	b.post(fmt.Sprintf(`{"id":"b","token":"c:clothes","tapped":"%s"}`, id))
	b.post(`{"id":"c","token":"cart"}`)
	b.post(`{"id":"d","token":"not:offered","tapped":"999"}`)
	all := s.all()
	if all[1].Token != "c:clothes" || all[1].Text != "Clothes" || all[1].Tapped != id {
		t.Errorf("the tap arrived as %+v", all[1])
	}
	if all[2].Token != "cart" || all[2].Text != "Cart" || all[3].Token != "not:offered" || all[3].Text != "" {
		t.Errorf("arrived: %+v", all[2:])
	}
}

func TestBadSaysAreRefusedWithoutATrace(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.visit()
	for body, wanted := range map[string]int{
		`{`: 400, `[]`: 400, `{"id":"a"}`: 400, `{"text":"no id"}`: 400, `{"id":"a b","text":"x"}`: 400, `{"id":"a","text":"x","token":"y"}`: 400,
		`{"id":"a","text":"   "}`: 400, `{"id":"a","token":"ы"}`: 400, `{"id":"a","token":"x","tapped":"../1"}`: 400, `{"id":"a","start":"<script>"}`: 400,
		`{"id":"a","location":{"lat":91,"lon":0}}`: 400, `{"id":"a","contact":{"phone":"call me"}}`: 400, `{"id":"a","text":"x","language":"<"}`: 400,
		`{"id":"a","text":"` + strings.Repeat("x", 4001) + `"}`:   400,
		`{"id":"a","text":"` + strings.Repeat("x", 17_000) + `"}`: 413,
	} {
		b.want(body[:min(60, len(body))], b.post(body), wanted)
	}
	good := `{"id":"a","text":"hello"}`
	response, _ := b.do("POST", "/chat/meadow/say", "text/plain", good)
	b.want("another content type", response.StatusCode, 415)
	response, _ = b.do("POST", "/chat/nowhere/say", "application/json", good)
	b.want("an unknown shop", response.StatusCode, 404)
	b.want("another site", b.post(good, "Sec-Fetch-Site", "cross-site"), 403)
	b.want("another origin", b.post(good, "Origin", "https://evil.example"), 403)
	b.want("a sandboxed frame", b.post(good, "Origin", "null"), 403)
	b.want("no cookie", s.browser().post(good), 401)
	if heard := s.all(); len(heard) > 0 {
		t.Errorf("arrived: %+v", heard)
	}
	b.want("our own page", b.post(good, "Sec-Fetch-Site", "same-origin", "Origin", s.url), 204)
}

func TestAForgedCookieIsNobody(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.visit()
	at, _ := url.Parse(s.url)
	own := b.http.Jar.Cookies(at)[0]
	if !regexp.MustCompile(`^[\w-]{22}\.[\w-]{43}$`).MatchString(own.Value) {
		t.Fatalf("the cookie is %q", own.Value)
	}
	buyer, mac, _ := strings.Cut(own.Value, ".")
	for name, value := range map[string]string{
		"another buyer": "AAAAAAAAAAAAAAAAAAAAAA." + mac, "no signature": buyer, "empty": "", "a form's token": buyer + "." + strings.Repeat("A", 43), "no buyer": "." + mac,
	} {
		b.http.Jar.SetCookies(at, []*http.Cookie{{Name: own.Name, Value: value, Path: "/"}})
		b.want(name, b.post(`{"id":"a","text":"x"}`), 401)
		response, _ := b.get("/chat/meadow/stream")
		b.want(name+" streams", response.StatusCode, 401)
		response, _ = b.get("/chat/meadow/history")
		b.want(name+" reads", response.StatusCode, 401)
	}
	b.http.Jar.SetCookies(at, []*http.Cookie{own})
	b.want("the own cookie", b.post(`{"id":"a","text":"x"}`), 204)
}

func TestCookiesAreBoundToTheirPlace(t *testing.T) {
	plain, safe := open(t, sqlite(t), nil), open(t, sqlite(t), func(c *webchat.Config) { c.PublicURL = "https://shop.example" })
	for _, row := range []struct {
		at     *stall
		path   string
		wanted []string
	}{
		{plain, "/chat/meadow", []string{"parley_chat=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"}},
		{safe, "/chat/meadow", []string{"__Host-parley_chat=", "HttpOnly", "Secure", "SameSite=Lax"}},
		{safe, "/embed/meadow", []string{"__Host-parley_chat_frame=", "HttpOnly", "Secure", "SameSite=None", "Partitioned"}},
	} {
		response, _ := row.at.browser().get(row.path)
		cookie := response.Header.Get("Set-Cookie")
		for _, part := range row.wanted {
			if !strings.Contains(cookie, part) {
				t.Errorf("%s: cookie %q lacks %q", row.path, cookie, part)
			}
		}
	}
}

func TestTooManySaysAreSlowedDown(t *testing.T) {
	s := open(t, sqlite(t), func(c *webchat.Config) {
		c.Rates.Buyer = channels.Rate{PerSecond: 1, Burst: 3}
		c.Rates.Address = channels.Rate{PerSecond: 1, Burst: 8}
	})
	b, other := s.visit(), s.visit()
	say := func(b *browser, n int) *http.Response {
		response, _ := b.do("POST", "/chat/meadow/say", "application/json", fmt.Sprintf(`{"id":"n%d","text":"x"}`, n))
		return response
	}
	for i := range 3 {
		b.want("within the burst", say(b, i).StatusCode, 204)
	}
	response := say(b, 3)
	b.want("beyond it", response.StatusCode, 429)
	if response.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", response.Header.Get("Retry-After"))
	}
	b.want("somebody else", say(other, 0).StatusCode, 204)
	s.pass(time.Second)
	b.want("a second later", say(b, 4).StatusCode, 204)
	for i := range 4 {
		say(s.visit(), i)
	}
	b.want("too many from one address", say(s.visit(), 9).StatusCode, 429)
}

func TestWhatIsNotStoredIsNotAcknowledged(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.visit()
	s.mu.Lock()
	s.broken = errors.New("the disk is full of secrets")
	s.mu.Unlock()
	response, body := b.do("POST", "/chat/meadow/say", "application/json", `{"id":"a","text":"hello"}`)
	b.want("a broken shop", response.StatusCode, 503)
	if strings.Contains(body, "secrets") || response.Header.Get("Retry-After") == "" {
		t.Errorf("answered %q, to be tried again after %q", body, response.Header.Get("Retry-After"))
	}
	s.mu.Lock()
	s.broken = nil
	s.mu.Unlock()
	b.want("the second try", b.post(`{"id":"a","text":"hello"}`), 204)
}

var hidden = regexp.MustCompile(`name="(form|id)" value="([^"]*)"`)

// form posts the page's form with one more field, as a browser without script does, and follows.
func (b *browser) form(name, value string) (status int, page string) {
	b.Helper()
	_, before := b.get("/chat/meadow")
	fields := url.Values{name: {value}}
	for _, field := range hidden.FindAllStringSubmatch(before, -1) {
		fields.Set(field[1], field[2])
	}
	response, _ := b.do("POST", "/chat/meadow/say", "application/x-www-form-urlencoded", fields.Encode(), "Sec-Fetch-Site", "same-origin")
	if response.StatusCode == http.StatusSeeOther {
		_, page = b.get(response.Header.Get("Location"))
	}
	return response.StatusCode, page
}

func TestThePageWorksAsAForm(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.visit()
	status, page := b.form("start", "")
	b.want("start", status, 303)
	tap := regexp.MustCompile(`name="tap" value="(\d+ c:clothes)"`).FindStringSubmatch(page)
	if tap == nil {
		t.Fatalf("no choice to tap:\n%s", page)
	}
	if _, page = b.form("tap", tap[1]); !strings.Contains(page, "Wool cardigan with horn buttons") {
		t.Errorf("the answer to the tap is missing:\n%s", page)
	}
	if _, page = b.form("text", "do you ship to Riga?"); !strings.Contains(page, "You wrote: do you ship to Riga?") {
		t.Errorf("the answer to the text is missing:\n%s", page)
	}
	if _, page = b.form("text", "  "); !strings.Contains(page, "could not be understood") {
		t.Error("an empty text has no notice")
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, " style=") || strings.Contains(page, " onclick=") {
		t.Error("the page has what its own policy forbids")
	}
	before := len(s.all())
	response, _ := b.do("POST", "/chat/meadow/say", "application/x-www-form-urlencoded", "id=z&text=forged&form=guess")
	if response.StatusCode != 303 || len(s.all()) != before {
		t.Errorf("a form without its token: status %d, %d arrived", response.StatusCode, len(s.all())-before)
	}
}

func TestAFormPostedTwiceActsOnce(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.browser()
	_, page := b.get("/chat/meadow")
	fields := url.Values{"tap": {"0 cart"}}
	for _, field := range hidden.FindAllStringSubmatch(page, -1) {
		fields.Set(field[1], field[2])
	}
	for range 2 {
		b.do("POST", "/chat/meadow/say", "application/x-www-form-urlencoded", fields.Encode())
	}
	if got := len(s.all()); got != 1 {
		t.Errorf("acted %d times", got)
	}
}

func TestWordsAreEscapedAndLinksAreSafe(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.visit()
	b.post(`{"id":"a","text":"quiet"}`)
	s.say(s.all()[0].From, "", channels.Message{
		Title: "<b>bold</b>", Text: "<img src=x onerror=alert(1)> see https://a.example/?x=1&y=2, or javascript:alert(1).",
		Photo:   &channels.Photo{Name: "javascript:alert(1)"},
		Choices: []channels.Choice{{Label: "<u>", Token: "x"}, {Label: "bad", URL: "javascript:alert(1)"}, {Label: "good", URL: "https://pay.example/"}},
	})
	_, page := b.get("/chat/meadow")
	for _, bad := range []string{"<img src=x", "<b>bold", "<u>", `href="javascript`, `src="javascript`} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, good := range []string{`href="https://a.example/?x=1&amp;y=2"`, `href="https://pay.example/"`} {
		if !strings.Contains(page, good) {
			t.Errorf("the page lacks %q", good)
		}
	}
}

func TestAnOperatorsAccountIsNeverShown(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.visit()
	b.post(`{"id":"a","text":"quiet"}`)
	s.say(s.all()[0].From, "staff:1", channels.Message{Text: "one"})
	s.say(s.all()[0].From, "boss@example.com", channels.Message{Text: "two"})
	_, page := b.get("/chat/meadow")
	if !strings.Contains(page, ">Anna<") || !strings.Contains(page, ">Support<") || strings.Contains(page, "boss@") || strings.Contains(page, "staff:1") {
		t.Errorf("the page names its authors wrongly:\n%s", page)
	}
}

func TestTheLanguageIsTheBrowsersUntilTheConversationHasOne(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.browser()
	if _, page := b.get("/chat/meadow", "Accept-Language", "ru"); !strings.Contains(page, `<html lang="ru"`) || !strings.Contains(page, "Начать разговор") || !strings.Contains(page, "<h1>Луг</h1>") {
		t.Error("a Russian browser doesn't get a Russian page")
	}
	if _, page := b.get("/chat/meadow", "Accept-Language", "sw,fr;q=0.3"); !strings.Contains(page, `<html lang="en"`) {
		t.Error("any other browser doesn't get an English page")
	}
	s.mu.Lock()
	s.speaks = "ru"
	s.mu.Unlock()
	if _, page := b.get("/chat/meadow", "Accept-Language", "en"); !strings.Contains(page, `<html lang="ru"`) {
		t.Error("the page doesn't speak the language of the conversation")
	}
}

func TestUnknownShopsAndAssetsAreMissing(t *testing.T) {
	s := open(t, sqlite(t), nil)
	for _, path := range []string{"/chat/nowhere", "/chat/Meadow", "/embed/..%2f", "/chat/nowhere/history", "/webchat/x/nothing.js", "/pictures/none.png", "/pictures/..%2f..%2fgo.mod", "/pictures/.env"} {
		response, _ := s.visit().get(path)
		(&browser{s, nil}).want(path, response.StatusCode, 404)
	}
}

func TestHeadersKeepThePageSafe(t *testing.T) {
	s := open(t, sqlite(t), nil)
	for path, wanted := range map[string]map[string]string{
		"/chat/meadow":        {"Content-Security-Policy": "frame-ancestors 'self'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
		"/embed/meadow":       {"Content-Security-Policy": "frame-ancestors 'self' https:"},
		"/widget.js":          {"Cross-Origin-Resource-Policy": "cross-origin", "Content-Type": "text/javascript; charset=utf-8"},
		"/pictures/shirt.png": {"X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=604800", "Content-Type": "image/png"},
	} {
		response, _ := s.browser().get(path)
		for name, value := range wanted {
			if got := response.Header.Get(name); !strings.Contains(got, value) || strings.Contains(got, "unsafe-inline") && path != "/pictures/shirt.png" {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
	_, page := s.browser().get("/chat/meadow")
	asset := regexp.MustCompile(`/webchat/[\w-]+/chat\.css`).FindString(page)
	response, _ := s.browser().get(asset)
	if !strings.Contains(response.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("an asset of this version is kept as %q", response.Header.Get("Cache-Control"))
	}
	response, body := s.browser().get(asset, "If-None-Match", response.Header.Get("ETag"))
	if response.StatusCode != 304 || body != "" {
		t.Errorf("an asset that is known is sent again with %d", response.StatusCode)
	}
}

func TestAConfigurationThatLacksSomethingIsRefused(t *testing.T) {
	good := webchat.Config{Shops: shops, History: channels.NewTranscript(nil), Bell: sqlite(t), Receive: func(context.Context, channels.Inbound) error { return nil }, Key: []byte(key)}
	if chat, err := webchat.New(good); err != nil {
		t.Fatal(err)
	} else {
		chat.Close()
	}
	for _, bad := range []func(*webchat.Config){
		func(c *webchat.Config) { c.Key = c.Key[:31] }, func(c *webchat.Config) { c.Shops = nil }, func(c *webchat.Config) { c.Receive = nil },
	} {
		config := good
		bad(&config)
		if _, err := webchat.New(config); err == nil {
			t.Error("a bad configuration is taken")
		}
	}
}
