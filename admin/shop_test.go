package admin_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/admin"
	"parley/catalog"
	"parley/catalog/demo"
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
)

// house is two whole shops with their staff's pages on a real server; nothing in it is a fake but the network
// that messages leave by.
type house struct {
	*testing.T
	db       *db.DB
	accounts *admin.Accounts
	shops    *catalog.Service
	orders   *orders.Service
	payments *payments.Service
	engine   *dialogs.Engine
	inbox    *dialogs.Inbox
	pages    *admin.Admin
	app      *fiber.App
	url      string
	mu       sync.Mutex
	clock    time.Time
	said     int
	meadow   catalog.Merchant
	studio   catalog.Merchant
}

const secret = "correct horse battery staple"

// opened is when the house opens.
var opened = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

// stocked is databases with the demo shops.
var stocked = dbtest.Stock{Fill: func(ctx context.Context, d *db.DB) error {
	return demo.Open(ctx, catalog.New(d, func() time.Time { return opened }))
}}

// openHouse opens on a database that is stocked.
func openHouse(t *testing.T, d *db.DB) *house {
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
	h.payments = payments.New(d, shoporders.Of(h.orders), h.now, "http://shop.example", manual.COD(), manual.Transfer("IBAN DE00 0000", ""))
	outbox := channels.NewOutbox(d, h.now)
	outbox.Connect("web:meadow", network{})
	outbox.Connect("web:studio", network{})
	h.engine = dialogs.NewEngine(dialogs.Parts{
		DB: d, Shops: h.shops, Shelves: h.shops, Carts: h.orders, Checkout: h.orders, Orders: h.orders,
		Payments: noWays{}, Outbox: outbox, Now: h.now, Random: func() string { return strings.ToLower(rand.Text()[:12]) }, Log: h.log(),
	})
	h.inbox = dialogs.NewInbox(h.engine)
	h.serve()
	ctx, stop := context.WithCancel(context.Background())
	var keeping sync.WaitGroup
	keeping.Add(2)
	go func() { defer keeping.Done(); outbox.Keep(ctx, 2, func(db.Job, error, bool) {}) }()
	go func() { defer keeping.Done(); d.Carry(ctx) }()
	t.Cleanup(func() { stop(); keeping.Wait() })
	return h
}

func (h *house) serve() {
	var err error
	h.pages, err = admin.New(admin.Config{
		DB: h.db, Now: h.now, Key: []byte("0123456789abcdef0123456789abcdef"), Accounts: h.accounts, Shops: h.shops,
		Inbox: h.inbox, Orders: h.orders, Payments: h.payments, Settlement: settlement.New(h.db, h.payments, h.now), Log: h.log(),
		ChatPayments: h.desk(),
		Channels:     paying.Channels{Orders: h.orders, Contacts: dialogs.NewContacts(h.db)},
	})
	h.check(err)
	pages, app := h.pages, fiber.New(fiber.Config{DisableStartupMessage: true})
	h.app = app
	pages.Routes(app)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	h.check(err)
	h.url = "http://" + listener.Addr().String()
	go func() { _ = app.Listener(listener) }()
	h.Cleanup(func() {
		pages.Close()
		if err := app.ShutdownWithTimeout(5 * time.Second); err != nil {
			h.Errorf("shut down: %v", err)
		}
	})
}

// log is what the program logs, as a part of the test's own words.
func (h *house) log() *slog.Logger { return slog.New(slog.NewTextHandler(h.Output(), nil)) }

func (h *house) check(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.clock }

func (h *house) pass(d time.Duration) { h.mu.Lock(); defer h.mu.Unlock(); h.clock = h.clock.Add(d) }

// network takes every message.
type network struct{}

func (network) Limits() channels.Limits {
	return channels.Limits{Text: 4000, Caption: 1000, Buttons: 20, Label: 60, Row: 3, Payload: 64, Cards: 10, Photos: true, Links: true}
}

func (network) Send(context.Context, channels.Address, channels.Message) (string, error) {
	return rand.Text(), nil
}

// noWays: these buyers do not pay in the chat.
type noWays struct{}

func (noWays) Ways(context.Context, catalog.MerchantID, orders.OrderID) ([]string, error) {
	return nil, nil
}

func (noWays) Start(context.Context, orders.OrderID, string) (dialogs.Opened, error) {
	return dialogs.Opened{}, nil
}

func (noWays) Withdraw(context.Context, orders.OrderID) error { return nil }

// says has a buyer write to a shop.
func (h *house) says(shop, buyer, name, text string) {
	h.Helper()
	h.said++
	h.check(h.engine.Receive(h.Context(), channels.Inbound{
		ID: fmt.Sprint("in-", h.said), From: channels.Address{Channel: "web:" + shop, Buyer: buyer}, At: h.now(), Name: name, Shop: shop,
		Language: "en", Text: text, Started: text == "",
	}))
}

