package dialogs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parley/channels"
	"parley/migrations/db"
)

// When many people write at once, most of what a turn costs is to ask the database and to be told. So then several
// turns are read together and written together. None holds a lock meanwhile: what was read carries its version, and
// a turn is only written when its conversation still has that. Whatever does not go this way, because the conversation
// is new, moved on, or the turn writes more than its answer, is worked in the ordinary way, as if nothing had
// been tried.
const (
	manyAtOnce   = 6  // turns in hand, this one too, from which on they are worked together
	lookedAtOnce = 64 // conversations that are read, or written, together at most

	lookLinger = 2 * time.Millisecond // a small part of what a turn takes when so many are in hand
)

// together are the turns that are read and written together.
type together struct {
	looks *db.Gather[channels.Inbound, looked]
	ends  *db.Gather[ended, bool]
}

func (e *Engine) gatherTurns() together {
	all := together{db.NewGather(1, lookedAtOnce, e.lookAt), db.NewGather(1, lookedAtOnce, e.endAll)}
	all.looks.Linger = lookLinger
	return all
}

// looked is a conversation as it is at a version; none: Conversation is 0.
type looked struct {
	Who     admitted `gorm:"embedded"`
	Version string
	N       int // which of those that were asked for, from 1
}

// ended is a turn that has its answer.
type ended struct {
	*turn
	in      *channels.Inbound
	version string
}

var errOrdinary = errors.New("this turn has to be worked in the ordinary way")

// receiveTogether works an update together with others. It says whether it did.
func (e *Engine) receiveTogether(ctx context.Context, in channels.Inbound) bool {
	found, err := e.together.looks.Do(ctx, in)
	who := found.Who
	switch {
	case err != nil || who.Conversation == 0 || who.Owner == Human:
		return false
	case who.Repeated:
		return true
	}
	t, err := e.begin(ctx, who, in.From)
	if err != nil {
		return false
	}
	t.lockless = true
	if err := errors.Join(t.introduce(ctx, in), t.answer(ctx, in)); err != nil {
		return false
	}
	kept, err := e.together.ends.Do(ctx, ended{t, &in, found.Version})
	return kept && err == nil
}

// lookSQL finds each conversation by the keys, however few rows there are. Lists come from selects of their own so
// that their lengths are unknown to the planner, which otherwise plans anew for each.
const lookSQL = `select found.*, asked.n from unnest((select cast(? as text[])), (select cast(? as text[])), (select cast(? as text[]))) with ordinality as asked (channel, buyer, update_id, n)
	cross join lateral (select k.id as contact_id, k.name, k.phone, k.language, k.blocked_at is not null as blocked,
		c.id as conversation_id, c.merchant_id, c.owner, c.session, c.asked_at, cast(c.xmin as text) as version,
		exists (select 1 from messages m where m.channel = asked.channel and m.network_id = asked.update_id and m.way = 'in') as repeated
		from contacts k join conversations c on c.id = k.conversation_id
		where k.channel = asked.channel and k.buyer = asked.buyer limit 1) found`

func (e *Engine) lookAt(ctx context.Context, all []channels.Inbound) ([]looked, error) {
	nets, buyers, ids := make([]string, len(all)), make([]string, len(all)), make([]string, len(all))
	for i, in := range all {
		nets[i], buyers[i], ids[i] = in.From.Channel, in.From.Buyer, in.ID
	}
	var rows []looked
	if err := e.db.On(ctx).Raw(lookSQL, &nets, &buyers, &ids).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read conversations: %w", err)
	}
	found := make([]looked, len(all))
	for _, row := range rows {
		found[row.N-1] = row
	}
	return found, nil
}

// keepSQL saves the sessions of conversations that are still as they were read.
const keepSQL = `update conversations c set session = p.session, updated_at = ?
	from unnest((select cast(? as bigint[])), (select cast(? as text[])), (select cast(? as text[]))) as p (id, version, session)
	where c.id = any(coalesce((select cast(? as bigint[])), '{}')) and c.id = p.id and cast(c.xmin as text) = p.version returning c.id`

// endAll saves turns and posts their letters, and says of each whether it did.
func (e *Engine) endAll(ctx context.Context, all []ended) (kept []bool, err error) {
	ids, versions, sessions := make([]int64, len(all)), make([]string, len(all)), make([]string, len(all))
	for i, one := range all {
		session, err := json.Marshal(one.session)
		if err != nil {
			return nil, fmt.Errorf("encode session: %w", err)
		}
		ids[i], versions[i], sessions[i] = int64(one.conversation), one.version, string(session)
	}
	err = e.db.InTx(ctx, func(ctx context.Context) error {
		kept = make([]bool, len(all))
		var saved []int64
		if err := e.db.On(ctx).Raw(keepSQL, e.at(), &ids, &versions, &sessions, &ids).Scan(&saved).Error; err != nil {
			return fmt.Errorf("save conversations: %w", err)
		}
		at := map[int64]int{}
		for i, id := range ids {
			at[id] = i
		}
		posts := make([]channels.Posting, 0, len(saved))
		for _, id := range saved {
			one := all[at[id]]
			kept[at[id]] = true
			posts = append(posts, channels.Posting{Talk: one.talk(), In: one.in, Letters: one.letters})
		}
		return e.Outbox.PostEach(ctx, posts)
	})
	return kept, err
}
