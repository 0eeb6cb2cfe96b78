package channelstest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/channels"
)

// Exercise runs the whole suite, each part with a harness of its own.
func Exercise(t *testing.T, make Make) {
	for name, part := range map[string]func(*bench){
		"limits are sensible and constant":             limitsHold,
		"every kind of message is shown":               messagesAreShown,
		"each choice comes back as its token":          choicesComeBack,
		"cards can be picked":                          cardsCanBePicked,
		"a choice that is no button is a number":       numbersAreShown,
		"what buyers do arrives with its meaning":      actsArrive,
		"a repeated delivery has the same id":          repeatsAreKnown,
		"what could not be stored is delivered again":  failuresAreReported,
		"forged and malformed deliveries are refused":  forgeriesAreRefused,
		"troubles of the network are told apart":       troublesAreToldApart,
		"a message is edited in place":                 editsInPlace,
		"an edit of a message that is gone sends anew": editsFallBack,
		"long and odd texts arrive whole":              textsArriveWhole,
		"many messages at once all arrive":             concurrentSends,
		"acknowledging and typing do no harm":          courtesies,
	} {
		t.Run(name, func(t *testing.T) { part(newBench(t, make)) })
	}
}

func limitsHold(b *bench) {
	limits := b.Adapter().Limits()
	if limits != b.Adapter().Limits() {
		b.Error("limits differ from call to call")
	}
	if limits.Text < 100 || limits.Buttons > 0 && (limits.Label < 10 || limits.Payload < 64) {
		b.Errorf("too small to sell with: %+v", limits)
	}
	if _, can := b.Adapter().(channels.Editor); can != (limits.Edit != channels.EditNever) {
		b.Error("Limits.Edit and channels.Editor disagree")
	}
	for _, rate := range []channels.Rate{limits.PerChat, limits.Overall} {
		if rate.PerSecond < 0 || rate.PerSecond > 0 && rate.Burst < 1 {
			b.Errorf("a rate that lets nothing through: %+v", rate)
		}
	}
}

// everything is a message of every kind.
func everything() map[string]channels.Message {
	two := []channels.Choice{{Label: "Yes", Token: "yes", Main: true}, {Label: "No", Token: "no", Beside: true}}
	return map[string]channels.Message{
		"text":            {Text: "plain words"},
		"title":           {Title: "A title"},
		"title and text":  {Title: "A title", Text: "and words\nin two lines"},
		"choices":         {Text: "Well?", Choices: two},
		"page":            {Text: "Look", Choices: []channels.Choice{{Label: "Shop", URL: "https://shop.example.com/a?b=c"}}},
		"page here":       {Text: "Look", Choices: []channels.Choice{{Label: "Pay", URL: "http://127.0.0.1:8080/pay/1"}}},
		"photo":           {Title: "Apple", Text: "red", Photo: &channels.Photo{Name: Picture, Alt: "an apple"}, Choices: two},
		"photo elsewhere": {Text: "red", Photo: &channels.Photo{Name: "https://pictures.example.com/a.png", Alt: "apple"}},
		"photo alone":     {Photo: &channels.Photo{Name: Picture, Alt: "an apple"}},
		"missing photo":   {Text: "words stay", Photo: &channels.Photo{Name: "nowhere.png", Alt: "nothing"}},
		"phone":           {Text: "Your phone?", Ask: channels.AskPhone, AskWith: "Share phone"},
		"location":        {Text: "Where?", Ask: channels.AskLocation, Choices: two},
		"quiet":           {Text: "shh", Quiet: true},
	}
}

func messagesAreShown(b *bench) {
	number := 0
	for name, message := range everything() {
		number++
		buyer := b.Buyer(number)
		b.show(buyer, message)
		b.wantText(buyer, message.Title, message.Text)
		b.wantChoices(name, buyer, message)
		b.wantPhoto(name, buyer, message)
		b.wantAsk(name, buyer, message)
	}
}

