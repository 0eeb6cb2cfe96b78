package telegram

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"parley/channels"
)

// update is what Parley reads of https://core.telegram.org/bots/api#update. The kinds stay raw until one of them is
// read, because an update of a kind that nobody reads must not fail on its contents.
type update struct {
	ID            *int64          `json:"update_id"`
	Message       json.RawMessage `json:"message"`
	Callback      json.RawMessage `json:"callback_query"`
	Member        json.RawMessage `json:"my_chat_member"`
	EditedMessage json.RawMessage `json:"edited_message"`
	ChannelPost   json.RawMessage `json:"channel_post"`
	EditedPost    json.RawMessage `json:"edited_channel_post"`
	Shipping      json.RawMessage `json:"shipping_query"`
	PreCheckout   json.RawMessage `json:"pre_checkout_query"`
}

type user struct {
	ID        int64  `json:"id"`
	IsBot     bool   `json:"is_bot"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Language  string `json:"language_code"`
}

type chat struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
}

type message struct {
	ID            int64           `json:"message_id"`
	Date          int64           `json:"date"`
	From          *user           `json:"from"`
	Chat          chat            `json:"chat"`
	ForwardDate   int64           `json:"forward_date"`
	ForwardOrigin json.RawMessage `json:"forward_origin"`
	Text          string          `json:"text"`
	Caption       string          `json:"caption"`
	Contact       *contact        `json:"contact"`
	Location      *location       `json:"location"`
	Photo         json.RawMessage `json:"photo"`
	Voice         json.RawMessage `json:"voice"`
	Audio         json.RawMessage `json:"audio"`
	Video         json.RawMessage `json:"video"`
	VideoNote     json.RawMessage `json:"video_note"`
	Animation     json.RawMessage `json:"animation"`
	Sticker       json.RawMessage `json:"sticker"`
	Document      json.RawMessage `json:"document"`
}

type contact struct {
	Phone     string `json:"phone_number"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	UserID    int64  `json:"user_id"`
}

type location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

type callback struct {
	ID      string   `json:"id"`
	From    user     `json:"from"`
	Message *message `json:"message"`
	Data    string   `json:"data"`
}

type member struct {
	Chat chat  `json:"chat"`
	From user  `json:"from"`
	Date int64 `json:"date"`
	New  struct {
		Status string `json:"status"`
	} `json:"new_chat_member"`
}

// errMalformed is what no Bot API server sends: an update that cannot be told from others.
var errMalformed = errors.New("malformed update")

// decode reads the envelope of an update. It fails with errMalformed unless raw is one JSON object with an update_id.
func decode(raw []byte) (update, error) {
	var u update
	if err := json.Unmarshal(raw, &u); err != nil || u.ID == nil {
		return update{}, errMalformed
	}
	return u, nil
}

// inbound is what a buyer did by an update, with the channel to fill in; false when the update has no meaning for a
// shop. Now is the time of what has no time of its own, a tap.
func inbound(u update, now time.Time) (channels.Inbound, bool) {
	in, ok := channels.Inbound{}, false
	switch {
	case u.Message != nil:
		in, ok = spoken(u.Message)
	case u.Callback != nil:
		in, ok = tapped(u.Callback, now)
	case u.Member != nil:
		in, ok = moved(u.Member)
	}
	in.ID, in.Seq = strconv.FormatInt(*u.ID, 10), *u.ID
	return in, ok
}

// overheard tells whether an update is known and of no concern: what was edited later, and what is said in groups and
// channels. It is not even kept, because people there do not speak to the shop.
func (u update) overheard() bool {
	if u.EditedMessage != nil || u.ChannelPost != nil || u.EditedPost != nil {
		return true
	}
	var at struct {
		Chat chat `json:"chat"`
	}
	switch {
	case u.Message != nil:
		return json.Unmarshal(u.Message, &at) == nil && !at.Chat.private()
	case u.Member != nil:
		return json.Unmarshal(u.Member, &at) == nil && !at.Chat.private()
	}
	return false
}

// private tells whether the chat is with one person. Old samples lack the type; ids of groups are negative.
func (c chat) private() bool { return c.Type == "private" || c.Type == "" && c.ID > 0 }

// spoken is what a message in a private chat means.
func spoken(raw json.RawMessage) (channels.Inbound, bool) {
	var m message
	if json.Unmarshal(raw, &m) != nil || !m.Chat.private() || m.From != nil && m.From.IsBot {
		return channels.Inbound{}, false
	}
	from := user{ID: m.Chat.ID}
	if m.From != nil {
		from = *m.From
	}
	in := channels.Inbound{At: time.Unix(m.Date, 0).UTC()}
	in.From.Buyer, in.Name, in.Language = strconv.FormatInt(m.Chat.ID, 10), from.name(), from.Language
	return m.fill(in, from)
}

