package orders

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestPhonesAreReadAsPeopleWriteThem(t *testing.T) {
	for written, want := range map[string]string{
		"+1 (555) 010-00-00":               "+15550100000",
		"0049 30 901820":                   "+4930901820",
		"8 900 000-00-00":                  "8 900 000-00-00", // its country is not known here
		"12345":                            "12345",
		"1234":                             "",
		"+1234567890123456":                "",
		"1+555 0100000":                    "",
		"555-CALL":                         "",
		"٠١٢٣٤٥":                           "",
		"+":                                "",
		strings.Repeat("- ", 20) + "12345": "",
	} {
		got, ok := phone(written)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%q is read as %q, want %q", written, got, want)
		}
	}
}

func TestAContactNeedsOneWayToReachThem(t *testing.T) {
	for _, c := range []Contact{{Name: "Ann"}, {Phone: "+15550100000"}, {Email: "ann@example.com"}} {
		if got, err := TidyContact(c); err != nil || got != c {
			t.Errorf("%+v became %+v, %v", c, got, err)
		}
	}
	for _, email := range []string{"ann", "ann@", "@example.com", "ann@example.com, bob@example.com", "Ann <ann@example.com>",
		strings.Repeat("a", 250) + "@example.com"} {
		if _, err := TidyContact(Contact{Email: email}); !isFault(err, "order.email_malformed") {
			t.Errorf("%q: %v", email, err)
		}
	}
}

func TestWhateverIsTypedCanBeStored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Checkout{Key: "k", Contact: Contact{Name: rapid.String().Draw(t, "name"), Phone: rapid.String().Draw(t, "phone")},
			Address: string(rapid.SliceOf(rapid.Byte()).Draw(t, "address")), Comment: rapid.String().Draw(t, "comment")}
		got, err := c.tidied()
		if err != nil {
			return
		}
		for _, text := range []string{got.Contact.Name, got.Contact.Phone, got.Address, got.Comment} {
			if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || text != strings.TrimSpace(text) {
				t.Fatalf("%q is not fit to be stored", text)
			}
		}
		if again, err := got.tidied(); err != nil || again != got {
			t.Fatalf("tidied twice it becomes %+v, %v", again, err)
		}
	})
}
