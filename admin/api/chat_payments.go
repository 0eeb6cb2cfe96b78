package api

import (
	"context"
	"fmt"
)

// TelegramPayments is how a shop is paid inside Telegram's chats. The provider's token is never shown.
type TelegramPayments struct {
	HasToken  bool   `json:"has_provider_token" doc:"The shop has a payment provider's token of its own."`
	Live      bool   `json:"live" doc:"That token moves real money."`
	StarsRate string `json:"stars_rate" example:"60.5" doc:"Telegram Stars for one unit of the shop's currency; prices in Stars are rounded up. Empty: no Stars are taken."`
}

// TelegramPaymentsChange is what changes of it; what is not there stays.
type TelegramPaymentsChange struct {
	Token     *string `json:"provider_token,omitempty" maxLength:"200" writeOnly:"true" doc:"Of a payment provider, as @BotFather gives it: 284685063:TEST:… Kept sealed and never shown. Empty: the shop has none of its own."`
	StarsRate *string `json:"stars_rate,omitempty" maxLength:"20" example:"60.5" doc:"Empty: no Stars are taken."`
}

func (a *API) chatPaymentOperations() {
	const one = "/merchants/{merchant}/telegram-payments"
	read(a, op{id: "get-telegram-payments", does: "GET " + one, tag: "Merchants", roles: owners, scope: "merchants:read", summary: "Show how a shop is paid inside Telegram"}, a.getTelegramPayments)
	write(a, op{id: "change-telegram-payments", does: "PATCH " + one, tag: "Merchants", roles: owners, scope: "merchants:write",
		summary: "Change how a shop is paid inside Telegram"}, a.changeTelegramPayments)
}

func (a *API) telegramPayments(ctx context.Context, c *call) (view TelegramPayments, err error) {
	view.HasToken, view.Live, view.StarsRate, err = a.ChatPayments.Shown(ctx, c.payee())
	return view, err
}

func (a *API) getTelegramPayments(ctx context.Context, c *call, _ *ShopPath) (*shown[TelegramPayments], error) {
	view, err := a.telegramPayments(ctx, c)
	return &shown[TelegramPayments]{ETag: etagOf(view), Body: view}, err
}

type changeTelegramPayments struct {
	ShopPath
	Body TelegramPaymentsChange
}

func (a *API) changeTelegramPayments(ctx context.Context, c *call, in *changeTelegramPayments) (*shown[TelegramPayments], []deed, error) {
	was, err := a.telegramPayments(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	if err := a.ChatPayments.Change(ctx, c.payee(), in.Body.Token, in.Body.StarsRate); err != nil {
		return nil, nil, err
	}
	is, err := a.telegramPayments(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	subject := fmt.Sprintf("merchant:%d", int64(c.shop.ID))
	return &shown[TelegramPayments]{ETag: etagOf(is), Body: is}, []deed{{subject: subject, was: was, became: is}}, nil
}
