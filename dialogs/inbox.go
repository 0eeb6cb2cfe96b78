package dialogs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/channels"
	"parley/dialogs/flow"
)

// InboxBell is the topic that rings, with the merchant's slug, when something changed in a shop's inbox.
const InboxBell = "inbox"

// Conversation is one buyer's talk with one shop, as its staff see it.
type Conversation struct {
	ID       ConversationID
	Contact  ContactID
	Merchant catalog.MerchantID
	Address  channels.Address
	Name     string // of the buyer, as the shop knows it, else as the network or the buyer said
	Phone    string
	Language string
	Owner    Owner
	Assignee string    // the account that took it; empty: nobody has
	AskedAt  time.Time // since when a person is wanted; zero: none is
	Updated  time.Time
	Blocked  bool // nothing reaches the buyer any more
}

type conversationRow struct {
	ID        ConversationID
	ContactID ContactID
	Merchant  *int64 `gorm:"column:merchant_id"`
	Channel   string
	Buyer     string
	Name      string
	Phone     string
	Language  string
	Owner     Owner
	Assignee  string
	AskedAt   *time.Time
	UpdatedAt time.Time
	Blocked   bool
}

var conversationSQL = "select c.id, c.contact_id, c.merchant_id, k.channel, k.buyer, " + knownSQL("name") + " as name, " + knownSQL("phone") +
	" as phone, k.language, c.owner, c.assignee, c.asked_at, c.updated_at, k.blocked_at is not null as blocked" +
	" from conversations c join contacts k on k.id = c.contact_id "

func (r conversationRow) conversation() Conversation {
	c := Conversation{
		ID: r.ID, Contact: r.ContactID, Address: channels.Address{Channel: r.Channel, Buyer: r.Buyer}, Name: r.Name, Phone: r.Phone,
		Language: r.Language, Owner: r.Owner, Assignee: r.Assignee, Updated: r.UpdatedAt.UTC(), Blocked: r.Blocked,
	}
	if r.Merchant != nil {
		c.Merchant = catalog.MerchantID(*r.Merchant)
	}
	if r.AskedAt != nil {
		c.AskedAt = r.AskedAt.UTC()
	}
	return c
}

// Inbox is the shop's side of its conversations.
type Inbox struct {
	engine     *Engine
	transcript *channels.Transcript
}

// NewInbox is the other side of an engine's conversations.
func NewInbox(e *Engine) *Inbox { return &Inbox{e, channels.NewTranscript(e.db)} }

// List is the conversations of a shop that a person is wanted in, longest waiting first; with all, every
// one, most recent first. At most limit of them after the first offset.
func (i *Inbox) List(ctx context.Context, m catalog.MerchantID, all bool, offset, limit int) ([]Conversation, error) {
	where := "where c.merchant_id = ? and c.owner = 'human' order by c.asked_at, c.id limit ? offset ?"
	if all {
		where = "where c.merchant_id = ? order by c.updated_at desc, c.id desc limit ? offset ?"
	}
	var rows []conversationRow
	if err := i.engine.db.On(ctx).Raw(conversationSQL+where, int64(m), limit, offset).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list conversations: %w", err)
	}
	list := make([]Conversation, len(rows))
	for n, row := range rows {
		list[n] = row.conversation()
	}
	return list, nil
}

// Read is one conversation with its last messages, oldest first. It fails with fault.Missing.
func (i *Inbox) Read(ctx context.Context, m catalog.MerchantID, id ConversationID, limit int) (Conversation, []channels.Entry, error) {
	return i.ReadBefore(ctx, m, id, 0, limit)
}

// ReadBefore is Read for the messages before the one with an id; 0 stands for the end.
func (i *Inbox) ReadBefore(ctx context.Context, m catalog.MerchantID, id ConversationID, before int64, limit int) (Conversation, []channels.Entry, error) {
	var rows []conversationRow
	err := i.engine.db.On(ctx).Raw(conversationSQL+"where c.id = ? and c.merchant_id = ?", id, int64(m)).Scan(&rows).Error
	if err != nil {
		return Conversation{}, nil, fmt.Errorf("read conversation: %w", err)
	}
	if len(rows) == 0 {
		return Conversation{}, nil, missing()
	}
	conversation := rows[0].conversation()
	entries, err := i.transcript.With(ctx, int64(m), conversation.Address, before, limit)
	return conversation, entries, err
}

