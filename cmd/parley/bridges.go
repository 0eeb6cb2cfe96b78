package main

import (
	"cmp"
	"context"

	"parley/catalog"
	"parley/catalog/money"
	"parley/dialogs"
	"parley/dialogs/flow"
	"parley/orders"
	"parley/payments"
)

// paidOrders is the orders of the shop as payments knows them: by a number.
type paidOrders struct{ orders *orders.Service }

// Owed locks the order and says what is still to be paid.
func (p paidOrders) Owed(ctx context.Context, id payments.OrderID) (payments.Due, error) {
	debt, err := p.orders.Owed(ctx, orders.OrderID(id))
	if err != nil {
		return payments.Due{}, err
	}
	left, err := debt.Total.Minus(debt.Paid)
	if err != nil {
		return payments.Due{}, err
	}
	due := payments.Due{
		Order: id, Merchant: payments.MerchantID(debt.Merchant), Number: debt.Number, Amount: left, Payable: debt.Payable,
		Language: debt.Language, Expires: debt.Expires, Email: debt.Email, Deliverable: debt.Delivery != 0,
	}
	if !debt.Payable {
		return due, nil
	}
	lines, err := p.orders.Lines(ctx, orders.OrderID(id))
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

// owedFor is a payment by its key, and what is still due for its order.
func (s *shop) owedFor(ctx context.Context, key string) (payments.Payment, payments.Due, error) {
	p, err := s.payments.FindByKey(ctx, key)
	if err != nil {
		return payments.Payment{}, payments.Due{}, err
	}
	due, err := paidOrders{s.orders}.Owed(ctx, p.Order)
	return p, due, err
}

// MarkPaid adds received money to the order.
func (p paidOrders) MarkPaid(ctx context.Context, id payments.OrderID, amount money.Amount, who string) error {
	return p.orders.MarkPaid(ctx, orders.OrderID(id), amount, cmp.Or(who, orders.ByBuyer))
}

// MarkRefunded says that money of the order was given back.
func (p paidOrders) MarkRefunded(ctx context.Context, id payments.OrderID, amount money.Amount) error {
	return p.orders.MarkRefunded(ctx, orders.OrderID(id), amount)
}

// MarkRefundFailed says that it came back.
func (p paidOrders) MarkRefundFailed(ctx context.Context, id payments.OrderID, amount money.Amount) error {
	return p.orders.MarkRefundFailed(ctx, orders.OrderID(id), amount)
}

// Sold is the lines of the order, numbered from 1, and what they were worth.
func (p paidOrders) Sold(ctx context.Context, id payments.OrderID) ([]payments.SoldLine, error) {
	debt, err := p.orders.Owed(ctx, orders.OrderID(id))
	if err != nil {
		return nil, err
	}
	order, err := p.orders.Find(ctx, debt.Merchant, orders.OrderID(id))
	if err != nil {
		return nil, err
	}
	lines := make([]payments.SoldLine, len(order.Lines))
	for i, worth := range order.Worth() {
		lines[i] = payments.SoldLine{Position: i + 1, Quantity: order.Lines[i].Quantity, Amount: worth}
	}
	return lines, nil
}

// dialogPayments is payments as conversations know them.
type dialogPayments struct {
	payments *payments.Service
	orders   *orders.Service
	invoice  func(ctx context.Context, p payments.Payment) (*flow.Invoice, error)
}

// Ways names the gateways that an order can be paid by now.
func (p dialogPayments) Ways(ctx context.Context, m catalog.MerchantID, id orders.OrderID) (names []string, err error) {
	due, err := paidOrders{p.orders}.Owed(ctx, payments.OrderID(id))
	if err != nil {
		return nil, err
	}
	for _, method := range p.payments.Methods(ctx, payments.MerchantID(m), due) {
		names = append(names, method.Name)
	}
	return names, nil
}

// Start opens a payment.
func (p dialogPayments) Start(ctx context.Context, id orders.OrderID, gateway string) (dialogs.Opened, error) {
	payment, err := p.payments.Start(ctx, payments.OrderID(id), gateway)
	if err != nil {
		return dialogs.Opened{}, err
	}
	invoice, err := p.invoice(ctx, payment)
	if err != nil {
		return dialogs.Opened{}, err
	}
	later := p.payments.IsByHand(gateway)
	return dialogs.Opened{
		Ready: payment.Status == payments.Open || payment.Status == payments.Working, Later: later, URL: payment.URL, Note: payment.Note, Invoice: invoice,
	}, nil
}

// Withdraw closes the open payment of a cancelled order.
func (p dialogPayments) Withdraw(ctx context.Context, id orders.OrderID) error {
	return p.payments.Withdraw(ctx, payments.OrderID(id))
}
