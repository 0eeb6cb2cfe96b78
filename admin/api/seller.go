package api

import (
	"context"
	"fmt"
	"time"

	"parley/admin"
	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

func (a *API) sellerOperations() {
	const at = "/merchants/{merchant}/sellers"
	read(a, op{id: "list-sellers", does: "GET " + at, tag: "Sellers", roles: tellers, scope: "payments:read", summary: "Show a shop's own accounts at processors",
		about: "One for each processor where shops can have one: in the mode, of tests or of real money, that the platform is in."}, a.listSellers)
	writeAfter(a, op{id: "onboard-seller", does: "POST " + at + "/{gateway}/onboard", tag: "Sellers", roles: owners, scope: "payments:write", status: 201,
		summary: "Have the processor ask the shop's owner", about: "The account is made, if there is none. From then on the shop can only be paid there once `charges` is true. The page is good once and for a few minutes."},
		a.makeOnboarding, a.onboardSeller)
	writeAfter(a, op{id: "look-at-seller", does: "POST " + at + "/{gateway}/look", tag: "Sellers", roles: tellers, scope: "payments:write",
		summary: "Ask the processor how the account stands", about: "It says so by itself, too."}, a.makeLook, a.lookAtSeller)
	read(a, op{id: "get-platform-fee", does: "GET /merchants/{merchant}/platform-fee", tag: "Sellers", roles: tellers, scope: "payments:read", summary: "Show what the platform keeps"}, a.getPlatformFee)
	write(a, op{id: "set-platform-fee", does: "PUT /merchants/{merchant}/platform-fee", tag: "Sellers", roles: owners, scope: "payments:write", matched: true,
		summary: "Set what the platform keeps", about: "Of payments that are begun from now on. Only for owners of all shops."}, a.setPlatformFee)
}

// Seller is a shop's own account at a processor.
type Seller struct {
	Gateway   string     `json:"gateway" example:"stripe"`
	Account   string     `json:"account,omitempty" example:"acct_1" doc:"The processor's id; absent: there is no account."`
	Live      bool       `json:"live" doc:"Real money."`
	Charges   bool       `json:"charges" doc:"It may be paid."`
	Payouts   bool       `json:"payouts" doc:"Its money may go to its bank."`
	Submitted bool       `json:"submitted" doc:"What was asked at first is answered."`
	Due       []string   `json:"due" example:"[\"external_account\"]" doc:"What the processor still wants to know, in its own words."`
	Barred    string     `json:"barred,omitempty" example:"requirements.past_due" doc:"Why the processor has barred it, in its own word."`
	Said      *time.Time `json:"said_at,omitempty" doc:"When the processor said so; absent: never."`
}

func sellerView(s payments.Seller) Seller {
	view := Seller{
		Gateway: s.Gateway, Account: s.Account, Live: s.Live, Charges: s.Charges, Payouts: s.Payouts, Submitted: s.Submitted, Due: append([]string{}, s.Due...), Barred: s.Barred,
	}
	if !s.Said.IsZero() {
		view.Said = &s.Said
	}
	return view
}

// Sellers are a shop's own accounts.
type Sellers struct {
	Items []Seller `json:"items"`
}

func (a *API) listSellers(ctx context.Context, c *call, _ *ShopPath) (*plain[Sellers], error) {
	list := Sellers{Items: []Seller{}}
	for _, gateway := range a.Payments.PlatformNames() {
		one, err := a.Payments.SellerOf(ctx, c.payee(), gateway)
		if err != nil && fault.KindOf(err) != fault.Missing {
			return nil, err
		}
		one.Gateway = gateway
		list.Items = append(list.Items, sellerView(one))
	}
	return &plain[Sellers]{list}, nil
}

// SellerPath is a processor where a shop may have an account.
type SellerPath struct {
	ShopPath
	Gateway string `path:"gateway" pattern:"^[a-z]{2,20}$" example:"stripe"`
}

func (p SellerPath) subject() string { return "seller:" + p.Gateway }

// Onboarding is a page of a processor's.
type Onboarding struct {
	URL string `json:"url" doc:"Good once and for a few minutes."`
}

type onboardSeller struct {
	SellerPath
	made string
}

// makeOnboarding asks the processor, before a transaction is begun.
func (a *API) makeOnboarding(ctx context.Context, c *call, in *onboardSeller) (_ func(context.Context), err error) {
	in.made, err = a.Payments.Onboard(ctx, c.payee(), in.Gateway, admin.EnrolmentOf(c.shop))
	return nil, err // an account without an owner's answers costs nothing, and is found again
}

func (*API) onboardSeller(_ context.Context, _ *call, in *onboardSeller) (*plain[Onboarding], []deed, error) {
	return &plain[Onboarding]{Onboarding{in.made}}, []deed{{subject: in.subject()}}, nil
}

type lookAtSeller struct {
	SellerPath
	found payments.Seller
}

// makeLook asks the processor, before a transaction is begun.
func (a *API) makeLook(ctx context.Context, c *call, in *lookAtSeller) (_ func(context.Context), err error) {
	in.found, err = a.Payments.LookAtSeller(ctx, c.payee(), in.Gateway)
	return nil, err
}

func (*API) lookAtSeller(_ context.Context, _ *call, in *lookAtSeller) (*plain[Seller], []deed, error) {
	view := sellerView(in.found)
	return &plain[Seller]{view}, []deed{{subject: in.subject(), became: view}}, nil
}

// PlatformFee is what the platform keeps of a shop's payments.
type PlatformFee struct {
	Rate  int64 `json:"rate" minimum:"0" maximum:"1000000" example:"29000" doc:"In millionths: 29000 is 2.9 %. Rounded half to even."`
	Fixed Money `json:"fixed" doc:"In the shop's currency. Together with the rate never more than the payment."`
	Bears bool  `json:"bears_disputes,omitempty" doc:"The platform bears what disputes that are lost took. Else it is taken back from the shop's own account."`
}

func feeView(cut payments.Cut, own money.Currency) PlatformFee {
	if cut.Fixed.Currency == "" {
		cut.Fixed.Currency = own
	}
	return PlatformFee{cut.Rate, Money{cut.Fixed.Minor, string(cut.Fixed.Currency)}, cut.Bears}
}

func (a *API) platformFee(ctx context.Context, c *call) (PlatformFee, error) {
	cut, err := a.Payments.CutOf(ctx, c.payee())
	return feeView(cut, c.shop.Currency), err
}

func (a *API) getPlatformFee(ctx context.Context, c *call, _ *ShopPath) (*shown[PlatformFee], error) {
	view, err := a.platformFee(ctx, c)
	return &shown[PlatformFee]{ETag: etagOf(view), Body: view}, err
}

type setPlatformFee struct {
	ShopPath
	Matching
	Body PlatformFee
}

func (a *API) setPlatformFee(ctx context.Context, c *call, in *setPlatformFee) (*shown[PlatformFee], []deed, error) {
	if !c.account.AllShops {
		return nil, nil, fault.New(fault.Denied, "account.not_permitted")
	}
	was, err := a.platformFee(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	if err := in.check(c, etagOf(was)); err != nil {
		return nil, nil, err
	}
	fixed, err := amount(&in.Body.Fixed, c.shop.Currency, "fixed")
	if err != nil {
		return nil, nil, err
	}
	if err := a.Payments.SetCut(ctx, c.payee(), payments.Cut{Rate: in.Body.Rate, Fixed: fixed, Bears: in.Body.Bears}); err != nil {
		return nil, nil, err
	}
	view, err := a.platformFee(ctx, c)
	return &shown[PlatformFee]{ETag: etagOf(view), Body: view}, []deed{{subject: fmt.Sprintf("merchant:%d", c.shop.ID), was: was, became: view}}, err
}
