package telegramtest

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"parley/channels"
)

// chat is a conversation of the bot with a person or a group.
type chat struct {
	id       int64
	person   Person
	blocked  bool
	last     int64 // id of the newest message, from either side
	messages []*Message
	keyboard *Message // the message that brought the keyboard of Telegram's own that is up
}

// Person is what Telegram tells bots of somebody.
type Person struct {
	FirstName, LastName, Language string
}

// Message is a message of the bot as the person sees it.
type Message struct {
	ID      int64
	Text    string // or the photo's caption
	Bold    string // the part of it that is shown strong
	Photo   string // the file id or the address
	Buttons [][]Button
	Ask     channels.Ask // Telegram's own button
	AskSays string
	Silent  bool
	Edits   int
}

// Button is an inline button.
type Button struct {
	Text, Data, URL string
}

// Screen is what a person, or a group, sees of the bot's messages, oldest first.
func (s *Server) Screen(user int64) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen(user)
}

func (s *Server) screen(user int64) []Message {
	var all []Message
	if c := s.chats[user]; c != nil {
		for _, m := range c.messages {
			all = append(all, *m)
		}
	}
	return all
}

// Keyboard is Telegram's own button that the person sees below the chat, if one is up.
func (s *Server) Keyboard(user int64) channels.Ask {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.chats[user]; c != nil && c.keyboard != nil {
		return c.keyboard.Ask
	}
	return channels.AskNothing
}

// Erase removes a message for both sides; false when there is none.
func (s *Server) Erase(user, message int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[user]
	return c != nil && c.remove(message)
}

// Uploads is how many pictures were uploaded.
func (s *Server) Uploads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.uploads
}

// Unanswered is how many taps still wait for answerCallbackQuery.
func (s *Server) Unanswered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := 0
	for _, answered := range s.taps {
		if !answered {
			count++
		}
	}
	return count
}

// Menu is the bot's commands in a language, in order.
func (s *Server) Menu(language string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.menus[language])
}

// Hook is what the bot's webhook is.
func (s *Server) Hook() Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hook
}

func (c *chat) find(message int64) *Message {
	for i := len(c.messages) - 1; i >= 0; i-- {
		if c.messages[i].ID == message {
			return c.messages[i]
		}
	}
	return nil
}

func (c *chat) remove(message int64) bool {
	before := len(c.messages)
	c.messages = slices.DeleteFunc(c.messages, func(m *Message) bool { return m.ID == message })
	return len(c.messages) < before
}

// methods are what the server can do, by name in lower case. The lock is held.
var methods = map[string]func(*Server, form) (any, *apiError){
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

// setText reads the words and what of them is strong.
func (m *Message) setText(f form, name, entities string) *apiError {
	m.Text, m.Bold = f.values[name], ""
	units := utf16.Encode([]rune(m.Text))
	if strings.TrimSpace(m.Text) == "" && m.Photo == "" {
		return broken("message text is empty")
	}
	if len(units) > 4096 && m.Photo == "" || len(units) > 1024 && m.Photo != "" {
		return broken("message is too long: %d", len(units))
	}
	var marks []struct {
		Type           string
		Offset, Length int
	}
	if refusal := f.json(entities, &marks); refusal != nil {
		return refusal
	}
	for _, mark := range marks {
		if mark.Offset < 0 || mark.Length <= 0 || mark.Offset+mark.Length > len(units) {
			return broken("entity beyond the text: %+v", mark)
		}
		m.Bold += string(utf16.Decode(units[mark.Offset : mark.Offset+mark.Length]))
	}
	return nil
}

// photo is what Telegram keeps of a picture: by file id, by address, or uploaded.
func (s *Server) photo(value string, upload []byte) (string, *apiError) {
	switch {
	case upload != nil:
		if !strings.HasPrefix(http.DetectContentType(upload), "image/") {
			return "", broken("IMAGE_PROCESS_FAILED")
		}
		s.uploads++
		id := "file-" + strconv.Itoa(s.uploads)
		s.files[id] = true
		return id, nil
	case strings.Contains(value, "://"):
		for _, part := range s.badURLs {
			if strings.Contains(value, part) {
				return "", bad("failed to get HTTP URL content")
			}
		}
		s.files[fileOf(value)] = true
		return value, nil
	case !s.files[value] && !s.options.Loose:
		return "", bad("wrong file identifier/HTTP URL specified")
	}
	return value, nil
}

// fileOf is the file id under which Telegram keeps what it fetched from an address.
func fileOf(address string) string { return "fetched-" + url.PathEscape(address) }

// ForgetFiles makes every file id unknown, as when a bot moves to another server.
func (s *Server) ForgetFiles() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.files)
}

