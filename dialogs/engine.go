// Package dialogs holds conversations: it takes in what buyers do, decides with package flow, has the
// rest of the shop do it, and posts the answers, all in one transaction.
package dialogs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/channels"
	"parley/dialogs/flow"
	"parley/dialogs/texts"
	"parley/migrations/db"
	"parley/orders"
)

// Ids of this package's things.
type (
	ContactID      int64 // a buyer as one network knows them; the BuyerID of carts and orders
	ConversationID int64 // one buyer with one shop
)

// Owner is who answers in a conversation.
type Owner string

// Owners of conversations.
const (
	Bot   Owner = "bot"
	Human Owner = "human"
)

// Parts is the rest of the shop, as conversations need it. All are required.
type Parts struct {
	DB       *db.DB
	Shops    Shops
	Shelves  Shelves
	Carts    Carts
	Checkout Checkouts
	Orders   Orders
	Payments Payments
	Outbox   *channels.Outbox
	Now      func() time.Time
	Random   func() string // 10…20 signs of [a-z0-9], not to be guessed
	Log      *slog.Logger
}

// Engine holds conversations.
type Engine struct {
	Parts
	db       *db.DB
	gate     *gate
	inHand   atomic.Int32 // turns
	together together
	Observe  func(channel string, took time.Duration, failed bool) // told of each turn
}

// NewEngine holds conversations with these parts.
func NewEngine(parts Parts) *Engine {
	e := &Engine{Parts: parts, db: parts.DB, gate: newGate(), Observe: func(string, time.Duration, bool) {}}
	e.together = e.gatherTurns()
	return e
}

// at is the present as both engines keep it.
func (e *Engine) at() time.Time { return e.Now().UTC().Truncate(time.Microsecond) }

// Receive takes in what a buyer did and answers it. When it returns nil, both are in the database. It fails
// when the database does; the network then delivers again. Any other trouble is told to the buyer.
func (e *Engine) Receive(ctx context.Context, in channels.Inbound) error {
	began := time.Now()
	leave, err := e.gate.enter(ctx, in.From, in.Seq)
	if err != nil {
		return err
	}
	defer leave()
	many := e.inHand.Add(1) >= manyAtOnce
	defer e.inHand.Add(-1)
	if many && e.db.Versions() && e.receiveTogether(ctx, in) {
		e.Observe(in.From.Channel, time.Since(began), false)
		return nil
	}
	err = e.receive(ctx, in, (*turn).answer)
	if err != nil && ctx.Err() == nil {
		e.Log.ErrorContext(ctx, "turn failed", "channel", in.From.Channel, "update", in.ID, "error", err)
		err = e.receive(ctx, in, (*turn).apologize)
	}
	e.Observe(in.From.Channel, time.Since(began), err != nil)
	return err
}

// Passed hears the number of an update that is about no conversation, so that others do not wait for it.
func (e *Engine) Passed(channel string, seq int64) { e.gate.pass(channel, seq) }

func (e *Engine) receive(ctx context.Context, in channels.Inbound, do func(*turn, context.Context, channels.Inbound) error) error {
	err := e.db.InTx(ctx, func(ctx context.Context) error {
		who, err := e.admit(ctx, in)
		if err != nil || who.Repeated {
			return err
		}
		t, err := e.begin(ctx, who, in.From)
		if err != nil {
			return err
		}
		if err := t.introduce(ctx, in); err != nil {
			return err
		}
		if err := do(t, ctx, in); err != nil {
			return fmt.Errorf("conversation %d: %w", t.conversation, err)
		}
		e.Log.DebugContext(ctx, "turn", "conversation", t.conversation, "update", in.ID, "state", t.session.State, "says", len(t.letters))
		return t.end(ctx, &in)
	})
	if channels.IsRepeated(err) {
		return nil // the same update acted in another transaction a moment ago
	}
	return err
}

// turn is one update of one conversation being worked.
type turn struct {
	*Engine
	contact      ContactID
	conversation ConversationID
	address      channels.Address
	name, phone  string
	tongue       string // as chosen or told; empty: the shop's
	shop         catalog.Merchant
	owner        Owner
	askedAt      *time.Time
	session      flow.Session
	tapped       string // the network's id of the message that was tapped
	lockless     bool   // it must not write; whatever would fails with errOrdinary
	letters      []channels.Letter
}

func (e *Engine) begin(ctx context.Context, who admitted, address channels.Address) (*turn, error) {
	t := &turn{
		Engine: e, contact: who.Contact, conversation: who.Conversation, address: address, name: who.Name, phone: who.Phone,
		tongue: who.Language, owner: who.Owner, askedAt: who.AskedAt,
	}
	return t, t.know(ctx, who.Merchant, who.Session)
}

// know reads the shop and the session of the conversation.
func (t *turn) know(ctx context.Context, merchant *int64, session string) error {
	t.shop = catalog.Merchant{}
	if merchant != nil {
		shop, err := t.Shops.Merchant(ctx, catalog.MerchantID(*merchant))
		if err != nil {
			return fmt.Errorf("conversation's shop: %w", err)
		}
		t.shop = shop
	}
	t.session = flow.Session{}
	if err := json.Unmarshal([]byte(session), &t.session); err != nil {
		return fmt.Errorf("session of conversation %d: %w", t.conversation, err)
	}
	if t.session.State == "" {
		t.session = flow.Begin()
	}
	return nil
}

