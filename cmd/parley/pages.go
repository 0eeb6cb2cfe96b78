package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/orders"
)

func (s *server) healthy(c *fiber.Ctx) error { return c.SendString("ok\n") }

// ready says whether the database answers.
func (s *server) ready(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), 2*time.Second)
	defer cancel()
	if err := s.db.Ping(ctx); err != nil {
		return c.Status(fiber.StatusServiceUnavailable).SendString("the database does not answer\n")
	}
	return c.SendString("ok\n")
}

// front leads to the first shop: buyers come by links to one, so this page is for those who opened the program.
func (s *server) front(c *fiber.Ctx) error {
	shops, err := s.catalog.Merchants(c.UserContext())
	if err != nil {
		return err
	}
	if len(shops) == 0 {
		return c.Redirect("/admin")
	}
	return c.Redirect("/chat/" + shops[0].Slug)
}

// returned brings a buyer back from the processor's page to the chat. It looks at the payment at once,
// since the processor's own notice may take its time.
func (s *server) returned(c *fiber.Ctx) error {
	payment, err := s.payments.Return(c.UserContext(), c.Params("key"))
	if fault.KindOf(err) == fault.Missing {
		return fiber.ErrNotFound
	}
	if err != nil {
		s.log.WarnContext(c.UserContext(), "look at a payment on return", "error", err) // its notice will come
	}
	back, err := s.engine.ChatOf(c.UserContext(), catalog.MerchantID(payment.Merchant), orders.OrderID(payment.Order))
	if err != nil {
		return err
	}
	return c.Redirect(s.chatLink(back.Channel, back.Shop), fiber.StatusSeeOther)
}

// chatLink is the page that shows a conversation.
func (s *server) chatLink(channel, slug string) string {
	if s.telegram != nil && channel == s.telegram.Channel() {
		if link := s.telegram.Link(""); link != "" {
			return link
		}
	}
	return "/chat/" + slug
}

// welcome prints how to go on, and once the generated password.
func (s *shop) welcome(ctx context.Context, tty terminal) error {
	shops, err := s.catalog.Merchants(ctx)
	if err != nil {
		return err
	}
	password, created, err := s.accounts.EnsureOwner(ctx)
	if err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString("\nParley is open.\n\n")
	for _, merchant := range shops {
		fmt.Fprintf(&text, "  Shop       %s/chat/%s  (%s)\n", s.url, merchant.Slug, merchant.Name.In("en"))
	}
	fmt.Fprintf(&text, "  Staff      %s/admin\n", s.url)
	if created {
		fmt.Fprintf(&text, "             sign in as owner with the password %s (shown only this once)\n", password)
	}
	if s.settings.TelegramToken == "" {
		text.WriteString("  Telegram   get a token from @BotFather and start again with PARLEY_TELEGRAM_TOKEN=… set\n")
	}
	text.WriteString("\nCtrl-C stops it; everything is kept.\n\n")
	_, err = fmt.Fprint(tty.out, text.String())
	return err
}
