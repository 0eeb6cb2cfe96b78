package catalog

import (
	"cmp"
	"context"
	"slices"
)

type wantRow struct {
	MerchantID int64 // where it was asked for
	VariantID  int64
	Quantity   int
}

// merchantOf is whose variants they are: a holder's are all of one shop. Zero without any.
func merchantOf(rows []wantRow) MerchantID {
	if len(rows) == 0 {
		return 0
	}
	return MerchantID(rows[0].MerchantID)
}

func ascending(rows []wantRow) []Want {
	slices.SortFunc(rows, func(a, b wantRow) int { return cmp.Compare(a.VariantID, b.VariantID) })
	wants := make([]Want, len(rows))
	for i, row := range rows {
		wants[i] = Want{VariantID(row.VariantID), row.Quantity}
	}
	return wants
}

// end deletes reservations and says what they were, and whose. A reservation ends once: who finds the row ends it.
func (s *Service) end(ctx context.Context, where string, args ...any) ([]Want, MerchantID, error) {
	var rows []wantRow
	err := s.db.On(ctx).Raw("delete from reservations where "+where+" returning merchant_id, variant_id, quantity", args...).Scan(&rows).Error
	return ascending(rows), merchantOf(rows), err
}

// giveBack makes reserved pieces free again.
func (s *Service) giveBack(ctx context.Context, ended []Want) error {
	for _, back := range ended {
		if err := s.unclaim(ctx, back); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) unclaim(ctx context.Context, back Want) error {
	return s.db.On(ctx).Exec("update variants set reserved = reserved - ? where id = ?", back.Quantity, int64(back.Variant)).Error
}

// stockFact is what decides whether a variant can be reserved.
type stockFact struct {
	ID         int64
	MerchantID int64
	Tracked    bool
	State      string
	OnHand     int
	Reserved   int
}

// facts reads variants by ascending id.
func (s *Service) facts(ctx context.Context, ids []VariantID) (facts []stockFact, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.db.On(ctx).Raw("select id, merchant_id, tracked, state, on_hand, reserved from variants where id in ? order by id", ids).Scan(&facts).Error
	return facts, err
}
