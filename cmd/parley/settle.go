package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
	"parley/payments/settlement"
	"parley/payments/stripe"
)

type settleCommand struct {
	Status  settleStatus  `cmd:"" default:"withargs" help:"How processors' balances and the books go together, and what is in the queue (the default)."`
	Pull    settlePull    `cmd:"" help:"Ask the processors for everything new and settle it; serve does that every hour and after each payout."`
	Import  settleImport  `cmd:"" help:"Bring in reports of a processor and bank statements from files."`
	Payouts settlePayouts `cmd:"" help:"List payouts: what they consist of, and whether the bank has them."`
	Rows    settleRows    `cmd:"" help:"List balance transactions: of a payout, a charge or a shop."`
	Queue   settleQueue   `cmd:"" help:"List what does not fit, with its reason and what can be done."`
	Show    settleShow    `cmd:"" help:"Show an item of the queue and what was decided about it."`
	Match   settleMatch   `cmd:"" help:"Say what an item belongs to: an order, a payout, a line of the bank."`
	Accept  settleAccept  `cmd:"" help:"Take an item as the processor says it: the books follow."`
	Dismiss settleDismiss `cmd:"" help:"Say that an item needs nothing; the books stay as they are."`
	Reopen  settleReopen  `cmd:"" help:"Look at an item again that was dealt with."`
	Fees    settleFees    `cmd:"" help:"Say what a processor may keep by contract: other fees go to the queue."`
	Account settleAccount `cmd:"" help:"Say whose a processor's account is, and when a payout counts as in the bank."`
}

// Help is what --help adds.
func (settleCommand) Help() string {
	return `A processor lists what it did with the money (balance transactions) and what it sent to the bank (payouts); the bank lists
what came. Settling stores both, matches every row to the books, has the books follow to the cent (fees, conversions, money
on its way), and queues what does not fit with one of the classes of "parley reconcile". Bringing in the same again
changes nothing. "parley verify" checks afterwards that the clearing accounts are the processors' balances.

  parley settle pull
  parley settle import activity.csv payouts.csv statement.txt
  parley settle queue --class psp_only
  parley settle match 17 --order 1042 --note "paid by a link that was sent by hand" --who olga`
}

// settleShop is whose money a command is about.
type settleShop struct {
	Shop string `help:"Only this shop's, by its name in links." placeholder:"SLUG"`
}

// merchant is zero for all shops.
func (f settleShop) merchant(ctx context.Context, s *shop) (payments.MerchantID, error) {
	return merchantNamed(ctx, s, f.Shop)
}

func merchantNamed(ctx context.Context, s *shop, slug string) (payments.MerchantID, error) {
	if slug == "" {
		return 0, nil
	}
	found, err := s.catalog.MerchantBySlug(ctx, slug)
	if fault.KindOf(err) == fault.Missing {
		return 0, fmt.Errorf("there is no shop %q; it should be the name in its link", slug)
	}
	return payments.MerchantID(found.ID), err
}

// slugs are the shops' names in links, for tables.
func slugs(ctx context.Context, s *shop) (map[payments.MerchantID]string, error) {
	all, err := s.catalog.Merchants(ctx)
	names := map[payments.MerchantID]string{0: "-"}
	for _, m := range all {
		names[payments.MerchantID(m.ID)] = m.Slug
	}
	return names, err
}

// asJSON prints for programs.
func asJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// inWords is how a command that works on money fails.
func inWords(err error) error {
	if err == nil {
		return nil
	}
	return inEnglish(err)
}

type settlePull struct {
	Gateway []string `arg:"" optional:"" help:"Only these processors; else all that can be asked."`
	JSON    bool     `name:"json" help:"Answer as JSON."`
}

// Run pulls.
func (p settlePull) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		if err := s.reachBot(); err != nil {
			return err
		}
		gateways := p.Gateway
		if len(gateways) == 0 {
			gateways = s.payments.SettlingNames()
		}
		if len(gateways) == 0 {
			return fmt.Errorf("there is no processor that can be asked; set PARLEY_STRIPE_SECRET_KEY, or PARLEY_TELEGRAM_TOKEN for Stars, or bring in its reports: parley settle import FILE")
		}
		if err := s.payments.CatchUp(ctx); err != nil { // so that what nobody heard of is not taken for a stranger's
			return inWords(err)
		}
		done := map[string]settlement.Taken{}
		for _, gateway := range gateways {
			taken, err := s.settlement.Pull(ctx, gateway)
			if err != nil {
				return inWords(err)
			}
			done[gateway] = taken
			if !p.JSON {
				if _, err := fmt.Fprintf(tty.out, "%s: %s\n", gateway, tookOf(taken)); err != nil {
					return err
				}
			}
		}
		if p.JSON {
			return asJSON(tty.out, done)
		}
		return nil
	})
}

func tookOf(taken settlement.Taken) string {
	return fmt.Sprintf("%d new rows, %d matched, %d in the queue; %d known before", taken.Rows, taken.Matched, taken.Queued, taken.Known)
}

type settleImport struct {
	Files    []string `arg:"" help:"Stripe's reports (balance_change_from_activity.itemized, payout_reconciliation.itemized, payouts.itemized) and bank statements (CSV, 1CClientBankExchange), told apart by what is in them." placeholder:"FILE"`
	Gateway  string   `default:"stripe" help:"Whose reports they are." placeholder:"NAME"`
	Timezone string   `default:"UTC" help:"Of the reports' local columns." placeholder:"ZONE"`
	Currency string   `help:"Of a bank statement that does not say it." placeholder:"CODE"`
	JSON     bool     `name:"json" help:"Answer as JSON."`
	settleShop
}