// fill adds what the message says. A forwarded command is somebody else's, so it is only words.
func (m message) fill(in channels.Inbound, from user) (channels.Inbound, bool) {
	forwarded := m.ForwardDate != 0 || m.ForwardOrigin != nil
	switch {
	case m.Contact != nil && m.Contact.Phone == "":
		return in, false // it says nothing; the schema demands a number
	case m.Contact != nil && m.Contact.UserID == from.ID && !forwarded:
		in.Contact = &channels.Contact{Name: user{FirstName: m.Contact.FirstName, LastName: m.Contact.LastName}.name(), Phone: m.Contact.Phone}
	case m.Contact != nil:
		in.Text = m.Contact.Phone // a card from the address book proves nothing: as if it had been typed
	case m.Location != nil:
		in.Location = &channels.Location{Latitude: m.Location.Latitude, Longitude: m.Location.Longitude}
	case m.file() != "":
		in.File, in.Text = m.file(), m.Caption
	case m.Text == "":
		return in, false
	case forwarded:
		in.Text = m.Text
	default:
		in.Text, in.Start, in.Started = command(m.Text)
	}
	return in, true
}

// command separates "/start payload" from words, and takes the bot's name off a command. Commands other than start
// stay words: what they mean is the dialog's to say.
func command(text string) (words, payload string, started bool) {
	if !strings.HasPrefix(text, "/") {
		return text, "", false
	}
	verb, rest, spaced := strings.Cut(text, " ")
	verb, _, _ = strings.Cut(verb, "@")
	if strings.EqualFold(verb, "/start") {
		return "", strings.TrimSpace(rest), true
	}
	if spaced {
		verb += " " + rest
	}
	return verb, "", false
}

// file is the kind of what the dialog cannot read. An animation comes with a document beside it, for old clients.
func (m message) file() string {
	for _, kind := range []struct {
		name string
		raw  json.RawMessage
	}{
		{"photo", m.Photo}, {"voice", m.Voice}, {"audio", m.Audio}, {"video", m.Video}, {"video_note", m.VideoNote},
		{"animation", m.Animation}, {"sticker", m.Sticker}, {"document", m.Document},
	} {
		if kind.raw != nil {
			return kind.name
		}
	}
	return ""
}

func (u user) name() string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

// tapped is what a tap on a button means. The buyer is who tapped, wherever the button was.
func tapped(raw json.RawMessage, now time.Time) (channels.Inbound, bool) {
	var c callback
	if json.Unmarshal(raw, &c) != nil || c.From.ID == 0 || c.Data == "" {
		return channels.Inbound{}, false
	}
	in := channels.Inbound{At: now, Token: c.Data, Answer: c.ID, Name: c.From.name(), Language: c.From.Language}
	in.From.Buyer = strconv.FormatInt(c.From.ID, 10)
	if c.Message != nil && c.Message.Date != 0 && c.Message.Chat.ID == c.From.ID {
		in.Tapped = place{c.Message.ID, c.Message.Photo != nil}.String()
	}
	return in, true
}

// moved is what a change of the bot's membership in a private chat means: the buyer blocked it, or came back.
func moved(raw json.RawMessage) (channels.Inbound, bool) {
	var m member
	if json.Unmarshal(raw, &m) != nil || !m.Chat.private() || m.New.Status == "" {
		return channels.Inbound{}, false
	}
	blocked := m.New.Status == "kicked" || m.New.Status == "left"
	in := channels.Inbound{At: time.Unix(m.Date, 0).UTC(), Blocked: &blocked, Name: m.From.name(), Language: m.From.Language}
	in.From.Buyer = strconv.FormatInt(m.Chat.ID, 10)
	return in, true
}

// invited is the group in which somebody called this bot by name, and what they wanted of it: "/start@Bot payload".
func invited(u update, username string) (group int64, payload string, ok bool) {
	var m message
	if u.Message == nil || username == "" || json.Unmarshal(u.Message, &m) != nil || m.Chat.private() {
		return 0, "", false
	}
	verb, rest, _ := strings.Cut(m.Text, " ")
	if !strings.EqualFold(verb, "/start@"+username) {
		return 0, "", false
	}
	return m.Chat.ID, strings.TrimSpace(rest), true
}

// place is where a message stands: its number, and whether it is a photo, because photos and texts are edited by
// different methods and neither can become the other. It is written "123", or "123p".
type place struct {
	message int64
	photo   bool
}

func (p place) String() string {
	if p.photo {
		return strconv.FormatInt(p.message, 10) + "p"
	}
	return strconv.FormatInt(p.message, 10)
}

func parsePlace(id string) (place, bool) {
	digits, photo := strings.CutSuffix(id, "p")
	number, err := strconv.ParseInt(digits, 10, 64)
	return place{number, photo}, err == nil && number > 0
}
