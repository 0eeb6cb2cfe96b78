package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"parley/payments"
	"parley/payments/settlement"
	"text/tabwriter"
	"time"
)

// tellList writes a list as people read it, a line for each thing below a heading, or as programs do.
func tellList[T, S any](out io.Writer, plain bool, all []T, shownOf func(T) S, heading string, line func(T) string) error {
	if plain {
		shown := make([]S, len(all))
		for i, one := range all {
			shown[i] = shownOf(one)
		}
		return asJSON(out, shown)
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, heading)
	for _, one := range all {
		_, _ = fmt.Fprint(table, line(one))
	}
	return table.Flush()
}

// payoutShown is a payout for programs; amounts are major units.
type payoutShown struct {
	Number   int64     `json:"number"`
	Gateway  string    `json:"gateway"`
	Payout   string    `json:"payout_id"`
	Status   string    `json:"status"`
	Amount   string    `json:"amount"`
	Currency string    `json:"currency"`
	Rows     int64     `json:"rows"`
	Gross    string    `json:"gross"`
	Fee      string    `json:"fee"`
	Net      string    `json:"net"`
	Share    string    `json:"share"` // what is the shop's that was asked for, as the books have it
	Itemised string    `json:"itemised"`
	Bank     string    `json:"bank"` // the day of the bank's line, or why it counts as there; empty: it is not
	Created  time.Time `json:"created"`
	Arrives  time.Time `json:"arrives"`
}

func payoutShownOf(v settlement.PayoutView) payoutShown {
	return payoutShown{
		Number: int64(v.Number), Gateway: v.Gateway, Payout: v.Payout.Payout.ID, Status: string(v.Status), Amount: v.Amount.Major(), Currency: string(v.Amount.Currency),
		Rows: v.Rows, Gross: v.Gross.Major(), Fee: v.Fee.Major(), Net: v.Net.Major(), Share: v.Share.Major(), Itemised: string(v.Itemised), Bank: bankOf(v),
		Created: v.Created, Arrives: v.Arrives,
	}
}

// bankOf is what is known of a payout at the bank.
func bankOf(v settlement.PayoutView) string {
	switch {
	case v.IsBack:
		return "came back"
	case v.Line != nil:
		return v.Line.Day.Format(time.DateOnly)
	case v.IsBanked:
		return "by the processor's word"
	}
	return ""
}

// rowShown is a balance transaction for programs; amounts are major units.
type rowShown struct {
	Number      int64     `json:"number"`
	Gateway     string    `json:"gateway"`
	Transaction string    `json:"balance_transaction_id"`
	Category    string    `json:"reporting_category"`
	Source      string    `json:"source_id"`
	Charge      string    `json:"charge_id"`
	Order       string    `json:"order_id"`
	Payout      string    `json:"payout_id"`
	Gross       string    `json:"gross"`
	Fee         string    `json:"fee"`
	Net         string    `json:"net"`
	Currency    string    `json:"currency"`
	State       string    `json:"state"`
	IsBooked    bool      `json:"booked"`
	Created     time.Time `json:"created"`
}

func rowShownOf(t settlement.Row) rowShown {
	return rowShown{
		Number: int64(t.Number), Gateway: t.Gateway, Transaction: t.Transaction.ID, Category: t.Category, Source: t.Source, Charge: t.Charge, Order: orderOrNone(t.Order), Payout: t.Payout,
		Gross: t.Gross.Major(), Fee: t.Fee.Major(), Net: t.Net.Major(), Currency: string(t.Gross.Currency), State: string(t.State), IsBooked: t.IsBooked, Created: t.Created,
	}
}

// orderOrNone is an order's number for people; empty when there is no order.
func orderOrNone(id payments.OrderID) string {
	if id == 0 {
		return ""
	}
	return orderNumber(id)
}

type settlePayouts struct {
	After int64 `help:"Go on after this payout's number." placeholder:"N"`
	Limit int   `default:"50" help:"How many at most, up to 200."`
	JSON  bool  `name:"json" help:"Answer as JSON."`
	settleShop
}

// Run lists payouts.
func (p settlePayouts) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := p.merchant(ctx, s)
		if err != nil {
			return err
		}
		all, err := s.settlement.Payouts(ctx, settlement.PayoutsAsk{Merchant: merchant, After: settlement.PayoutID(p.After), Limit: p.Limit})
		if err != nil {
			return err
		}
		return tellList(tty.out, p.JSON, all, payoutShownOf, "N\tPAYOUT\tSTATUS\tAMOUNT\tROWS\tGROSS\tFEE\tNET\tITEMISED\tBANK", func(v settlement.PayoutView) string {
			return fmt.Sprintf("%d\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n", v.Number, v.Payout.Payout.ID, v.Status, v.Amount, v.Rows, v.Gross.Major(), v.Fee.Major(), v.Net.Major(), v.Itemised, cmp.Or(bankOf(v), "-"))
		})
	})
}

type settleRows struct {
	Payout string `help:"Those of a payout." placeholder:"ID"`
	Charge string `help:"Those of a charge." placeholder:"ID"`
	After  int64  `help:"Go on after this row's number." placeholder:"N"`
	Limit  int    `default:"200" help:"How many at most, up to 1000."`
	JSON   bool   `name:"json" help:"Answer as JSON."`
	settleShop
}

// Run lists balance transactions.
func (r settleRows) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := r.merchant(ctx, s)
		if err != nil {
			return err
		}
		all, err := s.settlement.Rows(ctx, settlement.RowsAsk{Merchant: merchant, Payout: r.Payout, Charge: r.Charge, After: settlement.RowID(r.After), Limit: r.Limit})
		if err != nil {
			return err
		}
		return tellList(tty.out, r.JSON, all, rowShownOf, "N\tTRANSACTION\tMADE\tCATEGORY\tGROSS\tFEE\tNET\tCHARGE\tORDER\tPAYOUT\tSTATE", func(t settlement.Row) string {
			return fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.Number, t.Transaction.ID, t.Created.Format(time.DateTime), t.Category, t.Gross, t.Fee.Major(), t.Net.Major(), t.Charge, cmp.Or(orderOrNone(t.Order), "-"), t.Payout, t.State)
		})
	})
}