// wantChoices wants each choice as a button, its label in the text, or its address there.
func (b *bench) wantChoices(name string, buyer channels.Address, message channels.Message) {
	b.Helper()
	text, buttons := b.seen(buyer)
	for _, choice := range channels.Numbered(message) {
		shown := slices.ContainsFunc(buttons, func(button Button) bool {
			return button.Label == choice.Label && button.URL == choice.URL
		})
		if !shown && !strings.Contains(text, choice.Label) || !shown && !strings.Contains(text, choice.URL) {
			b.Errorf("%s: %+v is nowhere on the screen:\n%s%+v", name, choice, text, buttons)
		}
	}
}

func (b *bench) wantPhoto(name string, buyer channels.Address, message channels.Message) {
	b.Helper()
	if message.Photo == nil || !b.Adapter().Limits().Photos || name == "missing photo" {
		return
	}
	for _, bubble := range b.Screen(buyer) {
		if bubble.Photo != "" {
			return
		}
	}
	b.Errorf("%s: no photo on the screen", name)
}

func (b *bench) wantAsk(name string, buyer channels.Address, message channels.Message) {
	b.Helper()
	var asked channels.Ask
	for _, bubble := range b.Screen(buyer) {
		asked += bubble.Ask
	}
	limits := b.Adapter().Limits()
	can := message.Ask == channels.AskPhone && limits.Phone || message.Ask == channels.AskLocation && limits.Location
	if can && asked != message.Ask || !can && asked != "" {
		b.Errorf("%s: the network helps to enter %q", name, asked)
	}
}

func choicesComeBack(b *bench) {
	limits, buyer := b.Adapter().Limits(), b.Buyer(1)
	message := channels.Message{Text: "Which?"}
	for i := range min(limits.Buttons, 10) {
		token := fmt.Sprintf("t:%d-", i)
		token += strings.Repeat("x", min(limits.Payload, 64)-len(token))
		message.Choices = append(message.Choices, channels.Choice{Label: fmt.Sprint("Size ", i), Token: token, Beside: i%2 == 1})
	}
	ids := b.show(buyer, message)
	for i, choice := range message.Choices {
		in, _ := b.do(buyer, Act{Tap: i + 1})
		if in.Token != choice.Token || in.Text != "" {
			b.Errorf("button %d came back as %+v", i+1, in)
		}
		if limits.Edit != channels.EditNever && in.Tapped != ids[0] {
			b.Errorf("tapped %q, sent %q", in.Tapped, ids[0])
		}
	}
}

func cardsCanBePicked(b *bench) {
	buyer := b.Buyer(1)
	message := channels.Message{Text: "Fruit", Choices: []channels.Choice{{Label: "Cart", Token: "cart"}}, Cards: []channels.Card{
		{Title: "Apple", Subtitle: "€1", Photo: &channels.Photo{Name: Picture}, Choice: channels.Choice{Label: "Choose", Token: "apple"}},
		{Title: "Pear", Subtitle: "€2", Choice: channels.Choice{Label: "Choose", Token: "pear"}},
	}}
	b.show(buyer, message)
	_, buttons := b.seen(buyer)
	for i, choice := range channels.Numbered(message) {
		if len(buttons) == 0 {
			break // a network without buttons: the numbers are another part's
		}
		if in, _ := b.do(buyer, Act{Tap: i + 1}); in.Token != choice.Token {
			b.Errorf("button %d of %+v came back as %q", i+1, buttons, in.Token)
		}
	}
}

func numbersAreShown(b *bench) {
	buyer, message := b.Buyer(1), channels.Message{Text: "Too many"}
	for i := range b.Adapter().Limits().Buttons + 3 {
		message.Choices = append(message.Choices, channels.Choice{Label: fmt.Sprint("Thing ", i), Token: fmt.Sprint("t", i)})
	}
	b.show(buyer, message)
	for i := range message.Choices {
		b.wantText(buyer, fmt.Sprintf("%d. Thing %d\n", i+1, i))
	}
}

