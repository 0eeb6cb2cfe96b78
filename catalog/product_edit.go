package catalog

import (
	"context"
	"fmt"
	"slices"

	"parley/catalog/fault"
)

// AddProduct is SaveProduct for one that must be new. It fails with fault.Invalid "catalog.handle_taken" when it is not.
func (s *Service) AddProduct(ctx context.Context, p Product) (saved Product, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.lockShop(ctx, p.Merchant); err != nil {
			return err
		}
		if err := s.handleIsFree(ctx, p.Merchant, p.Handle); err != nil {
			return err
		}
		saved, err = s.SaveProduct(ctx, p)
		return err
	})
	return saved, err
}

func (s *Service) handleIsFree(ctx context.Context, merchant MerchantID, handle string) error {
	if !isHandle(handle) {
		return invalid("handle", "catalog.handle").With("value", handle)
	}
	var taken bool
	err := s.db.On(ctx).Raw("select exists (select 1 from products where merchant_id = ? and handle = ?)", int64(merchant), handle).Scan(&taken).Error
	if err == nil && taken {
		err = invalid("handle", "catalog.handle_taken").With("value", handle)
	}
	return err
}

// EditProduct changes a product: edit gets it as it is, without its archived variants, while nobody else changes it, and
// what it leaves is saved as SaveProduct does. An error of edit ends it. In what it leaves it replaces texts and changes
// nothing in them. It fails with fault.Missing, and as SaveProduct does.
func (s *Service) EditProduct(ctx context.Context, merchant MerchantID, id ProductID, edit func(p *Product) error) (was, is Product, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		w, err := s.writer(ctx, merchant, opened)
		if err != nil {
			return err
		}
		if was, err = s.Find(ctx, merchant, id); err != nil {
			return err
		}
		next := was.copied()
		if err := edit(&next); err != nil {
			return err
		}
		if err := w.rename(ctx, was, next); err != nil {
			return err
		}
		if _, err := w.save(ctx, next); err != nil {
			return err
		}
		if err := w.count(ctx); err != nil {
			return err
		}
		is, err = s.Find(ctx, merchant, id)
		return err
	})
	if err != nil {
		return Product{}, Product{}, fmt.Errorf("edit product %d: %w", id, err)
	}
	return was, is, nil
}

// rename gives a product another handle, by which it is then saved.
func (w *writer) rename(ctx context.Context, was, next Product) error {
	if next.Handle == was.Handle {
		return nil
	}
	if err := w.handleIsFree(ctx, w.shop.ID, next.Handle); err != nil {
		return err
	}
	w.recall.forget(was.ID)
	w.db.AfterCommit(ctx, func() { w.recall.forget(was.ID) })
	return w.db.On(ctx).Exec("update products set handle = ?, updated_at = ? where id = ?", next.Handle, w.at, int64(was.ID)).Error
}

// ProductOf is the product of a variant that is not archived. It fails with fault.Missing.
func (s *Service) ProductOf(ctx context.Context, merchant MerchantID, variant VariantID) (ProductID, error) {
	var ids []ProductID
	err := s.db.On(ctx).Raw("select product_id from variants where id = ? and merchant_id = ? and state <> 'archived'", int64(variant), int64(merchant)).Scan(&ids).Error
	if err != nil {
		return 0, fmt.Errorf("find the product of variant %d: %w", variant, err)
	}
	if len(ids) == 0 {
		return 0, fault.New(fault.Missing, "catalog.no_variant").With("variant", fmt.Sprint(int64(variant)))
	}
	return ids[0], nil
}

// Reoption gives a product other options. Options and values that were there are named by their ids and keep them; an
// option that is new is chosen by every variant with its first value. It fails with fault.Conflict
// "catalog.value_in_use" {value} when a variant chooses a value that would be gone.
func (p *Product) Reoption(options []Option) error {
	options = slices.Clone(options)
	next := ValueID(-1)
	for i := range options {
		options[i].Values = slices.Clone(options[i].Values)
		for j := range options[i].Values {
			if options[i].Values[j].ID == 0 {
				options[i].Values[j].ID = next // only says which is meant
				next--
			}
		}
		if len(options[i].Values) == 0 {
			return invalid(fmt.Sprintf("options[%d].values", i), "catalog.no_values")
		}
	}
	for i := range p.Variants {
		values, err := p.rechosen(p.Variants[i].Values, options)
		if err != nil {
			return err
		}
		p.Variants[i].Values = values
	}
	p.Options = options
	return nil
}

// rechosen is what a variant chooses of other options.
func (p *Product) rechosen(values []ValueID, options []Option) ([]ValueID, error) {
	var chosen []ValueID
	for _, option := range options {
		k := slices.IndexFunc(p.Options, func(o Option) bool { return option.ID != 0 && o.ID == option.ID })
		if k < 0 {
			chosen = append(chosen, option.Values[0].ID)
			continue
		}
		if !slices.ContainsFunc(option.Values, func(v Value) bool { return v.ID == values[k] }) {
			at := slices.IndexFunc(p.Options[k].Values, func(v Value) bool { return v.ID == values[k] })
			return nil, fault.New(fault.Conflict, "catalog.value_in_use").With("value", p.Options[k].Values[at].Name.In("en")).With("field", "options")
		}
		chosen = append(chosen, values[k])
	}
	return chosen, nil
}
