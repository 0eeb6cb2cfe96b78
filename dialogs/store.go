package dialogs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"parley/catalog"
	"parley/channels"
	"parley/dialogs/flow"
	"parley/orders"
)

// admitted is a buyer and the conversation they are in, both locked until the transaction ends.
type admitted struct {
	Contact      ContactID `gorm:"column:contact_id"`
	Name         string
	Phone        string
	Language     string
	Blocked      bool
	Conversation ConversationID `gorm:"column:conversation_id"`
	Merchant     *int64         `gorm:"column:merchant_id"`
	Owner        Owner
	Session      string
	AskedAt      *time.Time
	Repeated     bool
	Channel      string
	Buyer        string
}

const admitSQL = `select k.id as contact_id, k.name, k.phone, k.language, k.blocked_at is not null as blocked,
	c.id as conversation_id, c.merchant_id, c.owner, c.session, c.asked_at,
	exists (select 1 from messages m where m.channel = ? and m.network_id = ? and m.way = 'in') as repeated
	from contacts k join conversations c on c.id = k.conversation_id `

// admit locks the buyer and the conversation they are in; a buyer who is new gets both. Repeated is seen
// here nearly always, and by the unique key of messages in the rest of cases.
func (e *Engine) admit(ctx context.Context, in channels.Inbound) (admitted, error) {
	for range 3 {
		var rows []admitted
		err := e.db.On(ctx).Raw(admitSQL+"where k.channel = ? and k.buyer = ?"+e.db.ForUpdate(),
			in.From.Channel, in.ID, in.From.Channel, in.From.Buyer).Scan(&rows).Error
		if err != nil {
			return admitted{}, fmt.Errorf("lock conversation: %w", err)
		}
		if len(rows) == 1 {
			return rows[0], nil
		}
		if err := e.meet(ctx, in); err != nil {
			return admitted{}, err
		}
	}
	return admitted{}, fmt.Errorf("conversation of %s does not stand still", in.From.Channel)
}

// meet makes the rows of a buyer seen for the first time. Two updates at once make them once.
func (e *Engine) meet(ctx context.Context, in channels.Inbound) error {
	merchant, err := e.doorOf(ctx, in)
	if err != nil {
		return err
	}
	now := e.at()
	tx := e.db.On(ctx)
	err = tx.Exec("insert into contacts (channel, buyer, name, created_at) values (?, ?, ?, ?) on conflict (channel, buyer) do nothing",
		in.From.Channel, in.From.Buyer, in.Name, now).Error
	if err != nil {
		return fmt.Errorf("meet buyer: %w", err)
	}
	var contact ContactID
	err = tx.Raw("select id from contacts where channel = ? and buyer = ?"+e.db.ForUpdate(), in.From.Channel, in.From.Buyer).Scan(&contact).Error
	if err != nil {
		return fmt.Errorf("meet buyer: %w", err)
	}
	conversation, err := e.converse(ctx, contact, merchant)
	if err != nil {
		return err
	}
	return tx.Exec("update contacts set conversation_id = ? where id = ? and conversation_id is null", conversation, contact).Error
}

// converse finds a buyer's conversation with a merchant, or the lobby for none, and begins it if need be.
// The buyer's row is locked by the caller.
func (e *Engine) converse(ctx context.Context, contact ContactID, merchant *int64) (ConversationID, error) {
	tx, now := e.db.On(ctx), e.at()
	var ids []ConversationID
	find := func() error {
		return tx.Raw("select id from conversations where contact_id = ? and coalesce(merchant_id, 0) = coalesce(?, 0)", contact, merchant).Scan(&ids).Error
	}
	if err := find(); err != nil || len(ids) == 1 {
		return first(ids), err
	}
	begin := flow.Begin()
	if merchant == nil {
		begin = flow.BeginLobby()
	}
	session, err := json.Marshal(begin)
	if err != nil {
		return 0, fmt.Errorf("encode session: %w", err)
	}
	err = tx.Raw("insert into conversations (merchant_id, contact_id, session, updated_at, created_at) values (?, ?, ?, ?, ?) returning id",
		merchant, contact, string(session), now, now).Scan(&ids).Error
	if err != nil {
		return 0, fmt.Errorf("begin conversation: %w", err)
	}
	return first(ids), nil
}

func first[T any](all []T) (zero T) {
	if len(all) == 0 {
		return zero
	}
	return all[0]
}

// save writes what a turn changed of the conversation; contacts are written where they change.
func (t *turn) save(ctx context.Context) error {
	session, err := json.Marshal(t.session)
	if err != nil {
		return fmt.Errorf("encode session: %w", err)
	}
	err = t.db.Soon(ctx, "update conversations set session = ?, owner = ?, asked_at = ?, updated_at = ? where id = ?",
		string(session), t.owner, t.askedAt, t.at(), t.conversation)
	if err != nil {
		return fmt.Errorf("save conversation: %w", err)
	}
	return nil
}

