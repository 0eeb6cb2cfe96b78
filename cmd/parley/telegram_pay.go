package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"parley/admin"
	"parley/catalog"
	"parley/catalog/fault"
	"parley/channels"
	"parley/channels/telegram"
	"parley/dialogs"
	"parley/dialogs/flow"
	"parley/dialogs/texts"
	"parley/orders"
	"parley/payments"
	"parley/payments/shoporders"
	inchat "parley/payments/telegram"
)

// invoicedShop is orders and conversations as invoices need them.
type invoicedShop struct {
	shoporders.Orders
	orders   *orders.Service
	catalog  *catalog.Service
	contacts *dialogs.Contacts
	site     string // where the world reaches our pictures; empty: nowhere
}

// Chat is where the buyer of an order talks to the shop.
func (s invoicedShop) Chat(ctx context.Context, m payments.MerchantID, id payments.OrderID) (inchat.Chat, error) {
	order, err := s.orders.Find(ctx, catalog.MerchantID(m), orders.OrderID(id))
	if err != nil {
		return inchat.Chat{}, err
	}
	address, err := s.contacts.AddressOf(ctx, order.Buyer)
	return inchat.Chat(address), err
}

// Sale is what an invoice shows of an order.
func (s invoicedShop) Sale(ctx context.Context, m payments.MerchantID, id payments.OrderID) (inchat.Sale, error) {
	order, err := s.orders.Find(ctx, catalog.MerchantID(m), orders.OrderID(id))
	if err != nil {
		return inchat.Sale{}, err
	}
	merchant, err := s.catalog.Merchant(ctx, order.Merchant)
	if err != nil {
		return inchat.Sale{}, err
	}
	photo, err := s.photo(ctx, order)
	return inchat.Sale{
		Start: "s_" + merchant.Slug, Photo: photo, Delivery: order.Delivery.Name, Shipping: order.Totals.Shipping, Discount: order.Totals.Discount,
	}, err
}

// photo is the address of the first picture of what was ordered first, where the world can see it.
func (s invoicedShop) photo(ctx context.Context, order orders.Order) (string, error) {
	if len(order.Lines) == 0 {
		return "", nil
	}
	variant, err := s.catalog.Stock(ctx, order.Merchant, order.Lines[0].Variant)
	if err != nil {
		return "", unlessMissing(err)
	}
	product, err := s.catalog.Find(ctx, order.Merchant, variant.Product)
	if err != nil || len(product.Images) == 0 {
		return "", unlessMissing(err)
	}
	name := cmp.Or(product.Images[0].File, product.Images[0].Src)
	switch {
	case strings.HasPrefix(name, "https://"):
		return name, nil
	case s.site == "":
		return "", nil
	}
	return s.site + "/pictures/" + name, nil
}

func unlessMissing(err error) error {
	if fault.KindOf(err) == fault.Missing {
		return nil
	}
	return err
}

// Holds says whether the stock of an order is kept for it.
func (s invoicedShop) Holds(ctx context.Context, m payments.MerchantID, id payments.OrderID) (bool, error) {
	return s.orders.Holds(ctx, catalog.MerchantID(m), orders.OrderID(id))
}

// invoiceOf is the invoice of a payment as conversations show it; nil when the chat does not take its money.
func (s *shop) invoiceOf(ctx context.Context, p payments.Payment) (*flow.Invoice, error) {
	if p.Gateway != inchat.InChat && p.Gateway != inchat.InStars {
		return nil, nil //nolint:nilnil // no invoice is what a link has
	}
	made, err := s.desk.Invoice(ctx, p)
	if err != nil {
		return nil, err
	}
	shown := &flow.Invoice{
		Payload: made.Payload, Title: made.Title, Description: made.Description, Currency: made.Currency, Start: made.Start, Photo: made.Photo,
		Total: p.Asked(),
	}
	for _, price := range made.Prices {
		shown.Prices = append(shown.Prices, flow.InvoicePrice(price))
	}
	return shown, nil
}

// invoiceDesk is the desk as the bot's adapter knows it.
type invoiceDesk struct{ *inchat.Desk }

// Token is what an invoice is sent with.
func (d invoiceDesk) Token(ctx context.Context, payload string) (string, error) {
	return d.ToSend(ctx, payload)
}

// Sent notes the message of an invoice; without one Telegram refused it.
func (d invoiceDesk) Sent(ctx context.Context, payload, message string) error {
	if message == "" {
		return d.Unsent(ctx, payload)
	}
	return d.Desk.Sent(ctx, payload, message)
}

// Check answers a pre-checkout query in the buyer's language.
func (d invoiceDesk) Check(ctx context.Context, q telegram.Query) (string, error) {
	answer, err := d.Desk.Check(ctx, asked(q))
	return refusalIn(answer, q.Language), err
}

