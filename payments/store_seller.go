package payments

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
)

type sellerRow struct {
	ID         int64
	MerchantID int64
	Gateway    string
	Live       bool
	IdemKey    string
	Account    string
	Charges    bool
	Payouts    bool
	Submitted  bool
	Due        string
	Barred     string
	SaidAt     *time.Time
	MadeAt     time.Time
}

const sellerColumns = "id, merchant_id, gateway, live, idem_key, account, charges, payouts, submitted, due, barred, said_at, made_at"

func (r sellerRow) seller() Seller {
	s := Seller{
		ID: r.ID, Merchant: MerchantID(r.MerchantID), Gateway: r.Gateway, Live: r.Live, Key: r.IdemKey, Account: r.Account, Charges: r.Charges,
		Payouts: r.Payouts, Submitted: r.Submitted, Barred: r.Barred, Said: timeOr(r.SaidAt), Made: r.MadeAt.UTC(),
	}
	if r.Due != "" {
		s.Due = strings.Split(r.Due, "\n")
	}
	return s
}

// sellers are those that a condition selects.
func (s store) sellers(ctx context.Context, where string, args ...any) ([]Seller, error) {
	var rows []sellerRow
	if err := s.d.On(ctx).Raw("select "+sellerColumns+" from sellers where "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read sellers' accounts: %w", err)
	}
	all := make([]Seller, len(rows))
	for i, row := range rows {
		all[i] = row.seller()
	}
	return all, nil
}

// seller is the first that a condition selects; fault.Missing when there is none.
func (s store) seller(ctx context.Context, where string, args ...any) (Seller, error) {
	all, err := s.sellers(ctx, where, args...)
	if err != nil {
		return Seller{}, err
	}
	if len(all) == 0 {
		return Seller{}, fault.New(fault.Missing, "payment.seller_missing")
	}
	return all[0], nil
}

// insertSeller keeps a new account, unless the merchant has one there in that mode.
func (s store) insertSeller(ctx context.Context, made Seller) error {
	err := s.d.On(ctx).Exec(`insert into sellers (merchant_id, gateway, live, idem_key, made_at) values (?, ?, ?, ?, ?)
		on conflict (merchant_id, gateway, live) do nothing`, int64(made.Merchant), made.Gateway, made.Live, made.Key, made.Made).Error
	if err != nil {
		return fmt.Errorf("store a seller's account: %w", err)
	}
	return nil
}

// nameSeller says which account it is, once.
func (s store) nameSeller(ctx context.Context, one Seller, account string) error {
	if err := s.d.On(ctx).Exec("update sellers set account = ? where id = ? and account = ''", account, one.ID).Error; err != nil {
		return fmt.Errorf("store account %s: %w", account, err)
	}
	return nil
}

// updateSeller writes what can change of an account.
func (s store) updateSeller(ctx context.Context, one Seller) error {
	err := s.d.On(ctx).Exec("update sellers set charges = ?, payouts = ?, submitted = ?, due = ?, barred = ?, said_at = ? where id = ?",
		one.Charges, one.Payouts, one.Submitted, strings.Join(one.Due, "\n"), one.Barred, orNull(one.Said), one.ID).Error
	if err != nil {
		return fmt.Errorf("store account %s: %w", one.Account, err)
	}
	return nil
}

// cut is what a platform keeps of a merchant's payments; nothing unless somebody has said so.
func (s store) cut(ctx context.Context, merchant MerchantID) (Cut, error) {
	var rows []struct {
		Rate, Fixed   int64
		Currency      string
		PlatformBears bool
	}
	if err := s.d.On(ctx).Raw("select rate, fixed, currency, platform_bears from seller_cuts where merchant_id = ?", int64(merchant)).Scan(&rows).Error; err != nil {
		return Cut{}, fmt.Errorf("read the platform's part of merchant %d: %w", merchant, err)
	}
	if len(rows) == 0 {
		return Cut{}, nil
	}
	return Cut{rows[0].Rate, money.Of(rows[0].Fixed, money.Currency(rows[0].Currency)), rows[0].PlatformBears}, nil
}

func (s store) setCut(ctx context.Context, merchant MerchantID, cut Cut) error {
	err := s.d.On(ctx).Exec(`insert into seller_cuts (merchant_id, rate, fixed, currency, platform_bears) values (?, ?, ?, ?, ?)
		on conflict (merchant_id) do update set rate = excluded.rate, fixed = excluded.fixed, currency = excluded.currency, platform_bears = excluded.platform_bears`,
		int64(merchant), cut.Rate, cut.Fixed.Minor, string(cut.Fixed.Currency), cut.Bears).Error
	if err != nil {
		return fmt.Errorf("store the platform's part of merchant %d: %w", merchant, err)
	}
	return nil
}

// wentBack is what of a payment went back so far, by refunds that the shop is out of, and what of the platform's part did.
func (s store) wentBack(ctx context.Context, p Payment) (back, cut int64, err error) {
	var rows []struct{ Back, Cut int64 }
	err = s.d.On(ctx).Raw(`select cast(coalesce(sum(l.amount), 0) as bigint) as back,
			cast(coalesce(sum(case when l.to_account = ? then l.amount else 0 end), 0) as bigint) as cut
		from ledger_entries e join ledger_postings l on l.entry_id = e.id where e.payment_id = ? and e.reason = ? and l.currency = ?`,
		string(PlatformFee), int64(p.ID), reasonShareBack, string(p.Amount.Currency)).Scan(&rows).Error
	if err != nil {
		return 0, 0, fmt.Errorf("look up what went back of payment %d: %w", p.ID, err)
	}
	for _, sums := range rows {
		back, cut = sums.Back, sums.Cut
	}
	return back, cut, nil
}
