package admin

import (
	"errors"
	"fmt"
	"os"

	"github.com/gofiber/fiber/v2"

	"parley/orders"
	"parley/payments"
	"parley/payments/books"
)

// booksExport is a month of the books as a file. It is written to the disk first, so that one that does not add up is
// an error and not half a file, and a slow reader holds nothing up.
func (a *Admin) booksExport(v *visit) error {
	month, err := a.month(v)
	if err != nil {
		return err
	}
	f := a.frame(v, "Books")
	span, err := a.Payments.SpanOf(v.ctx, v.payee(), month, f.zone)
	if err != nil {
		return err
	}
	export := books.Export{
		Merchant: v.payee(), Shop: v.shop.Name.In("en"), Span: span, Zone: f.zone, Made: a.at(), Kind: books.Kind(v.query("kind")),
		Format: books.Format(v.query("format")), Say: english, Number: func(id payments.OrderID) string { return orders.NumberOf(orders.OrderID(id)) },
	}
	spool, err := os.CreateTemp("", "parley-books-")
	if err != nil {
		return fmt.Errorf("export the books: %w", err)
	}
	if err := os.Remove(spool.Name()); err != nil { // it goes when it is closed
		return errors.Join(err, spool.Close())
	}
	err = export.Write(v.ctx, a.Payments, spool)
	if err == nil {
		_, err = spool.Seek(0, 0)
	}
	if err != nil {
		return errors.Join(err, spool.Close())
	}
	name := "parley-" + v.shop.Slug + "-" + month.String()
	if export.Kind != "" {
		name += "-" + string(export.Kind)
	} else {
		name += "-" + string(export.Format)
	}
	v.Set(fiber.HeaderContentType, export.Format.Type())
	v.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+export.Format.Extension()+`"`)
	return v.SendStream(spool) // fasthttp closes it
}
