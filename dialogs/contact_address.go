package dialogs

import (
	"context"
	"fmt"

	"parley/catalog/fault"
	"parley/channels"
	"parley/orders"
)

// AddressOf is where a buyer is written to. It fails with fault.Missing.
func (c *Contacts) AddressOf(ctx context.Context, buyer orders.BuyerID) (channels.Address, error) {
	var rows []channels.Address
	if err := c.db.On(ctx).Raw("select channel, buyer from contacts where id = ?", int64(buyer)).Scan(&rows).Error; err != nil {
		return channels.Address{}, fmt.Errorf("address of contact %d: %w", buyer, err)
	}
	if len(rows) == 0 {
		return channels.Address{}, fault.New(fault.Missing, "contact.missing")
	}
	return rows[0], nil
}
