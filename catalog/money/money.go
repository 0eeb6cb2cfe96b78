// Package money counts exact amounts of one currency.
package money

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/bojanz/currency"
	"github.com/shopspring/decimal"

	"parley/catalog/fault"
)

// Currency is an upper-case ISO 4217 code.
type Currency string

// Stars is the currency of Telegram Stars. It is none of ISO 4217: no shop prices in it, and it is an asset of its own in
// the books, without a minor unit.
const Stars Currency = "XTR"

// Valid says whether the code is in the ISO 4217 table.
func (c Currency) Valid() bool { return currency.IsValid(string(c)) }

// Digits is the number of decimals that ISO 4217 gives the currency: 2 for USD, 0 for JPY, 3 for KWD.
// It is 0 for a code that is not in the table.
func (c Currency) Digits() int {
	digits, _ := currency.GetDigits(string(c))
	return int(digits)
}

// Amount is a sum of money in minor units: 19.99 USD is {1999, "USD"}.
//
// It is comparable, it is stored as it is, and it adds up exactly. The zero
// Amount belongs to no currency and adds to any.
type Amount struct {
	Minor    int64    `json:"minor"`
	Currency Currency `json:"currency"`
}

// Of is an amount of minor units of a currency.
func Of(minor int64, c Currency) Amount { return Amount{minor, c} }

// IsZero says whether nothing is owed, in whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Plus fails with fault.Invalid when the currencies differ or the sum does not fit.
func (a Amount) Plus(b Amount) (Amount, error) {
	switch {
	case a == Amount{}:
		return b, nil
	case b == Amount{}:
		return a, nil
	case a.Currency != b.Currency:
		return Amount{}, fault.New(fault.Invalid, "money.mixed").
			With("left", string(a.Currency)).With("right", string(b.Currency))
	}
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) && b.Minor != 0 {
		return Amount{}, tooLarge()
	}
	return Amount{sum, a.Currency}, nil
}

// Minus fails as Plus does.
func (a Amount) Minus(b Amount) (Amount, error) { return a.Plus(b.Negated()) }

// Negated is the same sum in the other direction.
func (a Amount) Negated() Amount { return Amount{-a.Minor, a.Currency} }

// Times fails with fault.Invalid when the product does not fit.
func (a Amount) Times(count int64) (Amount, error) {
	product := new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(count))
	if !product.IsInt64() {
		return Amount{}, tooLarge()
	}
	return Amount{product.Int64(), a.Currency}, nil
}

// Rate multiplies by a rate ("0.2" is a fifth) and rounds half to even, once.
func (a Amount) Rate(rate decimal.Decimal) Amount {
	return Amount{decimal.NewFromInt(a.Minor).Mul(rate).RoundBank(0).IntPart(), a.Currency}
}

// Sum adds any number of amounts; it fails as Plus does.
func Sum(amounts ...Amount) (total Amount, err error) {
	for _, amount := range amounts {
		if total, err = total.Plus(amount); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

// Split shares an amount by weights and loses nothing: the parts add up to it.
// Each part differs from the exact share by less than one minor unit. Weights
// are not negative; when they are all zero the last part gets everything.
func (a Amount) Split(weights []int64) []Amount {
	parts := make([]Amount, len(weights))
	total := new(big.Int)
	for _, weight := range weights {
		total.Add(total, big.NewInt(weight))
	}
	if total.Sign() == 0 {
		if len(parts) > 0 {
			parts[len(parts)-1] = a
		}
		return parts
	}
	seen, given := new(big.Int), int64(0)
	for i, weight := range weights {
		seen.Add(seen, big.NewInt(weight))
		share := new(big.Int).Mul(big.NewInt(a.Minor), seen)
		upTo := share.Quo(share, total).Int64()
		parts[i] = Amount{upTo - given, a.Currency}
		given = upTo
	}
	return parts
}

// Parse reads a plain decimal number of major units, "19.99" or "1 234,50", as a sum of c.
// It fails with fault.Invalid when the text is no number, has more digits than the currency or does not fit.
func Parse(text string, c Currency) (Amount, error) {
	malformed := func() (Amount, error) {
		return Amount{}, fault.New(fault.Invalid, "money.malformed").With("text", text)
	}
	if !c.Valid() {
		return Amount{}, fault.New(fault.Invalid, "money.unknown_currency").With("code", string(c))
	}
	plain := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(strings.TrimSpace(text))
	if !strings.Contains(plain, ".") {
		plain = strings.Replace(plain, ",", ".", 1)
	}
	if plain == "" || len(plain) > 32 || strings.ContainsAny(plain, "eE,") {
		return malformed()
	}
	number, err := decimal.NewFromString(plain)
	if err != nil {
		return malformed()
	}
	minor := number.Shift(int32(c.Digits()))
	if !minor.IsInteger() {
		return malformed()
	}
	if !minor.BigInt().IsInt64() {
		return Amount{}, tooLarge()
	}
	return Amount{minor.IntPart(), c}, nil
}

// Major is the plain number of major units, "19.99", for files and forms.
func (a Amount) Major() string {
	digits := a.Currency.Digits()
	sign, minor := "", strconv.FormatInt(a.Minor, 10)
	if a.Minor < 0 {
		sign, minor = "-", minor[1:]
	}
	if missing := digits + 1 - len(minor); missing > 0 {
		minor = strings.Repeat("0", missing) + minor
	}
	if digits == 0 {
		return sign + minor
	}
	point := len(minor) - digits
	return sign + minor[:point] + "." + minor[point:]
}

// String writes the plain form, "19.99 USD", for logs; In is for people.
func (a Amount) String() string { return a.Major() + " " + string(a.Currency) }

// In writes the amount as a language does (CLDR): "$19.99" in English, "19,99 $" in Russian.
// Spaces inside are U+00A0. Stars are "250 ⭐". An amount of an unknown currency is written plainly.
func (a Amount) In(language string) string {
	if a.Currency == Stars {
		return strconv.FormatInt(a.Minor, 10) + "\u00a0⭐"
	}
	amount, err := currency.NewAmountFromInt64(a.Minor, string(a.Currency))
	if err != nil {
		return a.String()
	}
	return formatter(language).Format(amount)
}

func formatter(language string) *currency.Formatter {
	f := currency.NewFormatter(currency.NewLocale(language))
	f.MaxDigits = currency.DefaultDigits
	return f
}

func tooLarge() error { return fault.New(fault.Invalid, "money.too_large") }
