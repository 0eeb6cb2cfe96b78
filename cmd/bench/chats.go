package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// chat is one person's chat with the bot, as far as the person sees it.
type chat struct {
	id      int64
	begun   bool
	phase   int // how many times the cart was changed since the last visit to the menu
	mu      sync.Mutex
	last    int64 // the newest message's id
	buttons []string
	at      int64 // the message that carries the buttons
	photo   bool
	text    string
	shown   []string // every answer, when somebody asked to keep them
	keep    bool
	due     demand        // the newest invoice
	seen    chan struct{} // rung at each message
}

func newChat(id int64) *chat { return &chat{id: id, seen: make(chan struct{}, 64)} }

// see puts a message of the bot on the screen and returns its id.
func (c *chat) see(edited int64, photo bool, body []byte) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := edited
	if id == 0 {
		c.last++
		id = c.last
	}
	if buttons := callbacks(body); len(buttons) > 0 {
		c.buttons, c.at, c.photo = buttons, id, photo
	}
	if bytes.Contains(body, sandboxPath) || c.keep {
		c.text = unquoted(value(body, "text")) + unquoted(value(body, "caption"))
	}
	if c.keep {
		c.shown = append(c.shown, c.text)
	}
	select {
	case c.seen <- struct{}{}:
	default:
	}
	return id
}

var (
	dataField   = []byte(`"callback_data":"`)
	sandboxPath = []byte("/sandbox/pay/")
	payLink     = regexp.MustCompile(`https?://[^\s"\\]*/sandbox/pay/[A-Za-z0-9_-]+`)
)

// callbacks are the data of all buttons in a call.
func callbacks(body []byte) (all []string) {
	for {
		at := bytes.Index(body, dataField)
		if at < 0 {
			return all
		}
		body = body[at+len(dataField):]
		end := bytes.IndexByte(body, '"')
		if end < 0 {
			return all
		}
		all = append(all, string(body[:end]))
	}
}

// screen is what the person can tap, and where.
func (c *chat) screen() (buttons []string, at int64, photo bool, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.buttons, c.at, c.photo, c.text
}

// forget takes off the rings of earlier messages.
func (c *chat) forget() {
	for {
		select {
		case <-c.seen:
		default:
			return
		}
	}
}

// updates numbers what Telegram tells the bot; no two runs share a number in one database.
var updates atomic.Int64

// phone posts updates to the program's webhook.
type phone struct {
	client *fasthttp.Client
	hook   *webhook
}

func newPhone(hook *webhook) *phone {
	return &phone{client: &fasthttp.Client{MaxConnsPerHost: 2000, NoDefaultUserAgentHeader: true, ReadTimeout: time.Minute}, hook: hook}
}

// post delivers an update as Telegram does. It fails unless the answer is 200.
func (p *phone) post(update []byte) error {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.SetRequestURI(p.hook.url)
	request.Header.SetMethod(fasthttp.MethodPost)
	request.Header.SetContentType("application/json")
	request.Header.Set("X-Telegram-Bot-Api-Secret-Token", p.hook.secret)
	request.SetBodyRaw(update)
	if err := p.client.Do(request, response); err != nil {
		return fmt.Errorf("post an update: %w", err)
	}
	if code := response.StatusCode(); code != fasthttp.StatusOK {
		return fmt.Errorf("an update was answered %d", code)
	}
	return nil
}

// says is the update for words.
func (c *chat) says(text string) []byte {
	c.mu.Lock()
	c.last++
	id := c.last
	c.mu.Unlock()
	return fmt.Appendf(nil, `{"update_id":%d,"message":{"message_id":%d,"date":%d,"chat":{"id":%d,"type":"private","first_name":"Buyer"},`+
		`"from":{"id":%d,"is_bot":false,"first_name":"Buyer","last_name":"%d","language_code":"en"},"text":%q}}`,
		updates.Add(1), id, time.Now().Unix(), c.id, c.id, c.id, text)
}

// taps is the update for a tap on a button that the chat shows.
func (c *chat) taps(data string) []byte {
	_, at, photo, _ := c.screen()
	image := ""
	if photo {
		image = `"photo":[{"file_id":"f1","file_unique_id":"u1","width":90,"height":90}],`
	}
	n := updates.Add(1)
	return fmt.Appendf(nil, `{"update_id":%d,"callback_query":{"id":"%d","from":{"id":%d,"is_bot":false,"first_name":"Buyer","last_name":"%d","language_code":"en"},`+
		`"message":{%s"message_id":%d,"date":%d,"chat":{"id":%d,"type":"private","first_name":"Buyer"}},"chat_instance":"1","data":%q}}`,
		n, n, c.id, c.id, image, at, time.Now().Unix(), c.id, data)
}

// answerTime is how long a person waits for an answer before the benchmark gives up.
const answerTime = 30 * time.Second

var errNoAnswer = errors.New("a turn was not answered within 30 s")

// turn has a person do something and waits until it is stored and answered.
func (p *phone) turn(ctx context.Context, c *chat, update []byte) (time.Duration, error) {
	c.forget()
	began := time.Now()
	if err := p.post(update); err != nil {
		return 0, err
	}
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	select {
	case <-c.seen:
		return time.Since(began), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-timer.C:
		return 0, fmt.Errorf("%w: %s", errNoAnswer, update)
	}
}

// next is what a person who looks around does now: from the menu to a shelf, a product, its options, the cart,
// some changes there, and back. One visit in six begins with a typed search.
func (c *chat) next(shop string) []byte {
	if !c.begun {
		c.begun = true
		return c.says("/start s_" + shop)
	}
	buttons, _, _, _ := c.screen()
	pick := func(code string) string { return among(buttons, code) }
	for _, code := range []string{"a", "v"} {
		if data := pick(code); data != "" {
			return c.taps(data)
		}
	}
	if set := pick("q"); set != "" {
		if c.phase++; c.phase < 3 {
			return c.taps(set)
		}
		c.phase = 0
		return c.taps("h")
	}
	if data := pick("p"); data != "" {
		return c.taps(data)
	}
	if rand.IntN(6) == 0 {
		return c.says(searches[rand.IntN(len(searches))])
	}
	if data := pick("s"); data != "" {
		return c.taps(data)
	}
	return c.taps("h")
}

var searches = []string{"boot", "jacket", "warm socks", "tent", "lamp", "bag"}
