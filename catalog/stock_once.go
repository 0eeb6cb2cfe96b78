package catalog

import (
	"context"

	"parley/catalog/fault"
)

// On PostgreSQL a statement that writes can be part of another, so that stock is reserved and sold by one statement
// each. Both lock variants in ascending order before they change any, as everybody does.

// Lists come from selects of their own so that their lengths are unknown to the planner, which otherwise plans anew
// for each. What was locked is what was decided on: nobody changes it until the transaction ends.
const reserveSQL = `with wants (id, quantity) as (select * from unnest((select cast(? as bigint[])), (select cast(? as integer[])))),
	enough as materialized (select v.id, v.merchant_id, w.quantity from wants w join variants v on v.id = w.id
		where v.merchant_id = ? and v.tracked and v.state = 'active' and v.on_hand - v.reserved >= w.quantity order by v.id for no key update of v),
	claimed as (update variants v set reserved = v.reserved + e.quantity from enough e where v.id = e.id returning v.id, v.merchant_id, e.quantity)
	insert into reservations (holder, variant_id, merchant_id, quantity, expires_at)
	select cast(? as text), c.id, c.merchant_id, c.quantity, cast(? as timestamptz) from claimed c
		where not exists (select 1 from reservations r where r.holder = ?) on conflict do nothing`

// beginOnce is begin in one statement.
func (r reservation) beginOnce(ctx context.Context) error {
	ids, pieces := columnsOf(r.wants)
	done := r.db.On(ctx).Exec(reserveSQL, &ids, &pieces, int64(r.merchant), r.holder, r.until, r.holder)
	if done.Error == nil && (done.RowsAffected != int64(len(r.wants)) || len(r.wants) == 0) {
		return errNotNew
	}
	return done.Error
}

func columnsOf(wants []Want) (ids []int64, pieces []int32) {
	for _, want := range wants {
		ids, pieces = append(ids, int64(want.Variant)), append(pieces, int32(want.Quantity)) //nolint:gosec // at most mostPieces
	}
	return ids, pieces
}

const takeSQL = `with ended as (delete from reservations where holder = ? returning merchant_id, variant_id, quantity),
	locked as materialized (select v.id, v.merchant_id, e.quantity from ended e join variants v on v.id = e.variant_id order by v.id for no key update of v),
	sold as (update variants v set on_hand = v.on_hand - l.quantity, reserved = v.reserved - l.quantity from locked l where v.id = l.id),
	booked as (insert into stock_moves (merchant_id, variant_id, quantity, reason, ref, who, at)
		select merchant_id, id, -quantity, ?, cast(? as text), cast(? as text), cast(? as timestamptz) from locked on conflict do nothing returning variant_id)
	select e.merchant_id, e.variant_id, e.quantity, exists (select 1 from booked b where b.variant_id = e.variant_id) as booked from ended e`

// takeOnce ends a holder's reservations, and takes and books what they were, in one statement.
func (s *Service) takeOnce(ctx context.Context, holder, ref, who string) ([]Want, MerchantID, error) {
	var rows []struct {
		Row    wantRow `gorm:"embedded"`
		Booked bool
	}
	if err := s.db.On(ctx).Raw(takeSQL, holder, sold, ref, who, s.at()).Scan(&rows).Error; err != nil {
		return nil, 0, err
	}
	taken := make([]wantRow, len(rows))
	for i, row := range rows {
		if !row.Booked {
			return nil, 0, fault.New(fault.Conflict, "stock.sold_before").With("ref", ref)
		}
		taken[i] = row.Row
	}
	return ascending(taken), merchantOf(taken), nil
}
