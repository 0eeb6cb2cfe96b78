package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/admin"
	"parley/admin/api"
	"parley/admin/webhooks"
	"parley/catalog"
	"parley/catalog/demo"
	"parley/catalog/formats"
	"parley/catalog/images"
	"parley/catalog/outside"
	"parley/channels"
	"parley/dialogs"
	"parley/dialogs/paying"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/orders"
	"parley/payments"
	"parley/payments/manual"
	"parley/payments/settlement"
	"parley/payments/shoporders"
	"parley/payments/telegram"
)

// house is two whole shops with their API on a real server; nothing in it is a fake.
type house struct {
	*testing.T
	db         *db.DB
	accounts   *admin.Accounts
	shops      *catalog.Service
	orders     *orders.Service
	payments   *payments.Service
	settlement *settlement.Service
	images     *images.Service
	webhooks   *webhooks.Service
	inbox      *dialogs.Inbox
	api        *api.API
	url        string
	mu         sync.Mutex
	clock      time.Time
	meadow     catalog.Merchant
	studio     catalog.Merchant
}

const secret = "correct horse battery staple"

// each opens the house on both engines.
func each(t *testing.T, run func(t *testing.T, h *house)) {
	stocked.Each(t, func(t *testing.T, d *db.DB) { run(t, openHouse(t, d, api.Limits{})) })
}

// opened is when the house opens.
var opened = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

// stocked is databases with the demo shops.
var stocked = dbtest.Stock{Fill: func(ctx context.Context, d *db.DB) error {
	return demo.Open(ctx, catalog.New(d, func() time.Time { return opened }))
}}

