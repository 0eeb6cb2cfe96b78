package webchat_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
	"parley/channels"
	"parley/channels/webchat"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// stall is a whole web chat with a scripted shop behind it: real database, outbox and server, no dialog.
type stall struct {
	*testing.T
	db        *db.DB
	outbox    *channels.Outbox
	chat      *webchat.Adapter
	app       *fiber.App
	url       string
	mu        sync.Mutex
	receiving sync.Mutex
	now       time.Time
	heard     []channels.Inbound
	broken    error
	safely    bool
	speaks    string // the language of every conversation
	onStop    sync.Once
	address   string
}

const key = "0123456789abcdef0123456789abcdef"

// open starts a stall. Change adjusts its configuration.
func open(t *testing.T, d *db.DB, change func(*webchat.Config)) *stall {
	t.Helper()
	return openAs(t, d, false, change)
}

// openSafely speaks https, with a certificate that nobody knows.
func openSafely(t *testing.T, d *db.DB) *stall {
	t.Helper()
	return openAs(t, d, true, func(c *webchat.Config) { c.PublicURL = "https://127.0.0.1" })
}

func certificate() tls.Certificate {
	lent := httptest.NewTLSServer(nil)
	defer lent.Close()
	return lent.TLS.Certificates[0]
}

func openAs(t *testing.T, d *db.DB, safely bool, change func(*webchat.Config)) *stall {
	t.Helper()
	s := &stall{T: t, db: d, now: time.Now().UTC(), safely: safely}
	s.outbox = channels.NewOutbox(d, s.clock)
	s.serve("127.0.0.1:0", change)
	t.Cleanup(s.stop)
	return s
}

func (s *stall) serve(at string, change func(*webchat.Config)) {
	config := webchat.Config{
		Shops: shops, History: channels.NewTranscript(s.db), Bell: s.db, Receive: s.receive, Key: []byte(key), Now: s.clock,
		Language: func(context.Context, channels.Address) (string, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.speaks, nil
		},
		Operator: func(_ context.Context, account string) string { return map[string]string{"staff:1": "Anna"}[account] },
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if change != nil {
		change(&config)
	}
	chat, err := webchat.New(config)
	if err != nil {
		s.Fatal(err)
	}
	s.chat = chat
	s.app = fiber.New(fiber.Config{DisableStartupMessage: true})
	s.chat.Routes(s.app)
	s.app.Get("/pictures/*", webchat.Pictures(drawings{}))
	s.app.Get("/host", func(c *fiber.Ctx) error {
		c.Type("html")
		return c.SendString(`<!doctype html><html lang="en"><title>A site</title><h1>Some other site</h1><p>Words.</p><script src="` + s.url + `/widget.js" data-merchant="meadow" async></script>`)
	})
	listener, err := net.Listen("tcp", at)
	if err != nil {
		s.Fatal(err)
	}
	s.address = listener.Addr().String()
	s.url = "http://" + s.address
	if strings.HasPrefix(config.PublicURL, "https:") && s.safely {
		s.url = "https://" + s.address
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate()}})
	}
	s.onStop = sync.Once{}
	go func() { _ = s.app.Listener(listener) }()
}

func (s *stall) stop() {
	s.onStop.Do(func() {
		s.chat.Close()
		if err := s.app.ShutdownWithTimeout(5 * time.Second); err != nil {
			s.Errorf("shut down: %v", err)
		}
	})
}

func (s *stall) clock() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now }

func (s *stall) pass(d time.Duration) { s.mu.Lock(); defer s.mu.Unlock(); s.now = s.now.Add(d) }

func (s *stall) all() []channels.Inbound {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]channels.Inbound(nil), s.heard...)
}

// receive stores what was said and answers by a script, in one transaction as the shop does.
func (s *stall) receive(ctx context.Context, in channels.Inbound) error {
	s.receiving.Lock()
	defer s.receiving.Unlock()
	for _, known := range s.all() {
		if known.ID == in.ID {
			return nil
		}
	}
	s.mu.Lock()
	broken := s.broken
	s.mu.Unlock()
	if broken != nil {
		return broken
	}
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		return s.outbox.Post(ctx, channels.Talk{With: in.From}, &in, s.answer(in)...)
	})
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.heard = append(s.heard, in)
	}
	return err
}

