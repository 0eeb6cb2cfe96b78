package catalog

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
)

// lexicon is words in the orders in which a mistyped or unfinished one is compared with them.
type lexicon struct {
	size   int
	sorted []*wordOf       // by text
	recent []*wordOf       // those that are not there yet
	heads  map[end][]shape // by the first letter
	tails  map[end][]shape // by the last two
}

// end is how words of one length begin, or end.
type end struct {
	length      int // in letters
	first, next rune
}

// shape is what tells at a glance that a word is not like another. They lie side by side: whoever looks for one
// mistyped word looks at all words of about its length that begin or end like it.
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
	if x.heads == nil {
		x.heads, x.tails = map[end][]shape{}, map[end][]shape{}
	}
	letters := []rune(word.text)
	of, n := shape{letterMask(word.text), word}, len(letters)
	head := end{length: n, first: letters[0]}
	x.heads[head] = append(x.heads[head], of)
	if n > 1 {
		tail := end{n, letters[n-2], letters[n-1]}
		x.tails[tail] = append(x.tails[tail], of)
	}
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
// or the word is short, the first letter has to be right, or to have changed places with the second. Where only one does,
// of six or more, it is among the first two or the last two are right.
func (x *lexicon) like(word string, edits int, all bool) []*wordOf {
	letters := []rune(word)
	n := len(letters)
	best := ranking{all: all}
	compare := func(some []shape, fits func(other []rune) bool) {
		x.compare(letters, some, edits, func(other []rune, known *wordOf) {
			if known.count(all) > 0 && fits(other) && distance(letters, other, edits) == edits {
				best.add(known)
			}
		})
	}
	for length := max(n-edits, 1); length <= n+edits; length++ {
		compare(x.heads[end{length: length, first: letters[0]}], func([]rune) bool { return true })
		switch {
		case n < 2:
		case edits == 1 && n >= 6:
			compare(x.tails[end{length, letters[n-2], letters[n-1]}], func(other []rune) bool { return other[0] != letters[0] })
		case letters[0] != letters[1]:
			compare(x.heads[end{length: length, first: letters[1]}], func(other []rune) bool { return len(other) > 1 && other[1] == letters[0] })
		}
	}
	return best.words
}

// compare tells of those words of some whose letters are about the same.
func (x *lexicon) compare(letters []rune, some []shape, edits int, tell func(other []rune, known *wordOf)) {
	differ := 2 * edits // letters that only one of the two has
	if edits > 1 && len(letters) < 9 {
		differ = 2 // "sneaker" is no "sweater"
	}
	mask := letterMask(string(letters))
	var room [longestTerm + 1]rune
	for _, s := range some {
		if bits.OnesCount64(s.mask^mask) > differ {
			continue
		}
		other := room[:0]
		for _, letter := range s.word.text {
			other = append(other, letter)
		}
		tell(other, s.word)
	}
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
