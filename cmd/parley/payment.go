package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"text/tabwriter"
	"time"

	"parley/catalog"
	"parley/catalog/money"
	"parley/orders"
	"parley/payments"
)

type paymentCommand struct {
	Confirm paymentConfirm `cmd:"" help:"Say that money for an order came by hand: all that it owes, a part of it, or more."`
	List    paymentList    `cmd:"" help:"List what was asked for an order and what came."`
}

// Help is what --help adds.
func (paymentCommand) Help() string {
	return `An order that has received a part waits for the rest without an end, keeps its goods, and its buyer is told what is left. What is
more than it owes waits in the queue ("parley review list"), as does what it cannot take, and the parts of an order that is
cancelled before the rest came.

  parley payment confirm meadow 1042 --way transfer --amount 40.00 --who olga
  parley payment list meadow 1042`
}

type paymentConfirm struct {
	Shop     string `arg:"" help:"The shop's name in links."`
	Order    string `arg:"" help:"The order's number."`
	Way      string `required:"" enum:"cod,transfer" help:"How it came: cod, transfer."`
	Amount   string `help:"How much, in the order's currency, such as 10.00; without it, all that is owed." placeholder:"SUM"`
	Received string `help:"What the order had received when you looked: refused when that has changed. Needed when it owes nothing." placeholder:"SUM"`
	Who      string `required:"" help:"Who has it." placeholder:"LOGIN"`
	Key      string `help:"Repeating the command with the same key repeats nothing; without it each command is a sum of its own." placeholder:"TEXT"`
}

// Run confirms money.
func (p paymentConfirm) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withOrder(ctx, settings, tty, p.Shop, p.Order, func(s *shop, shop catalog.Merchant, order orders.Order) (err error) {
		r := payments.Receipt{
			Merchant: payments.MerchantID(shop.ID), Order: payments.OrderID(order.ID), Gateway: p.Way, Amount: order.Owed(), Request: "command:" + p.Key, Who: p.Who,
		}
		if p.Key == "" {
			r.Request += rand.Text()
		}
		if p.Amount != "" {
			if r.Amount, err = money.Parse(p.Amount, order.Totals.Total.Currency); err != nil {
				return inEnglish(err)
			}
		}
		if p.Received != "" {
			seen, err := money.Parse(p.Received, order.Totals.Total.Currency)
			if err != nil {
				return inEnglish(err)
			}
			r.Seen = &seen
		}
		did, err := s.payments.Confirm(ctx, r)
		if err != nil {
			return inEnglish(err)
		}
		says := fmt.Sprintf("order %s took %s; %s is still to be paid", order.Number, did.Taken, did.Left)
		if did.Surplus.Minor > 0 {
			says += fmt.Sprintf("; %s waits in the queue of reviews", did.Surplus)
		}
		_, err = fmt.Fprintln(tty.out, says)
		return err
	})
}

type paymentList struct {
	Shop  string `arg:"" help:"The shop's name in links."`
	Order string `arg:"" help:"The order's number."`
}

// Run lists payments.
func (p paymentList) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withOrder(ctx, settings, tty, p.Shop, p.Order, func(s *shop, shop catalog.Merchant, order orders.Order) error {
		all, err := s.payments.ListByOrder(ctx, payments.MerchantID(shop.ID), payments.OrderID(order.ID))
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(tty.out, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "ID\tWAY\tSTATUS\tASKED\tCAME\tOPENED")
		for _, one := range all {
			_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", one.ID, one.Gateway, one.Status, one.Amount, one.Captured, one.Opened.Format(time.DateTime))
		}
		_, _ = fmt.Fprintf(table, "received %s of %s\n", order.Received(), order.Totals.Total)
		return table.Flush()
	})
}
