package catalog

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/russian"
	"golang.org/x/text/unicode/norm"
)

// What a product is found by is a set of terms, each with a weight of 1 to 127: the stems of its words ("boot"),
// its codes without what separates their parts ("#w41b" for W-41-B), the values of its options with their
// names ("size=42"), and what only its description mentions ("~waterproof"). searchFormat is the number of these rules: an index made by others is made anew.
const (
	searchFormat    = 3
	mentionsCounted = 3 // since these, mentions are counted among the words of the shop
)

// Weights of a term by where it is found.
const (
	inTitle    = 100 // less in a long title
	inShelf    = 40  // the name of its own category; less of those above
	inVendor   = 45
	inValues   = 35
	inTags     = 30
	inFacts    = 15 // the values of its attributes
	ofCode     = 127
	ofPair     = 60
	mostWeight = 127
)

const (
	longestTerm = 40  // letters; longer ones are no words
	mostTerms   = 400 // of one product, beside its codes
)

// weights is terms and how much each says of a product.
type weights map[string]int

// add notes that a term is found in one place more: the heaviest counts, the others a little.
func (w weights) add(term string, weight int) {
	was := w[term]
	if term == "" || len(w) >= mostTerms && was == 0 {
		return
	}
	w[term] = min(max(was, weight)+min(was, weight)/10, mostWeight)
}

// text adds the words of a text.
func (w weights) text(text string, weight int) {
	for _, word := range tokens(text) {
		for _, term := range word.terms() {
			w.add(term, weight)
		}
	}
	w.compounds(text, weight)
}

// compounds adds words with hyphens as one: "t-shirt" is found as "tshirt", too.
func (w weights) compounds(text string, weight int) {
	if !strings.Contains(text, "-") {
		return
	}
	for _, written := range strings.Fields(text) {
		if parts := tokens(written); len(parts) > 1 && strings.Contains(written, "-") {
			if whole := squeezed(written); len([]rune(whole)) <= longestTerm {
				w.add(stem(whole), weight)
			}
		}
	}
}

// weights is what a product is found by, but for the names of its categories.
func (p Product) weights() weights {
	w := weights{}
	for _, language := range slices.Sorted(maps.Keys(p.Title)) {
		w.title(p.Title[language])
	}
	w.text(p.Vendor, inVendor)
	for _, tag := range p.Tags {
		w.text(tag, inTags)
	}
	for _, option := range p.Options {
		for _, value := range option.Values {
			for _, language := range slices.Sorted(maps.Keys(value.Name)) {
				w.text(value.Name[language], inValues)
			}
			w.pairs(option.Name, value.Name)
		}
	}
	for _, fact := range p.Attributes {
		for _, language := range slices.Sorted(maps.Keys(fact.Value)) {
			w.text(fact.Value[language], inFacts)
		}
	}
	for _, variant := range p.Variants {
		if variant.State != Archived {
			for _, code := range []string{variant.SKU, variant.Barcode} {
				if code = squeezed(code); code != "" {
					w["#"+code] = ofCode
				}
			}
		}
	}
	w.mentions(p.Description)
	return w
}

// title adds a title's words: one of few says more than one of many, and more still where the thing itself is
// named: first in Russian ("Кроссовки мужские"), last in English ("Trail Boot").
func (w weights) title(title string) {
	words := tokens(title)
	head := len(words) - 1
	if len(words) > 0 && isCyrillic(words[0].text) {
		head = 0
	}
	weight := inTitle - 4*min(len(words), 8)
	for i, word := range words {
		for _, term := range word.terms() {
			if i == head {
				w.add(term, weight+8)
				continue
			}
			w.add(term, weight)
		}
	}
	w.compounds(title, weight)
}

// pairs adds the name of an option with one of its values: "size=42", in every language.
func (w weights) pairs(option, value Text) {
	for _, name := range slices.Sorted(maps.Keys(option)) {
		for _, language := range slices.Sorted(maps.Keys(value)) {
			for _, said := range append(strings.Fields(value[language]), value[language]) { // "45" for "45 litres", too
				if pair := pairOf(option[name], said); pair != "" {
					w.add(pair, ofPair)
				}
			}
		}
	}
}

// pairOf is the term for a value of an option, or empty when one of them has no letters.
func pairOf(option, value string) string {
	name := tokens(option)
	if value = valueOf(value); value == "" || len(name) == 0 {
		return ""
	}
	return optionName(name[0].text) + "=" + value
}

