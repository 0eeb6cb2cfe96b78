package telegram

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/shopspring/decimal"

	"parley/catalog/fault"
	"parley/payments"
)

// Settings is how a merchant is paid inside Telegram.
type Settings struct {
	ProviderToken string          // from @BotFather; empty: the program's, if it has one
	StarsRate     decimal.Decimal // Stars for one major unit of the shop's currency, "60.5"; zero: no Stars are taken
}

// mostRate is how many Stars a unit of currency is worth at most, and mostStars what Telegram takes at once.
const (
	mostRate  = 1_000_000
	mostStars = 100_000
	rateScale = 6 // digits after the point
)

// ReadRate reads a merchant's rate; nothing is zero. It fails with fault.Invalid (telegram.stars_rate).
func ReadRate(text string) (decimal.Decimal, error) {
	if text = strings.TrimSpace(text); text == "" {
		return decimal.Zero, nil
	}
	wrong := fault.New(fault.Invalid, "telegram.stars_rate")
	if len(text) > 20 || strings.ContainsAny(text, "eE") {
		return decimal.Zero, wrong
	}
	rate, err := decimal.NewFromString(strings.Replace(text, ",", ".", 1))
	if err != nil || rate.IsNegative() || rate.GreaterThan(decimal.NewFromInt(mostRate)) || !rate.Equal(rate.Truncate(rateScale)) {
		return decimal.Zero, wrong
	}
	return rate, nil
}

// Set says how a merchant is paid from now on; invoices that are out stay as they are. It fails with fault.Invalid:
// telegram.provider_token, telegram.stars_rate.
func (d *Desk) Set(ctx context.Context, merchant payments.MerchantID, s Settings) error {
	if s.ProviderToken != "" && !IsToken(s.ProviderToken) {
		return fault.New(fault.Invalid, "telegram.provider_token")
	}
	if _, err := ReadRate(s.StarsRate.String()); err != nil {
		return err
	}
	sealed, err := d.sealed(s.ProviderToken)
	if err != nil {
		return err
	}
	rate := ""
	if s.StarsRate.IsPositive() {
		rate = s.StarsRate.String()
	}
	return d.store.set(ctx, merchant, sealed, rate, d.at())
}

// SettingsOf are what Set said.
func (d *Desk) SettingsOf(ctx context.Context, merchant payments.MerchantID) (s Settings, err error) {
	sealed, rate, err := d.store.settings(ctx, merchant)
	if err != nil {
		return Settings{}, err
	}
	if s.StarsRate, err = ReadRate(rate); err != nil {
		return s, err
	}
	s.ProviderToken, err = d.unsealed(sealed)
	return s, err
}

// Shown is what may be seen of a merchant's settings: whether there is a token of its own, whether that moves real money,
// and the rate as it was written; empty: no Stars.
func (d *Desk) Shown(ctx context.Context, merchant payments.MerchantID) (hasToken, live bool, rate string, err error) {
	s, err := d.SettingsOf(ctx, merchant)
	if err != nil {
		return false, false, "", err
	}
	if s.StarsRate.IsPositive() {
		rate = s.StarsRate.String()
	}
	return s.ProviderToken != "", isLive(s.ProviderToken), rate, nil
}

// Default is the mode of the provider of merchants without one of their own, "live" or "test"; empty: there is none.
func (d *Desk) Default() string {
	switch {
	case d.Token == "":
		return ""
	case isLive(d.Token):
		return "live"
	}
	return "test"
}

// Change sets what is not nil, and fails as Set and ReadRate do.
func (d *Desk) Change(ctx context.Context, merchant payments.MerchantID, token, rate *string) error {
	return d.DB.InTx(ctx, func(ctx context.Context) error {
		s, err := d.SettingsOf(ctx, merchant)
		if err != nil && token == nil {
			return err // a token that can't be read any more is mended by another one
		}
		if token != nil {
			s.ProviderToken = strings.TrimSpace(*token)
		}
		if rate != nil {
			if s.StarsRate, err = ReadRate(*rate); err != nil {
				return err
			}
		}
		return d.Set(ctx, merchant, s)
	})
}

// token is the merchant's own provider token, else the program's; empty: none.
func (d *Desk) token(ctx context.Context, merchant payments.MerchantID) (string, error) {
	s, err := d.SettingsOf(ctx, merchant)
	if err != nil || s.ProviderToken != "" {
		return s.ProviderToken, err
	}
	return d.Token, nil
}

// inStars is what is due in Stars, rounded up; zero when the merchant takes none, or it is more than Telegram does.
func (d *Desk) inStars(ctx context.Context, due payments.Due) (int64, error) {
	s, err := d.SettingsOf(ctx, due.Merchant)
	if err != nil || !s.StarsRate.IsPositive() {
		return 0, err
	}
	return worth(due, s.StarsRate), nil
}

// worth is the one place where money becomes Stars: always rounded up, so that no fraction of a Star is given away.
func worth(due payments.Due, rate decimal.Decimal) int64 {
	stars := decimal.NewFromInt(due.Amount.Minor).Shift(-int32(due.Amount.Currency.Digits())).Mul(rate).Ceil()
	if stars.GreaterThan(decimal.NewFromInt(mostStars)) || !stars.IsPositive() {
		return 0
	}
	return stars.IntPart()
}

// sealer keeps tokens unreadable to who has only the database.
func sealer(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key of provider tokens: %w", err)
	}
	return cipher.NewGCM(block)
}

func (d *Desk) sealed(token string) (string, error) {
	if token == "" {
		return "", nil
	}
	nonce := make([]byte, d.seal.NonceSize())
	if _, err := io.ReadFull(d.Random, nonce); err != nil {
		return "", fmt.Errorf("seal a provider token: %w", err)
	}
	return base64.StdEncoding.EncodeToString(d.seal.Seal(nonce, nonce, []byte(token), nil)), nil
}

var errSealed = errors.New("a provider token can't be read: it was sealed with another PARLEY_SECRET_KEY, or is damaged")

func (d *Desk) unsealed(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	sealed, err := base64.StdEncoding.DecodeString(text)
	size := d.seal.NonceSize()
	if err != nil || len(sealed) < size {
		return "", errSealed
	}
	token, err := d.seal.Open(nil, sealed[:size], sealed[size:], nil)
	if err != nil {
		return "", errSealed
	}
	return string(token), nil
}
