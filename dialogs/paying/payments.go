// Package paying is payments as conversations know them: which ways there are, and how one is begun.
package paying

import (
	"context"

	"parley/catalog"
	"parley/dialogs"
	"parley/dialogs/flow"
	"parley/orders"
	"parley/payments"
)

// Payments is payments as conversations know them.
type Payments struct {
	// Invoice is what of a payment a chat shows that takes the money itself; nil: no chat does.
	Invoice func(ctx context.Context, p payments.Payment) (*flow.Invoice, error)

	payments *payments.Service
	orders   payments.Orders
}

// By is payments by a service, for orders.
func By(service *payments.Service, orders payments.Orders) Payments {
	return Payments{payments: service, orders: orders}
}

// Ways names the gateways that an order can be paid by now.
func (p Payments) Ways(ctx context.Context, m catalog.MerchantID, id orders.OrderID) (names []string, err error) {
	due, err := p.orders.Owed(ctx, payments.OrderID(id))
	if err != nil {
		return nil, err
	}
	for _, method := range p.payments.Methods(ctx, payments.MerchantID(m), due) {
		names = append(names, method.Name)
	}
	return names, nil
}

// Start opens a payment.
func (p Payments) Start(ctx context.Context, id orders.OrderID, gateway string) (dialogs.Opened, error) {
	payment, err := p.payments.Start(ctx, payments.OrderID(id), gateway)
	if err != nil {
		return dialogs.Opened{}, err
	}
	var invoice *flow.Invoice
	if p.Invoice != nil {
		if invoice, err = p.Invoice(ctx, payment); err != nil {
			return dialogs.Opened{}, err
		}
	}
	later := p.payments.IsByHand(gateway)
	return dialogs.Opened{
		Ready: payment.Status == payments.Open || payment.Status == payments.Working, Later: later, URL: payment.URL, Note: payment.Note, Invoice: invoice,
	}, nil
}

// Withdraw closes the open payment of a cancelled order.
func (p Payments) Withdraw(ctx context.Context, id orders.OrderID) error {
	return p.payments.Withdraw(ctx, payments.OrderID(id))
}
