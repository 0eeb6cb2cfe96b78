package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/orders"
	"parley/payments"
)

type refundCommand struct {
	Grant    refundGrant    `cmd:"" help:"Agree to give money of an order back; it is sent by the server, or by whoever executes it where two people are wanted."`
	Execute  refundExecute  `cmd:"" help:"Send a refund that somebody else granted."`
	Withdraw refundWithdraw `cmd:"" help:"Take a grant back before it was executed."`
	List     refundList     `cmd:"" help:"List the refunds of an order."`
}

type refundGrant struct {
	Shop    string   `arg:"" help:"The shop's name in links."`
	Order   string   `arg:"" help:"The order's number."`
	Amount  string   `help:"How much, in the order's currency, such as 10.00." placeholder:"SUM"`
	Piece   []string `help:"Instead of an amount: pieces of a line, as LINE:QUANTITY; the first line is 1. May be repeated." placeholder:"LINE:QUANTITY"`
	Payment int64    `help:"Of which payment, by its number in payment list, where the order was paid in parts; else of the oldest that has so much." placeholder:"N"`
	Reason  string   `required:"" help:"Why the money goes back."`
	Who     string   `required:"" help:"Who grants it." placeholder:"LOGIN"`
	Key     string   `help:"Repeating the command with the same key repeats nothing; without it each command is a refund of its own." placeholder:"TEXT"`
}

// Run grants a refund.
func (r refundGrant) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withOrder(ctx, settings, tty, r.Shop, r.Order, func(s *shop, shop catalog.Merchant, order orders.Order) error {
		ask := payments.RefundAsk{
			Merchant: payments.MerchantID(shop.ID), Order: payments.OrderID(order.ID), Payment: payments.PaymentID(r.Payment), Reason: r.Reason, Request: r.Key, Who: r.Who,
		}
		if r.Key == "" {
			ask.Request = "command:" + rand.Text()
		}
		var err error
		if r.Amount != "" {
			if ask.Amount, err = money.Parse(r.Amount, order.Totals.Total.Currency); err != nil {
				return inEnglish(err)
			}
		}
		if ask.Pieces, err = pieces(r.Piece); err != nil {
			return err
		}
		refund, err := s.payments.GrantRefund(ctx, ask)
		if err != nil {
			return inEnglish(err)
		}
		return tellRefunds(tty.out, refund)
	})
}

func pieces(written []string) (all []payments.RefundPieces, err error) {
	for _, one := range written {
		line, quantity, _ := strings.Cut(one, ":")
		position, bad := strconv.Atoi(line)
		count, worse := strconv.Atoi(quantity)
		if bad != nil || worse != nil {
			return nil, wrong("--piece is %q; it should look like 1:2, line and quantity", one)
		}
		all = append(all, payments.RefundPieces{Position: position, Quantity: count})
	}
	return all, nil
}

type refundExecute struct {
	Shop string `arg:"" help:"The shop's name in links."`
	ID   int64  `arg:"" help:"The refund's number, from grant or list."`
	Who  string `required:"" help:"Who executes it." placeholder:"LOGIN"`
}

// Run sends a refund that was granted.
func (r refundExecute) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return inShop(ctx, settings, tty, r.Shop, func(s *shop, shop catalog.Merchant) error {
		refund, err := s.payments.ExecuteRefund(ctx, payments.MerchantID(shop.ID), payments.RefundID(r.ID), r.Who)
		if err != nil {
			return inEnglish(err)
		}
		return tellRefunds(tty.out, refund)
	})
}

type refundWithdraw struct {
	Shop string `arg:"" help:"The shop's name in links."`
	ID   int64  `arg:"" help:"The refund's number, from grant or list."`
	Who  string `required:"" help:"Who takes it back." placeholder:"LOGIN"`
}

// Run takes a grant back.
func (r refundWithdraw) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return inShop(ctx, settings, tty, r.Shop, func(s *shop, shop catalog.Merchant) error {
		refund, err := s.payments.WithdrawRefund(ctx, payments.MerchantID(shop.ID), payments.RefundID(r.ID), r.Who)
		if err != nil {
			return inEnglish(err)
		}
		return tellRefunds(tty.out, refund)
	})
}

type refundList struct {
	Shop  string `arg:"" help:"The shop's name in links."`
	Order string `arg:"" help:"The order's number."`
}

// Run lists refunds.
func (r refundList) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withOrder(ctx, settings, tty, r.Shop, r.Order, func(s *shop, shop catalog.Merchant, order orders.Order) error {
		all, err := s.payments.RefundsOf(ctx, payments.MerchantID(shop.ID), payments.OrderID(order.ID))
		if err != nil {
			return err
		}
		return tellRefunds(tty.out, all...)
	})
}

