package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/channels"
	"parley/channels/telegram/telegramtest"
)

// meaning is what the manifest says that a payload means.
type meaning struct {
	Kind, Command, Args, Text, Media, Payload, Phone, Locale string
	User                                                     string `json:"user_id"`
	Query                                                    string `json:"query_id"`
	Currency                                                 string
	Amount                                                   int64  `json:"amount_minor"`
	Provider                                                 string `json:"provider_charge"`
	Message                                                  string `json:"msg_id"`
	Callback                                                 string `json:"callback_id"`
	Forwarded, Group                                         bool
	Own                                                      bool `json:"is_own"`
	Lat, Lon                                                 float64
}

// came is where take brought an update.
type came struct {
	in      *channels.Inbound
	unknown string
	query   *Query
	shipped bool
	charge  *Charge
}

// listening is an adapter that only listens, and what came of the last update.
func listening(t testing.TB) (*Adapter, *came) {
	last := &came{}
	a, err := New(Config{
		Token: "42:abc", Now: func() time.Time { return time.Unix(1_800_000_000, 0) },
		Receive: func(_ context.Context, in channels.Inbound) error { last.in = &in; return nil },
		Unknown: func(_ context.Context, _ string, raw []byte) error { last.unknown = string(raw); return nil }, Invoices: till{last},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, last
}

func payloads(t testing.TB) string {
	path := telegramtest.PayloadsPath()
	if path == "" {
		t.Skip("SKIPPED: the real payloads are not beside the repository; set PARLEY_SHARED")
	}
	return path
}

func read(t testing.TB, path string) []byte {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestEachRealPayloadDecodesToItsMeaning(t *testing.T) {
	dir := payloads(t)
	var manifest struct {
		Payloads []struct {
			File   string
			Expect json.RawMessage
		}
	}
	if err := json.Unmarshal(read(t, filepath.Join(dir, "MANIFEST.json")), &manifest); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, payload := range manifest.Payloads {
		var want meaning
		if strings.HasPrefix(payload.File, "malformed/") || json.Unmarshal(payload.Expect, &want) != nil {
			continue
		}
		checked++
		t.Run(payload.File, func(t *testing.T) {
			a, last := listening(t)
			raw := read(t, filepath.Join(dir, payload.File))
			var answer *reply // what is waited for is said by a call, or here
			if strings.Contains(want.Kind, "_") {
				answer = new(reply)
			}
			if err := a.take(t.Context(), raw, answer); err != nil {
				t.Fatal(err)
			}
			want.check(t, raw, *last)
		})
	}
	if checked != 38 {
		t.Errorf("%d payloads were checked", checked)
	}
}

// check wants the meaning in a shop: what is not for a shop is kept as unknown, and what is overheard is dropped.
func (want meaning) check(t *testing.T, raw []byte, got came) {
	switch {
	case want.Kind == "edited" || want.Group:
		if got.in != nil || got.unknown != "" {
			t.Errorf("not overheard: %+v", got)
		}
		return
	case strings.Contains(" shipping_query pre_checkout payment refund ", " "+want.Kind+" "):
		if got.in != nil || got.unknown != "" || !want.pays(got) {
			t.Errorf("want %+v, got %+v %+v", want, got.query, got.charge)
		}
		return
	case strings.Contains(" ignore web_app_data ", " "+want.Kind+" "):
		if got.in != nil || got.unknown != string(raw) {
			t.Errorf("%s was not kept as it is: %+v", want.Kind, got)
		}
		return
	case got.in == nil || got.unknown != "":
		t.Fatalf("%s was not received: %+v", want.Kind, got)
	}
	in := *got.in
	if want.User != "" && in.From.Buyer != want.User || in.From.Channel != "telegram:42" || in.ID == "" || in.At.IsZero() {
		t.Errorf("of whom and when: %+v", in)
	}
	if want.Locale != "" && in.Language != want.Locale {
		t.Errorf("language %q", in.Language)
	}
	if !want.means(in) {
		t.Errorf("want %+v, got %+v", want, in)
	}
}

// pays says whether a question or a charge is what it should be.
func (want meaning) pays(got came) bool {
	switch want.Kind {
	case "shipping_query":
		return got.shipped && got.query.ID == want.Query && got.query.Payload == want.Payload && got.query.Buyer != ""
	case "pre_checkout":
		q := got.query
		return q != nil && !got.shipped && (want.Query == "" || q.ID == want.Query) && q.ID != "" && q.Payload == want.Payload && q.Currency == want.Currency && q.Total == want.Amount
	}
	c := got.charge
	return c != nil && c.Back == (want.Kind == "refund") && c.Payload == want.Payload && c.Currency == want.Currency && c.Total == want.Amount &&
		c.Buyer != "" && c.Charge != "" && (want.Provider == "" || c.Provider == want.Provider) && len(c.Raw) > 0
}

// till is a shop's side of payments that says no, and remembers what it was asked.
type till struct{ last *came }

func (t till) Token(context.Context, string) (string, error)    { return "", nil }
func (t till) Sent(context.Context, string, string) error       { return nil }
func (t till) Check(_ context.Context, q Query) (string, error) { t.last.query = &q; return "no", nil }
func (t till) Paid(_ context.Context, c Charge) error           { t.last.charge = &c; return nil }
func (t till) Ship(_ context.Context, q Query) (_, _ string, _ error) {
	t.last.query, t.last.shipped = &q, true
	return "", "no", nil
}

func (want meaning) means(in channels.Inbound) bool {
	switch want.Kind {
	case "command":
		if want.Forwarded { // somebody else's command is words
			return in.Text == "/start" && !in.Started
		}
		return in.Started && in.Start == want.Args && in.Text == ""
	case "text":
		return in.Text == want.Text && !in.Started
	case "media":
		return in.File == strings.Replace(want.Media, "image", "photo", 1) && in.Text == want.Text
	case "location":
		return *in.Location == channels.Location{Latitude: want.Lat, Longitude: want.Lon}
	case "button":
		return in.Token == want.Payload && (want.Callback == "" || in.Answer == want.Callback)
	case "contact":
		if !want.Own {
			return in.Contact == nil && in.Text == want.Phone
		}
		return in.Contact.Phone == want.Phone
	case "blocked":
		return *in.Blocked
	default:
		return false
	}
}

func TestMalformedPayloadsAreRefusedWithoutHarm(t *testing.T) {
	dir := filepath.Join(payloads(t), "malformed")
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 8 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		a, last := listening(t)
		err := a.take(t.Context(), read(t, filepath.Join(dir, file.Name())), nil)
		if file.Name() == "invalid_utf8.bin" { // well-formed but for its words
			if err != nil || last.in == nil || last.in.Text != "\uFFFD\uFFFD" {
				t.Errorf("%s: %v, %+v", file.Name(), err, last.in)
			}
			continue
		}
		if !errors.Is(err, errMalformed) || last.in != nil || last.unknown != "" {
			t.Errorf("%s: %v, %+v", file.Name(), err, last)
		}
	}
}

// private is an update with a message from buyer 5 that says something more.
func private(more string) string {
	return `{"update_id":9,"message":{"message_id":8,"date":1700000000,"chat":{"id":5,"type":"private"},"from":{"id":5,"first_name":"Ann","last_name":"Lee","language_code":"de"},` + more + `}}`
}

func tap(more string) string {
	return `{"update_id":9,"callback_query":{"id":"c1","from":{"id":5,"first_name":"Ann"},"data":"t:1",` + more + `}}`
}

func TestUpdatesMeanWhatTheBuyerDid(t *testing.T) {
	yes, no := true, false
	now := time.Unix(1_800_000_000, 0).UTC()
	from := channels.Inbound{ID: "9", From: channels.Address{Channel: "telegram:42", Buyer: "5"}, At: time.Unix(1700000000, 0).UTC(), Name: "Ann Lee", Language: "de"}
	with := func(change func(*channels.Inbound)) *channels.Inbound { in := from; change(&in); return &in }
	tapped := func(message string) *channels.Inbound {
		return &channels.Inbound{ID: "9", From: from.From, At: now, Name: "Ann", Token: "t:1", Answer: "c1", Tapped: message}
	}
	member := `{"update_id":9,"my_chat_member":{"chat":{"id":5,"type":"private"},"from":{"id":5,"first_name":"Ann","last_name":"Lee","language_code":"de"},"date":1700000000,"new_chat_member":{"status":"STATUS"}}}`
	for name, test := range map[string]struct {
		raw  string
		want *channels.Inbound
	}{
		"a command with the bot's name": {private(`"text":"/cart@My_Bot"`), with(func(in *channels.Inbound) { in.Text = "/cart" })},
		"a command with words":          {private(`"text":"/lang ru"`), with(func(in *channels.Inbound) { in.Text = "/lang ru" })},
		"start with the bot's name":     {private(`"text":"/start@My_Bot p_1"`), with(func(in *channels.Inbound) { in.Started, in.Start = true, "p_1" })},
		"a word that begins like start": {private(`"text":"/started"`), with(func(in *channels.Inbound) { in.Text = "/started" })},
		"somebody else's contact":       {private(`"contact":{"phone_number":"+1","user_id":6}`), with(func(in *channels.Inbound) { in.Text = "+1" })},
		"a forwarded contact":           {private(`"forward_date":1,"contact":{"phone_number":"+1","user_id":5}`), with(func(in *channels.Inbound) { in.Text = "+1" })},
		"the own contact":               {private(`"contact":{"phone_number":"+1","first_name":"A","user_id":5}`), with(func(in *channels.Inbound) { in.Contact = &channels.Contact{Name: "A", Phone: "+1"} })},
		"a contact without a number":    {private(`"contact":{"first_name":"A","user_id":5}`), nil},
		"an animation":                  {private(`"animation":{},"document":{}`), with(func(in *channels.Inbound) { in.File = "animation" })},
		"a forwarded command":           {private(`"forward_origin":{},"text":"/start x"`), with(func(in *channels.Inbound) { in.Text = "/start x" })},
		"a tap on a text":               {tap(`"message":{"message_id":7,"date":1,"chat":{"id":5}}`), tapped("7")},
		"a tap on a photo":              {tap(`"message":{"message_id":7,"date":1,"chat":{"id":5},"photo":[{}]}`), tapped("7p")},
		"a tap on what is too old":      {tap(`"message":{"message_id":7,"date":0,"chat":{"id":5}}`), tapped("")},
		"a tap in a group":              {tap(`"message":{"message_id":7,"date":1,"chat":{"id":-5}}`), tapped("")},
		"a block":                       {strings.Replace(member, "STATUS", "kicked", 1), with(func(in *channels.Inbound) { in.Blocked = &yes })},
		"a return":                      {strings.Replace(member, "STATUS", "member", 1), with(func(in *channels.Inbound) { in.Blocked = &no })},
		"a message of wrong types":      {private(`"text":5`), nil},
		"a message of a bot":            {strings.Replace(private(`"text":"hi"`), `"first_name"`, `"is_bot":true,"first_name"`, 1), nil},
		"a tap without data":            {strings.Replace(tap(`"game_short_name":"g"`), `"data":"t:1",`, "", 1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			a, last := listening(t)
			if err := a.take(t.Context(), []byte(test.raw), nil); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(last.in)
			want, errWant := json.Marshal(test.want)
			if err != nil || errWant != nil || string(got) != string(want) || (last.unknown == test.raw) != (test.want == nil) {
				t.Errorf("want %s\n got %s", want, got)
			}
		})
	}
}

func FuzzInbound(f *testing.F) {
	f.Add([]byte(private(`"text":"/start x"`)))
	f.Add([]byte(private(`"contact":{"phone_number":"+1","user_id":5}`)))
	f.Add([]byte(private(`"contact":{"first_name":"A","user_id":5}`)))
	f.Add([]byte(private(`"ContACt":{"0":0}`)))
	f.Add([]byte(tap(`"message":null`)))
	f.Add([]byte(private(`"successful_payment":{"currency":"XTR","total_amount":5,"invoice_payload":"p1:1:5:pay_12345678","telegram_payment_charge_id":"_"}`)))
	f.Add([]byte(`{"update_id":1,"message":null,"my_chat_member":{}}`))
	if dir := telegramtest.PayloadsPath(); dir != "" {
		files, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			f.Add(read(f, file))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		u, err := decode(raw)
		if err != nil {
			return
		}
		in, ok := inbound(u, time.Unix(0, 0))
		invited(u, "My_Bot")
		if about, is := payment(u); is && (about.charge == nil) == (about.ID == "" || about.Buyer == "") {
			t.Errorf("%s: nothing is asked of nobody: %+v", raw, about)
		}
		did := in.Text != "" || in.Started || in.Token != "" || in.Contact != nil || in.Location != nil || in.File != "" || in.Blocked != nil
		if ok && (in.ID == "" || in.From.Buyer == "") {
			t.Errorf("%s: of nobody: %+v", raw, in)
		}
		if ok && !did && u.Message != nil {
			t.Errorf("%s: nothing was done: %+v", raw, in)
		}
	})
}

func TestPlacesAreReadAsTheyAreWritten(t *testing.T) {
	for _, at := range []place{{1, false}, {9007199254740993, true}} {
		if got, ok := parsePlace(at.String()); !ok || got != at {
			t.Errorf("%v was read as %v", at, got)
		}
	}
	for _, wrong := range []string{"", "p", "-1", "0", "1q", "web-7"} {
		if _, ok := parsePlace(wrong); ok {
			t.Errorf("%q is a place", wrong)
		}
	}
}
