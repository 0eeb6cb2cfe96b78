package main

import (
	"context"
	"strings"

	"parley/catalog"
	"parley/channels"
	"parley/dialogs"
	"parley/orders"
	"parley/payments"
)

// stories is what the shop knows of orders, for banks that ask.
type stories struct {
	catalog *catalog.Service
	orders  *orders.Service
	inbox   *dialogs.Inbox
}

// mostSaid is how many of the last messages of a conversation are told.
const mostSaid = 1000

// Story is an order with its delivery, its timeline and what was said with its buyer.
func (s stories) Story(ctx context.Context, merchant payments.MerchantID, id payments.OrderID) (payments.Story, error) {
	order, err := s.orders.Find(ctx, catalog.MerchantID(merchant), orders.OrderID(id))
	if err != nil {
		return payments.Story{}, err
	}
	shop, err := s.catalog.Merchant(ctx, order.Merchant)
	if err != nil {
		return payments.Story{}, err
	}
	chat, err := s.inbox.Said(ctx, order.Merchant, dialogs.ContactID(order.Buyer), mostSaid)
	if err != nil {
		return payments.Story{}, err
	}
	story := storyOf(order)
	story.Shop = shop.Name["en"]
	if story.Shop == "" {
		story.Shop = shop.Slug
	}
	for _, entry := range chat {
		if said := saidIn(entry); said.Text != "" {
			story.Chat = append(story.Chat, said)
		}
	}
	return story, nil
}

func storyOf(order orders.Order) payments.Story {
	story := payments.Story{
		Number: order.Number, State: string(order.State), Placed: order.Placed,
		Buyer: payments.Person{Name: order.Contact.Name, Phone: order.Contact.Phone, Email: order.Contact.Email},
		Goods: order.Totals.Goods, Discount: order.Totals.Discount, Shipping: order.Totals.Shipping, Tax: order.Totals.Tax, Total: order.Totals.Total,
		Delivery: order.Delivery.Name, Address: order.Delivery.Address, Tracking: order.Tracking,
	}
	for _, line := range order.Lines {
		title := line.Title
		if line.Options != "" {
			title += ", " + line.Options
		}
		story.Lines = append(story.Lines, payments.DueLine{Title: title, Quantity: line.Quantity, Amount: line.Total})
	}
	for _, happened := range order.Timeline {
		switch happened.What {
		case orders.WasShipped:
			story.Shipped = happened.At
		case orders.WasCompleted:
			story.Completed = happened.At
		}
		story.Timeline = append(story.Timeline, payments.Said{At: happened.At, Who: happened.Who, Text: strings.TrimSpace(happened.What + " " + happened.Note)})
	}
	return story
}

// saidIn is one message in words; empty when it had none.
func saidIn(entry channels.Entry) payments.Said {
	said := payments.Said{At: entry.At}
	switch {
	case entry.In != nil:
		said.Who, said.Text = "buyer", entry.In.Text
		if said.Text == "" && entry.In.File != "" {
			said.Text = "[" + entry.In.File + "]"
		}
	case entry.Out != nil:
		said.Who, said.Text = "shop", strings.TrimSpace(entry.Out.Title+"\n"+entry.Out.Text)
		if entry.Author != "" {
			said.Who = "shop (" + entry.Author + ")"
		}
	}
	return said
}
