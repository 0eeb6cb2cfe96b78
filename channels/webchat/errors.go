package webchat

import (
	"log/slog"

	"github.com/gofiber/fiber/v2"
)

// noticeKeys are the texts that a form's answer may put above the conversation.
var noticeKeys = map[string]bool{"slow": true, "large": true, "malformed": true, "cookie": true, "expired": true, "broken": true}

func (a *Adapter) html(c *fiber.Ctx, status int, name string, data any) error {
	page, err := a.pages.render(name, data)
	if err != nil {
		a.Log.Error("web chat", slog.Any("error", err))
		return c.SendStatus(fiber.StatusInternalServerError)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(status).Send(page)
}

// plight is what the page of an error is given.
type plight struct {
	Text        texts
	Title, Body string
}

func (a *Adapter) missing(c *fiber.Ctx) error {
	words := a.pages.wordsFor(nearest(c.Get(fiber.HeaderAcceptLanguage), nil))
	return a.html(c, fiber.StatusNotFound, "plight.html", plight{words, words.Of("missingTitle"), words.Of("missing")})
}

// broken logs what happened and tells the buyer only that it did.
func (a *Adapter) broken(c *fiber.Ctx, err error) error {
	a.Log.Error("web chat", slog.String("path", c.Route().Path), slog.Any("error", err))
	words := a.pages.wordsFor(nearest(c.Get(fiber.HeaderAcceptLanguage), nil))
	c.Set(fiber.HeaderRetryAfter, "5")
	return a.html(c, fiber.StatusServiceUnavailable, "plight.html", plight{words, words.Of("broken"), ""})
}

func (a *Adapter) tooFast(c *fiber.Ctx, seconds string) error {
	words := a.pages.wordsFor(nearest(c.Get(fiber.HeaderAcceptLanguage), nil))
	c.Set(fiber.HeaderRetryAfter, seconds)
	return a.html(c, fiber.StatusTooManyRequests, "plight.html", plight{words, words.Of("slow"), ""})
}

// refuse answers a script with the key of a text that the page has.
func refuse(c *fiber.Ctx, status int, key string) error {
	return c.Status(status).JSON(struct {
		Error string `json:"error"`
	}{key})
}
