package stripe

import (
	"context"

	stripego "github.com/stripe/stripe-go/v76"

	"parley/catalog/fault"
	"parley/payments"
)

// Enrol makes an Express account for a seller, which Stripe asks for what it wants to know and shows a dashboard of its own.
// Its country and the kind of its business are asked for on Stripe's pages.
func (g *Gateway) Enrol(ctx context.Context, s payments.Seller, who payments.Enrolment) (string, error) {
	if s.Live != g.live {
		return "", fault.New(fault.Invalid, "payment.seller_missing")
	}
	asked := &stripego.AccountParams{
		Type: stripego.String(string(stripego.AccountTypeExpress)),
		Capabilities: &stripego.AccountCapabilitiesParams{
			CardPayments: &stripego.AccountCapabilitiesCardPaymentsParams{Requested: stripego.Bool(true)}, // on_behalf_of needs it
			Transfers:    &stripego.AccountCapabilitiesTransfersParams{Requested: stripego.Bool(true)},
		},
		BusinessProfile: &stripego.AccountBusinessProfileParams{Name: stripego.String(shorten(who.Shop))},
	}
	if who.Email != "" {
		asked.Email = stripego.String(who.Email)
	}
	asked.Context = ctx
	asked.SetIdempotencyKey(s.Key)
	asked.AddMetadata("seller", s.Key)
	made, err := g.api.Accounts.New(asked)
	if err != nil {
		return "", inOurWords(err)
	}
	return made.ID, nil
}

// Onboard makes an Account Link: it leads to Stripe's pages once, within minutes.
func (g *Gateway) Onboard(ctx context.Context, account string, back payments.Onboarding) (string, error) {
	asked := &stripego.AccountLinkParams{
		Account: stripego.String(account), Type: stripego.String(string(stripego.AccountLinkTypeAccountOnboarding)),
		RefreshURL: stripego.String(back.Refresh), ReturnURL: stripego.String(back.Return),
	}
	asked.Context = ctx
	made, err := g.api.AccountLinks.New(asked)
	if err != nil {
		return "", inOurWords(err)
	}
	return made.URL, nil
}

// SellerNow reads an account again.
func (g *Gateway) SellerNow(ctx context.Context, account string) (payments.SellerSaid, error) {
	found, err := g.readAccount(ctx, account)
	if err != nil {
		return payments.SellerSaid{}, inOurWords(err)
	}
	return seller(found), nil
}

func (g *Gateway) readAccount(ctx context.Context, id string) (*stripego.Account, error) {
	asked := &stripego.AccountParams{}
	asked.Context = ctx
	return g.api.Accounts.GetByID(id, asked)
}

// seller is an account in the words of payments.
func seller(found *stripego.Account) payments.SellerSaid {
	said := payments.SellerSaid{Account: found.ID, Charges: found.ChargesEnabled, Payouts: found.PayoutsEnabled, Submitted: found.DetailsSubmitted}
	if found.Requirements != nil {
		said.Due, said.Barred = found.Requirements.CurrentlyDue, string(found.Requirements.DisabledReason)
	}
	return said
}

// aboutSeller asks Stripe how a seller's account stands.
var aboutSeller = inMode(reread((*Gateway).readAccount, (*Gateway).sellerNews))

func (*Gateway) sellerNews(_ context.Context, found *stripego.Account, event stripego.Event) (payments.Notice, error) {
	said := seller(found)
	return payments.Notice{Live: event.Livemode, Seller: &said}, nil
}

// inMode keeps events of the other mode as they are; those of sellers' accounts mean something.
func inMode(means meaning) meaning {
	return func(g *Gateway, ctx context.Context, event stripego.Event) (payments.Notice, error) {
		if event.Livemode != g.live {
			return kept(event), nil
		}
		return means(g, ctx, event)
	}
}

// aboutAnyPayout asks Stripe how a payout stands: one of ours, or one from a seller's own balance.
func (g *Gateway) aboutAnyPayout(ctx context.Context, event stripego.Event) (payments.Notice, error) {
	read := func(g *Gateway, ctx context.Context, id string) (*stripego.Payout, error) {
		return g.readPayout(ctx, id, event.Account)
	}
	return inMode(reread(read, (*Gateway).paidOut))(g, ctx, event)
}
