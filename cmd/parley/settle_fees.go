package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"parley/admin"
	"parley/catalog"
	"parley/payments"
	"parley/payments/reconcile"
)

type settleFees struct {
	Gateway string `arg:"" help:"The processor: stripe."`
	Set     string `help:"A file of terms: payment_method_type,card_country,rate,fixed,conversion_rate; * is any, and the first that fits counts." placeholder:"FILE" type:"existingfile"`
	Drop    bool   `help:"Forget the contract: fees are judged by what was booked of them."`
	JSON    bool   `name:"json" help:"Answer as JSON."`
	settleShop
}

// Run changes what a processor may keep, where a flag says so, and shows it: of a shop, or of all that have no contract of
// their own.
func (f settleFees) Run(ctx context.Context, settings *Settings, tty terminal) error {
	if f.Set != "" && f.Drop {
		return wrong("--set and --drop contradict each other; one of them should be left out")
	}
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := f.merchant(ctx, s)
		if err != nil {
			return err
		}
		if f.Set != "" || f.Drop {
			if err := f.change(ctx, s, merchant); err != nil {
				return inEnglish(err)
			}
		}
		terms, err := s.settlement.Contract(ctx, f.Gateway, merchant)
		if err != nil {
			return err
		}
		return tellTerms(tty.out, terms, f.JSON)
	})
}

func (f settleFees) change(ctx context.Context, s *shop, merchant payments.MerchantID) error {
	var terms reconcile.Contract
	if f.Set != "" {
		file, err := os.Open(f.Set)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		if terms, err = reconcile.ReadContract(reconcile.Source{Name: filepath.Base(f.Set), From: file}); err != nil {
			return err
		}
	}
	was, err := s.settlement.Contract(ctx, f.Gateway, merchant)
	if err != nil {
		return err
	}
	before, bad := json.Marshal(shownTerms(was))
	after, worse := json.Marshal(shownTerms(terms))
	if bad != nil || worse != nil {
		return fmt.Errorf("write down a contract: %w, %w", bad, worse)
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.settlement.SetContract(ctx, f.Gateway, merchant, terms); err != nil {
			return err
		}
		return s.accounts.Record(ctx, admin.Deed{
			Merchant: catalog.MerchantID(merchant), Who: admin.Console, What: "fee_contract.set", Subject: "gateway:" + f.Gateway, Was: string(before), Became: string(after),
		})
	})
}

// termShown is a term of a contract for programs.
type termShown struct {
	Method    string `json:"payment_method_type"`
	Country   string `json:"card_country"`
	Rate      string `json:"rate"`
	Fixed     string `json:"fixed"`
	Converted string `json:"conversion_rate"`
}

func shownTerms(terms reconcile.Contract) []termShown {
	all := make([]termShown, len(terms))
	for i, t := range terms {
		all[i] = termShown{t.Method, t.Country, t.Rate.String(), t.Fixed, t.Converted.String()}
	}
	return all
}

func tellTerms(out io.Writer, terms reconcile.Contract, plain bool) error {
	shown := shownTerms(terms)
	if plain {
		return asJSON(out, shown)
	}
	if len(shown) == 0 {
		_, err := fmt.Fprintln(out, "there is no contract: fees are judged by what was booked of them")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "METHOD\tCOUNTRY\tRATE\tFIXED\tCONVERTED")
	for _, t := range shown {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t+%s\n", t.Method, t.Country, t.Rate, t.Fixed, t.Converted)
	}
	return table.Flush()
}
