package sandbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
	"parley/payments"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed head.html
var headHTML string

var page = parsed("page", pageHTML)

// parsed is a page with the head that all have.
func parsed(name, html string) *template.Template {
	made := template.Must(template.New(name).Parse(html))
	template.Must(made.New("head").Parse(headHTML))
	return made
}

// policy allows the page its own style and forms and nothing else.
var policy = func() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}()

// Hear is the way a processor's notices take into the shop: payments.Service.Hear.
type Hear func(ctx context.Context, gateway string, n payments.Notice) error

// Routes adds the pay page and its desk: GET and POST /sandbox/pay/:ref and /sandbox/pay/:ref/desk.
func (g *Gateway) Routes(app fiber.Router, hear Hear) {
	app.Get("/sandbox/pay/:ref", g.show)
	app.Post("/sandbox/pay/:ref", func(c *fiber.Ctx) error { return g.press(c, hear) })
	app.Get("/sandbox/pay/:ref/desk", g.showDesk)
	app.Post("/sandbox/pay/:ref/desk", func(c *fiber.Ctx) error { return g.pressDesk(c, hear) })
}

func (g *Gateway) show(c *fiber.Ctx) error {
	found, err := g.store.find(c.UserContext(), c.Params("ref"), "")
	if err != nil {
		return sorry(err)
	}
	return g.render(c, fiber.StatusOK, found)
}

// buttons are what a buyer and their bank do on the pay page.
var buttons = []Deed{Pay, Decline, Later, Settle, Fail}

// press does what a button says, keeps it, and then tells the shop, as a processor does with its webhook.
// When the telling fails the buyer can press again; the shop also looks by itself before it gives up.
func (g *Gateway) press(c *fiber.Ctx, hear Hear) error {
	ref, button := strings.Clone(c.Params("ref")), Deed(strings.Clone(c.FormValue("do")))
	if !slices.Contains(buttons, button) {
		return sorry(fault.New(fault.Invalid, "payment.sandbox_action"))
	}
	news, err := g.Act(c.UserContext(), ref, button)
	over := fault.KindOf(err) == fault.Conflict
	if over {
		news, err = g.Events(c.UserContext(), ref) // perhaps the shop did not hear it
	}
	if err != nil {
		return sorry(err)
	}
	if err := say(c.UserContext(), hear, news); err != nil {
		return err
	}
	if over {
		return g.show(c) // the page says how things stand by now
	}
	return c.Redirect("/sandbox/pay/"+ref, fiber.StatusSeeOther)
}

// say tells the shop news, in their order.
func say(ctx context.Context, hear Hear, news []payments.Notice) error {
	for _, n := range news {
		if err := hear(ctx, Name, n); err != nil {
			return err
		}
	}
	return nil
}

// sorry answers what was classified with its status; the rest is for the program's error handler.
func sorry(err error) error {
	switch fault.KindOf(err) {
	case fault.Missing:
		return fiber.NewError(fiber.StatusNotFound, "No such payment.")
	case fault.Invalid:
		return fiber.NewError(fiber.StatusBadRequest, "No such button.")
	}
	return err
}

// screen is what the page shows.
type screen struct {
	Lang, Number, Amount, Back, Desk string
	CSS                              template.CSS
	T                                words
	Headline                         string
	State                            state
	Pick, Settle                     bool
}

func (g *Gateway) render(c *fiber.Ctx, status int, s session) error {
	if s.state == stateOpen && !g.now().Before(s.expires) {
		s.state = stateExpired
	}
	lang, t := wordsFor(s.language)
	return send(c, status, page, screen{
		Lang: lang, Number: s.number, Amount: s.amount.In(lang), Back: s.back, CSS: template.CSS(pageCSS), T: t,
		Headline: t.Headline[s.state], State: s.state, Pick: s.state == stateOpen, Settle: s.state == stateWorking, Desk: "/sandbox/pay/" + s.ref + "/desk",
	})
}

// send fills a page in.
func send(c *fiber.Ctx, status int, page *template.Template, with any) error {
	var html bytes.Buffer
	if err := page.Execute(&html, with); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer") // the address is the pass
	c.Set("X-Robots-Tag", "noindex")
	return c.Status(status).Send(html.Bytes())
}
