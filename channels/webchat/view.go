package webchat

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/channels"
)

// turn is one entry of the transcript as the page shows it.
type turn struct {
	ID     int64
	Mine   bool // the buyer said it
	At     time.Time
	Who    string // the person of the shop who wrote it; empty for the bot
	Edits  string // the turn it stands in place of
	Tapped string // Mine: the turn whose choice was tapped
	Page   string // Mine: the id that the page gave to it
	Asks   channels.Ask
	With   string // what the button says that helps to enter what is asked
	Text   texts
	Parts  []part
}

// part is one message.
type part struct {
	Title   string
	Lines   []piece
	Photo   *picture
	Cards   []card
	Rows    []row
	Panel   bool   // picture, words and choices are one thing
	Chips   bool   // no choice stands beside another: they flow like words
	Place   string // a location, as a map's address
	Contact *channels.Contact
	File    string
	Tap     bool
}

// piece is a run of text; Link makes it one.
type piece struct{ Text, Link string }

type picture struct{ Src, Alt string }

type card struct {
	Title, Subtitle string
	Photo           *picture
	Choice          button
}

type row []button

// button posts Value, or opens URL.
type button struct {
	Label, Value, URL string
	Hint              string // what it does in full, where the label is a sign
	Main              bool
}

// fold leaves of entries what there is to see: what was edited stands where the first version stood, and taps
// whose answer was such an edit are not bubbles of their own.
func fold(turns []turn) []turn {
	at := map[string]int{} // where the message of an id stands
	var seen []turn
	for _, t := range turns {
		place, known := at[t.Edits]
		if t.Edits != "" {
			hideTaps(seen, t.Edits)
		}
		if t.Edits == "" || !known {
			place = len(seen)
			seen = append(seen, t)
		}
		seen[place] = t
		at[strconv.FormatInt(t.ID, 10)] = place
	}
	return slices.DeleteFunc(seen, func(t turn) bool { return len(t.Parts) == 0 })
}

// hideTaps leaves nothing to see of the taps on a message.
func hideTaps(turns []turn, tapped string) {
	for i := range turns {
		if turns[i].Mine && turns[i].Tapped == tapped {
			turns[i].Parts = nil
		}
	}
}

// turnOf is an entry as the page shows it. One without parts is not shown.
func turnOf(e channels.Entry, limits channels.Limits, who string, words texts) turn {
	t := turn{ID: e.ID, At: e.At, Who: who, Edits: e.Edits, Text: words}
	if e.Way == channels.In && e.In != nil {
		t.Mine, t.Tapped, t.Page = true, e.In.Tapped, pageID(*e.In)
		if p, seen := partIn(*e.In); seen {
			t.Parts = []part{p}
		}
	}
	if e.Way == channels.Out && e.Out != nil {
		t.Asks, t.With = e.Out.Ask, e.Out.AskWith
		for _, message := range channels.Fit(*e.Out, limits) {
			t.Parts = append(t.Parts, partOut(message, e.ID))
		}
	}
	return t
}

func partIn(in channels.Inbound) (p part, seen bool) {
	p = part{Lines: pieces(in.Text), Contact: in.Contact, File: in.File, Tap: in.Token != ""}
	if in.Location != nil {
		p.Place = mapOf(*in.Location)
	}
	return p, in.Text != "" || in.Contact != nil || in.Location != nil || in.File != ""
}

func partOut(m channels.Message, id int64) part {
	p := part{Title: m.Title, Lines: pieces(m.Text), Photo: pictureOf(m.Photo), Chips: true}
	for _, c := range m.Cards {
		p.Cards = append(p.Cards, card{c.Title, c.Subtitle, pictureOf(c.Photo), buttonOf(c.Choice, id)})
	}
	for i, c := range m.Choices {
		if c.Beside && i > 0 {
			p.Chips = false
			last := len(p.Rows) - 1
			p.Rows[last] = append(p.Rows[last], buttonOf(c, id))
			continue
		}
		p.Rows = append(p.Rows, row{buttonOf(c, id)})
	}
	p.Chips = p.Chips && p.Photo == nil
	p.Panel = p.Photo != nil || !p.Chips && len(p.Cards) == 0
	return p
}

// buttonOf is a choice of the message with an id; 0 for a shortcut.
func buttonOf(c channels.Choice, id int64) button {
	b := button{Label: c.Label, Hint: c.Hint, Main: c.Main}
	if c.URL != "" {
		b.URL = openable(c.URL)
	}
	if b.URL == "" {
		b.Value = strconv.FormatInt(id, 10) + " " + c.Token
	}
	return b
}

// openable is the address when a browser may follow it, and empty for anything like javascript:.
func openable(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	switch parsed.Scheme {
	case "http", "https", "mailto", "tel":
		return address
	case "":
		if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
			return address
		}
	}
	return ""
}

// pictureOf is nil when the page may not show it.
func pictureOf(photo *channels.Photo) *picture {
	if photo == nil || photo.Name == "" {
		return nil
	}
	if strings.HasPrefix(photo.Name, "https://") {
		return &picture{photo.Name, photo.Alt}
	}
	return &picture{picturePath + (&url.URL{Path: photo.Name}).EscapedPath(), photo.Alt}
}

func mapOf(l channels.Location) string {
	lat, lon := strconv.FormatFloat(l.Latitude, 'f', 6, 64), strconv.FormatFloat(l.Longitude, 'f', 6, 64)
	return "https://www.openstreetmap.org/?mlat=" + lat + "&mlon=" + lon + "#map=16/" + lat + "/" + lon
}

// address finds what reads as a link in a text. Punctuation at its end belongs to the sentence.
var address = regexp.MustCompile(`https?://[^\s<>"']*[^\s<>"'.,;:!?)\]»]`)

// pieces cuts a text at its links.
func pieces(text string) []piece {
	var cut []piece
	for text != "" {
		found := address.FindStringIndex(text)
		if found == nil {
			return append(cut, piece{Text: text})
		}
		if found[0] > 0 {
			cut = append(cut, piece{Text: text[:found[0]]})
		}
		link := text[found[0]:found[1]]
		cut = append(cut, piece{Text: link, Link: openable(link)})
		text = text[found[1]:]
	}
	return cut
}
