package api

import (
	"context"
	"fmt"
	"time"

	"parley/dialogs"
)

// Contact is a buyer as the shop knows them.
type Contact struct {
	ID           int64      `json:"id"`
	Channel      string     `json:"channel" example:"telegram" doc:"The network they are on."`
	Name         string     `json:"name"`
	Phone        string     `json:"phone"`
	Note         string     `json:"note" doc:"For staff; the buyer does not see it."`
	Language     string     `json:"language"`
	Conversation int64      `json:"conversation" doc:"With the shop."`
	Blocked      *time.Time `json:"blocked_at,omitempty" doc:"Since when nothing reaches them."`
	Met          time.Time  `json:"created_at"`
	Heard        time.Time  `json:"heard_at" doc:"When something was last said."`
}

func contactView(k dialogs.Contact) Contact {
	view := Contact{
		ID: int64(k.ID), Channel: k.Channel, Name: k.Name, Phone: k.Phone, Note: k.Note, Language: k.Language, Conversation: int64(k.Conversation), Met: k.Met, Heard: k.Heard,
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
	write(a, op{id: "change-contact", does: "PATCH " + at + "/{id}", tag: "Contacts", roles: shippers, scope: "contacts:write", matched: true, summary: "Change a contact",
		about: "What this shop calls them and notes of them; no other shop sees it. An empty name or phone is again what the buyer said."}, a.changeContact)
	write(a, op{id: "erase-contact", does: "DELETE " + at + "/{id}", tag: "Contacts", roles: owners, scope: "contacts:write", summary: "Erase a contact",
		about: "Forgets what was said, their name and phone, the note and any checkout they were in. Orders stay as they are, since the books have to be explained; " +
			"entries of the audit trail stay, too."}, a.eraseContact)
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

func (a *API) getContact(ctx context.Context, c *call, in *ItemPath) (*shown[Contact], error) {
	found, err := a.contacts.Find(ctx, c.shop.ID, dialogs.ContactID(in.ID))
	view := contactView(found)
	return &shown[Contact]{ETag: view.etag(), Body: view}, err
}

// etag names what people change of a contact; when they were last heard changes by itself.
func (k Contact) etag() string { return etagOf([]string{k.Name, k.Phone, k.Note}) }

func (k Contact) subject() string { return fmt.Sprintf("contact:%d", k.ID) }

// ContactChange is what a shop knows of a buyer otherwise than they said.
type ContactChange struct {
	Name  *string `json:"name,omitempty" maxLength:"200" example:"Mila"`
	Phone *string `json:"phone,omitempty" maxLength:"40" example:"+1 202 555 0100"`
	Note  *string `json:"note,omitempty" maxLength:"4000" example:"Rings twice."`
}

type changeContact struct {
	ItemPath
	Matching
	Body ContactChange
}

func (a *API) changeContact(ctx context.Context, c *call, in *changeContact) (*shown[Contact], []deed, error) {
	was, err := a.contacts.Find(ctx, c.shop.ID, dialogs.ContactID(in.ID))
	if err != nil {
		return nil, nil, err
	}
	before := contactView(was)
	if err := in.check(c, before.etag()); err != nil {
		return nil, nil, err
	}
	is, err := a.contacts.Change(ctx, c.shop.ID, dialogs.ContactID(in.ID), dialogs.ContactChange{Name: in.Body.Name, Phone: in.Body.Phone, Note: in.Body.Note})
	if err != nil {
		return nil, nil, err
	}
	after := contactView(is)
	return &shown[Contact]{ETag: after.etag(), Body: after}, []deed{{subject: after.subject(), was: before, became: after}}, nil
}

func (a *API) eraseContact(ctx context.Context, c *call, in *ItemPath) (*done, []deed, error) {
	err := a.contacts.Erase(ctx, c.shop.ID, dialogs.ContactID(in.ID))
	return &done{}, []deed{{subject: Contact{ID: in.ID}.subject()}}, err // what was there is not kept in the audit trail either
}
