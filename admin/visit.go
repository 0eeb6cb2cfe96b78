package admin

import (
	"context"
	"crypto/rand"
	"errors"
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

// actOn does a deed that a form asked for and keeps it in the audit trail, with what a thing was before and is then, both
// or neither. A form that was submitted before does nothing again.
func (a *Admin) actOn(v *visit, d deed, do func(ctx context.Context) error) error {
	d.merchant, d.who = v.merchant(), v.who()
	if once := v.form("once"); once != "" && len(once) <= 40 {
		d.once = v.who() + ":" + once
	}
	err := a.DB.InTx(v.ctx, func(ctx context.Context) error { return a.deal(ctx, d, do) })
	if errors.Is(err, errDone) {
		return nil
	}
	if err != nil {
		if done, failed := a.journal.isDone(v.ctx, d.once); failed == nil && done { // by the same form, at the same moment
			return nil
		}
	}
	return err
}

var errDone = errors.New("this form has been submitted before")

// deal does a deed, and writes it down with how its subject was and is. What a form does that was submitted before is
// undone.
func (a *Admin) deal(ctx context.Context, d deed, do func(ctx context.Context) error) (err error) {
	if d.look != nil {
		if d.was, err = d.look(ctx); err != nil {
			return err
		}
	}
	if err := do(ctx); err != nil {
		return err
	}
	if d.look != nil {
		if d.became, err = d.look(ctx); err != nil {
			return err
		}
	}
	isNew, err := a.journal.write(ctx, d)
	if err == nil && !isNew {
		err = errDone
	}
	return err
}

// newForm names a form, so that it acts once.
func newForm() string { return rand.Text() }
