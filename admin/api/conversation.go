package api

import (
	"context"
	"fmt"
	"time"

	"parley/admin"
	"parley/catalog"
	"parley/channels"
	"parley/dialogs"
)

// Inbox is the shop's side of its conversations, as the pages have it.
type Inbox interface {
	List(ctx context.Context, m catalog.MerchantID, all bool, offset, limit int) ([]dialogs.Conversation, error)
	ReadBefore(ctx context.Context, m catalog.MerchantID, id dialogs.ConversationID, before int64, limit int) (dialogs.Conversation, []channels.Entry, error)
	Reply(ctx context.Context, m catalog.MerchantID, id dialogs.ConversationID, who, text string) error
	Take(ctx context.Context, m catalog.MerchantID, id dialogs.ConversationID, who string) error
	HandBack(ctx context.Context, m catalog.MerchantID, id dialogs.ConversationID) error
}

// Conversation is one buyer's talk with the shop.
type Conversation struct {
	ID       int64      `json:"id"`
	Contact  int64      `json:"contact"`
	Channel  string     `json:"channel" example:"telegram" doc:"The network that it is on."`
	Name     string     `json:"name" doc:"Of the buyer."`
	Phone    string     `json:"phone"`
	Language string     `json:"language"`
	Owner    string     `json:"owner" enum:"bot,human" doc:"Who answers."`
	Assignee string     `json:"assignee" example:"staff:1" doc:"Who took it; empty: nobody has."`
	Asked    *time.Time `json:"asked_at,omitempty" doc:"Since when a person is wanted."`
	Blocked  bool       `json:"blocked" doc:"Nothing reaches the buyer any more."`
	Updated  time.Time  `json:"updated_at"`
}

// Said is one message of a conversation.
type Said struct {
	ID     int64     `json:"id"`
	Way    string    `json:"way" enum:"in,out" doc:"in: the buyer's."`
	Author string    `json:"author" example:"staff:1" doc:"The person who wrote it for the shop; empty: the bot, or the buyer."`
	Title  string    `json:"title,omitempty"`
	Text   string    `json:"text"`
	Photo  string    `json:"photo,omitempty" doc:"The picture's name or address."`
	Offers []string  `json:"offers,omitempty" doc:"What the buyer was offered to choose from."`
	Tapped bool      `json:"tapped,omitempty" doc:"The buyer chose something that was offered."`
	Phone  string    `json:"phone,omitempty" doc:"A number that the buyer shared."`
	File   string    `json:"file,omitempty" doc:"What the buyer sent that is no text: its kind."`
	Place  *Place    `json:"place,omitempty" doc:"Where the buyer said to be."`
	State  string    `json:"state" enum:"received,queued,sent,delivered,read,failed"`
	Error  string    `json:"error,omitempty" doc:"Why it did not arrive."`
	At     time.Time `json:"at"`
}

// Place is a point on the earth.
type Place struct {
	Latitude  float64 `json:"latitude" minimum:"-90" maximum:"90"`
	Longitude float64 `json:"longitude" minimum:"-180" maximum:"180"`
}

func conversationView(c dialogs.Conversation) Conversation {
	view := Conversation{
		ID: int64(c.ID), Contact: int64(c.Contact), Channel: c.Address.Channel, Name: c.Name, Phone: c.Phone, Language: c.Language,
		Owner: string(c.Owner), Assignee: c.Assignee, Blocked: c.Blocked, Updated: c.Updated,
	}
	if !c.AskedAt.IsZero() {
		view.Asked = &c.AskedAt
	}
	return view
}

func (c Conversation) subject() string { return fmt.Sprintf("conversation:%d", c.ID) }

func saidView(e channels.Entry) Said {
	s := Said{ID: e.ID, Way: string(e.Way), Author: e.Author, State: string(e.State), Error: e.Error, At: e.At}
	if e.In != nil {
		s.hear(*e.In)
	}
	if e.Out != nil {
		s.say(*e.Out)
	}
	return s
}

func (s *Said) hear(in channels.Inbound) {
	s.Text, s.Tapped, s.File = in.Text, in.Token != "", in.File
	if in.Contact != nil {
		s.Phone = in.Contact.Phone
	}
	if in.Location != nil {
		s.Place = &Place{in.Location.Latitude, in.Location.Longitude}
	}
}

func (s *Said) say(m channels.Message) {
	s.Title, s.Text = m.Title, m.Text
	if m.Photo != nil {
		s.Photo = m.Photo.Name
	}
	for _, card := range m.Cards {
		s.Offers = append(s.Offers, card.Title)
	}
	for _, choice := range m.Choices {
		s.Offers = append(s.Offers, choice.Label)
	}
}

