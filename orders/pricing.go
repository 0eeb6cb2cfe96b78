package orders

import (
	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
)

// Discount is a sum off the goods of a whole order. It is never more than they cost: the rest of it is lost.
type Discount struct {
	Name   string
	Amount money.Amount // not negative
}

// price is what goods cost with discounts and delivery. delivery is nil when nothing is delivered or when
// that is not known yet. Prices include tax and no rate is known, so Tax is zero. It fails with
// fault.Invalid when the currencies differ or a sum does not fit.
func price(goods []money.Amount, discounts []Discount, delivery *catalog.DeliveryMethod, currency money.Currency) (Totals, error) {
	zero := money.Of(0, currency)
	t := Totals{Goods: zero, Discount: zero, Shipping: zero, Tax: zero, Total: zero}
	var err error
	for _, line := range goods {
		if t.Goods, err = t.Goods.Plus(line); err != nil {
			return Totals{}, err
		}
	}
	if t.Discount, err = discount(t.Goods, discounts); err != nil {
		return Totals{}, err
	}
	rest, err := t.Goods.Minus(t.Discount)
	if err != nil {
		return Totals{}, err
	}
	t.Shipping = shipping(rest, delivery)
	if t.Total, err = rest.Plus(t.Shipping); err != nil {
		return Totals{}, err
	}
	return t, nil
}

// discount adds up discounts, never to more than the goods.
func discount(goods money.Amount, discounts []Discount) (money.Amount, error) {
	sum := money.Of(0, goods.Currency)
	for _, d := range discounts {
		if d.Amount.Minor < 0 {
			return money.Amount{}, fault.New(fault.Invalid, "order.discount_negative")
		}
		more, err := sum.Plus(d.Amount)
		if err != nil {
			return money.Amount{}, err
		}
		sum = money.Of(min(more.Minor, goods.Minor), goods.Currency)
	}
	return sum, nil
}

// shipping is what a method costs for goods worth so much after discounts.
func shipping(goods money.Amount, delivery *catalog.DeliveryMethod) money.Amount {
	switch {
	case delivery == nil || delivery.Price.IsZero():
		return money.Of(0, goods.Currency)
	case !delivery.FreeFrom.IsZero() && goods.Minor >= delivery.FreeFrom.Minor:
		return money.Of(0, goods.Currency)
	default:
		return delivery.Price
	}
}
