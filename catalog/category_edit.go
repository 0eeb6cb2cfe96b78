package catalog

import (
	"context"
	"fmt"
	"maps"
	"time"

	"parley/catalog/event"
	"parley/catalog/fault"
)

// CategoryChange is what changes of a category; what is nil stays.
type CategoryChange struct {
	Slug     *string
	Name     Text // all of its wordings
	Parent   *CategoryID
	Position *int
}

// EditCategory renames or moves a category and returns it as it is now; what is below it moves with it. check sees
// it as it was, while nobody else changes it, and may refuse; nil refuses nothing. It fails with fault.Missing, and
// with fault.Invalid {field}, "catalog.cycle" when it would stand below itself.
func (s *Service) EditCategory(ctx context.Context, merchant MerchantID, id CategoryID, change CategoryChange, check func(Category) error) (was, is Category, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if was, err = s.holdCategory(ctx, merchant, id, check); err != nil {
			return err
		}
		next, err := was.with(change)
		if err != nil {
			return err
		}
		if err := s.rewriteCategory(ctx, was, next); err != nil {
			return err
		}
		if is, err = s.Category(ctx, merchant, id); err != nil {
			return err
		}
		return s.categoryHappened(ctx, event.CategoryUpdated, is)
	})
	if err != nil {
		return Category{}, Category{}, fmt.Errorf("edit category %d: %w", id, err)
	}
	return was, is, nil
}

// holdCategory reads a category that stays as it is until the transaction ends.
func (s *Service) holdCategory(ctx context.Context, merchant MerchantID, id CategoryID, check func(Category) error) (Category, error) {
	if err := s.lockShop(ctx, merchant); err != nil {
		return Category{}, err
	}
	c, err := s.Category(ctx, merchant, id)
	if err == nil && check != nil {
		err = check(c)
	}
	return c, err
}

func (c Category) with(change CategoryChange) (Category, error) {
	if change.Slug != nil {
		c.Slug = *change.Slug
	}
	if change.Name != nil {
		c.Name = tidyText(change.Name)
	}
	if change.Parent != nil {
		c.Parent = *change.Parent
	}
	if change.Position != nil {
		c.Position = *change.Position
	}
	return c, c.check()
}

// rewriteCategory writes a held category, and what stands on the shelves if that changes.
func (s *Service) rewriteCategory(ctx context.Context, was, next Category) error {
	t, err := s.readTree(ctx, next.Merchant)
	if err != nil {
		return err
	}
	if other := t.bySlug(next.Slug); other != 0 && other != next.ID {
		return invalid("slug", "catalog.slug_taken").With("value", next.Slug)
	}
	if err := t.mayStand(next.ID, next.Parent); err != nil {
		return err
	}
	if _, err := s.writeCategory(ctx, next); err != nil {
		return err
	}
	if err := s.db.On(ctx).Exec("update categories set slug = ? where id = ?", next.Slug, int64(next.ID)).Error; err != nil {
		return err
	}
	if was.Parent == next.Parent && maps.Equal(was.Name, next.Name) {
		return nil
	}
	t[next.ID] = node{parent: next.Parent, slug: next.Slug, name: next.Name}
	if err := s.reshelve(ctx, next.Merchant, t, t.below(next.ID)); err != nil || was.Parent == next.Parent {
		return err
	}
	return s.productsRestood(ctx, restood{Merchant: next.Merchant, Below: t.below(next.ID), At: s.at()})
}

// AddCategory is SaveCategory for one that must be new. It fails with fault.Invalid "catalog.slug_taken" when it is not.
func (s *Service) AddCategory(ctx context.Context, c Category) (saved Category, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.lockShop(ctx, c.Merchant); err != nil {
			return err
		}
		_, err := s.CategoryBySlug(ctx, c.Merchant, c.Slug)
		switch {
		case err == nil:
			return invalid("slug", "catalog.slug_taken").With("value", c.Slug)
		case fault.KindOf(err) != fault.Missing:
			return err
		}
		saved, err = s.SaveCategory(ctx, c)
		return err
	})
	return saved, err
}

// DeleteCategory removes a category. What it holds, products and categories, goes to another one, or to the top for
// into zero; when into is nil it must hold nothing, else it fails with fault.Conflict "catalog.category_in_use". check
// is as in EditCategory.
func (s *Service) DeleteCategory(ctx context.Context, merchant MerchantID, id CategoryID, into *CategoryID, check func(Category) error) (was Category, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if was, err = s.holdCategory(ctx, merchant, id, check); err != nil {
			return err
		}
		if err := s.clearCategory(ctx, merchant, id, into); err != nil {
			return err
		}
		if err := s.db.On(ctx).Exec("delete from categories where merchant_id = ? and id = ?", int64(merchant), int64(id)).Error; err != nil {
			return err
		}
		return s.categoryHappened(ctx, event.CategoryDeleted, was)
	})
	if err != nil {
		return Category{}, fmt.Errorf("delete category %d: %w", id, err)
	}
	return was, nil
}

