package api

import (
	"context"
	"fmt"
	"time"

	"parley/payments"
	"parley/payments/reconcile"
	"parley/payments/settlement"
)

func (a *API) differenceOperations() {
	const at = "/merchants/{merchant}/differences"
	read(a, op{id: "list-differences", does: "GET " + at, tag: "Settlement", roles: tellers, scope: "payments:read", summary: "List what does not fit",
		about: "What processors and banks say and the books do not, oldest first; `actions` are what can be done about it."}, a.listDifferences)
	read(a, op{id: "get-difference", does: "GET " + at + "/{id}", tag: "Settlement", roles: tellers, scope: "payments:read", summary: "Show what does not fit",
		about: "With everything that was decided about it."}, a.getDifference)
	write(a, op{id: "decide-difference", does: "POST " + at + "/{id}/decide", tag: "Settlement", roles: tellers, scope: "payments:write", summary: "Decide about what does not fit",
		about: "`match` says by hand what it belongs to: an order, the payout of a bank's line, or the line of a payout; `accept` has the books follow the processor; `dismiss` leaves them; `reopen` looks again."}, a.decideDifference)
}

// Difference is something that processors or banks say and the books do not, or the other way round.
type Difference struct {
	ID        int64      `json:"id"`
	Class     string     `json:"class" example:"psp_only"`
	State     string     `json:"state" enum:"open,matched,accepted,dismissed,explained"`
	Gateway   string     `json:"gateway" example:"stripe" doc:"Empty: the bank's."`
	Subject   string     `json:"subject" example:"txn:txn_1"`
	Amount    Sum        `json:"amount" doc:"Of a mismatch, theirs less ours; else what it is about."`
	Order     int64      `json:"order,omitempty"`
	Payment   int64      `json:"payment,omitempty"`
	Charge    string     `json:"charge,omitempty" example:"ch_1"`
	Refund    string     `json:"refund,omitempty" example:"re_1"`
	Payout    string     `json:"payout,omitempty" example:"po_1"`
	Detail    string     `json:"detail" doc:"What is known, in English."`
	Since     time.Time  `json:"since" doc:"When the money moved."`
	Age       int64      `json:"age_seconds"`
	Opened    time.Time  `json:"opened_at"`
	Actions   []string   `json:"actions" doc:"What fits it, the best first."`
	Decisions []Decision `json:"decisions,omitempty" doc:"Oldest first; only of one difference."`
}

// Decision is what somebody decided about a difference.
type Decision struct {
	What string    `json:"what" example:"match"`
	Who  string    `json:"who" example:"staff:1"`
	Note string    `json:"note"`
	At   time.Time `json:"at"`
}

func (a *API) differenceView(i settlement.Item) Difference {
	return Difference{
		ID: int64(i.Number), Class: string(i.Class), State: string(i.Standing), Gateway: i.Gateway, Subject: i.Subject, Amount: sumView(i.Amount), Order: int64(i.Order),
		Payment: int64(i.Payment), Charge: i.Charge, Refund: i.Refund, Payout: i.Payout, Detail: i.Detail, Since: i.Since, Age: int64(i.Age(a.at()) / time.Second), Opened: i.Opened,
		Actions: append([]string{}, all(i.Suggested(), func(action settlement.Action) string { return string(action) })...),
	}
}

type listDifferences struct {
	ShopPath
	CursorPaging
	State string `query:"state" enum:"open,matched,accepted,dismissed,explained,all" default:"open"`
	Class string `query:"class" maxLength:"40" example:"psp_only" doc:"Only of this class."`
}

func (a *API) listDifferences(ctx context.Context, c *call, in *listDifferences) (*listed[Difference], error) {
	list := c.listOf([]string{in.State, in.Class})
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Settlement.Queue(ctx, settlement.QueueAsk{
		Merchant: c.payee(), Class: reconcile.Class(in.Class), Standing: settlement.Standing(in.State), After: settlement.ItemID(at.ID), Limit: min(in.Limit+1, 200),
	})
	return &listed[Difference]{pageOf(a, list, in.paging(), found, a.differenceView, func(i settlement.Item) place { return place{ID: int64(i.Number)} })}, err
}

func (a *API) difference(ctx context.Context, c *call, id int64) (Difference, error) {
	item, decisions, err := a.Settlement.Item(ctx, c.payee(), settlement.ItemID(id))
	if err != nil {
		return Difference{}, err
	}
	view := a.differenceView(item)
	view.Decisions = all(decisions, func(d settlement.Decision) Decision { return Decision{string(d.What), d.Who, d.Note, d.At} })
	return view, nil
}

func (a *API) getDifference(ctx context.Context, c *call, in *ItemPath) (*plain[Difference], error) {
	view, err := a.difference(ctx, c, in.ID)
	return &plain[Difference]{view}, err
}

// Choice is what is decided about a difference.
type Choice struct {
	Action string `json:"action" enum:"match,accept,dismiss,reopen"`
	Note   string `json:"note" minLength:"1" maxLength:"2000" doc:"Why."`
	Order  int64  `json:"order,omitempty" minimum:"1" doc:"With match: the order that a charge or a refund belongs to."`
	Payout string `json:"payout,omitempty" maxLength:"200" doc:"With match: the payout of a bank's line."`
	Line   int64  `json:"line,omitempty" minimum:"1" doc:"With match: the bank's line of a payout."`
}

type decideDifference struct {
	ItemPath
	Body Choice
}

func (a *API) decideDifference(ctx context.Context, c *call, in *decideDifference) (*plain[Difference], []deed, error) {
	before, err := a.difference(ctx, c, in.ID)
	if err != nil {
		return nil, nil, err
	}
	err = a.Settlement.Decide(ctx, settlement.Choice{
		Item: settlement.ItemID(in.ID), Merchant: c.payee(), What: settlement.Action(in.Body.Action), Who: c.account.ID.Who(), Note: in.Body.Note,
		Order: payments.OrderID(in.Body.Order), Payout: in.Body.Payout, Line: settlement.LineID(in.Body.Line),
	})
	if err != nil {
		return nil, nil, err
	}
	after, err := a.difference(ctx, c, in.ID)
	return &plain[Difference]{after}, []deed{{subject: fmt.Sprintf("item:%d", in.ID), note: in.Body.Note, was: before, became: after}}, err
}
