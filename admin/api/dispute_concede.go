package api

import (
	"context"
	"fmt"

	"parley/payments"
)

// Concession is that a dispute is given up.
type Concession struct {
	Note string `json:"note" minLength:"1" maxLength:"500" doc:"Why, for colleagues."`
}

type concedeDispute struct {
	ItemPath
	Body Concession
}

func (a *API) concedeOperation() {
	write(a, op{id: "concede-dispute", does: "POST /merchants/{merchant}/disputes/{id}/concede", tag: "Disputes", roles: tellers, scope: "payments:write",
		summary: "Give a dispute up", about: "The buyer keeps the money, for good; nothing can be submitted after that. Refused with 409 once it is decided or evidence was sent."}, a.concedeDispute)
}

func (a *API) concedeDispute(ctx context.Context, c *call, in *concedeDispute) (*done, []deed, error) {
	_, err := a.Payments.ConcedeDispute(ctx, c.payee(), payments.DisputeID(in.ID), c.account.ID.Who(), in.Body.Note)
	type state struct {
		Conceded bool `json:"conceded"`
	}
	return &done{}, []deed{{subject: fmt.Sprintf("dispute:%d", in.ID), note: in.Body.Note, was: state{}, became: state{true}}}, err
}