func (s *Service) clearCategory(ctx context.Context, merchant MerchantID, id CategoryID, into *CategoryID) error {
	if into == nil {
		var used bool
		err := s.db.On(ctx).Raw("select exists (select 1 from products where merchant_id = ? and category_id = ?)"+
			" or exists (select 1 from categories where merchant_id = ? and parent_id = ?)", int64(merchant), int64(id), int64(merchant), int64(id)).Scan(&used).Error
		if err == nil && used {
			err = fault.New(fault.Conflict, "catalog.category_in_use")
		}
		return err
	}
	t, err := s.readTree(ctx, merchant)
	if err != nil {
		return err
	}
	if err := t.mayStand(id, *into); err != nil {
		return err
	}
	moved := t.below(id)
	at := s.at()
	if err := s.handOver(ctx, merchant, id, *into, at); err != nil {
		return err
	}
	if err := s.productsRestood(ctx, restood{Merchant: merchant, Into: *into, At: at}); err != nil {
		return err
	}
	for child, n := range t {
		if n.parent == id {
			n.parent = *into
			t[child] = n
		}
	}
	delete(t, id)
	return s.reshelve(ctx, merchant, t, append(moved, *into))
}

// handOver gives what a category holds to another.
func (s *Service) handOver(ctx context.Context, merchant MerchantID, from, to CategoryID, at time.Time) error {
	err := s.db.On(ctx).Exec("update categories set parent_id = ? where merchant_id = ? and parent_id = ?", nullable(to), int64(merchant), int64(from)).Error
	if err != nil {
		return err
	}
	if to == 0 { // they are found by no category's name any more
		if err := s.refile(ctx, merchant, tree{}, []CategoryID{from}); err != nil {
			return err
		}
	}
	if err := s.db.On(ctx).Exec("delete from shelves where merchant_id = ? and product_id in (select id from products where merchant_id = ? and category_id = ?)",
		int64(merchant), int64(merchant), int64(from)).Error; err != nil {
		return err
	}
	err = s.db.On(ctx).Exec("update products set category_id = ?, updated_at = ? where merchant_id = ? and category_id = ?",
		nullable(to), at, int64(merchant), int64(from)).Error
	if err != nil || to != 0 {
		return err
	}
	return s.db.On(ctx).Exec("insert into shelves (merchant_id, category_id, position, product_id) select merchant_id, 0, position, id from products p"+
		" where merchant_id = ? and category_id is null and state = 'active' and not exists"+
		" (select 1 from shelves b where b.merchant_id = p.merchant_id and b.category_id = 0 and b.position = p.position and b.product_id = p.id)", int64(merchant)).Error
}

// CategoryPlace is where a page of categories ended.
type CategoryPlace struct {
	Position int
	ID       CategoryID
}

// Categories are those of a shop by their position, the empty ones too, at most so many after a place (the zero place:
// from the beginning): those right below a parent, zero being the top, or all of them when it is nil.
func (s *Service) Categories(ctx context.Context, merchant MerchantID, parent *CategoryID, after CategoryPlace, limit int) ([]Category, error) {
	where, args := below(merchant, parent)
	if after.ID != 0 {
		where, args = where+" and (c.position > ? or c.position = ? and c.id > ?)", append(args, after.Position, after.Position, int64(after.ID))
	}
	return s.categoriesUpTo(ctx, where, limit, args...)
}

// CountCategories is how many Categories lists, counting to most.
func (s *Service) CountCategories(ctx context.Context, merchant MerchantID, parent *CategoryID, most int) (count int, err error) {
	where, args := below(merchant, parent)
	err = s.db.On(ctx).Raw("select count(*) from (select 1 from categories c where "+where+" limit ?) counted", append(args, most)...).Scan(&count).Error
	if err != nil {
		return 0, fmt.Errorf("count categories: %w", err)
	}
	return count, nil
}

func below(merchant MerchantID, parent *CategoryID) (string, []any) {
	switch {
	case parent == nil:
		return "c.merchant_id = ?", []any{int64(merchant)}
	case *parent == 0:
		return "c.merchant_id = ? and c.parent_id is null", []any{int64(merchant)}
	default:
		return "c.merchant_id = ? and c.parent_id = ?", []any{int64(merchant), int64(*parent)}
	}
}
