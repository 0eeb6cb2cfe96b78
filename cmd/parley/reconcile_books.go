package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"parley/catalog/fault"
	"parley/orders"
	"parley/payments"
	"parley/payments/reconcile"
	"parley/payments/stripe"
)

// hasBooks says whether there is a database already: reading reports must not make one.
func (s *Settings) hasBooks() bool {
	if s.DatabaseURL != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(s.DataDir, "parley.db"))
	return err == nil
}

// sales are the orders of the books that Stripe was paid for, of one shop or of all. Money that no order took is
// there as an order that is not paid.
func (s *shop) sales(ctx context.Context, slug string) (reconcile.Sales, error) {
	var merchant payments.MerchantID
	if slug != "" {
		found, err := s.catalog.MerchantBySlug(ctx, slug)
		if fault.KindOf(err) == fault.Missing {
			return reconcile.Sales{}, fmt.Errorf("there is no shop %q; --merchant should be the name in its link", slug)
		}
		if err != nil {
			return reconcile.Sales{}, err
		}
		merchant = payments.MerchantID(found.ID)
	}
	return reconcile.Sales{Name: "the books", Each: func(take func(reconcile.Sale) error) error {
		return s.payments.Captures(ctx, stripe.Name, merchant, func(c payments.Captured) error {
			sale := reconcile.Sale{
				Order: orders.NumberOf(orders.OrderID(c.Order)), Amount: c.Asked, Status: "paid", Paid: c.At, Charge: c.Charge, Refunded: c.Refunded,
			}
			if strings.HasPrefix(c.Charge, "pi_") { // all that Telegram said of it
				sale.Charge, sale.Intent = "", c.Charge
			}
			if c.Stray {
				sale.Order, sale.Status = sale.Order+" ("+c.Charge+")", "unpaid"
			}
			return take(sale)
		})
	}}, nil
}
