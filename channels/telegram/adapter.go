// Package telegram lets a shop live in a Telegram bot: what buyers send comes in by webhook or long polling, and is
// acknowledged only when it is stored; what the shop says leaves by the Bot API (https://core.telegram.org/bots/api).
package telegram

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-telegram/bot"

	"parley/catalog/fault"
	"parley/channels"
)

// Config is how to reach the Bot API and where to bring what buyers do. Token, Pictures and Receive are required, and
// Secret where PublicURL is given.
type Config struct {
	Token     string            // from @BotFather, "42:AAE…"; never logged
	APIURL    string            // of a self-hosted Bot API server; empty: https://api.telegram.org
	PublicURL string            // where Telegram reaches us, "https://shop.example"; empty: updates are polled
	Secret    string            // that Telegram shows with each update; 1 to 256 of [A-Za-z0-9_-]
	Pictures  channels.Pictures // our own pictures
	Receive   channels.Receive  // takes in what buyers do
	Passed    Passed            // told the numbers of updates that Receive is not given; nil: nobody waits for numbers
	Unknown   Unknown           // takes in updates without a meaning for a shop; nil: they are dropped
	Invoices  Invoices          // takes money inside chats; nil: invoices are links, and questions about them are answered with no
	Commands  []Commands        // the bot's menu
	Rate      float64           // messages per second to all buyers; 0: 30, what Telegram allows every bot
	Now       func() time.Time  // nil: the clock
	Log       *slog.Logger      // nil: the default logger
}

// Passed hears of an update that no buyer's conversation is about, so that nobody waits for its number.
type Passed func(channel string, seq int64)

// Unknown stores an update that has no meaning for a shop, as it came. An error makes Telegram deliver it again.
type Unknown func(ctx context.Context, channel string, raw []byte) error

// Commands is the bot's menu in one language.
type Commands struct {
	Language string // two letters; empty: for everybody whose language has no menu
	List     []Command
}

// Command is one entry of the menu.
type Command struct {
	Name        string // 1 to 32 of [a-z0-9_], without the slash
	Description string // 1 to 256 characters
}

// Adapter is one bot. It is safe for concurrent use.
type Adapter struct {
	config   Config
	channel  string
	bot      *bot.Bot
	poller   *http.Client
	username atomic.Pointer[string] // once Setup has asked
	files    files
	mu       sync.Mutex
	asked    map[int64]bool // chats where a keyboard of Telegram's own is up
	greeted  map[int64]bool // groups that were told to write in private
}

const (
	defaultAPI  = "https://api.telegram.org"
	defaultRate = 30
	callTimeout = 30 * time.Second
	connections = 100 // kept open to the Bot API
)

var (
	tokenForm  = regexp.MustCompile(`^([0-9]{1,18}):[A-Za-z0-9_-]+$`)
	secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
)

// New checks the configuration and talks to nobody. It fails with fault.Invalid and the key telegram.token,
// telegram.secret or telegram.url.
func New(config Config) (*Adapter, error) {
	config = config.withDefaults()
	found := tokenForm.FindStringSubmatch(config.Token)
	if found == nil {
		return nil, fault.New(fault.Invalid, "telegram.token")
	}
	if config.PublicURL != "" && !secretForm.MatchString(config.Secret) {
		return nil, fault.New(fault.Invalid, "telegram.secret")
	}
	for _, address := range []string{config.APIURL, config.PublicURL} {
		if u, err := url.Parse(address); address != "" && (err != nil || u.Host == "" || !strings.HasPrefix(u.Scheme, "http")) {
			return nil, fault.New(fault.Invalid, "telegram.url").With("url", address)
		}
	}
	a := &Adapter{config: config, channel: "telegram:" + found[1], asked: map[int64]bool{}, greeted: map[int64]bool{}}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = connections, connections
	a.poller = &http.Client{Transport: transport, Timeout: pollFor + callTimeout}
	var err error
	a.bot, err = bot.New(config.Token, bot.WithSkipGetMe(), bot.WithServerURL(config.APIURL),
		bot.WithHTTPClient(pollFor, newCaller(config.APIURL, transport)),
		bot.WithErrorsHandler(func(err error) { a.log("telegram client", err) }))
	if err != nil {
		return nil, fmt.Errorf("telegram client: %w", a.scrubbed(err))
	}
	return a, nil
}

