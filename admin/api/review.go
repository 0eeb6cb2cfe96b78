package api

import (
	"context"
	"time"

	"parley/payments"
)

func (a *API) reviewOperations() {
	const at = "/merchants/{merchant}/reviews"
	read(a, op{id: "list-reviews", does: "GET " + at, tag: "Reviews", roles: tellers, scope: "payments:read", summary: "List money that fits nothing",
		about: "The queue of what a person must look at, oldest first; `actions` are what can be done about it."}, a.listReviews)
	write(a, op{id: "resolve-review", does: "POST " + at + "/{id}/resolve", tag: "Reviews", roles: tellers, scope: "payments:write", summary: "Deal with money that fits nothing",
		about: "`attach` gives the money to an order that owes it, or as a part to one that is paid by hand; what is more stays in the queue. `close` only takes note that it was dealt with elsewhere."}, a.resolveReview)
}

// Review is something about money that a person must look at.
type Review struct {
	ID       int64      `json:"id"`
	State    string     `json:"state" enum:"open,closed"`
	Reason   string     `json:"reason" example:"wrong_amount"`
	Gateway  string     `json:"gateway" example:"stripe"`
	Subject  string     `json:"subject" example:"ch_1" doc:"The processor's id of the charge, else of the attempt, else of the event."`
	Amount   Sum        `json:"amount"`
	Order    int64      `json:"order,omitempty"`
	Payment  int64      `json:"payment,omitempty"`
	Actions  []string   `json:"actions" doc:"What fits it, the best first."`
	Opened   time.Time  `json:"opened_at"`
	Closed   *time.Time `json:"closed_at,omitempty"`
	ClosedBy string     `json:"closed_by,omitempty" example:"staff:1"`
	Note     string     `json:"note,omitempty"`
}

func reviewView(r payments.Review) Review {
	view := Review{
		ID: int64(r.ID), State: "open", Reason: r.Reason, Gateway: r.Gateway, Subject: r.Subject, Amount: sumView(r.Amount), Order: int64(r.Order), Payment: int64(r.Payment),
		Actions: []string{}, Opened: r.Opened, ClosedBy: r.ClosedBy, Note: r.Note,
	}
	if !r.Open {
		view.State, view.Closed = "closed", &r.Closed
		return view
	}
	for _, action := range r.Suggested() {
		if action != payments.TakeNote { // closeOnly is that
			view.Actions = append(view.Actions, string(action))
		}
	}
	view.Actions = append(view.Actions, closeOnly)
	return view
}

// closeOnly takes note that something was dealt with elsewhere.
const closeOnly = "close"

type listReviews struct {
	ShopPath
	CursorPaging
	State string `query:"state" enum:"open,closed" default:"open"`
}

func (a *API) listReviews(ctx context.Context, c *call, in *listReviews) (*listed[Review], error) {
	list := c.listOf(in.State)
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Payments.Reviews(ctx, c.payee(), in.State == "open", payments.ReviewID(at.ID), min(in.Limit+1, 200))
	return &listed[Review]{pageOf(a, list, in.paging(), found, reviewView, func(r payments.Review) place { return place{ID: int64(r.ID)} })}, err
}

// Resolution is what is done about an item of the queue.
type Resolution struct {
	Action string `json:"action" enum:"refund,attach,write_off,close"`
	Order  int64  `json:"order,omitempty" minimum:"1" doc:"The order that gets the money, with attach."`
	Note   string `json:"note" minLength:"1" maxLength:"500" doc:"What was done, or why."`
}

type resolveReview struct {
	ItemPath
	Body Resolution
}

func (a *API) resolveReview(ctx context.Context, c *call, in *resolveReview) (*done, []deed, error) {
	id := payments.ReviewID(in.ID)
	var err error
	switch in.Body.Action {
	case closeOnly:
		err = a.Payments.CloseReview(ctx, c.payee(), id, c.account.ID.Who(), in.Body.Note)
	case string(payments.AttachTo):
		_, err = a.Payments.Attach(ctx, c.payee(), id, payments.OrderID(in.Body.Order), c.account.ID.Who(), in.Body.Note)
	default:
		err = a.Payments.Resolve(ctx, c.payee(), id, payments.Action(in.Body.Action), c.account.ID.Who(), in.Body.Note)
	}
	return &done{}, []deed{reviewDeed(in.ID, in.Body.Action, in.Body.Note)}, err
}
