package telegram

import (
	"strings"

	"github.com/go-telegram/bot/models"

	"parley/channels"
)

// button is an inline button with nothing but what it needs: the client's own type adds an empty copy_text to each,
// while the Bot API wants exactly one kind of action.
type button struct {
	Text  string `json:"text"`
	Data  string `json:"callback_data,omitempty"`
	URL   string `json:"url,omitempty"`
	Style string `json:"style,omitempty"`
	Pay   bool   `json:"pay,omitempty"`
}

type keyboard struct {
	Rows [][]button `json:"inline_keyboard"`
}

// readable is how many characters the labels of one row may have together; a phone cuts off longer ones.
const readable = 36

// inline is the keyboard of a message's choices; nil without any.
func inline(choices []channels.Choice, limits channels.Limits) any {
	var rows [][]button
	width := 0
	for i, choice := range choices {
		width += limits.Count(choice.Label)
		if i == 0 || !choice.Beside || width > readable {
			rows, width = append(rows, nil), limits.Count(choice.Label)
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], inlineButton(choice))
	}
	if rows == nil {
		return nil
	}
	return keyboard{rows}
}

func inlineButton(choice channels.Choice) button {
	b := button{Text: choice.Label, Data: choice.Token}
	if choice.URL != "" {
		b.Data, b.URL = "", choice.URL
	}
	if choice.Main {
		b.Style = "primary"
	}
	return b
}

// markup is what goes with a message: its choices, else Telegram's own button for what is asked, else, when a keyboard
// of Telegram's own is still up, its end.
func markup(message channels.Message, limits channels.Limits, up bool) any {
	switch {
	case len(message.Choices) > 0:
		return inline(message.Choices, limits)
	case message.Ask != channels.AskNothing:
		return asking(message)
	case up:
		return models.ReplyKeyboardRemove{RemoveKeyboard: true}
	default:
		return nil
	}
}

func asking(message channels.Message) any {
	key := models.KeyboardButton{
		Text: message.AskSays(), RequestContact: message.Ask == channels.AskPhone, RequestLocation: message.Ask == channels.AskLocation,
	}
	return models.ReplyKeyboardMarkup{Keyboard: [][]models.KeyboardButton{{key}}, ResizeKeyboard: true, OneTimeKeyboard: true}
}

// nothing stands where Telegram wants words and there are none.
const nothing = "…"

// words are the text of a message and its title's strength. Entities count UTF-16 code units and need no escaping.
func words(message channels.Message) (string, []models.MessageEntity) {
	message.Title = strings.TrimSpace(message.Title)
	text := message.Words()
	if message.Title == "" {
		return text, nil
	}
	units := channels.Limits{UTF16: true}.Count(message.Title)
	return text, []models.MessageEntity{{Type: models.MessageEntityTypeBold, Length: units}}
}

// wordsAlone are the words of a message that is shown without its photo.
func wordsAlone(message channels.Message) (string, []models.MessageEntity) {
	text, strong := words(message)
	if strings.TrimSpace(text) == "" && message.Photo != nil {
		text = message.Photo.Alt
	}
	if strings.TrimSpace(text) == "" {
		return nothing, nil
	}
	return text, strong
}
