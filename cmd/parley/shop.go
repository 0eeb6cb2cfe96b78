package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	chance "math/rand/v2"
	"strings"
	"time"

	"parley/admin"
	"parley/admin/webhooks"
	"parley/catalog"
	"parley/catalog/demo"
	"parley/catalog/formats"
	"parley/catalog/images"
	"parley/catalog/outside"
	"parley/channels"
	"parley/dialogs"
	"parley/migrations"
	"parley/migrations/db"
	"parley/orders"
	"parley/payments"
	"parley/payments/manual"
	"parley/payments/sandbox"
	"parley/payments/settlement"
	"parley/payments/stripe"
	inchat "parley/payments/telegram"
)

// shop is every part of the program that needs no network, built by hand.
type shop struct {
	settings   *Settings
	log        *slog.Logger
	db         *db.DB
	secret     []byte
	url        string // where buyers' browsers reach us
	catalog    *catalog.Service
	outside    *outside.Client // calls the addresses of strangers
	images     *images.Service
	webhooks   *webhooks.Service
	orders     *orders.Service
	payments   *payments.Service
	settlement *settlement.Service
	outbox     *channels.Outbox
	engine     *dialogs.Engine
	inbox      *dialogs.Inbox
	accounts   *admin.Accounts
	sandbox    *sandbox.Gateway // nil outside of demo mode
	stripe     *stripe.Gateway  // nil without its settings
	desk       *inchat.Desk     // of invoices in Telegram's chats
	transfer   *manual.Gateway  // nil when transfers are not offered
}

// openShop opens the database, brings it to this version's shape and builds the parts. listening is the
// address that links lead to when no public one is set.
func openShop(ctx context.Context, s *Settings, log *slog.Logger, listening string) (*shop, error) {
	d, err := db.Open(ctx, s.where())
	if err != nil {
		return nil, err
	}
	built := &shop{settings: s, log: log, db: d, url: s.publicURL(listening)}
	if err := built.build(ctx); err != nil {
		_ = d.Close()
		return nil, err
	}
	return built, nil
}

func (s *shop) build(ctx context.Context) (err error) {
	if _, err := migrations.Up(ctx, s.db); err != nil {
		return err
	}
	if s.secret, err = s.settings.secret(); err != nil {
		return err
	}
	s.catalog = catalog.New(s.db, time.Now)
	if err := s.catalog.PromiseRebuilds(ctx); err != nil {
		return err
	}
	s.outside = outside.New(outside.Allow(s.settings.privateNetworks()...))
	s.images = images.New(s.db, s.catalog, s.outside, time.Now)
	s.orders = orders.New(s.db, s.catalog, time.Now)
	s.catalog.Formats, s.catalog.Sales = formats.Files{Site: s.url}, s.orders
	if err := s.listen(); err != nil {
		return err
	}
	gateways, err := s.gateways()
	if err != nil {
		return err
	}
	s.payments = payments.New(s.db, paidOrders{s.orders}, time.Now, s.url, gateways...)
	s.desk.Payments = s.payments
	s.settlement = settlement.New(s.db, s.payments, time.Now)
	s.payments.PayoutNews, s.payments.Queue = s.settlement, s.settlement
	s.outbox = channels.NewOutbox(s.db, time.Now)
	s.engine = dialogs.NewEngine(dialogs.Parts{
		DB: s.db, Shops: s.catalog, Shelves: catalog.NewWindow(s.catalog), Carts: s.orders, Checkout: s.orders, Orders: s.orders,
		Payments: dialogPayments{s.payments, s.orders, s.invoiceOf}, Outbox: s.outbox, Now: time.Now, Random: random, Log: s.log,
	})
	s.inbox = dialogs.NewInbox(s.engine)
	s.payments.Stories = stories{s.catalog, s.orders, s.inbox}
	s.accounts = admin.NewAccounts(s.db, time.Now)
	s.outbox.Gone = func(ctx context.Context, buyer channels.Address) {
		if err := s.engine.Gone(ctx, buyer); err != nil {
			s.log.ErrorContext(ctx, "a buyer left", "channel", buyer.Channel, "error", err)
		}
	}
	if s.settings.demo() {
		return s.db.InTx(ctx, func(ctx context.Context) error { return demo.Open(ctx, s.catalog) })
	}
	return nil
}

// listen has webhooks hear what happens to the catalogue and to orders.
func (s *shop) listen() (err error) {
	s.webhooks, err = webhooks.New(webhooks.Config{
		DB: s.db, Outside: s.outside, Now: time.Now, Key: derive(s.secret, "webhooks"), Random: rand.Reader, Jitter: chance.Float64,
		Plain: len(s.settings.PrivateNetworks) > 0, Log: s.log,
	})
	if err != nil {
		return err
	}
	s.catalog.Listener, s.orders.Listener = s.webhooks.Listens, s.webhooks.Listens
	return nil
}

// gateways are the ways to pay, in the order in which buyers see them.
func (s *shop) gateways() (all []payments.Gateway, err error) {
	if s.settings.StripeSecretKey != "" {
		s.stripe, err = stripe.New(stripe.Settings{
			SecretKey: s.settings.StripeSecretKey, WebhookSecrets: s.settings.StripeWebhookSecret, APIURL: s.settings.StripeAPIURL,
		})
		if err != nil {
			return nil, &settingError{err.Error()}
		}
		all = append(all, s.stripe)
	}
	if s.desk, err = s.invoices(); err != nil {
		return nil, err
	}
	all = append(all, s.desk.Gateways()...)
	if s.settings.demo() {
		s.sandbox, err = sandbox.New(s.db, true, derive(s.secret, "sandbox"), s.url, time.Now)
		if err != nil {
			return nil, err
		}
		all = append(all, s.sandbox)
	}
	all = append(all, manual.COD())
	if s.settings.TransferAccount != "" || s.settings.demo() {
		s.transfer = manual.Transfer(s.settings.TransferAccount, s.url)
		all = append(all, s.transfer)
	}
	return all, nil
}

// invoices is the desk of payments inside Telegram's chats. Stripe gives back what was charged by it behind Telegram.
func (s *shop) invoices() (*inchat.Desk, error) {
	config := inchat.Config{
		DB: s.db, Token: s.settings.TelegramProviderToken, Key: derive(s.secret, "telegram payments"), Now: time.Now,
		Shop: invoicedShop{paidOrders{s.orders}, s.catalog, dialogs.NewContacts(s.db), strings.TrimRight(s.settings.PublicURL, "/")},
	}
	if s.stripe != nil {
		config.Processor = s.stripe
	}
	desk, err := inchat.New(config)
	if err != nil {
		return nil, wrong("PARLEY_TELEGRAM_PROVIDER_TOKEN is no provider token; it should look like 284685063:TEST:… as @BotFather gave it")
	}
	return desk, nil
}

// random is 16 signs of [a-z2-7].
func random() string { return strings.ToLower(rand.Text()[:16]) }

// close lets everything go.
func (s *shop) close() error {
	s.outside.Close()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}
