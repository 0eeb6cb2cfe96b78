package stripe

import (
	"parley/catalog/fault"
	"parley/catalog/money"
)

// digits are the decimals of the minor unit in which Stripe wants an amount, where they are not those of
// ISO 4217 or need more care. Source: Stripe's documentation of supported currencies: zero-decimal,
// three-decimal and special-case currencies.
var digits = map[money.Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "JPY": 0, "KMF": 0, "KRW": 0, "MGA": 0, "PYG": 0, "RWF": 0,
	"VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3,
	"ISK": 2, "UGX": 2, // no fraction, and yet sent a hundredfold
}

// step is what an amount, in Stripe's minor units, must be a multiple of.
func step(c money.Currency) int64 {
	switch c {
	case "ISK", "UGX":
		return 100
	case "BHD", "JOD", "KWD", "OMR", "TND":
		return 10
	}
	return 1
}

// digitsOf fails with fault.Invalid for currencies whose minor unit at Stripe nobody has stated.
func digitsOf(c money.Currency) (int, error) {
	if stated, ok := digits[c]; ok {
		return stated, nil
	}
	if !c.Valid() || c.Digits() != 2 {
		return 0, fault.New(fault.Invalid, "payment.currency_unsupported").With("currency", string(c))
	}
	return 2, nil
}

// minor is an amount as Stripe wants it. It fails with fault.Invalid when Stripe cannot take exactly it.
func minor(a money.Amount) (int64, error) {
	theirs, err := digitsOf(a.Currency)
	if err != nil {
		return 0, err
	}
	sent := a.Minor
	for ours := a.Currency.Digits(); ours < theirs; ours++ {
		scaled, err := money.Of(sent, a.Currency).Times(10)
		if err != nil {
			return 0, err
		}
		sent = scaled.Minor
	}
	for ours := a.Currency.Digits(); ours > theirs; ours-- {
		if sent%10 != 0 {
			return 0, inexact(a)
		}
		sent /= 10
	}
	if sent%step(a.Currency) != 0 {
		return 0, inexact(a)
	}
	return sent, nil
}

// Exact is the most that an amount of a platform's can be in Stripe's units: of currencies whose last digit must be a zero it
// is rounded down to that.
func (*Gateway) Exact(a money.Amount) money.Amount {
	theirs, err := digitsOf(a.Currency)
	if err != nil {
		return a // nothing can be charged in it
	}
	grain := step(a.Currency)
	for ours := a.Currency.Digits(); ours < theirs && grain > 1; ours++ {
		grain /= 10
	}
	for ours := a.Currency.Digits(); ours > theirs; ours-- {
		grain *= 10
	}
	a.Minor -= a.Minor % grain
	return a
}

// amount is what Stripe says, in our minor units. It fails when it is no whole number of them.
func amount(sent int64, c money.Currency) (money.Amount, error) {
	theirs, err := digitsOf(c)
	if err != nil {
		return money.Amount{}, err
	}
	for ours := c.Digits(); ours < theirs; ours++ {
		if sent%10 != 0 {
			return money.Amount{}, inexact(money.Of(sent, c))
		}
		sent /= 10
	}
	for ours := c.Digits(); ours > theirs; ours-- {
		scaled, err := money.Of(sent, c).Times(10)
		if err != nil {
			return money.Amount{}, err
		}
		sent = scaled.Minor
	}
	return money.Of(sent, c), nil
}

func inexact(a money.Amount) error {
	return fault.New(fault.Invalid, "payment.amount_unsupported").With("amount", a.String())
}
