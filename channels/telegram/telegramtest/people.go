package telegramtest

import (
	"fmt"
	"time"
	"unicode/utf16"
)

// Introduce tells the server who a person is; others are called "Buyer" and speak English. It opens the chat, so that
// the bot may write.
func (s *Server) Introduce(user int64, person Person) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open(user).person = person
}

// Open opens a person's chat without the bot hearing of it.
func (s *Server) Open(user int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open(user)
}

// SendText types words into the private chat and sends them.
func (s *Server) SendText(user int64, text string) Update {
	return s.say(user, user, "text", text)
}

// SendInGroup sends words to a group; its id is negative.
func (s *Server) SendInGroup(group, user int64, text string) Update {
	return s.say(group, user, "text", text)
}

// Start opens the bot by a link with a payload, or by its Start button without one. It ends a block.
func (s *Server) Start(user int64, payload string) Update {
	s.mu.Lock()
	s.open(user).blocked = false
	s.mu.Unlock()
	if payload == "" {
		return s.SendText(user, "/start")
	}
	return s.SendText(user, "/start "+payload)
}

// ShareContact shares the person's own phone by Telegram's button.
func (s *Server) ShareContact(user int64, phone string) Update {
	person := s.who(user)
	return s.say(user, user, "contact", map[string]any{
		"phone_number": phone, "first_name": person.FirstName, "last_name": person.LastName, "user_id": user,
	})
}

// ShareLocation shares where the person is.
func (s *Server) ShareLocation(user int64, latitude, longitude float64) Update {
	return s.say(user, user, "location", map[string]any{"latitude": latitude, "longitude": longitude})
}

// SendPhoto sends a photo to the bot.
func (s *Server) SendPhoto(user int64) Update {
	return s.say(user, user, "photo", []any{map[string]any{"file_id": "theirs", "file_unique_id": "t", "width": 9, "height": 9}})
}

// Block blocks the bot: it cannot write any more until Start.
func (s *Server) Block(user int64) Update {
	s.mu.Lock()
	c := s.open(user)
	c.blocked = true
	person := c.person
	s.mu.Unlock()
	status := func(name string) map[string]any {
		return map[string]any{"user": map[string]any{"id": s.botID(), "is_bot": true, "first_name": "Shop"}, "status": name}
	}
	return s.update(user, "my_chat_member", map[string]any{
		"chat": chatJSON(user, person), "from": person.json(user), "date": time.Now().Unix(),
		"old_chat_member": status("member"), "new_chat_member": status("kicked"),
	})
}

// Tap taps the newest button with that label or that data. It fails when there is none, or when it opens a page.
func (s *Server) Tap(user int64, labelOrData string) (Update, error) {
	m, b, ok := s.button(user, func(b Button) bool { return b.Text == labelOrData || b.Data == labelOrData })
	if !ok {
		return Update{}, fmt.Errorf("%d sees no button %q, but %+v", user, labelOrData, s.Screen(user))
	}
	return s.tap(user, m, b)
}

// TapAt taps a button of the newest message that has any; 1 is the first.
func (s *Server) TapAt(user int64, number int) (Update, error) {
	place := 0
	m, b, ok := s.button(user, func(Button) bool { place++; return place == number })
	if !ok {
		return Update{}, fmt.Errorf("%d sees no button %d, but %+v", user, number, s.Screen(user))
	}
	return s.tap(user, m, b)
}

// button is the first that is wanted of the newest message that has one.
func (s *Server) button(user int64, wanted func(Button) bool) (Message, Button, bool) {
	screen := s.Screen(user)
	for i := len(screen) - 1; i >= 0; i-- {
		for _, row := range screen[i].Buttons {
			for _, b := range row {
				if wanted(b) {
					return screen[i], b, true
				}
			}
		}
	}
	return Message{}, Button{}, false
}

// TapStale taps a button of a message that was on the screen once.
func (s *Server) TapStale(user int64, m Message, b Button) (Update, error) { return s.tap(user, m, b) }

func (s *Server) tap(user int64, m Message, b Button) (Update, error) {
	if b.URL != "" {
		return Update{}, fmt.Errorf("button %q opens %s", b.Text, b.URL)
	}
	s.mu.Lock()
	id := fmt.Sprintf("%d%09d", user, len(s.taps)+int(s.updates))
	s.taps[id] = false
	c := s.open(user)
	message, person := c.json(&m), c.person
	s.mu.Unlock()
	message["from"] = map[string]any{"id": s.botID(), "is_bot": true, "first_name": "Shop"}
	return s.update(user, "callback_query", map[string]any{
		"id": id, "from": person.json(user), "message": message, "chat_instance": "1", "data": b.Data,
	}), nil
}

func (s *Server) who(user int64) Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open(user).person
}

// say sends a message of one kind from a person.
func (s *Server) say(in, user int64, kind string, content any) Update {
	person := s.who(user)
	s.mu.Lock()
	c := s.open(in)
	c.last++
	id := c.last
	s.mu.Unlock()
	message := map[string]any{
		"message_id": id, "date": time.Now().Unix(), "chat": chatJSON(in, person), "from": person.json(user), kind: content,
	}
	if text, ok := content.(string); ok && text != "" && text[0] == '/' {
		message["entities"] = []any{map[string]any{"type": "bot_command", "offset": 0, "length": verbLength(text)}}
	}
	return s.update(in, "message", message)
}

// verbLength is how many UTF-16 code units the command at the start of a text has.
func verbLength(text string) int {
	for i, r := range text {
		if r == ' ' || r == '\n' {
			text = text[:i]
			break
		}
	}
	return len(utf16.Encode([]rune(text)))
}

func (p Person) json(id int64) map[string]any {
	return map[string]any{
		"id": id, "is_bot": false, "first_name": p.FirstName, "last_name": p.LastName, "language_code": p.Language,
	}
}

func chatJSON(id int64, person Person) map[string]any {
	if id < 0 {
		return map[string]any{"id": id, "type": "supergroup", "title": "Group"}
	}
	return map[string]any{"id": id, "type": "private", "first_name": person.FirstName, "last_name": person.LastName}
}
