package telegramtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/channels"
)

// methods are what the server can do, by name in lower case. The lock is held.
var methods map[string]func(*Server, form) (any, *apiError)

func init() { // one of them delivers updates, whose answers call methods
	methods = map[string]func(*Server, form) (any, *apiError){
		"getme":               (*Server).getMe,
		"sendmessage":         (*Server).sendMessage,
		"sendphoto":           (*Server).sendPhoto,
		"editmessagetext":     (*Server).editMessageText,
		"editmessagecaption":  (*Server).editMessageCaption,
		"editmessagemedia":    (*Server).editMessageMedia,
		"deletemessage":       (*Server).deleteMessage,
		"answercallbackquery": (*Server).answerCallbackQuery,
		"sendchataction":      (*Server).sendChatAction,
		"setmycommands":       (*Server).setMyCommands,
		"setmydescription":    func(*Server, form) (any, *apiError) { return true, nil },
		"setwebhook":          (*Server).setWebhook,
		"deletewebhook":       (*Server).deleteWebhook,

		"sendinvoice":            (*Server).sendInvoice,
		"createinvoicelink":      (*Server).createInvoiceLink,
		"answershippingquery":    (*Server).answerShippingQuery,
		"answerprecheckoutquery": (*Server).answerPreCheckoutQuery,
		"refundstarpayment":      (*Server).refundStarPayment,
		"getstartransactions":    (*Server).getStarTransactions,
	}
}

func (s *Server) getMe(form) (any, *apiError) {
	return map[string]any{"id": s.botID(), "is_bot": true, "first_name": "Shop", "username": s.Username}, nil
}