func (c Config) withDefaults() Config {
	if c.APIURL == "" {
		c.APIURL = defaultAPI
	}
	c.APIURL, c.PublicURL = strings.TrimRight(c.APIURL, "/"), strings.TrimRight(c.PublicURL, "/")
	if c.Rate <= 0 {
		c.Rate = defaultRate
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Passed == nil {
		c.Passed = func(string, int64) {}
	}
	if c.Unknown == nil {
		c.Unknown = func(context.Context, string, []byte) error { return nil }
	}
	return c
}

// Channel is the name of the bot among channels: "telegram:" and its id.
func (a *Adapter) Channel() string { return a.channel }

// Link opens a conversation with the bot, with a payload of up to 64 of [A-Za-z0-9_-] or none. It is empty before Setup
// has learnt the bot's name.
func (a *Adapter) Link(payload string) string {
	name := a.username.Load()
	if name == nil {
		return ""
	}
	if payload == "" {
		return "https://t.me/" + *name
	}
	return "https://t.me/" + *name + "?start=" + url.QueryEscape(payload)
}

// Limits are those of the Bot API. Telegram names no largest keyboard; forty buttons are more than anybody scrolls.
// One message a second to a chat, in bursts, is what Telegram advises; it answers 429 to more.
func (a *Adapter) Limits() channels.Limits {
	return channels.Limits{
		Text: 4096, Caption: 1024, Buttons: 40, Label: 64, Row: 8, Payload: 64, UTF16: true,
		Photos: true, Edit: channels.EditAny, Links: true, Invoices: a.config.Invoices != nil, Public: true, Phone: true, Location: true, AskAlone: true,
		PerChat: channels.Rate{PerSecond: 1, Burst: 20},
		Overall: channels.Rate{PerSecond: a.config.Rate, Burst: max(1, int(a.config.Rate))},
	}
}

// take brings one update to where it belongs; errMalformed when it is none. Any other error means that it was not
// stored and must come again. What Telegram waits for is put in answer, for a caller that can say it; else it is said by
// a call.
func (a *Adapter) take(ctx context.Context, raw []byte, answer *reply) error {
	u, err := decode(raw)
	if err != nil {
		return err
	}
	if in, ok := inbound(u, a.config.Now().UTC()); ok {
		in.From.Channel = a.channel
		if answer != nil && in.Answer != "" {
			*answer, in.Answer = reply{Method: "answerCallbackQuery", Tap: in.Answer}, ""
		}
		return a.config.Receive(ctx, in)
	}
	a.config.Passed(a.channel, *u.ID)
	if about, is := payment(u); is {
		return a.pay(ctx, about, raw, answer)
	}
	if name := a.username.Load(); name != nil {
		if group, payload, ok := invited(u, *name); ok {
			a.invite(ctx, group, payload)
			return nil
		}
	}
	if u.overheard() {
		return nil
	}
	return a.config.Unknown(ctx, a.channel, raw)
}

// mostGroups is how many groups are remembered as greeted; then all are forgotten, at the price of one greeting more.
const mostGroups = 10_000

// invite answers "/start@Bot" in a group once, with the way to the private chat: a shop is no conversation for a group.
func (a *Adapter) invite(ctx context.Context, group int64, payload string) {
	a.mu.Lock()
	known := a.greeted[group]
	if len(a.greeted) >= mostGroups {
		clear(a.greeted)
	}
	a.greeted[group] = true
	a.mu.Unlock()
	if known {
		return
	}
	if _, err := a.bot.SendMessage(ctx, &bot.SendMessageParams{ChatID: group, Text: "👉 " + a.Link(payload)}); err != nil {
		a.log("answer in a group", err)
	}
}
