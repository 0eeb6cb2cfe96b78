package payments

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
)

func (s store) insertAttachment(ctx context.Context, a Attachment, p Payment, now time.Time) error {
	err := s.d.On(ctx).Exec(`insert into payment_attachments (merchant_id, review_id, source_payment, payment_id, order_id, gateway, charge, amount, currency, who, note, at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, int64(p.Merchant), int64(a.Review), int64(a.Source), int64(a.Payment), int64(a.Order), p.Gateway, a.Charge,
		a.Amount.Minor, string(a.Amount.Currency), a.Who, a.Note, now).Error
	if err != nil {
		return fmt.Errorf("store attachment: %w", err)
	}
	return nil
}

// AttachmentsOf is money of the review queue that was given to an order, oldest first.
func (s *Service) AttachmentsOf(ctx context.Context, merchant MerchantID, order OrderID) ([]Attachment, error) {
	var rows []struct {
		ReviewID, SourcePayment, PaymentID, OrderID, Amount int64
		Charge, Currency, Who, Note                         string
	}
	err := s.d.On(ctx).Raw(`select review_id, source_payment, payment_id, order_id, charge, amount, currency, who, note from payment_attachments
		where merchant_id = ? and order_id = ? order by id`, int64(merchant), int64(order)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read attachments: %w", err)
	}
	all := make([]Attachment, len(rows))
	for i, r := range rows {
		all[i] = Attachment{
			ReviewID(r.ReviewID), PaymentID(r.SourcePayment), PaymentID(r.PaymentID), OrderID(r.OrderID), r.Charge,
			money.Of(r.Amount, money.Currency(r.Currency)), r.Who, r.Note,
		}
	}
	return all, nil
}

// givenFrom are the payments that have money of a charge which came by another one.
func (s store) givenFrom(ctx context.Context, gateway, charge string) ([]Payment, error) {
	return s.list(ctx, "id in (select payment_id from payment_attachments where gateway = ? and charge = ?) order by id", gateway, charge)
}

// disposedOf is what of a payment's stray money was given to orders, or written off.
func (s store) disposedOf(ctx context.Context, p Payment, currency money.Currency) (int64, error) {
	var sum int64
	err := s.d.On(ctx).Raw(`select cast(coalesce((select sum(amount) from payment_attachments where source_payment = ? and currency = ?), 0)
		+ coalesce((select sum(l.amount) from ledger_entries e join ledger_postings l on l.entry_id = e.id
			where e.payment_id = ? and e.reason = ? and l.to_account = ? and l.currency = ?), 0) as bigint)`,
		int64(p.ID), string(currency), int64(p.ID), reasonOff, string(Unmatched), string(currency)).Scan(&sum).Error
	if err != nil {
		return 0, fmt.Errorf("read attachments: %w", err)
	}
	return sum, nil
}

// shrinkReview leaves an item open with what is left of its money.
func (s store) shrinkReview(ctx context.Context, id ReviewID, rest int64) error {
	if err := s.d.On(ctx).Exec("update payment_reviews set amount = ? where id = ? and state = 'open'", rest, int64(id)).Error; err != nil {
		return fmt.Errorf("store review: %w", err)
	}
	return nil
}

// capturing are the payments whose money an order took, oldest first, locked until the transaction ends.
func (s store) capturing(ctx context.Context, order OrderID) ([]Payment, error) {
	return s.list(ctx, `order_id = ? and status in ('settled', 'refunded') and exists (
		select 1 from ledger_entries e where e.payment_id = payments.id and e.reason = 'capture') order by id`+s.d.ForUpdate(), int64(order))
}

// eventOf is what the processor said that an item is about.
func (s store) eventOf(ctx context.Context, id ReviewID) (said Notice, event int64, err error) {
	var rows []struct {
		ID           int64
		Ref, Account string
		Live         bool
	}
	err = s.d.On(ctx).Raw("select v.id, v.ref, v.account, v.live from payment_reviews r join payment_events v on v.id = r.event_id where r.id = ?", int64(id)).Scan(&rows).Error
	if err != nil {
		return Notice{}, 0, fmt.Errorf("read the event of review %d: %w", id, err)
	}
	if len(rows) == 0 {
		return Notice{}, 0, fault.New(fault.Missing, "payment.review_missing")
	}
	return Notice{Ref: rows[0].Ref, Account: rows[0].Account, Live: rows[0].Live}, rows[0].ID, nil
}
