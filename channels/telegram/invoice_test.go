package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"parley/catalog/fault"
	"parley/channels"
	"parley/channels/telegram"
	"parley/channels/telegram/telegramtest"
)

// cashier is a shop's side of payments that says yes to everything, and remembers.
type cashier struct {
	token, refusal, option string
	over                   bool
	sent                   []string
	paid                   []telegram.Charge
}

func (c *cashier) Token(context.Context, string) (string, error) {
	if c.over {
		return "", fault.New(fault.Conflict, "telegram.invoice_over")
	}
	return c.token, nil
}
func (c *cashier) Sent(_ context.Context, _, message string) error {
	c.sent = append(c.sent, message)
	return nil
}
func (c *cashier) Check(context.Context, telegram.Query) (string, error) { return c.refusal, nil }
func (c *cashier) Ship(context.Context, telegram.Query) (string, string, error) {
	return c.option, c.refusal, nil
}
func (c *cashier) Paid(_ context.Context, charge telegram.Charge) error {
	c.paid = append(c.paid, charge)
	return nil
}

func invoice(change func(*channels.Invoice)) channels.Message {
	made := &channels.Invoice{
		Payload: "p1:1:1001:pay_12345678", Title: "Order 1001", Description: "Boots × 2; Delivery: Courier", Currency: "USD", Start: "s_meadow", Pay: "Pay $54.00",
		Prices: []channels.Price{{Label: "Boots × 2", Amount: 6000}, {Label: "Discount", Amount: -600}},
	}
	if change != nil {
		change(made)
	}
	return channels.Message{Text: "Order 1001: $54.00", Invoice: made, Choices: []channels.Choice{{Label: "Another way to pay", Token: "m.1"}}}
}

func TestAnInvoiceIsSentWithItsProvidersTokenAndButtons(t *testing.T) {
	till := &cashier{token: "1:TEST:x"}
	h := newHarness(t, telegram.Config{Invoices: till})
	buyer := h.Buyer(1)
	h.send(buyer, invoice(nil))
	shown := h.api.NewestInvoice(1001)
	if shown == nil || shown.Invoice.Total != 5400 || shown.Invoice.Provider != "1:TEST:x" || shown.Invoice.Start != "s_meadow" ||
		len(shown.Buttons) != 2 || !shown.Buttons[0][0].Pay || shown.Buttons[0][0].Text != "Pay $54.00" || shown.Buttons[1][0].Data != "m.1" {
		t.Fatalf("the buyer sees %+v", shown)
	}
	till.token = ""
	h.send(buyer, invoice(func(i *channels.Invoice) {
		i.Currency, i.Prices = "XTR", []channels.Price{{Label: "Order", Amount: 250}}
	}))
	if shown := h.api.NewestInvoice(1001); shown.Invoice.Currency != "XTR" || shown.Invoice.Provider != "" || shown.Invoice.Total != 250 {
		t.Errorf("in Stars: %+v", shown.Invoice)
	}
	if len(till.sent) != 2 || till.sent[0] == "" || till.sent[0] == till.sent[1] {
		t.Errorf("noted: %q", till.sent)
	}
	if err := h.adapter.Remove(t.Context(), buyer.Buyer, till.sent[0]); err != nil {
		t.Error(err)
	}
	if err := h.adapter.Remove(t.Context(), buyer.Buyer, till.sent[0]); err != nil { // it is gone already
		t.Error(err)
	}
	if len(h.api.Screen(1001)) != 1 {
		t.Errorf("the buyer sees %+v", h.api.Screen(1001))
	}
}

func TestAPictureThatCannotBeFetchedLeavesTheInvoice(t *testing.T) {
	till := &cashier{token: "1:TEST:x"}
	h := newHarness(t, telegram.Config{Invoices: till})
	h.api.Unfetchable("broken")
	h.send(h.Buyer(1), invoice(func(i *channels.Invoice) { i.Photo = "https://shop.example/broken.png" }))
	if shown := h.api.NewestInvoice(1001); shown == nil || shown.Invoice.Photo != "" {
		t.Errorf("the buyer sees %+v", shown)
	}
}

func TestAnInvoiceThatTelegramRefusesIsToldToTheShop(t *testing.T) {
	till := &cashier{token: "no provider's"}
	h := newHarness(t, telegram.Config{Invoices: till})
	var refused *channels.Refused
	if _, err := h.adapter.Send(t.Context(), h.Buyer(1), invoice(nil)); !errors.As(err, &refused) || refused.Why != channels.Bad || len(till.sent) != 1 || till.sent[0] != "" {
		t.Errorf("refused with %v, told %q", err, till.sent)
	}
	till.over = true
	if _, err := h.adapter.Send(t.Context(), h.Buyer(1), invoice(nil)); !errors.As(err, &refused) || refused.Why != channels.Bad || len(till.sent) != 1 {
		t.Errorf("over: %v, told %q", err, till.sent)
	}
}

