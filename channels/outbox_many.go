package channels

import (
	"context"
	"fmt"
	"time"

	"parley/migrations/db"
)

// Posting is what one Post posts. No two that are posted together are with the same buyer.
type Posting struct {
	Talk    Talk
	In      *Inbound
	Letters []Letter
}

// PostEach is Post for several conversations, in one statement. It is only for an engine that has Versions.
func (o *Outbox) PostEach(ctx context.Context, all []Posting) error {
	var rows []messageRow
	var jobs []db.Job
	for _, one := range all {
		more, err := o.rows(one.Talk, one.In, one.Letters)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
		if job, any := promiseOf(one.Talk, one.In, one.Letters); any {
			jobs = append(jobs, job)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := o.db.PromiseEach(ctx, jobs, writeEachSQL, columnsOf(rows)...); err != nil {
		return fmt.Errorf("post several: %w", err)
	}
	return nil
}

const writeEachSQL = `insert into messages (merchant_id, channel, buyer, way, network_id, author, edits, body, state, at, changed_at)
	select m.merchant_id, m.channel, m.buyer, m.way, m.network_id, m.author, m.edits, m.body, m.state, m.at, m.at
	from unnest((select cast(? as bigint[])), (select cast(? as text[])), (select cast(? as text[])), (select cast(? as text[])), (select cast(? as text[])), (select cast(? as text[])),
		(select cast(? as text[])), (select cast(? as text[])), (select cast(? as text[])), (select cast(? as timestamptz[])))
		as m (merchant_id, channel, buyer, way, network_id, author, edits, body, state, at)
	returning id, channel || '/' || buyer as grp`

// columnsOf are the rows as the columns that writeEachSQL takes.
func columnsOf(rows []messageRow) []any {
	merchants, ats := make([]*int64, len(rows)), make([]time.Time, len(rows))
	texts := make([][]string, 8)
	for i := range texts {
		texts[i] = make([]string, len(rows))
	}
	for i, r := range rows {
		merchants[i], ats[i] = r.Merchant, r.At
		for n, text := range []string{r.Channel, r.Buyer, string(r.Way), r.NetworkID, r.Author, r.Edits, r.Body, string(r.State)} {
			texts[n][i] = text
		}
	}
	columns := []any{&merchants}
	for i := range texts {
		columns = append(columns, &texts[i])
	}
	return append(columns, &ats)
}
