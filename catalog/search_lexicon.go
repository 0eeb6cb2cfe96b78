package catalog

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// lexicon is words in the orders in which a mistyped or unfinished one is compared with them.
type lexicon struct {
	size   int
	sorted []*wordOf                // by text
	recent []*wordOf                // those that are not there yet
	shapes [longestTerm + 1][]shape // by length in letters; longer ones are with the longest
}

// shape is what tells at a glance that a word is not like another. They lie side by side: whoever looks for one
// mistyped word looks at all words of about its length.
type shape struct {
	mask uint64 // see letterMask
	word *wordOf
}

// wordOf is one word of a shop.
type wordOf struct {
	text   string
	census census
}

// count is how many products have the word: those that buyers find, or all.
func (k *wordOf) count(all bool) int {
	if all {
		return k.census.total
	}
	return k.census.live
}

func (x *lexicon) add(word *wordOf) {
	length := min(utf8.RuneCountInString(word.text), longestTerm)
	x.shapes[length] = append(x.shapes[length], shape{letterMask(word.text), word})
	x.recent = append(x.recent, word)
	x.size++
}

// mostRecent is how many words wait to be put in order: putting them there takes a walk along all others.
const mostRecent = 1024

// settle puts words in order when enough wait for it.
func (x *lexicon) settle() {
	if len(x.recent) <= mostRecent {
		return
	}
	slices.SortFunc(x.recent, byText)
	all := make([]*wordOf, 0, len(x.sorted)+len(x.recent))
	for _, word := range x.recent {
		at, _ := slices.BinarySearchFunc(x.sorted, word, byText)
		all = append(append(all, x.sorted[:at]...), word)
		x.sorted = x.sorted[at:]
	}
	x.sorted, x.recent = append(all, x.sorted...), nil
}

func byText(a, b *wordOf) int { return cmp.Compare(a.text, b.text) }

// mostGuesses is how many words one mistyped or unfinished word may stand for.
const mostGuesses = 24

// beginning is the words that begin so, those of most products first.
func (x *lexicon) beginning(prefix string, all bool) []*wordOf {
	best := ranking{all: all}
	from, _ := slices.BinarySearchFunc(x.sorted, prefix, func(k *wordOf, prefix string) int { return cmp.Compare(k.text, prefix) })
	for _, word := range x.sorted[from:] {
		if !strings.HasPrefix(word.text, prefix) {
			break
		}
		best.add(word)
	}
	for _, word := range x.recent {
		if strings.HasPrefix(word.text, prefix) {
			best.add(word)
		}
	}
	return best.words
}

// like is the words that differ from one in so many letters, those of most products first. Where much may differ,
// or the word is short, the first letter has to be right, or to have changed places with the second.
func (x *lexicon) like(word string, edits int, all bool) []*wordOf {
	letters, mask := []rune(word), letterMask(word)
	strict := edits > 1 || len(letters) < 6
	differ := 2 * edits // letters that only one of the two has
	if edits > 1 && len(letters) < 9 {
		differ = 2 // "sneaker" is no "sweater"
	}
	best := ranking{all: all}
	other := make([]rune, 0, longestTerm)
	for length := max(len(letters)-edits, 1); length <= min(len(letters)+edits, longestTerm); length++ {
		for _, s := range x.shapes[length] {
			if bits.OnesCount64(s.mask^mask) > differ || s.word.count(all) == 0 {
				continue
			}
			other = other[:0]
			for _, letter := range s.word.text {
				other = append(other, letter)
			}
			if strict && other[0] != letters[0] && (len(other) < 2 || other[1] != letters[0] || other[0] != letters[1]) {
				continue
			}
			if distance(letters, other, edits) == edits {
				best.add(s.word)
			}
		}
	}
	return best.words
}

// ranking is the words of most products, at most mostGuesses.
type ranking struct {
	all   bool
	words []*wordOf
}

func (r *ranking) add(word *wordOf) {
	count := word.count(r.all)
	if count == 0 || len(r.words) == mostGuesses && count < r.words[mostGuesses-1].count(r.all) {
		return
	}
	at, _ := slices.BinarySearchFunc(r.words, word, r.compare)
	r.words = slices.Insert(r.words, at, word)
	r.words = r.words[:min(len(r.words), mostGuesses)]
}

func (r *ranking) compare(a, b *wordOf) int {
	return cmp.Or(cmp.Compare(b.count(r.all), a.count(r.all)), cmp.Compare(a.text, b.text))
}
