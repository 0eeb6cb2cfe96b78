package dialogs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/channels"
	"parley/dialogs"
	"parley/dialogs/flow"
	"parley/migrations/db"
)

// atOnce receives updates at the same moment, by turns through two engines: two replicas on one database,
// whose gates know nothing of each other.
func (h *house) atOnce(updates ...channels.Inbound) {
	h.t.Helper()
	engines := []*dialogs.Engine{h.engine, dialogs.NewEngine(h.parts)}
	start := make(chan struct{})
	var under sync.WaitGroup
	for i, in := range updates {
		under.Go(func() {
			<-start
			if err := engines[i%2].Receive(context.Background(), in); err != nil {
				h.t.Error(err)
			}
		})
	}
	close(start)
	under.Wait()
	h.settle()
}

func fromAnna(id string) channels.Inbound {
	return channels.Inbound{ID: id, From: channels.Address{Channel: "test", Buyer: "anna"}, At: morning, Shop: "meadow", Language: "en"}
}

// add is a tap on "Add to cart" of one enamel mug.
func (h *house) add(id string) channels.Inbound {
	h.t.Helper()
	p, at := h.variant("EM-01")
	in := fromAnna(id)
	in.Token = flow.Token(flow.AddTapped{Variant: int64(p.Variants[at].ID), Count: 1})
	return in
}

func (h *house) mugs() int64 {
	return h.count("select coalesce(sum(l.quantity), 0) from cart_lines l join variants v on v.id = l.variant_id where v.sku = 'EM-01'")
}

func TestTwentyTapsAtOnceAllAct(t *testing.T) {
	stocked(t, func(t *testing.T, copied func(testing.TB) db.Where) {
		h := openHouse(t, copied(t), kinds["telegram"])
		var taps []channels.Inbound
		for i := range 20 {
			taps = append(taps, h.add("tap"+strconv.Itoa(i)))
		}
		h.atOnce(taps...) // the buyer is new, too
		if got := h.mugs(); got != 20 {
			t.Errorf("20 taps put %d mugs into the cart", got)
		}
		shown := h.network.read("anna")
		if len(shown) != 20 {
			t.Errorf("20 taps got %d answers", len(shown))
		}
		for i, one := range shown {
			if want := fmt.Sprintf("%d × $12.00", i+1); !strings.Contains(one.message.Text, want) {
				t.Errorf("answer %d does not say %s: %q", i+1, want, one.message.Text)
			}
		}
		if n := h.count("select count(*) from conversations"); n != 1 {
			t.Errorf("one buyer has %d conversations", n)
		}
		h.check()
	})
}

func TestTheSameUpdateTenTimesAtOnceActsOnce(t *testing.T) {
	stocked(t, func(t *testing.T, copied func(testing.TB) db.Where) {
		h := openHouse(t, copied(t), kinds["telegram"])
		tap := h.add("tap")
		h.atOnce(tap, tap, tap, tap, tap, tap, tap, tap, tap, tap)
		if got := h.mugs(); got != 1 {
			t.Errorf("one tap put %d mugs into the cart", got)
		}
		if shown := h.network.read("anna"); len(shown) != 1 {
			t.Errorf("one tap got %d answers: %v", len(shown), shown)
		}
		h.check()
	})
}

// All at once: confirm twice, empty the cart, change it, leave for the menu. Whatever came first, at most one order
// is placed, and only of what was confirmed.
func TestAnOrderIsPlacedOnceWhateverElseIsTapped(t *testing.T) {
	stocked(t, func(t *testing.T, copied func(testing.TB) db.Where) {
		h := openHouse(t, copied(t), kinds["telegram"])
		p := &play{house: h, script: script{given: map[string]string{"door": "meadow", "language": "en"}}, buyer: "anna"}
		p.receive(h.add("first"))
		for _, what := range []string{"checkout", "Anna, +1 555 010 0142", "Pick up at the shop · free", "skip"} {
			p.receive(channels.Inbound{Text: what})
		}
		h.settle()
		place := p.tap(step{what: "Place the order"}).Token
		var updates []channels.Inbound
		for i, token := range []string{place, flow.Token(flow.ClearTapped{}), place, flow.Token(flow.HomeTapped{}), place, flow.Token(flow.BackTapped{}), place, flow.Token(flow.CheckoutTapped{})} {
			in := fromAnna("at-once-" + strconv.Itoa(i))
			in.Token = token
			updates = append(updates, in)
		}
		h.atOnce(updates...)
		if n := h.count("select count(*) from orders"); n > 1 {
			t.Errorf("%d orders were placed", n)
		}
		h.check()
	})
}

