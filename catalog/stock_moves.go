package catalog

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/catalog/fault"
)

// Reasons of stock moves that this package writes.
const (
	opened   = "opened"
	imported = "imported"
	sold     = "sold"
	returned = "returned"
)

// Take turns what a holder has reserved into sold pieces, for ref ("order:5"). When nothing is reserved it
// does nothing. It fails with fault.Conflict "stock.sold_before" when a variant was sold to ref already; then the
// transaction that ctx carries, if any, has to fail too.
func (s *Service) Take(ctx context.Context, holder, ref, who string) error {
	err := s.db.Join(ctx, func(ctx context.Context) error {
		take := s.takeEach
		if s.db.Versions() {
			take = s.takeOnce
		}
		taken, merchant, err := take(ctx, holder, ref, who)
		if err != nil || len(taken) == 0 {
			return err
		}
		return s.stockHappened(ctx, merchant, sold, ref, negative(taken))
	})
	if err != nil {
		return fmt.Errorf("sell the stock of %s: %w", holder, err)
	}
	return nil
}

// takeEach ends a holder's reservations, and takes and books what they were.
func (s *Service) takeEach(ctx context.Context, holder, ref, who string) ([]Want, MerchantID, error) {
	ended, merchant, err := s.end(ctx, "holder = ?", holder)
	if err != nil || len(ended) == 0 {
		return nil, 0, err
	}
	for _, taken := range ended {
		if err := s.db.Soon(ctx, "update variants set on_hand = on_hand - ?, reserved = reserved - ? where id = ?",
			taken.Quantity, taken.Quantity, int64(taken.Variant)); err != nil {
			return nil, 0, err
		}
	}
	return ended, merchant, s.book(ctx, sold, ref, who, ended)
}

// book writes that the taken pieces left. It finds the merchant by the variant.
func (s *Service) book(ctx context.Context, reason, ref, who string, gone []Want) error {
	quantities, ids := strings.Builder{}, variantsOf(gone)
	var args []any
	for _, taken := range gone {
		quantities.WriteString(" when ? then cast(? as integer)")
		args = append(args, int64(taken.Variant), -taken.Quantity)
	}
	args = append(args, reason, ref, who, s.at(), ids)
	done := s.db.On(ctx).Exec("insert into stock_moves (merchant_id, variant_id, quantity, reason, ref, who, at)"+
		" select merchant_id, id, case id"+quantities.String()+" end, ?, ?, ?, ? from variants where id in ? on conflict do nothing", args...)
	if done.Error == nil && done.RowsAffected != int64(len(gone)) {
		return fault.New(fault.Conflict, "stock.sold_before").With("ref", ref)
	}
	return done.Error
}

// Return puts the pieces sold to ref back on the shelf, once; a second time it does nothing.
func (s *Service) Return(ctx context.Context, ref, who string) error {
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		var rows []wantRow
		err := s.db.On(ctx).Raw("insert into stock_moves (merchant_id, variant_id, quantity, reason, ref, who, at)"+
			" select merchant_id, variant_id, -quantity, ?, ref, ?, ? from stock_moves where ref = ? and ref <> '' and reason = ?"+
			" on conflict do nothing returning merchant_id, variant_id, quantity", returned, who, s.at(), ref, sold).Scan(&rows).Error
		if err != nil {
			return err
		}
		for _, back := range ascending(rows) {
			if err := s.db.On(ctx).Exec("update variants set on_hand = on_hand + ? where id = ?",
				back.Quantity, int64(back.Variant)).Error; err != nil {
				return err
			}
		}
		return s.stockHappened(ctx, merchantOf(rows), returned, ref, ascending(rows))
	})
	if err != nil {
		return fmt.Errorf("put back what %s had: %w", ref, err)
	}
	return nil
}

// Adjust adds delta pieces to a variant, or takes them away, and writes down why ("counted", "broken", at
// most 200 letters) and who. It fails with fault.Conflict "stock.promised" {count} when that would take
// pieces that buyers were promised; count is how many can be taken away.
func (s *Service) Adjust(ctx context.Context, merchant MerchantID, variant VariantID, delta int, reason, who string) error {
	switch reason = strings.TrimSpace(reason); {
	case reason == "" || utf8.RuneCountInString(reason) > 200 || reason == sold || reason == returned:
		return invalid("reason", "stock.reason")
	case delta > mostPieces || delta < -mostPieces:
		return fault.New(fault.Invalid, "stock.quantity").With("count", strconv.Itoa(delta))
	case delta == 0:
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		done := s.db.On(ctx).Exec("update variants set on_hand = on_hand + ? where id = ? and merchant_id = ?"+
			" and (not tracked or on_hand + ? >= reserved) and on_hand + ? <= ?",
			delta, int64(variant), int64(merchant), delta, delta, mostStock)
		if done.Error != nil {
			return fmt.Errorf("adjust the stock of %d: %w", variant, done.Error)
		}
		if done.RowsAffected == 0 {
			return s.notAdjusted(ctx, merchant, variant, delta)
		}
		err := s.db.On(ctx).Exec("insert into stock_moves (merchant_id, variant_id, quantity, reason, who, at) values (?, ?, ?, ?, ?, ?)",
			int64(merchant), int64(variant), delta, reason, who, s.at()).Error
		if err != nil {
			return fmt.Errorf("write down the adjustment of %d: %w", variant, err)
		}
		return s.stockHappened(ctx, merchant, reason, "", []Want{{variant, delta}})
	})
}

// mostStock keeps on_hand within its 32-bit column.
const mostStock = 1_000_000_000

func (s *Service) notAdjusted(ctx context.Context, merchant MerchantID, variant VariantID, delta int) error {
	facts, err := s.facts(ctx, []VariantID{variant})
	switch {
	case err != nil:
		return err
	case len(facts) == 0 || MerchantID(facts[0].MerchantID) != merchant:
		return fault.New(fault.Missing, "catalog.no_variant").With("variant", strconv.FormatInt(int64(variant), 10))
	case delta > 0:
		return fault.New(fault.Invalid, "stock.quantity").With("count", strconv.Itoa(delta))
	default:
		free := max(facts[0].OnHand-facts[0].Reserved, 0)
		return fault.New(fault.Conflict, "stock.promised").With("count", strconv.Itoa(free))
	}
}

// invalid refuses one field of what was to be written.
func invalid(field, key string) *fault.Error {
	return fault.New(fault.Invalid, key).With("field", field)
}
