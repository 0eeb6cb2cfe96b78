package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// sellerPage is what the page of a shop's own accounts at processors is given.
type sellerPage struct {
	frame
	plea
	Accounts []sellerAccount
	Cut      payments.Cut
	Platform bool   // whoever sees it may say what the platform keeps
	Link     string // to the processor's page, just made
}

// sellerAccount is a shop's account at one processor; an empty Account is none.
type sellerAccount struct {
	Gateway string
	Has     bool
	payments.Seller
}

// sellerShow is how a shop's own accounts at processors stand, and what the platform keeps.
func (a *Admin) sellerShow(v *visit) error { return a.showSeller(v, fiber.StatusOK, plea{}, "") }

func (a *Admin) showSeller(v *visit, status int, p plea, link string) (err error) {
	page := sellerPage{plea: p, Link: link, Platform: v.account().Role == Owner && v.account().AllShops}
	if page.frame, err = a.shopFrame(v, "Own account", "reviews"); err != nil {
		return err
	}
	if page.Cut, err = a.Payments.CutOf(v.ctx, v.payee()); err != nil {
		return err
	}
	if page.Cut.Fixed.Currency == "" {
		page.Cut.Fixed.Currency = v.shop.Currency
	}
	for _, gateway := range a.Payments.PlatformNames() {
		one, err := a.Payments.SellerOf(v.ctx, v.payee(), gateway)
		if err != nil && fault.KindOf(err) != fault.Missing {
			return err
		}
		page.Accounts = append(page.Accounts, sellerAccount{gateway, err == nil, one})
	}
	return a.html(v, status, "seller_show", page)
}

// EnrolmentOf is what a processor is told of a shop.
func EnrolmentOf(shop catalog.Merchant) payments.Enrolment {
	name := shop.Slug
	for _, language := range append([]string{"en"}, shop.Languages...) {
		if shop.Name[language] != "" {
			name = shop.Name[language]
			break
		}
	}
	return payments.Enrolment{Shop: name, Email: shop.Contacts.Email}
}

// sellerOnboard makes the processor's page for the shop's owner and shows the way there. The processor is called outside of
// any transaction; that somebody asked is kept first.
func (a *Admin) sellerOnboard(v *visit) error {
	gateway := v.form("gateway")
	err := a.actOn(v, deed{what: "seller.onboarded", subject: "seller:" + gateway}, func(context.Context) error { return nil })
	if err != nil {
		return err
	}
	link, err := a.Payments.Onboard(v.ctx, v.payee(), gateway, EnrolmentOf(v.shop))
	if err != nil {
		return a.sellerRefused(v, err)
	}
	return a.showSeller(v, fiber.StatusOK, plea{}, link)
}

// sellerLook asks the processor how the account stands.
func (a *Admin) sellerLook(v *visit) error {
	if _, err := a.Payments.LookAtSeller(v.ctx, v.payee(), v.form("gateway")); err != nil {
		return a.sellerRefused(v, err)
	}
	return v.goOn(v.at("seller"), "looked")
}

func (a *Admin) sellerRefused(v *visit, err error) error {
	if kind := fault.KindOf(err); kind == fault.Internal || kind == "" {
		return err
	}
	return a.showSeller(v, statusOf(err), plea{Form: "account", Field: "gateway", Says: sentence(err)}, "")
}

// sellerFee says what the platform keeps: only for owners of all shops, since a shop does not set what it owes.
func (a *Admin) sellerFee(v *visit) error {
	if !v.account().AllShops {
		return fault.New(fault.Denied, "account.not_permitted")
	}
	p := plea{Form: "fee", Field: "rate", Was: map[string]string{"rate": v.form("rate"), "fixed": v.form("fixed"), "bears": v.form("bears")}}
	cut, err := cutOf(v.form("rate"), v.form("fixed"), v.shop.Currency)
	cut.Bears = v.form("bears") == "platform"
	if err == nil {
		err = a.setCut(v, cut)
	}
	switch {
	case err == nil:
		return v.goOn(v.at("seller"), "fee_set")
	case !isTheirs(err):
		return err
	}
	p.Says = sentence(err)
	return a.showSeller(v, statusOf(err), p, "")
}

func cutOf(rate, fixed string, currency money.Currency) (cut payments.Cut, err error) {
	if !strings.HasSuffix(strings.TrimSpace(rate), "%") {
		rate += "%"
	}
	if cut.Rate, err = payments.ParseRate(rate); err != nil {
		return cut, err
	}
	if strings.TrimSpace(fixed) == "" {
		fixed = "0"
	}
	cut.Fixed, err = money.Parse(fixed, currency)
	return cut, err
}

func (a *Admin) setCut(v *visit, cut payments.Cut) error {
	was, err := a.Payments.CutOf(v.ctx, v.payee())
	if err != nil {
		return err
	}
	d := deed{what: "platform_fee.set", subject: fmt.Sprintf("merchant:%d", v.shop.ID), was: cutJSON(was), became: cutJSON(cut)}
	return a.actOn(v, d, func(ctx context.Context) error { return a.Payments.SetCut(ctx, v.payee(), cut) })
}

func cutJSON(cut payments.Cut) string {
	encoded, err := json.Marshal(map[string]any{"rate_millionths": cut.Rate, "fixed": cut.Fixed.Minor, "currency": cut.Fixed.Currency, "bears_disputes": cut.Bears})
	if err != nil {
		return "" // numbers and a code always encode
	}
	return string(encoded)
}
