package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
)

// telegramPage is what the page of payments inside Telegram is given. It never has the token of a provider.
type telegramPage struct {
	frame
	plea
	telegramSettings
	Default string // the mode of the program's provider: "live", "test"; empty: it has none
}

// telegramSettings is what may be seen of how a shop is paid inside Telegram, on its page and in the audit trail.
type telegramSettings struct {
	HasToken  bool   `json:"has_provider_token"`
	Live      bool   `json:"live"`
	StarsRate string `json:"stars_rate"`
}

func (a *Admin) telegramSettings(ctx context.Context, v *visit) (s telegramSettings, err error) {
	if a.ChatPayments == nil {
		return s, noPage()
	}
	s.HasToken, s.Live, s.StarsRate, err = a.ChatPayments.Shown(ctx, v.payee())
	return s, err
}

// telegramShow is how a shop is paid inside Telegram's chats.
func (a *Admin) telegramShow(v *visit) error { return a.showTelegram(v, fiber.StatusOK, plea{}) }

func (a *Admin) showTelegram(v *visit, status int, p plea) (err error) {
	page := telegramPage{plea: p}
	if page.telegramSettings, err = a.telegramSettings(v.ctx, v); err != nil {
		return err
	}
	page.Default = a.ChatPayments.Default()
	if page.frame, err = a.shopFrame(v, "In Telegram", "reviews"); err != nil {
		return err
	}
	return a.html(v, status, "telegram_show", page)
}

// telegramProvider keeps a provider's token, or takes it away. A token that is refused isn't shown again either.
func (a *Admin) telegramProvider(v *visit) error {
	token := strings.TrimSpace(v.form("token"))
	switch v.form("what") {
	case "forget":
		token = ""
	default:
		if token == "" { // an empty field takes nothing away
			err := fault.New(fault.Invalid, "telegram.provider_token")
			return a.showTelegram(v, statusOf(err), plea{Form: "provider", Field: "token", Says: sentence(err)})
		}
	}
	return a.telegramChange(v, plea{Form: "provider", Field: "token"}, &token, nil)
}

// telegramStars says how many Stars a unit of the shop's currency is worth, or that none are taken.
func (a *Admin) telegramStars(v *visit) error {
	rate := v.form("rate")
	p := plea{Form: "stars", Field: "rate", Was: map[string]string{"rate": rate}}
	switch on := v.form("stars") == "on"; {
	case !on:
		rate = ""
	case strings.TrimSpace(rate) == "":
		err := fault.New(fault.Invalid, "telegram.stars_rate")
		p.Says = sentence(err)
		return a.showTelegram(v, statusOf(err), p)
	}
	return a.telegramChange(v, p, nil, &rate)
}

func (a *Admin) telegramChange(v *visit, p plea, token, rate *string) error {
	d := deed{what: "telegram_payments.changed", subject: fmt.Sprintf("merchant:%d", v.shop.ID), look: func(ctx context.Context) (string, error) {
		s, err := a.telegramSettings(ctx, v)
		if err != nil {
			return "", err
		}
		said, err := json.Marshal(s)
		return string(said), err
	}}
	err := a.actOn(v, d, func(ctx context.Context) error { return a.ChatPayments.Change(ctx, v.payee(), token, rate) })
	switch {
	case err == nil:
		return v.goOn(v.at("telegram"), "telegram_set")
	case !isTheirs(err):
		return err
	}
	p.Says = sentence(err)
	return a.showTelegram(v, statusOf(err), p)
}