func tellRefunds(out io.Writer, all ...payments.Refund) error {
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tAMOUNT\tSTATUS\tGRANTED BY\tEXECUTED BY\tREASON")
	for _, r := range all {
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Amount, r.Status, r.GrantedBy, r.ExecutedBy, r.Reason)
	}
	return table.Flush()
}

func inShop(ctx context.Context, settings *Settings, tty terminal, slug string, do func(*shop, catalog.Merchant) error) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := s.catalog.MerchantBySlug(ctx, slug)
		if fault.KindOf(err) == fault.Missing {
			return fmt.Errorf("there is no shop %q; it should be the name in its link", slug)
		}
		if err != nil {
			return err
		}
		return do(s, merchant)
	})
}

func withOrder(ctx context.Context, settings *Settings, tty terminal, slug, number string, do func(*shop, catalog.Merchant, orders.Order) error) error {
	return inShop(ctx, settings, tty, slug, func(s *shop, merchant catalog.Merchant) error {
		order, err := s.orders.FindByNumber(ctx, merchant.ID, number)
		if err != nil {
			return inEnglish(err)
		}
		return do(s, merchant, order)
	})
}

type shopMoney struct {
	Shop             string         `arg:"" help:"The shop's name in links."`
	TwoStepRefunds   *bool          `help:"Have one person grant a refund and another execute it." negatable:""`
	TelegramToken    bool           `name:"telegram-token-stdin" help:"Read the token of the shop's own payment provider in Telegram from standard input; nothing takes it away."`
	StarsRate        *string        `help:"How many Telegram Stars one unit of the shop's currency is worth, such as 60.5, for digital goods; 0 takes none." placeholder:"RATE"`
	StrandedGoesBack *time.Duration `help:"Give money that no order took back by itself after so long, such as 72h; 0 is never." placeholder:"TIME"`
}

// Run changes how a shop's money is handled, where a flag says so, and shows it.
func (m shopMoney) Run(ctx context.Context, settings *Settings, tty terminal) error {
	if m.StrandedGoesBack != nil && *m.StrandedGoesBack < 0 {
		return wrong("--stranded-goes-back is %s; it should be a time such as 72h, or 0", *m.StrandedGoesBack)
	}
	return inShop(ctx, settings, tty, m.Shop, func(s *shop, shop catalog.Merchant) error {
		merchant := payments.MerchantID(shop.ID)
		rules, err := s.payments.RulesOf(ctx, merchant)
		if err != nil {
			return err
		}
		if m.TwoStepRefunds != nil {
			rules.TwoStep = *m.TwoStepRefunds
		}
		if m.StrandedGoesBack != nil {
			rules.Stranded = m.StrandedGoesBack.Truncate(time.Second)
		}
		if err := s.payments.SetRules(ctx, merchant, rules); err != nil {
			return err
		}
		people, stranded := "one person", "waits for a person"
		if rules.TwoStep {
			people = "two people"
		}
		if rules.Stranded > 0 {
			stranded = "goes back by itself after " + rules.Stranded.String()
		}
		if _, err = fmt.Fprintf(tty.out, "refunds take %s; money that no order took %s\n", people, stranded); err != nil {
			return err
		}
		return m.inTelegram(ctx, s, merchant, tty)
	})
}

// inTelegram changes how a shop is paid inside Telegram's chats, where a flag says so, and shows it. The token itself is
// never shown, nor given as an argument, which others on the machine could read.
func (m shopMoney) inTelegram(ctx context.Context, s *shop, merchant payments.MerchantID, tty terminal) error {
	var token *string
	if m.TelegramToken {
		all, err := io.ReadAll(io.LimitReader(tty.in, 4096))
		if err != nil {
			return fmt.Errorf("the token can't be read: %w", err)
		}
		token = new(strings.TrimSpace(string(all)))
	}
	if token != nil || m.StarsRate != nil {
		if err := s.changeInTelegram(ctx, merchant, token, m.StarsRate); err != nil {
			return inEnglish(err)
		}
	}
	has, live, rate, err := s.desk.Shown(ctx, merchant)
	if err != nil {
		return err
	}
	provider, stars := "the program's payment provider, if it has one", "no Stars are taken"
	switch {
	case live:
		provider = "a payment provider of the shop's own, for real money"
	case has:
		provider = "a payment provider of the shop's own, in test mode"
	}
	if rate != "" {
		stars = rate + " Stars are worth one unit of its currency"
	}
	_, err = fmt.Fprintf(tty.out, "in Telegram it is paid by %s; %s\n", provider, stars)
	return err
}
