package catalog

import (
	"context"
	"fmt"

	"parley/migrations/db"
)

// RebuildJob makes the index of a shop whose products were saved before there was one, or by a version of the
// program with other rules. It is a job and not a migration: the program can serve meanwhile, a large shop
// takes minutes, and only this package knows how words become terms. What is saved meanwhile is found at once.
const RebuildJob = "catalog.rebuild_search"

type rebuild struct {
	Merchant MerchantID `json:"merchant"`
}

// PromiseRebuilds promises to make the index of each shop that has none by the present rules. It is done at
// start; promising twice is promising once.
func (s *Service) PromiseRebuilds(ctx context.Context) error {
	stale, err := s.Stale(ctx)
	if err != nil || len(stale) == 0 {
		return err
	}
	jobs := make([]db.Job, len(stale))
	for i, merchant := range stale {
		key := fmt.Sprintf("%s:%d:%d", RebuildJob, merchant, searchFormat)
		jobs[i] = db.Job{Kind: RebuildJob, Group: key, Key: key}.With(rebuild{merchant})
	}
	if err := s.db.InTx(ctx, func(ctx context.Context) error { return s.db.Promise(ctx, jobs...) }); err != nil {
		return fmt.Errorf("promise the indexes of shops: %w", err)
	}
	return nil
}

// Stale lists the shops whose index is not made by the present rules: searches there find a part.
func (s *Service) Stale(ctx context.Context) (stale []MerchantID, err error) {
	err = s.db.On(ctx).Raw("select merchant_id from search_shops where format <> ? order by merchant_id", searchFormat).Scan(&stale).Error
	if err != nil {
		return nil, fmt.Errorf("ask for shops without an index: %w", err)
	}
	return stale, nil
}

// RebuildAll makes the index of each shop that is Stale, at once: for commands that run while no server does.
func (s *Service) RebuildAll(ctx context.Context) error {
	stale, err := s.Stale(ctx)
	for _, merchant := range stale {
		if err == nil {
			err = s.Rebuild(ctx, merchant)
		}
	}
	return err
}

// stretch is how many times flushAt products a job makes the index of before it lets others have their turn.
const stretch = 10

func (s *Service) keepRebuild(ctx context.Context, job db.Job) error {
	var r rebuild
	if err := job.Decode(&r); err != nil {
		return db.Hopeless{Why: err}
	}
	done, err := s.rebuild(ctx, r.Merchant, stretch)
	if err == nil && !done {
		return db.Later{At: s.now()}
	}
	return err
}

// Rebuild makes the index of a shop, some products at a time, each in its own transaction: it goes on where it was
// when it was broken off, and holds up nobody for long. Where the index is as it should be it does nothing.
func (s *Service) Rebuild(ctx context.Context, merchant MerchantID) error {
	for {
		if done, err := s.rebuild(ctx, merchant, stretch); done || err != nil {
			return err
		}
	}
}

func (s *Service) rebuild(ctx context.Context, merchant MerchantID, times int) (done bool, err error) {
	for range times {
		err := s.db.InTx(ctx, func(ctx context.Context) (err error) {
			done, err = s.rebuildSome(ctx, merchant)
			return err
		})
		if err != nil {
			return false, fmt.Errorf("make the index of shop %d: %w", merchant, err)
		}
		if done {
			return true, nil
		}
	}
	return false, nil
}

func (s *Service) rebuildSome(ctx context.Context, merchant MerchantID) (done bool, err error) {
	w, err := s.writer(ctx, merchant, opened)
	if err != nil {
		return false, err
	}
	index, err := s.indexOf(ctx, merchant)
	if err != nil || index.Format == searchFormat {
		return true, err
	}
	some, err := s.readForIndex(ctx, w.shop, ProductID(index.RebuiltTo), flushAt)
	if err != nil {
		return false, err
	}
	last := ProductID(index.RebuiltTo)
	for _, p := range some {
		if err := w.index(ctx, p); err != nil {
			return false, err
		}
		last = p.ID
	}
	if err := w.indexer().flush(ctx); err != nil {
		return false, err
	}
	if len(some) == flushAt {
		return false, s.db.On(ctx).Exec("update search_shops set rebuilt_to = ? where merchant_id = ?", int64(last), int64(merchant)).Error
	}
	return true, s.db.On(ctx).Exec("update search_shops set format = ?, rebuilt_to = 0 where merchant_id = ?", searchFormat, int64(merchant)).Error
}

type valueRow struct {
	ProductID int64
	OptionID  int64
	ValueID   int64
	Name      encoded[Text]
	Value     encoded[Text]
}

// readForIndex is the parts of some products that they are found by, those with higher ids than last, by ascending id.
func (s *Service) readForIndex(ctx context.Context, shop Merchant, last ProductID, most int) ([]Product, error) {
	var rows []productRow
	err := s.db.On(ctx).Raw("select id, category_id, state, title, description, vendor, attributes, tags from products where merchant_id = ? and id > ?"+
		" order by id limit ?", int64(shop.ID), int64(last), most).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	products, ids, at := make([]Product, len(rows)), make([]int64, len(rows)), map[int64]*Product{}
	for i, row := range rows {
		products[i] = Product{ID: ProductID(row.ID), State: State(row.State), Title: row.Title.is, Description: row.Description.is,
			Vendor: row.Vendor, Attributes: row.Attributes.is, Tags: row.Tags.is}
		if row.CategoryID != nil {
			products[i].Category = CategoryID(*row.CategoryID)
		}
		ids[i], at[row.ID] = row.ID, &products[i]
	}
	var values []valueRow
	err = s.db.On(ctx).Raw("select o.product_id, o.id as option_id, v.id as value_id, o.name, v.name as value from options o join option_values v on v.option_id = o.id"+
		" where o.product_id in ? order by o.product_id, o.position, o.id, v.position, v.id", ids).Scan(&values).Error
	if err != nil {
		return nil, err
	}
	for _, row := range values {
		p := at[row.ProductID]
		if n := len(p.Options); n == 0 || p.Options[n-1].ID != OptionID(row.OptionID) {
			p.Options = append(p.Options, Option{ID: OptionID(row.OptionID), Name: row.Name.is})
		}
		option := &p.Options[len(p.Options)-1]
		option.Values = append(option.Values, Value{ID: ValueID(row.ValueID), Name: row.Value.is})
	}
	var variants []variantRow
	err = s.db.On(ctx).Raw("select "+variantColumns+" from variants v where v.product_id in ? order by v.product_id, v.position, v.id", ids).Scan(&variants).Error
	for _, row := range variants {
		at[row.ProductID].Variants = append(at[row.ProductID].Variants, row.variant(shop.Currency))
	}
	return products, err
}
