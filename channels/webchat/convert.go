package webchat

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/channels"
)

// largestSay is what one thing said may weigh, in bytes of its request.
const largestSay = 16 << 10

// said is one thing a page posts. Exactly one of Text, Token, Start, Location and Contact is set.
type said struct {
	ID       string             `json:"id"` // made by the page, the same for every try
	Text     string             `json:"text"`
	Token    string             `json:"token"`
	Tapped   string             `json:"tapped"` // with Token: the message of the choice; empty for a shortcut
	Start    *string            `json:"start"`  // the page was opened; the deep link's payload or ""
	Location *channels.Location `json:"location"`
	Contact  *channels.Contact  `json:"contact"`
	Language string             `json:"language"` // the one the buyer has just picked for the page
}

var (
	idShape       = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	tokenShape    = regexp.MustCompile(`^[A-Za-z0-9:._-]{1,64}$`)
	rowShape      = regexp.MustCompile(`^[1-9][0-9]{0,18}$`)
	languageShape = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$`)
	phoneShape    = regexp.MustCompile(`^\+?[0-9 ()-]{4,32}$`)
	slugShape     = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
)

var errMalformed = errors.New("malformed")

// fromJSON reads what a page's script posts. Fields that it doesn't know are left for later versions.
func fromJSON(body []byte) (said, error) {
	var s said
	if err := json.Unmarshal(body, &s); err != nil {
		return said{}, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return s.checked()
}

// fromForm reads what a page without script posts, and the token of its form. A tap's field is named "tap"
// and holds the message and the choice: "12 cart:add".
func fromForm(body []byte) (s said, formToken string, err error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return said{}, "", fmt.Errorf("%w: %w", errMalformed, err)
	}
	s = said{ID: form.Get("id"), Text: form.Get("text")}
	if tap := form.Get("tap"); tap != "" {
		s.Tapped, s.Token, _ = strings.Cut(tap, " ")
		s.Text = ""
		s.ID += "-" + digest(tap) // the form's id stands for all its buttons
	} else if form.Has("start") {
		start := form.Get("start")
		s.Start, s.Text = &start, ""
	}
	if s.Tapped == "0" {
		s.Tapped = ""
	}
	s, err = s.checked()
	return s, form.Get("form"), err
}

// checked is s cleaned, or why it can't be meant.
func (s said) checked() (said, error) {
	s.Text = clean(s.Text)
	kinds := 0
	for _, set := range []bool{s.Text != "", s.Token != "", s.Start != nil, s.Location != nil, s.Contact != nil} {
		if set {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return said{}, fmt.Errorf("%w: %d things at once", errMalformed, kinds)
	case !idShape.MatchString(s.ID):
		return said{}, fmt.Errorf("%w: id", errMalformed)
	case s.Token != "" && !tokenShape.MatchString(s.Token), s.Tapped != "" && !rowShape.MatchString(s.Tapped):
		return said{}, fmt.Errorf("%w: token", errMalformed)
	case s.Language != "" && !languageShape.MatchString(s.Language):
		return said{}, fmt.Errorf("%w: language", errMalformed)
	case s.Start != nil && !startShape(*s.Start):
		return said{}, fmt.Errorf("%w: start", errMalformed)
	case utf8.RuneCountInString(s.Text) > longestText:
		return said{}, fmt.Errorf("%w: text", errMalformed)
	}
	if s.Location != nil && !onEarth(*s.Location) {
		return said{}, fmt.Errorf("%w: location", errMalformed)
	}
	if s.Contact != nil {
		s.Contact.Name = clean(s.Contact.Name)
		if !phoneShape.MatchString(s.Contact.Phone) || utf8.RuneCountInString(s.Contact.Name) > 100 {
			return said{}, fmt.Errorf("%w: contact", errMalformed)
		}
	}
	return s, nil
}

// longestText is what a buyer may write at once, in characters.
const longestText = 4000

// clean is text without what no keyboard types and no database stores.
func clean(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "\uFFFD")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, text))
}

// NaN fails every comparison and so is nowhere on earth.
func onEarth(l channels.Location) bool {
	return l.Latitude >= -90 && l.Latitude <= 90 && l.Longitude >= -180 && l.Longitude <= 180
}

// startShape: a payload is a kind and a handle in letters of any script.
func startShape(payload string) bool {
	for _, r := range payload {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r) {
			return false
		}
	}
	return utf8.ValidString(payload) && utf8.RuneCountInString(payload) <= 160
}

// startOf is the payload of a deep link: ?p=handle opens a product, ?c=slug a category.
func startOf(product, category string) string {
	payload := ""
	switch {
	case product != "":
		payload = "p_" + product
	case category != "":
		payload = "c_" + category
	}
	if !startShape(payload) {
		return ""
	}
	return payload
}

// inbound is what s means to the shop.
func inbound(s said, from channels.Address, shop, label, language string, at time.Time) channels.Inbound {
	in := channels.Inbound{
		ID: from.Buyer + ":" + s.ID, From: from, At: at, Shop: shop, Language: language,
		Text: s.Text, Token: s.Token, Tapped: s.Tapped, Contact: s.Contact, Location: s.Location,
	}
	if s.Language != "" {
		in.Language = s.Language
	}
	if s.Token != "" {
		in.Text = label // so that the transcript reads as the buyer saw it; the token is what counts
	}
	if s.Start != nil {
		in.Started, in.Start = true, *s.Start
		if in.Start == "" {
			in.ID = from.Buyer + ":start" // two pages opened at once are one beginning
		}
	}
	return in
}

// pageID is the id that the page gave to what became in.
func pageID(in channels.Inbound) string {
	_, id, _ := strings.Cut(in.ID, ":")
	return id
}

// labelOf is what stood on the choice that was tapped; empty when it isn't among the choices.
func labelOf(token string, choices []channels.Choice) string {
	for _, choice := range choices {
		if choice.Token == token {
			return choice.Label
		}
	}
	return ""
}

// choicesOf is every choice that a message offers.
func choicesOf(message channels.Message) []channels.Choice {
	all := append([]channels.Choice(nil), message.Choices...)
	for _, card := range message.Cards {
		choice := card.Choice
		choice.Label = card.Title
		all = append(all, choice)
	}
	return all
}

func rowID(text string) int64 {
	id, _ := strconv.ParseInt(text, 10, 64) // malformed is 0, which no row has
	return id
}
