package dialogs_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/catalog"
	"parley/catalog/money"
	"parley/channels"
	"parley/dialogs"
	"parley/dialogs/flow"
	"parley/dialogs/texts"
	"parley/migrations/db"
	"parley/orders"
	"parley/payments"
)

// kinds of networks that transcripts name in their head.
var kinds = map[string]channels.Limits{
	"telegram": {
		Text: 4096, Caption: 1024, Buttons: 40, Label: 64, Row: 8, Payload: 64, UTF16: true, Photos: true,
		Edit: channels.EditAny, Links: true, Phone: true, Location: true, AskAlone: true,
	},
	"buttons": {Text: 1024, Caption: 1024, Buttons: 3, Label: 20, Row: 1, Payload: 256, Photos: true},
	"text":    {Text: 4000},
}

// script is a transcript: what is done, line by line, and what is said to it.
type script struct {
	head  []string // comments and settings, as they stand
	given map[string]string
	steps []step
}

type step struct {
	line int
	do   string // "tap", "buyer" …
	what string
	said string // what is expected, as it stands
	gap  bool   // an empty line stands before it
}

var sayings = map[string]bool{"invoice": true, "telegram": true, "shop": true, "edit": true, "photo": true, "buttons": true, "ask": true}

func readScript(t *testing.T, file string) (s script) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s.given = map[string]string{"channel": "telegram", "language": "en"}
	gap := false
	for n, line := range strings.Split(strings.TrimRight(string(content), "\n"), "\n") {
		name, what, _ := strings.Cut(line, ":")
		what = strings.TrimSpace(what)
		_, setting := map[string]bool{"channel": true, "door": true, "language": true, "stars": true}[name]
		switch {
		case len(s.steps) == 0 && (strings.HasPrefix(line, "#") || setting):
			s.head = append(s.head, line)
			if setting {
				s.given[name] = what
			}
		case line == "":
			gap = true
		case strings.HasPrefix(line, "  ") || line == "…" || sayings[name]:
			if len(s.steps) == 0 {
				t.Fatalf("%s:%d: nothing was done yet", file, n+1)
			}
			last := &s.steps[len(s.steps)-1]
			if gap && last.said != "" {
				last.said += "\n"
			}
			last.said += line + "\n"
			gap = false
		default:
			s.steps = append(s.steps, step{line: n + 1, do: name, what: what, gap: gap})
			gap = false
		}
	}
	return s
}