func actsArrive(b *bench) {
	buyer, limits := b.Buyer(1), b.Adapter().Limits()
	for _, text := range []string{"hello", "2", "Привет, 👍🏽!", "two\nlines", "/cart", "<b>&amp;"} {
		if in, _ := b.do(buyer, Act{Text: text}); in.Text != text || in.Started || in.Token != "" {
			b.Errorf("%q arrived as %+v", text, in)
		}
	}
	for _, payload := range []string{"", "p_42-a"} {
		if in, can := b.do(buyer, Act{Start: &payload}); can && (!in.Started || in.Start != payload || in.Text != "") {
			b.Errorf("start %q arrived as %+v", payload, in)
		}
	}
	contact := channels.Contact{Name: "Ann", Phone: "+15550100"}
	if in, can := b.do(buyer, Act{Contact: &contact}); can != limits.Phone || can && (in.Contact == nil || in.Contact.Phone != contact.Phone) {
		b.Errorf("a contact arrived as %+v", in)
	}
	place := channels.Location{Latitude: 55.75, Longitude: -37.5}
	if in, can := b.do(buyer, Act{Location: &place}); can != limits.Location || can && (in.Location == nil || *in.Location != place) {
		b.Errorf("a location arrived as %+v", in)
	}
	if in, can := b.do(buyer, Act{File: true}); can && in.File == "" {
		b.Errorf("a file arrived as %+v", in)
	}
	if in, can := b.do(buyer, Act{Blocks: true}); can && (in.Blocked == nil || !*in.Blocked) {
		b.Errorf("blocking arrived as %+v", in)
	}
}

func repeatsAreKnown(b *bench) {
	first, _ := b.do(b.Buyer(1), Act{Text: "once"})
	if status := b.Again(); status/100 != 2 {
		b.Fatalf("the repeat was answered with %d", status)
	}
	heard := b.all()
	if last := heard[len(heard)-1]; len(heard) > 1 && last.ID != first.ID {
		b.Errorf("the same delivery arrived as %q, then as %q", first.ID, last.ID)
	}
	if second, _ := b.do(b.Buyer(1), Act{Text: "once"}); second.ID == first.ID {
		b.Error("two messages of the same words have the same id")
	}
}

func failuresAreReported(b *bench) {
	b.breakReceive(errors.New("the database is away"))
	if status, _ := b.Do(b.Buyer(1), Act{Text: "hello"}); status/100 == 2 {
		b.Errorf("what was not stored was acknowledged with %d", status)
	}
	b.breakReceive(nil)
	if status := b.Again(); status/100 != 2 || len(b.all()) != 1 || b.all()[0].Text != "hello" {
		b.Errorf("delivered again: status %d, received %+v", status, b.all())
	}
}

func forgeriesAreRefused(b *bench) {
	for wrong, status := range b.Forge() {
		if status/100 != 4 {
			b.Errorf("%s: answered with %d", wrong, status)
		}
	}
	if heard := b.all(); len(heard) > 0 {
		b.Errorf("received %+v", heard)
	}
	b.do(b.Buyer(1), Act{Text: "still alive"})
}

func troublesAreToldApart(b *bench) {
	for i, wanted := range []struct {
		trouble Trouble
		why     channels.Reason
		after   time.Duration
	}{{TooFast, channels.Slow, RetryAfter * time.Second}, {Blocked, channels.Gone, 0}, {Broken, channels.Down, 0}} {
		buyer := b.Buyer(i + 1)
		if !b.Trouble(buyer, wanted.trouble) {
			continue
		}
		_, err := b.Adapter().Send(b.Context(), buyer, channels.Message{Text: "hello"})
		var refused *channels.Refused
		if !errors.As(err, &refused) || refused.Why != wanted.why || refused.After != wanted.after {
			b.Errorf("%s: %v", wanted.trouble, err)
		}
	}
}

func editsInPlace(b *bench) {
	editor, can := b.Adapter().(channels.Editor)
	if !can {
		b.Skip("this network cannot edit")
	}
	photo := &channels.Photo{Name: Picture, Alt: "square"}
	for i, turn := range [][2]channels.Message{
		{{Text: "page 1", Choices: []channels.Choice{{Label: "Next", Token: "2"}}}, {Title: "Page", Text: "page 2", Same: true}},
		{{Text: "red", Photo: photo}, {Text: "blue", Photo: photo, Choices: []channels.Choice{{Label: "Add", Token: "a"}}}},
		{{Text: "list"}, {Text: "card", Photo: photo}},
		{{Text: "card", Photo: photo}, {Text: "list"}},
		{{Text: "the same"}, {Text: "the same"}},
	} {
		buyer := b.Buyer(i + 1)
		id := b.show(buyer, turn[0])[0]
		now, err := editor.Edit(b.Context(), buyer, id, turn[1])
		if err != nil {
			b.Errorf("edit %+v: %v", turn, err)
		}
		screen := b.Screen(buyer)
		if len(screen) != 1 || screen[0].ID != now || !strings.Contains(screen[0].Text, turn[1].Text) ||
			len(screen[0].Buttons) != len(turn[1].Choices) || (screen[0].Photo != "") != (turn[1].Photo != nil) {
			b.Errorf("%+v edited into %+v left %+v, now %q", turn[0], turn[1], screen, now)
		}
	}
}

