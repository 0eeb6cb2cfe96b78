package telegram

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// mostBytes is the largest update that is read. Telegram's are some kilobytes.
const mostBytes = 1 << 20

// Path is where Hook has to be mounted, for POST.
func (a *Adapter) Path() string {
	return "/hooks/telegram/" + strings.TrimPrefix(a.channel, "telegram:")
}

// Hook takes one update from Telegram. It answers 200 only when the update is stored or of no concern, 401 without the
// secret, 413 and 400 to what is no update, and 500 to have it delivered again.
func (a *Adapter) Hook(c *fiber.Ctx) error {
	if !a.secret(c.Request().Header.Peek("X-Telegram-Bot-Api-Secret-Token")) {
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	raw := c.Request().Body()
	if len(raw) > mostBytes {
		return c.SendStatus(fiber.StatusRequestEntityTooLarge)
	}
	var answer reply
	err := a.take(c.UserContext(), bytes.Clone(raw), &answer)
	switch {
	case errors.Is(err, errMalformed):
		return c.SendStatus(fiber.StatusBadRequest)
	case err != nil:
		a.log("receive", err)
		return c.SendStatus(fiber.StatusInternalServerError)
	case answer.Method != "":
		return c.JSON(answer)
	}
	return c.SendStatus(fiber.StatusOK)
}

// reply is a call that is made by answering an update, which spares a call of its own; what becomes of it is not told
// (https://core.telegram.org/bots/api#making-requests-when-getting-updates).
type reply struct {
	Method   string           `json:"method"`
	Tap      string           `json:"callback_query_id,omitempty"`
	Checkout string           `json:"pre_checkout_query_id,omitempty"`
	Shipping string           `json:"shipping_query_id,omitempty"`
	OK       *bool            `json:"ok,omitempty"`
	Refusal  string           `json:"error_message,omitempty"`
	Options  []shippingOption `json:"shipping_options,omitempty"`
}

// secret compares in a time that tells nothing of where the difference is, nor of the length.
func (a *Adapter) secret(given []byte) bool {
	got, want := sha256.Sum256(given), sha256.Sum256([]byte(a.config.Secret))
	return a.config.Secret != "" && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
