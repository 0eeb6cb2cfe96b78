package settlement

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
	"parley/payments/reconcile"
)

type payoutRow struct {
	ID, Amount, MerchantID                                         int64
	Gateway, Payout, Status, Currency, Returned, Descriptor, State string
	Itemised                                                       string
	Automatic, Reconciled, Listed, Banked                          bool
	CreatedAt, ArrivesAt                                           time.Time
	ReturnedAt                                                     *time.Time
}

const payoutColumns = `p.id, p.gateway, p.payout, p.status, p.amount, p.currency, p.automatic, p.created_at, p.arrives_at, p.returned, p.descriptor, p.reconciled,
	p.listed, p.itemised, coalesce(p.merchant_id, 0) as merchant_id, p.banked, p.returned_at`

func (r payoutRow) payout() Payout {
	return Payout{
		Number: PayoutID(r.ID), Gateway: r.Gateway, Itemised: Itemised(r.Itemised), Merchant: payments.MerchantID(r.MerchantID), IsBanked: r.Banked,
		IsBack: r.ReturnedAt != nil, isListed: r.Listed,
		Payout: payments.Payout{
			ID: r.Payout, Status: payments.PayoutStatus(r.Status), Amount: money.Of(r.Amount, money.Currency(r.Currency)), Automatic: r.Automatic,
			Created: r.CreatedAt.UTC(), Arrives: r.ArrivesAt.UTC(), Returned: r.Returned, Descriptor: r.Descriptor, Reconciled: r.Reconciled,
		},
	}
}

// payouts are those that a condition on p selects.
func (s store) payouts(ctx context.Context, where string, args ...any) ([]Payout, error) {
	var rows []payoutRow
	if err := s.d.On(ctx).Raw("select "+payoutColumns+" from settlement_payouts p where "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read payouts: %w", err)
	}
	all := make([]Payout, len(rows))
	for i, row := range rows {
		all[i] = row.payout()
	}
	return all, nil
}

// payout is the first that a condition selects; fault.Missing when there is none.
func (s store) payout(ctx context.Context, where string, args ...any) (Payout, error) {
	found, err := s.payouts(ctx, where, args...)
	if err == nil && len(found) == 0 {
		err = fault.New(fault.Missing, "settlement.payout_missing")
	}
	if err != nil {
		return Payout{}, err
	}
	return found[0], nil
}

func (s store) insertPayout(ctx context.Context, p Payout) error {
	if p.Arrives.IsZero() {
		p.Arrives = p.Created
	}
	err := s.d.On(ctx).Exec(`insert into settlement_payouts (gateway, payout, status, amount, currency, automatic, created_at, arrives_at, returned, descriptor, reconciled, listed)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (gateway, payout) do nothing`, p.Gateway, p.Payout.ID, string(p.Status), p.Amount.Minor, string(p.Amount.Currency),
		p.Automatic, p.Created.UTC().Truncate(time.Microsecond), p.Arrives.UTC().Truncate(time.Microsecond), p.Returned, p.Descriptor, p.Reconciled, p.isListed).Error
	if err != nil {
		return fmt.Errorf("store payout %s: %w", p.Payout.ID, err)
	}
	return nil
}

func (s store) updatePayout(ctx context.Context, p Payout, now time.Time) error {
	var back *time.Time
	if p.IsBack {
		back = &now
	}
	err := s.d.On(ctx).Exec(`update settlement_payouts set status = ?, amount = ?, automatic = ?, arrives_at = ?, returned = ?, descriptor = ?, reconciled = ?, listed = ?,
		itemised = ?, merchant_id = ?, banked = ?, returned_at = coalesce(returned_at, ?) where id = ?`, string(p.Status), p.Amount.Minor, p.Automatic,
		p.Arrives.UTC().Truncate(time.Microsecond), p.Returned, p.Descriptor, p.Reconciled, p.isListed, string(p.Itemised), idOrNull(p.Merchant), p.IsBanked, back, int64(p.Number)).Error
	if err != nil {
		return fmt.Errorf("store payout %s: %w", p.Payout.ID, err)
	}
	return nil
}