// say has the shop speak by itself; author is empty for the bot.
func (s *stall) say(to channels.Address, author string, messages ...channels.Message) {
	s.Helper()
	letters := make([]channels.Letter, len(messages))
	for i, message := range messages {
		letters[i] = channels.Letter{Message: message, Author: author}
	}
	err := s.db.InTx(s.Context(), func(ctx context.Context) error {
		return s.outbox.Post(ctx, channels.Talk{With: to}, nil, letters...)
	})
	if err != nil {
		s.Fatal(err)
	}
	for _, message := range messages { // as the outbox does after the commit
		if _, err := s.chat.Send(s.Context(), to, message); err != nil {
			s.Fatal(err)
		}
	}
}

func choice(label, token string) channels.Choice { return channels.Choice{Label: label, Token: token} }

func beside(c channels.Choice) channels.Choice { c.Beside = true; return c }

func main(c channels.Choice) channels.Choice { c.Main = true; return c }

func letter(m channels.Message) []channels.Letter { return []channels.Letter{{Message: m}} }

// answer is the script.
func (s *stall) answer(in channels.Inbound) []channels.Letter {
	var count int
	switch {
	case in.Started:
		return letter(greeting)
	case in.Token == "c:clothes":
		return letter(clothes)
	case in.Token == "p:shirt":
		return letter(shirt)
	case in.Token == "add":
		return letter(cart(1, false))
	case in.Token == "lang:ru":
		s.mu.Lock()
		s.speaks = "ru"
		s.mu.Unlock()
		return letter(channels.Message{Text: "Теперь по-русски."})
	case in.Token == "checkout":
		return letter(summary)
	case in.Location != nil:
		return letter(channels.Message{Text: "We deliver there tomorrow."})
	}
	if _, err := fmt.Sscanf(in.Token, "count:%d", &count); err == nil {
		return []channels.Letter{{Message: cart(count, true), Edits: in.Tapped}}
	}
	if in.Text == "quiet" {
		return nil
	}
	return letter(channels.Message{Text: "You wrote: " + in.Text, Choices: []channels.Choice{choice("Menu", "menu")}})
}

var greeting = channels.Message{
	Title: "Welcome to Meadow", Text: "Linen, wool and quiet things for the home. What are you looking for today?",
	Photo:   &channels.Photo{Name: "meadow.png", Alt: "A green hill under a morning sky"},
	Choices: []channels.Choice{main(choice("Clothes", "c:clothes")), beside(choice("For the home", "c:home")), choice("Gifts", "c:gifts"), beside(choice("Sale", "c:sale"))},
}

var clothes = channels.Message{
	Text: "Here is what people like this week.",
	Cards: []channels.Card{
		{Title: "Linen shirt", Subtitle: "€49.00", Photo: &channels.Photo{Name: "shirt.png", Alt: "Linen shirt"}, Choice: choice("View", "p:shirt")},
		{Title: "Wool cardigan with horn buttons", Subtitle: "€89.00", Photo: &channels.Photo{Name: "cardigan.png", Alt: "Wool cardigan"}, Choice: choice("View", "p:cardigan")},
		{Title: "Straw hat", Subtitle: "€24.50 · 2 left", Photo: &channels.Photo{Name: "hat.png", Alt: "Straw hat"}, Choice: choice("View", "p:hat")},
		{Title: "Canvas bag", Subtitle: "€19.00", Photo: &channels.Photo{Name: "bag.png", Alt: "Canvas bag"}, Choice: choice("View", "p:bag")},
		{Title: "Socks", Subtitle: "Sold out", Photo: &channels.Photo{Name: "socks.png", Alt: "Socks"}, Choice: choice("View", "p:socks")},
	},
	Choices: []channels.Choice{choice("Dresses", "c:d"), choice("Shirts", "c:s"), choice("Knitwear", "c:k"), choice("Accessories", "c:a"), choice("Back", "back")},
}

var shirt = channels.Message{
	Title: "Linen shirt", Text: "€49.00, was €59.00\nWashed linen, loose cut, mother-of-pearl buttons. In stock.\n\nWhich size?",
	Photo: &channels.Photo{Name: "shirt.png", Alt: "Linen shirt on a hanger"},
	Choices: []channels.Choice{
		choice("S", "s:s"), beside(choice("M", "s:m")), beside(choice("L", "s:l")), beside(choice("XL – sold out", "s:xl")),
		main(choice("Add to cart · €49.00", "add")), choice("Back", "back"), beside(choice("Cart", "cart")),
	},
}