func (s script) write(t *testing.T, file string) {
	t.Helper()
	var out strings.Builder
	out.WriteString(strings.Join(s.head, "\n") + "\n")
	for i, one := range s.steps {
		if one.gap || i == 0 || s.steps[i-1].said != "" {
			out.WriteString("\n")
		}
		out.WriteString(strings.TrimSpace(one.do+": "+one.what) + "\n" + one.said)
	}
	if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// fits says whether what was said is what is expected, where "…" stands for anything.
func fits(expected, said string) bool {
	parts := strings.Split(expected, "…")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(`(?s)^` + strings.Join(parts, ".*") + `$`).MatchString(said)
}

// play has the steps of a script done in a house, and returns what was said to each.
type play struct {
	*house
	script   script
	buyer    string
	ids      int
	last     channels.Inbound
	page     string             // to pay on, the last that was shown
	invoices []channels.Invoice // that the buyer was shown
	popup    string             // what the network itself told the buyer
	lost     bool               // a button that was to be tapped is not there
}

func perform(t *testing.T, where db.Where, s script) (said []string) {
	t.Helper()
	limits, known := kinds[s.given["channel"]]
	if !known {
		t.Fatalf("there is no channel %q", s.given["channel"])
	}
	limits.Invoices = s.given["stars"] != "" // the rate
	p := &play{house: openHouse(t, where, limits), script: s, buyer: "anna"}
	if limits.Invoices {
		p.takeStars(s.given["stars"])
	}
	for _, step := range s.steps {
		p.clock.advance(time.Second) // what happens later is later
		if p.do(step); p.lost {
			return append(said, make([]string, len(s.steps)-len(said))...)
		}
		p.settle()
		var words strings.Builder
		for _, one := range p.network.read(p.buyer) {
			p.proofread(step, one.message)
			if page := payPage.FindString(fmt.Sprint(one.message)); page != "" {
				p.page = page
			}
			if one.message.Invoice != nil {
				p.invoices = append(p.invoices, *one.message.Invoice)
			}
			words.WriteString(drawn(one))
		}
		words.WriteString(p.popup)
		p.popup = ""
		said = append(said, words.String())
	}
	p.check()
	return said
}

func (p *play) do(s step) {
	p.t.Helper()
	ctx := context.Background()
	switch s.do {
	case "as":
		p.buyer = s.what
	case "buyer":
		if s.what == "/start" {
			p.receive(channels.Inbound{Started: true})
			return
		}
		p.receive(channels.Inbound{Text: s.what})
	case "start":
		p.receive(channels.Inbound{Started: true, Start: s.what})
	case "tap":
		p.receive(p.tap(s))
	case "tap twice":
		in := p.tap(s)
		p.receive(in)
		p.receive(in)
	case "again":
		if err := p.engine.Receive(ctx, p.last); err != nil {
			p.t.Fatal(err)
		}
	case "share phone":
		p.receive(channels.Inbound{Contact: &channels.Contact{Phone: s.what}})
	case "share location":
		var at channels.Location
		if _, err := fmt.Sscanf(s.what, "%f %f", &at.Latitude, &at.Longitude); err != nil {
			p.t.Fatal(err)
		}
		p.receive(channels.Inbound{Location: &at})
	case "send":
		p.receive(channels.Inbound{File: s.what})
	case "time":
		by, err := time.ParseDuration(strings.TrimPrefix(s.what, "+"))
		if err != nil {
			p.t.Fatal(err)
		}
		p.wait(by)
	case "pay invoice":
		p.payInvoice(s.what)
	case "pay page":
		p.press(p.page, s.what)
	case "staff":
		p.staff(s)
	case "price", "stock":
		sku, value, _ := strings.Cut(s.what, " ")
		map[string]func(string, string){"price": p.setPrice, "stock": p.setStock}[s.do](sku, value)
	case "withdraw":
		p.withdraw(s.what)
	case "restart":
		p.restart()
	default:
		p.t.Fatalf("line %d: nobody knows how to do %q", s.line, s.do)
	}
}

func (p *play) receive(in channels.Inbound) {
	p.t.Helper()
	p.ids++
	in.ID, in.At, in.Language = "u"+strconv.Itoa(p.ids), p.clock.now(), p.script.given["language"]
	in.From, in.Shop = p.address(), p.script.given["door"]
	p.last = in
	if err := p.engine.Receive(context.Background(), in); err != nil {
		p.t.Fatal(err)
	}
}

func (p *play) address() channels.Address { return channels.Address{Channel: "test", Buyer: p.buyer} }

// tap is a tap on a button that is on the screen, the lowest of its name or of a name that begins so;
// "+ #2" is the second of that name from the top of its message.
func (p *play) tap(s step) channels.Inbound {
	p.t.Helper()
	label, nth := s.what, 1
	if name, number, numbered := strings.Cut(s.what, " #"); numbered {
		label = name
		nth, _ = strconv.Atoi(number)
	}
	screen := p.network.screen(p.buyer)
	for _, same := range []func(string) bool{
		func(name string) bool { return name == label },
		func(name string) bool { return strings.HasPrefix(name, label) },
	} {
		for i := len(screen) - 1; i >= 0; i-- {
			found := 0
			for _, choice := range screen[i].message.Choices {
				if same(choice.Label) {
					if found++; found == nth {
						return channels.Inbound{Token: choice.Token, Tapped: screen[i].id, Answer: "tapped"}
					}
				}
			}
		}
	}
	p.lost = true
	p.t.Errorf("line %d: there is no button %q", s.line, s.what)
	return channels.Inbound{Blocked: new(bool)}
}

var payPage = regexp.MustCompile(`https://shop\.test/sandbox/pay/\w+`)

// staff does what people of the shop do, with the buyer's last conversation or order.
func (p *play) staff(s step) {
	p.t.Helper()
	ctx := context.Background()
	verb, rest, _ := strings.Cut(s.what, " ")
	var err error
	switch verb {
	case "reply", "take", "hand":
		shop, id := p.conversation()
		switch verb {
		case "reply":
			err = p.inbox.Reply(ctx, shop, id, "sam", rest)
		case "take":
			err = p.inbox.Take(ctx, shop, id, "sam")
		default:
			err = p.inbox.HandBack(ctx, shop, id)
		}
	default:
		order := p.lastOrder()
		switch verb {
		case "ship":
			_, err = p.orders.Ship(ctx, order.Merchant, order.ID, "sam", rest)
		case "complete":
			_, err = p.orders.Complete(ctx, order.Merchant, order.ID, "sam")
		case "cancel":
			_, err = p.orders.Cancel(ctx, order.Merchant, order.ID, "sam", rest)
		case "confirm":
			err = p.confirm(order, rest)
		case "refund":
			err = p.refund(order, rest)
		default:
			p.t.Fatalf("line %d: staff don't %q", s.line, verb)
		}
	}
	if err != nil {
		p.t.Fatalf("line %d: %v", s.line, err)
	}
}

// confirm says that money for an order has come by hand: by which way, and how much unless it is all that is owed.
func (p *play) confirm(order orders.Order, what string) (err error) {
	way, sum, _ := strings.Cut(what, " ")
	amount := order.Owed()
	if sum != "" {
		if amount, err = money.Parse(sum, order.Totals.Total.Currency); err != nil {
			return err
		}
	}
	_, err = p.payments.Confirm(context.Background(), payments.Receipt{
		Merchant: payments.MerchantID(order.Merchant), Order: payments.OrderID(order.ID), Gateway: way, Amount: amount, Request: what, Who: "sam",
	})
	return err
}

// refund gives money of an order back: a sum, and why.
func (p *play) refund(order orders.Order, what string) error {
	sum, reason, _ := strings.Cut(what, " ")
	amount, err := money.Parse(sum, order.Totals.Total.Currency)
	if err != nil {
		return err
	}
	_, err = p.payments.GrantRefund(context.Background(), payments.RefundAsk{
		Merchant: payments.MerchantID(order.Merchant), Order: payments.OrderID(order.ID), Amount: amount, Reason: reason, Request: what, Who: "sam",
	})
	return err
}

func (p *play) conversation() (catalog.MerchantID, dialogs.ConversationID) {
	p.t.Helper()
	var row struct{ ID, Merchant int64 }
	err := p.db.On(context.Background()).Raw(`select c.id, c.merchant_id as merchant from conversations c join contacts k on k.conversation_id = c.id
		where k.channel = 'test' and k.buyer = ?`, p.buyer).Scan(&row).Error
	if err != nil {
		p.t.Fatal(err)
	}
	return catalog.MerchantID(row.Merchant), dialogs.ConversationID(row.ID)
}

func (p *play) lastOrder() orders.Order {
	p.t.Helper()
	var row struct{ ID, Merchant int64 }
	err := p.db.On(context.Background()).Raw("select id, merchant_id as merchant from orders order by id desc limit 1").Scan(&row).Error
	if err != nil {
		p.t.Fatal(err)
	}
	order, err := p.orders.Find(context.Background(), catalog.MerchantID(row.Merchant), orders.OrderID(row.ID))
	if err != nil {
		p.t.Fatal(err)
	}
	return order
}

// drawn is a message as transcripts have it.
func drawn(s shown) string {
	var out strings.Builder
	m := s.message
	if m.Photo != nil {
		out.WriteString("photo: " + m.Photo.Alt + "\n")
	}
	words := m.Text
	if m.Title != "" {
		words = strings.TrimRight("*"+m.Title+"*\n"+m.Text, "\n")
	}
	name := "shop: "
	if s.edited {
		name = "edit: "
	}
	if words != "" || m.Photo == nil || s.edited {
		out.WriteString(indented(name, payPage.ReplaceAllString(words, "https://shop.test/sandbox/pay/…")))
	}
	if m.Invoice != nil {
		out.WriteString(drawnInvoice(*m.Invoice))
	}
	if m.Ask != "" {
		out.WriteString("ask: " + m.AskSays() + "\n")
	}
	var rows []string
	for _, choice := range m.Choices {
		label := choice.Label
		if choice.URL != "" {
			label += " ↗"
		}
		if choice.Beside && len(rows) > 0 {
			rows[len(rows)-1] += " | " + label
			continue
		}
		rows = append(rows, label)
	}
	if len(rows) > 0 {
		out.WriteString(indented("buttons: ", strings.Join(rows, "\n")))
	}
	return out.String()
}

// indented is a text whose lines but the first stand in by two spaces.
func indented(name, text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		if i > 0 && lines[i] != "" {
			lines[i] = "  " + lines[i]
		}
	}
	return strings.TrimRight(name+strings.Join(lines, "\n"), " ") + "\n"
}

