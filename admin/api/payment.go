package api

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/orders"
	"parley/payments"
)

func (a *API) paymentOperations() {
	write(a, op{id: "confirm-payment", does: "POST /merchants/{merchant}/orders/{id}/payments", tag: "Orders", roles: tellers, scope: "payments:write", status: 201, summary: "Say that money came by hand",
		about: "Cash, or a transfer: all that the order owes, or a part of it, after which the order waits for the rest and keeps its goods. What is more than it owes waits in the queue of " +
			"reviews, as does what it cannot take. With an `Idempotency-Key` it is one sum, however often it is said; with `received` it is refused when the order has received something else meanwhile."}, a.confirmPayment)
}

// Payment is one attempt to be paid for an order, or a part of what came for it.
type Payment struct {
	ID       int64      `json:"id"`
	Gateway  string     `json:"gateway" example:"transfer"`
	Status   string     `json:"status" enum:"opening,open,working,settled,failed,expired,replaced,refunded"`
	Amount   Sum        `json:"amount" doc:"What is asked for."`
	Captured Sum        `json:"captured" doc:"What came."`
	Ref      string     `json:"ref,omitempty" doc:"The processor's id for it."`
	Live     bool       `json:"live" doc:"Real money."`
	Opened   time.Time  `json:"opened_at"`
	Expires  *time.Time `json:"expires_at,omitempty"`
}

func paymentView(p payments.Payment) Payment {
	view := Payment{ID: int64(p.ID), Gateway: p.Gateway, Status: string(p.Status), Amount: sumView(p.Amount), Captured: sumView(p.Captured), Ref: p.Ref, Live: p.Live, Opened: p.Opened}
	if !p.Expires.IsZero() {
		view.Expires = &p.Expires
	}
	return view
}

// Receipt is money that came by hand.
type Receipt struct {
	Gateway  string `json:"gateway" enum:"cod,transfer" doc:"How it came."`
	Minor    int64  `json:"minor" minimum:"1" maximum:"1000000000000000" doc:"How much, in minor units of the order's currency."`
	Received *int64 `json:"received,omitempty" minimum:"0" doc:"What the order had received when whoever says so looked at it. Needed for an order that owes nothing any more."`
}

// Confirmed is what became of money that came by hand.
type Confirmed struct {
	Payment Payment `json:"payment"`
	Taken   Sum     `json:"taken" doc:"By the order."`
	Surplus Sum     `json:"surplus" doc:"Waits in the queue of reviews."`
	Left    Sum     `json:"left" doc:"What the order still owes."`
}

type confirmPayment struct {
	ItemPath
	Body Receipt
}

func (a *API) confirmPayment(ctx context.Context, c *call, in *confirmPayment) (*plain[Confirmed], []deed, error) {
	before, err := a.Orders.Find(ctx, c.shop.ID, orders.OrderID(in.ID))
	if err != nil {
		return nil, nil, err
	}
	currency := before.Totals.Total.Currency
	receipt := payments.Receipt{
		Merchant: c.payee(), Order: payments.OrderID(in.ID), Gateway: in.Body.Gateway, Amount: money.Of(in.Body.Minor, currency), Request: c.request(), Who: c.account.ID.Who(),
	}
	if in.Body.Received != nil {
		seen := money.Of(*in.Body.Received, currency)
		receipt.Seen = &seen
	}
	did, err := a.Payments.Confirm(ctx, receipt)
	if err != nil {
		return nil, nil, err
	}
	after, err := a.Orders.Find(ctx, c.shop.ID, orders.OrderID(in.ID))
	if err != nil {
		return nil, nil, err
	}
	view := orderView(after)
	return &plain[Confirmed]{Confirmed{paymentView(did.Payment), sumView(did.Taken), sumView(did.Surplus), sumView(did.Left)}},
		[]deed{{subject: view.subject(), note: fmt.Sprintf("%s %s", in.Body.Gateway, receipt.Amount), was: orderView(before), became: view}}, nil
}

func (a *API) unclaimedOperations() {
	read(a, op{id: "list-unclaimed", does: "GET /unclaimed", tag: "Reviews", roles: tellers, scope: "payments:read", summary: "List money that belongs to no shop",
		about: "Money of a payment that nobody here began, oldest first; for accounts of all shops."}, a.listUnclaimed)
	write(a, op{id: "resolve-unclaimed", does: "POST /unclaimed/{id}/resolve", tag: "Reviews", roles: tellers, scope: "payments:write", summary: "Deal with money that belongs to no shop",
		about: "`attach` gives it to an order of any shop: all that the order owes, or a part where it is paid by hand; what is more waits in that shop's queue. `close` only takes note that it was dealt with elsewhere."}, a.resolveUnclaimed)
}

// everywhere refuses an account that does not see every shop.
func (c *call) everywhere() error {
	if !c.account.AllShops {
		return fault.New(fault.Denied, "account.not_permitted")
	}
	return nil
}

type listUnclaimed struct {
	CursorPaging
	State string `query:"state" enum:"open,closed" default:"open"`
}

func (a *API) listUnclaimed(ctx context.Context, c *call, in *listUnclaimed) (*listed[Review], error) {
	if err := c.everywhere(); err != nil {
		return nil, err
	}
	list := c.listOf(in.State)
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Payments.Reviews(ctx, 0, in.State == "open", payments.ReviewID(at.ID), min(in.Limit+1, 200))
	return &listed[Review]{pageOf(a, list, in.paging(), found, reviewView, func(r payments.Review) place { return place{ID: int64(r.ID)} })}, err
}

// Claim is what is done about money that belongs to no shop.
type Claim struct {
	Action string `json:"action" enum:"attach,close"`
	Order  int64  `json:"order,omitempty" minimum:"1" doc:"The order that gets the money, with attach: of any shop."`
	Note   string `json:"note" minLength:"1" maxLength:"500" doc:"What was done, or why."`
}

type resolveUnclaimed struct {
	ID   int64 `path:"id" minimum:"1" example:"1"`
	Body Claim
}

func (a *API) resolveUnclaimed(ctx context.Context, c *call, in *resolveUnclaimed) (*done, []deed, error) {
	if err := c.everywhere(); err != nil {
		return nil, nil, err
	}
	var err error
	if in.Body.Action == closeOnly {
		err = a.Payments.CloseReview(ctx, 0, payments.ReviewID(in.ID), c.account.ID.Who(), in.Body.Note)
	} else {
		_, err = a.Payments.Attach(ctx, 0, payments.ReviewID(in.ID), payments.OrderID(in.Body.Order), c.account.ID.Who(), in.Body.Note)
	}
	return &done{}, []deed{reviewDeed(in.ID, in.Body.Action, in.Body.Note)}, err
}

// reviewDeed is what the audit trail says of an item that was dealt with.
func reviewDeed(id int64, action, note string) deed {
	type state struct {
		State  string `json:"state"`
		Action string `json:"action,omitempty"`
	}
	return deed{subject: fmt.Sprintf("review:%d", id), note: note, was: state{"open", ""}, became: state{"closed", action}}
}
