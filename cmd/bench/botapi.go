package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// botToken is the bot's.
const botToken = "42:bench-token-of-no-bot"

// botAPI stands in for Telegram's Bot API at the least cost to the machine that it shares with what is measured:
// it looks into calls no further than the chats need.
type botAPI struct {
	url    string
	server *fasthttp.Server
	hook   atomic.Pointer[webhook]
	calls  atomic.Int64
	photos atomic.Int64
	mu     sync.RWMutex
	chats  map[int64]*chat
}

type webhook struct{ url, secret string }

func startBotAPI() (*botAPI, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen as the Bot API: %w", err)
	}
	a := &botAPI{url: "http://" + listener.Addr().String(), chats: map[int64]*chat{}}
	a.server = &fasthttp.Server{Handler: a.answer, NoDefaultServerHeader: true, MaxRequestBodySize: 8 << 20, DisablePreParseMultipartForm: true}
	go func() { _ = a.server.Serve(listener) }() // until close
	return a, nil
}

func (a *botAPI) close() { _ = a.server.Shutdown() }

func (a *botAPI) forgetHook() { a.hook.Store(nil) }

// awaitHook waits until the program has set its webhook.
func (a *botAPI) awaitHook(ctx context.Context) error {
	patience := time.After(20 * time.Second)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for a.hook.Load() == nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-patience:
			return errors.New("parley has set no webhook")
		case <-look.C:
		}
	}
	return nil
}

// join makes a chat known; sits are replaced.
func (a *botAPI) join(chats ...*chat) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range chats {
		a.chats[c.id] = c
	}
}

func (a *botAPI) chat(id int64) *chat {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.chats[id]
}

var yes = []byte(`{"ok":true,"result":true}`)

func (a *botAPI) answer(c *fasthttp.RequestCtx) {
	a.calls.Add(1)
	path, body := c.Path(), c.PostBody()
	method := string(path[bytes.LastIndexByte(path, '/')+1:])
	c.SetContentType("application/json")
	switch method {
	case "getMe":
		c.SetBodyString(`{"ok":true,"result":{"id":42,"is_bot":true,"first_name":"Shop","username":"bench_bot"}}`)
	case "setWebhook":
		a.hook.Store(&webhook{url: string(value(body, "url")), secret: string(value(body, "secret_token"))})
		c.SetBody(yes)
	case "sendInvoice":
		id, _ := strconv.ParseInt(string(value(body, "chat_id")), 10, 64)
		if chat := a.chat(id); chat != nil {
			chat.bill(body)
		}
		c.SetBody(a.show(method, body))
	case "sendMessage", "sendPhoto", "editMessageText", "editMessageMedia", "editMessageCaption":
		c.SetBody(a.show(method, body))
	default:
		c.SetBody(yes)
	}
}

// show puts a message before the person of a chat, and returns what Telegram says to that.
func (a *botAPI) show(method string, body []byte) []byte {
	id, _ := strconv.ParseInt(string(value(body, "chat_id")), 10, 64)
	edited, _ := strconv.ParseInt(string(value(body, "message_id")), 10, 64)
	photo := method == "sendPhoto" || method == "editMessageMedia"
	if chat := a.chat(id); chat != nil {
		edited = chat.see(edited, photo, body)
	}
	said := fmt.Appendf(nil, `{"ok":true,"result":{"message_id":%d,"date":1700000000,"chat":{"id":%d,"type":"private"}`, max(edited, 1), id)
	if photo {
		a.photos.Add(1)
		said = append(said, `,"photo":[{"file_id":"f1","file_unique_id":"u1","width":90,"height":90}]`...)
	}
	return append(said, "}}"...)
}

// value is a field of a multipart form, as the client writes it.
func value(body []byte, name string) []byte {
	at := bytes.Index(body, []byte(`name="`+name+`"`))
	if at < 0 {
		return nil
	}
	rest := body[at:]
	start := bytes.Index(rest, []byte("\r\n\r\n"))
	if start < 0 {
		return nil
	}
	rest = rest[start+4:]
	if end := bytes.Index(rest, []byte("\r\n--")); end >= 0 {
		return rest[:end]
	}
	return rest
}

// unquoted is a string as it stands in JSON.
func unquoted(raw []byte) string {
	var text string
	if json.Unmarshal(append(append([]byte{'"'}, raw...), '"'), &text) != nil {
		return string(raw)
	}
	return text
}
