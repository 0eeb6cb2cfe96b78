package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/channels"
	"parley/migrations/db"
)

type chatCommand struct {
	Shop string `arg:"" optional:"" help:"The shop's name in links, such as meadow; without it the first one."`
	As   string `default:"terminal" help:"Who is talking: each name is another buyer, remembered by the shop."`
}

// Run is a conversation in the terminal, by the same engine as everywhere.
func (c chatCommand) Run(ctx context.Context, settings *Settings, tty terminal) error {
	quiet := *settings
	quiet.LogLevel = "error"
	return withShop(ctx, &quiet, tty, func(s *shop) error {
		slug, err := c.slug(ctx, s)
		if err != nil {
			return err
		}
		working, stop := context.WithCancel(ctx)
		var under sync.WaitGroup
		defer under.Wait()
		defer stop()
		screen := &screen{out: tty.out, shown: make(chan struct{}, 1)}
		s.outbox.Connect("terminal", screen)
		for _, work := range []func(){
			func() { s.outbox.Keep(working, 1, s.jobFailed) },
			func() { s.db.Keep(working, db.Keeping{Kinds: s.keepers(), Failed: s.jobFailed}) },
		} {
			under.Add(1)
			go func() { defer under.Done(); work() }()
		}
		talk := talk{shop: s, screen: screen, from: channels.Address{Channel: "terminal:" + slug, Buyer: c.As}, slug: slug}
		return talk.hold(ctx, tty.in)
	})
}

func (c chatCommand) slug(ctx context.Context, s *shop) (string, error) {
	shops, err := s.catalog.Merchants(ctx)
	if err != nil {
		return "", err
	}
	for _, shop := range shops {
		if c.Shop == "" || shop.Slug == c.Shop {
			return shop.Slug, nil
		}
	}
	return "", fmt.Errorf("there is no shop %q", c.Shop)
}

// talk is what the buyer at the terminal says, one line after another.
type talk struct {
	*shop
	screen *screen
	from   channels.Address
	slug   string
	said   int
}

func (t *talk) hold(ctx context.Context, in io.Reader) error {
	if err := t.say(ctx, channels.Inbound{Started: true}); err != nil {
		return err
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(in)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
	}()
	for {
		t.screen.prompt()
		select {
		case <-ctx.Done():
			return nil
		case line, more := <-lines:
			if !more {
				return nil
			}
			if strings.TrimSpace(line) == "" {
				continue
			}
			if err := t.say(ctx, channels.Inbound{Text: line}); err != nil {
				return err
			}
		}
	}
}

// say brings a line to the engine and waits until the answer is on the screen.
func (t *talk) say(ctx context.Context, in channels.Inbound) error {
	t.said++
	in.ID = strconv.FormatInt(time.Now().UnixNano(), 36) + "-" + strconv.Itoa(t.said)
	in.From, in.At, in.Shop, in.Language = t.from, time.Now().UTC(), t.slug, os.Getenv("LANG")
	if err := t.engine.Receive(ctx, in); err != nil {
		return err
	}
	for {
		var waiting int64
		err := t.db.On(ctx).Raw("select count(*) from messages where channel = ? and buyer = ? and state = 'queued'", t.from.Channel, t.from.Buyer).Scan(&waiting).Error
		if err != nil || waiting == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.screen.shown:
		case <-time.After(10 * time.Millisecond): // the mark in the database follows the showing
		}
	}
}

// screen is the terminal as a network: text and numbered lists.
type screen struct {
	mu    sync.Mutex
	out   io.Writer
	sent  int
	shown chan struct{}
}

// Limits: no buttons, so that choices are answered with their numbers.
func (*screen) Limits() channels.Limits { return channels.Limits{Text: 8000} }

// Send prints a message.
func (s *screen) Send(_ context.Context, _ channels.Address, message channels.Message) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := message.Words()
	if message.Title != "" {
		text = "\x1b[1m" + message.Title + "\x1b[0m\n" + message.Text
	}
	if _, err := fmt.Fprintf(s.out, "\n%s\n", strings.TrimRight(text, "\n")); err != nil {
		return "", err
	}
	s.sent++
	defer func() {
		select {
		case s.shown <- struct{}{}:
		default:
		}
	}()
	return strconv.Itoa(s.sent), nil
}

func (s *screen) prompt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprint(s.out, "\n> ")
}
