package payments

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/catalog/money"
)

// Captured is money that came by a gateway, as the books have it.
type Captured struct {
	Merchant MerchantID
	Order    OrderID
	Charge   string // the processor's id of the charge
	Asked    money.Amount
	Refunded money.Amount // what the processor gave back of it
	At       time.Time
	Stray    bool // no order took it: it waits for a person, or went back
}

// Captures gives everything that came by a gateway to each, in the order in which it was booked, and stops at the
// first error; of one merchant, or of all when merchant is zero. It reads pages of a thousand.
func (s *Service) Captures(ctx context.Context, gateway string, merchant MerchantID, each func(Captured) error) error {
	for after := int64(0); ; {
		page, err := s.store.captures(ctx, gateway, merchant, after, 1000)
		if err != nil {
			return err
		}
		for _, row := range page {
			after = row.ID
			if err := each(row.captured()); err != nil {
				return err
			}
		}
		if len(page) < 1000 {
			return nil
		}
	}
}

type captureRow struct {
	ID          int64
	MerchantID  int64
	OrderID     int64
	BusinessKey string
	Reason      string
	At          time.Time
	Amount      int64
	Currency    string
	Refunded    int64
}

func (r captureRow) captured() Captured {
	c := money.Currency(r.Currency)
	return Captured{
		MerchantID(r.MerchantID), OrderID(r.OrderID), strings.TrimPrefix(r.BusinessKey, "capture:"), money.Of(r.Amount, c), money.Of(r.Refunded, c),
		r.At.UTC(), r.Reason == reasonStray,
	}
}

func (s store) captures(ctx context.Context, gateway string, merchant MerchantID, after int64, limit int) (rows []captureRow, err error) {
	own, args := "", []any{gateway, after}
	if merchant != 0 {
		own, args = "and e.merchant_id = ?", append(args, int64(merchant))
	}
	err = s.d.On(ctx).Raw(`select e.id, e.merchant_id, p.order_id, e.business_key, case when a.id is null then e.reason else 'capture' end as reason, e.at, p.amount, p.currency,
			cast(coalesce((select sum(r.amount) from refunds r where r.payment_id = p.id and r.status in ('working', 'done')), 0) as bigint) as refunded
		from ledger_entries e left join payment_attachments a on a.gateway = e.source and a.charge = substr(e.business_key, 9) and a.amount = (
				select sum(l.amount) from ledger_postings l where l.entry_id = e.id)
			join payments p on p.id = coalesce(a.payment_id, e.payment_id)
		where e.source = ? and e.reason in ('capture', 'stray') and e.business_key like 'capture:%' and e.id > ? `+own+`
		order by e.id limit ?`, append(args, limit)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what came by %s: %w", gateway, err)
	}
	return rows, nil
}
