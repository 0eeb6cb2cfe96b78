package admin

import (
	"context"
	"fmt"
)

// conversationHandBack gives the conversation back to the bot.
func (a *Admin) conversationHandBack(v *visit) error {
	id, err := v.conversation()
	if err != nil {
		return err
	}
	err = a.act(v, "conversation.handed_back", fmt.Sprintf("conversation:%d", id), "", func(ctx context.Context) error {
		return a.Inbox.HandBack(ctx, v.merchant(), id)
	})
	return a.conversed(v, err, "handed_back", plea{Form: "take"})
}
