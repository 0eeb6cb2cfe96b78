package stripe

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/catalog/money"
	"parley/payments"
)

func TestAmountsAreSentInStripesMinorUnits(t *testing.T) {
	for _, row := range []struct {
		ours money.Amount
		sent int64
	}{
		{money.Of(1999, "USD"), 1999}, {money.Of(500, "JPY"), 500}, {money.Of(1230, "KWD"), 1230},
		{money.Of(7, "ISK"), 700}, {money.Of(5, "UGX"), 500}, {money.Of(1200, "MGA"), 12}, {money.Of(350, "HUF"), 350},
	} {
		if sent, err := minor(row.ours); err != nil || sent != row.sent {
			t.Errorf("%s is sent as %d, want %d; %v", row.ours, sent, row.sent, err)
		}
		if back, err := amount(row.sent, row.ours.Currency); err != nil || back != row.ours {
			t.Errorf("%d comes back as %s, want %s; %v", row.sent, back, row.ours, err)
		}
	}
	for _, refused := range []money.Amount{money.Of(1234, "KWD"), money.Of(1250, "MGA"), money.Of(100, "CLF"), money.Of(1000, "IQD"), money.Of(1, "ZZZ")} {
		if sent, err := minor(refused); err == nil {
			t.Errorf("%s is sent as %d", refused, sent)
		}
	}
	if back, err := amount(750, "ISK"); err == nil {
		t.Errorf("7.50 krónur come back as %s", back)
	}
}

func TestEveryPublishedCurrencyHasItsExponent(t *testing.T) {
	base := os.Getenv("PARLEY_SHARED")
	if base == "" {
		base = filepath.Join("..", "..", "..", "shared")
	}
	file, err := os.Open(filepath.Join(base, "specs", "money", "currency-exponents.csv"))
	if err != nil {
		t.Skipf("SKIPPED, NOT PROVEN: %v; set PARLEY_SHARED to the folder of published examples", err)
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		c, exponent, multiple, unsure := money.Currency(row[0]), row[4], row[5], strings.Contains(row[8], "unverified") || strings.Contains(row[8], "not payable")
		theirs, err := digitsOf(c)
		if (err != nil) != unsure && c.Valid() && c.Digits() == 2 {
			t.Errorf("%s: %v", c, err)
		}
		if err == nil && (strconv.Itoa(theirs) != exponent || strconv.FormatInt(step(c), 10) != multiple) {
			t.Errorf("%s has %d digits in steps of %d, want %s and %s", c, theirs, step(c), exponent, multiple)
		}
	}
}

// total is what Stripe will add up.
func total(t interface{ Fatal(...any) }, p payments.Payment, due payments.Due) (sum int64) {
	asked, err := params(p, due, payments.Return{URL: "https://shop.example/back"})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range asked.LineItems {
		sum += *item.Quantity * *item.PriceData.UnitAmount
	}
	return sum
}

func TestLinesAlwaysAddUpToWhatIsDue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		currency := rapid.SampledFrom([]money.Currency{"USD", "JPY", "KWD", "ISK"}).Draw(t, "currency")
		due := payments.Due{Number: "B-17"}
		sum := money.Of(0, currency)
		for range rapid.IntRange(1, 120).Draw(t, "lines") {
			line := payments.DueLine{
				Title: rapid.StringMatching(`[a-z ]{0,8}`).Draw(t, "title"), Quantity: rapid.IntRange(1, 9).Draw(t, "quantity"),
				Amount: money.Of(rapid.Int64Range(0, 5000).Draw(t, "amount")*10, currency),
			}
			due.Lines = append(due.Lines, line)
			sum.Minor += line.Amount.Minor
		}
		sum.Minor += rapid.SampledFrom([]int64{0, 0, 500}).Draw(t, "delivery")
		if sum.Minor == 0 {
			return
		}
		want, err := minor(sum)
		if err != nil {
			t.Fatal(err)
		}
		if got := total(t, payments.Payment{Key: "k", Amount: sum, Opened: time.Unix(0, 0)}, due); got != want {
			t.Errorf("asked for %d, want %d", got, want)
		}
	})
}

func TestALineThatDoesNotDivideSaysItsQuantityInWords(t *testing.T) {
	for _, total := range []money.Amount{money.Of(1000, "USD"), money.Of(1050, "KWD")} { // a sixth is 175 fils, whose last digit is no 0
		quantity := map[money.Currency]int{"USD": 3, "KWD": 6}[total.Currency]
		item, err := lineItem(payments.DueLine{Title: "Socks", Quantity: quantity, Amount: total})
		if err != nil || *item.Quantity != 1 || *item.PriceData.UnitAmount != total.Minor || *item.PriceData.ProductData.Name != "Socks × "+strconv.Itoa(quantity) {
			t.Errorf("%s: %+v, %v", total, item, err)
		}
	}
}
