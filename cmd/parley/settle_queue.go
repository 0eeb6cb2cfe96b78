package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"parley/orders"
	"parley/payments"
	"parley/payments/reconcile"
	"parley/payments/settlement"
)

// itemShown is an item of the queue for programs.
type itemShown struct {
	ID        int64                 `json:"id"`
	Shop      string                `json:"shop"`
	Gateway   string                `json:"gateway"`
	Class     reconcile.Class       `json:"class"`
	Subject   string                `json:"subject"`
	Amount    string                `json:"amount"` // major units
	Currency  string                `json:"currency"`
	Order     string                `json:"order_id"`
	Charge    string                `json:"charge_id"`
	Refund    string                `json:"refund_id"`
	Payout    string                `json:"payout_id"`
	Since     time.Time             `json:"since"`
	AgeDays   int                   `json:"age_days"`
	State     settlement.Standing   `json:"state"`
	Note      string                `json:"note"`
	Suggested []settlement.Action   `json:"suggested"`
	Decisions []settlement.Decision `json:"decisions,omitempty"`
}

func shown(i settlement.Item, names map[payments.MerchantID]string, now time.Time) itemShown {
	return itemShown{
		ID: int64(i.Number), Shop: names[i.Merchant], Gateway: i.Gateway, Class: i.Class, Subject: i.Subject, Amount: i.Amount.Major(), Currency: string(i.Amount.Currency),
		Order: orderOrNone(i.Order), Charge: i.Charge, Refund: i.Refund, Payout: i.Payout, Since: i.Since, AgeDays: int(i.Age(now) / (24 * time.Hour)), State: i.Standing,
		Note: i.Detail, Suggested: i.Suggested(),
	}
}

type settleQueue struct {
	Class   string        `help:"Only this class, such as psp_only." placeholder:"CLASS"`
	Older   time.Duration `help:"Only what has been unexplained for so long, such as 72h." placeholder:"TIME"`
	Nobodys bool          `help:"Only what nobody knows the shop of."`
	State   string        `default:"open" enum:"open,matched,accepted,dismissed,explained,all" help:"Items that stand like that: open, matched, accepted, dismissed, explained, all."`
	After   int64         `help:"Go on after this item." placeholder:"ID"`
	Limit   int           `default:"50" help:"How many at most, up to 200."`
	JSON    bool          `name:"json" help:"Answer as JSON."`
	settleShop
}

// Run lists the queue.
func (q settleQueue) Run(ctx context.Context, settings *Settings, tty terminal) error {
	if q.Class != "" && !slices.Contains(reconcile.Classes(), reconcile.Class(q.Class)) {
		return wrong("--class is %q; it should be one of %v", q.Class, reconcile.Classes())
	}
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := q.merchant(ctx, s)
		if err != nil {
			return err
		}
		items, err := s.settlement.Queue(ctx, settlement.QueueAsk{
			Merchant: merchant, Nobodys: q.Nobodys, Class: reconcile.Class(q.Class), Standing: settlement.Standing(q.State), Older: q.Older,
			After: settlement.ItemID(q.After), Limit: q.Limit,
		})
		if err != nil {
			return err
		}
		names, err := slugs(ctx, s)
		if err != nil {
			return err
		}
		all := make([]itemShown, len(items))
		for i, item := range items {
			all[i] = shown(item, names, time.Now())
		}
		if q.JSON {
			return asJSON(tty.out, all)
		}
		return tellItems(tty.out, all)
	})
}

func tellItems(out io.Writer, all []itemShown) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(out, "the queue is empty")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tCLASS\tAMOUNT\tAGE\tSHOP\tABOUT\tSTATE\tCAN BE\tNOTE")
	for _, i := range all {
		about := i.Subject
		if i.Order != "" {
			about += ", order " + i.Order
		}
		can := make([]string, len(i.Suggested))
		for n, action := range i.Suggested {
			can[n] = string(action)
		}
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s %s\t%dd\t%s\t%s\t%s\t%s\t%s\n", i.ID, i.Class, i.Amount, i.Currency, i.AgeDays, i.Shop, about, i.State, strings.Join(can, ", "), i.Note)
	}
	return table.Flush()
}

