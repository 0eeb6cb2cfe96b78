package admin

import (
	"context"
	"fmt"

	"parley/dialogs"
)

// conversationTake makes whoever asks the one who answers.
func (a *Admin) conversationTake(v *visit) error {
	id, err := v.conversation()
	if err != nil {
		return err
	}
	err = a.actOn(v, a.aboutConversation(v, "conversation.taken", id), func(ctx context.Context) error {
		return a.Inbox.Take(ctx, v.merchant(), id, v.who())
	})
	return a.conversed(v, err, "taken", plea{Form: "take"})
}

// aboutConversation is a deed with who answers in a conversation before it and after it. What was said is in the
// conversation itself.
func (a *Admin) aboutConversation(v *visit, what string, id dialogs.ConversationID) deed {
	return deed{what: what, subject: fmt.Sprintf("conversation:%d", id), look: func(ctx context.Context) (string, error) {
		c, _, err := a.Inbox.Read(ctx, v.merchant(), id, 1)
		if err != nil {
			return "", err
		}
		return asJSON(map[string]any{"owner": c.Owner, "assignee": c.Assignee}), nil
	}}
}
