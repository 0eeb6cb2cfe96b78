package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"parley/admin"
	"parley/migrations/db"
	"parley/payments"
	"parley/payments/telegram"
)

// desk is how shops are paid inside Telegram's chats.
func (h *house) desk() *telegram.Desk {
	h.Helper()
	made, err := telegram.New(telegram.Config{DB: h.db, Key: make([]byte, 32), Now: h.now, Token: "284685063:TEST:of-the-program"})
	h.check(err)
	return made
}

func TestAShopSaysHowItIsPaidInTelegramAndItsTokenIsNeverShown(t *testing.T) {
	stocked.Each(t, func(t *testing.T, d *db.DB) {
		h := openHouse(t, d)
		h.hires("anna", admin.Owner, h.meadow.ID)
		h.hires("fritz", admin.Finance)
		const at, secret = "/admin/shops/meadow/telegram", "abcdef-of-the-shop"
		p, finance := h.as("anna"), h.as("fritz")
		finance.wantPage(finance.get(at), http.StatusForbidden)
		finance.wantPage(finance.post(at+"/stars", "stars", "on", "rate", "60"), http.StatusForbidden)
		p.wantPage(p.get(at), http.StatusOK, "the platform’s", "Tests", "Take Stars", `aria-current="page">In Telegram`)
		if strings.Contains(finance.get("/admin/shops/meadow/payouts").body, "In Telegram") {
			t.Error("finance is shown the way to a page that it may not see")
		}
		for _, wrong := range []string{"", "sk_live_" + secret, "284685063:PROD:" + secret} {
			refused := p.post(at+"/provider", "token", wrong)
			p.wantPage(refused, http.StatusUnprocessableEntity, `aria-invalid="true" aria-describedby="token-wrong"`, "as @BotFather gave it")
			if strings.Contains(refused.body, secret) {
				t.Error("a token that was refused is shown")
			}
		}
		p.wantPage(p.post(at+"/provider", "token", " 284685063:LIVE:"+secret+" "), http.StatusSeeOther)
		p.wantPage(p.get(at), http.StatusOK, "the shop’s own", "Real money", "Replace the token")
		for _, wrong := range []string{"-1", "1e3", "many", ""} {
			p.wantPage(p.post(at+"/stars", "stars", "on", "rate", wrong), http.StatusUnprocessableEntity, `value="`+wrong+`"`, `aria-describedby="rate-wrong"`, "how many Stars")
		}
		p.wantPage(p.post(at+"/stars", "stars", "on", "rate", "60,5"), http.StatusSeeOther)
		shown := p.get(at)
		p.wantPage(shown, http.StatusOK, `value="60.5"`, "Take no Stars")
		of := payments.MerchantID(h.meadow.ID)
		if has, live, rate, err := h.desk().Shown(t.Context(), of); err != nil || !has || !live || rate != "60.5" {
			t.Errorf("kept is %t %t %q, %v", has, live, rate, err)
		}
		p.wantPage(p.post(at+"/stars", "stars", "off", "rate", "60.5"), http.StatusSeeOther)
		p.wantPage(p.post(at+"/provider", "what", "forget"), http.StatusSeeOther)
		p.wantPage(p.get(at), http.StatusOK, "the platform’s", "Take Stars")
		deeds, err := h.accounts.Deeds(t.Context(), admin.DeedFilter{AllShops: true, What: "telegram_payments.changed"}, 10)
		if err != nil || len(deeds) != 4 {
			t.Fatalf("%+v, %v", deeds, err)
		}
		told := ""
		for _, deed := range deeds {
			if told += deed.Was + deed.Became; deed.Was == deed.Became || deed.Merchant != h.meadow.ID || !strings.HasPrefix(deed.Who, "staff:") {
				t.Errorf("%+v", deed)
			}
		}
		if strings.Contains(told+shown.body, secret) || !strings.Contains(told, `"stars_rate":"60.5"`) {
			t.Errorf("the trail has %s", told)
		}
	})
}