var rawKey = func() *regexp.Regexp {
	areas := map[string]bool{}
	for _, key := range texts.Keys() {
		area, _, _ := strings.Cut(key, ".")
		areas[area] = true
	}
	var names []string
	for area := range areas {
		names = append(names, area)
	}
	return regexp.MustCompile(`\b(` + strings.Join(names, "|") + `)\.[a-z]+_?[a-z_]*\b`)
}()

// proofread holds whatever is said to what every message must be.
func (p *play) proofread(s step, m channels.Message) {
	p.t.Helper()
	words := []string{m.Title + m.Text}
	if m.Photo != nil {
		words = append(words, m.Photo.Alt)
	}
	for _, choice := range channels.Numbered(m) {
		words = append(words, choice.Label)
		if choice.URL != "" {
			continue
		}
		if _, err := flow.Read(choice.Token); err != nil {
			p.t.Errorf("line %d: %q does nothing: %v", s.line, choice.Label, err)
		}
	}
	for i, text := range words {
		if strings.TrimSpace(text) == "" && (i > 0 || m.Photo == nil) {
			p.t.Errorf("line %d: something is said without a word: %+v", s.line, m)
		}
		if strings.Contains(text, "<no value>") || rawKey.MatchString(text) || strings.Contains(text, "{{") {
			p.t.Errorf("line %d: not for people: %q", s.line, text)
		}
		if strings.Contains(text, "\n\n\n") || strings.Contains(text, " \n") {
			p.t.Errorf("line %d: untidy: %q", s.line, text)
		}
	}
}
