package webchat

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/channels"
)

// heartbeat finds out that a page is gone, and keeps proxies from closing a quiet stream.
const heartbeat = 15 * time.Second

// batch is how many entries one event carries at most.
const batch = 100

// stream tells an open page what is new, until it goes away.
func (a *Adapter) stream(framed bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, refused, err := a.reader(c, framed)
		if err != nil || refused {
			return err
		}
		mine, leave, ok := a.hub.join(keyOf(v.of), network(c.IP()))
		if !ok {
			c.Set(fiber.HeaderRetryAfter, "30")
			return refuse(c, fiber.StatusTooManyRequests, "slow")
		}
		after := c.Get("Last-Event-ID")
		if after == "" {
			after = c.Query("after")
		}
		live := &live{a: a, v: v, mine: mine, last: rowID(after), language: v.language}
		c.Set(fiber.HeaderContentType, "text/event-stream; charset=utf-8")
		c.Set(fiber.HeaderCacheControl, "no-cache, no-transform")
		c.Set("X-Accel-Buffering", "no")
		stopping := c.Context().Done() // of the server; c is not ours any more once the writer runs
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			defer leave()
			live.run(w, stopping)
		})
		return nil
	}
}

// reader is the visit of a script that wants to read, or refused when it was answered already.
func (a *Adapter) reader(c *fiber.Ctx, framed bool) (v visit, refused bool, err error) {
	if a.reading.take(network(c.IP())) > 0 {
		c.Set(fiber.HeaderRetryAfter, "1")
		return v, true, refuse(c, fiber.StatusTooManyRequests, "slow")
	}
	buyer, known := a.buyerOf(c, framed)
	if !known {
		return v, true, refuse(c, fiber.StatusUnauthorized, "cookie")
	}
	v, found, err := a.visit(c, framed)
	if err == nil && !found {
		return v, true, refuse(c, fiber.StatusNotFound, "missing")
	}
	v.of, v.known = channels.Address{Channel: ChannelOf(v.slug), Buyer: buyer}, true
	if err == nil {
		err = a.converse(c.UserContext(), &v)
	}
	if err != nil {
		a.Log.Error("web chat", slog.String("path", c.Route().Path), slog.Any("error", err))
		return v, true, refuse(c, fiber.StatusServiceUnavailable, "broken")
	}
	return v, false, nil
}

// live is one open stream.
type live struct {
	a        *Adapter
	v        visit
	mine     *listener
	last     int64
	language string // the one that the page has now
}

func (l *live) run(w *bufio.Writer, stopping <-chan struct{}) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	_, _ = fmt.Fprint(w, "retry: 2000\n\n") // an error shows at the flush
	for {
		if err := l.news(w); err != nil {
			l.a.Log.Error("web chat stream", slog.Any("error", err))
			return
		}
		if w.Flush() != nil {
			return
		}
	waiting:
		for {
			select {
			case <-stopping:
				return
			case <-l.a.closed:
				return
			case <-l.mine.rows:
				break waiting
			case <-l.mine.typing:
				_, _ = fmt.Fprint(w, "event: typing\ndata: {}\n\n")
			case <-beat.C:
				_, _ = fmt.Fprint(w, "event: beat\ndata: {}\n\n")
			}
			if w.Flush() != nil {
				return
			}
		}
	}
}

// news writes what the page hasn't seen.
func (l *live) news(w *bufio.Writer) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		entries, err := l.a.History.After(ctx, l.v.of, l.last, batch)
		if err != nil {
			return fmt.Errorf("read what is new: %w", err)
		}
		if len(entries) == 0 {
			return nil
		}
		if err := l.translate(ctx, w); err != nil {
			return err
		}
		fragments, err := l.a.fragments(ctx, entries, l.language)
		if err != nil {
			return err
		}
		l.last = entries[len(entries)-1].ID
		if err := event(w, "turns", l.last, fragments); err != nil {
			return err
		}
		if len(entries) < batch {
			return nil
		}
	}
}

// translate tells the page when the conversation has gone over to another language.
func (l *live) translate(ctx context.Context, w *bufio.Writer) error {
	if err := l.a.converse(ctx, &l.v); err != nil || l.v.language == l.language {
		return err
	}
	l.language = l.v.language
	said, err := l.a.phrases(l.v)
	if err != nil {
		return err
	}
	return event(w, "language", 0, said)
}

// phrases is everything on the page that is not the conversation.
type phrases struct {
	Language  string `json:"language"`
	Texts     texts  `json:"texts"`
	Name      string `json:"name"`
	About     string `json:"about"`
	Shortcuts string `json:"shortcuts"` // HTML
	Speak     string `json:"speak"`     // HTML
}

func (a *Adapter) phrases(v visit) (phrases, error) {
	p := phrases{Language: v.language, Texts: a.pages.wordsFor(v.language), Name: v.shop.Name, About: v.shop.About}
	for _, list := range []struct {
		to   *string
		from []channels.Choice
	}{{&p.Shortcuts, v.shop.Shortcuts}, {&p.Speak, v.shop.Speak}} {
		var buttons []button
		for _, choice := range list.from {
			buttons = append(buttons, buttonOf(choice, 0))
		}
		html, err := a.pages.render("shortcuts", buttons)
		if err != nil {
			return p, err
		}
		*list.to = string(html)
	}
	return p, nil
}

// fragments is entries as HTML, one each; those with nothing to see are left out.
func (a *Adapter) fragments(ctx context.Context, entries []channels.Entry, language string) ([]string, error) {
	return a.htmlOf(a.turns(ctx, entries, a.pages.wordsFor(language)))
}

func (a *Adapter) htmlOf(turns []turn) ([]string, error) {
	all := []string{}
	for _, t := range turns {
		if len(t.Parts) == 0 {
			continue
		}
		html, err := a.pages.render("turn", t)
		if err != nil {
			return nil, err
		}
		all = append(all, strings.TrimSpace(string(html)))
	}
	return all, nil
}

// event writes one event. JSON has no bare line breaks, so it is one line of data.
func event(w *bufio.Writer, name string, id int64, data any) error {
	encoded, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	if id > 0 {
		_, _ = fmt.Fprintf(w, "id: %d\n", id)
	}
	_, _ = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, encoded)
	return nil
}

// past is a pageful of history for a script.
type past struct {
	Turns   []string `json:"turns"`
	Earlier int64    `json:"earlier"` // before which there is more; 0: nothing
}

// history is what came before an entry.
func (a *Adapter) history(framed bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, refused, err := a.reader(c, framed)
		if err != nil || refused {
			return err
		}
		p, err := a.past(c, v)
		if err != nil {
			a.Log.Error("web chat", slog.String("path", c.Route().Path), slog.Any("error", err))
			return refuse(c, fiber.StatusServiceUnavailable, "broken")
		}
		return c.JSON(p)
	}
}

func (a *Adapter) past(c *fiber.Ctx, v visit) (past, error) {
	entries, more, err := a.before(c.UserContext(), v.of, rowID(c.Query("before")))
	if err != nil {
		return past{}, err
	}
	p := past{}
	if more {
		p.Earlier = entries[0].ID
	}
	p.Turns, err = a.htmlOf(fold(a.turns(c.UserContext(), entries, a.pages.wordsFor(v.language))))
	return p, err
}
