package payments

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// recovery is the first that a condition selects; fault.Missing when there is none.
func (s store) recovery(ctx context.Context, where string, args ...any) (recovery, error) {
	var rows []struct {
		ID, MerchantID, DisputeID, PaymentID, Amount int64
		IdemKey, Currency, State, Why                string
	}
	err := s.d.On(ctx).Raw("select id, merchant_id, dispute_id, payment_id, amount, idem_key, currency, state, why from dispute_recoveries where "+where, args...).Scan(&rows).Error
	if err != nil {
		return recovery{}, fmt.Errorf("read a recovery: %w", err)
	}
	if len(rows) == 0 {
		return recovery{}, fault.New(fault.Missing, "payment.missing")
	}
	r := rows[0]
	return recovery{
		ID: r.ID, Merchant: MerchantID(r.MerchantID), Dispute: DisputeID(r.DisputeID), Payment: PaymentID(r.PaymentID), Key: r.IdemKey,
		Amount: money.Of(r.Amount, money.Currency(r.Currency)), State: RecoveryState(r.State), Why: r.Why,
	}, nil
}

// insertRecovery keeps a recovery, unless its dispute has one.
func (s store) insertRecovery(ctx context.Context, r *recovery, now time.Time) (isNew bool, err error) {
	err = s.d.On(ctx).Raw(`insert into dispute_recoveries (merchant_id, dispute_id, payment_id, idem_key, amount, currency, made_at) values (?, ?, ?, ?, ?, ?, ?)
		on conflict (dispute_id) do nothing returning id`, int64(r.Merchant), int64(r.Dispute), int64(r.Payment), r.Key, r.Amount.Minor, string(r.Amount.Currency), now).Scan(&r.ID).Error
	if err != nil {
		return false, fmt.Errorf("store a recovery: %w", err)
	}
	return r.ID != 0, nil
}

// endRecovery writes how a recovery ended, once.
func (s store) endRecovery(ctx context.Context, r recovery, now time.Time) error {
	err := s.d.On(ctx).Exec("update dispute_recoveries set state = ?, why = ?, done_at = ? where id = ? and state = 'sending'", string(r.State), r.Why, now, r.ID).Error
	if err != nil {
		return fmt.Errorf("store a recovery: %w", err)
	}
	return nil
}
