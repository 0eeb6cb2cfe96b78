package api

import (
	"context"
	"time"

	"parley/dialogs"
)

// Contact is a buyer as the shop knows them.
type Contact struct {
	ID           int64      `json:"id"`
	Channel      string     `json:"channel" example:"telegram" doc:"The network they are on."`
	Name         string     `json:"name"`
	Phone        string     `json:"phone"`
	Language     string     `json:"language"`
	Conversation int64      `json:"conversation" doc:"With the shop."`
	Blocked      *time.Time `json:"blocked_at,omitempty" doc:"Since when nothing reaches them."`
	Met          time.Time  `json:"created_at"`
	Heard        time.Time  `json:"heard_at" doc:"When something was last said."`
}

func contactView(k dialogs.Contact) Contact {
	view := Contact{
		ID: int64(k.ID), Channel: k.Channel, Name: k.Name, Phone: k.Phone, Language: k.Language, Conversation: int64(k.Conversation), Met: k.Met, Heard: k.Heard,
	}
	if !k.Blocked.IsZero() {
		view.Blocked = &k.Blocked
	}
	return view
}

func (a *API) contactOperations() {
	const at = "/merchants/{merchant}/contacts"
	read(a, op{id: "list-contacts", does: "GET " + at, tag: "Contacts", roles: shippers, scope: "contacts:read", summary: "List contacts",
		about: "Buyers who have spoken with the shop, oldest first."}, a.listContacts)
	read(a, op{id: "get-contact", does: "GET " + at + "/{id}", tag: "Contacts", roles: shippers, scope: "contacts:read", summary: "Show a contact",
		about: "Their orders are listed by `buyer`."}, a.getContact)
}

type listContacts struct {
	ShopPath
	Paging
	Channel string `query:"channel" maxLength:"100" example:"telegram" doc:"A network."`
	Query   string `query:"q" maxLength:"200" doc:"Part of the name or the phone number."`
}

func (a *API) listContacts(ctx context.Context, c *call, in *listContacts) (*listed[Contact], error) {
	f := dialogs.ContactFilter{Channel: in.Channel, Query: in.Query}
	list := c.listOf(f)
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.contacts.List(ctx, c.shop.ID, f, dialogs.ContactID(at.ID), in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := pageOf(a, list, in.Paging, found, contactView, func(k dialogs.Contact) place { return place{ID: int64(k.ID)} })
	page.Total, err = in.counted(ctx, func(ctx context.Context, most int) (int, error) { return a.contacts.Count(ctx, c.shop.ID, f, most) })
	return &listed[Contact]{page}, err
}

func (a *API) getContact(ctx context.Context, c *call, in *ItemPath) (*plain[Contact], error) {
	found, err := a.contacts.Find(ctx, c.shop.ID, dialogs.ContactID(in.ID))
	return &plain[Contact]{contactView(found)}, err
}
