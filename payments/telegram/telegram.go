// Package telegram takes payments inside Telegram's chats: by invoices that a payment provider of the merchant's charges,
// and by Telegram Stars for what is handed over as bytes (https://core.telegram.org/bots/payments). The chat shows the
// invoice; questions about it and news of money come with the bot's updates.
package telegram

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/payments"
)

// Names of the gateways.
const (
	InChat  = "telegram" // by a payment provider
	InStars = "stars"
)

// Chat is where a buyer talks to the shop.
type Chat struct {
	Channel string // "telegram:42": the connected bot
	Buyer   string // the network's id of the buyer
}

// Sale is what of an order an invoice shows.
type Sale struct {
	Start    string // the payload of a link to the shop, [A-Za-z0-9_-], that forwarded copies of the invoice have
	Photo    string // a public address; empty: none
	Delivery string // the name of the way that the goods are brought; empty: nothing is brought
	Shipping money.Amount
	Discount money.Amount // not negative
}

// Shop is what the desk asks of orders and conversations.
type Shop interface {
	// Owed locks the order and says what is to be paid for it.
	Owed(ctx context.Context, order payments.OrderID) (payments.Due, error)
	// Chat is where the buyer of an order talks to the shop.
	Chat(ctx context.Context, merchant payments.MerchantID, order payments.OrderID) (Chat, error)
	// Sale fails with fault.Missing when there is no such order.
	Sale(ctx context.Context, merchant payments.MerchantID, order payments.OrderID) (Sale, error)
	// Holds says whether the stock of an order is held for it.
	Holds(ctx context.Context, merchant payments.MerchantID, order payments.OrderID) (bool, error)
}

// Bot is the calls of the Bot API that are made about money. Errors of kind fault.Unavailable and unclassified ones are
// tried again.
type Bot interface {
	// Remove takes a message with an invoice out of a chat; one that is gone is fine.
	Remove(ctx context.Context, chat Chat, message string) error
	// RefundStars gives a payment in Stars back to who paid it. Twice is fine. It fails with fault.Denied when Telegram
	// does not know the charge.
	RefundStars(ctx context.Context, channel, buyer, charge string) error
	// Channels are the bots that can be called.
	Channels() []string
	// StarTransactions are rows of a bot's balance of Stars in the order of time, without the first offset of them; limit is
	// 1 to 100. Past the end there are none.
	StarTransactions(ctx context.Context, channel string, offset, limit int) ([]StarTransaction, error)
}

// Processor gives back what was charged by the provider behind Telegram, where we may.
type Processor interface {
	RefundCharge(ctx context.Context, charge string, amount money.Amount, key string) (payments.Returned, error)
}

// Payments is what the desk asks of payments.
type Payments interface {
	FindByKey(ctx context.Context, key string) (payments.Payment, error)
	Hear(ctx context.Context, gateway string, n payments.Notice) error
}

// Config is what a desk needs. DB, Shop, Key and Now are required; Payments and Bot are, once anybody pays.
type Config struct {
	DB        *db.DB
	Shop      Shop
	Payments  Payments
	Bot       Bot
	Processor Processor // nil: staff give money back at the provider's
	Token     string    // of the payment provider, for merchants without one of their own; empty: none
	Key       []byte    // 32 bytes that seal merchants' tokens
	Random    io.Reader // nil: crypto/rand
	Now       func() time.Time
}

// Desk is where invoices are made, questions about them answered and their money is taken in.
type Desk struct {
	Config
	store store
	seal  cipher.AEAD
}

var tokenForm = regexp.MustCompile(`^[0-9]{1,20}:(TEST|LIVE):[A-Za-z0-9_.:-]{1,150}$`)

// IsToken says whether a text looks like a provider's token as @BotFather gives it: "284685063:TEST:…".
func IsToken(text string) bool { return tokenForm.MatchString(text) }

func isLive(token string) bool { return strings.Contains(token, ":LIVE:") }

// New makes a desk. It fails with fault.Invalid (telegram.provider_token) when Token is none.
func New(config Config) (*Desk, error) {
	if config.Token != "" && !IsToken(config.Token) {
		return nil, fault.New(fault.Invalid, "telegram.provider_token")
	}
	if config.Random == nil {
		config.Random = rand.Reader
	}
	seal, err := sealer(config.Key)
	if err != nil {
		return nil, err
	}
	return &Desk{Config: config, store: store{config.DB}, seal: seal}, nil
}

func (d *Desk) at() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }

// Gateways are the ways to pay that the desk serves.
func (d *Desk) Gateways() []payments.Gateway {
	return []payments.Gateway{&Gateway{d}, &StarsGateway{Gateway{d}}}
}

// Gateway takes money by the merchant's payment provider.
type Gateway struct{ desk *Desk }

// StarsGateway takes Telegram Stars.
type StarsGateway struct{ Gateway }

// Name is "telegram".
func (*Gateway) Name() string { return InChat }

// Name is "stars".
func (*StarsGateway) Name() string { return InStars }

// Instant says that opening needs no network: the chat's own outbox sends the invoice.
func (*Gateway) Instant() {}

// LiveFor says whether the merchant's token moves real money.
func (g *Gateway) LiveFor(ctx context.Context, merchant payments.MerchantID) (bool, error) {
	token, err := g.desk.token(ctx, merchant)
	return isLive(token), err
}

