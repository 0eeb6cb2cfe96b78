package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"parley/admin"
	"parley/catalog/fault"
	"parley/orders"
	"parley/payments"
)

func (a *API) refundOperations() {
	const at = "/merchants/{merchant}/refunds"
	read(a, op{id: "list-refunds", does: "GET " + at, tag: "Refunds", roles: tellers, scope: "payments:read", summary: "List refunds",
		about: "In a state, oldest first. Those of one order are shown with the order."}, a.listRefunds)
	write(a, op{id: "grant-refund", does: "POST /merchants/{merchant}/orders/{id}/refunds", tag: "Orders", roles: readers, scope: "payments:write", status: 201, summary: "Give money of an order back",
		about: "A sum, or pieces of lines. Where the shop wants two people it waits for another one, who executes it; else it is sent at once, which operators may not. With an `Idempotency-Key` it is given back once, however often it is asked for."}, a.grantRefund)
	write(a, op{id: "execute-refund", does: "POST " + at + "/{id}/execute", tag: "Refunds", roles: tellers, scope: "payments:write", summary: "Send a refund that somebody else granted"}, a.executeRefund)
	write(a, op{id: "withdraw-refund", does: "POST " + at + "/{id}/withdraw", tag: "Refunds", roles: tellers, scope: "payments:write", summary: "Take a grant back before it is executed"}, a.withdrawRefund)
}

// Refund is money that goes back to a buyer.
type Refund struct {
	ID         int64        `json:"id"`
	Order      int64        `json:"order"`
	Payment    int64        `json:"payment"`
	Status     string       `json:"status" enum:"granted,sending,working,done,failed,withdrawn"`
	Amount     Sum          `json:"amount"`
	Lines      []RefundLine `json:"lines,omitempty" doc:"Absent: for a sum and for no pieces."`
	Reason     string       `json:"reason"`
	Granted    time.Time    `json:"granted_at"`
	GrantedBy  string       `json:"granted_by" example:"staff:1"`
	ExecutedBy string       `json:"executed_by,omitempty" example:"staff:2"`
	Ref        string       `json:"ref,omitempty" doc:"The processor's id for it."`
	Why        string       `json:"why,omitempty" doc:"The code with which it failed."`
}

// RefundLine is pieces of a line that go back.
type RefundLine struct {
	Position int `json:"position" minimum:"1" doc:"Which line of the order, from 1."`
	Quantity int `json:"quantity" minimum:"1"`
	Amount   Sum `json:"amount"`
}

func refundView(r payments.Refund) Refund {
	view := Refund{
		ID: int64(r.ID), Order: int64(r.Order), Payment: int64(r.Payment), Status: string(r.Status), Amount: sumView(r.Amount), Reason: r.Reason, Granted: r.Granted,
		GrantedBy: r.GrantedBy, ExecutedBy: r.ExecutedBy, Ref: r.Ref, Why: r.Why,
	}
	for _, line := range r.Lines {
		view.Lines = append(view.Lines, RefundLine{line.Position, line.Quantity, sumView(line.Amount)})
	}
	return view
}

func (r Refund) subject() string { return fmt.Sprintf("refund:%d", r.ID) }

type listRefunds struct {
	ShopPath
	CursorPaging
	Status string `query:"status" enum:"granted,sending,working,done,failed,withdrawn" default:"granted"`
}

func (a *API) listRefunds(ctx context.Context, c *call, in *listRefunds) (*listed[Refund], error) {
	list := c.listOf(in.Status)
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Payments.RefundsIn(ctx, c.payee(), payments.RefundStatus(in.Status), payments.RefundID(at.ID), min(in.Limit+1, 200))
	return &listed[Refund]{pageOf(a, list, in.paging(), found, refundView, func(r payments.Refund) place { return place{ID: int64(r.ID)} })}, err
}

// NewRefund is money that is to go back.
type NewRefund struct {
	Minor  int64    `json:"minor,omitempty" minimum:"1" maximum:"1000000000000000" doc:"How much, in minor units of the order's currency; without it, what the pieces are worth."`
	Pieces []Pieces `json:"pieces,omitempty" maxItems:"200" doc:"Instead of a sum."`
	Reason string   `json:"reason" minLength:"1" maxLength:"500"`
	// Of an order that was paid in parts.
	Payment int64 `json:"payment,omitempty" minimum:"1" doc:"Of which payment, where the order was paid in parts; without it, of the oldest that has so much left."`
}

// Pieces is how many pieces of which line.
type Pieces struct {
	Position int `json:"position" minimum:"1" maximum:"1000" doc:"Which line of the order, from 1."`
	Quantity int `json:"quantity" minimum:"1" maximum:"1000000"`
}

type grantRefund struct {
	ItemPath
	Body NewRefund
}

func (a *API) grantRefund(ctx context.Context, c *call, in *grantRefund) (*plain[Refund], []deed, error) {
	order, err := a.Orders.Find(ctx, c.shop.ID, orders.OrderID(in.ID))
	if err != nil {
		return nil, nil, err
	}
	rules, err := a.Payments.RulesOf(ctx, c.payee())
	if err != nil {
		return nil, nil, err
	}
	if c.account.Role == admin.Operator && !rules.TwoStep {
		return nil, nil, fault.New(fault.Denied, "account.not_permitted")
	}
	ask := payments.RefundAsk{
		Merchant: c.payee(), Order: payments.OrderID(in.ID), Payment: payments.PaymentID(in.Body.Payment), Reason: in.Body.Reason, Who: c.account.ID.Who(), Request: c.request(),
		Pieces: all(in.Body.Pieces, func(p Pieces) payments.RefundPieces { return payments.RefundPieces(p) }),
	}
	if in.Body.Minor != 0 {
		ask.Amount = order.Totals.Total
		ask.Amount.Minor = in.Body.Minor
	}
	r, err := a.Payments.GrantRefund(ctx, ask)
	if err != nil {
		return nil, nil, err
	}
	view := refundView(r)
	return &plain[Refund]{view}, []deed{{subject: view.subject(), note: view.Reason, became: view}}, nil
}

// request names a refund that is meant: by the key of the request, for ever, or as one of its own.
func (c *call) request() string {
	key := c.header(keyHeader)
	if key == "" {
		return "api:" + rand.Text()
	}
	sum := sha256.Sum256([]byte(c.who + "\x00" + key))
	return "api:" + hex.EncodeToString(sum[:])
}

func (a *API) executeRefund(ctx context.Context, c *call, in *ItemPath) (*plain[Refund], []deed, error) {
	return refundDeed(a.Payments.ExecuteRefund(ctx, c.payee(), payments.RefundID(in.ID), c.account.ID.Who()))
}

func (a *API) withdrawRefund(ctx context.Context, c *call, in *ItemPath) (*plain[Refund], []deed, error) {
	return refundDeed(a.Payments.WithdrawRefund(ctx, c.payee(), payments.RefundID(in.ID), c.account.ID.Who()))
}

// refundDeed is the answer to a step of a refund that was granted.
func refundDeed(r payments.Refund, err error) (*plain[Refund], []deed, error) {
	if err != nil {
		return nil, nil, err
	}
	view := refundView(r)
	was := view
	was.Status, was.ExecutedBy, was.Why = string(payments.RefundGranted), "", ""
	return &plain[Refund]{view}, []deed{{subject: view.subject(), was: was, became: view}}, nil
}