// Ship answers a shipping query in the buyer's language.
func (d invoiceDesk) Ship(ctx context.Context, q telegram.Query) (option, refusal string, err error) {
	answer, err := d.Desk.Ship(ctx, asked(q))
	return answer.Option, refusalIn(answer, q.Language), err
}

func asked(q telegram.Query) inchat.Query {
	return inchat.Query{ID: q.ID, Channel: q.Channel, Buyer: q.Buyer, Payload: q.Payload, Currency: q.Currency, Total: q.Total}
}

// refusalIn is the sentence of a refusal, in the language of the order's buyer, else in that of the app that asks.
func refusalIn(a inchat.Answer, language string) string {
	said, is := fault.Of(a.Refusal)
	if !is {
		return ""
	}
	if a.Language != "" {
		language = a.Language
	}
	args := map[string]any{}
	for name, value := range said.Args {
		args[name] = value
	}
	return texts.Say(texts.Match(language, texts.Languages()), said.Key, args)
}

// Paid takes money in, or hears that it went back.
func (d invoiceDesk) Paid(ctx context.Context, c telegram.Charge) error {
	charge := inchat.Charge{
		Payload: c.Payload, Buyer: c.Buyer, Currency: c.Currency, Total: c.Total, Charge: c.Charge, Provider: c.Provider, At: c.At, Raw: c.Raw,
	}
	if c.Back {
		return d.GivenBack(ctx, charge)
	}
	return d.Desk.Paid(ctx, charge)
}

// payingBot is the bot's adapter as the desk knows it.
type payingBot struct{ *telegram.Adapter }

// Remove takes an invoice out of a chat of this bot; those of other bots stay, and can't be paid any more.
func (b payingBot) Remove(ctx context.Context, chat inchat.Chat, message string) error {
	if chat.Channel != b.Channel() {
		return nil
	}
	return b.Adapter.Remove(ctx, chat.Buyer, message)
}

// Channels is this bot.
func (b payingBot) Channels() []string { return []string{b.Channel()} }

// StarTransactions are rows of this bot's balance.
func (b payingBot) StarTransactions(ctx context.Context, channel string, offset, limit int) ([]inchat.StarTransaction, error) {
	if channel != b.Channel() {
		return nil, fault.New(fault.Unavailable, "payment.processor_unavailable")
	}
	rows, err := b.Adapter.StarTransactions(ctx, offset, limit)
	all := make([]inchat.StarTransaction, len(rows))
	for i, row := range rows {
		all[i] = inchat.StarTransaction(row)
	}
	return all, err
}

// reachBot has the desk call the bot from a command, which hears nothing of what buyers do.
func (s *shop) reachBot() error {
	if s.settings.TelegramToken == "" || s.desk.Bot != nil {
		return nil
	}
	adapter, err := telegram.New(telegram.Config{
		Token: s.settings.TelegramToken, APIURL: s.settings.TelegramAPIURL, Log: s.log,
		Receive: func(context.Context, channels.Inbound) error { return nil },
	})
	if err != nil {
		return wrong("PARLEY_TELEGRAM_TOKEN or PARLEY_TELEGRAM_API_URL can't be used: %v", err)
	}
	s.desk.Bot = payingBot{adapter}
	return nil
}

// RefundStars gives Stars back that were paid to this bot.
func (b payingBot) RefundStars(ctx context.Context, channel, buyer, charge string) error {
	if channel != b.Channel() {
		return fault.New(fault.Unavailable, "payment.processor_unavailable")
	}
	return b.Adapter.RefundStars(ctx, buyer, charge)
}

// changeInTelegram changes how a shop is paid inside Telegram's chats, and keeps in the audit trail what it was and is.
func (s *shop) changeInTelegram(ctx context.Context, merchant payments.MerchantID, token, rate *string) error {
	shown := func(ctx context.Context) (string, error) {
		has, live, stars, err := s.desk.Shown(ctx, merchant)
		if err != nil {
			return "", err
		}
		said, err := json.Marshal(map[string]any{"has_provider_token": has, "live": live, "stars_rate": stars})
		return string(said), err
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		was, err := shown(ctx)
		if err != nil && token == nil {
			return err // a token that can't be read any more is mended by another one
		}
		if err := s.desk.Change(ctx, merchant, token, rate); err != nil {
			return err
		}
		became, err := shown(ctx)
		if err != nil {
			return err
		}
		return s.accounts.Record(ctx, admin.Deed{
			Merchant: catalog.MerchantID(merchant), Who: admin.Console, What: "telegram_payments.changed", Subject: fmt.Sprintf("merchant:%d", merchant), Was: was, Became: became,
		})
	})
}
