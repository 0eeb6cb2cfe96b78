package api

import (
	"parley/catalog/fault"
	"parley/catalog/money"
)

// Money is an exact sum.
type Money struct {
	Minor    int64  `json:"minor" minimum:"0" maximum:"1000000000000000" example:"1999" doc:"In minor units: cents of a dollar."`
	Currency string `json:"currency" pattern:"^[A-Z]{3}$" example:"EUR" doc:"ISO 4217."`
}

func moneyView(a money.Amount) Money { return Money{a.Minor, string(a.Currency)} }

// optional is a sum that may be none.
func optional(a money.Amount) *Money {
	if a.IsZero() {
		return nil
	}
	return pointer(moneyView(a))
}

// amount is a sum in the currency of a shop; nothing given is none.
func amount(m *Money, c money.Currency, field string) (money.Amount, error) {
	switch {
	case m == nil:
		return money.Amount{}, nil
	case m.Currency != string(c):
		return money.Amount{}, fault.New(fault.Invalid, "catalog.other_currency").With("currency", string(c)).With("field", field+".currency")
	default:
		return money.Of(m.Minor, c), nil
	}
}