// words are what people say at the wrong moment.
var words = []string{
	"menu", "cart", "checkout", "my orders", "help", "operator", "language", "русский", "english", "back", "skip", "yes", "1", "2", "3", "7", "42", "-1",
	"boots", "кружка", "unobtainium", "Anna, +1 555 010 0142", "anna@example.com", "12 Demo Street, Sampleville", "shops", "clear cart", "", "?", "%", "_", "'; drop table orders; --",
	"<b>bold</b>", strings.Repeat("long ", 300), "👍", "\u202eright to left", "/start", "/unknown", "٣", "1e9", "9999999999999999999",
}

var links = []string{"s_meadow", "s_studio", "p_enamel-mug", "p_trail-boot", "c_boots", "s_studio__p_gift-card", "p_", "s_", "__", "x", "p_%%"}

// A buyer who taps and says whatever comes to mind is always answered, never hits an error, and leaves the shop in order.
func TestNobodyCanConfuseTheShop(t *testing.T) {
	stocked(t, func(t *testing.T, copied func(testing.TB) db.Where) {
		for seed, kind := range []string{"telegram", "buttons", "text", "telegram"} {
			t.Run(kind+strconv.Itoa(seed), func(t *testing.T) {
				t.Parallel()
				wander(t, copied(t), kind, rand.New(rand.NewPCG(uint64(seed), 7)), 150)
			})
		}
	})
}

func wander(t *testing.T, where db.Where, kind string, dice *rand.Rand, steps int) {
	t.Helper()
	h := openHouse(t, where, kinds[kind])
	p := &play{house: h, script: script{given: map[string]string{"language": "en"}}, buyer: "anna"}
	p.receive(channels.Inbound{Started: true, Start: "s_meadow"})
	var walked []string
	for n := range steps {
		h.clock.advance(time.Second)
		h.settle()
		p.network.read("anna")
		stumble := p.stumble
		if dice.IntN(5) < 2 {
			stumble = p.buyOn
		}
		did, answered := stumble(dice)
		walked = append(walked, did)
		h.settle()
		read := p.network.read("anna")
		for _, one := range read {
			p.proofread(step{line: n}, one.message)
			if strings.Contains(one.message.Text, "Something went wrong") || strings.Contains(one.message.Text, "что-то пошло не так") {
				t.Errorf("there is trouble")
			}
			if page := payPage.FindString(fmt.Sprint(one.message)); page != "" {
				p.page = page
			}
		}
		if answered && len(read) == 0 && !p.isWithHuman() {
			t.Error("there was no answer")
		}
		if t.Failed() {
			t.Fatalf("on %s after %s", kind, strings.Join(walked, " → "))
		}
	}
	h.wait(2 * time.Hour)
	h.check()
	t.Logf("%d orders, %d payments", h.count("select count(*) from orders"), h.count("select count(*) from payments"))
}