func (s *Server) botID() int64 {
	digits, _, _ := strings.Cut(s.Token, ":")
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// writable is the chat that a call may write to.
func (s *Server) writable(f form) (*chat, *apiError) {
	id := f.int("chat_id")
	c := s.chats[id]
	switch {
	case c == nil && s.options.Loose:
		return s.open(id), nil
	case c == nil:
		return nil, bad("chat not found")
	case c.blocked:
		return nil, &apiError{status: http.StatusForbidden, says: "Forbidden: bot was blocked by the user"}
	}
	return c, nil
}

func (s *Server) open(id int64) *chat {
	c := s.chats[id]
	if c == nil {
		c = &chat{id: id, person: Person{FirstName: "Buyer", LastName: strconv.FormatInt(id, 10), Language: "en"}}
		s.chats[id] = c
	}
	return c
}

func (s *Server) sendMessage(f form) (any, *apiError) {
	c, refusal := s.writable(f)
	if refusal != nil {
		return nil, refusal
	}
	m := &Message{Silent: f.bool("disable_notification")}
	if refusal := m.setText(f, "text", "entities"); refusal != nil {
		return nil, refusal
	}
	return s.add(c, m, f)
}

func (s *Server) sendPhoto(f form) (any, *apiError) {
	c, refusal := s.writable(f)
	if refusal != nil {
		return nil, refusal
	}
	m := &Message{Silent: f.bool("disable_notification")}
	if m.Photo, refusal = s.photo(f.values["photo"], f.files["photo"]); refusal != nil {
		return nil, refusal
	}
	if refusal := m.setText(f, "caption", "caption_entities"); refusal != nil {
		return nil, refusal
	}
	return s.add(c, m, f)
}

// add puts a new message into the chat.
func (s *Server) add(c *chat, m *Message, f form) (any, *apiError) {
	if refusal := s.setMarkup(c, m, f, true); refusal != nil {
		return nil, refusal
	}
	c.last++
	m.ID = c.last
	c.messages = append(c.messages, m)
	if s.options.Keep > 0 && len(c.messages) > s.options.Keep {
		c.messages = append([]*Message(nil), c.messages[1:]...)
	}
	return c.json(m), nil
}

// json is the message as the Bot API shows it.
func (c *chat) json(m *Message) map[string]any {
	kind := "private"
	if c.id < 0 {
		kind = "supergroup"
	}
	shown := map[string]any{
		"message_id": m.ID, "date": time.Now().Unix(), "chat": map[string]any{"id": c.id, "type": kind, "first_name": c.person.FirstName},
	}
	if m.Invoice != nil {
		shown["invoice"] = m.Invoice.json()
		return shown
	}
	if m.Photo == "" {
		shown["text"] = m.Text
		return shown
	}
	id := m.Photo
	if strings.Contains(id, "://") {
		id = fileOf(id)
	}
	shown["caption"] = m.Text
	shown["photo"] = []any{
		map[string]any{"file_id": "small-" + id, "file_unique_id": "s" + id, "width": 90, "height": 90},
		map[string]any{"file_id": id, "file_unique_id": "u" + id, "width": 800, "height": 800},
	}
	return shown
}

func (s *Server) editMessageText(f form) (any, *apiError) {
	return s.edit(f, func(m *Message) *apiError {
		if m.Photo != "" || m.Invoice != nil {
			return bad("there is no text in the message to edit")
		}
		return m.setText(f, "text", "entities")
	})
}

func (s *Server) editMessageCaption(f form) (any, *apiError) {
	return s.edit(f, func(m *Message) *apiError {
		if m.Photo == "" {
			return bad("there is no caption in the message to edit")
		}
		return m.setText(f, "caption", "caption_entities")
	})
}

func (s *Server) editMessageMedia(f form) (any, *apiError) {
	return s.edit(f, func(m *Message) *apiError {
		var media struct {
			Type, Media, Caption string
			Entities             json.RawMessage `json:"caption_entities"`
		}
		if refusal := f.json("media", &media); refusal != nil {
			return refusal
		}
		if m.Photo == "" {
			return bad("there is no media in the message to edit")
		}
		value, upload := media.Media, []byte(nil)
		if name, attached := strings.CutPrefix(value, "attach://"); attached {
			if upload = f.files[name]; upload == nil {
				return broken("attached file %q not found", name)
			}
		}
		var refusal *apiError
		if m.Photo, refusal = s.photo(value, upload); refusal != nil {
			return refusal
		}
		inside := form{values: map[string]string{"caption": media.Caption}}
		if media.Entities != nil {
			inside.values["caption_entities"] = string(media.Entities)
		}
		return m.setText(inside, "caption", "caption_entities")
	})
}

// edit changes a copy and puts it in place when all is well and anything is different.
func (s *Server) edit(f form, change func(*Message) *apiError) (any, *apiError) {
	c, refusal := s.writable(f)
	if refusal != nil {
		return nil, refusal
	}
	m := c.find(f.int("message_id"))
	if m == nil {
		return nil, bad("message to edit not found")
	}
	if m.Ask != channels.AskNothing {
		return nil, bad("message can't be edited")
	}
	edited := *m
	if refusal := change(&edited); refusal != nil {
		return nil, refusal
	}
	if refusal := s.setMarkup(c, &edited, f, false); refusal != nil {
		return nil, refusal
	}
	same := func(a, b Button) bool { return a == b }
	if edited.Text == m.Text && edited.Bold == m.Bold && edited.Photo == m.Photo &&
		slices.EqualFunc(edited.Buttons, m.Buttons, func(a, b []Button) bool { return slices.EqualFunc(a, b, same) }) {
		return nil, bad("message is not modified: specified new message content and reply markup are exactly the same")
	}
	edited.Edits++
	*m = edited
	return c.json(m), nil
}

func (s *Server) deleteMessage(f form) (any, *apiError) {
	c, refusal := s.writable(f)
	if refusal != nil {
		return nil, refusal
	}
	if !c.remove(f.int("message_id")) {
		return nil, bad("message to delete not found")
	}
	return true, nil
}

func (s *Server) answerCallbackQuery(f form) (any, *apiError) {
	id := f.values["callback_query_id"]
	if answered, known := s.taps[id]; (!known || answered) && !s.options.Loose {
		return nil, bad("query is too old and response timeout expired or query ID is invalid")
	}
	s.taps[id] = true
	if s.options.Loose {
		delete(s.taps, id)
	}
	return true, nil
}

func (s *Server) sendChatAction(f form) (any, *apiError) {
	_, refusal := s.writable(f)
	return refusal == nil, refusal
}

func (s *Server) setMyCommands(f form) (any, *apiError) {
	var commands []struct{ Command, Description string }
	if refusal := f.json("commands", &commands); refusal != nil {
		return nil, refusal
	}
	var names []string
	for _, c := range commands {
		names = append(names, c.Command)
	}
	s.menus[f.values["language_code"]] = names
	return true, nil
}
