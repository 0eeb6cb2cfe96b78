package catalog

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/event"
	"parley/migrations/db"
)

// TellJob tells of products that stand elsewhere since a category was moved or deleted. It is a job, since a category may
// hold the whole shop: some products at a time, each lot with the promise of the next in one transaction.
const TellJob = "catalog.tell_products"

// tellSome is how many products one transaction tells of.
const tellSome = 100

// restood is which products stand elsewhere: those of some categories, or those that came to one (to none, for zero) at a
// time because theirs was deleted; those saved since have been told of.
type restood struct {
	Merchant MerchantID   `json:"merchant"`
	Below    []CategoryID `json:"below,omitempty"`
	Into     CategoryID   `json:"into,omitempty"`
	At       time.Time    `json:"at"`
	After    ProductID    `json:"after"`
}

func (r restood) where() (string, []any) {
	switch {
	case len(r.Below) > 0:
		return "category_id in ?", []any{r.Below}
	case r.Into == 0:
		return "category_id is null and updated_at = ?", []any{r.At}
	}
	return "category_id = ? and updated_at = ?", []any{int64(r.Into), r.At}
}

// productsRestood promises to tell. It costs nothing when nobody wants to hear.
func (s *Service) productsRestood(ctx context.Context, r restood) error {
	if !s.Listener.Wants(ctx, int64(r.Merchant), event.ProductUpdated) {
		return nil
	}
	job := db.Job{
		Kind: TellJob, Group: fmt.Sprintf("%s:%d", TellJob, r.Merchant),
		Key: fmt.Sprintf("%s:%d:%v:%d:%d:%d", TellJob, r.Merchant, r.Below, r.Into, r.At.UnixMicro(), r.After),
	}
	return s.db.Promise(ctx, job.With(r))
}

func (s *Service) keepTell(ctx context.Context, job db.Job) error {
	var r restood
	if err := job.Decode(&r); err != nil {
		return db.Hopeless{Why: err}
	}
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		shop, err := s.Merchant(ctx, r.Merchant)
		if err != nil {
			return err
		}
		where, args := r.where()
		args = append([]any{int64(r.Merchant), int64(r.After)}, args...)
		found, err := s.readMany(ctx, shop, "merchant_id = ? and id > ? and "+where+" order by id limit ?", append(args, tellSome)...)
		if err != nil || len(found) == 0 {
			return err
		}
		news := make([]event.Happened, len(found))
		for i, p := range found {
			news[i], r.After = event.Of(int64(r.Merchant), event.ProductUpdated, s.at(), p.told()), p.ID
		}
		if err := event.Promise(ctx, s.db, news...); err != nil || len(found) < tellSome {
			return err
		}
		return s.productsRestood(ctx, r)
	})
	if err != nil {
		return fmt.Errorf("tell of products that stand elsewhere: %w", err)
	}
	return nil
}
