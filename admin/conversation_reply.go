package admin

import (
	"context"
)

// conversationReply answers the buyer as a person.
func (a *Admin) conversationReply(v *visit) error {
	id, err := v.conversation()
	if err != nil {
		return err
	}
	text := v.form("text")
	err = a.actOn(v, a.aboutConversation(v, "conversation.replied", id), func(ctx context.Context) error {
		return a.Inbox.Reply(ctx, v.merchant(), id, v.who(), text)
	})
	return a.conversed(v, err, "replied", plea{Form: "reply", Field: "text", Was: map[string]string{"text": text}})
}

// conversed goes on after something was done in a conversation, or shows what was wrong.
func (a *Admin) conversed(v *visit, err error, done string, p plea) error {
	if err == nil {
		return v.goOn(v.at("inbox", v.param("id")), done)
	}
	if !isTheirs(err) {
		return err
	}
	p.Says = sentence(err)
	return a.showConversation(v, statusOf(err), p)
}
