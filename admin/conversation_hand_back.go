package admin

import (
	"context"
)

// conversationHandBack gives the conversation back to the bot.
func (a *Admin) conversationHandBack(v *visit) error {
	id, err := v.conversation()
	if err != nil {
		return err
	}
	err = a.actOn(v, a.aboutConversation(v, "conversation.handed_back", id), func(ctx context.Context) error {
		return a.Inbox.HandBack(ctx, v.merchant(), id)
	})
	return a.conversed(v, err, "handed_back", plea{Form: "take"})
}
