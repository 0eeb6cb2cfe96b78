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

// buysAnEbook goes from the first word to a placed order of bytes.
func (c chatter) buysAnEbook() {
	c.t.Helper()
	c.api.Start(c.id, "s_studio__p_colour-ebook")
	c.taps("PDF")
	c.taps("Add to cart")
	c.taps("Check out")
	c.reads("Who is the order for")
	c.api.SendText(c.id, buyerName+", "+buyerPhone)
	c.taps("Skip")
	c.taps("Place the order")
	c.reads("is placed")
}

func TestABuyerPaysForBytesWithStarsAndGetsThemBack(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		api := telegramtest.New(t, telegramtest.Options{})
		api.Repeat(1)
		set := at.run(t, "284685063:LIVE:secret-of-the-shop\n", "shop", "money", "studio", "--stars-rate", "60.5", "--telegram-token-stdin")
		if set.code != 0 || !strings.Contains(set.out, "for real money; 60.5 Stars") || strings.Contains(set.out, "secret") {
			t.Errorf("set: %+v", set)
		}
		address := freeAddress(t)
		s := at.serve(t, bot(api, providerToken, "PARLEY_ADDR="+address, "PARLEY_PUBLIC_URL=http://"+address, "PARLEY_DEMO=true")...)
		eventually(t, "the webhook is set", func() bool { return api.Hook().URL != "" })
		buyer := newChatter(t, api, 611)
		buyer.buysAnEbook()
		buyer.taps("Pay by card in Telegram")
		byCard := buyer.seesInvoice("")
		api.Decline(1)
		if _, err := api.Pay(buyer.id); !errors.Is(err, telegramtest.ErrDeclined) {
			t.Errorf("the card was declined: %v", err)
		}
		buyer.taps("Another way to pay")
		buyer.taps("Pay with Telegram Stars")
		invoice := buyer.seesInvoice(byCard.Payload)
		if invoice.Currency != "XTR" || invoice.Total != 847 || invoice.Provider != "" { // 14.00 × 60.5
			t.Errorf("the invoice is %+v", invoice)
		}
		var refused *telegramtest.RefusedError
		if _, err := api.PayInvoice(buyer.id, byCard); !errors.As(err, &refused) {
			t.Errorf("the invoice that was replaced can be paid: %v", err)
		}
		if _, err := api.Pay(buyer.id); err != nil {
			t.Fatal(err)
		}
		buyer.reads("is paid: €14.00")
		if err := api.AwaitTaken(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.stop(t)
		number := "1001"
		for amount, code := range map[string]int{"1.00": 1, "14.00": 0} {
			if got := at.run(t, "", "refund", "grant", "studio", number, "--amount", amount, "--reason", "not as described", "--who", "ann"); got.code != code {
				t.Errorf("a refund of %s: %+v", amount, got)
			}
		}
		s = at.serve(t, bot(api, providerToken, "PARLEY_ADDR="+address, "PARLEY_PUBLIC_URL=http://"+address, "PARLEY_DEMO=true")...)
		eventually(t, "the Stars are back", func() bool { all := api.Charges(); return len(all) == 1 && all[0].Refunded })
		buyer.reads("€14.00")
		if err := api.AwaitTaken(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.stop(t)
		api.ChargeUnheard(612, invoice) // somebody was let pay it again, and nobody said so
		at.env = append(at.env, bot(api, providerToken)...)
		for _, want := range []string{"stars: ", "stars: 0 new rows, 0 matched, 0 in the queue; 3 known before"} {
			if got := at.run(t, "", "settle", "pull", "stars"); got.code != 0 || !strings.Contains(got.out, want) {
				t.Errorf("asked for %q: %+v", want, got)
			}
		}
		if got := at.run(t, "", "settle", "status"); !strings.Contains(strings.Join(strings.Fields(got.out), " "), "balance 847 XTR clearing 847 XTR apart 0 XTR") {
			t.Errorf("status: %+v", got)
		}
		at.verify(t)
		if waiting := count(t, at.open(t), "select count(*) from payment_reviews where state = 'open' and reason = 'second_capture'"); waiting != 1 {
			t.Errorf("%d payments that nobody told of wait for a person, want 1", waiting)
		}
	})
}
