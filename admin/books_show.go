package admin

import (
	"fmt"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/money"
	"parley/dialogs/texts"
	"parley/payments"
	"parley/payments/books"
)

// booksPage is what a month of the books is given.
type booksPage struct {
	frame
	plea
	Month    payments.Month
	Before   payments.Month
	Next     payments.Month // zero: it has not begun
	Closed   *payments.Period
	Sums     []monthSums // by currency
	Accounts []payments.Turnover
	Open     []payments.OpenItem
	MoreOpen bool
	Closable bool // the month is over
	Periods  []payments.Period
	Files    []file
	Names    map[string]string
}

// monthSums is a month in one currency: what processors took, kept and gave back.
type monthSums struct {
	Currency money.Currency
	Lines    []sumLine
	Net      money.Amount
	Ways     []wayLine
	Channels []channelLine
	Days     []dayBar
	Received money.Amount
}

// sumLine is one kind of thing that happened.
type sumLine struct {
	Name   string
	Count  int64
	Amount money.Amount
}

// wayLine is what one way to pay brought and cost.
type wayLine struct {
	Way            string
	Received, Fees money.Amount
	Percent        string // fees of what was received; empty: nothing was
	Width          int    // of its bar, 0 to 100 of the dearest way
}

// channelLine is what came by one network.
type channelLine struct {
	Channel  string // its kind; empty: of no order that is known
	Orders   int
	Received money.Amount
	Share    int // of all that was received, in thousandths
}

// Percent is the share in words.
func (c channelLine) Percent() string { return fmt.Sprintf("%d.%d %%", c.Share/10, c.Share%10) }

// dayBar is what one day brought.
type dayBar struct {
	Day    string
	Amount money.Amount
	Height int // 0 to 100, of the best day
}

// Top is where the bar begins, from above.
func (d dayBar) Top() int { return 100 - d.Height }

// Last is the last day.
func (s monthSums) Last() string { return s.Days[len(s.Days)-1].Day }

// file is a download.
type file struct{ Name, Says, Query string }

// mostOnPage is how many open items a page shows.
const mostOnPage = 100

// booksShow is a month of a shop's books.
func (a *Admin) booksShow(v *visit) error {
	month, err := a.month(v)
	if err != nil {
		return err
	}
	return a.showBooks(v, fiber.StatusOK, plea{}, month)
}

// month is the one in the address, else the present one of the shop.
func (a *Admin) month(v *visit) (payments.Month, error) {
	wanted := v.query("month")
	if wanted == "" {
		return payments.MonthOf(a.at().In(a.frame(v, "").zone)), nil
	}
	month, err := payments.ParseMonth(wanted)
	if err != nil {
		return month, noPage()
	}
	return month, nil
}

func (a *Admin) showBooks(v *visit, status int, p plea, month payments.Month) (err error) {
	page := booksPage{plea: p, Month: month, Before: month.Before(), Names: map[string]string{}}
	if page.frame, err = a.shopFrame(v, "Books", "books"); err != nil {
		return err
	}
	page.Section = "books"
	if now := payments.MonthOf(page.now.In(page.zone)); month.String() < now.String() {
		page.Next = month.Next()
	}
	span, err := a.Payments.SpanOf(v.ctx, v.payee(), month, page.zone)
	if err != nil {
		return err
	}
	if page.Accounts, err = a.Payments.Turnovers(v.ctx, v.payee(), span); err != nil {
		return err
	}
	if page.Sums, err = a.monthSums(v, span, page.zone); err != nil {
		return err
	}
	if err := a.showPeriods(v, &page, span); err != nil {
		return err
	}
	page.Files = files(month)
	return a.html(v, status, "books_show", page)
}

// showPeriods adds the closed months, and what keeps this one open.
func (a *Admin) showPeriods(v *visit, page *booksPage, span payments.Span) (err error) {
	if page.Periods, err = a.Payments.Periods(v.ctx, v.payee(), payments.Month{}, 24); err != nil {
		return err
	}
	if slices.ContainsFunc(page.Periods, func(one payments.Period) bool { return one.Month == page.Month }) {
		closed, err := a.Payments.Period(v.ctx, v.payee(), page.Month)
		if err != nil {
			return err
		}
		page.Closed = &closed
	}
	for _, one := range page.Periods {
		if err := a.learn(v, page.Names, one.ClosedBy); err != nil {
			return err
		}
	}
	page.Closable = page.Closed == nil && !page.now.Before(span.To)
	if page.Open, err = a.Payments.OpenItems(v.ctx, v.payee(), span.To, mostOnPage+1); err != nil {
		return err
	}
	if page.MoreOpen = len(page.Open) > mostOnPage; page.MoreOpen {
		page.Open = page.Open[:mostOnPage]
	}
	return nil
}

// Despite is what is open, as the form for closing names it.
func (p booksPage) Despite() (names string) {
	for _, item := range p.Open {
		names += item.Name + " "
	}
	return names
}

// Named is a month as people write it.
func (booksPage) Named(month payments.Month) string {
	return time.Date(month.Year, month.Month, 1, 0, 0, 0, 0, time.UTC).Format("January 2006")
}

// InWords is an account in words.
func (booksPage) InWords(account payments.Account) string { return books.AccountName(account, english) }

func english(key string, args map[string]any) string { return texts.Say("en", key, args) }

func files(month payments.Month) (all []file) {
	for _, one := range []struct{ name, says, query string }{
		{"Workbook", "XLSX, a sheet of each", "format=xlsx"},
		{"Journal", "CSV", "format=csv&kind=journal"},
		{"Account statements", "CSV", "format=csv&kind=statements"},
		{"Orders", "CSV", "format=csv&kind=orders"},
		{"Charges, fees, refunds", "CSV", "format=csv&kind=charges"},
		{"1C", "bank statement", "format=1c"},
		{"Xero", "manual journals", "format=xero"},
		{"QuickBooks", "journal entries", "format=quickbooks"},
	} {
		all = append(all, file{one.name, one.says, "month=" + month.String() + "&" + one.query})
	}
	return all
}

// Why is the reason of an open item in words, of whichever queue it is.
func (booksPage) Why(item payments.OpenItem) (string, error) {
	if _, known := reasons[item.Reason]; known {
		return called("reason", item.Reason)
	}
	return called("class", item.Reason)
}
