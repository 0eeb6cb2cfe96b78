package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"parley/catalog"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/orders"
)

// KilledVariable holds, in the environment of a process that is to be killed, the Life it is to have.
const KilledVariable = "PARLEY_TEST_KILLED"

// Life is what a process does that is to be killed: it opens the shop that the last one left behind, finishes what that
// one had in hand, holds everything to the invariants, and then does a deed until it is killed.
type Life struct {
	Address   string // where it listens
	Data      string // folder of SQLite's database
	URL       string // PostgreSQL instead
	First     bool   // there is no shop yet
	Dir       string // folder of its own, its name short: sockets are in it
	Processor string
	Key       string
	Secret    string
	Messenger string
	Token     string
	World     string // where it says what it does, and has done to it what only others can do
	Deed      string // one of Deeds; empty: none, it ends
	Point     string // where it is killed; empty: nowhere, it says how often it came to each
	Nth       int
}

// Killed is the life of a process that the environment says is to be killed; false: it is another process.
func Killed() bool {
	told := os.Getenv(KilledVariable)
	if told == "" {
		return false
	}
	var life Life
	err := json.Unmarshal([]byte(told), &life)
	if err == nil {
		err = life.live(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

// mortal is the program in such a process.
type mortal struct {
	*server
	Life
	blade *blade
	world *http.Client
}

func (l Life) live(ctx context.Context) error {
	m := &mortal{Life: l, blade: &blade{}, world: &http.Client{Transport: &http.Transport{}}}
	m.blade.watchNetworks(l.Processor, l.Messenger)
	m.blade.watchSQLite()
	settings := &Settings{
		Addr: l.Address, PublicURL: "http://" + l.Address, DataDir: l.Data, DatabaseConns: 6, SecretKey: strings.Repeat("only for tests ", 4), Demo: "false",
		TelegramToken: l.Token, TelegramAPIURL: l.Messenger, TelegramRate: 1000,
		StripeSecretKey: l.Key, StripeWebhookSecret: []string{l.Secret}, StripeAPIURL: l.Processor,
	}
	var err error
	if l.URL != "" {
		if settings.DatabaseURL, err = m.blade.watchPostgres(l.URL, l.Dir); err != nil {
			return err
		}
	}
	shop, err := openShop(ctx, settings, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), l.Address)
	if err != nil {
		return err
	}
	if l.First {
		if err := openMeadow(ctx, shop.catalog); err != nil {
			return err
		}
	}
	if m.server, err = newServer(shop); err != nil {
		return err
	}
	m.blade.watchAnswers(l.Processor)
	listener, err := net.Listen("tcp", l.Address)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- m.serve(serving, watchedDoor{listener, m.blade}) }()
	if err := m.finish(ctx); err != nil {
		return err
	}
	if l.Deed != "" {
		return m.die(ctx)
	}
	stop()
	return errors.Join(<-ended, shop.close())
}

// openMeadow opens a shop with one thing that never runs out.
func openMeadow(ctx context.Context, into *catalog.Service) error {
	opened, err := into.SaveMerchant(ctx, catalog.Merchant{
		Slug: "meadow", Name: catalog.Text{"en": "Meadow"}, Languages: []string{"en"}, Currency: "EUR",
		Delivery: []catalog.DeliveryMethod{{Kind: catalog.Pickup, Name: catalog.Text{"en": "At the shop"}, Address: catalog.Text{"en": "1 Long Street"}}},
	})
	if err != nil {
		return err
	}
	_, err = into.SaveProduct(ctx, catalog.Product{
		Merchant: opened.ID, Handle: "kettle", State: catalog.Active, Title: catalog.Text{"en": "Kettle"},
		Variants: []catalog.Variant{{SKU: "K-1", Price: money.Of(4990, "EUR"), Tracked: true, OnHand: 1_000_000}},
	})
	return err
}

// finish does what the last process had in hand, hears again what it did not acknowledge, and looks whether all is well.
func (m *mortal) finish(ctx context.Context) error {
	if _, err := m.tell(ctx, "awake", nil); err != nil {
		return err
	}
	if err := m.quiet(ctx); err != nil {
		return err
	}
	findings, err := m.verify(ctx)
	if err != nil {
		return err
	}
	for _, broken := range db.Broken(findings) {
		err = errors.Join(err, fmt.Errorf("%s is broken %d times: %s: %v", broken.Invariant, broken.Count, broken.Sentence, broken.First))
	}
	return err
}

// die does the deed until the blade falls.
func (m *mortal) die(ctx context.Context) error {
	deed := Deeds[m.Deed]
	d, err := m.ready(ctx)
	if err == nil && deed.before != nil {
		err = deed.before(d, ctx)
	}
	if err != nil {
		return fmt.Errorf("before %s: %w", m.Deed, err)
	}
	if err := m.quiet(ctx); err != nil {
		return err
	}
	m.blade.draw(m.Point, m.Nth)
	if err := deed.do(d, ctx); err != nil {
		return fmt.Errorf("%s: %w", m.Deed, err)
	}
	if err := m.quiet(ctx); err != nil {
		return err
	}
	if _, err := m.tell(ctx, "survived", m.blade.counted()); err != nil {
		return err
	}
	fall()
	return nil
}

// ready is a doer with a shop to sell from and a buyer.
func (m *mortal) ready(ctx context.Context) (d *doer, err error) {
	d = &doer{mortal: m}
	if d.shop, err = m.catalog.MerchantBySlug(ctx, "meadow"); err != nil {
		return nil, err
	}
	if err := m.db.On(ctx).Raw("select id from contacts where channel like 'telegram%' order by id limit 1").Scan(&d.buyer).Error; err != nil {
		return nil, err
	}
	if err := m.db.On(ctx).Raw("select id from variants").Scan(&d.goods).Error; err != nil {
		return nil, err
	}
	if d.buyer == 0 || d.goods == 0 {
		return nil, errors.New("nobody has come, or there is nothing to sell")
	}
	return d, nil
}

// soon is how far ahead a job is waited for: a failed try, but not what is done every hour.
const soon = 20 * time.Second

// quiet waits until every job is done.
func (m *mortal) quiet(ctx context.Context) error {
	late := time.Now().Add(2 * soon)
	for {
		var left []struct {
			Kind, State, LastError string
		}
		err := m.db.On(ctx).Raw("select kind, state, last_error from jobs where state <> 'ready' or run_at < ? limit 3", time.Now().Add(soon).UnixMicro()).Scan(&left).Error
		switch {
		case err != nil:
			return err
		case len(left) == 0:
			return nil
		case left[0].State == "dead" || time.Now().After(late):
			return fmt.Errorf("jobs are not done: %+v", left)
		}
		time.Sleep(2 * time.Millisecond) // jobs of the outbox and of services have no common end to wait for
	}
}

// tell has the world know, or do, something.
func (m *mortal) tell(ctx context.Context, what string, more any) (string, error) {
	said, err := json.Marshal(more)
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.World+"/"+what, strings.NewReader(string(said)))
	if err != nil {
		return "", err
	}
	answer, err := m.world.Do(r)
	if err != nil {
		var address *url.Error
		if errors.As(err, &address) {
			err = address.Err
		}
		return "", fmt.Errorf("the world, asked for %s: %w", what, err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("the world, asked for %s, says %d %s", what, answer.StatusCode, body)
	}
	return string(body), err
}

// doer does deeds.
type doer struct {
	*mortal
	shop  catalog.Merchant
	buyer orders.BuyerID
	goods catalog.VariantID
	order orders.Order
	ref   string // of its payment at the processor
}