// buyOn does what leads on to a paid order, or nobody would ever get there by chance.
func (p *play) buyOn(dice *rand.Rand) (did string, answered bool) {
	p.t.Helper()
	var session string
	err := p.db.On(context.Background()).Raw("select c.session from conversations c join contacts k on k.conversation_id = c.id").Scan(&session).Error
	if err != nil {
		p.t.Fatal(err)
	}
	var now flow.Session
	if err := json.Unmarshal([]byte(session), &now); err != nil {
		p.t.Fatal(err)
	}
	say := func(in channels.Inbound) (string, bool) {
		p.receive(in)
		return fmt.Sprintf("%s: on", now.State), true
	}
	switch now.State {
	case flow.Browsing:
		return say(channels.Inbound{Started: true, Start: []string{"s_meadow__p_enamel-mug", "s_meadow__p_head-torch", "s_studio__p_colour-ebook"}[dice.IntN(3)]})
	case flow.Contacting:
		return say(channels.Inbound{Text: "Anna, +1 555 010 0142"})
	case flow.Delivering:
		return say(channels.Inbound{Text: strconv.Itoa(1 + dice.IntN(3))})
	case flow.Addressing:
		return say(channels.Inbound{Text: "12 Demo Street, Sampleville"})
	case flow.Commenting:
		return say(channels.Inbound{Text: "skip"})
	case flow.Paying:
		if p.page != "" && dice.IntN(2) == 0 {
			p.press(p.page, "pay")
			return "pays", false
		}
		return say(channels.Inbound{Text: strconv.Itoa(1 + dice.IntN(3))})
	case flow.Viewing:
		if now.Product != 0 && len(now.Offered) > 0 && !now.Offered[0].Main {
			return say(channels.Inbound{Text: "1"})
		}
	}
	return say(channels.Inbound{Text: "yes"})
}

// stumble does something by chance, and says what, and whether the buyer waits for an answer.
func (p *play) stumble(dice *rand.Rand) (did string, answered bool) {
	p.t.Helper()
	if p.isWithHuman() && dice.IntN(3) == 0 {
		p.handBack()
		return "hand back", false
	}
	switch roll := dice.IntN(100); {
	case roll < 62:
		return p.tapAnything(dice)
	case roll < 75:
		word := words[dice.IntN(len(words))]
		p.receive(channels.Inbound{Text: word})
		return fmt.Sprintf("%.40q", word), true
	case roll < 77:
		link := links[dice.IntN(len(links))]
		p.receive(channels.Inbound{Started: true, Start: link})
		return "link " + link, true
	case roll < 87:
		p.receive(channels.Inbound{Contact: &channels.Contact{Name: "Anna", Phone: "15550100142"}})
		return "contact", true
	case roll < 90:
		p.receive(channels.Inbound{Location: &channels.Location{Latitude: 52.5, Longitude: 13.4}})
		return "location", true
	case roll < 92:
		p.receive(channels.Inbound{File: "photo"})
		return "photo", true
	case roll < 94 && p.page != "":
		button := []string{"pay", "decline", "later", "settle"}[dice.IntN(4)]
		p.press(p.page, button)
		return "pay page " + button, false
	case roll < 96:
		p.wait(time.Duration(dice.IntN(40)) * time.Minute)
		return "time", false
	}
	p.handBack()
	return "hand back", false
}

func (p *play) isWithHuman() bool {
	return p.count("select count(*) from conversations c join contacts k on k.conversation_id = c.id where c.owner = 'human'") > 0
}

func (p *play) handBack() {
	p.t.Helper()
	if shop, id := p.conversation(); shop != 0 {
		if err := p.inbox.HandBack(context.Background(), shop, id); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *play) tapAnything(dice *rand.Rand) (did string, answered bool) {
	p.t.Helper()
	screen := p.network.screen("anna")
	back := dice.IntN(10)
	if back > 2 {
		back = 0 // mostly what is there now
	}
	for i := len(screen) - 1 - back; i >= 0; i-- {
		choices := channels.Numbered(screen[i].message)
		if len(choices) == 0 {
			continue
		}
		choice := choices[dice.IntN(len(choices))]
		for _, main := range choices {
			if main.Main && dice.IntN(3) > 0 {
				choice = main // else nobody would ever get as far as to pay
			}
		}
		if choice.URL != "" {
			return "nothing", false
		}
		p.receive(channels.Inbound{Token: choice.Token, Tapped: screen[i].id})
		return "tap " + choice.Label, true
	}
	number := strconv.Itoa(1 + dice.IntN(9))
	p.receive(channels.Inbound{Text: number})
	return "number " + number, true
}
