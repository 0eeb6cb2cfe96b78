package dialogs_test

import (
	"cmp"
	"context"

	"parley/catalog"
	"parley/catalog/money"
	"parley/dialogs"
	"parley/orders"
	"parley/payments"
	"parley/payments/telegram"
)

// owed is orders as payments know them.
type owed struct{ orders *orders.Service }

func (o owed) Owed(ctx context.Context, id payments.OrderID) (payments.Due, error) {
	debt, err := o.orders.Owed(ctx, orders.OrderID(id))
	if err != nil {
		return payments.Due{}, err
	}
	left, err := debt.Total.Minus(debt.Paid)
	if err != nil {
		return payments.Due{}, err
	}
	order, err := o.orders.Find(ctx, debt.Merchant, orders.OrderID(id))
	digital, lines := true, []payments.DueLine(nil)
	for _, line := range order.Lines {
		digital = digital && line.Kind == catalog.Digital
		lines = append(lines, payments.DueLine{Title: line.Title, Quantity: line.Quantity, Amount: line.Total})
	}
	return payments.Due{
		Order: id, Digital: digital, Lines: lines, Merchant: payments.MerchantID(debt.Merchant), Number: debt.Number, Amount: left, Payable: debt.Payable,
		Language: debt.Language, Expires: debt.Expires, Deliverable: order.Delivery.Method != 0,
	}, err
}

func (o owed) MarkPaid(ctx context.Context, id payments.OrderID, amount money.Amount, who string) error {
	return o.orders.MarkPaid(ctx, orders.OrderID(id), amount, cmp.Or(who, orders.ByBuyer))
}

func (o owed) MarkRefunded(ctx context.Context, id payments.OrderID, amount money.Amount) error {
	return o.orders.MarkRefunded(ctx, orders.OrderID(id), amount)
}

func (o owed) MarkRefundFailed(ctx context.Context, id payments.OrderID, amount money.Amount) error {
	return o.orders.MarkRefundFailed(ctx, orders.OrderID(id), amount)
}

func (o owed) Sold(context.Context, payments.OrderID) ([]payments.SoldLine, error) { return nil, nil }

// paying is payments as conversations know them.
type paying struct {
	payments *payments.Service
	orders   *orders.Service
	till     *telegram.Desk
}

func (p paying) Ways(ctx context.Context, m catalog.MerchantID, id orders.OrderID) (names []string, err error) {
	due, err := owed{p.orders}.Owed(ctx, payments.OrderID(id))
	if err != nil {
		return nil, err
	}
	for _, method := range p.payments.Methods(ctx, payments.MerchantID(m), due) {
		names = append(names, method.Name)
	}
	return names, nil
}

func (p paying) Start(ctx context.Context, id orders.OrderID, gateway string) (dialogs.Opened, error) {
	payment, err := p.payments.Start(ctx, payments.OrderID(id), gateway)
	if err != nil {
		return dialogs.Opened{}, err
	}
	invoice, err := p.invoice(ctx, payment)
	if err != nil {
		return dialogs.Opened{}, err
	}
	return dialogs.Opened{
		Invoice: invoice, Ready: payment.Status == payments.Open || payment.Status == payments.Working, Later: p.payments.IsByHand(gateway),
		URL: payment.URL, Note: payment.Note,
	}, nil
}

func (p paying) Withdraw(ctx context.Context, id orders.OrderID) error {
	return p.payments.Withdraw(ctx, payments.OrderID(id))
}
