// Package shoporders is the orders of a shop as payments know them. Neither knows of the other.
package shoporders

import (
	"cmp"
	"context"

	"parley/catalog"
	"parley/catalog/money"
	"parley/orders"
	"parley/payments"
)

// Orders is the orders of a shop as payments know them: by a number.
type Orders struct{ orders *orders.Service }

// Of is the orders of a service.
func Of(service *orders.Service) Orders { return Orders{service} }

// Owed locks the order and says what is still to be paid.
func (o Orders) Owed(ctx context.Context, id payments.OrderID) (payments.Due, error) {
	debt, err := o.orders.Owed(ctx, orders.OrderID(id))
	if err != nil {
		return payments.Due{}, err
	}
	left, err := debt.Total.Minus(debt.Received)
	if err != nil {
		return payments.Due{}, err
	}
	due := payments.Due{
		Order: id, Merchant: payments.MerchantID(debt.Merchant), Number: debt.Number, Amount: left, Received: debt.Received, Payable: debt.Payable,
		Language: debt.Language, Expires: debt.Expires, Email: debt.Email, Deliverable: debt.Delivery != 0,
	}
	if !debt.Payable {
		return due, nil
	}
	lines, err := o.orders.Lines(ctx, orders.OrderID(id))
	if err != nil {
		return payments.Due{}, err
	}
	due.Digital = len(lines) > 0
	for _, line := range lines {
		due.Digital = due.Digital && line.Kind == catalog.Digital
		due.Lines = append(due.Lines, payments.DueLine{Title: line.Title, Quantity: line.Quantity, Amount: line.Total})
	}
	return due, nil
}

// MarkPaid adds received money to the order.
func (o Orders) MarkPaid(ctx context.Context, id payments.OrderID, amount money.Amount, who string) error {
	return o.orders.MarkPaid(ctx, orders.OrderID(id), amount, cmp.Or(who, orders.ByBuyer))
}

// MarkRefunded says that money of the order was given back.
func (o Orders) MarkRefunded(ctx context.Context, id payments.OrderID, amount money.Amount) error {
	return o.orders.MarkRefunded(ctx, orders.OrderID(id), amount)
}

// MarkRefundFailed says that it came back.
func (o Orders) MarkRefundFailed(ctx context.Context, id payments.OrderID, amount money.Amount) error {
	return o.orders.MarkRefundFailed(ctx, orders.OrderID(id), amount)
}

// Sold is the lines of the order, numbered from 1, and what they were worth.
func (o Orders) Sold(ctx context.Context, id payments.OrderID) ([]payments.SoldLine, error) {
	debt, err := o.orders.Owed(ctx, orders.OrderID(id))
	if err != nil {
		return nil, err
	}
	order, err := o.orders.Find(ctx, debt.Merchant, orders.OrderID(id))
	if err != nil {
		return nil, err
	}
	lines := make([]payments.SoldLine, len(order.Lines))
	for i, worth := range order.Worth() {
		lines[i] = payments.SoldLine{Position: i + 1, Quantity: order.Lines[i].Quantity, Amount: worth}
	}
	return lines, nil
}
