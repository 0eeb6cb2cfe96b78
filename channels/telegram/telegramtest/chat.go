package telegramtest

import (
	"slices"

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
	Invoice *Invoice // something to pay for; then there is no text
	Silent  bool
	Edits   int
}

// Button is an inline button.
type Button struct {
	Text, Data, URL string
	Pay             bool // pays the invoice it stands under
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