// move puts the buyer into another of their conversations.
func (t *turn) move(ctx context.Context, merchant *int64) error {
	if t.lockless {
		return errOrdinary
	}
	if err := t.save(ctx); err != nil {
		return err
	}
	id, err := t.converse(ctx, t.contact, merchant)
	if err != nil {
		return err
	}
	if err := t.db.On(ctx).Exec("update contacts set conversation_id = ? where id = ?", id, t.contact).Error; err != nil {
		return fmt.Errorf("enter shop: %w", err)
	}
	return t.load(ctx, id)
}

// load makes a conversation of the same buyer the one of the turn.
func (t *turn) load(ctx context.Context, id ConversationID) error {
	var row struct {
		Merchant *int64 `gorm:"column:merchant_id"`
		Owner    Owner
		Session  string
		AskedAt  *time.Time
	}
	err := t.db.On(ctx).Raw("select merchant_id, owner, session, asked_at from conversations where id = ?"+t.db.ForUpdate(), id).Scan(&row).Error
	if err != nil {
		return fmt.Errorf("load conversation: %w", err)
	}
	t.conversation, t.owner, t.askedAt = id, row.Owner, row.AskedAt
	return t.know(ctx, row.Merchant, row.Session)
}

// remember writes what was learned of the buyer.
func (t *turn) remember(ctx context.Context, column string, value any) error {
	if t.lockless {
		return errOrdinary
	}
	err := t.db.On(ctx).Exec("update contacts set "+column+" = ? where id = ?", value, t.contact).Error
	if err != nil {
		return fmt.Errorf("remember %s: %w", column, err)
	}
	return nil
}

// lockOf locks the conversation of a buyer with a merchant, for what comes from elsewhere than the buyer.
func (e *Engine) lockOf(ctx context.Context, where string, args ...any) (admitted, channels.Address, error) {
	var rows []admitted
	err := e.db.On(ctx).Raw(`select k.id as contact_id, k.name, k.phone, k.language, k.blocked_at is not null as blocked,
		c.id as conversation_id, c.merchant_id, c.owner, c.session, c.asked_at, k.channel, k.buyer
		from contacts k join conversations c on c.contact_id = k.id where `+where+e.db.ForUpdate(), args...).Scan(&rows).Error
	if err != nil {
		return admitted{}, channels.Address{}, fmt.Errorf("lock conversation: %w", err)
	}
	if len(rows) == 0 {
		return admitted{}, channels.Address{}, errNoConversation
	}
	return rows[0], channels.Address{Channel: rows[0].Channel, Buyer: rows[0].Buyer}, nil
}

// Gone writes down that nothing reaches a buyer any more.
func (e *Engine) Gone(ctx context.Context, buyer channels.Address) error {
	err := e.db.On(ctx).Exec("update contacts set blocked_at = ? where channel = ? and buyer = ? and blocked_at is null", e.at(), buyer.Channel, buyer.Buyer).Error
	if err != nil {
		return fmt.Errorf("write that the buyer left: %w", err)
	}
	return nil
}

// merchantOf is the merchant of an order's or a conversation's row, as a number.
func merchantOf(id catalog.MerchantID) *int64 {
	if id == 0 {
		return nil
	}
	n := int64(id)
	return &n
}

// LanguageOf is the language of the conversation with a buyer, or "" before they have said anything.
func (e *Engine) LanguageOf(ctx context.Context, buyer channels.Address) (string, error) {
	var tags []string
	err := e.db.On(ctx).Raw("select language from contacts where channel = ? and buyer = ?", buyer.Channel, buyer.Buyer).Scan(&tags).Error
	if err != nil {
		return "", fmt.Errorf("language of a conversation: %w", err)
	}
	return first(tags), nil
}

// Chat is where a conversation takes place.
type Chat struct {
	Channel string
	Shop    string // the merchant's slug
}

// ChatOf is where an order was placed. It fails with fault.Missing when there is no such order.
func (e *Engine) ChatOf(ctx context.Context, m catalog.MerchantID, id orders.OrderID) (Chat, error) {
	order, err := e.Orders.Find(ctx, m, id)
	if err != nil {
		return Chat{}, err
	}
	shop, err := e.Shops.Merchant(ctx, m)
	if err != nil {
		return Chat{}, err
	}
	var found []string
	err = e.db.On(ctx).Raw("select channel from contacts where id = ?", int64(order.Buyer)).Scan(&found).Error
	if err != nil {
		return Chat{}, fmt.Errorf("chat of an order: %w", err)
	}
	return Chat{Channel: first(found), Shop: shop.Slug}, nil
}
