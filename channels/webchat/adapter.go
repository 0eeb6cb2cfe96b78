// Package webchat is our own messenger: a page for each shop and a widget for any site, both live,
// both usable without JavaScript.
package webchat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/channels"
)

// History reads what was said; channels.Transcript is one.
type History interface {
	After(ctx context.Context, of channels.Address, after int64, limit int) ([]channels.Entry, error)
	Before(ctx context.Context, of channels.Address, before int64, limit int) ([]channels.Entry, error)
}

// Bell tells every replica to look again; db.DB is one.
type Bell interface {
	Ring(ctx context.Context, topic, what string) error
	Hear(topic string, heard func(what string)) (stop func())
}

// Shop is what the page shows of a merchant, in one language.
type Shop struct {
	Name      string
	About     string
	Languages []string          // IETF tags the shop speaks, its own first
	Picture   *channels.Photo   // a logo; nil shows the first letter of the name
	Shortcuts []channels.Choice // offered at any moment, beside the conversation: cart, orders, a person …
	Speak     []channels.Choice // changes the language of the conversation, one choice a language
}

// Shops finds an open shop by its slug. Its words are in the language that is asked for, or the nearest it has.
type Shops func(ctx context.Context, slug, language string) (shop Shop, found bool, err error)

// Config is what a web chat needs of the program.
type Config struct {
	Shops     Shops
	History   History
	Bell      Bell
	Receive   channels.Receive
	Key       []byte // signs the cookies that remember buyers: 32 random bytes or more, kept for years
	PublicURL string // "https://…" makes cookies Secure; empty: as each request came

	Language func(ctx context.Context, of channels.Address) (string, error) // a conversation's language, "" before its first word; nil: the browser's
	Operator func(ctx context.Context, account string) string               // what buyers may call the person of an account; nil: a general word
	Now      func() time.Time                                               // nil: the clock
	Log      *slog.Logger                                                   // nil: the default one
	Rates    Rates                                                          // zero fields: DefaultRates
}

// Adapter is the web chat of every shop of this program: connect it to the channel ChannelOf(slug) of each.
type Adapter struct {
	Config
	hub      *hub
	talking  *buckets // by buyer
	arriving *buckets // by address
	reading  *buckets // by address
	assets   assets
	pages    pages
	stopBell func()
	closed   chan struct{}
	close    sync.Once
}

var (
	_ channels.Adapter = (*Adapter)(nil)
	_ channels.Editor  = (*Adapter)(nil)
	_ channels.Typer   = (*Adapter)(nil)
)

// New fails when the configuration lacks something. Close the adapter before the server is shut down.
func New(config Config) (*Adapter, error) {
	if config.Shops == nil || config.History == nil || config.Bell == nil || config.Receive == nil {
		return nil, errors.New("web chat: Shops, History, Bell and Receive are needed")
	}
	if len(config.Key) < 32 {
		return nil, errors.New("web chat: the key that signs cookies must have 32 bytes or more")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	assets, err := loadAssets()
	if err != nil {
		return nil, err
	}
	pages, err := loadPages(assets)
	if err != nil {
		return nil, err
	}
	rates := config.Rates.orDefault()
	a := &Adapter{
		Config: config, assets: assets, pages: pages, hub: newHub(), closed: make(chan struct{}),
		talking: newBuckets(rates.Buyer, config.Now), arriving: newBuckets(rates.Address, config.Now), reading: newBuckets(rates.Reading, config.Now),
	}
	a.stopBell = config.Bell.Hear(topic, a.hub.heard)
	return a, nil
}

// Close ends the open streams; the pages reconnect to whoever answers next.
func (a *Adapter) Close() {
	a.close.Do(func() {
		a.stopBell()
		close(a.closed)
	})
}

// channelPrefix begins the name of the channel of each shop's web chat.
const channelPrefix = "web:"

// ChannelOf is the channel of a shop's web chat.
func ChannelOf(slug string) string { return channelPrefix + slug }

// Limits is what the page can show.
func (a *Adapter) Limits() channels.Limits {
	return channels.Limits{
		Text: 8000, Caption: 8000, Buttons: 60, Label: 80, Row: 4, Payload: 64, Cards: 20,
		Photos: true, Edit: channels.EditSame, Links: true, Location: true,
	}
}

// Send wakes the open pages of a buyer: they read the transcript themselves, and so do those opened later.
// The id is that of the newest message in it.
func (a *Adapter) Send(ctx context.Context, to channels.Address, _ channels.Message) (string, error) {
	if err := a.ring(ctx, keyOf(to)); err != nil {
		return "", err
	}
	newest, err := a.History.Before(ctx, to, 0, 1)
	if err != nil || len(newest) == 0 {
		return "", err
	}
	return strconv.FormatInt(newest[0].ID, 10), nil
}

// Edit wakes the open pages as Send does: the transcript says what the message stands in place of.
func (a *Adapter) Edit(ctx context.Context, to channels.Address, _ string, message channels.Message) (string, error) {
	return a.Send(ctx, to, message)
}

// Typing shows dots in the open pages of a buyer for a few seconds.
func (a *Adapter) Typing(ctx context.Context, to channels.Address) error {
	return a.ring(ctx, keyOf(to)+typingSuffix)
}

func (a *Adapter) ring(ctx context.Context, what string) error {
	if err := a.Bell.Ring(ctx, topic, what); err != nil {
		return fmt.Errorf("wake the buyer's pages: %w", err)
	}
	return nil
}

// keyOf names a buyer on the bell.
func keyOf(of channels.Address) string {
	return strings.TrimPrefix(of.Channel, channelPrefix) + "/" + of.Buyer
}