// introduce learns the buyer's name, language and whether they can be reached, and takes them to the shop
// that they asked for.
func (t *turn) introduce(ctx context.Context, in channels.Inbound) error {
	if t.tongue == "" && in.Language != "" {
		t.tongue = texts.Match(in.Language, t.languages())
		if err := t.remember(ctx, "language", t.tongue); err != nil {
			return err
		}
	}
	if in.Name != "" && t.name == "" {
		t.name = in.Name
		if err := t.remember(ctx, "name", in.Name); err != nil {
			return err
		}
	}
	if in.Contact != nil && in.Contact.Phone != "" && in.Contact.Phone != t.phone {
		t.phone = in.Contact.Phone
		if err := t.remember(ctx, "phone", t.phone); err != nil {
			return err
		}
	}
	if in.Blocked != nil {
		var since any
		if *in.Blocked {
			since = t.at()
		}
		return t.remember(ctx, "blocked_at", since)
	}
	return t.knock(ctx, in)
}

// knock takes the buyer to the shop that a link names.
func (t *turn) knock(ctx context.Context, in channels.Inbound) error {
	slug := in.Shop
	if link := readLink(in.Start); slug == "" {
		slug = link.Shop
	}
	if slug == "" || slug == t.shop.Slug {
		return nil
	}
	shop, err := t.Shops.MerchantBySlug(ctx, slug)
	if fault.KindOf(err) == fault.Missing {
		return nil // the link is older than the shop, or was guessed
	}
	if err != nil {
		return err
	}
	return t.move(ctx, merchantOf(shop.ID))
}

// doorOf is the shop a buyer comes in by: the one of the address or the link, or the only one; nil is the lobby.
func (e *Engine) doorOf(ctx context.Context, in channels.Inbound) (*int64, error) {
	slug := in.Shop
	if slug == "" {
		slug = readLink(in.Start).Shop
	}
	if slug != "" {
		shop, err := e.Shops.MerchantBySlug(ctx, slug)
		if fault.KindOf(err) != fault.Missing {
			return merchantOf(shop.ID), err
		}
	}
	shops, err := e.Shops.Merchants(ctx)
	if err != nil || len(shops) != 1 {
		return nil, err
	}
	return merchantOf(shops[0].ID), nil
}

func (t *turn) language() string {
	if t.tongue != "" {
		return texts.Match(t.tongue, t.languages())
	}
	return t.languages()[0]
}

// languages are those of the shop that there are texts for, at least one.
func (t *turn) languages() []string {
	if known := texts.Known(t.shop.Languages); len(known) > 0 {
		return known
	}
	return texts.Languages()
}

func (t *turn) buyer() orders.BuyerID { return orders.BuyerID(t.contact) }

// answer works one update of the buyer.
func (t *turn) answer(ctx context.Context, in channels.Inbound) error {
	t.tapped, t.session.OwnDoor = in.Tapped, in.Shop != ""
	for _, event := range t.meaning(in) {
		if err := t.run(ctx, event); err != nil {
			return err
		}
	}
	if t.owner == Human {
		return t.db.Ring(ctx, InboxBell, t.shop.Slug)
	}
	return nil
}

// apologize answers an update that could not be worked: it is kept, and the conversation stays where it was.
func (t *turn) apologize(_ context.Context, _ channels.Inbound) error {
	t.say(flow.Say{Key: "trouble", Choices: []flow.Choice{
		{Key: "home", Does: flow.HomeTapped{}}, {Key: "human", Does: flow.HumanTapped{}, Beside: true}}})
	return nil
}

// mostSteps is how many events one update may lead to; the longest path there is has five.
const mostSteps = 25

// run steps the machine by an event and by the facts that its effects bring, until nothing is left to do.
func (t *turn) run(ctx context.Context, event flow.Event) error {
	waiting := []flow.Event{event}
	for steps := 0; len(waiting) > 0; steps++ {
		if steps == mostSteps {
			return fmt.Errorf("%T leads to no end in %s", event, t.session.State)
		}
		after, effects := flow.Shop.Step(t.session, waiting[0])
		t.session, waiting = after, waiting[1:]
		for _, effect := range effects {
			if say, is := effect.(flow.Say); is {
				t.say(say)
				continue
			}
			fact, err := t.perform(ctx, effect)
			if err != nil {
				return fmt.Errorf("%T: %w", effect, err)
			}
			if fact != nil {
				waiting = append(waiting, fact)
			}
		}
	}
	return nil
}

// say writes a letter. The first answer to a tap may take the place of what was tapped.
func (t *turn) say(say flow.Say) {
	message := t.render(say)
	letter := channels.Letter{Message: message}
	if len(t.letters) == 0 && t.tapped != "" && t.edits(message) {
		letter.Edits = t.tapped
	}
	t.letters = append(t.letters, letter)
	if len(message.Choices)+len(message.Cards) > 0 {
		t.session.Offered = offers(message)
	}
}

func (t *turn) edits(message channels.Message) bool {
	switch t.Outbox.LimitsOf(t.address.Channel).Edit {
	case channels.EditAny:
		return true
	case channels.EditSame:
		return message.Same
	}
	return false
}

// end saves the conversation and posts its letters, and the update they answer if there is one.
func (t *turn) end(ctx context.Context, in *channels.Inbound) error {
	if err := t.save(ctx); err != nil {
		return err
	}
	return t.Outbox.Post(ctx, t.talk(), in, t.letters...)
}

func (t *turn) talk() channels.Talk {
	return channels.Talk{Merchant: int64(t.shop.ID), With: t.address}
}
