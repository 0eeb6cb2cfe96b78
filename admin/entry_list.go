package admin

import (
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/money"
	"parley/orders"
	"parley/payments"
	"parley/payments/books"
)

// entryPage is what a list of entries is given.
type entryPage struct {
	frame
	Month    payments.Month
	Of       payments.Account // empty: all
	Name     string           // of the account, in words
	Currency money.Currency
	Entries  []payments.Booked
	Turnover *payments.Turnover // of the account
	Next     string             // the address of more; empty: nowhere
}

// entryList is a month's entries, or those of one account, in the order of time.
func (a *Admin) entryList(v *visit) (err error) {
	page := entryPage{Of: payments.Account(v.query("account")), Currency: money.Currency(v.query("currency"))}
	if page.Month, err = a.month(v); err != nil {
		return err
	}
	if page.frame, err = a.shopFrame(v, "Entries", "books"); err != nil {
		return err
	}
	span, err := a.Payments.SpanOf(v.ctx, v.payee(), page.Month, page.zone)
	if err != nil {
		return err
	}
	ask := payments.JournalAsk{Merchant: v.payee(), Span: span, Account: page.Of, Currency: page.Currency}
	page.Entries, err = a.Payments.JournalPage(v.ctx, ask, placeOf(v.query("after")), pageful+1)
	if err != nil {
		return err
	}
	if len(page.Entries) > pageful {
		page.Entries = page.Entries[:pageful]
		page.Next = page.After(page.Entries[pageful-1])
	}
	if page.Of != "" {
		page.Name = books.AccountName(page.Of, english)
		if page.Turnover, err = a.turnover(v, span, page.Of, page.Currency); err != nil {
			return err
		}
	}
	return a.html(v, fiber.StatusOK, "entry_list", page)
}

func (a *Admin) turnover(v *visit, span payments.Span, account payments.Account, c money.Currency) (*payments.Turnover, error) {
	all, err := a.Payments.Turnovers(v.ctx, v.payee(), span)
	for _, t := range all {
		if t.Account == account && t.Currency == c {
			return &t, err
		}
	}
	return nil, err
}

// placeOf reads a place as After writes it; anything else is the beginning.
func placeOf(written string) payments.Place {
	var micros, id string
	for i := range written {
		if written[i] == '-' {
			micros, id = written[:i], written[i+1:]
		}
	}
	at, bad := strconv.ParseInt(micros, 10, 64)
	number, worse := strconv.ParseInt(id, 10, 64)
	if bad != nil || worse != nil {
		return payments.Place{}
	}
	return payments.Place{At: time.UnixMicro(at).UTC(), ID: number}
}

// After is the address of the entries that come after one.
func (p entryPage) After(entry payments.Booked) string {
	query := url.Values{"month": {p.Month.String()}, "after": {strconv.FormatInt(entry.At.UnixMicro(), 10) + "-" + strconv.FormatInt(entry.ID, 10)}}
	if p.Of != "" {
		query.Set("account", string(p.Of))
		query.Set("currency", string(p.Currency))
	}
	return p.To("books", "entries") + "?" + query.Encode()
}

// explained is an entry on a page.
type explained struct {
	payments.Booked
	Means  string
	Number string // of its order
}

// Explain is an entry in a sentence.
func (frame) Explain(entry payments.Booked) explained {
	e := explained{Booked: entry, Means: books.Explain(entry, english)}
	if entry.Order != 0 {
		e.Number = orders.NumberOf(orders.OrderID(entry.Order))
	}
	return e
}
