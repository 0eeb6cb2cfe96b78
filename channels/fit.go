package channels

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Fit rewrites a message for a network that can show less, as the messages to send one after another (one at
// least, and nearly always one). Nothing that was offered is lost:
//
//   - Choices are buttons when all of them fit and can be told apart; else all of them become a numbered list in the text, so that the
//     buyer answers with the number. The number is the place in Numbered. Some as buttons and some as numbers would
//     make the buyer look for the rest in two places.
//   - A page that a button cannot open is an address in the text.
//   - Cards beyond Limits.Cards become choices in front of the others, labelled by title and subtitle. The label is
//     shortened when that leaves all labels different.
//   - A photo that cannot be shown leaves its Alt when there are no other words, and a photo whose caption would be
//     too long goes ahead of the text.
//   - Text that is too long is cut at a paragraph, else a line, else a word; title and photo are in the first
//     message, cards, choices and the help to enter something in the last.
//   - An invoice that the network can't show is a choice that opens its link, in front of the others.
//   - A network with AskAlone gets the help to enter something in a message of its own after the choices.
//
// A token that is empty or longer than Limits.Payload would come back broken: its choice is numbered too.
func Fit(message Message, limits Limits) []Message {
	message.Ask = limits.help(message.Ask)
	if message.Photo != nil && !limits.Photos {
		message = withoutPhoto(message)
	}
	if message.Invoice != nil && !limits.Invoices {
		message = withoutInvoice(message)
	}
	message = offer(message, limits)
	parts := cut(message, limits)
	if limits.AskAlone {
		parts = askAlone(parts)
	}
	for i := range parts[1:] {
		parts[i+1].Same = false
	}
	return parts
}

// Numbered is what a message offers in the order the buyer sees it: the choices of its cards, then its own. A buyer
// who answers "2" means the second, whether or not the network showed numbers.
func Numbered(message Message) []Choice {
	var all []Choice
	for _, card := range message.Cards {
		all = append(all, card.Choice)
	}
	return append(all, message.Choices...)
}

// Words is the title and the text as they count against Limits.Text, and as a network without strong type shows them.
func (m Message) Words() string {
	if m.Title == "" || m.Text == "" {
		return m.Title + m.Text
	}
	return m.Title + "\n" + m.Text
}

// Count is how many characters the network counts in a text.
func (l Limits) Count(text string) int {
	if !l.UTF16 {
		return utf8.RuneCountInString(text)
	}
	count := 0
	for _, r := range text {
		count += units(r)
	}
	return count
}

// units is how many UTF-16 code units a character takes.
func units(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// help is what of ask the network has a button for.
func (l Limits) help(ask Ask) Ask {
	if ask == AskPhone && l.Phone || ask == AskLocation && l.Location {
		return ask
	}
	return AskNothing
}

func withoutPhoto(message Message) Message {
	if message.Words() == "" {
		message.Text = message.Photo.Alt
	}
	message.Photo = nil
	return message
}

func withoutInvoice(message Message) Message {
	if message.Words() == "" {
		message.Title, message.Text = message.Invoice.Title, message.Invoice.Description
	}
	if message.Invoice.Link != "" {
		pay := Choice{Label: message.Invoice.Pay, URL: message.Invoice.Link, Main: true}
		message.Choices = append([]Choice{pay}, message.Choices...)
	}
	message.Invoice = nil
	return message
}

// offered is a choice with its place in Numbered and what the numbered list says of it.
type offered struct {
	Choice
	place int
	line  string
}

// offer turns cards into choices and choices into text until what is left fits.
func offer(message Message, limits Limits) Message {
	cards, rest := split(message, limits)
	message.Cards, message.Choices = cards, nil
	buttons, pages := divide(rest, limits)
	if !limits.hold(buttons) {
		return addLines(message, numbers(rest))
	}
	message.Choices = rows(buttons, limits.Row)
	return addLines(message, pages)
}

// name is what a choice is called where its label stands alone.
func (c Choice) name() string {
	if c.Hint != "" {
		return c.Hint
	}
	return c.Label
}

// split separates the cards that stay from the choices that the rest of the message amounts to.
func split(message Message, limits Limits) ([]Card, []offered) {
	var cards []Card
	var rest []offered
	for i, card := range message.Cards {
		if i < limits.Cards && len(cards) == i && limits.opens(card.Choice) {
			cards = append(cards, onCard(card, limits))
			continue
		}
		rest = append(rest, fromCard(card, i+1, limits))
	}
	for i, choice := range message.Choices {
		rest = append(rest, offered{choice, len(message.Cards) + i + 1, choice.name()})
	}
	return cards, rest
}

// onCard fits the card itself: its title tells cards apart, so the label of its button may be shortened.
func onCard(card Card, limits Limits) Card {
	card.Choice.Label = limits.shorten(card.Choice.Label)
	if !limits.Photos {
		card.Photo = nil
	}
	return card
}

func fromCard(card Card, place int, limits Limits) offered {
	line := card.Title
	if card.Subtitle != "" {
		line += " — " + card.Subtitle
	}
	choice := card.Choice
	choice.Label, choice.Beside = limits.shorten(line), false
	return offered{choice, place, line}
}

// shorten ends a label with "…" where it would be too long for a button.
func (l Limits) shorten(label string) string {
	if l.Label < 2 || l.Count(label) <= l.Label {
		return label
	}
	return strings.TrimRight(label[:l.prefix(label, l.Label-1)], " —") + "…"
}

// prefix is how many bytes of text are at most so many characters; one character at least, lest nothing moves on.
func (l Limits) prefix(text string, characters int) int {
	used := 0
	for at, r := range text {
		used++
		if l.UTF16 {
			used += units(r) - 1
		}
		if used > characters && at > 0 {
			return at
		}
	}
	return len(text)
}

// opens tells whether tapping the choice does what it should: its token comes back whole, or its page opens.
func (l Limits) opens(choice Choice) bool {
	if choice.URL != "" {
		return l.Links && (!l.Public || public(choice.URL))
	}
	return choice.Token != "" && len(choice.Token) <= l.Payload
}

// divide separates what can be buttons from the pages that can only be addresses in the text.
func divide(rest []offered, limits Limits) (buttons []offered, pages []string) {
	for _, one := range rest {
		if one.URL != "" && !limits.opens(one.Choice) {
			pages = append(pages, one.line+": "+one.URL)
			continue
		}
		buttons = append(buttons, one)
	}
	return buttons, pages
}

// hold tells whether all of the choices can be buttons of one message, and be told apart: by their labels, or,
// where a label is only a sign, by what stands beside it.
func (l Limits) hold(buttons []offered) bool {
	lines := map[string]string{}
	for i, one := range buttons {
		label := one.Label
		if one.Hint != "" {
			label += "\n" + l.beside(buttons, i)
		}
		before, taken := lines[label]
		if !l.opens(one.Choice) || one.Label == "" || l.Count(one.Label) > l.Label || taken && before != one.line {
			return false
		}
		lines[label] = one.line
	}
	return len(buttons) <= l.Buttons
}

// beside is the name that a sign's row goes by: "− 2 × boots +" is the row of the boots. It is empty when the
// network would break the row.
func (l Limits) beside(buttons []offered, sign int) (name string) {
	first, last := sign, sign
	for first > 0 && buttons[first].Beside {
		first--
	}
	for last+1 < len(buttons) && buttons[last+1].Beside {
		last++
	}
	if last-first >= l.Row {
		return ""
	}
	for _, one := range buttons[first : last+1] {
		if one.Hint == "" {
			name += one.Label
		}
	}
	return name
}

// rows breaks rows that are longer than the network's; Beside of the first choice has nothing to stand beside.
func rows(buttons []offered, longest int) []Choice {
	var choices []Choice
	inRow := 0
	for i, one := range buttons {
		if one.Beside = one.Beside && i > 0 && inRow < longest; !one.Beside {
			inRow = 0
		}
		inRow++
		choices = append(choices, one.Choice)
	}
	return choices
}

func numbers(rest []offered) []string {
	var lines []string
	for _, one := range rest {
		line := strconv.Itoa(one.place) + ". " + one.line
		if one.URL != "" {
			line += ": " + one.URL
		}
		lines = append(lines, line)
	}
	return lines
}

func addLines(message Message, lines []string) Message {
	if len(lines) == 0 {
		return message
	}
	if message.Text != "" {
		message.Text += "\n\n"
	}
	message.Text += strings.Join(lines, "\n")
	return message
}

// public tells whether a page can be opened from anywhere: http or https, and no address of this machine or network.
func public(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return false
	}
	host := parsed.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsGlobalUnicast() && !ip.IsPrivate()
	}
	return strings.Contains(strings.Trim(host, "."), ".") && !strings.HasSuffix(host, ".localhost") &&
		!strings.HasSuffix(host, ".local")
}