func editsFallBack(b *bench) {
	editor, can := b.Adapter().(channels.Editor)
	buyer := b.Buyer(1)
	if !can || !b.Erase(buyer, b.show(buyer, channels.Message{Text: "first"})[0]) {
		b.Skip("no message can be gone here")
	}
	id := b.show(buyer, channels.Message{Text: "second"})[0]
	b.Erase(buyer, id)
	now, err := editor.Edit(b.Context(), buyer, id, channels.Message{Text: "third"})
	screen := b.Screen(buyer)
	if err != nil || len(screen) != 1 || screen[0].Text != "third" || screen[0].ID != now {
		b.Errorf("now %q, %v, on the screen %+v", now, err, screen)
	}
}

func textsArriveWhole(b *bench) {
	limits := b.Adapter().Limits()
	for i, word := range []string{"word", "слово", "👩‍👩‍👧", "<b>&lt;_*[x](y)`", "שלום", "a\u0301"} {
		buyer := b.Buyer(i + 1)
		var text strings.Builder
		for n := 0; text.Len() < min(limits.Text, 20_000)*2; n++ {
			fmt.Fprintf(&text, "%s%d ", word, n)
		}
		long := strings.TrimSpace(text.String())
		b.show(buyer, channels.Message{Title: "Long " + word, Text: long, Choices: []channels.Choice{{Label: "Ok", Token: "ok"}}})
		shown, buttons := b.seen(buyer)
		if got := strings.Join(strings.Fields(shown), " "); got != "Long "+word+" "+long || limits.Buttons > 0 && len(buttons) != 1 {
			b.Errorf("%q: %d bytes of %d arrived, with %d buttons", word, len(got), len(long), len(buttons))
		}
	}
}

func concurrentSends(b *bench) {
	const buyers, each = 8, 5
	var wg sync.WaitGroup
	ids := make([][]string, buyers)
	for n := range buyers {
		buyer := b.Buyer(n + 1)
		wg.Go(func() {
			for i := range each {
				id, err := b.Adapter().Send(b.Context(), buyer, channels.Message{Text: fmt.Sprint("message ", i)})
				if err != nil {
					b.Errorf("send: %v", err)
				}
				ids[n] = append(ids[n], id)
			}
		})
	}
	wg.Wait()
	for n := range buyers {
		var shown []string
		for i, bubble := range b.Screen(b.Buyer(n + 1)) {
			shown = append(shown, bubble.ID)
			if bubble.Text != fmt.Sprint("message ", i) {
				b.Errorf("buyer %d sees %q in place %d", n+1, bubble.Text, i)
			}
		}
		if !slices.Equal(shown, ids[n]) {
			b.Errorf("buyer %d sees %v, sent were %v", n+1, shown, ids[n])
		}
	}
}

func courtesies(b *bench) {
	buyer := b.Buyer(1)
	if typer, can := b.Adapter().(channels.Typer); can {
		if err := typer.Typing(b.Context(), buyer); err != nil {
			b.Errorf("typing: %v", err)
		}
	}
	acknowledger, can := b.Adapter().(channels.Acknowledger)
	if !can || b.Adapter().Limits().Buttons == 0 {
		return
	}
	b.show(buyer, channels.Message{Text: "Well?", Choices: []channels.Choice{{Label: "Yes", Token: "y"}}})
	in, _ := b.do(buyer, Act{Tap: 1})
	if in.Answer == "" {
		return // it was acknowledged where it came in
	}
	for range 2 { // once more than the network waits for
		if err := acknowledger.Acknowledge(b.Context(), in.Answer); err != nil {
			b.Errorf("acknowledge %q: %v", in.Answer, err)
		}
	}
}
