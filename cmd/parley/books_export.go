package main

import (
	"context"
	"io"
	"strings"
	"time"

	"parley/catalog/money"
	"parley/payments/books"
)

type booksExport struct {
	inMonth
	Format     string   `required:"" enum:"csv,xlsx,1c,xero,quickbooks,datev" help:"csv, xlsx; 1c (1CClientBankExchange: each processor's account as a bank statement); the journal for xero, quickbooks or datev." placeholder:"FORMAT"`
	Kind       string   `enum:"balances,journal,statements,charges,orders," default:"" help:"Of csv and xlsx: balances, journal, statements, charges, orders. An xlsx without it has a sheet of each; a csv is the journal." placeholder:"KIND"`
	Number     []string `sep:"none" help:"What an account is called in your chart of accounts, as ACCOUNT=NUMBER, such as clearing:stripe=1361 or clearing:stripe:EUR=1361. May be repeated; datev needs all." placeholder:"ACCOUNT=NUMBER"`
	Currency   string   `help:"xero: the organisation's own, where the books have several." placeholder:"CODE"`
	Consultant int      `help:"datev: Beraternummer." placeholder:"NUMBER"`
	Client     int      `help:"datev: Mandantennummer." placeholder:"NUMBER"`
	Output     string   `short:"o" default:"-" help:"The file to write; - is standard output." placeholder:"FILE"`
}

// Run writes a month to a file. The file is replaced when all of it is written and adds up, and not before.
func (c booksExport) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return c.open(ctx, settings, tty, func(b bookshelf) error {
		export := books.Export{
			Merchant: b.payee, Shop: b.merchant.Name.In(c.Language), Span: b.span, Zone: b.zone, Made: time.Now(), Kind: books.Kind(c.Kind),
			Format: books.Format(c.Format), Numbers: map[string]string{}, Currency: money.Currency(strings.ToUpper(c.Currency)),
			DATEV: books.DATEVClient{Consultant: c.Consultant, Client: c.Client}, Say: b.say, Number: orderNumber,
		}
		if export.Format == books.CSV && export.Kind == "" {
			export.Kind = books.Journal
		}
		for _, one := range c.Number {
			account, number, is := strings.Cut(one, "=")
			if !is {
				return wrong("--number is %q; it should look like clearing:stripe=1361", one)
			}
			export.Numbers[account] = number
		}
		write := func(to io.Writer) error { return export.Write(ctx, b.payments, to) }
		if c.Output == "-" {
			return write(tty.out)
		}
		return replace(c.Output, write)
	})
}
