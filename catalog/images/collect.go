package images

import (
	"context"
	"fmt"
	"time"

	"parley/migrations/db"
)

// Lingering is how long a picture that no product shows any more is kept: chats still show it.
const Lingering = 30 * 24 * time.Hour

const (
	jobCollect   = "images.collect"
	collectEvery = 6 * time.Hour
	collectMost  = 200 // deleted in one transaction
)

// Begin promises that pictures which nobody shows are collected, now and then. Called again it does nothing.
func (s *Service) Begin(ctx context.Context) error {
	return s.db.Promise(ctx, db.Job{Kind: jobCollect, Key: jobCollect})
}

// collect keeps the job that Begin promised; it never ends, so that there is always one.
func (s *Service) collect(ctx context.Context, _ db.Job) error {
	if _, err := s.Collect(ctx); err != nil {
		return err
	}
	return db.Later{At: time.Now().Add(collectEvery)}
}

// Collect marks pictures that no image shows, and deletes those that have been so for Lingering. It says how many.
func (s *Service) Collect(ctx context.Context) (deleted int, err error) {
	const shown = "exists (select 1 from images i where i.file = 'm' || p.merchant_id || '/' || p.name || '.jpg')"
	d, now := s.db.On(ctx), s.at()
	for _, mark := range []struct {
		sql  string
		args []any
	}{
		{"update pictures as p set unused_since = null where p.unused_since is not null and " + shown, nil},
		{"update pictures as p set unused_since = ? where p.unused_since is null and not " + shown, []any{now}},
	} {
		if err := d.Exec(mark.sql, mark.args...).Error; err != nil {
			return 0, fmt.Errorf("mark unused pictures: %w", err)
		}
	}
	before := now.Add(-Lingering)
	for {
		// Said again outside: a picture that is put on a product meanwhile is not unused any more.
		gone := d.Exec("delete from pictures where (merchant_id, name) in (select p.merchant_id, p.name from pictures p"+
			" where p.unused_since <= ? and not "+shown+" order by p.unused_since limit ?) and unused_since <= ?", before, collectMost, before)
		if gone.Error != nil {
			return deleted, fmt.Errorf("delete unused pictures: %w", gone.Error)
		}
		if deleted += int(gone.RowsAffected); gone.RowsAffected < collectMost {
			return deleted, nil
		}
	}
}
