package catalog

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
)

// Move is one change of what is on hand, and why.
type Move struct {
	ID       int64
	Variant  VariantID
	Quantity int    // more, or fewer
	Reason   string // "opened", "imported", "sold", "returned", or the word of whoever adjusted it
	Ref      string // "order:5"; empty: none
	Who      string
	At       time.Time
}

// Moves is the history of a variant's stock, newest first: at most so many before an id, or of all for zero. It fails
// with fault.Missing.
func (s *Service) Moves(ctx context.Context, merchant MerchantID, variant VariantID, before int64, limit int) ([]Move, error) {
	if _, err := s.Stock(ctx, merchant, variant); err != nil {
		return nil, err
	}
	where, args := "variant_id = ?", []any{int64(variant)}
	if before != 0 {
		where, args = where+" and id < ?", append(args, before)
	}
	var moves []Move
	err := s.db.On(ctx).Raw("select id, variant_id as variant, quantity, reason, ref, who, at from stock_moves where "+where+" order by id desc limit ?",
		append(args, limit)...).Scan(&moves).Error
	if err != nil {
		return nil, fmt.Errorf("read the stock moves of variant %d: %w", variant, err)
	}
	for i := range moves {
		moves[i].At = moves[i].At.UTC()
	}
	return moves, nil
}

// Stock is a variant in whatever state, with what is on hand. It fails with fault.Missing.
func (s *Service) Stock(ctx context.Context, merchant MerchantID, variant VariantID) (Variant, error) {
	items, err := s.Sellable(ctx, merchant, variant)
	if err != nil {
		return Variant{}, err
	}
	if len(items) == 0 {
		return Variant{}, fault.New(fault.Missing, "catalog.no_variant").With("variant", fmt.Sprint(int64(variant)))
	}
	return items[0].Variant, nil
}

// SetStock has so many pieces of a variant be on hand, as counted on the shelf, and writes down why and who. It fails as
// Adjust does.
func (s *Service) SetStock(ctx context.Context, merchant MerchantID, variant VariantID, onHand int, reason, who string) error {
	if onHand < 0 || onHand > mostStock {
		return invalid("on_hand", "catalog.on_hand")
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		var now []int
		err := s.db.On(ctx).Raw("select on_hand from variants where id = ? and merchant_id = ?"+s.db.ForUpdate(), int64(variant), int64(merchant)).Scan(&now).Error
		if err != nil {
			return fmt.Errorf("read the stock of %d: %w", variant, err)
		}
		if len(now) == 0 {
			return fault.New(fault.Missing, "catalog.no_variant").With("variant", fmt.Sprint(int64(variant)))
		}
		return s.Adjust(ctx, merchant, variant, onHand-now[0], reason, who)
	})
}
