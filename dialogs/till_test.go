package dialogs_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/channels"
	"parley/dialogs/flow"
	"parley/dialogs/texts"
	"parley/orders"
	"parley/payments"
	"parley/payments/shoporders"
	"parley/payments/telegram"
)

// inTheHouse is orders as invoices need them. Everybody is one person on Telegram.
type inTheHouse struct {
	shoporders.Orders
	orders *orders.Service
}

var nobody = telegram.Chat{Channel: "telegram:1", Buyer: "501"}

func (i inTheHouse) Chat(context.Context, payments.MerchantID, payments.OrderID) (telegram.Chat, error) {
	return nobody, nil
}

func (i inTheHouse) Sale(ctx context.Context, m payments.MerchantID, id payments.OrderID) (telegram.Sale, error) {
	order, err := i.orders.Find(ctx, catalog.MerchantID(m), orders.OrderID(id))
	return telegram.Sale{Delivery: order.Delivery.Name, Shipping: order.Totals.Shipping, Discount: order.Totals.Discount}, err
}

func (i inTheHouse) Holds(ctx context.Context, m payments.MerchantID, id payments.OrderID) (bool, error) {
	return i.orders.Holds(ctx, catalog.MerchantID(m), orders.OrderID(id))
}

func (h *house) openTill() {
	h.t.Helper()
	var err error
	h.till, err = telegram.New(telegram.Config{DB: h.db, Shop: inTheHouse{shoporders.Of(h.orders), h.orders}, Token: "1:TEST:x", Key: make([]byte, 32), Now: h.clock.now})
	if err != nil {
		h.t.Fatal(err)
	}
}

// takeStars has every shop take Stars at a rate.
func (h *house) takeStars(rate string) {
	h.t.Helper()
	worth, err := telegram.ReadRate(rate)
	if err != nil {
		h.t.Fatal(err)
	}
	shops, err := h.catalog.Merchants(context.Background())
	for _, shop := range shops {
		if err == nil {
			err = h.till.Set(context.Background(), payments.MerchantID(shop.ID), telegram.Settings{StarsRate: worth})
		}
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) invoice(ctx context.Context, of payments.Payment) (*flow.Invoice, error) {
	if of.Gateway != telegram.InChat && of.Gateway != telegram.InStars {
		return nil, nil
	}
	made, err := h.till.Invoice(ctx, of)
	shown := &flow.Invoice{Payload: made.Payload, Title: made.Title, Description: made.Description, Currency: made.Currency, Start: made.Start, Total: of.Asked()}
	for _, price := range made.Prices {
		shown.Prices = append(shown.Prices, flow.InvoicePrice(price))
	}
	return shown, err
}

func drawnInvoice(i channels.Invoice) string {
	lines := []string{i.Title + " — " + i.Description}
	for _, price := range i.Prices {
		lines = append(lines, price.Label+": "+strconv.FormatInt(price.Amount, 10)+" "+i.Currency)
	}
	return indented("invoice: ", strings.Join(append(lines, "["+i.Pay+"]"), "\n"))
}

// payInvoice pays the newest invoice that the buyer was shown, or "first" the first: the shop is asked, and told.
func (p *play) payInvoice(which string) {
	p.t.Helper()
	if len(p.invoices) == 0 {
		p.t.Fatal("there is no invoice")
	}
	i := p.invoices[len(p.invoices)-1]
	if which == "first" {
		i = p.invoices[0]
	}
	total := int64(0)
	for _, price := range i.Prices {
		total += price.Amount
	}
	p.ids++
	answer, err := p.till.Check(context.Background(), telegram.Query{
		ID: fmt.Sprint("q", p.ids), Channel: nobody.Channel, Buyer: nobody.Buyer, Payload: i.Payload, Currency: i.Currency, Total: total,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if said, refused := fault.Of(answer.Refusal); refused {
		args := map[string]any{}
		for name, value := range said.Args {
			args[name] = value
		}
		p.popup = indented("telegram: ", texts.Say(answer.Language, said.Key, args))
		return
	}
	err = p.till.Paid(context.Background(), telegram.Charge{
		Payload: i.Payload, Buyer: nobody.Buyer, Currency: i.Currency, Total: total, Charge: fmt.Sprint("tg_", p.ids), Provider: fmt.Sprint("1234_", p.ids), At: p.clock.now(),
	})
	if err != nil {
		p.t.Fatal(err)
	}
}