// Said is the last messages between a shop and a buyer, oldest first, at most limit; none when they never talked.
func (i *Inbox) Said(ctx context.Context, m catalog.MerchantID, buyer ContactID, limit int) ([]channels.Entry, error) {
	var rows []conversationRow
	err := i.engine.db.On(ctx).Raw(conversationSQL+"where c.contact_id = ? and c.merchant_id = ?", buyer, int64(m)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read conversation: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return i.transcript.With(ctx, int64(m), rows[0].conversation().Address, 0, limit)
}

func missing() error { return fault.New(fault.Missing, "conversation.missing") }

// mostReply is how many characters an operator may send at once.
const mostReply = 4000

// Reply writes to the buyer as a person. The bot is quiet from then on, until HandBack. who is the
// operator's account, shown to the buyer as author. It fails with fault.Invalid for an empty or too long
// text and with fault.Conflict when nothing reaches the buyer any more.
func (i *Inbox) Reply(ctx context.Context, m catalog.MerchantID, id ConversationID, who, text string) error {
	text = strings.TrimSpace(text)
	if text == "" || len([]rune(text)) > mostReply {
		return fault.New(fault.Invalid, "reply.length").With("most", fmt.Sprint(mostReply))
	}
	return i.with(ctx, m, id, func(ctx context.Context, t *turn, blocked bool) error {
		if blocked {
			return fault.New(fault.Conflict, "reply.blocked")
		}
		if err := i.take(ctx, t, who); err != nil {
			return err
		}
		t.letters = append(t.letters, channels.Letter{Message: channels.Message{Text: text}, Author: who})
		return nil
	})
}

// Take makes an operator the one who answers; the bot is quiet until HandBack.
func (i *Inbox) Take(ctx context.Context, m catalog.MerchantID, id ConversationID, who string) error {
	return i.with(ctx, m, id, func(ctx context.Context, t *turn, _ bool) error { return i.take(ctx, t, who) })
}

func (i *Inbox) take(ctx context.Context, t *turn, who string) error {
	if err := t.run(ctx, flow.HumanJoined{}); err != nil {
		return err
	}
	t.owner = Human
	if t.askedAt == nil {
		now := t.at()
		t.askedAt = &now
	}
	return i.engine.db.On(ctx).Exec("update conversations set assignee = ? where id = ?", who, t.conversation).Error
}

// HandBack gives the conversation back to the bot, which goes on where the buyer was.
func (i *Inbox) HandBack(ctx context.Context, m catalog.MerchantID, id ConversationID) error {
	return i.with(ctx, m, id, func(ctx context.Context, t *turn, _ bool) error {
		t.owner, t.askedAt = Bot, nil
		if err := i.engine.db.On(ctx).Exec("update conversations set assignee = '' where id = ?", t.conversation).Error; err != nil {
			return fmt.Errorf("hand back: %w", err)
		}
		return t.run(ctx, flow.HumanLeft{})
	})
}

// with does something to a locked conversation and posts what it says.
func (i *Inbox) with(ctx context.Context, m catalog.MerchantID, id ConversationID, do func(context.Context, *turn, bool) error) error {
	e := i.engine
	return e.db.InTx(ctx, func(ctx context.Context) error {
		who, address, err := e.lockOf(ctx, "c.id = ? and c.merchant_id = ?", id, int64(m))
		if errors.Is(err, errNoConversation) {
			return missing()
		}
		if err != nil {
			return err
		}
		t, err := e.begin(ctx, who, address)
		if err != nil {
			return err
		}
		if err := do(ctx, t, who.Blocked); err != nil {
			return err
		}
		if err := e.db.Ring(ctx, InboxBell, t.shop.Slug); err != nil {
			return err
		}
		return t.end(ctx, nil)
	})
}
