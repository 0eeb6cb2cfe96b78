package db

import (
	"context"
	"time"
)

// Depth is how many jobs of a kind wait or run, and how long the oldest due one has waited.
type Depth struct {
	Kind   string
	Jobs   int64
	Oldest time.Duration
	Dead   int64
}

// Depths counts the queue by kind, for metrics and verify.
func (d *DB) Depths(ctx context.Context) ([]Depth, error) {
	var rows []struct {
		Kind       string
		Jobs, Dead int64
		Oldest     *int64
	}
	now := time.Now().UnixMicro()
	err := d.On(ctx).Raw(`select kind, count(*) filter (where state <> 'dead') as jobs, count(*) filter (where state = 'dead') as dead,
		min(run_at) filter (where state <> 'dead') as oldest from jobs group by kind order by kind`).Scan(&rows).Error
	depths := make([]Depth, len(rows))
	for i, row := range rows {
		depths[i] = Depth{Kind: row.Kind, Jobs: row.Jobs, Dead: row.Dead}
		if row.Oldest != nil && *row.Oldest < now {
			depths[i].Oldest = time.Duration(now-*row.Oldest) * time.Microsecond
		}
	}
	return depths, err
}
