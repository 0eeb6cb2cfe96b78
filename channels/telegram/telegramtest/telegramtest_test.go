package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// post calls a method with JSON and returns the answer.
func post(t testing.TB, s *Server, method, params string) (int, string) {
	t.Helper()
	response, err := http.Post(s.URL+"/bot"+s.Token+"/"+method, "application/json", strings.NewReader(params))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestWhatTheBotAPIDoesNotKnowIsAViolation(t *testing.T) {
	for name, call := range map[string][2]string{
		"a method":              {"sendMessages", `{}`},
		"a parameter":           {"sendMessage", `{"chat_id":5,"text":"hi","parse_mod":"HTML"}`},
		"nothing required":      {"sendMessage", `{"chat_id":5}`},
		"a wrong type":          {"sendMessage", `{"chat_id":5,"text":"hi","disable_notification":"yes"}`},
		"a text too long":       {"sendMessage", `{"chat_id":5,"text":"` + strings.Repeat("👍", 2049) + `"}`},
		"an empty text":         {"sendMessage", `{"chat_id":5,"text":" "}`},
		"data too long":         {"sendMessage", `{"chat_id":5,"text":"hi","reply_markup":{"inline_keyboard":[[{"text":"a","callback_data":"` + strings.Repeat("я", 33) + `"}]]}}`},
		"no action":             {"sendMessage", `{"chat_id":5,"text":"hi","reply_markup":{"inline_keyboard":[[{"text":"a"}]]}}`},
		"two actions":           {"sendMessage", `{"chat_id":5,"text":"hi","reply_markup":{"inline_keyboard":[[{"text":"a","callback_data":"b","url":"https://a.example"}]]}}`},
		"a page of this host":   {"sendMessage", `{"chat_id":5,"text":"hi","reply_markup":{"inline_keyboard":[[{"text":"a","url":"http://localhost:8080/"}]]}}`},
		"an unknown field":      {"sendMessage", `{"chat_id":5,"text":"hi","reply_markup":{"inline_keyboard":[[{"text":"a","callback":"b"}]]}}`},
		"an entity beyond":      {"sendMessage", `{"chat_id":5,"text":"hi","entities":[{"type":"bold","offset":1,"length":2}]}`},
		"an attachment absent":  {"editMessageMedia", `{"chat_id":5,"message_id":2,"media":{"type":"photo","media":"attach://x"}}`},
		"a keyboard in an edit": {"editMessageText", `{"chat_id":5,"message_id":1,"text":"new","reply_markup":{"keyboard":[[{"text":"a"}]]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(t, Options{})
			s.Open(5)
			post(t, s, "sendMessage", `{"chat_id":5,"text":"first"}`)
			post(t, s, "sendPhoto", `{"chat_id":5,"photo":"https://a.example/a.png"}`)
			status, answer := post(t, s, call[0], call[1])
			if wrong := s.Violations(); len(wrong) != 1 || status/100 != 4 {
				t.Errorf("%d %s, violations %q", status, answer, wrong)
			}
			s.Forgive()
		})
	}
}

func TestRefusalsThatBotsMustExpectAreNoViolations(t *testing.T) {
	s := New(t, Options{})
	s.Open(5)
	s.Open(6)
	s.Block(6)
	post(t, s, "SENDMESSAGE", `{"chat_id":5,"text":"hi"}`)
	for want, call := range map[string][2]string{
		"chat not found":            {"sendMessage", `{"chat_id":7,"text":"hi"}`},
		"blocked by the user":       {"sendMessage", `{"chat_id":6,"text":"hi"}`},
		"message is not modified":   {"editMessageText", `{"chat_id":5,"message_id":1,"text":"hi"}`},
		"message to edit not found": {"editMessageText", `{"chat_id":5,"message_id":9,"text":"hi"}`},
		"message to delete not":     {"deleteMessage", `{"chat_id":5,"message_id":9}`},
		"no media in the message":   {"editMessageMedia", `{"chat_id":5,"message_id":1,"media":{"type":"photo","media":"https://a.example/a.png"}}`},
		"query is too old":          {"answerCallbackQuery", `{"callback_query_id":"1"}`},
		"wrong file identifier":     {"sendPhoto", `{"chat_id":5,"photo":"file-9"}`},
	} {
		if status, answer := post(t, s, call[0], call[1]); status/100 != 4 || !strings.Contains(answer, want) {
			t.Errorf("%s: %d %s", want, status, answer)
		}
	}
}

func TestCallsWithoutABodyAndWithEmptyPartsAreUnderstood(t *testing.T) {
	s := New(t, Options{})
	form := multipart.NewWriter(io.Discard)
	for _, kind := range []string{"", form.FormDataContentType(), "application/json", "application/x-www-form-urlencoded"} {
		response, err := http.Post(s.URL+"/bot"+s.Token+"/getMe", kind, nil)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%q: %v %v", kind, response, err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	if response, err := http.Get(s.URL + "/bot43:x/getMe"); err != nil || response.StatusCode != http.StatusUnauthorized {
		t.Errorf("another bot: %v, %v", response, err)
	}
}

func TestOurTableIsPartOfThePublishedOne(t *testing.T) {
	if SpecPath() == "" {
		t.Skip("SKIPPED: the published Bot API is not beside the repository; set PARLEY_SHARED")
	}
	published, err := loadSchema()
	if err != nil {
		t.Fatal(err)
	}
	ours := ownSchema()
	for name, o := range ours.Methods {
		compare(t, o, published.Methods[name])
	}
	for name, o := range ours.Types {
		compare(t, o, published.Types[name])
	}
	for name := range methods {
		if ours.Methods[name] == nil {
			t.Errorf("%s is not in our table", name)
		}
	}
}

func compare(t *testing.T, ours, published *object) {
	if published == nil {
		t.Errorf("%s is not published", ours.Name)
		return
	}
	for _, f := range ours.Fields {
		at := slices.IndexFunc(published.Fields, func(p field) bool { return p.Name == f.Name })
		if at < 0 {
			t.Errorf("%s.%s is not published", ours.Name, f.Name)
			continue
		}
		p := published.Fields[at]
		for _, kind := range f.Types {
			if !slices.Contains(p.Types, kind) && kind != "InputMediaPhoto" { // one of the kinds of InputMedia
				t.Errorf("%s.%s is of %v", ours.Name, f.Name, p.Types)
			}
		}
		if p.Required && !f.Required || p.high != f.high && p.high > 0 || p.bytes != f.bytes {
			t.Errorf("%s.%s: ours %+v, published %+v", ours.Name, f.Name, f, p)
		}
	}
	for _, p := range published.Fields {
		if p.Required && !ours.has(p.Name) {
			t.Errorf("%s.%s is required", ours.Name, p.Name)
		}
	}
}

// hook is a bot's webhook that hears updates.
type hook struct {
	mu    sync.Mutex
	texts []string
	fail  int
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var u struct {
		Message struct {
			Text string
			Chat struct{ ID int64 }
		}
	}
	if r.Header.Get("X-Telegram-Bot-Api-Secret-Token") != "s" || json.NewDecoder(r.Body).Decode(&u) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail > 0 {
		h.fail--
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h.texts = append(h.texts, u.Message.Text)
}

func TestUpdatesArePushedInOrderUntilTheyAreTaken(t *testing.T) {
	h := &hook{fail: 2}
	server := httptest.NewServer(h)
	defer server.Close()
	s := New(t, Options{})
	s.SendText(5, "before the webhook")
	post(t, s, "setWebhook", `{"url":"`+server.URL+`","secret_token":"s"}`)
	s.SendText(5, "after")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.AwaitTaken(ctx); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(h.texts, []string{"before the webhook", "after"}) {
		t.Errorf("pushed %q", h.texts)
	}
	if status, answer := post(t, s, "getUpdates", `{}`); status != http.StatusConflict {
		t.Errorf("polled beside a webhook: %d %s", status, answer)
	}
}

func TestAPollWaitsAndIsForgottenOnceALaterOneCame(t *testing.T) {
	s := New(t, Options{})
	answers := make(chan string, 1)
	go func() {
		_, answer := post(t, s, "getUpdates", `{"timeout":20}`)
		answers <- answer
	}()
	s.SendText(5, "hi")
	if answer := <-answers; !strings.Contains(answer, `"text":"hi"`) {
		t.Errorf("polled %s", answer)
	}
	if _, again := post(t, s, "getUpdates", `{}`); !strings.Contains(again, `"text":"hi"`) {
		t.Errorf("what was not confirmed was forgotten: %s", again)
	}
	if _, later := post(t, s, "getUpdates", `{"offset":1002}`); strings.Contains(later, "hi") || s.Pending() != 0 {
		t.Errorf("what was confirmed came again: %s", later)
	}
}

func TestTapsAreOfWhatIsOnTheScreen(t *testing.T) {
	s := New(t, Options{})
	s.Introduce(5, Person{FirstName: "Ann", Language: "ru"})
	s.Hold()
	post(t, s, "sendMessage", `{"chat_id":5,"text":"Well?","reply_markup":{"inline_keyboard":[[{"text":"Yes","callback_data":"y"},{"text":"Page","url":"https://a.example"}]]}}`)
	for _, what := range []string{"Yes", "y"} {
		u, err := s.Tap(5, what)
		if err != nil || !bytes.Contains(u.JSON, []byte(`"data":"y"`)) || !bytes.Contains(u.JSON, []byte(`"language_code":"ru"`)) {
			t.Errorf("%s: %s, %v", what, u.JSON, err)
		}
	}
	for _, what := range []string{"No", "Page"} {
		if _, err := s.Tap(5, what); err == nil {
			t.Errorf("tapped %s", what)
		}
	}
	if s.Unanswered() != 2 {
		t.Errorf("%d taps wait", s.Unanswered())
	}
}

// BenchmarkLooseCalls is how many calls a second the server answers to a load generator.
func BenchmarkLooseCalls(b *testing.B) {
	s, err := Start(Options{Loose: true, Keep: 4})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"chat_id": "5", "text": "hello", "reply_markup": `{"inline_keyboard":[[{"text":"Yes","callback_data":"y"}]]}`} {
		if err := form.WriteField(name, value); err != nil {
			b.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			response, err := client.Post(s.URL+"/bot"+s.Token+"/sendMessage", form.FormDataContentType(), bytes.NewReader(body.Bytes()))
			if err != nil || response.StatusCode != http.StatusOK {
				b.Error(response, err)
				return
			}
			_, _ = io.Copy(io.Discard, response.Body) // only to keep the connection
			_ = response.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}
