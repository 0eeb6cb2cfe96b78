package paying

import (
	"context"

	"parley/catalog"
	"parley/dialogs"
	"parley/orders"
	"parley/payments"
)

// Channels says by which networks orders came.
type Channels struct {
	Orders   *orders.Service
	Contacts *dialogs.Contacts
}

// ChannelsOf is the channel of each order of a merchant that is known.
func (c Channels) ChannelsOf(ctx context.Context, merchant payments.MerchantID, of []payments.OrderID) (map[payments.OrderID]string, error) {
	ids := make([]orders.OrderID, len(of))
	for i, id := range of {
		ids[i] = orders.OrderID(id)
	}
	buyers, err := c.Orders.BuyersOf(ctx, catalog.MerchantID(merchant), ids)
	if err != nil {
		return nil, err
	}
	contacts := make([]dialogs.ContactID, 0, len(buyers))
	for _, buyer := range buyers {
		contacts = append(contacts, dialogs.ContactID(buyer))
	}
	channels, err := c.Contacts.ChannelsOf(ctx, contacts)
	if err != nil {
		return nil, err
	}
	known := make(map[payments.OrderID]string, len(buyers))
	for order, buyer := range buyers {
		known[payments.OrderID(order)] = channels[dialogs.ContactID(buyer)]
	}
	return known, nil
}
