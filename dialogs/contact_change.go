package dialogs

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/dialogs/flow"
)

// ContactChange is what a shop wants to know of a buyer otherwise than they or the network said. What is nil stays; an
// empty name or phone is again what the buyer said.
type ContactChange struct {
	Name, Phone, Note *string
}

// The most characters of what a shop knows of a buyer.
const (
	mostName  = 200
	mostPhone = 40
	mostNote  = 4000
)

// Change writes down what a shop knows of a buyer. No other shop sees it, and what the buyer said is not lost. It fails
// with fault.Missing for who has never spoken with the shop, and with fault.Invalid {field}.
func (c *Contacts) Change(ctx context.Context, m catalog.MerchantID, id ContactID, change ContactChange) (Contact, error) {
	err := c.db.InTx(ctx, func(ctx context.Context) error {
		for _, one := range []struct {
			field, column string
			value         *string
			most          int
		}{{"name", "known_name", change.Name, mostName}, {"phone", "known_phone", change.Phone, mostPhone}, {"note", "note", change.Note, mostNote}} {
			if one.value == nil {
				continue
			}
			value := strings.TrimSpace(*one.value)
			if len([]rune(value)) > one.most {
				return fault.New(fault.Invalid, "contact.too_long").With("field", one.field).With("most", strconv.Itoa(one.most))
			}
			err := c.db.On(ctx).Exec("update conversations set "+one.column+" = ? where merchant_id = ? and contact_id = ?", value, int64(m), int64(id)).Error
			if err != nil {
				return fmt.Errorf("change contact: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return Contact{}, err
	}
	return c.Find(ctx, m, id)
}

// Erase forgets what a shop knows of a buyer: what was said between them, their name and phone, the note, and how far
// they came in a checkout. What they ordered stays with its address, since the books have to be explained; so does the
// network's id, by which the same buyer is known when they write again. It fails with fault.Missing for who has never
// spoken with the shop, and with fault.Conflict "contact.talking" while something is still on its way to them.
func (c *Contacts) Erase(ctx context.Context, m catalog.MerchantID, id ContactID) error {
	return c.db.InTx(ctx, func(ctx context.Context) error {
		var rows []struct{ Channel, Buyer string }
		err := c.db.On(ctx).Raw("select k.channel, k.buyer from contacts k join conversations c on c.contact_id = k.id"+
			" where c.merchant_id = ? and k.id = ?"+c.db.ForUpdate(), int64(m), int64(id)).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("lock contact: %w", err)
		}
		if len(rows) == 0 {
			return fault.New(fault.Missing, "contact.missing")
		}
		return c.erase(ctx, m, id, rows[0].Channel, rows[0].Buyer)
	})
}

func (c *Contacts) erase(ctx context.Context, m catalog.MerchantID, id ContactID, channel, buyer string) error {
	var queued int
	err := c.db.On(ctx).Raw("select count(*) from messages where channel = ? and buyer = ? and merchant_id = ? and state = 'queued'",
		channel, buyer, int64(m)).Scan(&queued).Error
	if err != nil {
		return fmt.Errorf("look for messages on their way: %w", err)
	}
	if queued > 0 {
		return fault.New(fault.Conflict, "contact.talking")
	}
	session, err := json.Marshal(flow.Begin())
	if err != nil {
		return fmt.Errorf("encode session: %w", err)
	}
	for _, statement := range []struct {
		sql  string
		args []any
	}{
		// The rows stay, by which a network's repetition of an update is known.
		{"update messages set body = '{}', error = '' where channel = ? and buyer = ? and merchant_id = ?", []any{channel, buyer, int64(m)}},
		{"update conversations set known_name = '', known_phone = '', note = '', session = ?, owner = 'bot', assignee = '', asked_at = null, erased_at = updated_at" +
			" where merchant_id = ? and contact_id = ?", []any{string(session), int64(m), int64(id)}},
		{"update contacts set name = '', phone = '' where id = ? and not exists (select 1 from conversations o where o.contact_id = contacts.id" +
			" and o.merchant_id <> ? and (o.erased_at is null or o.updated_at > o.erased_at))", []any{int64(id), int64(m)}}, // another shop may know them
	} {
		if err := c.db.On(ctx).Exec(statement.sql, statement.args...).Error; err != nil {
			return fmt.Errorf("erase contact: %w", err)
		}
	}
	return nil
}

// knownSQL is a column of who a conversation is with: as the shop knows it, else as the buyer or the network said.
func knownSQL(column string) string {
	return "coalesce(nullif(c.known_" + column + ", ''), k." + column + ")"
}