// markup is any of the four kinds of reply_markup.
type markup struct {
	Inline [][]struct {
		Text   string  `json:"text"`
		Data   *string `json:"callback_data"`
		URL    *string `json:"url"`
		WebApp any     `json:"web_app"`
		Copy   any     `json:"copy_text"`
	} `json:"inline_keyboard"`
	Keyboard [][]struct {
		Text     string `json:"text"`
		Contact  bool   `json:"request_contact"`
		Location bool   `json:"request_location"`
	} `json:"keyboard"`
	Remove bool `json:"remove_keyboard"`
}

// setMarkup reads the buttons, and puts up or takes away Telegram's own keyboard with a new message.
func (s *Server) setMarkup(c *chat, m *Message, f form, sent bool) *apiError {
	var with markup
	if refusal := f.json("reply_markup", &with); refusal != nil {
		return refusal
	}
	m.Buttons = nil
	count := 0
	for _, row := range with.Inline {
		var buttons []Button
		for _, b := range row {
			if b.Text == "" || (b.Data == nil) == (b.URL == nil) || b.WebApp != nil || b.Copy != nil {
				return broken("inline keyboard button %q needs exactly one action", b.Text)
			}
			button := Button{Text: b.Text}
			if b.Data != nil {
				button.Data = *b.Data
			} else {
				button.URL = *b.URL
			}
			if refusal := button.check(); refusal != nil {
				return refusal
			}
			buttons = append(buttons, button)
		}
		count += len(buttons)
		if len(buttons) == 0 || len(buttons) > 8 || count > 100 {
			return broken("reply markup is too long or has an empty row")
		}
		m.Buttons = append(m.Buttons, buttons)
	}
	if (with.Keyboard != nil || with.Remove) && !sent {
		return broken("inline keyboard expected")
	}
	return s.setKeyboard(c, m, with)
}

func (s *Server) setKeyboard(c *chat, m *Message, with markup) *apiError {
	if with.Remove {
		c.keyboard = nil
	}
	for _, row := range with.Keyboard {
		for _, key := range row {
			if key.Text == "" || key.Contact && key.Location {
				return broken("keyboard button %+v", key)
			}
			if key.Contact {
				m.Ask = channels.AskPhone
			}
			if key.Location {
				m.Ask = channels.AskLocation
			}
			m.AskSays, c.keyboard = key.Text, m
		}
	}
	return nil
}

// check refuses what Telegram refuses of a button: data of no or too many bytes, and pages of this machine.
func (b Button) check() *apiError {
	if b.URL == "" {
		if len(b.Data) < 1 || len(b.Data) > 64 {
			return broken("BUTTON_DATA_INVALID")
		}
		return nil
	}
	page, err := url.Parse(b.URL)
	if err != nil || !slices.Contains([]string{"http", "https", "tg"}, page.Scheme) {
		return broken("inline keyboard button URL '%s' is invalid: unsupported URL protocol", b.URL)
	}
	ip, err := netip.ParseAddr(page.Hostname())
	if err == nil && (ip.IsLoopback() || ip.IsPrivate()) || err != nil && !strings.Contains(page.Hostname(), ".") {
		return broken("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", b.URL)
	}
	return nil
}

func (s *Server) editMessageText(f form) (any, *apiError) {
	return s.edit(f, func(m *Message) *apiError {
		if m.Photo != "" {
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
