package manual

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"
	qrcode "github.com/skip2/go-qrcode"

	"parley/catalog/fault"
	"parley/payments"
)

//go:embed slip.html
var slipHTML string

//go:embed slip.css
var slipCSS string

var slipPage = template.Must(template.New("slip").Parse(slipHTML))

// slipPolicy allows the page its own style and the code drawn into it.
var slipPolicy = func() string {
	sum := sha256.Sum256([]byte(slipCSS))
	return "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// Find is how the page knows a payment by its key, and what is still due for its order. It fails with fault.Missing.
type Find func(ctx context.Context, key string) (payments.Payment, payments.Due, error)

// slipPath is where slips are, before the payment's key, which is the buyer's pass.
const slipPath = "/transfer/"

// Routes adds GET /transfer/:key: what a bank's app reads, and the same for people.
func (g *Gateway) Routes(app fiber.Router, find Find) {
	app.Get(slipPath+":key", func(c *fiber.Ctx) error { return g.show(c, find) })
}

// slip is what the page shows.
type slip struct {
	Lang, Number, Amount string
	CSS                  template.CSS
	Lines                []string
	Code                 template.URL // the picture; empty when there is nothing to read
	T                    slipWords
	Due                  bool
}

type slipWords struct{ Title, Order, Scan, Done, Code string }

var slipTexts = map[string]slipWords{
	"en": {"Bank transfer", "Order", "Scan the code with your bank's app, or type what stands below it.", "Nothing is to be paid any more.", "Payment code"},
	"ru": {"Банковский перевод", "Заказ", "Отсканируйте код в приложении банка или введите реквизиты под ним.", "Платить больше не нужно.", "Платёжный код"},
}

func (g *Gateway) show(c *fiber.Ctx, find Find) error {
	p, due, err := find(c.UserContext(), strings.Clone(c.Params("key")))
	if fault.KindOf(err) == fault.Missing || err == nil && p.Gateway != g.name {
		return fiber.NewError(fiber.StatusNotFound, "No such payment.")
	}
	if err != nil {
		return err
	}
	shown := slip{Lang: inLanguage(due), Number: due.Number, Amount: due.Amount.In(due.Language), CSS: template.CSS(slipCSS), Due: p.IsLive() && due.Amount.Minor > 0} //nolint:gosec // our own file
	shown.T = slipTexts[shown.Lang]
	if shown.Due {
		shown.Lines = append(strings.Split(g.account.String(), "\n"), reference(due))
		if shown.Code, err = g.code(due); err != nil {
			return err
		}
	}
	var page strings.Builder
	if err := slipPage.Execute(&page, shown); err != nil {
		return fmt.Errorf("show a slip: %w", err)
	}
	c.Set(fiber.HeaderContentSecurityPolicy, slipPolicy)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	return c.Type("html", "utf-8").SendString(page.String())
}

// code is the slip drawn, with the correction level that EPC069-12 wants.
func (g *Gateway) code(due payments.Due) (template.URL, error) {
	text := g.account.Slip(due.Amount, purpose(due))
	if text == "" {
		return "", nil
	}
	drawn, err := qrcode.Encode(text, qrcode.Medium, -4) // four pixels a module
	if err != nil {
		return "", fmt.Errorf("draw a slip: %w", err)
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(drawn)), nil //nolint:gosec // drawn here
}