func (a *API) conversationOperations() {
	const at = "/merchants/{merchant}/conversations"
	common := op{tag: "Conversations", roles: shippers}
	with := func(id, does, scope, summary, about string) op {
		o := common
		o.id, o.does, o.scope, o.summary, o.about = id, does, admin.Scope(scope), summary, about
		return o
	}
	read(a, with("list-conversations", "GET "+at, "contacts:read", "List conversations",
		"Those in which a person is wanted, longest waiting first; with `all`, every one, most recent first."), a.listConversations)
	read(a, with("get-conversation", "GET "+at+"/{id}", "contacts:read", "Show a conversation", ""), a.getConversation)
	read(a, with("list-messages", "GET "+at+"/{id}/messages", "contacts:read", "Show what was said", "Newest first."), a.listMessages)
	reply := with("reply", "POST "+at+"/{id}/messages", "contacts:write", "Answer the buyer as a person",
		"The bot is quiet from then on, until the conversation is handed back.")
	reply.status = 201
	write(a, reply, a.reply)
	write(a, with("take-conversation", "POST "+at+"/{id}/take", "contacts:write", "Take a conversation", "Whoever takes it is the one who answers; the bot is quiet."), a.takeConversation)
	write(a, with("hand-back-conversation", "POST "+at+"/{id}/hand-back", "contacts:write", "Hand a conversation back to the bot", "It goes on where the buyer was."), a.handBack)
}

type listConversations struct {
	ShopPath
	Paging
	All bool `query:"all" doc:"Those that the bot answers, too."`
}

func (a *API) listConversations(ctx context.Context, c *call, in *listConversations) (*listed[Conversation], error) {
	return offsetPage(a, c, in.Paging, in.All, func(page catalog.Page) ([]dialogs.Conversation, error) {
		return a.Inbox.List(ctx, c.shop.ID, in.All, page.Offset, page.Limit)
	}, conversationView)
}

// conversation is one as it is now. It fails with fault.Missing for another shop's.
func (a *API) conversation(ctx context.Context, c *call, id int64) (Conversation, error) {
	found, _, err := a.Inbox.ReadBefore(ctx, c.shop.ID, dialogs.ConversationID(id), 0, 0)
	return conversationView(found), err
}

func (a *API) getConversation(ctx context.Context, c *call, in *ItemPath) (*plain[Conversation], error) {
	view, err := a.conversation(ctx, c, in.ID)
	return &plain[Conversation]{view}, err
}

type listMessages struct {
	ItemPath
	Paging
}

func (a *API) listMessages(ctx context.Context, c *call, in *listMessages) (*listed[Said], error) {
	list := c.listOf(in.ID)
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	read := func(limit int) ([]channels.Entry, error) {
		_, entries, err := a.Inbox.ReadBefore(ctx, c.shop.ID, dialogs.ConversationID(in.ID), at.ID, limit)
		return newestFirst(entries), err
	}
	entries, err := read(in.Limit + 1)
	if err != nil {
		return nil, err
	}
	page := pageOf(a, list, in.Paging, entries, saidView, func(e channels.Entry) place { return place{ID: e.ID} })
	page.Total, err = in.counted(ctx, func(_ context.Context, most int) (int, error) {
		at.ID = 0
		all, err := read(most)
		return len(all), err
	})
	return &listed[Said]{page}, err
}

func newestFirst(entries []channels.Entry) []channels.Entry {
	turned := make([]channels.Entry, len(entries))
	for i, e := range entries {
		turned[len(entries)-1-i] = e
	}
	return turned
}

// Reply is what a person says to a buyer.
type Reply struct {
	Text string `json:"text" minLength:"1" maxLength:"4000" example:"It runs true to size."`
}

type reply struct {
	ItemPath
	Body Reply
}

func (a *API) reply(ctx context.Context, c *call, in *reply) (*plain[Said], []deed, error) {
	was, err := a.conversation(ctx, c, in.ID)
	if err != nil {
		return nil, nil, err
	}
	if err := a.Inbox.Reply(ctx, c.shop.ID, dialogs.ConversationID(in.ID), c.account.ID.Who(), in.Body.Text); err != nil {
		return nil, nil, err
	}
	is, entries, err := a.Inbox.ReadBefore(ctx, c.shop.ID, dialogs.ConversationID(in.ID), 0, 1)
	if err != nil || len(entries) == 0 {
		return nil, nil, fmt.Errorf("read what was said: %w", err)
	}
	return &plain[Said]{saidView(entries[0])}, []deed{turned(was, conversationView(is))}, nil
}

// turned is what became of who answers; what was said is in the conversation itself.
func turned(was, is Conversation) deed {
	type answering struct {
		Owner    string `json:"owner"`
		Assignee string `json:"assignee"`
	}
	return deed{subject: is.subject(), was: answering{was.Owner, was.Assignee}, became: answering{is.Owner, is.Assignee}}
}

func (a *API) takeConversation(ctx context.Context, c *call, in *ItemPath) (*plain[Conversation], []deed, error) {
	return a.turn(ctx, c, in.ID, func(id dialogs.ConversationID) error { return a.Inbox.Take(ctx, c.shop.ID, id, c.account.ID.Who()) })
}

func (a *API) handBack(ctx context.Context, c *call, in *ItemPath) (*plain[Conversation], []deed, error) {
	return a.turn(ctx, c, in.ID, func(id dialogs.ConversationID) error { return a.Inbox.HandBack(ctx, c.shop.ID, id) })
}

func (a *API) turn(ctx context.Context, c *call, id int64, do func(id dialogs.ConversationID) error) (*plain[Conversation], []deed, error) {
	was, err := a.conversation(ctx, c, id)
	if err != nil {
		return nil, nil, err
	}
	if err := do(dialogs.ConversationID(id)); err != nil {
		return nil, nil, err
	}
	is, err := a.conversation(ctx, c, id)
	return &plain[Conversation]{is}, []deed{turned(was, is)}, err
}