// cut makes as many messages as the words need.
func cut(message Message, limits Limits) []Message {
	words := limits.Count(message.Words())
	if message.Photo == nil && (limits.Text <= 0 || words <= limits.Text) ||
		message.Photo != nil && words <= limits.Caption {
		return []Message{message}
	}
	if message.Photo != nil {
		ahead := Message{Photo: message.Photo, Same: message.Same, Quiet: message.Quiet}
		message.Photo = nil
		return append([]Message{ahead}, cut(message, limits)...)
	}
	return cutText(message, limits)
}

// cutText gives the first message the title, the last one all that can be done, and each as much text as it holds.
func cutText(message Message, limits Limits) []Message {
	part := Message{Title: message.Title, Same: message.Same, Quiet: message.Quiet}
	room := limits.Text - limits.Count(message.Title) - 1
	if message.Title == "" {
		room = limits.Text
	} else if room < max(limits.Text/2, 2) {
		message.Text, part.Title, room = message.Words(), "", limits.Text
	}
	var parts []Message
	for limits.Count(message.Text) > room {
		part.Text, message.Text = limits.breakAt(message.Text, room)
		parts = append(parts, part)
		part.Title, room = "", limits.Text
		if message.Text == "" {
			break
		}
	}
	message.Title = part.Title
	if message.Text == "" && len(parts) > 0 {
		last := &parts[len(parts)-1]
		message.Title, message.Text = last.Title, last.Text
		parts = parts[:len(parts)-1]
	}
	return append(parts, message)
}

