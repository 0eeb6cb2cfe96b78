package channels

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/migrations/db"
)

// Way is the direction of a message.
type Way string

// Ways of messages.
const (
	In  Way = "in"
	Out Way = "out"
)

// State is how far a message has come. An outgoing one only goes forward: Queued, Sent, Delivered,
// Read; or Failed, which ends it.
type State string

// States of messages.
const (
	Received  State = "received"
	Queued    State = "queued"
	Sent      State = "sent"
	Delivered State = "delivered"
	Read      State = "read"
	Failed    State = "failed"
)

// Entry is one message of a transcript. In or Out is set, as Way says.
type Entry struct {
	ID     int64
	Way    Way
	At     time.Time
	Author string // Out: empty for the bot, else the account of the person who wrote it
	Edits  string // Out: the network's id of the message it stands in place of
	Ref    string // the network's id for it
	In     *Inbound
	Out    *Message
	State  State
	Error  string
}

// Transcript reads what was said.
type Transcript struct{ db *db.DB }

// NewTranscript reads from d.
func NewTranscript(d *db.DB) *Transcript { return &Transcript{d} }

// messageRow is a row of messages.
type messageRow struct {
	ID        int64
	Merchant  *int64 `gorm:"column:merchant_id"`
	Channel   string
	Buyer     string
	Way       Way
	NetworkID string // in: the update's id
	Ref       string // out: the network's id of what was shown
	Author    string
	Edits     string
	Body      string
	State     State
	Error     string
	At        time.Time
	ChangedAt time.Time
}

const entryColumns = "select id, way, ref, author, edits, body, state, error, at from messages "

// After is the messages of a conversation behind the one with an id, oldest first, at most limit.
func (t *Transcript) After(ctx context.Context, of Address, after int64, limit int) ([]Entry, error) {
	return t.read(ctx, entryColumns+"where channel = ? and buyer = ? and id > ? order by id limit ?", of.Channel, of.Buyer, after, limit)
}

// Before is the last messages before the one with an id, oldest first, at most limit; 0 stands for the end.
func (t *Transcript) Before(ctx context.Context, of Address, before int64, limit int) ([]Entry, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	entries, err := t.read(ctx, entryColumns+"where channel = ? and buyer = ? and id < ? order by id desc limit ?", of.Channel, of.Buyer, before, limit)
	slices.Reverse(entries)
	return entries, err
}

// With is the last messages of a conversation that belong to one merchant, before the one with an id, oldest first; 0
// stands for the end.
func (t *Transcript) With(ctx context.Context, merchant int64, of Address, before int64, limit int) ([]Entry, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	entries, err := t.read(ctx, entryColumns+"where channel = ? and buyer = ? and merchant_id = ? and id < ? order by id desc limit ?",
		of.Channel, of.Buyer, merchant, before, limit)
	slices.Reverse(entries)
	return entries, err
}

func (t *Transcript) read(ctx context.Context, sql string, args ...any) ([]Entry, error) {
	var rows []messageRow
	if err := t.db.On(ctx).Raw(sql, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read transcript: %w", err)
	}
	entries := make([]Entry, len(rows))
	for i, row := range rows {
		entry, err := row.entry()
		if err != nil {
			return nil, err
		}
		entries[i] = entry
	}
	return entries, nil
}

func (r messageRow) entry() (Entry, error) {
	e := Entry{ID: r.ID, Way: r.Way, At: r.At.UTC(), Author: r.Author, Edits: r.Edits, Ref: r.Ref, State: r.State, Error: r.Error}
	var err error
	if r.Way == In {
		e.In = new(Inbound)
		err = json.Unmarshal([]byte(r.Body), e.In)
	} else {
		e.Out = new(Message)
		err = json.Unmarshal([]byte(r.Body), e.Out)
	}
	if err != nil {
		return e, fmt.Errorf("message %d: %w", r.ID, err)
	}
	return e, nil
}

// writing is the insert of rows, whose ids grow in their order.
func writing(rows []messageRow) (insert string, args []any) {
	var sql strings.Builder
	sql.WriteString("insert into messages (merchant_id, channel, buyer, way, network_id, author, edits, body, state, at, changed_at) values ")
	args = make([]any, 0, 11*len(rows))
	for i, r := range rows {
		if i > 0 {
			sql.WriteByte(',')
		}
		sql.WriteString("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
		args = append(args, r.Merchant, r.Channel, r.Buyer, r.Way, r.NetworkID, r.Author, r.Edits, r.Body, r.State, r.At, r.At)
	}
	return sql.String(), args
}

// KeepUnknown stores an update that no adapter understands, so that nothing acknowledged is lost.
func KeepUnknown(ctx context.Context, d *db.DB, channel string, body []byte, at time.Time) error {
	err := d.On(ctx).Exec("insert into unknown_updates (channel, body, at) values (?, ?, ?)", channel, strings.ToValidUTF8(string(body), "\uFFFD"), at).Error
	if err != nil {
		return fmt.Errorf("keep unknown update: %w", err)
	}
	return nil
}
