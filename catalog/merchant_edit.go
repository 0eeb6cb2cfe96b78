package catalog

import (
	"context"
	"fmt"
	"slices"
)

// AddMerchant is SaveMerchant for a shop that must be new. It fails with fault.Invalid "catalog.shop_taken" when it is not.
func (s *Service) AddMerchant(ctx context.Context, m Merchant) (saved Merchant, err error) {
	if m, err = checkMerchant(m); err != nil {
		return Merchant{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		id, err := s.insertMerchant(ctx, m)
		if err == nil && id == 0 {
			err = invalid("slug", "catalog.shop_taken").With("value", m.Slug)
		}
		if err != nil {
			return err
		}
		saved, err = s.SaveMerchant(ctx, m) // and how it delivers
		return err
	})
	return saved, err
}

// EditMerchant changes a shop: edit gets it as it is, while nobody else changes it, and what it leaves is saved as
// SaveMerchant does, but for the slug, which stays. An error of edit ends it. It fails with fault.Missing, and as
// SaveMerchant does.
func (s *Service) EditMerchant(ctx context.Context, id MerchantID, edit func(m *Merchant) error) (was, is Merchant, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.lockShop(ctx, id); err != nil {
			return err
		}
		found, err := s.merchantsWhere(ctx, "id = ?", int64(id))
		if err != nil {
			return err
		}
		was = found[0]
		next := was
		next.Languages, next.Delivery = slices.Clone(was.Languages), slices.Clone(was.Delivery)
		if err := edit(&next); err != nil {
			return err
		}
		next.Slug = was.Slug
		is, err = s.SaveMerchant(ctx, next)
		return err
	})
	if err != nil {
		return Merchant{}, Merchant{}, fmt.Errorf("edit merchant %d: %w", id, err)
	}
	return was, is, nil
}

// Shops are merchants in whatever state by id, at most so many after one (zero: from the beginning): those named, or every
// one for nil.
func (s *Service) Shops(ctx context.Context, only []MerchantID, after MerchantID, limit int) ([]Merchant, error) {
	if only != nil && len(only) == 0 {
		return nil, nil
	}
	where, args := "id > ?", []any{int64(after)}
	if only != nil {
		where, args = where+" and id in ?", append(args, only)
	}
	return s.merchantsUpTo(ctx, where, limit, args...)
}
