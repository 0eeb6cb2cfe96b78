package orders

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
)

func usd(minor int64) money.Amount { return money.Of(minor, "USD") }

func TestTotalsAddUpExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sum := int64(0)
		goods := []money.Amount{}
		for _, minor := range rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 0, 20).Draw(t, "goods") {
			goods, sum = append(goods, usd(minor)), sum+minor
		}
		off := rapid.SliceOfN(rapid.Int64Range(0, 1<<41), 0, 3).Draw(t, "discounts")
		discounts, offered := []Discount{}, int64(0)
		for _, minor := range off {
			discounts, offered = append(discounts, Discount{"off", usd(minor)}), offered+minor
		}
		courier := catalog.DeliveryMethod{
			Price:    usd(rapid.Int64Range(0, 5000).Draw(t, "price")),
			FreeFrom: usd(rapid.Int64Range(0, 1<<42).Draw(t, "free from")),
		}
		got, err := price(goods, discounts, &courier, "USD")
		if err != nil {
			t.Fatal(err)
		}
		if got.Goods.Minor != sum || got.Discount.Minor != min(offered, sum) {
			t.Fatalf("goods %v, discount %v, want %d and %d", got.Goods, got.Discount, sum, min(offered, sum))
		}
		if got.Total.Minor != got.Goods.Minor-got.Discount.Minor+got.Shipping.Minor {
			t.Fatalf("%+v does not add up", got)
		}
		free := courier.FreeFrom.Minor > 0 && sum-got.Discount.Minor >= courier.FreeFrom.Minor
		if want := map[bool]int64{true: 0, false: courier.Price.Minor}[free]; got.Shipping.Minor != want {
			t.Fatalf("shipping is %v, want %d", got.Shipping, want)
		}
	})
}

func TestDeliveryIsFreeFromExactlyTheStatedSum(t *testing.T) {
	courier := catalog.DeliveryMethod{Price: usd(500), FreeFrom: usd(10000)}
	for goods, want := range map[int64]int64{9999: 500, 10000: 0, 10001: 0} {
		if got := shipping(usd(goods), &courier); got != usd(want) {
			t.Errorf("delivery of %d costs %v, want %d", goods, got, want)
		}
	}
}

func TestATotalThatDoesNotFitIsRefused(t *testing.T) {
	_, err := price([]money.Amount{usd(math.MaxInt64), usd(1)}, nil, nil, "USD")
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("goods: %v", err)
	}
	courier := catalog.DeliveryMethod{Price: usd(1)}
	if _, err = price([]money.Amount{usd(math.MaxInt64)}, nil, &courier, "USD"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("with delivery: %v", err)
	}
}

func TestCurrenciesDoNotMix(t *testing.T) {
	if _, err := price([]money.Amount{usd(1), money.Of(1, "EUR")}, nil, nil, "USD"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestNothingCostsNothingInTheShopsCurrency(t *testing.T) {
	got, err := price(nil, nil, nil, "KZT")
	if zero := money.Of(0, "KZT"); err != nil || got != (Totals{zero, zero, zero, zero, zero}) {
		t.Errorf("%+v, %v", got, err)
	}
}
