package admin_test

import (
	"net/http"
	"testing"

	"parley/admin"
	"parley/catalog/money"
	"parley/payments"
	"parley/payments/shoporders"
	"parley/payments/stripe"
	"parley/payments/stripe/stripetest"
)

func TestAShopOpensItsOwnAccountAndThePlatformSaysWhatItKeeps(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t))
	const key = "sk_test_of_the_pages"
	processor := stripetest.New(t, key, h.now)
	gateway, err := stripe.New(stripe.Settings{SecretKey: key, WebhookSecrets: []string{"whsec_of_the_pages"}, APIURL: processor.URL, Now: h.now})
	h.check(err)
	h.payments = payments.New(h.db, shoporders.Of(h.orders), h.now, "http://shop.example", gateway)
	h.serve()
	h.hires("olga", admin.Owner)
	h.hires("anna", admin.Owner, h.meadow.ID)
	h.hires("fritz", admin.Finance)
	const at = "/admin/shops/meadow/seller"
	platform, shop, finance := h.as("olga"), h.as("anna"), h.as("fritz")
	shop.wantPage(shop.get(at), http.StatusOK, "This shop has no account there.", "Open an account", "Whoever runs the platform sets this.")
	shop.wantPage(shop.post(at+"/fee", "rate", "0", "fixed", "0"), http.StatusForbidden)
	finance.wantPage(finance.post(at+"/onboard", "gateway", "stripe"), http.StatusForbidden)
	processor.Refuse(500)
	shop.wantPage(shop.post(at+"/onboard", "gateway", "stripe"), http.StatusServiceUnavailable, "Own account")
	shop.wantPage(shop.post(at+"/onboard", "gateway", "stripe"), http.StatusOK, `href="`+processor.URL+`/setup/acct_test_1/1"`)
	processor.Seller(t, "acct_test_1", "requirements.past_due", "external_account")
	finance.wantPage(finance.post(at+"/look", "gateway", "stripe"), http.StatusSeeOther)
	finance.wantPage(finance.get(at), http.StatusOK, "requirements.past_due", "<code>external_account</code>", "acct_test_1", "not yet")
	platform.wantPage(platform.post(at+"/fee", "rate", "two", "fixed", "0.30"), http.StatusUnprocessableEntity, `value="two"`, "0 to 100 %")
	platform.wantPage(platform.post(at+"/fee", "rate", "2.9 %", "fixed", "0.30"), http.StatusSeeOther)
	platform.wantPage(platform.get(at), http.StatusOK, "2.9 % + $0.30", "taken back from the shop’s own account")
	platform.wantPage(platform.post(at+"/fee", "rate", "2.9 %", "fixed", "0.30", "bears", "platform"), http.StatusSeeOther)
	platform.wantPage(platform.get(at), http.StatusOK, `<option value="platform" selected>`, "the platform’s loss")
	if cut, err := h.payments.CutOf(t.Context(), payments.MerchantID(h.meadow.ID)); err != nil || !cut.Bears {
		t.Errorf("the platform keeps %+v, %v", cut, err)
	}
	platform.wantPage(platform.post(at+"/fee", "rate", "2.9 %", "fixed", "0.30", "bears", "shop"), http.StatusSeeOther)
	cut, err := h.payments.CutOf(t.Context(), payments.MerchantID(h.meadow.ID))
	if err != nil || cut != (payments.Cut{Rate: 29_000, Fixed: money.Of(30, "USD")}) {
		t.Errorf("the platform keeps %+v, %v", cut, err)
	}
	deeds, err := h.accounts.Deeds(t.Context(), admin.DeedFilter{AllShops: true, What: "platform_fee.set"}, 10)
	if err != nil || len(deeds) != 3 || deeds[0].Was == deeds[0].Became || deeds[0].Merchant != h.meadow.ID {
		t.Errorf("%+v, %v", deeds, err)
	}
}
