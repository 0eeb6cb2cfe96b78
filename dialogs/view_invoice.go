package dialogs

import (
	"parley/channels"
	"parley/dialogs/flow"
)

// invoice is a demand for money as networks show it; what its button says is in the buyer's language.
func (w words) invoice(i flow.Invoice) *channels.Invoice {
	shown := &channels.Invoice{
		Payload: i.Payload, Title: i.Title, Description: i.Description, Currency: i.Currency, Start: i.Start, Photo: i.Photo, Link: i.Link,
		Pay: w.tr("choice.pay_here", map[string]any{"amount": w.money(i.Total)}),
	}
	for _, price := range i.Prices {
		shown.Prices = append(shown.Prices, channels.Price(price))
	}
	return shown
}
