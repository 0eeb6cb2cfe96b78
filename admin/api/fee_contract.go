package api

import (
	"context"

	"parley/payments"
	"parley/payments/reconcile"
)

// Contracts are what processors may keep of charges.
type Contracts interface {
	Contract(ctx context.Context, gateway string, m payments.MerchantID) (reconcile.Contract, error)
	SetContract(ctx context.Context, gateway string, m payments.MerchantID, terms reconcile.Contract) error
}

func (a *API) contractOperations() {
	const at = "/merchants/{merchant}/fee-contracts/{gateway}"
	read(a, op{id: "get-fee-contract", does: "GET " + at, tag: "Settlement", roles: tellers, scope: "payments:read", summary: "Show what a processor may keep",
		about: "The shop's own contract, else that of all shops. Without terms fees are judged by what was booked of them."}, a.getContract)
	write(a, op{id: "set-fee-contract", does: "PUT " + at, tag: "Settlement", roles: tellers, scope: "payments:write", matched: true, summary: "Set what a processor may keep",
		about: "Of charges that are brought in from now on: another fee goes to the queue as `fee_variance`. No terms: the shop has no contract of its own."}, a.setContract)
}

// FeeContract is what a processor may keep of charges; the first term that fits a charge counts.
type FeeContract struct {
	Terms []FeeTerm `json:"terms" maxItems:"500"`
}

// FeeTerm is what a processor may keep of some charges.
type FeeTerm struct {
	Method    string `json:"payment_method_type,omitempty" maxLength:"40" example:"card" doc:"Absent or *: any."`
	Country   string `json:"card_country,omitempty" maxLength:"40" example:"DE" doc:"Of the card; absent or *: any."`
	Rate      string `json:"rate" pattern:"^0(\\.[0-9]{1,20})?$" example:"0.015" doc:"Of the settled sum: 0.015 is 1.5 %."`
	Fixed     string `json:"fixed,omitempty" pattern:"^[0-9]{1,12}(\\.[0-9]{1,9})?$" example:"0.25" doc:"Major units of the settlement's currency."`
	Converted string `json:"conversion_rate,omitempty" pattern:"^0(\\.[0-9]{1,20})?$" example:"0.02" doc:"What the rate is more of a charge that was converted."`
}

func contractView(terms reconcile.Contract) FeeContract {
	return FeeContract{all(terms, func(t reconcile.Term) FeeTerm {
		return FeeTerm{t.Method, t.Country, t.Rate.String(), t.Fixed, t.Converted.String()}
	})}
}

func (a *API) getContract(ctx context.Context, c *call, in *SellerPath) (*shown[FeeContract], error) {
	terms, err := a.Settlement.Contract(ctx, in.Gateway, c.payee())
	view := contractView(terms)
	return &shown[FeeContract]{ETag: etagOf(view), Body: view}, err
}

type setContract struct {
	SellerPath
	Matching
	Body FeeContract
}

func (a *API) setContract(ctx context.Context, c *call, in *setContract) (*shown[FeeContract], []deed, error) {
	before, err := a.Settlement.Contract(ctx, in.Gateway, c.payee())
	if err != nil {
		return nil, nil, err
	}
	was := contractView(before)
	if err := in.check(c, etagOf(was)); err != nil {
		return nil, nil, err
	}
	terms := make(reconcile.Contract, len(in.Body.Terms))
	for i, given := range in.Body.Terms {
		if terms[i], err = reconcile.NewTerm(given.Method, given.Country, given.Rate, given.Fixed, given.Converted); err != nil {
			return nil, nil, err
		}
	}
	if err := a.Settlement.SetContract(ctx, in.Gateway, c.payee(), terms); err != nil {
		return nil, nil, err
	}
	after, err := a.Settlement.Contract(ctx, in.Gateway, c.payee())
	view := contractView(after)
	return &shown[FeeContract]{ETag: etagOf(view), Body: view}, []deed{{subject: "gateway:" + in.Gateway, was: was, became: view}}, err
}
