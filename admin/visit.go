package admin

import (
	"context"
	"crypto/rand"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/dialogs"
	"parley/orders"
	"parley/payments"
)

// visit is one request of somebody.
type visit struct {
	*fiber.Ctx
	ctx     context.Context
	session session
	shops   []catalog.Merchant // those of the account that are open
	shop    catalog.Merchant   // the one that the page is about, if it is about one
}

func (v *visit) account() Account { return v.session.account }

func (v *visit) who() string { return v.account().ID.Who() }

// at is the address of a page of the visit's shop.
func (v *visit) at(parts ...string) string {
	escaped := []string{Base, "shops", v.shop.Slug}
	for _, part := range parts {
		escaped = append(escaped, url.PathEscape(part))
	}
	return strings.Join(escaped, "/")
}

// param, query and form are what came with the request, as copies: fiber uses the memory again.
func (v *visit) param(name string) string { return strings.Clone(v.Params(name)) }

func (v *visit) query(name string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(strings.Clone(v.Query(name)), "\x00", ""), "")
}

func (v *visit) form(name string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(strings.Clone(v.FormValue(name)), "\x00", ""), "")
}

// id is the one in the path. It fails with fault.Missing when that is no number.
func (v *visit) id() (int64, error) {
	id, err := strconv.ParseInt(v.param("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, noPage()
	}
	return id, nil
}

func (v *visit) merchant() catalog.MerchantID { return v.shop.ID }

func (v *visit) payee() payments.MerchantID { return payments.MerchantID(v.shop.ID) }

func (v *visit) conversation() (dialogs.ConversationID, error) {
	id, err := v.id()
	return dialogs.ConversationID(id), err
}

func (v *visit) order() (orders.OrderID, error) {
	id, err := v.id()
	return orders.OrderID(id), err
}

// go on to a page after a form was done; with says what was.
func (v *visit) goOn(path, done string) error {
	if done != "" {
		path += "?done=" + done
	}
	return v.Redirect(path, fiber.StatusSeeOther)
}

// page is which page of a list is asked for, from 1 to a thousand.
func (v *visit) page() int {
	n, err := strconv.Atoi(v.query("page"))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, 1000)
}

func noPage() error { return fault.New(fault.Missing, "page.missing") }

// act does a deed that a form asked for and keeps it in the audit trail, both or neither. A form that was
// submitted before does nothing again.
func (a *Admin) act(v *visit, what, subject, note string, do func(ctx context.Context) error) error {
	return a.actOn(v, deed{what: what, subject: subject, note: note}, do)
}

// actOn is act with what a thing was before and is then.
func (a *Admin) actOn(v *visit, d deed, do func(ctx context.Context) error) error {
	d.merchant, d.who = v.merchant(), v.who()
	if once := v.form("once"); once != "" && len(once) <= 40 {
		d.once = v.who() + ":" + once
	}
	return a.DB.InTx(v.ctx, func(ctx context.Context) error {
		isNew, err := a.journal.write(ctx, d)
		if err != nil || !isNew {
			return err
		}
		return do(ctx)
	})
}

// newForm names a form, so that it acts once.
func newForm() string { return rand.Text() }
