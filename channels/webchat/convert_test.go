package webchat

import (
	"testing"
	"time"
	"unicode/utf8"

	"parley/channels"
)

func FuzzWhatPagesPost(f *testing.F) {
	for _, seed := range []string{
		`{"id":"a","text":"hello"}`, `{"id":"a","token":"c:1","tapped":"12"}`, `{"id":"a","start":"p_x"}`, `{"id":"a","location":{"lat":1,"lon":2}}`,
		`{"id":"a","contact":{"name":"Ann","phone":"+1 555 0100"}}`, `id=a&text=hello&form=x`, `id=a&tap=12+c%3A1`, "{\"id\":\"a\",\"text\":\"\\u0000\\ud800\"}", `%zz`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if s, err := fromJSON(body); err == nil {
			sound(t, s)
		}
		if s, _, err := fromForm(body); err == nil {
			sound(t, s)
		}
	})
}

// sound is what every said thing that got through must be.
func sound(t *testing.T, s said) {
	t.Helper()
	in := inbound(s, channels.Address{Channel: "web:a", Buyer: "b"}, "a", "label", "en", time.Now())
	kinds := 0
	for _, set := range []bool{in.Text != "" && in.Token == "", in.Token != "", in.Started, in.Location != nil, in.Contact != nil} {
		if set {
			kinds++
		}
	}
	if kinds != 1 || in.ID == "b:" || len(in.ID) > 70 || len(in.Token) > 64 || len([]rune(in.Text)) > longestText || !utf8.ValidString(in.Text) {
		t.Errorf("%+v became %+v", s, in)
	}
	for _, r := range in.Text {
		if r == 0 {
			t.Errorf("%q holds what no database stores", in.Text)
		}
	}
	if in.Location != nil && !(in.Location.Latitude >= -90 && in.Location.Latitude <= 90) {
		t.Errorf("nowhere on earth: %+v", in.Location)
	}
}

func TestAnEditedMessageStandsWhereItStood(t *testing.T) {
	shown := fold([]turn{
		{ID: 1, Parts: []part{{Title: "cart 1"}}},
		{ID: 2, Parts: []part{{Title: "below"}}},
		{ID: 3, Mine: true, Tapped: "1", Parts: []part{{Title: "+"}}},
		{ID: 4, Edits: "1", Parts: []part{{Title: "cart 2"}}},
		{ID: 5, Mine: true, Tapped: "4", Parts: []part{{Title: "+"}}},
		{ID: 6, Edits: "4", Parts: []part{{Title: "cart 3"}}},
		{ID: 7, Mine: true, Tapped: "6", Parts: []part{{Title: "Check out"}}},
		{ID: 8, Parts: []part{{Title: "checkout"}}},
		{ID: 9, Edits: "0", Parts: []part{{Title: "an answer to what is on another page"}}},
	})
	var titles []string
	for _, t := range shown {
		titles = append(titles, t.Parts[0].Title)
	}
	wanted := []string{"cart 3", "below", "Check out", "checkout", "an answer to what is on another page"}
	if len(titles) != len(wanted) {
		t.Fatalf("shown: %q", titles)
	}
	for i := range wanted {
		if titles[i] != wanted[i] {
			t.Errorf("in place %d stands %q, want %q", i, titles[i], wanted[i])
		}
	}
}

func TestBothLanguagesSayEverything(t *testing.T) {
	static, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := loadPages(static)
	if err != nil {
		t.Fatal(err)
	}
	english, russian := pages.wordsFor("en"), pages.wordsFor("ru-RU")
	for key := range english {
		if russian[key] == "" || key != "language" && russian[key] == english[key] {
			t.Errorf("%s is %q in Russian", key, russian[key])
		}
	}
	if len(russian) != len(english) || pages.wordsFor("sw").Language() != "en" || pages.wordsFor("").Language() != "en" {
		t.Error("the languages don't match")
	}
	for key := range noticeKeys {
		if english[key] == "" {
			t.Errorf("the notice %s has no text", key)
		}
	}
}

func TestLinksAreCutOutOfTexts(t *testing.T) {
	for text, link := range map[string]string{
		"see https://a.example/b?c=d#e.": "https://a.example/b?c=d#e", "(http://a.example)": "http://a.example", "javascript:alert(1)": "", "https://": "", "a https://x.example, b": "https://x.example",
	} {
		found, whole := "", ""
		for _, p := range pieces(text) {
			whole += p.Text
			found += p.Link
		}
		if found != link || whole != text {
			t.Errorf("%q was cut into %+v", text, pieces(text))
		}
	}
}

func TestAnIPv6HouseholdIsOneAddress(t *testing.T) {
	if network("2001:db8:1:2:3::4") != network("2001:db8:1:2:ffff::1") || network("2001:db8:1:2::1") == network("2001:db8:1:3::1") || network("10.0.0.1") == network("10.0.0.2") {
		t.Error("addresses are grouped wrongly")
	}
}

func TestFullBucketsAreForgotten(t *testing.T) {
	now := time.Now()
	b := newBuckets(channels.Rate{PerSecond: 1, Burst: 2}, func() time.Time { return now })
	b.take("a")
	now = now.Add(2 * time.Minute)
	b.take("b")
	if _, kept := b.held["a"]; kept || len(b.held) != 1 {
		t.Errorf("kept: %v", b.held)
	}
}
