package main

import (
	"context"
	"fmt"

	"parley/admin"
	"parley/catalog"
	"parley/payments"
)

type disputeConcede struct {
	Shop string `arg:"" help:"The shop's name in links."`
	ID   int64  `arg:"" help:"The dispute's number."`
	Who  string `required:"" help:"Who gives it up." placeholder:"LOGIN"`
	Note string `required:"" help:"Why, for colleagues."`
}

// Run gives a dispute up; the server tells the processor.
func (d disputeConcede) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return inShop(ctx, settings, tty, d.Shop, func(s *shop, shop catalog.Merchant) error {
		var made payments.Dispute
		err := s.db.InTx(ctx, func(ctx context.Context) (err error) {
			if made, err = s.payments.ConcedeDispute(ctx, payments.MerchantID(shop.ID), payments.DisputeID(d.ID), d.Who, d.Note); err != nil {
				return err
			}
			return s.accounts.Record(ctx, admin.Deed{Merchant: shop.ID, Who: admin.Console, What: "dispute.conceded", Subject: fmt.Sprintf("dispute:%d", d.ID), Note: d.Who + ": " + d.Note})
		})
		if err != nil {
			return inEnglish(err)
		}
		_, err = fmt.Fprintf(tty.out, "the dispute %s of %s is given up; the server tells the processor\n", made.Ref, made.Amount)
		return err
	})
}
