package api

import (
	"context"
	"fmt"
	"time"

	"parley/admin"
	"parley/catalog/money"
	"parley/orders"
	"parley/payments"
	"parley/payments/books"
)

// tellers work with money.
var tellers = []admin.Role{admin.Owner, admin.Finance}

func (a *API) booksOperations() {
	const at = "/merchants/{merchant}/books"
	read(a, op{id: "list-balances", does: "GET " + at + "/balances", tag: "Books", roles: tellers, scope: "payments:read", summary: "Show what a month did to each account",
		about: "Opening + debit − credit = closing; added up over the accounts of a currency, openings and closings are zero."}, a.listBalances)
	read(a, op{id: "get-revenue", does: "GET " + at + "/revenue", tag: "Books", roles: tellers, scope: "payments:read", summary: "Show what a month brought, by day, channel and way to pay",
		about: "What orders took, which is the same sum from each side, and what each way to pay kept as its fees."}, a.getRevenue)
	read(a, op{id: "list-entries", does: "GET " + at + "/entries", tag: "Books", roles: tellers, scope: "payments:read", summary: "List entries of the books",
		about: "In the order of time. Entries are never changed; what was wrong is taken back by another one."}, a.listEntries)
	read(a, op{id: "list-open-items", does: "GET " + at + "/open", tag: "Books", roles: tellers, scope: "payments:read", summary: "List what keeps a month from being closed",
		about: "What nobody has dealt with, oldest first, the first 500."}, a.listOpenItems)
	read(a, op{id: "list-periods", does: "GET " + at + "/periods", tag: "Books", roles: tellers, scope: "payments:read", summary: "List closed months", about: "The latest first."}, a.listPeriods)
	write(a, op{id: "close-period", does: "POST " + at + "/periods", tag: "Books", roles: tellers, scope: "payments:write", status: 201, summary: "Close a month",
		about: "Nothing is booked in it any more; corrections fall into the next one. It can't be undone. Refused while something is open in it that `despite` does not name."}, a.closePeriod)
}

// Sum is an exact sum that may be below zero.
type Sum struct {
	Minor    int64  `json:"minor" example:"-1999" doc:"In minor units: cents of a dollar."`
	Currency string `json:"currency" example:"EUR" doc:"ISO 4217; empty: of none."`
}

func sumView(a money.Amount) Sum { return Sum{a.Minor, string(a.Currency)} }

// InMonth is which month of the books.
type InMonth struct {
	Month string `query:"month" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" example:"2026-10" doc:"In the shop's time zone; without it the present one."`
}

// month is the month, when it begins and ends, and the shop's time zone.
func (a *API) month(ctx context.Context, c *call, in InMonth) (month payments.Month, span payments.Span, zone *time.Location, err error) {
	if zone, err = time.LoadLocation(c.shop.TimeZone); err != nil {
		return month, span, zone, err
	}
	if month = payments.MonthOf(a.at().In(zone)); in.Month != "" {
		if month, err = payments.ParseMonth(in.Month); err != nil {
			return month, span, zone, err
		}
	}
	span, err = a.Payments.SpanOf(ctx, c.payee(), month, zone)
	return month, span, zone, err
}

func (c *call) payee() payments.MerchantID { return payments.MerchantID(c.shop.ID) }

// Balances are what a month did to each account.
type Balances struct {
	Month string     `json:"month" example:"2026-10"`
	From  time.Time  `json:"from"`
	To    time.Time  `json:"to" doc:"The first moment that is not in it."`
	Items []Turnover `json:"items"`
}

// Turnover is what a stretch of time did to an account in a currency.
type Turnover struct {
	Account string `json:"account" example:"clearing:stripe"`
	Name    string `json:"name" example:"Held by the processor (Stripe)"`
	Opening Sum    `json:"opening"`
	Debit   Sum    `json:"debit" doc:"What came to it."`
	Credit  Sum    `json:"credit" doc:"What left it."`
	Closing Sum    `json:"closing"`
}

type listBalances struct {
	ShopPath
	InMonth
}

