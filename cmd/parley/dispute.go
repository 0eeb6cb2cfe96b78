package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"parley/catalog"
	"parley/payments"
)

type disputeCommand struct {
	List     disputeList     `cmd:"" help:"List what buyers' banks want back, and until when evidence is taken."`
	Show     disputeShow     `cmd:"" help:"Show a dispute and each balance transaction of it."`
	Evidence disputeEvidence `cmd:"" help:"Write everything that is known of the order: for reading, or as an archive."`
	Concede  disputeConcede  `cmd:"" help:"Give a dispute up: the buyer keeps the money, for good."`
	Submit   disputeSubmit   `cmd:"" help:"Send the evidence to the processor, for good; serve sends it."`
}

type disputeList struct {
	Shop    string `arg:"" help:"The shop's name in links."`
	Decided bool   `help:"Those that are over."`
	After   int64  `help:"Go on after this dispute." placeholder:"ID"`
	Limit   int    `default:"50" help:"How many at most, up to 200."`
}

// Run lists disputes.
func (l disputeList) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return inShop(ctx, settings, tty, l.Shop, func(s *shop, shop catalog.Merchant) error {
		all, err := s.payments.Disputes(ctx, payments.MerchantID(shop.ID), !l.Decided, payments.DisputeID(l.After), l.Limit)
		if err != nil {
			return err
		}
		return tellDisputes(tty, all...)
	})
}

func tellDisputes(tty terminal, all ...payments.Dispute) error {
	table := tabwriter.NewWriter(tty.out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tDISPUTE\tORDER\tAMOUNT\tSTATUS\tREASON\tDUE\tEVIDENCE")
	for _, d := range all {
		due := "-"
		if !d.Due.IsZero() {
			due = d.Due.Format(time.DateTime)
		}
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Ref, orderOrNone(d.Order), d.Amount, d.Status, d.Reason, due, d.Evidence.State)
	}
	return table.Flush()
}

type disputeShow struct {
	Shop string `arg:"" help:"The shop's name in links."`
	ID   int64  `arg:"" help:"The dispute's number, from list."`
}

// Run shows a dispute.
func (c disputeShow) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return inShop(ctx, settings, tty, c.Shop, func(s *shop, shop catalog.Merchant) error {
		d, err := s.payments.FindDispute(ctx, payments.MerchantID(shop.ID), payments.DisputeID(c.ID))
		if err != nil {
			return inEnglish(err)
		}
		if err := tellDisputes(tty, d); err != nil {
			return err
		}
		table := tabwriter.NewWriter(tty.out, 0, 4, 2, ' ', 0)
		for _, move := range d.Moves {
			_, _ = fmt.Fprintf(table, "%s\t%s\tfee %s\t%s\n", move.Transaction, move.Amount, move.Fee, move.At.Format(time.DateTime))
		}
		return table.Flush()
	})
}

type disputeEvidence struct {
	Shop string `arg:"" help:"The shop's name in links."`
	ID   int64  `arg:"" help:"The dispute's number, from list."`
	Zip  string `help:"Write an archive with the whole conversation to this file instead." placeholder:"FILE" type:"path"`
}

// Run writes evidence.
func (c disputeEvidence) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return inShop(ctx, settings, tty, c.Shop, func(s *shop, shop catalog.Merchant) (err error) {
		pack, err := s.payments.Evidence(ctx, payments.MerchantID(shop.ID), payments.DisputeID(c.ID))
		if err != nil {
			return inEnglish(err)
		}
		if c.Zip == "" {
			_, err = fmt.Fprint(tty.out, pack.Text())
			return err
		}
		file, err := os.Create(c.Zip)
		if err != nil {
			return fmt.Errorf("the file can't be written: %w", err)
		}
		if err := pack.Zip(file); err != nil {
			_ = file.Close() // what is wrong was said
			return err
		}
		return file.Close()
	})
}

type disputeSubmit struct {
	Shop string `arg:"" help:"The shop's name in links."`
	ID   int64  `arg:"" help:"The dispute's number, from list."`
	Note string `help:"What the shop says besides; it stands first."`
	Who  string `required:"" help:"Who sends it." placeholder:"LOGIN"`
}

// Run submits evidence.
func (c disputeSubmit) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return inShop(ctx, settings, tty, c.Shop, func(s *shop, shop catalog.Merchant) error {
		d, err := s.payments.SubmitEvidence(ctx, payments.MerchantID(shop.ID), payments.DisputeID(c.ID), c.Who, c.Note)
		if err != nil {
			return inEnglish(err)
		}
		return tellDisputes(tty, d)
	})
}
