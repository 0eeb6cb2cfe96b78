package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/admin"
	"parley/admin/api"
	"parley/channels"
	"parley/channels/telegram"
	"parley/channels/webchat"
	"parley/dialogs"
	"parley/dialogs/paying"
	"parley/migrations/db"
)

type serveCommand struct{}

// Run opens the shop until ctx ends, then finishes what is in hand.
func (serveCommand) Run(ctx context.Context, settings *Settings, tty terminal) error {
	listener, err := net.Listen("tcp", settings.Addr)
	if err != nil {
		return wrong("PARLEY_ADDR %s can't be listened on: %v", settings.Addr, errors.Unwrap(err))
	}
	s, err := openShop(ctx, settings, settings.logger(tty), listener.Addr().String())
	if err != nil {
		_ = listener.Close()
		return err
	}
	server, err := newServer(s)
	if err != nil {
		_ = listener.Close()
		return errors.Join(err, s.close())
	}
	if err := s.welcome(ctx, tty); err != nil {
		_ = listener.Close()
		return errors.Join(err, s.close())
	}
	return errors.Join(server.serve(ctx, listener), s.close())
}

// server is the shop with its channels and pages.
type server struct {
	*shop
	app      *fiber.App
	web      *webchat.Adapter
	telegram *telegram.Adapter // nil without a token
	admin    *admin.Admin
	api      *api.API
	metrics  *metrics
	feeds    *feeds
}

func newServer(s *shop) (*server, error) {
	srv := &server{shop: s, metrics: newMetrics(s)}
	if err := srv.connect(); err != nil {
		return nil, err
	}
	var err error
	srv.admin, err = admin.New(admin.Config{
		DB: s.db, Now: time.Now, Key: derive(s.secret, "staff"), Secure: strings.HasPrefix(s.settings.PublicURL, "https://"), Log: s.log,
		Accounts: s.accounts, Shops: s.catalog, Inbox: s.inbox, Orders: s.orders, Payments: s.payments, Settlement: s.settlement, Channels: s.channels(),
		ChatPayments: s.desk,
	})
	if err != nil {
		return nil, err
	}
	if srv.feeds, err = newFeeds(s); err != nil {
		return nil, err
	}
	srv.api, err = api.New(api.Config{
		DB: s.db, Now: time.Now, Key: derive(s.secret, "api"), Secure: strings.HasPrefix(s.settings.PublicURL, "https://"), Log: s.log,
		Accounts: s.accounts, Catalog: s.catalog, Orders: s.orders, Payments: s.payments, Settlement: s.settlement, ChatPayments: s.desk, Images: s.images, Webhooks: s.webhooks,
		Inbox: s.inbox, Files: srv.feeds, Channels: s.channels(),
	})
	if err != nil {
		return nil, err
	}
	srv.app = srv.routes()
	return srv, nil
}

// connect makes the channels.
func (s *server) connect() (err error) {
	if s.web, err = s.webChat(); err != nil {
		return err
	}
	s.outbox.Connect("web", s.web)
	if s.settings.TelegramToken == "" {
		return nil
	}
	if s.telegram, err = s.telegramBot(); err != nil {
		return err
	}
	s.desk.Bot = payingBot{s.telegram}
	s.outbox.Connect(s.telegram.Channel(), s.telegram)
	return nil
}

// sendAtOnce is how many conversations are sent to at the same time.
const sendAtOnce = 64

// shutdownPatience is how long requests under way may take once the program is told to stop.
const shutdownPatience = 10 * time.Second

// serve works until ctx ends: requests, the outbox, promised jobs, polling. Then it stops them in the
// reverse order, so that what a request has promised is still sent if it can be at once.
func (s *server) serve(ctx context.Context, listener net.Listener) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var working sync.WaitGroup
	start := func(work func(ctx context.Context)) {
		working.Add(1)
		go func() { defer working.Done(); work(background) }()
	}
	start(s.db.Carry)
	start(func(ctx context.Context) { s.outbox.Keep(ctx, sendAtOnce, s.jobFailed) })
	start(func(ctx context.Context) {
		s.db.Keep(ctx, db.Keeping{Kinds: s.keepers(), Failed: s.jobFailed})
	})
	start(s.keepImages)
	start(s.keepWebhooks)
	start(s.sweep)
	start(s.seal)
	start(s.keepSettlement)
	start(s.catchUp)
	broken := make(chan error, 2)
	start(func(ctx context.Context) { s.runTelegram(ctx, broken) })
	go func() { broken <- s.app.Listener(listener) }()
	spareCollector()
	go giveBack()
	var err error
	select {
	case <-ctx.Done():
	case err = <-broken:
	}
	s.log.Info("stopping")
	s.web.Close()
	s.admin.Close()
	err = errors.Join(err, s.app.ShutdownWithTimeout(shutdownPatience))
	stop()
	working.Wait()
	s.feeds.close()
	return err
}

// runTelegram sets the bot up: in every replica when Telegram delivers by webhook, since any may be asked;
// without one in all of them too, so that each knows the bot's name, and one of them polls.
func (s *server) runTelegram(ctx context.Context, broken chan<- error) {
	if s.telegram == nil {
		return
	}
	var err error
	if s.settings.PublicURL != "" {
		err = s.telegram.Run(ctx)
	} else {
		if err := s.telegram.Setup(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "telegram is not set up yet", "error", err) // Run tries again
		}
		err = s.db.Alone(ctx, s.telegram.Channel(), s.telegram.Run)
	}
	if err != nil && ctx.Err() == nil {
		broken <- wrong("PARLEY_TELEGRAM_TOKEN is not accepted by Telegram; it should be as @BotFather gave it")
	}
}

func (s *server) telegramBot() (*telegram.Adapter, error) {
	bot, err := telegram.New(telegram.Config{
		Token: s.settings.TelegramToken, APIURL: s.settings.TelegramAPIURL, PublicURL: s.settings.PublicURL,
		Secret: fmt.Sprintf("%x", derive(s.secret, "telegram")), Pictures: s.pictures(), Receive: s.engine.Receive,
		Passed: s.engine.Passed, Unknown: s.keepUnknown, Invoices: invoiceDesk{s.desk}, Commands: telegramCommands(), Rate: s.settings.TelegramRate, Log: s.log,
	})
	if err != nil {
		return nil, wrong("PARLEY_TELEGRAM_TOKEN or PARLEY_TELEGRAM_API_URL can't be used: %v", err)
	}
	return bot, nil
}

func (s *server) keepUnknown(ctx context.Context, channel string, raw []byte) error {
	return channels.KeepUnknown(ctx, s.db, channel, raw, time.Now().UTC())
}

// channels says by which networks orders came.
func (s *shop) channels() paying.Channels {
	return paying.Channels{Orders: s.orders, Contacts: dialogs.NewContacts(s.db)}
}