// LiveFor is true: there are no Stars for trying out.
func (*StarsGateway) LiveFor(context.Context, payments.MerchantID) (bool, error) { return true, nil }

// Whole says that Stars go back as a whole.
func (*StarsGateway) Whole() {}

// Offers says whether an order can be paid by invoice: its buyer is on Telegram, the merchant has a provider, and
// Telegram knows the currency.
func (g *Gateway) Offers(ctx context.Context, due payments.Due) bool {
	if !takes(due.Amount) {
		return false
	}
	token, err := g.desk.token(ctx, due.Merchant)
	return err == nil && token != "" && g.desk.isInTelegram(ctx, due)
}

// Offers says whether an order can be paid in Stars: digital goods only, by a buyer on Telegram, at a merchant who says
// what a Star is worth.
func (g *StarsGateway) Offers(ctx context.Context, due payments.Due) bool {
	if !due.Digital {
		return false
	}
	price, err := g.desk.inStars(ctx, due)
	return err == nil && price > 0 && g.desk.isInTelegram(ctx, due)
}

func (d *Desk) isInTelegram(ctx context.Context, due payments.Due) bool {
	chat, err := d.Shop.Chat(ctx, due.Merchant, due.Order)
	return err == nil && strings.HasPrefix(chat.Channel, "telegram:") && buyerForm.MatchString(chat.Buyer)
}

// Open makes the invoice, in the transaction of whoever starts the payment.
func (g *Gateway) Open(ctx context.Context, p payments.Payment, due payments.Due, _ payments.Return) (payments.Opened, error) {
	return g.desk.open(ctx, p, due, due.Amount)
}

// Open makes an invoice in Stars for what is due.
func (g *StarsGateway) Open(ctx context.Context, p payments.Payment, due payments.Due, _ payments.Return) (payments.Opened, error) {
	price, err := g.desk.inStars(ctx, due)
	if err != nil {
		return payments.Opened{}, err
	}
	if p.Tender.Minor > 0 {
		price = p.Tender.Minor // as it was opened before
	}
	opened, err := g.desk.open(ctx, p, due, money.Of(price, money.Stars))
	opened.Tender = money.Of(price, money.Stars)
	return opened, err
}

func (d *Desk) open(ctx context.Context, p payments.Payment, due payments.Due, total money.Amount) (payments.Opened, error) {
	chat, err := d.Shop.Chat(ctx, p.Merchant, p.Order)
	if err != nil {
		return payments.Opened{}, fmt.Errorf("whose order %d is: %w", p.Order, err)
	}
	sale, err := d.Shop.Sale(ctx, p.Merchant, p.Order)
	if err != nil {
		return payments.Opened{}, fmt.Errorf("what order %d sells: %w", p.Order, err)
	}
	payload := Payload{p.Order, chat.Buyer, p.Key}
	if _, readable := ReadPayload(payload.String()); !readable {
		return payments.Opened{}, fault.New(fault.Conflict, "payment.not_offered").With("gateway", p.Gateway)
	}
	made := bill(payload.String(), due, sale, total)
	err = d.store.insert(ctx, invoiceRow{
		Payload: made.Payload, MerchantID: int64(p.Merchant), OrderID: int64(p.Order), PaymentKey: p.Key, Channel: chat.Channel,
		Buyer: chat.Buyer, Language: due.Language, Currency: string(total.Currency), Total: total.Minor, Content: asJSON(made), MadeAt: d.at(),
	})
	return payments.Opened{Ref: made.Payload, Expires: due.Expires}, err
}

// Look is what the desk knows: Telegram is not to be asked about invoices, it tells.
func (g *Gateway) Look(ctx context.Context, p payments.Payment) (payments.Notice, error) {
	charges, err := g.desk.store.charges(ctx, p.Ref)
	if err != nil {
		return payments.Notice{}, err
	}
	if len(charges) > 0 {
		return charges[0].notice(p.Live, p.Key), nil
	}
	invoice, err := g.desk.store.invoice(ctx, p.Ref)
	if err != nil {
		return payments.Notice{}, err
	}
	n := payments.Notice{Ref: p.Ref, Payment: p.Key, News: payments.Open, Live: p.Live}
	if invoice.State == closed {
		n.News = payments.Expired
	}
	return n, nil
}

// Close has every further question about the invoice answered with no, and takes it out of the chat. While the buyer's
// card is being charged, which Telegram says nothing of, it fails with fault.Unavailable: nobody knows yet.
func (g *Gateway) Close(ctx context.Context, p payments.Payment) error {
	d, shown := g.desk, invoiceRow{}
	err := d.DB.InTx(ctx, func(ctx context.Context) error {
		invoice, err := d.store.lock(ctx, p.Ref)
		if err != nil {
			return err
		}
		charges, err := d.store.charges(ctx, p.Ref)
		switch {
		case err != nil:
			return err
		case len(charges) > 0:
			return fault.New(fault.Conflict, "payment.was_paid")
		case invoice.isBeingPaid(d.at(), ""):
			return fault.New(fault.Unavailable, "payment.being_paid")
		}
		shown = invoice
		return d.store.close(ctx, p.Ref)
	})
	if err != nil || shown.Message == "" || d.Bot == nil {
		return err
	}
	return d.Bot.Remove(ctx, shown.chat(), shown.Message)
}
