package telegramtest

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"parley/channels"
)

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
		Pay    bool    `json:"pay"`
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
			if b.Pay && (m.Invoice == nil || count > 0 || len(buttons) > 0) {
				return broken("a pay button is the first of an invoice")
			}
			if b.Text == "" || !b.Pay && (b.Data == nil) == (b.URL == nil) || b.Pay && (b.Data != nil || b.URL != nil) || b.WebApp != nil || b.Copy != nil {
				return broken("inline keyboard button %q needs exactly one action", b.Text)
			}
			button := Button{Text: b.Text, Pay: b.Pay}
			switch {
			case b.Pay:
				buttons = append(buttons, button)
				continue
			case b.Data != nil:
				button.Data = *b.Data
			default:
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
