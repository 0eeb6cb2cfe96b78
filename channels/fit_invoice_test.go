package channels_test

import (
	"slices"
	"testing"

	"parley/channels"
)

func TestAnInvoiceIsALinkWhereItCannotBeShown(t *testing.T) {
	message := channels.Message{
		Text: "Order 1001: $54.00.", Choices: []channels.Choice{{Label: "Another way to pay", Token: "m.1"}},
		Invoice: &channels.Invoice{Payload: "p", Title: "Order 1001", Description: "Boots", Pay: "Pay $54.00", Link: "https://shop.example/pay"},
	}
	got := channels.Fit(message, roomy)
	want := []channels.Choice{{Label: "Pay $54.00", URL: "https://shop.example/pay", Main: true}, {Label: "Another way to pay", Token: "m.1"}}
	if len(got) != 1 || got[0].Invoice != nil || !slices.Equal(got[0].Choices, want) || got[0].Text != message.Text {
		t.Errorf("as a link: %+v", got)
	}
	if got = channels.Fit(message, narrow(func(l *channels.Limits) { l.Invoices = true })); len(got) != 1 || got[0].Invoice != message.Invoice || len(got[0].Choices) != 1 {
		t.Errorf("as itself: %+v", got)
	}
	message.Text, message.Choices, message.Invoice.Link = "", nil, ""
	if got = channels.Fit(message, roomy); len(got) != 1 || got[0].Words() != "Order 1001\nBoots" {
		t.Errorf("without a link: %+v", got)
	}
}
