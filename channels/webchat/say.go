package webchat

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/channels"
)

// patience is how long taking in one thing may last.
const patience = 20 * time.Second

// refusal is why something said was not taken in: a status for scripts, a key of a text for people.
type refusal struct {
	status int
	key    string
	after  time.Duration
}

// say takes in what a buyer does: JSON from the page's script, or its form.
func (a *Adapter) say(framed bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		isForm := strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEApplicationForm)
		refused := a.take(c, framed, isForm)
		if refused != nil && refused.after > 0 {
			c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(refused.after.Seconds()))))
		}
		switch {
		case refused != nil && refused.status == fiber.StatusNotFound:
			return a.missing(c)
		case isForm:
			return a.back(c, framed, refused)
		case refused != nil:
			return refuse(c, refused.status, refused.key)
		}
		return c.SendStatus(fiber.StatusNoContent)
	}
}

// back shows a form's sender the page again.
func (a *Adapter) back(c *fiber.Ctx, framed bool, refused *refusal) error {
	to := pagePath
	if framed {
		to = framePath
	}
	to += c.Params("slug")
	if refused != nil {
		if refused.status == fiber.StatusForbidden || refused.status == fiber.StatusRequestEntityTooLarge {
			return c.SendStatus(refused.status)
		}
		to += "?e=" + refused.key
	}
	return c.Redirect(to+"#latest", fiber.StatusSeeOther)
}

// take is nil when what was said is stored.
func (a *Adapter) take(c *fiber.Ctx, framed, isForm bool) *refusal {
	if !a.ownPage(c) {
		return &refusal{status: fiber.StatusForbidden, key: "expired"}
	}
	if len(c.Body()) > largestSay {
		return &refusal{status: fiber.StatusRequestEntityTooLarge, key: "large"}
	}
	if wait := a.arriving.take(network(c.IP())); wait > 0 {
		return &refusal{fiber.StatusTooManyRequests, "slow", wait}
	}
	buyer, known := a.buyerOf(c, framed)
	if !known {
		return &refusal{status: fiber.StatusUnauthorized, key: "cookie"}
	}
	s, refused := a.read(c, buyer, isForm)
	if refused != nil {
		return refused
	}
	if wait := a.talking.take(buyer); wait > 0 {
		return &refusal{fiber.StatusTooManyRequests, "slow", wait}
	}
	v, found, err := a.visit(c, framed)
	if err == nil && !found {
		return &refusal{status: fiber.StatusNotFound}
	}
	v.of = channels.Address{Channel: ChannelOf(v.slug), Buyer: buyer}
	if err == nil {
		ctx, cancel := context.WithTimeout(c.UserContext(), patience)
		defer cancel()
		err = a.receive(ctx, v, s, reported(c.Get(fiber.HeaderAcceptLanguage)))
	}
	if err != nil {
		a.Log.Error("web chat", slog.String("path", c.Route().Path), slog.Any("error", err))
		return &refusal{fiber.StatusServiceUnavailable, "broken", time.Second}
	}
	return nil
}

// read is what was said. Scripts prove by the content type that no other site's form posted it, forms by their token.
func (a *Adapter) read(c *fiber.Ctx, buyer string, isForm bool) (said, *refusal) {
	body := []byte(string(c.Body())) // the server's own is used again
	if isForm {
		s, token, err := fromForm(body)
		if !sameToken(token, a.formToken(buyer)) {
			return said{}, &refusal{status: fiber.StatusSeeOther, key: "expired"}
		}
		if err != nil {
			return said{}, &refusal{status: fiber.StatusBadRequest, key: "malformed"}
		}
		return s, nil
	}
	if !strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEApplicationJSON) {
		return said{}, &refusal{status: fiber.StatusUnsupportedMediaType, key: "malformed"}
	}
	s, err := fromJSON(body)
	if err != nil {
		return said{}, &refusal{status: fiber.StatusBadRequest, key: "malformed"}
	}
	return s, nil
}

// receive hands what was said to the shop and wakes the buyer's pages to look at the answer.
func (a *Adapter) receive(ctx context.Context, v visit, s said, language string) error {
	label, err := a.label(ctx, v, s)
	if err != nil {
		return err
	}
	at := a.Now().UTC().Truncate(time.Microsecond)
	if err := a.Receive(ctx, inbound(s, v.of, v.slug, label, language, at)); err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	if err := a.ring(ctx, keyOf(v.of)); err != nil {
		a.Log.Warn("web chat", slog.Any("error", err)) // it is stored; the sender of the answer rings again
	}
	return nil
}

// label is what stood on the choice that was tapped.
func (a *Adapter) label(ctx context.Context, v visit, s said) (string, error) {
	if s.Token == "" {
		return "", nil
	}
	id := rowID(s.Tapped)
	if id == 0 {
		return labelOf(s.Token, append(append([]channels.Choice(nil), v.shop.Shortcuts...), v.shop.Speak...)), nil
	}
	entries, err := a.History.After(ctx, v.of, id-1, 1)
	if err != nil {
		return "", fmt.Errorf("read what was tapped: %w", err)
	}
	if len(entries) == 0 || entries[0].ID != id || entries[0].Out == nil {
		return "", nil // not theirs; the shop treats it as a stale tap
	}
	return labelOf(s.Token, choicesOf(*entries[0].Out)), nil
}
