package reconcile

import (
	"math"
	"strings"

	"parley/catalog/money"
)

// unit is a currency as the files write it. Reports give major units, so that a processor's own minor units
// (two digits for ISK, none for MGA) do not matter here: digits are those of ISO 4217.
type unit struct {
	code   money.Currency
	digits int
	number uint8 // its place in units
}

func (u *unit) write(minor int64) string { return money.Of(minor, u.code).Major() }

func (u *unit) say(minor int64) string { return u.write(minor) + " " + string(u.code) }

// units are the currencies met so far.
type units struct {
	byText map[string]*unit // as it was written; nil: no currency of ISO 4217
	all    []*unit
}

func newUnits() *units { return &units{byText: map[string]*unit{}} }

// find is nil for a code that ISO 4217 does not have.
func (u *units) find(text string) *unit {
	if found, met := u.byText[text]; met {
		return found
	}
	text = strings.Clone(text)
	code := money.Currency(strings.ToUpper(strings.TrimSpace(text)))
	if !code.Valid() {
		u.byText[text] = nil
		return nil
	}
	for _, known := range u.all {
		if known.code == code {
			u.byText[text] = known
			return known
		}
	}
	made := &unit{code: code, digits: code.Digits(), number: uint8(len(u.all))}
	u.all, u.byText[text] = append(u.all, made), made
	return made
}

// minor reads a number of major units, "-19.99". More digits than the currency has are refused unless they are
// zeros: nothing is rounded on the way in.
func minor(text string, digits int) (int64, bool) {
	negative := false
	if text != "" && (text[0] == '-' || text[0] == '+') {
		negative, text = text[0] == '-', text[1:]
	}
	whole, part, pointed := strings.Cut(text, ".")
	if whole == "" || pointed && part == "" {
		return 0, false
	}
	var sum int64
	var ok bool
	for _, sign := range []byte(whole) {
		if sum, ok = withDigit(sum, sign); !ok {
			return 0, false
		}
	}
	for i := range max(digits, len(part)) {
		sign := byte('0')
		if i < len(part) {
			sign = part[i]
		}
		if i >= digits {
			if sign != '0' {
				return 0, false
			}
			continue
		}
		if sum, ok = withDigit(sum, sign); !ok {
			return 0, false
		}
	}
	if negative {
		sum = -sum
	}
	return sum, true
}

func withDigit(sum int64, sign byte) (int64, bool) {
	if sign < '0' || sign > '9' || sum > (math.MaxInt64-9)/10 {
		return 0, false
	}
	return sum*10 + int64(sign-'0'), true
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
