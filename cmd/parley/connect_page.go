package main

import (
	_ "embed"
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"

	"parley/admin"
	"parley/catalog"
	"parley/catalog/fault"
	"parley/dialogs/texts"
	"parley/payments"
)

//go:embed connect_page.html
var connectHTML string

var connectPage = template.Must(template.New("connect").Parse(connectHTML))

// connected is what the page is given that a processor sends a shop's owner back to.
type connected struct {
	Lang, Title, Says, Shop string
	Due                     []string
	Admin, AdminSays        string
}

// connectReturn brings a shop's owner back from the processor's page. It asks the processor at once how the account stands,
// since its own news may take their time.
func (s *server) connectReturn(c *fiber.Ctx) error {
	one, err := s.payments.Onboarded(c.UserContext(), c.Params("key"))
	if fault.KindOf(err) == fault.Missing {
		return fiber.ErrNotFound
	}
	if err != nil {
		s.log.WarnContext(c.UserContext(), "look at a seller on return", "error", err) // its news will come
	}
	return s.showConnected(c, one, fiber.StatusOK, sellerKey(one))
}

// sellerKey is the sentence that says how an account stands.
func sellerKey(one payments.Seller) string {
	switch {
	case one.Charges && len(one.Due) == 0:
		return "connect.ready"
	case one.Charges:
		return "connect.ready_more"
	}
	return "connect.waiting"
}

// connectAgain leads to a new page of the processor's, since the one before is not good any more.
func (s *server) connectAgain(c *fiber.Ctx) error {
	link, err := s.payments.OnboardAgain(c.UserContext(), c.Params("key"))
	switch {
	case fault.KindOf(err) == fault.Missing:
		return fiber.ErrNotFound
	case err != nil:
		s.log.WarnContext(c.UserContext(), "make another page of onboarding", "error", err)
		return s.showConnected(c, payments.Seller{}, fiber.StatusServiceUnavailable, "connect.unavailable")
	}
	return c.Redirect(link, fiber.StatusSeeOther)
}

func (s *server) showConnected(c *fiber.Ctx, one payments.Seller, status int, key string) error {
	language := texts.Match(c.Get(fiber.HeaderAcceptLanguage), texts.Languages())
	page := connected{Lang: language, Title: texts.Say(language, "connect.title", nil), Says: texts.Say(language, key, nil), Due: one.Due}
	if one.Merchant != 0 {
		shop, err := s.catalog.Merchant(c.UserContext(), catalog.MerchantID(one.Merchant))
		if err != nil {
			return err
		}
		page.Shop, page.Admin, page.AdminSays = shop.Name.In(language), admin.Base+"/shops/"+shop.Slug+"/seller", texts.Say(language, "connect.admin", nil)
	}
	var html strings.Builder
	if err := connectPage.Execute(&html, page); err != nil {
		return err
	}
	c.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	c.Set("Referrer-Policy", "no-referrer") // the address is a key
	c.Set("Cache-Control", "no-store")
	return c.Status(status).Type("html", "utf-8").SendString(html.String())
}
