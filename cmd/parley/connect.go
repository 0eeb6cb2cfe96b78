package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"parley/admin"
	"parley/catalog"
	"parley/catalog/money"
	"parley/payments"
)

type shopConnect struct {
	Shop    string `arg:"" help:"The shop's name in links."`
	Gateway string `default:"stripe" help:"The payment system."`
	Look    bool   `help:"Only ask how the account stands; make no way to the payment system's page."`
}

// Run opens a shop's own account at a payment system and shows how it stands, with the way to the page where its owner says
// what is wanted.
func (n shopConnect) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return inShop(ctx, settings, tty, n.Shop, func(s *shop, merchant catalog.Merchant) error {
		id, link := payments.MerchantID(merchant.ID), ""
		if !n.Look {
			var err error
			if link, err = s.payments.Onboard(ctx, id, n.Gateway, admin.EnrolmentOf(merchant)); err != nil {
				return inEnglish(err)
			}
			if err := s.accounts.Record(ctx, admin.Deed{Merchant: merchant.ID, Who: admin.Console, What: "seller.onboarded", Subject: "seller:" + n.Gateway}); err != nil {
				return err
			}
		}
		one, err := s.payments.LookAtSeller(ctx, id, n.Gateway)
		if err != nil {
			return inEnglish(err)
		}
		return tellSeller(tty.out, one, link)
	})
}

func tellSeller(out io.Writer, one payments.Seller, link string) error {
	mode, paid := "of tests", "can't be paid yet"
	if one.Live {
		mode = "of real money"
	}
	switch {
	case one.Charges && one.Payouts:
		paid = "can be paid"
	case one.Charges:
		paid = "can be paid, and its money can't go to its bank yet"
	}
	said := fmt.Sprintf("the account %s (%s) %s", one.Account, mode, paid)
	if one.Barred != "" {
		said += "; barred: " + one.Barred
	}
	if len(one.Due) > 0 {
		said += "; still wanted: " + strings.Join(one.Due, ", ")
	}
	if link != "" {
		said += "\nits owner goes on here, once and within minutes:\n" + link
	}
	_, err := fmt.Fprintln(out, said)
	return err
}

type shopFee struct {
	Shop  string `arg:"" help:"The shop's name in links."`
	Rate  string `help:"Of each payment, such as 2.9%." placeholder:"PERCENT"`
	Fixed string `help:"And a fixed sum in the shop's currency, such as 0.30." placeholder:"SUM"`
	Bears string `name:"lost-disputes" enum:"shop,platform," default:"" help:"Who bears what disputes that are lost took: shop (it is taken back from its own account) or platform." placeholder:"WHO"`
}

// Run changes what the platform keeps of a shop's payments, where a flag says so, and shows it.
func (f shopFee) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return inShop(ctx, settings, tty, f.Shop, func(s *shop, merchant catalog.Merchant) error {
		id := payments.MerchantID(merchant.ID)
		was, err := s.payments.CutOf(ctx, id)
		if err != nil {
			return err
		}
		cut := was
		if cut.Fixed.Minor == 0 {
			cut.Fixed.Currency = merchant.Currency
		}
		if f.Rate != "" {
			if cut.Rate, err = payments.ParseRate(f.Rate); err != nil {
				return wrong("--rate is %q; it should be from 0%% to 100%%, such as 2.9%%", f.Rate)
			}
		}
		if f.Fixed != "" {
			if cut.Fixed, err = money.Parse(f.Fixed, merchant.Currency); err != nil {
				return inEnglish(err)
			}
		}
		if f.Bears != "" {
			cut.Bears = f.Bears == "platform"
		}
		if cut != was && (f.Rate != "" || f.Fixed != "" || f.Bears != "") {
			if err := s.setCut(ctx, merchant, was, cut); err != nil {
				return inEnglish(err)
			}
		}
		_, err = fmt.Fprintf(tty.out, "the platform keeps %s and %s of each payment; disputes that are lost are the %s's loss\n", cut.Percent(), cut.Fixed, cut.Bearer())
		return err
	})
}

// setCut says what the platform keeps, and keeps that somebody said so.
func (s *shop) setCut(ctx context.Context, merchant catalog.Merchant, was, is payments.Cut) error {
	type shown struct {
		Rate     int64          `json:"rate_millionths"`
		Fixed    int64          `json:"fixed"`
		Currency money.Currency `json:"currency"`
		Bears    bool           `json:"bears_disputes"`
	}
	before, bad := json.Marshal(shown{was.Rate, was.Fixed.Minor, was.Fixed.Currency, was.Bears})
	after, worse := json.Marshal(shown{is.Rate, is.Fixed.Minor, is.Fixed.Currency, is.Bears})
	if err := errors.Join(bad, worse); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.payments.SetCut(ctx, payments.MerchantID(merchant.ID), is); err != nil {
			return err
		}
		return s.accounts.Record(ctx, admin.Deed{
			Merchant: merchant.ID, Who: admin.Console, What: "platform_fee.set", Subject: fmt.Sprintf("merchant:%d", merchant.ID), Was: string(before), Became: string(after),
		})
	})
}
