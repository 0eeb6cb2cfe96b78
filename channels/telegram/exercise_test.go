package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"parley/channels"
	"parley/channels/channelstest"
	"parley/channels/telegram"
	"parley/channels/telegram/telegramtest"
)

const secret = "webhook-secret_1"

func TestTelegramIsAChannel(t *testing.T) {
	channelstest.Exercise(t, func(t *testing.T, receive channels.Receive) channelstest.Harness {
		return newHarness(t, telegram.Config{Receive: receive})
	})
}

// harness is the adapter behind a real HTTP server, and the fake Bot API.
type harness struct {
	t       *testing.T
	api     *telegramtest.Server
	adapter *telegram.Adapter
	address string // of the webhook
	last    telegramtest.Update
}

// newHarness wires what config leaves open and sets the webhook; deliveries are made by hand.
func newHarness(t *testing.T, config telegram.Config) *harness {
	h := &harness{t: t, api: telegramtest.New(t, telegramtest.Options{})}
	h.api.Hold()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config.PublicURL, config.Secret = "http://"+listener.Addr().String(), secret
	h.adapter = newAdapter(t, h.api, config)
	h.address = config.PublicURL + h.adapter.Path()
	serveHook(t, h.adapter, listener)
	if err := h.adapter.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// newAdapter is an adapter of the fake's bot. What it logs must not contain the token.
func newAdapter(t *testing.T, api *telegramtest.Server, config telegram.Config) *telegram.Adapter {
	t.Helper()
	config.Token, config.APIURL, config.Pictures = api.Token, api.URL, channelstest.Pictures{}
	if config.Receive == nil {
		config.Receive = func(context.Context, channels.Inbound) error { return nil }
	}
	config.Log = slog.New(slog.NewTextHandler(tokenTrap{t, api.Token}, nil))
	adapter, err := telegram.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return adapter
}

func serveHook(t *testing.T, adapter *telegram.Adapter, listener net.Listener) {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Post(adapter.Path(), adapter.Hook)
	done := make(chan error, 1)
	go func() { done <- app.Listener(listener) }()
	t.Cleanup(func() {
		if err := app.Shutdown(); err != nil {
			t.Error(err)
		}
		_ = listener.Close() // a server that has not begun to serve hears of no shutdown
		if err := <-done; err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

// tokenTrap fails a test that logs the token.
type tokenTrap struct {
	t     *testing.T
	token string
}

func (trap tokenTrap) Write(line []byte) (int, error) {
	_, hidden, _ := strings.Cut(trap.token, ":")
	if bytes.Contains(line, []byte(hidden)) {
		trap.t.Errorf("the token is in the log: %s", line)
	}
	return len(line), nil
}

func (h *harness) Adapter() channels.Adapter { return h.adapter }

func (h *harness) Buyer(number int) channels.Address {
	id := int64(1000 + number)
	h.api.Open(id)
	return channels.Address{Channel: h.adapter.Channel(), Buyer: strconv.FormatInt(id, 10)}
}

func (h *harness) Screen(buyer channels.Address) []channelstest.Bubble {
	var bubbles []channelstest.Bubble
	for _, m := range h.api.Screen(h.user(buyer)) {
		bubble := channelstest.Bubble{ID: strconv.FormatInt(m.ID, 10), Text: m.Text, Photo: m.Photo, Ask: m.Ask}
		if m.Photo != "" {
			bubble.ID += "p"
		}
		for _, row := range m.Buttons {
			for _, b := range row {
				bubble.Buttons = append(bubble.Buttons, channelstest.Button{Label: b.Text, URL: b.URL})
			}
		}
		bubbles = append(bubbles, bubble)
	}
	return bubbles
}

func (h *harness) user(buyer channels.Address) int64 {
	id, err := strconv.ParseInt(buyer.Buyer, 10, 64)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *harness) Do(buyer channels.Address, act channelstest.Act) (int, bool) {
	user := h.user(buyer)
	switch {
	case act.Tap > 0:
		update, err := h.api.TapAt(user, act.Tap)
		if err != nil {
			h.t.Fatal(err)
		}
		h.last = update
	case act.Start != nil:
		h.last = h.api.Start(user, *act.Start)
	case act.Contact != nil:
		h.last = h.api.ShareContact(user, act.Contact.Phone)
	case act.Location != nil:
		h.last = h.api.ShareLocation(user, act.Location.Latitude, act.Location.Longitude)
	case act.File:
		h.last = h.api.SendPhoto(user)
	case act.Blocks:
		h.last = h.api.Block(user)
	default:
		h.last = h.api.SendText(user, act.Text)
	}
	return h.api.Deliver(h.last), true
}

func (h *harness) Again() int { return h.api.Deliver(h.last) }

func (h *harness) Forge() map[string]int {
	good := `{"update_id":7,"message":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"from":{"id":1},"text":"hi"}}`
	statuses := map[string]int{}
	for name, forged := range map[string]struct{ secret, body string }{
		"no secret":          {"", good},
		"wrong secret":       {"webhook-secret_2", good},
		"part of the secret": {secret[:5], good},
		"more than secret":   {secret + "x", good},
		"nothing":            {secret, ""},
		"no JSON":            {secret, "update_id=1&message=hi"},
		"cut off":            {secret, good[:40]},
		"a list":             {secret, "[" + good + "]"},
		"no update_id":       {secret, strings.Replace(good, "update_id", "update", 1)},
		"a text for an id":   {secret, strings.Replace(good, "7", `"7"`, 1)},
		"too deep":           {secret, strings.Repeat(`{"message":`, 20_000)},
		"too big":            {secret, strings.Replace(good, "hi", strings.Repeat("x", 1<<20), 1)},
	} {
		statuses[name] = h.post(forged.secret, forged.body)
	}
	return statuses
}

func (h *harness) post(secret, body string) int {
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.address, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if secret != "" {
		request.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		h.t.Fatal(err)
	}
	return response.StatusCode
}

func (h *harness) Trouble(buyer channels.Address, trouble channelstest.Trouble) bool {
	user := h.user(buyer)
	switch trouble {
	case channelstest.TooFast:
		h.api.Fail(telegramtest.Failure{Chat: user, Status: 429, RetryAfter: channelstest.RetryAfter, Says: "Too Many Requests: retry after 7"})
	case channelstest.Blocked:
		h.api.Block(user)
	case channelstest.Broken:
		h.api.Fail(telegramtest.Failure{Chat: user, Status: 502, Says: "Bad Gateway"})
	}
	return true
}

func (h *harness) Erase(buyer channels.Address, id string) bool {
	number, err := strconv.ParseInt(strings.TrimSuffix(id, "p"), 10, 64)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.api.Erase(h.user(buyer), number)
}
