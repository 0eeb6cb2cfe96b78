package api

import (
	"context"
	"time"

	"parley/payments/settlement"
)

func (a *API) payoutOperations() {
	const at = "/merchants/{merchant}"
	read(a, op{id: "list-payouts", does: "GET " + at + "/payouts", tag: "Settlement", roles: tellers, scope: "payments:read", summary: "List payouts",
		about: "What processors sent to the bank, what of it is the shop's, and whether the bank has it; in the order in which they were heard of."}, a.listPayouts)
	read(a, op{id: "list-transactions", does: "GET " + at + "/transactions", tag: "Settlement", roles: tellers, scope: "payments:read", summary: "List balance transactions",
		about: "The rows of the processors' balances that are the shop's: of a payout, of a charge, or all."}, a.listTransactions)
}

// Payout is a transfer from a processor to the bank.
type Payout struct {
	ID        int64     `json:"id"`
	Gateway   string    `json:"gateway" example:"stripe"`
	Ref       string    `json:"ref" example:"po_1" doc:"The processor's id for it."`
	Status    string    `json:"status" enum:"pending,in_transit,paid,failed,canceled"`
	Amount    Sum       `json:"amount" doc:"Of all shops together; below zero: taken from the bank."`
	Share     Sum       `json:"share" doc:"What of it is the shop's, as the books have it."`
	Rows      int64     `json:"rows" doc:"How many balance transactions it consists of."`
	Gross     Sum       `json:"gross"`
	Fee       Sum       `json:"fee"`
	Net       Sum       `json:"net"`
	Itemised  string    `json:"itemised" enum:"no,yes,assumed" doc:"assumed: the processor does not say which rows; the oldest available money is taken for them."`
	Created   time.Time `json:"created_at"`
	Arrives   time.Time `json:"arrives_at"`
	Banked    bool      `json:"banked" doc:"The books have it in the bank."`
	CameBack  bool      `json:"came_back"`
	Line      int64     `json:"line,omitempty" doc:"The bank's line of it."`
	LineDay   string    `json:"line_day,omitempty" example:"2026-03-05"`
	Automatic bool      `json:"automatic"`
}

func payoutView(v settlement.PayoutView) Payout {
	view := Payout{
		ID: int64(v.Number), Gateway: v.Gateway, Ref: v.Payout.Payout.ID, Status: string(v.Status), Amount: sumView(v.Amount), Share: sumView(v.Share), Rows: v.Rows,
		Gross: sumView(v.Gross), Fee: sumView(v.Fee), Net: sumView(v.Net), Itemised: string(v.Itemised), Created: v.Created, Arrives: v.Arrives,
		Banked: v.IsBanked, CameBack: v.IsBack, Automatic: v.Automatic,
	}
	if v.Line != nil {
		view.Line, view.LineDay = int64(v.Line.Number), v.Line.Day.Format(time.DateOnly)
	}
	return view
}

type listPayouts struct {
	ShopPath
	CursorPaging
	Gateway string    `query:"gateway" maxLength:"40" example:"stripe"`
	From    time.Time `query:"from" doc:"Made at this time or later."`
	To      time.Time `query:"to" doc:"Made before this time."`
}

func (a *API) listPayouts(ctx context.Context, c *call, in *listPayouts) (*listed[Payout], error) {
	list := c.listOf([]any{in.Gateway, in.From, in.To})
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Settlement.Payouts(ctx, settlement.PayoutsAsk{
		Merchant: c.payee(), Gateway: in.Gateway, From: in.From, To: in.To, After: settlement.PayoutID(at.ID), Limit: min(in.Limit+1, 200),
	})
	return &listed[Payout]{pageOf(a, list, in.paging(), found, payoutView, func(v settlement.PayoutView) place { return place{ID: int64(v.Number)} })}, err
}

// Transaction is a row of a processor's balance.
type Transaction struct {
	ID       int64     `json:"id"`
	Gateway  string    `json:"gateway" example:"stripe"`
	Ref      string    `json:"ref" example:"txn_1"`
	Category string    `json:"category" example:"charge" doc:"As the processor reports it."`
	Source   string    `json:"source" example:"ch_1"`
	Charge   string    `json:"charge,omitempty" example:"ch_1"`
	Payout   string    `json:"payout,omitempty" example:"po_1"`
	Order    int64     `json:"order,omitempty"`
	Payment  int64     `json:"payment,omitempty"`
	Gross    Sum       `json:"gross"`
	Fee      Sum       `json:"fee"`
	Net      Sum       `json:"net"`
	Seen     Sum       `json:"seen" doc:"As the buyer saw it."`
	State    string    `json:"state" enum:"matched,queued,other"`
	Booked   bool      `json:"booked" doc:"The books say exactly its net."`
	Created  time.Time `json:"created_at"`
}

func transactionView(r settlement.Row) Transaction {
	return Transaction{
		ID: int64(r.Number), Gateway: r.Gateway, Ref: r.Transaction.ID, Category: r.Category, Source: r.Source, Charge: r.Charge, Payout: r.Payout, Order: int64(r.Order),
		Payment: int64(r.PaymentID), Gross: sumView(r.Gross), Fee: sumView(r.Fee), Net: sumView(r.Net), Seen: sumView(r.Seen), State: string(r.State), Booked: r.IsBooked, Created: r.Created,
	}
}

type listTransactions struct {
	ShopPath
	CursorPaging
	Payout string `query:"payout" maxLength:"200" example:"po_1" doc:"Only those that went out with it."`
	Charge string `query:"charge" maxLength:"200" example:"ch_1" doc:"Only those of it."`
}

func (a *API) listTransactions(ctx context.Context, c *call, in *listTransactions) (*listed[Transaction], error) {
	list := c.listOf([]string{in.Payout, in.Charge})
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Settlement.Rows(ctx, settlement.RowsAsk{Merchant: c.payee(), Payout: in.Payout, Charge: in.Charge, After: settlement.RowID(at.ID), Limit: in.Limit + 1})
	return &listed[Transaction]{pageOf(a, list, in.paging(), found, transactionView, func(r settlement.Row) place { return place{ID: int64(r.Number)} })}, err
}
