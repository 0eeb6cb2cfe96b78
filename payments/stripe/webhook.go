package stripe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	stripego "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"parley/payments"
)

// Hear is the way a notice takes into the shop: payments.Service.Hear.
type Hear func(ctx context.Context, gateway string, n payments.Notice) error

// mostBytes is more than any event of Stripe that this version reads.
const mostBytes = 64 << 10

// mostAge is how far a signature's time may be from ours, in either direction.
const mostAge = 5 * time.Minute

// Webhook answers Stripe: 200 for what was kept, whatever it means; 400 for what Stripe did not sign, of
// which nothing is kept; 413 for too much; an error of ours goes to the program's handler (500), and
// Stripe says it again.
func (g *Gateway) Webhook(hear Hear) fiber.Handler {
	return func(c *fiber.Ctx) error {
		body := bytes.Clone(c.BodyRaw()) // as it was signed; the buffer is used again
		if len(body) > mostBytes {
			return c.SendStatus(fiber.StatusRequestEntityTooLarge)
		}
		event, err := g.verified(body, strings.Clone(c.Get("Stripe-Signature")))
		if err != nil {
			return c.SendStatus(fiber.StatusBadRequest)
		}
		n, err := g.understand(c.UserContext(), event)
		if err != nil {
			return fmt.Errorf("event %s (%s): %w", event.ID, event.Type, err)
		}
		n.Event, n.Account, n.Raw = event.ID, event.Account, body
		if err := hear(c.UserContext(), Name, n); err != nil {
			return fmt.Errorf("event %s (%s): %w", event.ID, event.Type, err)
		}
		return c.SendStatus(fiber.StatusOK)
	}
}

var errUnsigned = errors.New("not signed by Stripe for us, now")

// verified is the event that the body holds, if one of our secrets signed it within the last minutes.
func (g *Gateway) verified(body []byte, header string) (stripego.Event, error) {
	if !fresh(header, g.now()) {
		return stripego.Event{}, errUnsigned
	}
	for _, secret := range g.secrets {
		event, err := webhook.ConstructEventWithOptions(body, header, secret, webhook.ConstructEventOptions{
			IgnoreAPIVersionMismatch: true, // few fields are read, and the object is fetched again
			IgnoreTolerance:          true, // it would take a time in the future; fresh does not
		})
		if err == nil && event.ID != "" && event.Data != nil {
			return event, nil
		}
	}
	return stripego.Event{}, errUnsigned
}

// fresh wants exactly one time in the header, the one that was signed, and that it is close to now.
func fresh(header string, now time.Time) bool {
	var at []string
	for part := range strings.SplitSeq(header, ",") {
		if value, ok := strings.CutPrefix(part, "t="); ok {
			at = append(at, value)
		}
	}
	if len(at) != 1 {
		return false
	}
	seconds, err := strconv.ParseInt(at[0], 10, 64)
	age := now.Sub(time.Unix(seconds, 0))
	return err == nil && age <= mostAge && age >= -mostAge
}