func (a *API) listBalances(ctx context.Context, c *call, in *listBalances) (*plain[Balances], error) {
	month, span, _, err := a.month(ctx, c, in.InMonth)
	if err != nil {
		return nil, err
	}
	found, err := a.Payments.Turnovers(ctx, c.payee(), span)
	return &plain[Balances]{Balances{month.String(), span.From, span.To, all(found, func(t payments.Turnover) Turnover {
		return Turnover{string(t.Account), books.AccountName(t.Account, c.says), sumView(t.Opening), sumView(t.In), sumView(t.Out), sumView(t.Closing)}
	})}}, err
}

// Entry is something that was booked.
type Entry struct {
	ID       int64      `json:"id"`
	At       time.Time  `json:"at" doc:"When it was booked, which is the month it belongs to."`
	Happened *time.Time `json:"happened_at,omitempty" doc:"When the processor says that it happened, if it does."`
	Reason   string     `json:"reason" example:"capture"`
	Means    string     `json:"means" example:"The buyer paid 12.00 EUR (Stripe), and the order took it."`
	Source   string     `json:"source" example:"stripe"`
	Key      string     `json:"key" example:"capture:ch_1" doc:"Booked once, ever, in its source."`
	Order    int64      `json:"order,omitempty"`
	Number   string     `json:"number,omitempty" doc:"The order's, for people."`
	Payment  int64      `json:"payment,omitempty"`
	Reverses int64      `json:"reverses,omitempty" doc:"The entry that it takes back."`
	Moves    []Move     `json:"moves"`
}

// Move is one line of an entry.
type Move struct {
	Debit  string `json:"debit" example:"clearing:stripe"`
	Credit string `json:"credit" example:"receivable"`
	Amount Sum    `json:"amount"`
}

func (c *call) entryView(b payments.Booked) Entry {
	view := Entry{
		ID: b.ID, At: b.At, Reason: b.Reason, Means: books.Explain(b, c.says), Source: b.Source, Key: b.Key, Order: int64(b.Order), Payment: int64(b.Payment),
		Reverses: b.Reversed, Moves: all(b.Moves, func(m payments.Move) Move { return Move{string(m.To), string(m.From), sumView(m.Amount)} }),
	}
	if b.Order != 0 {
		view.Number = numberOf(b.Order)
	}
	if !b.Happened.IsZero() {
		view.Happened = &b.Happened
	}
	return view
}

func numberOf(id payments.OrderID) string { return orders.NumberOf(orders.OrderID(id)) }

type listEntries struct {
	ShopPath
	InMonth
	CursorPaging
	Account  string `query:"account" maxLength:"100" example:"clearing:stripe" doc:"Only what moved something there."`
	Currency string `query:"currency" pattern:"^[A-Z]{3}$" doc:"With an account: only in this currency."`
	Order    int64  `query:"order" minimum:"1" doc:"Only of this order; of every month, unless one is named."`
	Payment  int64  `query:"payment" minimum:"1" doc:"Only of this payment; of every month, unless one is named."`
}

// CursorPaging is which part of a list is wanted that nobody counts.
type CursorPaging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
	Cursor string `query:"cursor" maxLength:"600" doc:"Where to go on: next of the answer before, with the same filters."`
}

func (p CursorPaging) paging() Paging { return Paging{Limit: p.Limit, Cursor: p.Cursor} }

func (a *API) listEntries(ctx context.Context, c *call, in *listEntries) (*listed[Entry], error) {
	_, span, _, err := a.month(ctx, c, in.InMonth)
	if err != nil {
		return nil, err
	}
	ask := payments.JournalAsk{
		Merchant: c.payee(), Span: span, Account: payments.Account(in.Account), Currency: money.Currency(in.Currency), Order: payments.OrderID(in.Order), Payment: payments.PaymentID(in.Payment),
	}
	if in.Month == "" && (in.Order != 0 || in.Payment != 0) {
		ask.Span = payments.Span{}
	}
	list := c.listOf(ask)
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	after, err := at.moment()
	if err != nil {
		return nil, err
	}
	found, err := a.Payments.JournalPage(ctx, ask, after, in.Limit+1)
	return &listed[Entry]{pageOf(a, list, in.paging(), found, c.entryView, func(b payments.Booked) place {
		return place{Key: b.At.Format(time.RFC3339Nano), ID: b.ID}
	})}, err
}

