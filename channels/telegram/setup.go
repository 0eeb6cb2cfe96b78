package telegram

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"parley/catalog/fault"
)

// heard are the kinds of update that Telegram is asked for; the others would be paid for and thrown away.
var heard = []string{models.AllowedUpdateMessage, models.AllowedUpdateCallbackQuery, models.AllowedUpdateMyChatMember,
	models.AllowedUpdateShippingQuery, models.AllowedUpdatePreCheckoutQuery}

// mostAtOnce is how many updates Telegram may deliver at the same time.
const mostAtOnce = 40

// Setup learns the bot's name, sets its menus and, with a PublicURL, its webhook. It may be repeated. It fails with
// fault.Invalid and the key telegram.token when Telegram does not know the token.
func (a *Adapter) Setup(ctx context.Context) error {
	me, err := a.bot.GetMe(ctx)
	if errors.Is(err, bot.ErrorUnauthorized) || errors.Is(err, bot.ErrorNotFound) {
		return fault.New(fault.Invalid, "telegram.token").Because(a.refusal("get me", err))
	}
	if err != nil {
		return fmt.Errorf("telegram: who am I: %w", a.refusal("get me", err))
	}
	a.username.Store(&me.Username)
	if err := a.setCommands(ctx); err != nil {
		return fmt.Errorf("telegram: set the menu: %w", a.refusal("set commands", err))
	}
	if a.config.PublicURL == "" {
		return nil
	}
	_, err = a.bot.SetWebhook(ctx, &bot.SetWebhookParams{
		URL: a.config.PublicURL + a.Path(), SecretToken: a.config.Secret, AllowedUpdates: heard, MaxConnections: mostAtOnce,
	})
	if err != nil {
		return fmt.Errorf("telegram: set the webhook: %w", a.refusal("set webhook", err))
	}
	return nil
}

func (a *Adapter) setCommands(ctx context.Context) error {
	for _, menu := range a.config.Commands {
		var list []models.BotCommand
		for _, command := range menu.List {
			list = append(list, models.BotCommand{Command: command.Name, Description: command.Description})
		}
		if _, err := a.bot.SetMyCommands(ctx, &bot.SetMyCommandsParams{Commands: list, LanguageCode: menu.Language}); err != nil {
			return err
		}
	}
	return nil
}

// Run keeps the bot working until ctx ends: it sets it up, again and again until Telegram answers, and polls when
// there is no PublicURL. It returns nil at the end of ctx, and an error only when Telegram does not know the token.
func (a *Adapter) Run(ctx context.Context) error {
	for wait := firstPause; ; wait = longer(wait) {
		err := a.Setup(ctx)
		if fault.KindOf(err) == fault.Invalid {
			return err
		}
		if err == nil {
			break
		}
		if pause(ctx, wait) != nil {
			return nil //nolint:nilerr // the end of ctx is how it should end
		}
		a.log("set up", err)
	}
	if a.config.PublicURL == "" {
		return a.Poll(ctx)
	}
	<-ctx.Done()
	return nil
}

// Pauses after a failure: twice as long each time.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 30 * time.Second
)

func longer(wait time.Duration) time.Duration { return min(2*wait, lastPause) }

// pause waits, and fails with the context's error when that ends first.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