// breakAt divides text at the last paragraph, line or word that ends within so many characters.
func (l Limits) breakAt(text string, characters int) (before, after string) {
	end := l.prefix(text, characters)
	for _, mark := range []string{"\n\n", "\n", " "} {
		at := strings.LastIndex(text[:min(end+len(mark), len(text))], mark)
		if at > end/4 {
			return text[:at], text[at+len(mark):]
		}
	}
	return text[:end], text[end:]
}

// askAlone moves the help to enter something behind the choices that it cannot stand beside.
func askAlone(parts []Message) []Message {
	last := &parts[len(parts)-1]
	if last.Ask == AskNothing || len(last.Choices) == 0 && len(last.Cards) == 0 {
		return parts
	}
	asking := Message{Text: last.AskSays(), Ask: last.Ask, AskWith: last.AskWith, Quiet: last.Quiet}
	last.Ask, last.AskWith = AskNothing, ""
	return append(slices.Clip(parts), asking)
}

// AskSays is what the network's own button for Ask says: AskWith, or a sign that needs no words.
func (m Message) AskSays() string {
	switch {
	case m.AskWith != "":
		return m.AskWith
	case m.Ask == AskPhone:
		return "📱"
	case m.Ask == AskLocation:
		return "📍"
	default:
		return ""
	}
}