// moment is a place in a journal.
func (p place) moment() (payments.Place, error) {
	if p == (place{}) {
		return payments.Place{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, p.Key)
	return payments.Place{At: at, ID: p.ID}, err
}

// OpenItem is something about money that nobody has dealt with.
type OpenItem struct {
	Name    string    `json:"name" example:"review:12"`
	Reason  string    `json:"reason" example:"wrong_amount"`
	Subject string    `json:"subject" example:"ch_1"`
	Amount  Sum       `json:"amount"`
	Opened  time.Time `json:"opened_at"`
}

func openItemView(i payments.OpenItem) OpenItem {
	return OpenItem{i.Name, i.Reason, i.Subject, sumView(i.Amount), i.Opened}
}

// OpenItems are those that keep a month from being closed.
type OpenItems struct {
	Items []OpenItem `json:"items"`
}

// mostOpen is how many open items are shown.
const mostOpen = 500

func (a *API) listOpenItems(ctx context.Context, c *call, in *listBalances) (*plain[OpenItems], error) {
	_, span, _, err := a.month(ctx, c, in.InMonth)
	if err != nil {
		return nil, err
	}
	found, err := a.Payments.OpenItems(ctx, c.payee(), span.To, mostOpen)
	return &plain[OpenItems]{OpenItems{all(found, openItemView)}}, err
}

// Period is a closed month.
type Period struct {
	Month    string     `json:"month" example:"2026-10"`
	Zone     string     `json:"time_zone" example:"Europe/Berlin"`
	From     time.Time  `json:"from"`
	To       time.Time  `json:"to"`
	Entries  int64      `json:"entries" doc:"How many are dated in it."`
	Position int64      `json:"chain_position" doc:"Where the chain of hashes ended."`
	Hash     string     `json:"chain_hash"`
	Closed   time.Time  `json:"closed_at"`
	ClosedBy string     `json:"closed_by" example:"staff:1"`
	Note     string     `json:"note"`
	Open     []OpenItem `json:"open,omitempty" doc:"What stayed open; only in the answer to who closes it."`
}

func periodView(p payments.Period) Period {
	return Period{p.Month.String(), p.Zone, p.Span.From, p.Span.To, p.Entries, p.Position, p.Hash, p.Closed, p.ClosedBy, p.Note, all(p.Open, openItemView)}
}

type listPeriods struct {
	ShopPath
	CursorPaging
}

func (a *API) listPeriods(ctx context.Context, c *call, in *listPeriods) (*listed[Period], error) {
	list := c.listOf(nil)
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	var before payments.Month
	if at.Key != "" {
		if before, err = payments.ParseMonth(at.Key); err != nil {
			return nil, err
		}
	}
	found, err := a.Payments.Periods(ctx, c.payee(), before, min(in.Limit+1, 200))
	return &listed[Period]{pageOf(a, list, in.paging(), found, periodView, func(p payments.Period) place { return place{Key: p.Month.String()} })}, err
}

// Closing is a month to be closed.
type Closing struct {
	Month   string   `json:"month" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" example:"2026-10"`
	Despite []string `json:"despite,omitempty" maxItems:"500" doc:"Names of items that stay open; each one that is open must be among them."`
	Note    string   `json:"note,omitempty" maxLength:"1000" doc:"Needed when something stays open."`
}

type closePeriod struct {
	ShopPath
	Body Closing
}

func (a *API) closePeriod(ctx context.Context, c *call, in *closePeriod) (*plain[Period], []deed, error) {
	month, _, zone, err := a.month(ctx, c, InMonth{in.Body.Month})
	if err != nil {
		return nil, nil, err
	}
	p, err := a.Payments.ClosePeriod(ctx, payments.Closing{Merchant: c.payee(), Month: month, Zone: zone, Who: c.who, Despite: in.Body.Despite, Note: in.Body.Note})
	if err != nil {
		return nil, nil, err
	}
	view := periodView(p)
	return &plain[Period]{view}, []deed{{subject: fmt.Sprintf("month:%s", month), note: in.Body.Note, became: view}}, nil
}
