package api

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"parley/catalog/money"
	"parley/dialogs/texts"
	"parley/payments/books"
)

// says is a sentence in the caller's language.
func (c *call) says(key string, args map[string]any) string { return texts.Say(c.language, key, args) }

// booksExport gives a month as a file. It is a route of the server's own, since a file may be larger than memory.
func (a *API) booksExport(under fiber.Router) {
	o := op{
		id: "export-books", does: "GET /merchants/{merchant}/books/export", tag: "Books", roles: tellers, scope: "payments:read", summary: "Download a month for accountants",
		about: "Every file adds up to the balances, or is refused with 409 when something is booked meanwhile.",
	}
	h := a.described(o)
	content := map[string]*huma.MediaType{}
	formats, kinds := []any{}, []any{}
	for _, format := range books.Formats() {
		kind, _, _ := strings.Cut(format.Type(), ";")
		content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		if format != books.DATEV { // it needs numbers of accounts
			formats = append(formats, string(format))
		}
	}
	for _, kind := range books.Kinds() {
		kinds = append(kinds, string(kind))
	}
	h.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: content}}
	for _, status := range append(h.Errors, fiber.StatusConflict) {
		h.Responses[fmt.Sprint(status)] = &huma.Response{Description: statusText(status), Content: map[string]*huma.MediaType{problemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}}
	}
	query := func(name, doc string, required bool, schema *huma.Schema) *huma.Param {
		return &huma.Param{Name: name, In: "query", Required: required, Description: doc, Schema: schema}
	}
	h.Parameters = []*huma.Param{
		{Name: "merchant", In: "path", Required: true, Description: "The shop.", Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: pointer(1.0)}},
		query("month", "In the shop's time zone; without it the present one.", false, &huma.Schema{Type: huma.TypeString, Pattern: "^[0-9]{4}-(0[1-9]|1[0-2])$"}),
		query("format", "1c is 1CClientBankExchange: each clearing account as a bank statement.", true, &huma.Schema{Type: huma.TypeString, Enum: formats}),
		query("kind", "Of csv, where it is needed, and xlsx, which without it has a sheet of each.", false, &huma.Schema{Type: huma.TypeString, Enum: kinds}),
		query("currency", "xero: the organisation's own, where the books have several.", false, &huma.Schema{Type: huma.TypeString, Pattern: "^[A-Z]{3}$"}),
	}
	a.huma.OpenAPI().AddOperation(&h)
	under.Get("/merchants/:merchant/books/export", func(f *fiber.Ctx) error {
		c := &call{op: o, language: languageOf(f), fiber: f}
		ctx := f.UserContext()
		err := a.letIn(ctx, c)
		if err == nil {
			err = a.sendBooks(c, f)
		}
		if err != nil {
			a.send(f, a.problem(ctx, c, err))
		}
		return nil
	})
}

// sendBooks writes the file to the disk, and sends it once it adds up.
func (a *API) sendBooks(c *call, f *fiber.Ctx) error {
	ctx, asked := f.UserContext(), func(name string) string { return strings.Clone(f.Query(name)) }
	month, span, zone, err := a.month(ctx, c, InMonth{asked("month")})
	if err != nil {
		return err
	}
	export := books.Export{
		Merchant: c.payee(), Shop: c.shop.Name.In(c.language), Span: span, Zone: zone, Made: a.at(), Kind: books.Kind(asked("kind")), Format: books.Format(asked("format")),
		Currency: money.Currency(asked("currency")), Say: c.says, Number: numberOf,
	}
	spool, err := os.CreateTemp("", "parley-books-")
	if err != nil {
		return fmt.Errorf("export the books: %w", err)
	}
	if err = os.Remove(spool.Name()); err == nil { // it goes when it is closed
		err = export.Write(ctx, a.Payments, spool)
	}
	if err == nil {
		_, err = spool.Seek(0, 0)
	}
	if err != nil {
		return errors.Join(err, spool.Close())
	}
	f.Set(fiber.HeaderContentType, export.Format.Type())
	f.Set(fiber.HeaderContentDisposition, `attachment; filename="parley-`+c.shop.Slug+"-"+month.String()+export.Format.Extension()+`"`)
	return f.SendStream(spool)
}
