package webchat_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/channels"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// event is one that came down a stream.
type event struct{ name, id, data string }

// listen opens the stream of a browser and gives its events; the channel closes with the stream.
func (b *browser) listen(query string, headers ...string) (events <-chan event, hang context.CancelFunc) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	b.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, "GET", b.url+"/chat/meadow/stream"+query, nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := (&http.Client{Jar: b.http.Jar}).Do(request)
	if err != nil {
		b.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		b.Fatalf("the stream is answered with %d %s", response.StatusCode, response.Header.Get("Content-Type"))
	}
	came := make(chan event, 100)
	go func() {
		defer close(came)
		defer func() { _ = response.Body.Close() }()
		var e event
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "event":
				e.name = value
			case "id":
				e.id = value
			case "data":
				e.data = value
			case "":
				if e.name != "" {
					came <- e
				}
				e = event{}
			}
		}
	}()
	return came, cancel
}

// next waits for an event of a name.
func (b *browser) next(events <-chan event, name string) event {
	b.Helper()
	patience := time.After(20 * time.Second)
	for {
		select {
		case e, open := <-events:
			if !open {
				b.Fatalf("the stream ended before %q", name)
			}
			if e.name == name {
				return e
			}
		case <-patience:
			b.Fatalf("no %q came", name)
		}
	}
}

func (b *browser) wantNews(events <-chan event, wanted string) event {
	b.Helper()
	e := b.next(events, "turns")
	var turns []string
	if err := json.Unmarshal([]byte(e.data), &turns); err != nil || !strings.Contains(strings.Join(turns, "\n"), wanted) {
		b.Fatalf("%q (%v) instead of %q", e.data, err, wanted)
	}
	return e
}

func TestNewsComeDownTheStream(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		go d.Carry(t.Context())
		s := open(t, d, nil)
		b, stranger := s.visit(), s.visit()
		b.post(`{"id":"a","text":"quiet"}`)
		me := s.all()[0].From
		events, _ := b.listen("")
		b.wantNews(events, "quiet")
		theirs, _ := stranger.listen("")
		b.post(`{"id":"b","text":"hello"}`)
		first := b.wantNews(events, "You wrote: hello")
		s.say(me, "staff:1", channels.Message{Text: "a word from Anna"})
		b.wantNews(events, "a word from Anna")
		if err := s.chat.Typing(t.Context(), me); err != nil {
			t.Fatal(err)
		}
		b.next(events, "typing")

		again, _ := b.listen("?after=1", "Last-Event-ID", first.id)
		if e := b.wantNews(again, "a word from Anna"); strings.Contains(e.data, "You wrote") {
			t.Errorf("what was seen is told again: %s", e.data)
		}
		stranger.post(`{"id":"c","text":"quiet"}`)
		if e := stranger.next(theirs, "turns"); strings.Contains(e.data, "Anna") || strings.Contains(e.data, "hello") {
			t.Errorf("a stranger hears %s", e.data)
		}
	})
}

func TestAChangeOfLanguageIsTold(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.visit()
	events, _ := b.listen("")
	b.post(`{"id":"a","token":"lang:ru"}`)
	e := b.next(events, "language")
	var said struct {
		Language, Name, Shortcuts string
		Texts                     map[string]string
	}
	if err := json.Unmarshal([]byte(e.data), &said); err != nil || said.Language != "ru" || said.Name != "Луг" || said.Texts["send"] != "Отправить" || !strings.Contains(said.Shortcuts, "Корзина") {
		t.Errorf("told %+v, %v", said, err)
	}
	b.wantNews(events, "Теперь по-русски.")
}

func TestOpenStreamsDoNotHoldUpAShutdown(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.visit()
	b.post(`{"id":"a","text":"quiet"}`)
	events, _ := b.listen("")
	b.wantNews(events, "quiet")
	began := time.Now()
	s.stop()
	for range events { // until it closes
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the shutdown took %v", took)
	}
}

func TestABuyerHasOnlySoManyStreams(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.visit()
	b.post(`{"id":"a","text":"quiet"}`)
	for range 8 {
		events, _ := b.listen("")
		b.wantNews(events, "quiet")
	}
	response, _ := b.get("/chat/meadow/stream")
	b.want("the ninth", response.StatusCode, 429)
	other := s.visit()
	other.post(`{"id":"a","text":"quiet"}`)
	events, _ := other.listen("")
	other.wantNews(events, "quiet")
}

func TestHistoryIsReadPageByPage(t *testing.T) {
	s := open(t, sqlite(t), nil)
	b := s.visit()
	b.post(`{"id":"a","text":"quiet"}`)
	me := s.all()[0].From
	for i := range 90 {
		s.say(me, "", channels.Message{Text: fmt.Sprintf("word %d.", i)})
	}
	_, page := b.get("/chat/meadow")
	if !strings.Contains(page, "word 89.") || strings.Contains(page, "word 49.") || !strings.Contains(page, "?before=52") {
		t.Error("the page doesn't hold the last 40 messages")
	}
	var past struct {
		Turns   []string
		Earlier int64
	}
	_, body := b.get("/chat/meadow/history?before=52")
	if err := json.Unmarshal([]byte(body), &past); err != nil || len(past.Turns) != 40 || past.Earlier != 12 || !strings.Contains(past.Turns[0], "word 10.") {
		t.Errorf("%v: %d turns, more before %d", err, len(past.Turns), past.Earlier)
	}
	_, page = b.get("/chat/meadow?before=12")
	if !strings.Contains(page, "word 0.") || strings.Contains(page, "chat.js") {
		t.Error("an earlier part of the conversation is no page by itself")
	}
}
