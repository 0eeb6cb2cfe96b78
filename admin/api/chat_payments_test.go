package api_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAShopsOwnPaymentProviderIsSetAndNeverShown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.owner()
		at := h.in(h.meadow, "/telegram-payments")
		const token = "284685063:LIVE:abcdef"
		for _, wrong := range []is{{"provider_token": "sk_live_1"}, {"stars_rate": "-1"}, {"stars_rate": "1e3"}} {
			if got := p.ask("PATCH "+at, wrong); got.status != http.StatusUnprocessableEntity {
				t.Errorf("%v is answered %d", wrong, got.status)
			}
		}
		p.does(http.StatusOK, "PATCH "+at, is{"provider_token": token})
		set := p.does(http.StatusOK, "PATCH "+at, is{"stars_rate": "60.5"})
		got := p.does(http.StatusOK, "GET "+at, nil)
		for _, one := range []string{set.body, got.body} {
			if strings.Contains(one, "abcdef") || !strings.Contains(one, `"has_provider_token":true`) || !strings.Contains(one, `"live":true`) || !strings.Contains(one, `"stars_rate":"60.5"`) {
				t.Errorf("it is shown as %s", one)
			}
		}
		var audit []string
		h.check(h.db.On(t.Context()).Raw("select became from audit").Scan(&audit).Error)
		if strings.Contains(strings.Join(audit, ""), "abcdef") {
			t.Error("the audit trail has the token")
		}
		p.does(http.StatusOK, "PATCH "+at, is{"provider_token": "", "stars_rate": ""})
		if got := p.does(http.StatusOK, "GET "+at, nil); !strings.Contains(got.body, `"has_provider_token":false`) {
			t.Errorf("taken away it is %s", got.body)
		}
	})
}
