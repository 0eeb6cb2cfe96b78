package manual_test

import (
	"context"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
	"parley/payments/manual"
)

const (
	euros   = "Name: Meadow Ltd; IBAN DE02 1203 0000 0000 2020 51\nBIC: BYLADEM1001"
	roubles = "Получатель: ООО «Луг»; Счёт: 40702810900000000001; Банк: Банк | Пример; БИК: 044525225; К/с: 30101810400000000225; ИНН: 7700000000"
)

func TestASlipSaysWhatBanksOfItsCurrencyRead(t *testing.T) {
	for name, test := range map[string]struct {
		account string
		amount  money.Amount
		want    string
	}{
		"euros":                {euros, money.Of(1999, "EUR"), "BCD\n002\n1\nSCT\nBYLADEM1001\nMeadow Ltd\nDE02120300000000202051\nEUR19.99\n\n\norder B-17"},
		"roubles":              {roubles, money.Of(150050, "RUB"), "ST00012|Name=ООО «Луг»|PersonalAcc=40702810900000000001|BankName=Банк   Пример|BIC=044525225|CorrespAcc=30101810400000000225|Sum=150050|Purpose=order B-17|PayeeINN=7700000000"},
		"another currency":     {euros, money.Of(1999, "USD"), ""},
		"a wrong check digit":  {strings.Replace(euros, "DE02", "DE03", 1), money.Of(1999, "EUR"), ""},
		"no name":              {"IBAN DE02 1203 0000 0000 2020 51", money.Of(1999, "EUR"), ""},
		"an account unnamed":   {"Meadow, account 1234567", money.Of(1999, "EUR"), ""},
		"roubles without bank": {"Получатель: ООО; Счёт: 1", money.Of(100, "RUB"), ""},
		"more than the form":   {euros, money.Of(1_000_000_000_00, "EUR"), ""},
		"nothing due":          {euros, money.Of(0, "EUR"), ""},
	} {
		if got := manual.ReadAccount(test.account).Slip(test.amount, "order B-17"); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestTheSlipOfATransferShowsItsCodeUntilItIsPaid(t *testing.T) {
	transfer := manual.Transfer(euros, "https://shop.example/")
	due := payments.Due{Number: "B-17", Language: "en", Amount: money.Of(1999, "EUR")}
	opened, err := transfer.Open(t.Context(), payments.Payment{Key: "pay_1"}, due, payments.Return{})
	if err != nil || !strings.HasSuffix(opened.Note, "\nPayment code: https://shop.example/transfer/pay_1") {
		t.Fatalf("the note is %q, %v", opened.Note, err)
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	transfer.Routes(app, func(_ context.Context, key string) (payments.Payment, payments.Due, error) {
		switch key {
		case "pay_1":
			return payments.Payment{Gateway: "transfer", Status: payments.Open}, due, nil
		case "pay_2":
			return payments.Payment{Gateway: "transfer", Status: payments.Settled}, payments.Due{Number: "B-17", Language: "ru", Amount: money.Of(0, "EUR")}, nil
		case "pay_3":
			return payments.Payment{Gateway: "sandbox", Status: payments.Open}, due, nil
		}
		return payments.Payment{}, payments.Due{}, fault.New(fault.Missing, "payment.missing")
	})
	for key, want := range map[string]struct {
		status    int
		says, not string
	}{
		"pay_1": {200, "data:image/png;base64,iVBOR", "nothing"},
		"pay_2": {200, "Платить больше не нужно", "data:image"},
		"pay_3": {404, "", "DE02"},
		"pay_4": {404, "", "DE02"},
	} {
		answer, err := app.Test(httptest.NewRequestWithContext(t.Context(), "GET", "/transfer/"+key, nil))
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != want.status || !strings.Contains(string(page), want.says) || strings.Contains(string(page), want.not) {
			t.Errorf("%s: %d %v %s", key, answer.StatusCode, err, page)
		}
	}
}
