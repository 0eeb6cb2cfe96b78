package telegram

import (
	"context"
	"errors"
	"strconv"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"parley/catalog/fault"
	"parley/channels"
)

// sendInvoice shows an invoice. One that nobody is to pay any more is not sent. One that Telegram does not take is told to
// the shop, so that the buyer is offered another way. A crash after Telegram took it sends it again: the copies are one
// invoice, and the shop takes the earlier one out of the chat.
func (a *Adapter) sendInvoice(ctx context.Context, chat int64, message channels.Message) (place, error) {
	invoice := *message.Invoice
	token, err := a.config.Invoices.Token(ctx, invoice.Payload)
	if kind := fault.KindOf(err); kind == fault.Conflict || kind == fault.Missing {
		return place{}, &channels.Refused{Why: channels.Bad, Said: "the invoice is over"}
	}
	if err != nil {
		return place{}, err
	}
	asked := invoiceParams(chat, token, message, a.Limits())
	sent, err := a.bot.SendInvoice(ctx, asked)
	if photoRefused(err) && asked.PhotoURL != "" {
		asked.PhotoURL = ""
		sent, err = a.bot.SendInvoice(ctx, asked)
	}
	if errors.Is(err, bot.ErrorBadRequest) && !says(err, noChat) {
		if told := a.config.Invoices.Sent(ctx, invoice.Payload, ""); told != nil {
			return place{}, told
		}
	}
	if err != nil {
		return place{}, err
	}
	at := place{message: int64(sent.ID)}
	return at, a.config.Invoices.Sent(ctx, invoice.Payload, at.String())
}

func invoiceParams(chat int64, token string, message channels.Message, limits channels.Limits) *bot.SendInvoiceParams {
	invoice := *message.Invoice
	asked := &bot.SendInvoiceParams{
		ChatID: chat, Title: invoice.Title, Description: invoice.Description, Payload: invoice.Payload, ProviderToken: token,
		Currency: invoice.Currency, StartParameter: invoice.Start, PhotoURL: invoice.Photo, DisableNotification: message.Quiet,
	}
	for _, price := range invoice.Prices {
		asked.Prices = append(asked.Prices, models.LabeledPrice{Label: price.Label, Amount: int(price.Amount)})
	}
	if rest, some := inline(message.Choices, limits).(keyboard); some { // the first button pays
		asked.ReplyMarkup = keyboard{append([][]button{{{Text: invoice.Pay, Pay: true}}}, rest.Rows...)}
	}
	return asked
}

func (r reply) shipping() *bot.AnswerShippingQueryParams {
	asked := &bot.AnswerShippingQueryParams{ShippingQueryID: r.Shipping, OK: *r.OK, ErrorMessage: r.Refusal}
	for _, option := range r.Options {
		one := models.ShippingOption{ID: option.ID, Title: option.Title}
		for _, price := range option.Prices {
			one.Prices = append(one.Prices, models.LabeledPrice{Label: price.Label, Amount: int(price.Amount)})
		}
		asked.ShippingOptions = append(asked.ShippingOptions, one)
	}
	return asked
}

// Remove deletes a message of the bot. One that is gone, or too old to be deleted, is fine.
func (a *Adapter) Remove(ctx context.Context, buyer, message string) error {
	chat, err := a.chat(channels.Address{Channel: a.channel, Buyer: buyer})
	at, known := parsePlace(message)
	if err != nil || !known {
		return err
	}
	_, err = a.bot.DeleteMessage(ctx, &bot.DeleteMessageParams{ChatID: chat, MessageID: int(at.message)})
	if errors.Is(err, bot.ErrorBadRequest) || errors.Is(err, bot.ErrorForbidden) {
		return nil
	}
	return a.refusal("remove an invoice", err)
}

// RefundStars gives a payment in Stars back; one that went back before is fine. It fails with fault.Denied when Telegram
// refuses, and with fault.Unavailable when it can be asked again.
func (a *Adapter) RefundStars(ctx context.Context, buyer, charge string) error {
	id, err := strconv.ParseInt(buyer, 10, 64)
	if err != nil {
		return fault.New(fault.Denied, "payment.processor_refused").Because(err)
	}
	_, err = a.bot.RefundStarPayment(ctx, &bot.RefundStarPaymentParams{UserID: id, TelegramPaymentChargeID: charge})
	switch {
	case err == nil, says(err, wentBack):
		return nil
	case errors.Is(err, bot.ErrorBadRequest), errors.Is(err, bot.ErrorForbidden):
		return fault.New(fault.Denied, "payment.processor_refused").Because(a.scrubbed(err))
	}
	return fault.New(fault.Unavailable, "payment.processor_unavailable").Because(a.refusal("refund Stars", err))
}
