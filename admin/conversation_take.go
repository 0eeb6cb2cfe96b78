package admin

import (
	"context"
	"fmt"
)

// conversationTake makes whoever asks the one who answers.
func (a *Admin) conversationTake(v *visit) error {
	id, err := v.conversation()
	if err != nil {
		return err
	}
	err = a.act(v, "conversation.taken", fmt.Sprintf("conversation:%d", id), "", func(ctx context.Context) error {
		return a.Inbox.Take(ctx, v.merchant(), id, v.who())
	})
	return a.conversed(v, err, "taken", plea{Form: "take"})
}
