package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"parley/catalog"
	"parley/dialogs/texts"
	"parley/orders"
	"parley/payments"
	"parley/payments/books"
)

type booksCommand struct {
	Balances booksBalances `cmd:"" help:"What was in each account when a month began, what came and went, and what is in it."`
	Journal  booksJournal  `cmd:"" help:"Every entry of a month, an account or a payment, with its debits and credits."`
	Explain  booksExplain  `cmd:"" help:"Everything that was booked for an order, in plain sentences."`
	Export   booksExport   `cmd:"" help:"Write a month for accountants: CSV, a workbook, 1C, Xero, QuickBooks, DATEV."`
	Open     booksOpen     `cmd:"" help:"List what nobody has dealt with, which keeps a month from being closed."`
	Close    booksClose    `cmd:"" help:"Close a month: nothing is booked in it any more; corrections fall into the next."`
	Periods  booksPeriods  `cmd:"" help:"List the closed months."`
}

// inMonth is a shop and a month of its books; the shop's time zone says when the month begins.
type inMonth struct {
	Shop     string `arg:"" help:"The shop's name in links."`
	Month    string `help:"Such as 2026-10, in the shop's time zone; without it the present one." placeholder:"MONTH"`
	Language string `enum:"en,ru" default:"en" help:"Of sentences and of accounts' names: en, ru."`
}

// bookshelf is the books of a shop for a month.
type bookshelf struct {
	*shop
	merchant catalog.Merchant
	payee    payments.MerchantID
	zone     *time.Location
	month    payments.Month
	span     payments.Span
	language string
}

func (m inMonth) open(ctx context.Context, settings *Settings, tty terminal, do func(bookshelf) error) error {
	return inShop(ctx, settings, tty, m.Shop, func(s *shop, merchant catalog.Merchant) error {
		zone, err := time.LoadLocation(merchant.TimeZone)
		if err != nil {
			return err
		}
		shelf := bookshelf{s, merchant, payments.MerchantID(merchant.ID), zone, payments.MonthOf(time.Now().In(zone)), payments.Span{}, m.Language}
		if m.Month != "" {
			if shelf.month, err = payments.ParseMonth(m.Month); err != nil {
				return wrong("--month: %v", inEnglish(err))
			}
		}
		if shelf.span, err = s.payments.SpanOf(ctx, shelf.payee, shelf.month, zone); err != nil {
			return err
		}
		return inEnglish(do(shelf))
	})
}

func (b bookshelf) say(key string, args map[string]any) string {
	return texts.Say(b.language, key, args)
}

func orderNumber(id payments.OrderID) string { return orders.NumberOf(orders.OrderID(id)) }

type booksBalances struct{ inMonth }

// Run shows what a month did to each account.
func (c booksBalances) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return c.open(ctx, settings, tty, func(b bookshelf) error {
		all, err := b.payments.Turnovers(ctx, b.payee, b.span)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(tty.out, "%s, %s (%s)\n", b.merchant.Slug, b.month, b.zone)
		table := tabwriter.NewWriter(tty.out, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "ACCOUNT\tOPENING\tDEBIT\tCREDIT\tCLOSING\tCURRENCY\tNAME")
		for _, t := range all {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.Account, t.Opening.Major(), t.In.Major(), t.Out.Major(), t.Closing.Major(),
				t.Currency, books.AccountName(t.Account, b.say))
		}
		return table.Flush()
	})
}

type booksJournal struct {
	inMonth
	Account string `help:"Only entries that moved something there, such as clearing:stripe." placeholder:"ACCOUNT"`
	Payment int64  `help:"Only those of a payment, of whatever month." placeholder:"ID"`
}

// Run lists entries.
func (c booksJournal) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return c.open(ctx, settings, tty, func(b bookshelf) error {
		ask := payments.JournalAsk{Merchant: b.payee, Span: b.span, Account: payments.Account(c.Account), Payment: payments.PaymentID(c.Payment)}
		if c.Payment != 0 && c.Month == "" {
			ask.Span = payments.Span{}
		}
		return b.tellEntries(ctx, tty, ask)
	})
}