func openHouse(t *testing.T, d *db.DB, limits api.Limits) *house {
	t.Helper()
	h := &house{T: t, db: d, clock: opened}
	h.accounts = admin.NewAccounts(d, h.now)
	h.shops = catalog.New(d, h.now)
	var err error
	h.meadow, err = h.shops.MerchantBySlug(t.Context(), "meadow")
	h.check(err)
	h.studio, err = h.shops.MerchantBySlug(t.Context(), "studio")
	h.check(err)
	h.orders = orders.New(d, h.shops, h.now)
	h.shops.Formats, h.shops.Sales = formats.Files{Site: "https://shop.example"}, h.orders
	if limits == (api.Limits{}) { // the clock stands still, so nothing would come back
		limits = api.Limits{Caller: api.Rate{PerSecond: 1e6, Burst: 1e6}, Address: api.Rate{PerSecond: 1e6, Burst: 1e6}}
	}
	client := outside.New(outside.Allow(netip.MustParsePrefix("127.0.0.0/8")))
	t.Cleanup(client.Close)
	h.images = images.New(d, h.shops, client, h.now)
	h.webhooks, err = webhooks.New(webhooks.Config{
		DB: d, Outside: client, Now: h.now, Key: make([]byte, 32), Random: rand.Reader, Jitter: func() float64 { return 0 }, Plain: true,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	h.check(err)
	desk, err := telegram.New(telegram.Config{DB: d, Key: make([]byte, 32), Now: h.now})
	h.check(err)
	h.payments = payments.New(d, shoporders.Of(h.orders), h.now, "http://shop.example", manual.COD(), manual.Transfer("IBAN DE00 0000", ""))
	h.settlement = settlement.New(d, h.payments, h.now)
	outbox := channels.NewOutbox(d, h.now)
	outbox.Connect("web", silent{})
	h.inbox = dialogs.NewInbox(dialogs.NewEngine(dialogs.Parts{
		DB: d, Shops: h.shops, Shelves: h.shops, Carts: h.orders, Checkout: h.orders, Orders: h.orders, Payments: noWays{}, Outbox: outbox, Now: h.now,
		Random: func() string { return strings.ToLower(rand.Text()[:12]) }, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}))
	h.api, err = api.New(api.Config{
		DB: d, Now: h.now, Key: []byte("0123456789abcdef0123456789abcdef"), Accounts: h.accounts, Catalog: h.shops, Orders: h.orders, Images: h.images, Webhooks: h.webhooks,
		Inbox: h.inbox, Files: files{h.shops}, Channels: paying.Channels{Orders: h.orders, Contacts: dialogs.NewContacts(d)},
		Payments: h.payments, Settlement: h.settlement, ChatPayments: desk, Limits: limits,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	h.check(err)
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true, BodyLimit: 8 << 20, ReadBufferSize: 16 << 10,
		ErrorHandler: func(c *fiber.Ctx, err error) error {
			status := http.StatusInternalServerError
			var known *fiber.Error
			if errors.As(err, &known) {
				status = known.Code
			} else {
				t.Errorf("%s %s: %v", c.Method(), c.Path(), err)
			}
			return api.Refuse(c, status)
		}})
	h.api.Routes(app)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	h.check(err)
	h.url = "http://" + listener.Addr().String() + api.Base
	go func() { _ = app.Listener(listener) }()
	t.Cleanup(func() {
		if err := app.ShutdownWithTimeout(5 * time.Second); err != nil {
			t.Errorf("shut down: %v", err)
		}
	})
	return h
}

// silent is a network on which nothing is said.
type silent struct{}

func (silent) Limits() channels.Limits {
	return channels.Limits{Text: 4000, Buttons: 20, Label: 60, Row: 3, Payload: 64}
}

func (silent) Send(context.Context, channels.Address, channels.Message) (string, error) {
	return "", nil
}

// noWays has no way to pay.
type noWays struct{}

func (noWays) Ways(context.Context, catalog.MerchantID, orders.OrderID) ([]string, error) {
	return nil, nil
}

func (noWays) Start(context.Context, orders.OrderID, string) (dialogs.Opened, error) {
	return dialogs.Opened{}, nil
}

func (noWays) Withdraw(context.Context, orders.OrderID) error { return nil }

// files writes what the program would.
type files struct{ shops *catalog.Service }

func (f files) goods(ctx context.Context, shop catalog.Merchant, states ...catalog.State) (formats.Goods, error) {
	tree, err := f.shops.Tree(ctx, shop.ID)
	return formats.Goods{Shop: shop, Categories: tree, Products: func() iter.Seq2[catalog.Product, error] { return f.shops.All(ctx, shop.ID, states...) }}, err
}

func (f files) Export(ctx context.Context, to io.Writer, shop catalog.Merchant, format string) error {
	goods, err := f.goods(ctx, shop, catalog.Draft, catalog.Active, catalog.Archived)
	if err != nil {
		return err
	}
	return formats.Files{Site: "https://shop.example"}.Write(to, formats.Format(format), goods)
}

func (files) FeedAddress(shop catalog.Merchant, feed string) string {
	return "https://shop.example/feeds/" + shop.Slug + "/" + feed + ".xml"
}

func (f files) Feed(ctx context.Context, shop catalog.Merchant, feed string) (api.FeedFile, error) {
	goods, err := f.goods(ctx, shop, catalog.Active)
	var text bytes.Buffer
	err = errors.Join(err, formats.Files{Site: "https://shop.example"}.WriteFeed(&text, formats.Feed(feed), goods))
	return api.FeedFile{ReadCloser: io.NopCloser(&text), Size: int64(text.Len()), ETag: fmt.Sprintf("\"%d\"", text.Len()), Changed: opened}, err
}

func (h *house) check(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.clock }

func (h *house) pass(d time.Duration) { h.mu.Lock(); defer h.mu.Unlock(); h.clock = h.clock.Add(d) }

func (h *house) hires(login string, role admin.Role, shops ...catalog.MerchantID) admin.Account {
	h.Helper()
	account, err := h.accounts.Create(h.Context(), admin.NewAccount{Login: login, Password: secret, Role: role, AllShops: len(shops) == 0, Shops: shops})
	h.check(err)
	return account
}

// program is one that asks, with a token of its own.
type program struct {
	*house
	token  string
	header http.Header // sent with each request
}

// as is a program of an account with every scope, unless some are named.
func (h *house) as(account admin.Account, scopes ...admin.Scope) *program {
	h.Helper()
	if len(scopes) == 0 {
		scopes = admin.Scopes()
	}
	_, token, err := h.accounts.CreateToken(h.Context(), account.ID, admin.NewToken{Name: "test", Scopes: scopes})
	h.check(err)
	return &program{house: h, token: token, header: http.Header{}}
}

// owner is a program of somebody who may do everything in every shop.
func (h *house) owner() *program {
	h.Helper()
	return h.as(h.hires("owner-"+strings.ToLower(rand.Text()[:6]), admin.Owner))
}

// with is the same program with one more header.
func (p *program) with(name, value string) *program {
	more := &program{house: p.house, token: p.token, header: p.header.Clone()}
	more.header.Set(name, value)
	return more
}

// reply is what the API answered.
type reply struct {
	status int
	body   string
	header http.Header
}

// into reads the answer.
func (r reply) into(t testing.TB, target any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(r.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		t.Fatalf("status %d, %q: %v", r.status, r.body, err)
	}
}

// code is what a problem is called.
func (r reply) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal([]byte(r.body), &p)
	return p.Code
}

// caller opens a connection for each call: one that is used again can be gone in the moment it is, and then Go does
// not know whether a POST was done.
var caller = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// ask does "POST /merchants/1/categories" with a body, which is sent as JSON unless it is bytes.
func (p *program) ask(does string, body any) reply {
	p.Helper()
	method, path, _ := strings.Cut(does, " ")
	var content io.Reader
	switch body := body.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(body)
	default:
		text, err := json.Marshal(body)
		p.check(err)
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(p.Context(), method, p.url+path, content)
	p.check(err)
	if content != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	for name, values := range p.header {
		request.Header[name] = slices.Clone(values)
	}
	response, err := caller.Do(request)
	p.check(err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	p.check(err)
	return reply{response.StatusCode, string(text), response.Header}
}

// does is ask for what must come out with a status.
func (p *program) does(status int, does string, body any) reply {
	p.Helper()
	got := p.ask(does, body)
	if got.status != status {
		p.Fatalf("%s: status %d, want %d: %s", does, got.status, status, got.body)
	}
	return got
}

// is a JSON object.
type is = map[string]any

func (h *house) in(shop catalog.Merchant, path string) string {
	return fmt.Sprintf("/merchants/%d%s", shop.ID, path)
}

// isSound checks every rule that the catalogue must keep.
func (h *house) isSound() {
	h.Helper()
	rules, err := h.shops.Verify(h.Context())
	h.check(err)
	for _, rule := range rules {
		if rule.Count > 0 {
			h.Errorf("%s is broken: %v", rule.Invariant, rule)
		}
	}
}

// decode reads a part of an answer.
func decode(t testing.TB, body string, target any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), target); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
}
