package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"parley/catalog/event"
	"parley/catalog/fault"
)

// SaveCategory adds a shelf to the shop c.Merchant, or changes the one with the same slug, and returns it
// as it is now. It fails with fault.Invalid {field}, "catalog.cycle" when it would stand below itself.
func (s *Service) SaveCategory(ctx context.Context, c Category) (saved Category, err error) {
	c.Name = tidyText(c.Name)
	if err := c.check(); err != nil {
		return Category{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		id, err := s.placeCategory(ctx, c)
		if err != nil {
			return err
		}
		saved, err = s.Category(ctx, c.Merchant, id)
		return err
	})
	if err != nil {
		return Category{}, fmt.Errorf("save category %s: %w", c.Slug, err)
	}
	return saved, nil
}

// check refuses a category that can't be found or named. It expects a tidy name.
func (c Category) check() error {
	switch {
	case !isCategorySlug(c.Slug):
		return invalid("slug", "catalog.slug").With("value", c.Slug)
	case len(c.Name) == 0:
		return invalid("name", "catalog.nameless")
	case longest(c.Name) > 1000:
		return invalid("name", "catalog.too_long")
	case c.Position > mostStock || c.Position < -mostStock:
		return invalid("position", "catalog.position")
	}
	return nil
}

// isCategorySlug says whether a category can have the name in links: 1 to 80 letters, digits and hyphens.
func isCategorySlug(name string) bool {
	return isLinkName(name, 80, func(sign rune) bool { return sign == '-' })
}

// placeCategory writes a category, and what stands on the shelves if that changes.
func (s *Service) placeCategory(ctx context.Context, c Category) (CategoryID, error) {
	if err := s.lockShop(ctx, c.Merchant); err != nil {
		return 0, err
	}
	t, err := s.readTree(ctx, c.Merchant)
	if err != nil {
		return 0, err
	}
	c.ID = t.bySlug(c.Slug)
	if err := t.mayStand(c.ID, c.Parent); err != nil {
		return 0, err
	}
	was, existed := t[c.ID]
	if c.ID, err = s.writeCategory(ctx, c); err != nil {
		return 0, err
	}
	if !existed {
		return c.ID, s.categoryHappened(ctx, event.CategoryCreated, c)
	}
	if err := s.categoryHappened(ctx, event.CategoryUpdated, c); err != nil {
		return 0, err
	}
	if was.parent == c.Parent && maps.Equal(was.name, c.Name) {
		return c.ID, nil
	}
	t[c.ID] = node{parent: c.Parent, slug: c.Slug, name: c.Name}
	if err := s.reshelve(ctx, c.Merchant, t, t.below(c.ID)); err != nil || was.parent == c.Parent {
		return c.ID, err
	}
	return c.ID, s.productsRestood(ctx, restood{Merchant: c.Merchant, Below: t.below(c.ID), At: s.at()})
}

func (s *Service) writeCategory(ctx context.Context, c Category) (id CategoryID, err error) {
	values := []any{nullable(c.Parent), asJSON(c.Name), c.Position}
	if c.ID != 0 {
		return c.ID, s.db.On(ctx).Exec("update categories set parent_id = ?, name = ?, position = ? where id = ?", append(values, int64(c.ID))...).Error
	}
	err = s.db.On(ctx).Raw("insert into categories (parent_id, name, position, merchant_id, slug) values (?, ?, ?, ?, ?) returning id",
		append(values, int64(c.Merchant), c.Slug)...).Scan(&id).Error
	return id, err
}

// nullable is an id as its column keeps it: null for none.
func nullable[ID ~int64](id ID) *int64 {
	if id == 0 {
		return nil
	}
	number := int64(id)
	return &number
}

// reshelve puts the products of some categories on the shelves where the tree has them now.
func (s *Service) reshelve(ctx context.Context, merchant MerchantID, t tree, moved []CategoryID) error {
	err := s.db.On(ctx).Exec("delete from shelves where merchant_id = ? and product_id in"+
		" (select id from products where merchant_id = ? and category_id in ?)", int64(merchant), int64(merchant), moved).Error
	if err != nil {
		return err
	}
	for _, category := range moved {
		for _, shelf := range t.shelves(category) {
			err := s.db.On(ctx).Exec("insert into shelves (merchant_id, category_id, position, product_id)"+
				" select merchant_id, cast(? as bigint), position, id from products where merchant_id = ? and category_id = ? and state = 'active'",
				int64(shelf), int64(merchant), int64(category)).Error
			if err != nil {
				return err
			}
		}
	}
	if err := s.refile(ctx, merchant, t, moved); err != nil {
		return err
	}
	return s.db.On(ctx).Exec("update categories set products = (select count(*) from shelves s"+
		" where s.merchant_id = categories.merchant_id and s.category_id = categories.id) where merchant_id = ?", int64(merchant)).Error
}

// tree is the categories of a shop.
type tree map[CategoryID]node

type node struct {
	parent CategoryID
	slug   string
	name   Text
}

func (s *Service) readTree(ctx context.Context, merchant MerchantID) (tree, error) {
	var rows []categoryRow
	err := s.db.On(ctx).Raw("select id, parent_id, slug, name from categories where merchant_id = ?", int64(merchant)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the tree of categories: %w", err)
	}
	t := make(tree, len(rows))
	for _, row := range rows {
		n := node{slug: row.Slug, name: row.Name.is}
		if row.ParentID != nil {
			n.parent = CategoryID(*row.ParentID)
		}
		t[CategoryID(row.ID)] = n
	}
	return t, nil
}

func (t tree) bySlug(slug string) CategoryID {
	for id, n := range t {
		if n.slug == slug {
			return id
		}
	}
	return 0
}

// path is a category and each one above it. A cycle, which nobody can save, ends it.
func (t tree) path(id CategoryID) (path []CategoryID) {
	for id != 0 && !slices.Contains(path, id) {
		path = append(path, id)
		id = t[id].parent
	}
	return path
}

// shelves is where a product of a category stands: shelf zero holds everything.
func (t tree) shelves(id CategoryID) []CategoryID { return append(t.path(id), 0) }

// below is a category and everything below it, by ascending id.
func (t tree) below(top CategoryID) (ids []CategoryID) {
	for id := range t {
		if slices.Contains(t.path(id), top) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// mayStand refuses a parent that is not there or is below the category itself.
func (t tree) mayStand(id, parent CategoryID) error {
	if parent == 0 {
		return nil
	}
	if _, ok := t[parent]; !ok {
		return fault.New(fault.Missing, "catalog.no_category").With("field", "parent")
	}
	if id != 0 && slices.Contains(t.path(parent), id) {
		return invalid("parent", "catalog.cycle")
	}
	return nil
}

// slugOf is a category's slug made of its name.
func slugOf(name string) string {
	var slug strings.Builder
	for _, letter := range strings.ToLower(name) {
		switch {
		case unicode.IsLetter(letter) || unicode.IsDigit(letter):
			slug.WriteRune(letter)
		case slug.Len() > 0 && !strings.HasSuffix(slug.String(), "-"):
			slug.WriteByte('-')
		}
	}
	return strings.Trim(firstLetters(slug.String(), 80), "-")
}

// tidyLine is a text without what ends lines or can't be kept.
func tidyLine(text string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")), " ")
}
