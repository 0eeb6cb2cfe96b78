package admin

import (
	"github.com/gofiber/fiber/v2"

	"parley/dialogs"
)

// pageful is how many of anything a list shows at once.
const pageful = 20

// inboxPage is what the list of conversations is given.
type inboxPage struct {
	frame
	list
}

// list is one page of conversations.
type list struct {
	Conversations []dialogs.Conversation
	All           bool // every one, not only those that wait
	At            int  // which page, from 1
	More          bool
	Open          dialogs.ConversationID // the one that is shown beside
	Names         map[string]string      // of those who took them
}

// conversationList is the conversations that wait for a person, longest first, or all of them.
func (a *Admin) conversationList(v *visit) error {
	f, err := a.shopFrame(v, "Inbox", "inbox")
	if err != nil {
		return err
	}
	l, err := a.list(v)
	if err != nil {
		return err
	}
	return a.html(v, fiber.StatusOK, "conversation_list", inboxPage{f, l})
}

func (a *Admin) list(v *visit) (l list, err error) {
	l = list{All: v.query("all") != "", At: v.page(), Names: map[string]string{}}
	l.Conversations, err = a.Inbox.List(v.ctx, v.merchant(), l.All, (l.At-1)*pageful, pageful+1)
	if err != nil {
		return l, err
	}
	if l.More = len(l.Conversations) > pageful; l.More {
		l.Conversations = l.Conversations[:pageful]
	}
	for _, c := range l.Conversations {
		if err := a.learn(v, l.Names, c.Assignee); err != nil {
			return l, err
		}
	}
	return l, nil
}

// learn puts the name of who did something into names.
func (a *Admin) learn(v *visit, names map[string]string, who string) error {
	if _, known := names[who]; known || who == "" {
		return nil
	}
	name, err := a.Accounts.NameOf(v.ctx, who)
	names[who] = name
	return err
}

// Before is the number of the page before this one.
func (l list) Before() int { return l.At - 1 }

// After is the number of the page after this one.
func (l list) After() int { return l.At + 1 }
