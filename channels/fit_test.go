package channels_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"parley/channels"
)

var roomy = channels.Limits{
	Text: 4096, Caption: 1024, Buttons: 40, Label: 40, Row: 8, Payload: 64, Photos: true, Links: true,
	Phone: true, Location: true,
}

// narrow is roomy with less of something.
func narrow(change func(*channels.Limits)) channels.Limits {
	limits := roomy
	change(&limits)
	return limits
}

var sizes = channels.Message{Text: "Which size?", Choices: []channels.Choice{
	{Label: "39", Token: "s:39"}, {Label: "40", Token: "s:40", Beside: true}, {Label: "Back to shoes", Token: "b"},
}}

const numbered = "Which size?\n\n1. 39\n2. 40\n3. Back to shoes"

func TestFitShowsButtonsOrNumbersButNotBoth(t *testing.T) {
	for name, test := range map[string]struct {
		limits  channels.Limits
		text    string
		buttons int
	}{
		"room for all":        {roomy, "Which size?", 3},
		"too many":            {narrow(func(l *channels.Limits) { l.Buttons = 2 }), numbered, 0},
		"label too long":      {narrow(func(l *channels.Limits) { l.Label = 12 }), numbered, 0},
		"no buttons":          {channels.Limits{Text: 4096}, numbered, 0},
		"token would be lost": {narrow(func(l *channels.Limits) { l.Payload = 3 }), numbered, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := channels.Fit(sizes, test.limits)
			if len(got) != 1 || got[0].Text != test.text || len(got[0].Choices) != test.buttons {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestFitLeavesTheMessageItWasGivenAlone(t *testing.T) {
	before := fmt.Sprintf("%+v", sizes)
	channels.Fit(sizes, narrow(func(l *channels.Limits) { l.Row = 1 }))
	if after := fmt.Sprintf("%+v", sizes); after != before {
		t.Errorf("%s became %s", before, after)
	}
}

func TestFitWritesPagesThatNoButtonOpens(t *testing.T) {
	message := channels.Message{Text: "Pay", Choices: []channels.Choice{
		{Label: "Card", URL: "https://pay.example.com/1"}, {Label: "Here", URL: "http://localhost:8080/pay/1"}, {Label: "Back", Token: "b"},
	}}
	for name, test := range map[string]struct {
		limits channels.Limits
		text   string
		labels string
	}{
		"any page":     {roomy, "Pay", "Card Here Back"},
		"public pages": {narrow(func(l *channels.Limits) { l.Public = true }), "Pay\n\nHere: http://localhost:8080/pay/1", "Card Back"},
		"no pages":     {narrow(func(l *channels.Limits) { l.Links = false }), "Pay\n\nCard: https://pay.example.com/1\nHere: http://localhost:8080/pay/1", "Back"},
		"no buttons":   {channels.Limits{Text: 4096}, "Pay\n\n1. Card: https://pay.example.com/1\n2. Here: http://localhost:8080/pay/1\n3. Back", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := channels.Fit(message, test.limits)
			if len(got) != 1 || got[0].Text != test.text || labels(got[0]) != test.labels {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestFitBreaksRowsThatAreTooLong(t *testing.T) {
	var many channels.Message
	for range 7 {
		many.Choices = append(many.Choices, channels.Choice{Label: "a", Token: "a", Beside: true})
	}
	for longest, want := range map[int]string{0: "-------", 1: "-------", 3: "-++-++-", 8: "-++++++"} {
		var got string
		for _, choice := range channels.Fit(many, narrow(func(l *channels.Limits) { l.Row = longest }))[0].Choices {
			got += map[bool]string{true: "+", false: "-"}[choice.Beside]
		}
		if got != want {
			t.Errorf("%d in a row: %s", longest, got)
		}
	}
}

func TestFitKnowsWhichPagesAreOnTheInternet(t *testing.T) {
	for address, want := range map[string]bool{
		"https://shop.example.com/a": true, "http://93.184.216.34/": true, "https://[2606:2800:220:1::1]/": true,
		"http://localhost/": false, "http://127.0.0.1:8080/": false, "http://10.1.2.3/": false, "http://[::1]/": false,
		"http://shop.local/": false, "http://shop/": false, "ftp://shop.example.com/": false, "mailto:a@b.example": false, "::": false,
	} {
		message := channels.Message{Text: "Look", Choices: []channels.Choice{{Label: "Shop", URL: address}}}
		got := channels.Fit(message, narrow(func(l *channels.Limits) { l.Public = true }))
		if (len(got[0].Choices) == 1) != want {
			t.Errorf("%s: %+v", address, got)
		}
	}
}

func labels(message channels.Message) string {
	var all []string
	for _, choice := range message.Choices {
		all = append(all, choice.Label)
	}
	return strings.Join(all, " ")
}

var fruit = channels.Message{Text: "Fruit", Choices: []channels.Choice{{Label: "Cart", Token: "cart"}}, Cards: []channels.Card{
	{Title: "Apple", Subtitle: "€1", Photo: &channels.Photo{Name: "apple.png"}, Choice: channels.Choice{Label: "Choose", Token: "a"}},
	{Title: "Pear", Choice: channels.Choice{Label: "Choose this pear today", Token: "p"}},
	{Title: "Plum", Choice: channels.Choice{Label: "Choose", Token: strings.Repeat("p", 65)}},
}}

func TestFitTurnsCardsIntoChoices(t *testing.T) {
	tappable := fruit
	tappable.Cards = fruit.Cards[:2]
	got := channels.Fit(tappable, roomy)
	if len(got) != 1 || labels(got[0]) != "Apple — €1 Pear Cart" || got[0].Choices[1].Token != "p" || got[0].Text != "Fruit" {
		t.Errorf("got %+v", got)
	}
	got = channels.Fit(fruit, roomy)
	if len(got) != 1 || got[0].Text != "Fruit\n\n1. Apple — €1\n2. Pear\n3. Plum\n4. Cart" {
		t.Errorf("with a token too long: %+v", got)
	}
}

func TestFitKeepsAsManyCardsAsThereIsRoomFor(t *testing.T) {
	limits := narrow(func(l *channels.Limits) { l.Cards, l.Label = 1, 10 })
	tappable := fruit
	tappable.Cards = fruit.Cards[:2]
	got := channels.Fit(tappable, limits)
	if len(got) != 1 || len(got[0].Cards) != 1 || got[0].Cards[0].Photo == nil || labels(got[0]) != "Pear Cart" {
		t.Errorf("got %+v", got)
	}
	limits.Buttons = 1
	got = channels.Fit(tappable, limits)
	if len(got[0].Cards) != 1 || got[0].Text != "Fruit\n\n2. Pear\n3. Cart" {
		t.Errorf("the numbers of what is no card go on after the cards: %+v", got)
	}
}

func TestFitShortensCardsOnlyWhileTheyCanBeToldApart(t *testing.T) {
	shirts := channels.Message{Text: "Shirts", Cards: []channels.Card{
		{Title: "Linen shirt, white", Choice: channels.Choice{Token: "w"}}, {Title: "Linen shirt, blue", Choice: channels.Choice{Token: "b"}},
	}}
	if got := channels.Fit(shirts, narrow(func(l *channels.Limits) { l.Label = 15 })); labels(got[0]) != "Linen shirt, w… Linen shirt, b…" {
		t.Errorf("got %+v", got)
	}
	if got := channels.Fit(shirts, narrow(func(l *channels.Limits) { l.Label = 12 })); got[0].Text != "Shirts\n\n1. Linen shirt, white\n2. Linen shirt, blue" {
		t.Errorf("got %+v", got)
	}
}

// Each line of a cart is a row of "−", its name and "+".
func TestFitKeepsSignsThatStandBesideANameAsButtons(t *testing.T) {
	line := func(name, token string) []channels.Choice {
		return []channels.Choice{
			{Label: "−", Hint: "One less: " + name, Token: token + "-"},
			{Label: name, Token: token, Beside: true},
			{Label: "+", Hint: "One more: " + name, Token: token + "+", Beside: true},
		}
	}
	cart := channels.Message{Text: "Cart", Choices: append(line("Boots", "b"), line("Mug", "m")...)}
	if got := channels.Fit(cart, roomy); labels(got[0]) != "− Boots + − Mug +" {
		t.Errorf("got %+v", got)
	}
	if got := channels.Fit(cart, narrow(func(l *channels.Limits) { l.Row, l.Buttons = 1, 10 })); len(got[0].Choices) > 0 || !strings.Contains(got[0].Text, "1. One less: Boots") {
		t.Errorf("nobody can tell one sign from the other in a column: %+v", got)
	}
	twins := channels.Message{Text: "Cart", Choices: append(line("Mug", "b"), line("Mug", "m")...)}
	twins.Choices[0].Hint, twins.Choices[2].Hint = "One less: Red mug", "One more: Red mug"
	if got := channels.Fit(twins, roomy); len(got[0].Choices) > 0 {
		t.Errorf("two rows of one name: %+v", got)
	}
}

func TestFitKeepsTheWordsOfAPhoto(t *testing.T) {
	photo := &channels.Photo{Name: "apple.png", Alt: "an apple"}
	long := strings.Repeat("word ", 300) + "end"
	none := narrow(func(l *channels.Limits) { l.Photos = false })
	for name, test := range map[string]struct {
		message channels.Message
		limits  channels.Limits
		want    []channels.Message
	}{
		"shown":          {channels.Message{Text: "red", Photo: photo}, roomy, []channels.Message{{Text: "red", Photo: photo}}},
		"dropped":        {channels.Message{Text: "red", Photo: photo}, none, []channels.Message{{Text: "red"}}},
		"only words":     {channels.Message{Photo: photo}, none, []channels.Message{{Text: "an apple"}}},
		"caption longer": {channels.Message{Title: "A", Text: long, Photo: photo, Choices: sizes.Choices[:1], Same: true}, roomy, []channels.Message{{Photo: photo, Same: true}, {Title: "A", Text: long, Choices: sizes.Choices[:1]}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, channels.Fit(test.message, test.limits)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFitCutsAtTheParagraphThenTheLineThenTheWord(t *testing.T) {
	limits := channels.Limits{Text: 20, Buttons: 3, Label: 10, Payload: 64}
	for text, want := range map[string][]string{
		"one two three\n\nfour five":     {"one two three", "four five"},
		"one two\nthree four\nfive six":  {"one two\nthree four", "five six"},
		"one two three four five six":    {"one two three four", "five six"},
		"abcdefghijklmnopqrstuvwxyz":     {"abcdefghijklmnopqrst", "uvwxyz"},
		"exactly twenty chars":           {"exactly twenty chars"},
		"exactly twenty chars and a bit": {"exactly twenty chars", "and a bit"},
	} {
		parts := channels.Fit(channels.Message{Text: text, Choices: sizes.Choices[:2]}, limits)
		var got []string
		for _, part := range parts {
			got = append(got, part.Text)
		}
		if diff := cmp.Diff(want, got); diff != "" || len(parts[len(parts)-1].Choices) != 2 {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestFitCountsAsTheNetworkDoes(t *testing.T) {
	text := strings.Repeat("👍", 6)
	limits := channels.Limits{Text: 10}
	if got := channels.Fit(channels.Message{Text: text}, limits); len(got) != 1 {
		t.Errorf("six characters became %d messages", len(got))
	}
	limits.UTF16 = true
	if got := channels.Fit(channels.Message{Text: text}, limits); len(got) != 2 || got[0].Text != strings.Repeat("👍", 5) {
		t.Errorf("twelve code units became %+v", got)
	}
}

func TestFitAsksOnlyWhatTheNetworkHelpsWith(t *testing.T) {
	message := channels.Message{Text: "Your phone?", Ask: channels.AskPhone, Choices: sizes.Choices[:1]}
	if got := channels.Fit(message, channels.Limits{Text: 100, Location: true}); got[0].Ask != channels.AskNothing {
		t.Errorf("got %+v", got)
	}
	if got := channels.Fit(message, roomy); len(got) != 1 || got[0].Ask != channels.AskPhone {
		t.Errorf("got %+v", got)
	}
	got := channels.Fit(message, narrow(func(l *channels.Limits) { l.AskAlone = true }))
	want := []channels.Message{{Text: "Your phone?", Choices: sizes.Choices[:1]}, {Text: "📱", Ask: channels.AskPhone}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFittedMessagesKeepTheLimitsAndLoseNoChoice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		message, limits := drawMessage(t), drawLimits(t)
		checkFit(t, message, limits)
	})
}

func drawLimits(t *rapid.T) channels.Limits {
	small := func(name string, low, high int) int { return rapid.IntRange(low, high).Draw(t, name) }
	yes := func(name string) bool { return rapid.Bool().Draw(t, name) }
	return channels.Limits{
		Text: small("text", 2, 200), Caption: small("caption", 0, 60), Buttons: small("buttons", 0, 20),
		Label: small("label", 0, 80), Row: small("row", 0, 4), Payload: rapid.SampledFrom([]int{0, 10, 64, 99, 99}).Draw(t, "payload"), Cards: small("cards", 0, 3),
		Photos: yes("photos"), Links: yes("links"), Phone: yes("phone"), Location: yes("location"),
		AskAlone: yes("alone"), Public: yes("public"), UTF16: yes("utf16"),
	}
}

func drawMessage(t *rapid.T) channels.Message {
	words := rapid.StringMatching(`[a-zж👍\n ]{0,40}`)
	message := channels.Message{
		Title: words.Draw(t, "title"), Text: strings.Repeat(words.Draw(t, "text"), rapid.IntRange(0, 20).Draw(t, "times")),
		Ask:  rapid.SampledFrom([]channels.Ask{"", channels.AskPhone, channels.AskLocation}).Draw(t, "ask"),
		Same: rapid.Bool().Draw(t, "same"),
	}
	if rapid.Bool().Draw(t, "photo") {
		message.Photo = &channels.Photo{Name: "a.png", Alt: "alt"}
	}
	place := 0
	choice := func(what string) channels.Choice {
		place++
		drawn := channels.Choice{Label: fmt.Sprint(what, place, strings.Repeat("x", rapid.IntRange(0, 20).Draw(t, "long"))), Beside: rapid.Bool().Draw(t, "beside")}
		if drawn.Token = fmt.Sprint("t", place, strings.Repeat("y", rapid.IntRange(0, 70).Draw(t, "token"))); rapid.Bool().Draw(t, "page") {
			drawn.Token, drawn.URL = "", rapid.SampledFrom([]string{"https://a.example.com/", "http://localhost/"}).Draw(t, "url")+fmt.Sprint(place, "/")
		}
		return drawn
	}
	for range rapid.IntRange(0, 5).Draw(t, "cards") {
		tapped := choice("card")
		message.Cards = append(message.Cards, channels.Card{Title: "T" + tapped.Label, Subtitle: "S", Photo: message.Photo, Choice: tapped})
	}
	for range rapid.IntRange(0, 9).Draw(t, "choices") {
		message.Choices = append(message.Choices, choice("choice"))
	}
	return message
}

type failer interface{ Fatalf(string, ...any) }

// checkFit wants that every message is within the limits, and that every choice is a card, a button or in the text.
func checkFit(t failer, message channels.Message, limits channels.Limits) {
	parts := channels.Fit(message, limits)
	shown := map[channels.Choice]bool{}
	var text string
	for i, part := range parts {
		checkLimits(t, part, limits)
		if i > 0 && part.Same || part.Quiet != message.Quiet {
			t.Fatalf("part %d lost what it is: %+v", i, part)
		}
		for _, choice := range channels.Numbered(part) {
			shown[channels.Choice{Token: choice.Token, URL: choice.URL}] = true
		}
		text += part.Words()
	}
	text = strings.Join(strings.Fields(text), "")
	for i, choice := range channels.Numbered(message) {
		if shown[channels.Choice{Token: choice.Token, URL: choice.URL}] {
			continue
		}
		label := choice.Label
		if i < len(message.Cards) {
			label = message.Cards[i].Title
		}
		if label = strings.Join(strings.Fields(label), ""); !strings.Contains(text, label) || !strings.Contains(text, choice.URL) {
			t.Fatalf("%+v is lost in %+v", choice, parts)
		}
	}
}

func checkLimits(t failer, part channels.Message, limits channels.Limits) {
	room := limits.Text
	if part.Photo != nil {
		room = limits.Caption
	}
	long := limits.Count(part.Words()) > room
	help := part.Ask == channels.AskPhone && !limits.Phone || part.Ask == channels.AskLocation && !limits.Location
	alone := limits.AskAlone && part.Ask != "" && len(part.Choices)+len(part.Cards) > 0
	if long || help || alone || len(part.Choices) > limits.Buttons || len(part.Cards) > limits.Cards || part.Photo != nil && !limits.Photos {
		t.Fatalf("%+v does not fit %+v", part, limits)
	}
	inRow := 0
	for i, choice := range part.Choices {
		if inRow++; !choice.Beside || i == 0 {
			inRow = 1
		}
		if limits.Count(choice.Label) > limits.Label || choice.Label == "" || inRow > max(limits.Row, 1) || i == 0 && choice.Beside {
			t.Fatalf("%+v does not fit %+v", part.Choices, limits)
		}
	}
	for _, choice := range channels.Numbered(part) {
		if choice.URL == "" && (choice.Token == "" || len(choice.Token) > limits.Payload) || choice.URL != "" && !limits.Links {
			t.Fatalf("%+v would come back broken", choice)
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add("Which size?", "39", "s:39", "", uint(4096), uint(40), uint(40), uint(3), uint8(255))
	f.Add("👍👍👍👍", "a", "", "http://localhost", uint(3), uint(1), uint(0), uint(0), uint8(64))
	f.Add(strings.Repeat("a \n\n", 50), "", "t", "", uint(2), uint(5), uint(5), uint(5), uint8(0))
	f.Fuzz(func(t *testing.T, text, label, token, page string, long, wide, buttons, count uint, bits uint8) {
		bit := func(i int) bool { return bits>>i&1 == 1 }
		limits := channels.Limits{Text: int(long % 5000), Caption: int(wide % 200), Label: int(wide % 50), Buttons: int(buttons % 20), Row: int(count % 9),
			Payload: 64, Cards: int(buttons % 4), Photos: bit(0), Links: bit(1), Phone: bit(2), Location: bit(3), AskAlone: bit(4), Public: bit(5), UTF16: bit(6)}
		message := channels.Message{Title: label, Text: text, Ask: channels.AskPhone, Photo: &channels.Photo{Name: "a.png", Alt: label}}
		for i := range count % 12 {
			choice := channels.Choice{Label: fmt.Sprint(label, i), Token: token, URL: page, Beside: bit(7)}
			message.Choices = append(message.Choices, choice)
			message.Cards = append(message.Cards, channels.Card{Title: choice.Label, Subtitle: text[:min(len(text), 9)], Choice: choice})
		}
		if limits.Text < 2 || !utf8.ValidString(text+label+page) {
			channels.Fit(message, limits) // ends, without a promise
			return
		}
		parts := channels.Fit(message, limits)
		for _, part := range parts {
			checkLimits(t, part, limits)
		}
	})
}
