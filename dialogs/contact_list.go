package dialogs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/migrations/db"
)

// Contact is a buyer as one shop knows them: who has a conversation with it.
type Contact struct {
	ID           ContactID
	Channel      string // "web:meadow", "telegram"
	Name         string
	Phone        string
	Note         string // for staff
	Language     string
	Blocked      time.Time // since when nothing reaches them; zero: it does
	Met          time.Time
	Conversation ConversationID // with the shop
	Heard        time.Time      // when something was last said in it
}

// Contacts is the buyers of every shop.
type Contacts struct{ db *db.DB }

// NewContacts reads them from d.
func NewContacts(d *db.DB) *Contacts { return &Contacts{d} }

// ContactFilter is which contacts are looked for. Its zero value is all of them.
type ContactFilter struct {
	Channel string // "telegram", or the kind before the colon: "web"; empty: any
	Query   string // part of the name or the phone number, as it is written; empty: any
}

type contactRow struct {
	ID           int64
	Channel      string
	Name         string
	Phone        string
	Note         string
	Language     string
	BlockedAt    *time.Time
	CreatedAt    time.Time
	Conversation int64
	UpdatedAt    time.Time
}

var contactColumns = "select k.id, k.channel, " + knownSQL("name") + " as name, " + knownSQL("phone") + " as phone, c.note, k.language, k.blocked_at," +
	" k.created_at, c.id as conversation, c.updated_at from conversations c join contacts k on k.id = c.contact_id where "

func (f ContactFilter) where(m catalog.MerchantID) (string, []any) {
	where, args := "c.merchant_id = ?", []any{int64(m)}
	literally := strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace
	if f.Channel != "" {
		where, args = where+" and (k.channel = ? or k.channel like ? escape '!')", append(args, f.Channel, literally(f.Channel)+":%")
	}
	if f.Query != "" {
		like := "%" + literally(f.Query) + "%"
		where, args = where+" and ("+knownSQL("name")+" like ? escape '!' or "+knownSQL("phone")+" like ? escape '!')", append(args, like, like)
	}
	return where, args
}

// List is the contacts of a shop, oldest first, at most so many after one (zero: from the first).
func (c *Contacts) List(ctx context.Context, m catalog.MerchantID, f ContactFilter, after ContactID, limit int) ([]Contact, error) {
	where, args := f.where(m)
	return c.where(ctx, where+" and c.contact_id > ? order by c.contact_id limit ?", append(args, int64(after), limit)...)
}

// Count is how many List lists, counting to most.
func (c *Contacts) Count(ctx context.Context, m catalog.MerchantID, f ContactFilter, most int) (count int, err error) {
	where, args := f.where(m)
	err = c.db.On(ctx).Raw("select count(*) from (select 1 from conversations c join contacts k on k.id = c.contact_id where "+where+
		" limit ?) counted", append(args, most)...).Scan(&count).Error
	if err != nil {
		return 0, fmt.Errorf("count contacts: %w", err)
	}
	return count, nil
}

// Find is one contact of a shop. It fails with fault.Missing for who has never spoken with it.
func (c *Contacts) Find(ctx context.Context, m catalog.MerchantID, id ContactID) (Contact, error) {
	found, err := c.where(ctx, "c.merchant_id = ? and c.contact_id = ?", int64(m), int64(id))
	if err == nil && len(found) == 0 {
		err = fault.New(fault.Missing, "contact.missing")
	}
	if err != nil {
		return Contact{}, err
	}
	return found[0], nil
}

func (c *Contacts) where(ctx context.Context, where string, args ...any) ([]Contact, error) {
	var rows []contactRow
	if err := c.db.On(ctx).Raw(contactColumns+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	found := make([]Contact, len(rows))
	for i, row := range rows {
		found[i] = Contact{
			ID: ContactID(row.ID), Channel: row.Channel, Name: row.Name, Phone: row.Phone, Note: row.Note, Language: row.Language, Met: row.CreatedAt.UTC(),
			Conversation: ConversationID(row.Conversation), Heard: row.UpdatedAt.UTC(),
		}
		if row.BlockedAt != nil {
			found[i].Blocked = row.BlockedAt.UTC()
		}
	}
	return found, nil
}

// ChannelsOf is the channel of each contact that there is.
func (c *Contacts) ChannelsOf(ctx context.Context, ids []ContactID) (map[ContactID]string, error) {
	channels := map[ContactID]string{}
	if len(ids) == 0 {
		return channels, nil
	}
	var rows []struct {
		ID      ContactID
		Channel string
	}
	if err := c.db.On(ctx).Raw("select id, channel from contacts where id in ?", ids).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read channels of contacts: %w", err)
	}
	for _, row := range rows {
		channels[row.ID] = row.Channel
	}
	return channels, nil
}
