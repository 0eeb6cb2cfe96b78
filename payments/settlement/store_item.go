package settlement

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
	"parley/payments/reconcile"
)

type itemRow struct {
	ID, MerchantID          int64
	Gateway, Class, Subject string
	Amount                  int64
	Currency                string
	OrderID, PaymentID      int64
	Charge, Refund, Payout  string
	Detail, State           string
	Since, OpenedAt         time.Time
}

const itemColumns = `i.id, coalesce(i.merchant_id, 0) as merchant_id, i.gateway, i.class, i.subject, i.amount, i.currency, coalesce(i.order_id, 0) as order_id,
	coalesce(i.payment_id, 0) as payment_id, i.charge, i.refund, i.payout, i.detail, i.since, i.opened_at, i.state`

func (r itemRow) item() Item {
	return Item{
		Number: ItemID(r.ID), Merchant: payments.MerchantID(r.MerchantID), Gateway: r.Gateway, Class: reconcile.Class(r.Class), Subject: r.Subject,
		Amount: money.Of(r.Amount, money.Currency(r.Currency)), Order: payments.OrderID(r.OrderID), Payment: payments.PaymentID(r.PaymentID),
		Charge: r.Charge, Refund: r.Refund, Payout: r.Payout, Detail: r.Detail, Since: r.Since.UTC(), Opened: r.OpenedAt.UTC(), Standing: Standing(r.State),
	}
}

// items are those that a condition on i selects.
func (s store) items(ctx context.Context, where string, args ...any) ([]Item, error) {
	var rows []itemRow
	if err := s.d.On(ctx).Raw("select "+itemColumns+" from settlement_items i where "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the queue: %w", err)
	}
	all := make([]Item, len(rows))
	for i, row := range rows {
		all[i] = row.item()
	}
	return all, nil
}

// item is one of a merchant, or any for everybody; locked until the transaction ends.
func (s store) item(ctx context.Context, id ItemID) (Item, error) {
	found, err := s.items(ctx, "i.id = ?"+s.d.ForUpdate(), int64(id))
	if err == nil && len(found) == 0 {
		err = fault.New(fault.Missing, "settlement.item_missing")
	}
	if err != nil {
		return Item{}, err
	}
	return found[0], nil
}

// open queues an item. What was queued before, of the same class about the same thing, stays as it stands: what
// somebody has dealt with does not come back by itself.
func (s store) open(ctx context.Context, now time.Time, items ...Item) error {
	for _, i := range items {
		err := s.d.On(ctx).Exec(`insert into settlement_items (merchant_id, gateway, class, subject, amount, currency, order_id, payment_id, charge, refund, payout, detail, since, opened_at)
			values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (gateway, class, subject) do nothing`,
			idOrNull(i.Merchant), i.Gateway, string(i.Class), i.Subject, i.Amount.Minor, string(i.Amount.Currency), idOrNull(i.Order), idOrNull(i.Payment),
			i.Charge, i.Refund, i.Payout, i.Detail, i.Since.UTC().Truncate(time.Microsecond), now).Error
		if err != nil {
			return fmt.Errorf("queue %s of %s: %w", i.Class, i.Subject, err)
		}
	}
	return nil
}

// stand writes how an item stands from now on, and who decided that and why.
func (s store) stand(ctx context.Context, i Item, d Decision) error {
	done := s.d.On(ctx).Exec("update settlement_items set state = ?, merchant_id = ? where id = ?", string(i.Standing), idOrNull(i.Merchant), int64(i.Number))
	if done.Error != nil {
		return fmt.Errorf("decide about item %d: %w", i.Number, done.Error)
	}
	err := s.d.On(ctx).Exec(`insert into settlement_decisions (item_id, number, what, who, note, at)
		select ?, 1 + coalesce(max(number), 0), ?, ?, ?, ? from settlement_decisions where item_id = ?`, int64(i.Number), string(d.What), d.Who, d.Note, d.At, int64(i.Number)).Error
	if err != nil {
		return fmt.Errorf("keep the decision about item %d: %w", i.Number, err)
	}
	return nil
}

// explain closes the open items about something, but those of some classes: it fits by now.
func (s store) explain(ctx context.Context, now time.Time, gateway, subject, note string, but ...reconcile.Class) error {
	open, err := s.items(ctx, "i.gateway = ? and i.subject = ? and i.state = 'open'", gateway, subject)
	if err != nil {
		return err
	}
	for _, item := range open {
		if contains(but, item.Class) {
			continue
		}
		item.Standing = Explained
		if err := s.stand(ctx, item, Decision{Explain, Parley, note, now}); err != nil {
			return err
		}
	}
	return nil
}

// waiting are the classes of the open items about a processor.
func (s store) waiting(ctx context.Context, gateway string) (map[reconcile.Class]bool, error) {
	var classes []reconcile.Class
	if err := s.d.On(ctx).Raw("select distinct class from settlement_items where gateway = ? and state = 'open'", gateway).Scan(&classes).Error; err != nil {
		return nil, fmt.Errorf("read the classes of the queue: %w", err)
	}
	open := map[reconcile.Class]bool{}
	for _, class := range classes {
		open[class] = true
	}
	return open, nil
}

func contains(all []reconcile.Class, one reconcile.Class) bool {
	for _, other := range all {
		if other == one {
			return true
		}
	}
	return false
}

func (s store) decisions(ctx context.Context, id ItemID) (all []Decision, err error) {
	err = s.d.On(ctx).Raw("select what, who, note, at from settlement_decisions where item_id = ? order by number", int64(id)).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	for i := range all {
		all[i].At = all[i].At.UTC()
	}
	return all, nil
}
