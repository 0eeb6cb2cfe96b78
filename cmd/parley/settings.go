package main

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"parley/catalog/outside"
	"parley/migrations/db"
	inchat "parley/payments/telegram"
)

// Settings is everything that can be set, by flag or by environment variable of the same name.
type Settings struct {
	Addr          string `env:"PARLEY_ADDR" default:"127.0.0.1:8080" help:"Where to listen, host:port." placeholder:"HOST:PORT"`
	PublicURL     string `env:"PARLEY_PUBLIC_URL" help:"Where the world reaches this program, such as https://shop.example. Telegram then delivers by webhook; without it Telegram is polled." placeholder:"URL"`
	DataDir       string `env:"PARLEY_DATA_DIR" default:"parley-data" help:"Folder of the embedded database and the generated secret." placeholder:"DIR"`
	DatabaseURL   string `env:"PARLEY_DATABASE_URL" help:"PostgreSQL instead of the embedded SQLite: postgres://user:password@host:5432/database." placeholder:"URL"`
	DatabaseConns int    `env:"PARLEY_DATABASE_CONNS" default:"16" help:"Connections to PostgreSQL at most."`
	SecretKey     string `env:"PARLEY_SECRET_KEY" help:"Signs cookies and links; 32 signs or more. With SQLite one is generated and kept in the data folder; with PostgreSQL every replica needs the same." placeholder:"SECRET"`
	Demo          string `env:"PARLEY_DEMO" enum:"auto,true,false" default:"auto" help:"Open the demo shops and offer test payments: auto (while there is no public URL and no live Stripe key), true or false."`

	TelegramToken  string  `env:"PARLEY_TELEGRAM_TOKEN" help:"Token of a bot, from @BotFather." placeholder:"TOKEN"`
	TelegramAPIURL string  `name:"telegram-api-url" env:"PARLEY_TELEGRAM_API_URL" help:"A self-hosted Bot API server." placeholder:"URL"`
	TelegramRate   float64 `env:"PARLEY_TELEGRAM_RATE" default:"30" help:"Messages a second to all Telegram buyers together."`

	TelegramProviderToken string `env:"PARLEY_TELEGRAM_PROVIDER_TOKEN" help:"Takes payments inside Telegram's chats: token of a payment provider, from @BotFather, such as 284685063:TEST:… Merchants may have tokens of their own: parley shop money." placeholder:"TOKEN"`

	StripeSecretKey     string   `env:"PARLEY_STRIPE_SECRET_KEY" help:"Takes cards by Stripe Checkout: sk_test_… or sk_live_…" placeholder:"KEY"`
	StripeWebhookSecret []string `env:"PARLEY_STRIPE_WEBHOOK_SECRET" help:"Signing secrets of the Stripe webhook endpoint /hooks/stripe: whsec_…, two while one is rolled." placeholder:"SECRET"`
	StripeAPIURL        string   `name:"stripe-api-url" env:"PARLEY_STRIPE_API_URL" help:"Where Stripe's API is, for tests." placeholder:"URL"`
	TransferAccount     string   `env:"PARLEY_TRANSFER_ACCOUNT" help:"Offers bank transfer: the account that buyers are told to pay to, as lines or parts between semicolons. IBAN, Name and BIC, or for roubles Получатель, Счёт, Банк, БИК and К/с, make a QR code of it." placeholder:"TEXT"`

	TrustedProxies []string `env:"PARLEY_TRUSTED_PROXIES" help:"Addresses or networks of reverse proxies whose X-Real-IP and X-Forwarded-Proto are believed." placeholder:"CIDR"`

	PrivateNetworks []string `env:"PARLEY_PRIVATE_NETWORKS" help:"Private networks that addresses of pictures and webhooks may lead to, such as 10.20.0.0/16. Without any they lead to the public internet only." placeholder:"CIDR"`

	LogFormat string `env:"PARLEY_LOG_FORMAT" enum:"text,json" default:"text" help:"How logs are written: text or json."`
	LogLevel  string `env:"PARLEY_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"The least that is logged: debug, info, warn or error."`
}

// settingError is a setting that can't be; its sentence names the setting and says what it should be.
type settingError struct{ sentence string }

func (e *settingError) Error() string { return e.sentence }

func wrong(format string, args ...any) error { return &settingError{fmt.Sprintf(format, args...)} }