// tellEntries writes entries one by one: they may be many.
func (b bookshelf) tellEntries(ctx context.Context, tty terminal, ask payments.JournalAsk) error {
	return b.payments.Journal(ctx, ask, func(entry payments.Booked) error {
		of := ""
		if entry.Order != 0 {
			of = ", order " + orderNumber(entry.Order)
		}
		_, err := fmt.Fprintf(tty.out, "%s  entry %d%s: %s [%s %s]\n", entry.At.In(b.zone).Format("2006-01-02 15:04:05"), entry.ID, of,
			books.Explain(entry, b.say), entry.Source, entry.Key)
		if err == nil && !entry.Happened.IsZero() && entry.Happened.In(b.zone).Format("2006-01-02") != entry.At.In(b.zone).Format("2006-01-02") {
			_, err = fmt.Fprintf(tty.out, "    it happened %s\n", entry.Happened.In(b.zone).Format("2006-01-02 15:04:05"))
		}
		for _, move := range entry.Moves {
			if err == nil {
				_, err = fmt.Fprintf(tty.out, "    debit %s, credit %s: %s\n", move.To, move.From, move.Amount)
			}
		}
		return err
	})
}

type booksExplain struct {
	Shop     string `arg:"" help:"The shop's name in links."`
	Order    string `arg:"" help:"The order's number."`
	Language string `enum:"en,ru" default:"en" help:"Of the sentences: en, ru."`
}

// Run explains an order's money.
func (c booksExplain) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return inMonth{Shop: c.Shop, Language: c.Language}.open(ctx, settings, tty, func(b bookshelf) error {
		order, err := b.orders.FindByNumber(ctx, b.merchant.ID, c.Order)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(tty.out, "order %s: total %s, received %s, given back %s\n", order.Number, order.Totals.Total, order.Paid, order.Refunded)
		return b.tellEntries(ctx, tty, payments.JournalAsk{Merchant: b.payee, Order: payments.OrderID(order.ID)})
	})
}

type booksOpen struct{ inMonth }

// Run lists what keeps a month from being closed.
func (c booksOpen) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return c.open(ctx, settings, tty, func(b bookshelf) error {
		open, err := b.payments.OpenItems(ctx, b.payee, b.span.To, 1000)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(tty.out, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "NAME\tREASON\tAMOUNT\tSINCE\tABOUT")
		for _, item := range open {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", item.Name, item.Reason, item.Amount, item.Opened.In(b.zone).Format("2006-01-02 15:04"), item.Subject)
		}
		return table.Flush()
	})
}

type booksClose struct {
	Shop    string   `arg:"" help:"The shop's name in links."`
	Month   string   `arg:"" help:"Such as 2026-10; months are closed one after the other."`
	Who     string   `required:"" help:"Who closes it." placeholder:"LOGIN"`
	Despite []string `help:"An item that stays open all the same, as 'books open' names it; it needs a --note. May be repeated." placeholder:"NAME"`
	Note    string   `help:"Why items stay open, or anything else to be kept." placeholder:"TEXT"`
}

// Run closes a month.
func (c booksClose) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return inMonth{Shop: c.Shop, Month: c.Month, Language: "en"}.open(ctx, settings, tty, func(b bookshelf) error {
		p, err := b.payments.ClosePeriod(ctx, payments.Closing{
			Merchant: b.payee, Month: b.month, Zone: b.zone, Who: c.Who, Despite: c.Despite, Note: c.Note,
		})
		if err != nil {
			return err
		}
		return tellPeriods(tty, p)
	})
}

type booksPeriods struct {
	Shop string `arg:"" help:"The shop's name in links."`
}

// Run lists closed months.
func (c booksPeriods) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return inMonth{Shop: c.Shop, Language: "en"}.open(ctx, settings, tty, func(b bookshelf) error {
		all, err := b.payments.Periods(ctx, b.payee, payments.Month{}, 200)
		if err != nil {
			return err
		}
		for i := range all {
			if all[i], err = b.payments.Period(ctx, b.payee, all[i].Month); err != nil {
				return err
			}
		}
		return tellPeriods(tty, all...)
	})
}

func tellPeriods(tty terminal, all ...payments.Period) error {
	table := tabwriter.NewWriter(tty.out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "MONTH\tENTRIES\tCLOSED\tBY\tCHAIN\tLEFT OPEN\tNOTE")
	for _, p := range all {
		open := make([]string, len(p.Open))
		for i, item := range p.Open {
			open[i] = item.Name
		}
		_, _ = fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%d %.12s\t%s\t%s\n", p.Month, p.Entries, p.Closed.Format("2006-01-02 15:04 UTC"), p.ClosedBy,
			p.Position, p.Hash, strings.Join(open, " "), p.Note)
	}
	return table.Flush()
}
