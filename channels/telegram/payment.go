package telegram

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/go-telegram/bot"
)

// Invoices is the shop's side of payments inside chats. Its errors mean that Telegram must deliver again.
type Invoices interface {
	// Token is the payment provider's, with which an invoice is sent; empty for Stars. It fails with fault.Conflict when
	// nobody is to pay the invoice any more.
	Token(ctx context.Context, payload string) (token string, err error)
	// Sent notes which message shows an invoice; an empty one: Telegram does not take it.
	Sent(ctx context.Context, payload, message string) error
	// Check says whether somebody may pay: an empty refusal, or a sentence for them. Telegram waits ten seconds.
	Check(ctx context.Context, q Query) (refusal string, err error)
	// Ship is the one way of delivery that an invoice has in its total, or a refusal.
	Ship(ctx context.Context, q Query) (option, refusal string, err error)
	// Paid takes money in, or hears that it went back.
	Paid(ctx context.Context, c Charge) error
}

// Query is what Telegram asks before it takes money.
type Query struct {
	ID       string
	Channel  string
	Buyer    string // who is about to pay
	Language string // of their app, where it says one
	Payload  string
	Currency string
	Total    int64 // in Telegram's minor units; zero in a shipping query
}

// Charge is money that came, or went back.
type Charge struct {
	Channel  string
	Buyer    string // who paid
	Payload  string
	Currency string
	Total    int64
	Charge   string // telegram_payment_charge_id: "_" in test mode
	Provider string // provider_payment_charge_id
	Back     bool   // it went back
	At       time.Time
	Raw      []byte // the update
}

// asked is a question or a charge, as an update has it.
type asked struct {
	checkout, shipping bool
	Query
	charge *Charge
}

// query is both of https://core.telegram.org/bots/api#precheckoutquery and #shippingquery.
type query struct {
	ID       string `json:"id"`
	From     user   `json:"from"`
	Currency string `json:"currency"`
	Total    int64  `json:"total_amount"`
	Payload  string `json:"invoice_payload"`
}

type charged struct {
	Currency string `json:"currency"`
	Total    int64  `json:"total_amount"`
	Payload  string `json:"invoice_payload"`
	Charge   string `json:"telegram_payment_charge_id"`
	Provider string `json:"provider_payment_charge_id"`
}

// payment is what an update says of money; false when it says nothing. One that can't be read says nothing either.
func payment(u update) (asked, bool) {
	switch {
	case u.PreCheckout != nil:
		q, ok := questioned(u.PreCheckout)
		return asked{checkout: true, Query: q}, ok
	case u.Shipping != nil:
		q, ok := questioned(u.Shipping)
		return asked{shipping: true, Query: q}, ok
	case u.Message != nil:
		c, ok := moneyIn(u.Message)
		return asked{charge: c}, ok
	}
	return asked{}, false
}

func questioned(raw json.RawMessage) (Query, bool) {
	var q query
	if json.Unmarshal(raw, &q) != nil || q.ID == "" || q.From.ID == 0 {
		return Query{}, false
	}
	return Query{ID: q.ID, Buyer: strconv.FormatInt(q.From.ID, 10), Language: q.From.Language, Payload: q.Payload, Currency: q.Currency, Total: q.Total}, true
}

// moneyIn is the money of a service message. In a private chat the payer is whose chat it is.
func moneyIn(raw json.RawMessage) (*Charge, bool) {
	var m struct {
		Date     int64    `json:"date"`
		From     *user    `json:"from"`
		Chat     chat     `json:"chat"`
		Paid     *charged `json:"successful_payment"`
		Refunded *charged `json:"refunded_payment"`
	}
	if json.Unmarshal(raw, &m) != nil || m.Paid == nil && m.Refunded == nil {
		return nil, false
	}
	said, back := m.Paid, false
	if said == nil {
		said, back = m.Refunded, true
	}
	payer := m.Chat.ID
	if m.From != nil && !m.From.IsBot && m.From.ID != 0 {
		payer = m.From.ID
	}
	return &Charge{
		Buyer: strconv.FormatInt(payer, 10), Payload: said.Payload, Currency: said.Currency, Total: said.Total,
		Charge: said.Charge, Provider: said.Provider, Back: back, At: time.Unix(m.Date, 0).UTC(),
	}, true
}

// shippingOption is https://core.telegram.org/bots/api#shippingoption.
type shippingOption struct {
	ID     string         `json:"id"`
	Title  string         `json:"title"`
	Prices []labeledPrice `json:"prices"`
}

type labeledPrice struct {
	Label  string `json:"label"`
	Amount int64  `json:"amount"`
}

// pay answers a question about an invoice, or takes money in. Without a shop's side that is unknown news, and no.
func (a *Adapter) pay(ctx context.Context, about asked, raw []byte, answer *reply) error {
	about.Channel = a.channel
	if about.charge != nil {
		if a.config.Invoices == nil {
			return a.config.Unknown(ctx, a.channel, raw)
		}
		about.charge.Channel, about.charge.Raw = a.channel, raw
		return a.config.Invoices.Paid(ctx, *about.charge)
	}
	if a.config.Invoices == nil {
		if err := a.config.Unknown(ctx, a.channel, raw); err != nil {
			return err
		}
	}
	said, err := a.reply(ctx, about)
	if err != nil {
		return err
	}
	if answer != nil {
		*answer = said
		return nil
	}
	return a.say(ctx, said)
}

// noInvoices is said where nobody takes money.
const noInvoices = "This can't be paid any more."

func (a *Adapter) reply(ctx context.Context, about asked) (said reply, err error) {
	refusal, option := noInvoices, ""
	switch {
	case a.config.Invoices == nil:
	case about.checkout:
		refusal, err = a.config.Invoices.Check(ctx, about.Query)
	default:
		option, refusal, err = a.config.Invoices.Ship(ctx, about.Query)
	}
	if err != nil {
		return reply{}, err
	}
	said = reply{Method: "answerPreCheckoutQuery", Checkout: about.ID, OK: new(refusal == ""), Refusal: refusal}
	if about.shipping {
		said.Method, said.Checkout, said.Shipping = "answerShippingQuery", "", about.ID
		if refusal == "" {
			said.Options = []shippingOption{{ID: "agreed", Title: option, Prices: []labeledPrice{{Label: option, Amount: 0}}}}
		}
	}
	return said, nil
}

// say answers by a call, where updates are polled. Being too late is no failure: then nobody has paid.
func (a *Adapter) say(ctx context.Context, said reply) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var err error
	if said.Checkout != "" {
		_, err = a.bot.AnswerPreCheckoutQuery(ctx, &bot.AnswerPreCheckoutQueryParams{PreCheckoutQueryID: said.Checkout, OK: *said.OK, ErrorMessage: said.Refusal})
	} else {
		_, err = a.bot.AnswerShippingQuery(ctx, said.shipping())
	}
	if says(err, tooOld) {
		return nil
	}
	return a.refusal("answer about an invoice", err)
}