type settleShow struct {
	ID   int64 `arg:"" help:"The item's number."`
	JSON bool  `name:"json" help:"Answer as JSON."`
}

// Run shows an item.
func (c settleShow) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withShop(ctx, settings, tty, func(s *shop) error { return showItem(ctx, s, tty, c.ID, c.JSON) })
}

func showItem(ctx context.Context, s *shop, tty terminal, id int64, json bool) error {
	item, decisions, err := s.settlement.Item(ctx, 0, settlement.ItemID(id))
	if err != nil {
		return inWords(err)
	}
	names, err := slugs(ctx, s)
	if err != nil {
		return err
	}
	one := shown(item, names, time.Now())
	one.Decisions = decisions
	if json {
		return asJSON(tty.out, one)
	}
	if err := tellItems(tty.out, []itemShown{one}); err != nil {
		return err
	}
	for _, d := range decisions {
		if _, err := fmt.Fprintf(tty.out, "%s  %s by %s: %s\n", d.At.Format(time.DateTime), d.What, d.Who, d.Note); err != nil {
			return err
		}
	}
	return nil
}

// decided is what every decision says.
type decided struct {
	ID   int64  `arg:"" help:"The item's number."`
	Who  string `required:"" help:"Who decides." placeholder:"LOGIN"`
	Note string `required:"" help:"Why."`
	JSON bool   `name:"json" help:"Answer as JSON."`
}

func (d decided) run(ctx context.Context, settings *Settings, tty terminal, what settlement.Action, more func(s *shop, c *settlement.Choice) error) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		choice := settlement.Choice{Item: settlement.ItemID(d.ID), What: what, Who: d.Who, Note: d.Note}
		if more != nil {
			if err := more(s, &choice); err != nil {
				return err
			}
		}
		if err := s.settlement.Decide(ctx, choice); err != nil {
			return inWords(err)
		}
		return showItem(ctx, s, tty, d.ID, d.JSON)
	})
}

type settleMatch struct {
	decided
	Order  string `help:"The order that a charge or a refund belongs to." placeholder:"NUMBER"`
	Payout string `help:"The payout that a line of the bank is of." placeholder:"ID"`
	Line   int64  `help:"The line of the bank that a payout came with, from settle queue." placeholder:"ID"`
}

// Run matches by hand.
func (m settleMatch) Run(ctx context.Context, settings *Settings, tty terminal) error {
	if m.Order == "" && m.Payout == "" && m.Line == 0 {
		return wrong("say what the item belongs to: --order, --payout or --line")
	}
	return m.run(ctx, settings, tty, settlement.Match, func(_ *shop, c *settlement.Choice) error {
		c.Payout, c.Line = m.Payout, settlement.LineID(m.Line)
		if m.Order == "" {
			return nil
		}
		order := orders.OfNumber(m.Order)
		if order == 0 {
			return wrong("--order is %q; it should be an order's number", m.Order)
		}
		c.Order = payments.OrderID(order)
		return nil
	})
}

type settleAccept struct {
	decided
	Shop string `help:"Whose it is from now on, when nobody knows." placeholder:"SLUG"`
}

// Run accepts.
func (a settleAccept) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return a.run(ctx, settings, tty, settlement.Accept, func(s *shop, c *settlement.Choice) (err error) {
		c.For, err = merchantNamed(ctx, s, a.Shop)
		return err
	})
}

type settleDismiss struct{ decided }

// Run dismisses.
func (d settleDismiss) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return d.run(ctx, settings, tty, settlement.Dismiss, nil)
}

type settleReopen struct{ decided }

// Run reopens.
func (r settleReopen) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return r.run(ctx, settings, tty, settlement.Reopen, nil)
}
