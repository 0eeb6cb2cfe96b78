package catalog

import (
	"strings"
	"testing"
)

func TestFormsOfAWordShareAStem(t *testing.T) {
	for form, other := range map[string]string{"boots": "boot", "куртку": "куртка", "mugs": "mug", "палатки": "палатка"} {
		if !strings.Contains(other, stem(form)) {
			t.Errorf("%q is looked for as %q, which %q does not have", form, stem(form), other)
		}
	}
	for _, word := range []string{"tb-41", "mug", "happy"} {
		if stem(word) != word {
			t.Errorf("%q is looked for as %q", word, stem(word))
		}
	}
}
