package payments_test

import (
	"testing"

	"pgregory.net/rapid"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

func TestWhatThePlatformKeepsIsARateAndAFixedSumAndNeverMoreThanAll(t *testing.T) {
	for _, row := range []struct{ amount, rate, fixed, kept int64 }{
		{4999, 100_000, 30, 530}, {1000, 29_000, 0, 29}, {50, 10_000, 0, 0}, {150, 10_000, 0, 2}, {250, 10_000, 0, 2}, // half to even
		{20, 100_000, 30, 20}, {100, payments.MostRate, 5, 100}, {100, 0, 0, 0},
	} {
		cut := payments.Cut{Rate: row.rate, Fixed: money.Of(row.fixed, "USD")}
		if kept, err := cut.Of(money.Of(row.amount, "USD")); err != nil || kept != money.Of(row.kept, "USD") {
			t.Errorf("%+v of %d is %v, %v; want %d", cut, row.amount, kept, err, row.kept)
		}
	}
	if _, err := (payments.Cut{Rate: 1, Fixed: money.Of(30, "EUR")}).Of(price); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a fixed sum of another currency: %v", err)
	}
	rapid.Check(t, func(t *rapid.T) {
		cut := payments.Cut{Rate: rapid.Int64Range(0, payments.MostRate).Draw(t, "rate"), Fixed: money.Of(rapid.Int64Range(0, 1<<62).Draw(t, "fixed"), "USD")}
		amount := money.Of(rapid.Int64Range(0, 1<<50).Draw(t, "amount"), "USD")
		if kept, err := cut.Of(amount); err != nil || kept.Minor < 0 || kept.Minor > amount.Minor {
			t.Fatalf("%+v of %s is %v, %v", cut, amount, kept, err)
		}
	})
}

func TestARateIsReadAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]int64{"2.9%": 29_000, " 2,9 % ": 29_000, "0%": 0, "100 %": payments.MostRate, "0.0001%": 1} {
		if rate, err := payments.ParseRate(text); err != nil || rate != want {
			t.Errorf("%q is %d, %v", text, rate, err)
		}
	}
	for _, text := range []string{"", "%", "2.9", "0.00001%", "100.1%", "-1%", "1e1%", "two %", "9999999999999%"} {
		if rate, err := payments.ParseRate(text); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q is %d, %v", text, rate, err)
		}
	}
	if said := (payments.Cut{Rate: 29_500}).Percent(); said != "2.95 %" {
		t.Error(said)
	}
}