// asks has a buyer ask for a person, and returns the conversation.
func (h *house) asks(m catalog.Merchant, name, question string) dialogs.Conversation {
	h.Helper()
	buyer := strings.ToLower(name)
	h.says(m.Slug, buyer, name, "")
	h.says(m.Slug, buyer, name, "operator")
	h.says(m.Slug, buyer, name, question)
	for _, c := range h.waiting(m) {
		if c.Name == name {
			return c
		}
	}
	h.Fatalf("%s is not waiting", name)
	return dialogs.Conversation{}
}

func (h *house) waiting(m catalog.Merchant) []dialogs.Conversation {
	h.Helper()
	list, err := h.inbox.List(h.Context(), m.ID, false, 0, 100)
	h.check(err)
	return list
}

// places has a buyer place an order to be paid by hand.
func (h *house) places(m catalog.Merchant, buyer dialogs.ContactID, handle, name string, quantity int) orders.Order {
	h.Helper()
	product, err := h.shops.FindByHandle(h.Context(), m.ID, handle)
	h.check(err)
	b := orders.BuyerID(buyer)
	cart, err := h.orders.AddToCart(h.Context(), m.ID, b, product.Variants[0].ID, quantity)
	h.check(err)
	checkout := orders.Checkout{
		Merchant: m.ID, Buyer: b, Key: rand.Text(), Contact: orders.Contact{Name: name, Phone: "+49 30 5550100"}, Comment: "Please ring twice.",
		Language: "en", Later: true, Expect: cart.Totals.Total,
	}
	if cart.Physical() {
		courier := m.Delivery[slices.IndexFunc(m.Delivery, func(d catalog.DeliveryMethod) bool { return d.Kind == catalog.Courier })]
		checkout.Delivery, checkout.Address = courier.ID, "12 Linden Street, Burlington"
		quote, err := h.orders.Quote(h.Context(), m.ID, b, courier.ID)
		h.check(err)
		checkout.Expect = quote.Totals.Total
	}
	order, err := h.orders.Place(h.Context(), checkout)
	h.check(err)
	return order
}

func (h *house) hires(login string, role admin.Role, shops ...catalog.MerchantID) admin.Account {
	h.Helper()
	account, err := h.accounts.Create(h.Context(), admin.NewAccount{
		Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Password: secret, Role: role, AllShops: len(shops) == 0, Shops: shops,
	})
	h.check(err)
	return account
}

// person is somebody with a browser of their own.
type person struct {
	*house
	client *http.Client
}

func (h *house) visitor() *person {
	jar, err := cookiejar.New(nil)
	h.check(err)
	return &person{h, &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// reply is what a server answered.
type reply struct {
	status int
	body   string
	header http.Header
}

func (p *person) do(request *http.Request) reply {
	p.Helper()
	response, err := p.client.Do(request)
	p.check(err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	p.check(err)
	return reply{response.StatusCode, string(body), response.Header}
}

func (p *person) get(path string) reply {
	p.Helper()
	request, err := http.NewRequestWithContext(p.Context(), http.MethodGet, p.url+path, nil)
	p.check(err)
	return p.do(request)
}

func (p *person) send(path string, form url.Values) reply {
	p.Helper()
	request, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.url+path, strings.NewReader(form.Encode()))
	p.check(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", p.url)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	return p.do(request)
}

var tokenOf = regexp.MustCompile(`name="form" value="([0-9a-f]+)"`)

// token is the one that forms of a page bring back.
func (p *person) token(page string) string {
	p.Helper()
	found := tokenOf.FindStringSubmatch(p.get(page).body)
	if found == nil {
		p.Fatalf("%s has no form", page)
	}
	return found[1]
}

// post fills in a form as a browser would: fields are names and values in turn.
func (p *person) post(path string, fields ...string) reply {
	p.Helper()
	return p.send(path, p.filled(p.token("/admin/account"), fields...))
}

func (*person) filled(token string, fields ...string) url.Values {
	form := url.Values{"form": {token}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return form
}

func (p *person) tries(login, password string) reply {
	p.Helper()
	return p.send("/admin/sign-in", p.filled(p.token("/admin/sign-in"), "login", login, "password", password))
}

// as is somebody signed in.
func (h *house) as(login string) *person {
	h.Helper()
	p := h.visitor()
	if got := p.tries(login, secret); got.status != http.StatusSeeOther {
		h.Fatalf("%s is not let in: %d", login, got.status)
	}
	return p
}

// deeds is the audit trail, oldest first: "who what subject note".
func (h *house) deeds() (all []string) {
	h.Helper()
	h.check(h.db.On(h.Context()).Raw("select who || ' ' || what || ' ' || subject || ' ' || note from audit order by id").Scan(&all).Error)
	return all
}

func (h *house) count(sql string, args ...any) (n int) {
	h.Helper()
	h.check(h.db.On(h.Context()).Raw(sql, args...).Scan(&n).Error)
	return n
}

// anyOf is the handle of something that a shop sells.
func (h *house) anyOf(m catalog.Merchant) (handle string) {
	h.Helper()
	h.check(h.db.On(h.Context()).Raw("select handle from products where merchant_id = ? order by position, id limit 1", int64(m.ID)).Scan(&handle).Error)
	return handle
}
