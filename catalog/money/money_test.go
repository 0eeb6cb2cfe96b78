package money_test

import (
	"math"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"parley/catalog/fault"
	"parley/catalog/money"
)

func TestAmountsAreWrittenWithTheirCurrencysDigits(t *testing.T) {
	for want, amount := range map[string]money.Amount{
		"19.99 USD": {Minor: 1999, Currency: "USD"},
		"-0.05 USD": {Minor: -5, Currency: "USD"},
		"500 JPY":   {Minor: 500, Currency: "JPY"},
		"1.234 KWD": {Minor: 1234, Currency: "KWD"},
	} {
		if got := amount.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAmountsAreWrittenAsTheLanguageDoes(t *testing.T) {
	for _, test := range []struct {
		amount   money.Amount
		language string
		want     string
	}{
		{money.Of(123450, "USD"), "en", "$1,234.50"},
		{money.Of(123450, "USD"), "ru", "1\u00a0234,50\u00a0$"},
		{money.Of(123450, "RUB"), "ru", "1\u00a0234,50\u00a0₽"},
		{money.Of(1235, "JPY"), "en", "¥1,235"},
		{money.Of(1234500, "KWD"), "en", "KWD\u00a01,234.500"},
	} {
		if got := test.amount.In(test.language); got != test.want {
			t.Errorf("%v in %s is %q, want %q", test.amount, test.language, got, test.want)
		}
	}
}

func TestPlusRefusesTwoCurrenciesAndOverflow(t *testing.T) {
	for _, b := range []money.Amount{{Minor: 1, Currency: "EUR"}, {Minor: math.MaxInt64, Currency: "USD"}} {
		if _, err := money.Of(1, "USD").Plus(b); fault.KindOf(err) != fault.Invalid {
			t.Errorf("1 minor USD plus %v: %v", b, err)
		}
	}
	if _, err := money.Of(math.MaxInt64/2, "USD").Times(3); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a product that does not fit: %v", err)
	}
}

func TestSplitLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := money.Of(rapid.Int64().Draw(t, "minor"), "USD")
		weights := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt32), 1, 9).Draw(t, "weights")
		sum, err := money.Sum(whole.Split(weights)...)
		if err != nil || sum.Minor != whole.Minor {
			t.Fatalf("the parts of %v by %v add up to %v (%v)", whole, weights, sum, err)
		}
	})
}

func TestWhatMajorWritesParseReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := money.Of(rapid.Int64().Draw(t, "minor"), rapid.SampledFrom([]money.Currency{"USD", "JPY", "KWD", "RUB"}).Draw(t, "currency"))
		if got, err := money.Parse(amount.Major(), amount.Currency); err != nil || got != amount {
			t.Fatalf("%s was read as %v (%v)", amount.Major(), got, err)
		}
	})
}

func TestParseRefusesWhatIsNoSumOfTheCurrency(t *testing.T) {
	for _, text := range []string{"", "abc", "1e9", "1.999", "1,2,3", "--1", "99999999999999999999999"} {
		if got, err := money.Parse(text, "USD"); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q was read as %v (%v)", text, got, err)
		}
	}
	if got, err := money.Parse("1 234,50", "RUB"); err != nil || got.Minor != 123450 {
		t.Errorf("a price as Russians write it: %v, %v", got, err)
	}
}

func TestRateRoundsHalfToEvenOnce(t *testing.T) {
	for minor, want := range map[int64]int64{25: 2, 35: 4, 105: 10, 115: 12} {
		if got := money.Of(minor, "USD").Rate(decimal.RequireFromString("0.1")); got.Minor != want {
			t.Errorf("a tenth of %d is %d, want %d", minor, got.Minor, want)
		}
	}
}