// valueOf is what the forms of an option's value have in common: "красная" and "красный", "Lake Blue" and "lakeblue".
func valueOf(value string) string { return strings.Join(stems(value), "") }

// optionName is one name for what options are called in both languages.
func optionName(word string) string {
	if known, ok := optionNames[word]; ok {
		return known
	}
	return stem(word)
}

var optionNames = map[string]string{
	"size": "size", "sizes": "size", "sz": "size", "размер": "size", "размера": "size", "размеры": "size", "рр": "size",
	"colour": "colour", "color": "colour", "цвет": "colour", "цвета": "colour",
	"material": "material", "материал": "material", "volume": "volume", "объем": "volume", "length": "length", "длина": "length",
}

// shelfWeights is what the names of a category and of those above it say of its products.
func (t tree) shelfWeights(id CategoryID) weights {
	w := weights{}
	for depth, above := range t.path(id) {
		for _, language := range slices.Sorted(maps.Keys(t[above].name)) {
			w.text(t[above].name[language], max(inShelf-8*depth, 10))
		}
	}
	return w
}

// token is a run of letters and digits as it was written, folded.
type token struct{ text string }

// terms is what a word of a product is indexed as: its stem, and its parts when it has both letters and digits.
func (t token) terms() []string {
	all := []string{stem(t.text)}
	if parts := t.parts(); len(parts) > 1 {
		all = append(all, parts...)
	}
	return all
}

// parts are the runs of letters and of digits: "128gb" has two.
func (t token) parts() (parts []string) {
	begin, digit := 0, false
	for i, r := range t.text {
		if is := unicode.IsDigit(r); i > 0 && is != digit {
			parts, begin = append(parts, t.text[begin:i]), i
		}
		digit = unicode.IsDigit(r)
	}
	return append(parts, t.text[begin:])
}

// tokens are the words of a text, in order. What is too long to be a word is left out.
func tokens(text string) (words []token) {
	for _, word := range strings.FieldsFunc(fold(text), isNoLetter) {
		if word = strings.TrimFunc(bare.Replace(word), isNoLetter); word != "" && len([]rune(word)) <= longestTerm {
			words = append(words, token{word})
		}
	}
	return words
}

// bare takes an apostrophe out of a word: "men's" is "men", "o'neill" is "oneill".
var bare = strings.NewReplacer("'s", "", "’s", "", "'", "", "’", "")

func isNoLetter(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) && r != '\'' && r != '’'
}

// squeezed is a code or a value without what separates its parts: "W-41 B" and "w41b" are the same.
func squeezed(code string) string {
	code = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, fold(code))
	return firstLetters(code, 64)
}

// stem is what the forms of a word have in common: "boots" and "boot", "куртку" and "куртка". Words of up to
// three letters and those with digits are as they are.
func stem(word string) string {
	if len([]rune(word)) < 4 || strings.ContainsAny(word, "0123456789") {
		return word
	}
	return stemmed.of(word, func(word string) string {
		stem := ""
		if isCyrillic(word) {
			stem = russian.Stem(word, false)
		} else {
			stem = english.Stem(word, false)
		}
		if len([]rune(stem)) < 2 {
			return word
		}
		return stem
	})
}

// stemmed remembers the stems of words: shops write and buyers type the same ones again and again, and a stemmer takes
// longer than all else that is done with a word.
var stemmed memo

// memo is what a function made of words; beyond mostMemo all is forgotten.
type memo struct {
	mu    sync.RWMutex
	words map[string]string
}

const mostMemo = 50_000

func (m *memo) of(word string, by func(string) string) string {
	m.mu.RLock()
	made, known := m.words[word]
	m.mu.RUnlock()
	if known {
		return made
	}
	made = by(word)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.words == nil || len(m.words) >= mostMemo {
		m.words = map[string]string{}
	}
	m.words[strings.Clone(word)] = strings.Clone(made)
	return made
}

func isCyrillic(word string) bool {
	return strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
}

func hasDigit(word string) bool { return strings.ContainsFunc(word, unicode.IsDigit) }

// fold is how words are compared: in lower case, with ё as е, without what no text should hold.
func fold(text string) string {
	text = strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(text, " ")))
	return folded.Replace(text)
}

var folded = strings.NewReplacer("ё", "е", "|", " ", "\x00", " ")

// firstLetters is at most so many letters of a text.
func firstLetters(text string, most int) string {
	for i := range text {
		if most--; most < 0 {
			return text[:i]
		}
	}
	return text
}
