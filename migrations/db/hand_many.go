package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Versions says whether each row tells its version in the column xmin, which every update changes, and whether lists
// can be parameters of statements, as pointers to slices: on PostgreSQL.
func (d *DB) Versions() bool { return d.engine == Postgres }

// PromiseEach is PromiseWith for several jobs of one kind, each of a group of its own: insert ends in "returning id,
// … as grp", and each job is About the rows of its group. It is only for an engine that has Versions.
func (d *DB) PromiseEach(ctx context.Context, jobs []Job, insert string, args ...any) error {
	tx, inside := d.current(ctx)
	if !inside {
		return d.InTx(ctx, func(ctx context.Context) error { return d.PromiseEach(ctx, jobs, insert, args...) })
	}
	keeps, got := make([]*keep, len(jobs)), map[string]handed{}
	for i, job := range jobs {
		keeps[i] = d.hands.slot(job.Kind)
	}
	*tx.ends = append(*tx.ends, end{
		kept: func() {
			for i, job := range jobs {
				d.handOver(keeps[i], job, got[job.Group])
			}
		},
		undone: func() {
			for _, k := range keeps {
				if k != nil {
					k.giveBack()
				}
			}
		},
	})
	*tx.soon++
	ctx = context.WithValue(ctx, unhurried{}, soonest{func(rows pgx.Rows) error {
		for rows.Next() {
			var one handed
			var group string
			if err := rows.Scan(&one.ID, &one.State, &one.About, &group); err != nil {
				return err
			}
			got[group] = one
		}
		return nil
	}})
	err := d.On(ctx).Exec("with written as ("+insert+") "+promiseEachSQL, append(args, promises(jobs, keeps)...)...).Error
	if err != nil {
		return fmt.Errorf("promise several: %w", err)
	}
	return nil
}

// promises are the jobs as columns.
func promises(jobs []Job, keeps []*keep) []any {
	kinds, groups, texts := make([]string, len(jobs)), make([]string, len(jobs)), make([]string, len(jobs))
	owners, tills := make([]string, len(jobs)), make([]int64, len(jobs))
	now := time.Now()
	for i, job := range jobs {
		kinds[i], groups[i], texts[i] = job.Kind, job.Group, string(job.Args)
		if k := keeps[i]; k != nil {
			owners[i], tills[i] = k.Owner, now.Add(k.Lease).UnixMicro()
		}
	}
	return []any{now.UnixMicro(), now.UnixMicro(), &kinds, &groups, &texts, &owners, &tills}
}

// promiseEachSQL is promiseWithSQL for several.
const promiseEachSQL = `insert into jobs (kind, grp, args, run_at, created_at, about, state, attempt, owner, lease_till)
	select kind, grp, args, cast(? as bigint), cast(? as bigint),
		coalesce((select string_agg(cast(w.id as text), ',') from written w where w.grp = promised.grp), ''),
		case when mine then 'running' else 'ready' end, case when mine then 1 else 0 end,
		case when mine then owner else '' end, case when mine then lease_till else 0 end
	from (select p.*, p.owner <> '' and not exists (select 1 from jobs before where before.grp = p.grp and before.state in ('ready', 'running')) as mine
		from unnest((select cast(? as text[])), (select cast(? as text[])), (select cast(? as text[])), (select cast(? as text[])), (select cast(? as bigint[])))
			as p (kind, grp, args, owner, lease_till)) promised
	where true returning id, state, about, grp`