// Help is what --help adds.
func (settleImport) Help() string {
	return `A file that can't be read exactly brings in nothing: its row and column are said and the exit code is 1; files before it are
in. Bring in the activity before the list of payouts. With --shop a bank statement is of that shop's own account.
A bank statement has at most 64 MB; reports may be of any size.`
}

// Run imports each file.
func (i settleImport) Run(ctx context.Context, settings *Settings, tty terminal) error {
	zone, err := time.LoadLocation(i.Timezone)
	if err != nil {
		return wrong("--timezone is %q; it should be a name such as Europe/Berlin", i.Timezone)
	}
	if i.Currency != "" && !money.Currency(i.Currency).Valid() {
		return wrong("--currency is %q; it should be a code of ISO 4217, such as EUR", i.Currency)
	}
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := i.merchant(ctx, s)
		if err != nil {
			return err
		}
		all := map[string]settlement.Imported{}
		for _, path := range i.Files {
			done, err := importReport(ctx, s, path, settlement.File{Gateway: i.Gateway, Zone: zone, Merchant: merchant, Currency: money.Currency(i.Currency)})
			if err != nil {
				return inWords(err)
			}
			all[path] = done
			if i.JSON {
				continue
			}
			says := fmt.Sprintf("%d payouts", done.Payouts)
			switch done.Form {
			case "balance transactions":
				says = tookOf(done.Taken)
			case "bank statement":
				says = fmt.Sprintf("%d new lines; %d known before", done.Lines, done.Known)
			}
			if _, err := fmt.Fprintf(tty.out, "%s: %s: %s\n", path, done.Form, says); err != nil {
				return err
			}
		}
		if i.JSON {
			return asJSON(tty.out, all)
		}
		return nil
	})
}

func importReport(ctx context.Context, s *shop, path string, how settlement.File) (settlement.Imported, error) {
	file, err := os.Open(path)
	if err != nil {
		return settlement.Imported{}, fmt.Errorf("the file can't be read: %w", err)
	}
	defer func() { _ = file.Close() }() // was only read
	how.Name, how.From = filepath.Base(path), file
	return s.settlement.Import(ctx, how)
}

type settleStatus struct {
	JSON bool `name:"json" help:"Answer as JSON."`
	settleShop
}

// Run prints balances and totals.
func (c settleStatus) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := c.merchant(ctx, s)
		if err != nil {
			return err
		}
		balances, err := s.settlement.Balances(ctx)
		if err != nil {
			return err
		}
		accounts, err := s.settlement.Accounts(ctx)
		if err != nil {
			return err
		}
		totals, err := s.settlement.QueueTotals(ctx, settlement.QueueAsk{Merchant: merchant})
		if err != nil {
			return err
		}
		if c.JSON {
			return asJSON(tty.out, map[string]any{"balances": balances, "accounts": accounts, "queue": totals})
		}
		names, err := slugs(ctx, s)
		if err != nil {
			return err
		}
		return tellStatus(tty.out, accounts, balances, totals, names)
	})
}

func tellStatus(out io.Writer, accounts []settlement.Account, balances []settlement.Balance, totals []settlement.QueueTotal, names map[payments.MerchantID]string) error {
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, a := range accounts {
		read := "nothing was read yet"
		if !a.ReadTo.IsZero() {
			read = "read to " + a.ReadTo.Format(time.DateTime) + " UTC"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\towner %s\n", a.Gateway, read, names[a.Owner])
	}
	for _, b := range balances {
		off := money.Of(b.Processor.Minor-b.Books.Minor, b.Currency)
		_, _ = fmt.Fprintf(table, "%s\tbalance %s\tclearing %s\tapart %s\n", b.Gateway, b.Processor, b.Books, off)
	}
	if len(totals) == 0 {
		_, _ = fmt.Fprintln(table, "the queue is empty")
	}
	for _, t := range totals {
		_, _ = fmt.Fprintf(table, "queue\t%s\t%d\t%s\tsince %s\n", t.Class, t.Count, t.Amount, t.Oldest.Format(time.DateOnly))
	}
	return table.Flush()
}

type settleAccount struct {
	Gateway      string  `arg:"" help:"The processor: stripe, stars."`
	Owner        *string `help:"The shop whose account it is: what belongs to no payment is theirs; empty is nobody's." placeholder:"SLUG"`
	PaidIsBanked *bool   `help:"A payout that the processor calls paid is in the bank, without a bank statement that says so." negatable:""`
}

// Run changes how an account is followed, where a flag says so, and shows it.
func (a settleAccount) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		if err := s.reachBot(); err != nil {
			return err
		}
		if a.Gateway != stripe.Name {
			if _, err := s.payments.Settling(a.Gateway); err != nil {
				return inWords(err)
			}
		}
		if a.Owner != nil {
			owner, err := merchantNamed(ctx, s, *a.Owner)
			if err != nil {
				return err
			}
			if err := s.settlement.Own(ctx, a.Gateway, owner); err != nil {
				return err
			}
		}
		if a.PaidIsBanked != nil {
			if err := s.settlement.PaidIsBanked(ctx, a.Gateway, *a.PaidIsBanked); err != nil {
				return err
			}
		}
		accounts, err := s.settlement.Accounts(ctx)
		if err != nil {
			return err
		}
		for _, one := range accounts {
			if one.Gateway != a.Gateway {
				continue
			}
			owner, bank := "nobody", "a line of the bank"
			if one.Owner != 0 {
				m, err := s.catalog.Merchant(ctx, catalog.MerchantID(one.Owner))
				if err != nil {
					return err
				}
				owner = m.Slug
			}
			if one.PaidIsBanked {
				bank = "the processor's word"
			}
			_, err = fmt.Fprintf(tty.out, "%s is owned by %s; a payout is in the bank by %s\n", one.Gateway, owner, bank)
		}
		return err
	})
}
