package catalog

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

func TestNamesInLinksAreWhatTheirRuleSays(t *testing.T) {
	rules := map[*regexp.Regexp]func(string) bool{
		regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}-]{0,79}$`):         isCategorySlug,
		regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]{0,254}$`): isHandle,
	}
	drawn := rapid.OneOf(rapid.StringMatching(`[\p{L}\p{N}\p{M}._ -]{0,6}`), rapid.String(), rapid.StringMatching(`[aя]{78,82}`), rapid.StringMatching(`[aя-]{253,257}`))
	rapid.Check(t, func(on *rapid.T) {
		name := drawn.Draw(on, "name")
		for rule, is := range rules {
			if want := rule.MatchString(name); is(name) != want {
				on.Errorf("%q: %t, %s says %t", name, is(name), rule, want)
			}
		}
	})
	for _, name := range []string{"", "-", "a\xff", "a\n", "\xff", "²"} {
		for rule, is := range rules {
			if want := rule.MatchString(name); is(name) != want {
				t.Errorf("%q: %t, %s says %t", name, is(name), rule, want)
			}
		}
	}
}
