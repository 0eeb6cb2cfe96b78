package telegram

import (
	"context"
	"errors"
	"strconv"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"parley/channels"
)

// Send shows a message. A photo that Telegram does not take leaves its words.
func (a *Adapter) Send(ctx context.Context, to channels.Address, message channels.Message) (string, error) {
	chat, err := a.chat(to)
	if err != nil {
		return "", err
	}
	up := a.keyboardUp(chat)
	if up && len(message.Choices) > 0 {
		a.sweep(ctx, chat)
	}
	with := markup(message, a.Limits(), up)
	sent, err := a.send(ctx, chat, message, with)
	if err != nil {
		return "", a.refusal("send", err)
	}
	a.noteKeyboard(chat, with)
	return sent.String(), nil
}

// chat is the private chat with a buyer.
func (a *Adapter) chat(to channels.Address) (int64, error) {
	id, err := strconv.ParseInt(to.Buyer, 10, 64)
	if err != nil || to.Channel != a.channel {
		return 0, &channels.Refused{Why: channels.Bad, Said: "no address of " + a.channel}
	}
	return id, nil
}

func (a *Adapter) send(ctx context.Context, chat int64, message channels.Message, with any) (place, error) {
	if message.Invoice != nil {
		return a.sendInvoice(ctx, chat, message)
	}
	if message.Photo != nil {
		sent, err := a.sendPhoto(ctx, chat, message, with)
		if err == nil || !photoRefused(err) {
			return sent, err
		}
		a.log("photo "+message.Photo.Name, err)
	}
	text, strong := wordsAlone(message)
	sent, err := a.bot.SendMessage(ctx, &bot.SendMessageParams{
		ChatID: chat, Text: text, Entities: strong, ReplyMarkup: with, DisableNotification: message.Quiet,
		LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: bot.True()},
	})
	if err != nil {
		return place{}, err
	}
	return place{message: int64(sent.ID)}, nil
}

func (a *Adapter) sendPhoto(ctx context.Context, chat int64, message channels.Message, with any) (place, error) {
	var sent *models.Message
	caption, strong := words(message)
	err := a.withPhoto(ctx, message.Photo.Name, func(file models.InputFile) (err error) {
		sent, err = a.bot.SendPhoto(ctx, &bot.SendPhotoParams{
			ChatID: chat, Photo: file, Caption: caption, CaptionEntities: strong, ReplyMarkup: with, DisableNotification: message.Quiet,
		})
		return err
	}, func() *models.Message { return sent })
	if err != nil {
		return place{}, err
	}
	return place{int64(sent.ID), true}, nil
}

// Edit shows a message in place of another. Where that is impossible it is sent anew: another kind of message, which
// takes the old one's place at the end of the chat, or one that Telegram cannot change any more.
func (a *Adapter) Edit(ctx context.Context, to channels.Address, id string, message channels.Message) (string, error) {
	chat, err := a.chat(to)
	if err != nil {
		return "", err
	}
	at, known := parsePlace(id)
	if !known {
		return a.Send(ctx, to, message)
	}
	if at.photo != (message.Photo != nil) || message.Invoice != nil || message.Ask != channels.AskNothing {
		return a.replace(ctx, to, at, message)
	}
	if a.keyboardUp(chat) {
		a.sweep(ctx, chat)
	}
	err = a.edit(ctx, chat, at, message)
	switch {
	case err == nil, says(err, notModified):
		return id, nil
	case says(err, notEditable):
		return a.Send(ctx, to, message)
	case photoRefused(err):
		return a.replace(ctx, to, at, message)
	default:
		return "", a.refusal("edit", err)
	}
}

func (a *Adapter) edit(ctx context.Context, chat int64, at place, message channels.Message) error {
	with := inline(message.Choices, a.Limits())
	if at.photo {
		return a.editPhoto(ctx, chat, at, message, with)
	}
	text, strong := wordsAlone(message)
	_, err := a.bot.EditMessageText(ctx, &bot.EditMessageTextParams{
		ChatID: chat, MessageID: int(at.message), Text: text, Entities: strong, ReplyMarkup: with,
		LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: bot.True()},
	})
	return err
}

func (a *Adapter) editPhoto(ctx context.Context, chat int64, at place, message channels.Message, with any) error {
	var edited *models.Message
	caption, strong := words(message)
	return a.withPhoto(ctx, message.Photo.Name, func(file models.InputFile) (err error) {
		media := asMedia(file)
		media.Caption, media.CaptionEntities = caption, strong
		edited, err = a.bot.EditMessageMedia(ctx, &bot.EditMessageMediaParams{
			ChatID: chat, MessageID: int(at.message), Media: media, ReplyMarkup: with,
		})
		return err
	}, func() *models.Message { return edited })
}

// replace sends first and deletes after, so that a failure leaves the buyer with the old message and not with none.
func (a *Adapter) replace(ctx context.Context, to channels.Address, old place, message channels.Message) (string, error) {
	now, err := a.Send(ctx, to, message)
	if err != nil {
		return "", err
	}
	chat, err := a.chat(to)
	if err != nil {
		return "", err
	}
	if _, err := a.bot.DeleteMessage(ctx, &bot.DeleteMessageParams{ChatID: chat, MessageID: int(old.message)}); err != nil {
		a.config.Log.Debug("delete what was replaced", "channel", a.channel, "error", a.scrub(err.Error()))
	}
	return now, nil
}

// Acknowledge ends the waiting of a tapped button. Telegram waits for seconds only: being too late is no failure.
func (a *Adapter) Acknowledge(ctx context.Context, answer string) error {
	_, err := a.bot.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: answer})
	if says(err, tooOld) {
		return nil
	}
	return a.refusal("acknowledge", err)
}

// Typing shows "typing…" for up to five seconds or until the next message.
func (a *Adapter) Typing(ctx context.Context, to channels.Address) error {
	chat, err := a.chat(to)
	if err != nil {
		return err
	}
	_, err = a.bot.SendChatAction(ctx, &bot.SendChatActionParams{ChatID: chat, Action: models.ChatActionTyping})
	return a.refusal("typing", err)
}

// keyboardUp tells whether the chat has a keyboard of Telegram's own. Only this process knows: after a restart the
// keyboard, which is shown once, is left folded away.
func (a *Adapter) keyboardUp(chat int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked[chat]
}

func (a *Adapter) noteKeyboard(chat int64, with any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch with.(type) {
	case models.ReplyKeyboardMarkup:
		a.asked[chat] = true
	case models.ReplyKeyboardRemove:
		delete(a.asked, chat)
	}
}

// sweep takes away Telegram's own keyboard when the message to come has buttons. A message carries one or the other, so
// the end of the keyboard needs a message, which does not stay.
func (a *Adapter) sweep(ctx context.Context, chat int64) {
	with := models.ReplyKeyboardRemove{RemoveKeyboard: true}
	sent, err := a.bot.SendMessage(ctx, &bot.SendMessageParams{ChatID: chat, Text: nothing, ReplyMarkup: with, DisableNotification: true})
	if err != nil {
		a.log("take away the keyboard", err)
		return
	}
	a.noteKeyboard(chat, with)
	if _, err := a.bot.DeleteMessage(ctx, &bot.DeleteMessageParams{ChatID: chat, MessageID: sent.ID}); err != nil && !errors.Is(err, context.Canceled) {
		a.log("take away the message that took away the keyboard", err)
	}
}
