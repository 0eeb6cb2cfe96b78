package catalog

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// texts is what words are called.
func texts(words []*wordOf) (all []string) {
	for _, word := range words {
		all = append(all, word.text)
	}
	return all
}

func TestNoWordThatIsLikeAnotherIsOverlooked(t *testing.T) {
	word := rapid.Custom(func(t *rapid.T) string {
		return string(rapid.SliceOfN(rapid.SampledFrom([]rune("abcдж")), 2, 9).Draw(t, "letters"))
	})
	rapid.Check(t, func(t *rapid.T) {
		typed, edits := word.Filter(func(s string) bool { return len([]rune(s)) >= 4 }).Draw(t, "typed"), rapid.IntRange(1, 2).Draw(t, "edits")
		letters := []rune(typed)
		mistyped := rapid.Custom(func(t *rapid.T) string {
			other := slices.Clone(letters)
			for range edits {
				at := rapid.IntRange(0, len(other)-2).Draw(t, "at")
				switch rapid.IntRange(0, 3).Draw(t, "edit") {
				case 0:
					other[at], other[at+1] = other[at+1], other[at]
				case 1:
					other[at+rapid.IntRange(0, 1).Draw(t, "next")] = 'd'
				case 2:
					other = slices.Insert(other, at, 'd')
				default:
					other = slices.Delete(other, at, at+1)
				}
			}
			return string(other)
		})
		var x lexicon
		known := rapid.SliceOfNDistinct(rapid.OneOf(word, mistyped), 0, 20, rapid.ID[string]).Draw(t, "known")
		for _, text := range known {
			x.add(&wordOf{text: text, census: census{1, 1}})
		}
		var want []string
		for _, text := range known {
			other := []rune(text)
			begins := other[0] == letters[0] || other[1] == letters[0] && other[0] == letters[1]
			if distance(letters, other, edits) == edits && (begins || edits == 1 && len(letters) >= 6) {
				want = append(want, text)
			}
		}
		slices.Sort(want)
		got := texts(x.like(typed, edits, false))
		if edits == 1 && !slices.Equal(got, want) {
			t.Fatalf("like %q are %q, want %q", typed, got, want)
		}
		for _, text := range got { // of two letters that differ, fewer may be in only one of the words
			if !slices.Contains(want, text) {
				t.Fatalf("like %q is %q, want %q", typed, text, want)
			}
		}
	})
}

func TestWordsAreFoundByTheirBeginningsWhileMoreAreLearnt(t *testing.T) {
	var x lexicon
	for n := range 2*mostRecent + 10 {
		x.add(&wordOf{text: fmt.Sprintf("lamp%05d", (n*7919)%100_000), census: census{1, 1}})
		if n%100 == 0 {
			x.settle()
		}
	}
	x.add(&wordOf{text: "lantern", census: census{3, 3}})
	x.add(&wordOf{text: "lantana", census: census{0, 5}})
	if !slices.IsSortedFunc(x.sorted, byText) || len(x.sorted)+len(x.recent) != x.size || len(x.recent) > mostRecent {
		t.Errorf("of %d words %d are in order and %d wait", x.size, len(x.sorted), len(x.recent))
	}
	if got := texts(x.beginning("lan", false)); !slices.Equal(got, []string{"lantern"}) {
		t.Errorf("%q", got)
	}
	if got := texts(x.beginning("lan", true)); !slices.Equal(got, []string{"lantana", "lantern"}) {
		t.Errorf("staff find %q", got)
	}
	if got := texts(x.beginning("la", false)); len(got) != mostGuesses || got[0] != "lantern" || got[1] != "lamp00000" {
		t.Errorf("%q", got)
	}
}
