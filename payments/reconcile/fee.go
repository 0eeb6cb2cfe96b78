package reconcile

import (
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// contract is what the processor may keep; the first term that fits a charge counts.
type contract []term

type term struct {
	method, country string // "*": any
	rate, converted decimal.Decimal
	fixed           string // major units of the settlement's currency
}

func readFees(s Source) (contract, error) {
	if !s.given() {
		return nil, nil
	}
	t, err := openTable(s, time.UTC, "payment_method_type", "card_country", "rate", "fixed")
	if err != nil {
		return nil, err
	}
	terms := contract{}
	for {
		more, err := t.next()
		if err != nil || !more {
			return terms, err
		}
		one := term{method: anyIfEmpty(t.cell(t.column("payment_method_type"))), country: anyIfEmpty(t.cell(t.column("card_country")))}
		if one.rate, err = t.rate("rate"); err != nil {
			return nil, err
		}
		if one.converted, err = t.rate("conversion_rate"); err != nil {
			return nil, err
		}
		one.fixed = strings.Clone(t.cell(t.column("fixed")))
		if one.fixed == "" {
			one.fixed = "0"
		}
		if _, ok := minor(one.fixed, 9); !ok {
			return nil, t.flaw("fixed", "%q is no amount; it should look like 0.25", one.fixed)
		}
		terms = append(terms, one)
	}
}

func anyIfEmpty(text string) string {
	if text == "" {
		return "*"
	}
	return strings.ToLower(text)
}

// rate reads "0.015" or "1.5%". A rate of one or more is refused: it was meant as a percentage, or it is wrong.
func (t *table) rate(column string) (decimal.Decimal, error) {
	text := t.cell(t.column(column))
	if text == "" {
		return decimal.Zero, nil
	}
	plain, percent := strings.CutSuffix(text, "%")
	rate, err := decimal.NewFromString(strings.TrimSpace(plain))
	if percent {
		rate = rate.Shift(-2)
	}
	if err != nil || strings.ContainsAny(plain, "eE") || rate.IsNegative() || rate.GreaterThanOrEqual(decimal.NewFromInt(1)) {
		return decimal.Zero, t.flaw(column, "%q is no rate; it should look like 0.015 or 1.5%%", text)
	}
	return rate, nil
}

func (c contract) find(e *entry) (term, bool) {
	method, country := strings.ToLower(e.method), strings.ToLower(e.country)
	for _, one := range c {
		if (one.method == "*" || one.method == method) && (one.country == "*" || one.country == country) {
			return one, true
		}
	}
	return term{}, false
}

// allows says whether a fee is what the contract says of a gross sum, and what that would be. A half of a minor
// unit may be rounded either way: processors do not publish which. A converted charge has one minor unit more
// of room, since it is rounded twice.
func (c term) allows(gross, fee int64, u *unit, converted bool) (due int64, allowed bool) {
	fixed, ok := minor(c.fixed, u.digits)
	if !ok {
		return 0, true // the contract is about other currencies
	}
	rate, room := c.rate, int64(0)
	if converted {
		rate, room = rate.Add(c.converted), 1
	}
	exact := decimal.NewFromInt(gross).Mul(rate)
	due = exact.Round(0).IntPart() + fixed
	low, high := due, due
	if other := exact.Mul(decimal.NewFromInt(2)); other.IsInteger() && !exact.IsInteger() {
		low, high = exact.Floor().IntPart()+fixed, exact.Ceil().IntPart()+fixed
	}
	return due, fee >= low-room && fee <= high+room
}
