package admin

import (
	"fmt"
	"strings"
	"time"

	"parley/channels"
)

// bubble is one message as staff read it, whatever it was on the network: pictures, buttons and places in words.
type bubble struct {
	ID      int64
	Mine    bool   // the shop's side
	Person  string // the name of the person who wrote it; empty: the bot, or the buyer
	At      time.Time
	Title   string
	Text    string
	Facts   []fact   // what came with it
	Choices []string // what the buyer was offered
	State   string   // how far it has come: only of what the shop said
	Failed  string   // why it did not arrive
	Edited  bool     // it stood in place of an earlier one
}

// fact is something that is no text, in words.
type fact struct {
	Icon, Says string
}

// bubbles is a transcript as staff read it.
func bubbles(entries []channels.Entry, names map[string]string) []bubble {
	labels := map[string]string{} // of what was offered, by token
	all := make([]bubble, 0, len(entries))
	for _, e := range entries {
		b := bubble{ID: e.ID, At: e.At}
		if e.Out != nil {
			b.say(e, names)
			remember(labels, *e.Out)
		} else if e.In != nil {
			b.hear(*e.In, labels)
		}
		all = append(all, b)
	}
	return all
}

func remember(labels map[string]string, m channels.Message) {
	for _, choice := range m.Choices {
		labels[choice.Token] = choice.Label
	}
	for _, card := range m.Cards {
		labels[card.Choice.Token] = card.Title
	}
}

// say fills a bubble with what the shop said.
func (b *bubble) say(e channels.Entry, names map[string]string) {
	m := *e.Out
	b.Mine, b.Title, b.Text, b.Edited = true, m.Title, m.Text, e.Edits != ""
	if e.Author != "" {
		b.Person = "A person"
		if name := names[e.Author]; name != "" {
			b.Person = name
		}
	}
	if m.Photo != nil {
		b.Facts = append(b.Facts, fact{Icon: "photo", Says: either(m.Photo.Alt, "Photo")})
	}
	for _, card := range m.Cards {
		b.Facts = append(b.Facts, fact{Icon: "card", Says: strings.TrimSuffix(card.Title+" · "+card.Subtitle, " · ")})
	}
	for _, choice := range m.Choices {
		b.Choices = append(b.Choices, either(choice.Hint, choice.Label))
	}
	b.State, b.Failed = string(e.State), e.Error
}

// hear fills a bubble with what the buyer did.
func (b *bubble) hear(in channels.Inbound, labels map[string]string) {
	b.Text = in.Text
	switch {
	case in.Token != "":
		b.Facts = append(b.Facts, fact{Icon: "tap", Says: "Tapped " + quoted(either(labels[in.Token], "a button"))})
	case in.Started:
		b.Facts = append(b.Facts, fact{Icon: "enter", Says: "Opened the chat"})
	case in.Start != "":
		b.Facts = append(b.Facts, fact{Icon: "enter", Says: "Came by a link"})
	}
	if in.Contact != nil {
		b.Facts = append(b.Facts, fact{Icon: "phone", Says: "Shared a phone: " + in.Contact.Phone})
	}
	if in.Location != nil {
		at := fmt.Sprintf("%.5f, %.5f", in.Location.Latitude, in.Location.Longitude)
		b.Facts = append(b.Facts, fact{Icon: "pin", Says: "Shared a place: " + at})
	}
	if in.File != "" {
		b.Facts = append(b.Facts, fact{Icon: "photo", Says: "Sent a file: " + in.File})
	}
	if in.Blocked != nil {
		b.Facts = append(b.Facts, fact{Icon: "enter", Says: map[bool]string{true: "Left the chat", false: "Came back"}[*in.Blocked]})
	}
}

func quoted(label string) string {
	if label == "a button" {
		return label
	}
	return "“" + label + "”"
}

func either(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