func TestTelegramIsAnsweredBeforeItTakesMoney(t *testing.T) {
	for name, hooked := range map[string]bool{"by webhook": true, "by polling": false} {
		t.Run(name, func(t *testing.T) {
			till := &cashier{token: "1:TEST:x", option: "Courier (included)"}
			h := newHarness(t, telegram.Config{Invoices: till})
			if !hooked {
				h.polls(telegram.Config{Invoices: till})
			}
			h.api.Release()
			buyer := h.Buyer(1)
			h.send(buyer, invoice(nil))
			shown := *h.api.NewestInvoice(1001).Invoice
			options, err := h.api.AskShipping(1001, shown.Payload)
			if err != nil || len(options) != 1 || options[0].Title != "Courier (included)" || len(options[0].Prices) != 1 || options[0].Prices[0].Amount != 0 {
				t.Errorf("options %+v, %v", options, err)
			}
			if _, err := h.api.PayForwarded(1002, shown); !errors.Is(err, telegramtest.ErrNoButton) {
				t.Errorf("a forwarded copy: %v", err)
			}
			if _, err := h.api.Pay(1001); err != nil {
				t.Fatal(err)
			}
			if err := h.api.AwaitTaken(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(till.paid) != 1 || till.paid[0].Buyer != "1001" || till.paid[0].Total != 5400 || !strings.HasPrefix(till.paid[0].Provider, "ch_") || till.paid[0].Back {
				t.Errorf("paid %+v", till.paid)
			}
			till.refusal = "Sorry, it is sold out."
			var refused *telegramtest.RefusedError
			if _, err := h.api.Pay(1001); !errors.As(err, &refused) || refused.Says != till.refusal {
				t.Errorf("refused with %v", err)
			}
			if _, err := h.api.AskShipping(1001, shown.Payload); !errors.As(err, &refused) || refused.Says != till.refusal {
				t.Errorf("refused with %v", err)
			}
		})
	}
}

// polls has the bot ask for updates in place of its webhook, until the test ends.
func (h *harness) polls(config telegram.Config) {
	h.adapter = newAdapter(h.t, h.api, config)
	ctx, stop := context.WithCancel(h.t.Context())
	done := make(chan error, 1)
	go func() { done <- h.adapter.Run(ctx) }()
	h.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	})
}

func TestStarsGoBackOnce(t *testing.T) {
	h := newHarness(t, telegram.Config{Invoices: &cashier{}})
	h.send(h.Buyer(1), invoice(func(i *channels.Invoice) {
		i.Currency, i.Prices = "XTR", []channels.Price{{Label: "Order", Amount: 250}}
	}))
	paid := h.api.Charge(1001, *h.api.NewestInvoice(1001).Invoice)
	for range 2 {
		if err := h.adapter.RefundStars(t.Context(), "1001", paid.Charge); err != nil {
			t.Error(err)
		}
	}
	if err := h.adapter.RefundStars(t.Context(), "1001", "another"); fault.KindOf(err) != fault.Denied {
		t.Errorf("a charge that nobody made: %v", err)
	}
	h.api.Fail(telegramtest.Failure{Method: "refundStarPayment", Status: 500})
	if err := h.adapter.RefundStars(t.Context(), "1001", paid.Charge); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("while Telegram is down: %v", err)
	}
}

func TestTheBalanceOfStarsIsReadInPagesWhateverIsInIt(t *testing.T) {
	h := newHarness(t, telegram.Config{Invoices: &cashier{}})
	h.send(h.Buyer(1), invoice(func(i *channels.Invoice) {
		i.Currency, i.Prices = "XTR", []channels.Price{{Label: "Order", Amount: 250}}
	}))
	shown := *h.api.NewestInvoice(1001).Invoice
	paid := h.api.ChargeUnheard(1001, shown)
	if err := h.adapter.RefundStars(t.Context(), "1001", paid.Charge); err != nil {
		t.Fatal(err)
	}
	gift := map[string]any{"id": "g1", "star_count": 15, "sticker": map[string]any{
		"file_id": "f", "file_unique_id": "u", "type": "regular", "width": 512, "height": 512, "is_animated": false, "is_video": false,
	}}
	person := map[string]any{"id": 9, "is_bot": false, "first_name": "Ann"}
	h.api.MoveStars(-15, 0, map[string]any{"type": "user", "transaction_type": "gift_purchase", "user": person, "gift": gift})
	h.api.MoveStars(3, 500, map[string]any{"type": "affiliate_program", "commission_per_mille": 20})
	h.api.MoveWithdrawal(h.api.Withdraw(100), false)
	var all []telegram.StarTransaction
	for {
		page, err := h.adapter.StarTransactions(t.Context(), len(all), 2)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, page...); len(page) == 0 {
			break
		}
	}
	said := ""
	for _, s := range all {
		if s.At.IsZero() || s.ID == "" {
			t.Errorf("%+v", s)
		}
		said += fmt.Sprintln(s.Incoming, s.Stars, s.Nano, s.Partner, s.Kind, s.Buyer, s.Payload, s.Withdrawal)
	}
	want := "true 250 0 user invoice_payment 1001 " + shown.Payload + " \nfalse 250 0 user invoice_payment 1001 " + shown.Payload + " \n" +
		"false 15 0 user gift_purchase 9  \ntrue 3 500 affiliate_program    \nfalse 100 0 fragment    failed\ntrue 100 0 fragment    \n"
	if said != want || all[0].ID != paid.Charge || all[1].ID != paid.Charge {
		t.Errorf("the balance is\n%s\nwant\n%s", said, want)
	}
	for _, broken := range []telegramtest.Failure{{Method: "getStarTransactions", Status: 500}, {Method: "getStarTransactions", Status: 429, RetryAfter: 3}, {Method: "getStarTransactions"}} {
		h.api.Fail(broken)
		_, err := h.adapter.StarTransactions(t.Context(), 0, 1)
		if fault.KindOf(err) != fault.Unavailable || strings.Contains(err.Error(), strings.TrimPrefix(h.api.Token, "42:")) {
			t.Errorf("while Telegram answers %d: %v", broken.Status, err)
		}
	}
}
