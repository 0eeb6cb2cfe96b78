package reconcile

import (
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// Contract is what a processor may keep of charges; the first term that fits a charge counts.
type Contract []Term

// Term is what a processor may keep of some charges: a rate and a fixed sum.
type Term struct {
	Method, Country string          // "card", of the card; "*": any
	Rate            decimal.Decimal // of the settled sum: 0.015 is 1.5 %; from 0 to less than 1
	Fixed           string          // major units of the settlement's currency: "0.25"
	Converted       decimal.Decimal // what the rate is more of a charge that was converted
}

// NewTerm reads a term as people write it: rates as "0.015" or "1.5%". An empty method or country is any. It fails with
// fault.Invalid (settlement.term_malformed), which names the field.
func NewTerm(method, country, rate, fixed, converted string) (Term, error) {
	made := Term{Method: anyIfEmpty(method), Country: anyIfEmpty(country), Fixed: fixed}
	if made.Fixed == "" {
		made.Fixed = "0"
	}
	malformed := func(field string) (Term, error) {
		return Term{}, fault.New(fault.Invalid, "settlement.term_malformed").With("field", field)
	}
	var ok bool
	if made.Rate, ok = rateOf(rate); !ok {
		return malformed("rate")
	}
	if made.Converted, ok = rateOf(converted); !ok {
		return malformed("conversion_rate")
	}
	if sum, ok := minor(made.Fixed, 9); !ok || sum < 0 {
		return malformed("fixed")
	}
	return made, nil
}

// ReadContract reads a file of terms: payment_method_type, card_country, rate, fixed, conversion_rate. It fails with a *Flaw.
func ReadContract(s Source) (Contract, error) { return readFees(s) }

func readFees(s Source) (Contract, error) {
	if !s.given() {
		return nil, nil
	}
	t, err := openTable(s, time.UTC, "payment_method_type", "card_country", "rate", "fixed")
	if err != nil {
		return nil, err
	}
	terms := Contract{}
	for {
		more, err := t.next()
		if err != nil || !more {
			return terms, err
		}
		one := Term{Method: anyIfEmpty(t.cell(t.column("payment_method_type"))), Country: anyIfEmpty(t.cell(t.column("card_country")))}
		if one.Rate, err = t.rate("rate"); err != nil {
			return nil, err
		}
		if one.Converted, err = t.rate("conversion_rate"); err != nil {
			return nil, err
		}
		one.Fixed = strings.Clone(t.cell(t.column("fixed")))
		if one.Fixed == "" {
			one.Fixed = "0"
		}
		if _, ok := minor(one.Fixed, 9); !ok {
			return nil, t.flaw("fixed", "%q is no amount; it should look like 0.25", one.Fixed)
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

// rate reads a rate of a column.
func (t *table) rate(column string) (decimal.Decimal, error) {
	text := t.cell(t.column(column))
	rate, ok := rateOf(text)
	if !ok {
		return decimal.Zero, t.flaw(column, "%q is no rate; it should look like 0.015 or 1.5%%", text)
	}
	return rate, nil
}

// rateOf reads "0.015" or "1.5%"; nothing is zero. A rate of one or more is refused: it was meant as a percentage, or it is
// wrong.
func rateOf(text string) (decimal.Decimal, bool) {
	if text == "" {
		return decimal.Zero, true
	}
	plain, percent := strings.CutSuffix(text, "%")
	rate, err := decimal.NewFromString(strings.TrimSpace(plain))
	if percent {
		rate = rate.Shift(-2)
	}
	bad := err != nil || len(plain) > 30 || strings.ContainsAny(plain, "eE") || rate.IsNegative() || rate.GreaterThanOrEqual(decimal.NewFromInt(1))
	return rate, !bad
}

func (c Contract) find(method, country string) (Term, bool) {
	method, country = strings.ToLower(method), strings.ToLower(country)
	for _, one := range c {
		if (one.Method == "*" || one.Method == method) && (one.Country == "*" || one.Country == country) {
			return one, true
		}
	}
	return Term{}, false
}

// Judge says whether a fee is what the contract says of a charge that was settled as gross, and what that would be; unknown
// when no term fits the charge. A half of a minor unit may be rounded either way, and a converted charge has one minor unit
// more of room.
func (c Contract) Judge(method, country string, gross, fee money.Amount, converted bool) (due money.Amount, allowed, known bool) {
	one, known := c.find(method, country)
	if !known || gross.Currency != fee.Currency {
		return money.Of(0, gross.Currency), true, false
	}
	minor, allowed := one.allows(gross.Minor, fee.Minor, &unit{code: gross.Currency, digits: gross.Currency.Digits()}, converted)
	return money.Of(minor, gross.Currency), allowed, true
}

// allows says whether a fee is what the contract says of a gross sum, and what that would be. A half of a minor
// unit may be rounded either way: processors do not publish which. A converted charge has one minor unit more
// of room, since it is rounded twice.
func (c Term) allows(gross, fee int64, u *unit, converted bool) (due int64, allowed bool) {
	fixed, ok := minor(c.Fixed, u.digits)
	if !ok {
		return 0, true // the contract is about other currencies
	}
	rate, room := c.Rate, int64(0)
	if converted {
		rate, room = rate.Add(c.Converted), 1
	}
	exact := decimal.NewFromInt(gross).Mul(rate)
	due = exact.Round(0).IntPart() + fixed
	low, high := due, due
	if other := exact.Mul(decimal.NewFromInt(2)); other.IsInteger() && !exact.IsInteger() {
		low, high = exact.Floor().IntPart()+fixed, exact.Ceil().IntPart()+fixed
	}
	return due, fee >= low-room && fee <= high+room
}