// notOfPayout are the kinds of rows that no payout consists of.
var notOfPayout = []string{reconcile.PayoutKind.String()}

// sums adds up the rows that went out with a payout, its own row left out.
func (s store) sums(ctx context.Context, p Payout) (all sums, err error) {
	err = s.d.On(ctx).Raw(`select count(*) as rows, cast(coalesce(sum(case when seen_currency <> currency then 1 else 0 end), 0) as bigint) as converted,
			cast(coalesce(sum(gross), 0) as bigint) as gross, cast(coalesce(sum(fee), 0) as bigint) as fee, cast(coalesce(sum(net), 0) as bigint) as net
		from settlement_transactions where gateway = ? and payout = ? and kind not in ?`, p.Gateway, p.Payout.ID, notOfPayout).Scan(&all).Error
	if err != nil {
		return all, fmt.Errorf("add up payout %s: %w", p.Payout.ID, err)
	}
	return all, nil
}

// due is what the rows of a payout that are in the books are of each merchant.
func (s store) due(ctx context.Context, p Payout) (map[payments.MerchantID]int64, error) {
	var rows []struct {
		MerchantID payments.MerchantID
		Net        int64
	}
	err := s.d.On(ctx).Raw("select merchant_id, cast(sum(amount) as bigint) as net from settlement_dues where payout_id = ? group by merchant_id", int64(p.Number)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("share payout %s: %w", p.Payout.ID, err)
	}
	due := map[payments.MerchantID]int64{}
	for _, row := range rows {
		due[row.MerchantID] = row.Net
	}
	return due, nil
}

func (s store) portions(ctx context.Context, p Payout) ([]portion, error) {
	var rows []struct {
		MerchantID payments.MerchantID
		Number     int
		Amount     int64
	}
	if err := s.d.On(ctx).Raw("select merchant_id, number, amount from settlement_shares where payout_id = ? order by merchant_id, number", int64(p.Number)).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the shares of payout %s: %w", p.Payout.ID, err)
	}
	all := make([]portion, len(rows))
	for i, row := range rows {
		all[i] = portion{row.MerchantID, row.Number, row.Amount}
	}
	return all, nil
}

func (s store) insertPortion(ctx context.Context, p Payout, one portion) error {
	err := s.d.On(ctx).Exec("insert into settlement_shares (payout_id, merchant_id, number, amount) values (?, ?, ?, ?)", int64(p.Number), int64(one.merchant), one.number, one.amount).Error
	if err != nil {
		return fmt.Errorf("share payout %s: %w", p.Payout.ID, err)
	}
	return nil
}

// available is what no payout has taken of the money that there was when one was made, first what was available first,
// from a row on; at most limit. Instant payouts take what is not available yet, too.
func (s store) available(ctx context.Context, p Payout, limit, offset int) (all []available, err error) {
	var rows []struct {
		ID   int64
		Left int64 `gorm:"column:rest"`
	}
	err = s.d.On(ctx).Raw(`select t.id, t.net - coalesce((select sum(a.amount) from settlement_assumed a where a.transaction_id = t.id), 0) as rest
		from settlement_transactions t where t.gateway = ? and t.currency = ? and t.payout = '' and t.kind not in ? and t.created_at <= ?
		order by t.available_at, t.id limit ? offset ?`, p.Gateway, string(p.Amount.Currency), notOfPayout, p.Created.UTC().Truncate(time.Microsecond), limit, offset).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for available money: %w", err)
	}
	for _, row := range rows {
		all = append(all, available{RowID(row.ID), row.Left})
	}
	return all, nil
}

func (s store) assume(ctx context.Context, p Payout, taken []available) error {
	for _, one := range taken {
		err := s.d.On(ctx).Exec("insert into settlement_assumed (payout_id, transaction_id, amount) values (?, ?, ?)", int64(p.Number), int64(one.row), one.left).Error
		if err != nil {
			return fmt.Errorf("assume the rows of payout %s: %w", p.Payout.ID, err)
		}
	}
	return nil
}

func sortedKeys[K cmp.Ordered, V any](of map[K]V) []K {
	keys := make([]K, 0, len(of))
	for key := range of {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
