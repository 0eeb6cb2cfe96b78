package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"parley/orders"
	"parley/payments"
)

type reviewCommand struct {
	List    reviewList    `cmd:"" help:"List money that fits nothing, with what can be done about it."`
	Resolve reviewResolve `cmd:"" help:"Deal with an item: attach it to an order, refund it, write it off, or only close it."`
}

// Help is what --help adds.
func (reviewCommand) Help() string {
	return `Without --shop it is the queue of money that belongs to no shop: it can be given to an order of any of them.

  parley review list --shop meadow
  parley review resolve 12 attach --shop meadow --order 1042 --note "two links were paid" --who olga
  parley review resolve 13 attach --order 1043 --note "the buyer sent the receipt" --who olga`
}

type reviewList struct {
	Closed bool  `help:"Those that were dealt with."`
	After  int64 `help:"Go on after this item." placeholder:"ID"`
	Limit  int   `default:"50" help:"How many at most, up to 200."`
	JSON   bool  `name:"json" help:"Answer as JSON."`
	settleShop
}

// reviewShown is an item for programs.
type reviewShown struct {
	ID       int64     `json:"id"`
	Reason   string    `json:"reason"`
	Gateway  string    `json:"gateway"`
	Subject  string    `json:"subject"`
	Amount   string    `json:"amount"` // major units
	Currency string    `json:"currency"`
	Order    string    `json:"order_id"`
	Opened   time.Time `json:"opened_at"`
	Actions  []string  `json:"actions"`
	ClosedBy string    `json:"closed_by,omitempty"`
	Note     string    `json:"note,omitempty"`
}

func reviewShownOf(r payments.Review) reviewShown {
	shown := reviewShown{
		ID: int64(r.ID), Reason: r.Reason, Gateway: r.Gateway, Subject: r.Subject, Amount: r.Amount.Major(), Currency: string(r.Amount.Currency), Order: orderOrNone(r.Order),
		Opened: r.Opened, Actions: []string{}, ClosedBy: r.ClosedBy, Note: r.Note,
	}
	if !r.Open {
		return shown
	}
	for _, action := range r.Suggested() {
		if action != payments.TakeNote {
			shown.Actions = append(shown.Actions, string(action))
		}
	}
	shown.Actions = append(shown.Actions, "close")
	return shown
}

// Run lists the queue.
func (l reviewList) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := l.merchant(ctx, s)
		if err != nil {
			return err
		}
		all, err := s.payments.Reviews(ctx, merchant, !l.Closed, payments.ReviewID(l.After), l.Limit)
		if err != nil {
			return err
		}
		shown := make([]reviewShown, len(all))
		for i, r := range all {
			shown[i] = reviewShownOf(r)
		}
		if l.JSON {
			return asJSON(tty.out, shown)
		}
		table := tabwriter.NewWriter(tty.out, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "ID\tREASON\tAMOUNT\tORDER\tWAY\tSUBJECT\tSINCE\tWHAT CAN BE DONE")
		for i, r := range shown {
			_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Reason, all[i].Amount, r.Order, r.Gateway, r.Subject, r.Opened.Format(time.DateTime), strings.Join(r.Actions, ", "))
		}
		return table.Flush()
	})
}

type reviewResolve struct {
	ID     int64  `arg:"" help:"The item's number, from list."`
	Action string `arg:"" enum:"attach,refund,write_off,close" help:"What is done: attach, refund, write_off, close."`
	Order  string `help:"The number of the order that gets the money, with attach." placeholder:"NUMBER"`
	Note   string `required:"" help:"What was done, or why."`
	Who    string `required:"" help:"Who does it." placeholder:"LOGIN"`
	settleShop
}

// Run deals with an item.
func (r reviewResolve) Run(ctx context.Context, settings *Settings, tty terminal) error {
	if (r.Action == string(payments.AttachTo)) != (r.Order != "") {
		return wrong("--order belongs to attach, and attach needs it")
	}
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := r.merchant(ctx, s)
		if err != nil {
			return err
		}
		id := payments.ReviewID(r.ID)
		switch r.Action {
		case "close":
			err = s.payments.CloseReview(ctx, merchant, id, r.Who, r.Note)
		case string(payments.AttachTo):
			_, err = s.payments.Attach(ctx, merchant, id, payments.OrderID(orders.OfNumber(r.Order)), r.Who, r.Note)
		default:
			err = s.payments.Resolve(ctx, merchant, id, payments.Action(r.Action), r.Who, r.Note)
		}
		if err != nil {
			return inEnglish(err)
		}
		_, err = fmt.Fprintf(tty.out, "item %d: %s\n", r.ID, r.Action)
		return err
	})
}