// Validate says what is wrong before anything is opened.
func (s *Settings) Validate() error {
	if _, port, err := net.SplitHostPort(s.Addr); err != nil || port == "" {
		return wrong("PARLEY_ADDR is %q; it should be host:port, such as 127.0.0.1:8080", s.Addr)
	}
	for name, address := range map[string]string{
		"PARLEY_PUBLIC_URL": s.PublicURL, "PARLEY_TELEGRAM_API_URL": s.TelegramAPIURL, "PARLEY_STRIPE_API_URL": s.StripeAPIURL,
	} {
		if u, err := url.Parse(address); address != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			return wrong("%s is not a web address; it should look like https://shop.example", name)
		}
	}
	if s.DatabaseURL != "" && !strings.HasPrefix(s.DatabaseURL, "postgres://") && !strings.HasPrefix(s.DatabaseURL, "postgresql://") {
		return wrong("PARLEY_DATABASE_URL should look like postgres://user:password@host:5432/database, or be empty for SQLite")
	}
	if s.DatabaseConns < 2 || s.DatabaseConns > 500 {
		return wrong("PARLEY_DATABASE_CONNS is %d; it should be 2 to 500", s.DatabaseConns)
	}
	if s.TelegramToken != "" && !tokenForm.MatchString(s.TelegramToken) {
		return wrong("PARLEY_TELEGRAM_TOKEN is no bot token; it should look like 123456:ABC-DEF1234… as @BotFather gave it")
	}
	for _, proxy := range s.TrustedProxies {
		if _, _, err := net.ParseCIDR(proxy); err != nil && net.ParseIP(proxy) == nil {
			return wrong("PARLEY_TRUSTED_PROXIES has %q; it should be addresses or networks, such as 10.0.0.0/8", proxy)
		}
	}
	for _, network := range s.PrivateNetworks {
		if prefix, err := netip.ParsePrefix(network); err != nil || !outside.OwnNetwork(prefix) {
			return wrong("PARLEY_PRIVATE_NETWORKS has %q; it should be networks within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or fc00::/7", network)
		}
	}
	return s.validateMoney()
}

// privateNetworks are those of a valid PrivateNetworks.
func (s *Settings) privateNetworks() (networks []netip.Prefix) {
	for _, network := range s.PrivateNetworks {
		if prefix, err := netip.ParsePrefix(network); err == nil {
			networks = append(networks, prefix)
		}
	}
	return networks
}

var tokenForm = regexp.MustCompile(`^[0-9]{1,18}:[A-Za-z0-9_-]{3,}$`)

func (s *Settings) validateMoney() error {
	if s.SecretKey != "" && len(s.SecretKey) < 32 {
		return wrong("PARLEY_SECRET_KEY is too short; it should be 32 random signs or more, such as from: openssl rand -hex 32")
	}
	if s.TelegramRate <= 0 || s.TelegramRate > 100000 {
		return wrong("PARLEY_TELEGRAM_RATE is %g; it should be the messages a second that Telegram allows the bot, usually 30", s.TelegramRate)
	}
	if s.TelegramProviderToken != "" && !inchat.IsToken(s.TelegramProviderToken) {
		return wrong("PARLEY_TELEGRAM_PROVIDER_TOKEN is no provider token; it should look like 284685063:TEST:… as @BotFather gave it")
	}
	if s.StripeSecretKey == "" && len(s.StripeWebhookSecret) > 0 {
		return wrong("PARLEY_STRIPE_WEBHOOK_SECRET is set without PARLEY_STRIPE_SECRET_KEY; set both or neither")
	}
	if s.StripeSecretKey != "" && len(s.StripeWebhookSecret) == 0 {
		return wrong("PARLEY_STRIPE_WEBHOOK_SECRET is missing; it should be the whsec_… of the endpoint /hooks/stripe")
	}
	if s.Demo == "true" && s.livePayments() {
		return wrong("PARLEY_DEMO is true with a live PARLEY_STRIPE_SECRET_KEY or PARLEY_TELEGRAM_PROVIDER_TOKEN; set it to false: test payments and real ones don't go together")
	}
	return nil
}

func (s *Settings) livePayments() bool {
	return strings.HasPrefix(s.StripeSecretKey, "sk_live_") || strings.HasPrefix(s.StripeSecretKey, "rk_live_") || strings.Contains(s.TelegramProviderToken, ":LIVE:")
}

// demo says whether the demo shops are opened and test payments are offered.
func (s *Settings) demo() bool {
	if s.Demo == "auto" {
		return s.PublicURL == "" && !s.livePayments()
	}
	return s.Demo == "true"
}

// publicURL is where buyers' browsers reach this program.
func (s *Settings) publicURL(listening string) string {
	if s.PublicURL != "" {
		return strings.TrimRight(s.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(listening)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1" // every address of this machine: this one is in its own browser
	}
	return "http://" + net.JoinHostPort(host, port)
}

func (s *Settings) where() db.Where {
	return db.Where{URL: s.DatabaseURL, Dir: s.DataDir, Conns: s.DatabaseConns}
}

// secret is the key that everything signed by this shop is signed with. There is no default: it is given,
// or generated once and kept beside the embedded database.
func (s *Settings) secret() ([]byte, error) {
	if s.SecretKey != "" {
		return []byte(s.SecretKey), nil
	}
	if s.DatabaseURL != "" {
		return nil, wrong("PARLEY_SECRET_KEY is missing; with PostgreSQL it should be the same 32 random signs or more for every replica, such as from: openssl rand -hex 32")
	}
	path := filepath.Join(s.DataDir, "secret.key")
	kept, err := os.ReadFile(path)
	if err == nil && len(kept) >= 32 {
		return kept, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the secret key: %w", err)
	}
	made := []byte(rand.Text() + rand.Text())
	if err := os.WriteFile(path, made, 0o600); err != nil {
		return nil, fmt.Errorf("keep the secret key: %w", err)
	}
	return made, nil
}

// derive gives each use a key of its own, so that what is signed for one is nothing to another.
func derive(secret []byte, use string) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, "parley "+use, 32)
	if err != nil {
		panic(err) // only for a length that SHA-256 can't give
	}
	return key
}

func (s *Settings) logger(tty terminal) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // the enum allows nothing else
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(tty.err, options))
	}
	return slog.New(slog.NewTextHandler(tty.err, options))
}
