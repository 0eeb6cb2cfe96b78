package admin

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"parley/channels"
	"parley/dialogs"
	"parley/orders"
)

// Entries of a transcript: how many are shown at first, and at most.
const (
	fewEntries  = 60
	mostEntries = 600
)

// conversationPage is what the page of one conversation is given.
type conversationPage struct {
	frame
	plea
	list
	Talk    dialogs.Conversation
	Bubbles []bubble
	Earlier int // how many entries to ask for to see more; 0: all are here
	Orders  []orders.Order
	Mine    bool
	Sending bool // something has not left yet
}

// conversationShow is a conversation both ways, with what the buyer ordered beside it.
func (a *Admin) conversationShow(v *visit) error {
	return a.showConversation(v, fiber.StatusOK, plea{})
}

func (a *Admin) showConversation(v *visit, status int, p plea) error {
	id, err := v.conversation()
	if err != nil {
		return err
	}
	count := min(max(v.QueryInt("entries", fewEntries), fewEntries), mostEntries)
	talk, entries, err := a.Inbox.Read(v.ctx, v.merchant(), id, count+1)
	if err != nil {
		return err
	}
	page := conversationPage{plea: p, Talk: talk, Mine: talk.Assignee == v.who()}
	if page.frame, err = a.shopFrame(v, buyerName(talk), "inbox"); err != nil {
		return err
	}
	if len(entries) > count {
		entries = entries[1:]
		page.Earlier = min(count*2, mostEntries)
	}
	if page.list, err = a.list(v); err != nil {
		return err
	}
	page.Open = id
	if page.Orders, _, err = a.Orders.List(v.ctx, v.merchant(), orders.BuyerID(talk.Contact), orders.Page{Limit: mostAtHome}); err != nil {
		return err
	}
	if err := a.furnish(v, &page, entries); err != nil {
		return err
	}
	return a.html(v, status, "conversation_show", page)
}

// furnish makes the entries readable and learns who wrote them.
func (a *Admin) furnish(v *visit, page *conversationPage, entries []channels.Entry) error {
	names := page.Names
	if err := a.learn(v, names, page.Talk.Assignee); err != nil {
		return err
	}
	for _, e := range entries {
		if err := a.learn(v, names, e.Author); err != nil {
			return err
		}
		page.Sending = page.Sending || e.State == channels.Queued
	}
	page.Bubbles = bubbles(entries, names)
	return nil
}

// buyerName is what staff call a buyer: as they said, else by their phone, else by number.
func buyerName(c dialogs.Conversation) string {
	switch {
	case c.Name != "":
		return c.Name
	case c.Phone != "":
		return c.Phone
	default:
		return fmt.Sprintf("Buyer %d", c.Contact)
	}
}