func cart(count int, same bool) channels.Message {
	return channels.Message{
		Title: "Your cart", Text: fmt.Sprintf("Linen shirt, M\n%d × €49.00 = €%d.00", count, 49*count), Same: same,
		Choices: []channels.Choice{
			choice("−", fmt.Sprintf("count:%d", count-1)), beside(choice(fmt.Sprint(count), "none")), beside(choice("+", fmt.Sprintf("count:%d", count+1))), beside(choice("Remove", "remove")),
			main(choice("Check out", "checkout")), choice("Keep shopping", "back"),
		},
	}
}

var summary = channels.Message{
	Title: "Your order", Text: "Linen shirt, M, 2 × €49.00\nCourier, tomorrow 10–18: €5.00\nTo: 12 Mill Lane, Riga\n\nTotal: €103.00",
	Choices: []channels.Choice{main(channels.Choice{Label: "Pay €103.00", URL: "https://pay.example.com/1"}), choice("Change", "change"), beside(choice("Cancel", "cancel"))},
}

func shops(_ context.Context, slug, language string) (webchat.Shop, bool, error) {
	if slug != "meadow" && slug != "studio" {
		return webchat.Shop{}, false, nil
	}
	shop := webchat.Shop{
		Name: "Meadow", About: "Linen, wool and quiet things for the home, made in small workshops around the Baltic sea.", Languages: []string{"en", "ru"},
		Shortcuts: []channels.Choice{choice("Catalogue", "menu"), choice("Cart", "cart"), choice("My orders", "orders"), choice("Talk to a person", "human")},
		Speak:     []channels.Choice{choice("English", "lang:en"), choice("Русский", "lang:ru")},
	}
	if strings.HasPrefix(language, "ru") {
		shop.Name, shop.About = "Луг", "Лён, шерсть и тихие вещи для дома из небольших мастерских."
		shop.Shortcuts = []channels.Choice{choice("Каталог", "menu"), choice("Корзина", "cart"), choice("Мои заказы", "orders"), choice("Позвать человека", "human")}
	}
	return shop, true, nil
}

// drawings is pictures of things, drawn for the test.
type drawings struct{}

func (drawings) Picture(_ context.Context, name string) ([]byte, string, error) {
	hues := map[string]float64{"meadow.png": 130, "shirt.png": 35, "cardigan.png": 300, "hat.png": 60, "bag.png": 200, "socks.png": 350}
	hue, known := hues[name]
	if !known {
		return nil, "", fault.New(fault.Missing, "picture.missing")
	}
	img := image.NewRGBA(image.Rect(0, 0, 320, 320))
	for y := range 320 {
		for x := range 320 {
			light := 0.86 - 0.2*float64(y)/320
			if dx, dy := float64(x-160), float64(y-175); math.Hypot(dx, dy*1.1) < 95+8*math.Sin(math.Atan2(dy, dx)*6) {
				light -= 0.28
			}
			img.Set(x, y, hsl(hue, 0.35, light))
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), "image/png", err
}

func hsl(h, s, l float64) color.Color {
	f := func(n float64) uint8 {
		k := math.Mod(n+h/30, 12)
		return uint8(255 * (l - s*min(l, 1-l)*max(-1, min(k-3, 9-k, 1))))
	}
	return color.RGBA{f(0), f(8), f(4), 255}
}

// browser is a buyer's browser as far as HTTP goes.
type browser struct {
	*stall
	http *http.Client
}

func (s *stall) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{s, &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) do(method, path, contentType, body string, headers ...string) (*http.Response, string) {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.http.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	return response, string(content)
}

func (b *browser) get(path string, headers ...string) (*http.Response, string) {
	b.Helper()
	return b.do("GET", path, "", "", headers...)
}

// post says something as the page's script does.
func (b *browser) post(body string, headers ...string) int {
	b.Helper()
	response, _ := b.do("POST", "/chat/meadow/say", "application/json", body, headers...)
	return response.StatusCode
}

func sqlite(t *testing.T) *db.DB { return dbtest.SQLite(t) }

var operatorSays = channels.Message{Text: "Hello, this is Anna. I have put a gift card into your parcel – see https://meadow.example/gift, and write if you need anything."}
