package main_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"parley/channels/telegram/telegramtest"
)

// providerToken is what @BotFather gives for a payment provider in test mode.
const providerToken = "PARLEY_TELEGRAM_PROVIDER_TOKEN=284685063:TEST:secret-of-the-provider"

// seesInvoice waits for an invoice whose payload is another one than before, and returns it.
func (c chatter) seesInvoice(before string) (found telegramtest.Invoice) {
	c.t.Helper()
	c.await("an invoice", func(screen []telegramtest.Message) bool {
		for _, m := range screen {
			if m.Invoice != nil && m.Invoice.Payload != before {
				found = *m.Invoice
				return true
			}
		}
		return false
	})
	return found
}

func TestABuyerPaysInsideTheChat(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		api := telegramtest.New(t, telegramtest.Options{})
		s := at.serve(t, bot(api, providerToken)...)
		buyer := newChatter(t, api, 601)
		buyer.fillsCart()
		buyer.checksOut()
		buyer.taps("Pay by card in Telegram")
		invoice := buyer.seesInvoice("")
		if invoice.Total != 12900 || invoice.Currency != "USD" || invoice.Start == "" || !strings.HasPrefix(invoice.Title, "Order ") || invoice.Provider == "" {
			t.Errorf("the invoice is %+v", invoice)
		}
		var refused *telegramtest.RefusedError
		if err := api.AskCheckout(602, invoice.Payload, invoice.Currency, invoice.Total); !errors.As(err, &refused) || refused.Says != "This invoice was made for somebody else." {
			t.Errorf("somebody else may pay it: %v", err)
		}
		began := time.Now()
		paid, err := api.Pay(buyer.id)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
		buyer.reads("is paid: $129.00")
		api.Tell(paid) // Telegram says it again, as another update
		if _, err := api.PayInvoice(buyer.id, invoice); !errors.As(err, &refused) || !strings.Contains(refused.Says, "paid already") {
			t.Errorf("it can be paid again: %v", err)
		}
		api.Charge(603, invoice) // somebody was let pay all the same
		if err := api.AwaitTaken(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.stop(t)
		quiet(t, s, api.Token, strings.TrimPrefix(providerToken, "PARLEY_TELEGRAM_PROVIDER_TOKEN="), "secret-of-the-provider")
		at.verify(t)
		if waiting := count(t, at.open(t), "select count(*) from payment_reviews where state = 'open' and reason = 'second_capture'"); waiting != 1 {
			t.Errorf("%d payments wait for a person, want the second one", waiting)
		}
	})
}
