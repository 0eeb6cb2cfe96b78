package webchat_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/channels"
	"parley/channels/channelstest"
	"parley/channels/webchat"
)

func TestTheWebChatIsAnAdapter(t *testing.T) {
	channelstest.Exercise(t, func(t *testing.T, receive channels.Receive) channelstest.Harness {
		return newDevice(t, receive)
	})
}

// device is the browsers of several buyers. Its network is the transcript: what the outbox writes there in life, a
// letterbox writes here.
type device struct {
	*testing.T
	book    *book
	adapter channels.Adapter
	app     *fiber.App
	cookies []string // of buyer 1, 2, …
	buyers  []channels.Address
	acts    int
	newest  func() int
}

func newDevice(t *testing.T, receive channels.Receive) *device {
	d := &device{T: t, book: &book{}}
	chat, err := webchat.New(webchat.Config{
		Shops: shops, History: d.book, Bell: silent{}, Key: []byte(key), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Receive: func(ctx context.Context, in channels.Inbound) error {
			if in.Token != "" {
				in.Text = "" // the label, which is for the transcript alone
			}
			return receive(ctx, in)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chat.Close)
	d.adapter = letterbox{chat, d.book}
	d.app = fiber.New()
	chat.Routes(d.app)
	return d
}

func (d *device) Adapter() channels.Adapter { return d.adapter }

func (d *device) Buyer(number int) channels.Address {
	for len(d.buyers) < number {
		response := d.call("GET", "/chat/meadow", "", "", "")
		cookie, _, _ := strings.Cut(response.cookie, ";")
		buyer, _, _ := strings.Cut(strings.TrimPrefix(cookie, "parley_chat="), ".")
		d.cookies = append(d.cookies, cookie)
		d.buyers = append(d.buyers, channels.Address{Channel: webchat.ChannelOf("meadow"), Buyer: buyer})
	}
	return d.buyers[number-1]
}

func (d *device) Do(buyer channels.Address, act channelstest.Act) (status int, can bool) {
	d.acts++
	said := map[string]any{"id": fmt.Sprint("act-", d.acts)}
	switch {
	case act.Text != "":
		said["text"] = act.Text
	case act.Tap > 0:
		said["tapped"], said["token"] = d.button(buyer, act.Tap)
	case act.Start != nil:
		said["start"] = *act.Start
	case act.Location != nil:
		said["location"] = act.Location
	default:
		return 0, false
	}
	body, err := json.Marshal(said)
	if err != nil {
		d.Fatal(err)
	}
	d.newest = func() int {
		return d.call("POST", "/chat/meadow/say", d.cookieOf(buyer), "application/json", string(body)).status
	}
	return d.newest(), true
}

func (d *device) Again() int { return d.newest() }

func (d *device) Forge() map[string]int {
	d.Buyer(1)
	good := `{"id":"forged","text":"hello"}`
	answers := map[string]int{}
	for name, c := range map[string][3]string{
		"no cookie":         {"", "application/json", good},
		"another's name":    {"parley_chat=AAAAAAAAAAAAAAAAAAAAAA." + strings.Repeat("A", 43), "application/json", good},
		"cut off":           {d.cookies[0], "application/json", good[:20]},
		"not JSON":          {d.cookies[0], "application/json", "hello"},
		"a wrong type":      {d.cookies[0], "application/json", `{"id":1,"text":["hello"]}`},
		"no content type":   {d.cookies[0], "", good},
		"a form's disguise": {d.cookies[0], "text/plain", good},
		"too big":           {d.cookies[0], "application/json", `{"id":"a","text":"` + strings.Repeat("x", 20_000) + `"}`},
		"nothing":           {d.cookies[0], "application/json", ""},
	} {
		answers[name] = d.call("POST", "/chat/meadow/say", c[0], c[1], c[2]).status
	}
	return answers
}

func (d *device) Trouble(channels.Address, channelstest.Trouble) bool { return false }

func (d *device) Erase(channels.Address, string) bool { return false }

func (d *device) cookieOf(buyer channels.Address) string {
	return d.cookies[slices.Index(d.buyers, buyer)]
}

var (
	article = regexp.MustCompile(`(?s)<article class="turn theirs[^>]* data-id="(\d+)"[^>]* data-asks="(\w*)"[^>]*>(.*?)</article>`)
	says    = regexp.MustCompile(`(?s)<h2>(.*?)</h2>|<p class="words">(.*?)</p>|<span class="title">(.*?)</span>|<span class="subtitle">(.*?)</span>`)
	tag     = regexp.MustCompile(`<[^>]*>`)
	photo   = regexp.MustCompile(`<a class="photo" href="([^"]*)"`)
	pressed = regexp.MustCompile(`(?s)<(?:button|a) class="(?:choice|card)[^"]*"(?: href="([^"]*)")?(?:[^>]* value="([^"]*)")?[^>]*>(.*?)</(?:button|a)>`)
	goes    = regexp.MustCompile(`<span class="go">(.*?)</span>`)
)

// Screen reads the page as a browser without script would show it.
func (d *device) Screen(buyer channels.Address) []channelstest.Bubble {
	var screen []channelstest.Bubble
	for _, found := range d.articles(buyer) {
		bubble := channelstest.Bubble{ID: found[1]}
		if found[2] == string(channels.AskLocation) {
			bubble.Ask = channels.AskLocation // for a phone there is no button, only a fitting keyboard
		}
		var lines []string
		for _, words := range says.FindAllStringSubmatch(found[3], -1) {
			lines = append(lines, html.UnescapeString(tag.ReplaceAllString(strings.Join(words[1:], ""), "")))
		}
		bubble.Text = strings.Join(lines, "\n")
		if shown := photo.FindStringSubmatch(found[3]); shown != nil {
			bubble.Photo = html.UnescapeString(shown[1])
		}
		for _, b := range pressed.FindAllStringSubmatch(found[3], -1) {
			label := b[3]
			if card := goes.FindStringSubmatch(label); card != nil {
				label = card[1]
			}
			bubble.Buttons = append(bubble.Buttons, channelstest.Button{Label: html.UnescapeString(tag.ReplaceAllString(label, "")), URL: html.UnescapeString(b[1])})
		}
		screen = append(screen, bubble)
	}
	return screen
}

func (d *device) articles(buyer channels.Address) [][]string {
	var pages []string
	for path := "/chat/meadow"; path != ""; {
		page := d.call("GET", path, d.cookieOf(buyer), "", "").body
		pages = append([]string{page}, pages...)
		path = ""
		if more := regexp.MustCompile(`id="earlier" class="choice" href="([^"]*)"`).FindStringSubmatch(page); more != nil {
			path = more[1]
		}
	}
	return article.FindAllStringSubmatch(strings.Join(pages, ""), -1)
}

func (d *device) button(buyer channels.Address, number int) (tapped, token string) {
	for _, found := range slices.Backward(d.articles(buyer)) {
		buttons := pressed.FindAllStringSubmatch(found[3], -1)
		if len(buttons) >= number {
			tapped, token, _ = strings.Cut(html.UnescapeString(buttons[number-1][2]), " ")
			return tapped, token
		}
	}
	d.Fatalf("there is no button %d", number)
	return "", ""
}

type reply struct {
	status       int
	cookie, body string
}

func (d *device) call(method, path, cookie, contentType, body string) reply {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if cookie != "" {
		request.Header.Set("Cookie", cookie)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := d.app.Test(request, -1)
	if err != nil {
		d.Fatal(err)
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		d.Fatal(err)
	}
	return reply{response.StatusCode, response.Header.Get("Set-Cookie"), string(content)}
}

// book is a transcript in memory.
type book struct {
	mu   sync.Mutex
	rows []struct {
		of channels.Address
		channels.Entry
	}
}

func (b *book) write(of channels.Address, e channels.Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.ID, e.At = int64(len(b.rows)+1), time.Now().UTC()
	b.rows = append(b.rows, struct {
		of channels.Address
		channels.Entry
	}{of, e})
}

func (b *book) find(of channels.Address, fits func(id int64) bool) []channels.Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []channels.Entry
	for _, row := range b.rows {
		if row.of == of && fits(row.ID) {
			found = append(found, row.Entry)
		}
	}
	return found
}

func (b *book) After(_ context.Context, of channels.Address, after int64, limit int) ([]channels.Entry, error) {
	found := b.find(of, func(id int64) bool { return id > after })
	return found[:min(limit, len(found))], nil
}

func (b *book) Before(_ context.Context, of channels.Address, before int64, limit int) ([]channels.Entry, error) {
	found := b.find(of, func(id int64) bool { return before == 0 || id < before })
	return found[max(0, len(found)-limit):], nil
}

// letterbox writes the row that the outbox has written before it calls the adapter.
type letterbox struct {
	*webchat.Adapter
	book *book
}

func (l letterbox) Send(ctx context.Context, to channels.Address, message channels.Message) (string, error) {
	l.book.write(to, channels.Entry{Way: channels.Out, Out: &message})
	return l.Adapter.Send(ctx, to, message)
}

func (l letterbox) Edit(ctx context.Context, to channels.Address, id string, message channels.Message) (string, error) {
	l.book.write(to, channels.Entry{Way: channels.Out, Out: &message, Edits: id})
	return l.Adapter.Edit(ctx, to, id, message)
}

// silent is a bell that nobody hears: the pages here are loaded anew each time.
type silent struct{}

func (silent) Ring(context.Context, string, string) error { return nil }
func (silent) Hear(string, func(string)) func()           { return func() {} }
