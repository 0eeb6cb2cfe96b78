package catalog

import (
	"math"
	"slices"
	"strings"
)

// How says why a term was looked for.
type How string

// How a word of a search was understood, best first. Each worse one is tried only when the better ones are in no
// product.
const (
	AsWord      How = "word"        // a form of the word: its stem
	AsCode      How = "code"        // a SKU or a barcode
	AsOption    How = "option"      // the value of an option
	AsSynonym   How = "synonym"     // set by the merchant
	AsRelated   How = "related"     // of the same root: "кожаная" and "кожа"
	AsLayout    How = "layout"      // typed on the other keyboard
	AsSpelling  How = "spelling"    // written in the other alphabet
	AsParts     How = "parts"       // several words, or part of one
	AsBeginning How = "beginning"   // of the last word
	AsTypo      How = "typo"        // one letter differs
	AsTypos     How = "typos"       // two letters differ
	AsMention   How = "description" // a form of the word, in a description only; mistyped, it is one of the ways above
	AsNothing   How = "not in shop" // no product has it
)

// worth is what a match is worth, in hundredths of one by the word itself.
var worth = map[How]int{
	AsWord: 100, AsCode: 200, AsOption: 100, AsSynonym: 90, AsRelated: 85, AsLayout: 85, AsSpelling: 85, AsParts: 75, AsBeginning: 80, AsTypo: 60, AsTypos: 35, AsMention: 100, AsNothing: 100,
}

// guess is one thing that a word may stand for: products that have each of the terms.
type guess struct {
	terms []string
	how   How
	worth int
	found int // products, as far as the vocabulary tells
}

// group is what one word may stand for: products that fit one of the guesses.
type group struct {
	word    string
	guesses []guess
	weight  int // more for what few products have
	found   int // at most so many products
}

// sure says whether a word alone is worth an offer: it is long, or no letter of it had to be taken for wrong.
func (g group) sure() bool {
	return len([]rune(g.word)) >= 6 || !slices.ContainsFunc(g.guesses, func(one guess) bool { return one.how == AsTypo || one.how == AsTypos })
}

// plan is what is looked for in the index: products that are in each group, or that have the code.
type plan struct {
	groups []group
	code   string // the whole search as one code
	price  priceRange
	all    bool            // drafts and archived products, too
	chosen map[string]bool // terms that are values of options, where one variant has to be all that is wanted
}

// planner turns what was typed into a plan. It holds a vocabulary that is locked for reading.
type planner struct {
	v        *vocabulary
	all      bool
	products int    // that buyers find
	where    string // what begins the terms that it looks for: mention, or nothing for what products are called
}

// found is how many products have a term.
func (b planner) found(term string) int { return b.v.found(b.where+term, b.all) }

// words is what a mistyped word is compared with.
func (b planner) words() *lexicon {
	if b.where == mention {
		return &b.v.mentions
	}
	return &b.v.names
}

// one is a guess of one term.
func (b planner) one(term string, how How, worth, found int) guess {
	return guess{[]string{b.where + term}, how, worth, found}
}

func (b planner) plan(w wanted) plan {
	p := plan{price: w.price, code: w.code, all: b.all}
	for i := 0; i < len(w.words); {
		g, used := b.group(w.words[i:])
		p.groups = append(p.groups, b.weigh(g)...)
		i += used
	}
	p.chosen = b.chosen(p)
	return p
}

// chosen is the terms of a plan that one variant has to have, beside a price or another of them.
func (b planner) chosen(p plan) map[string]bool {
	terms, groups := map[string]bool{}, 0
	for _, g := range p.groups {
		some := false
		for _, one := range g.guesses {
			for _, term := range one.terms {
				_, value, pair := strings.Cut(term, "=")
				if !isCode(term) && !isMention(term) && (p.price.bounds() || pair && b.v.values[value] || b.v.values[term]) {
					terms[term], some = true, true
				}
			}
		}
		if some {
			groups++
		}
	}
	if groups < 2 && !p.price.bounds() {
		return nil
	}
	return terms
}

// group is what the first of some words stands for, alone or together with those after it.
func (b planner) group(words []field) (groups []group, used int) {
	if g, used := b.option(words); used > 0 {
		return g, used
	}
	if g, used := b.joined(words); used > 0 {
		return g, used
	}
	f := words[0]
	if phrase, used := b.v.synonyms.phrase(words); used > 1 {
		for i := range phrase {
			phrase[i] = b.count(phrase[i])
		}
		return []group{{word: f.raw, guesses: phrase}}, used
	}
	return b.word(f, len(words) == 1), 1
}

// option understands "size 42", "42 размер" and "colour lake blue".
func (b planner) option(words []field) ([]group, int) {
	name, values := "", []field(nil)
	if len(words) < 2 {
		return nil, 0
	}
	if name = b.named(words[0]); name != "" {
		values = words[1:min(len(words), 3)]
	} else if name = b.named(words[1]); name != "" {
		values = words[:1]
	} else {
		return nil, 0
	}
	for count := len(values); count > 0; count-- {
		value := ""
		for _, f := range values[:count] {
			value += valueOf(f.raw)
		}
		term := name + "=" + value
		if found := b.v.found(term, b.all); found > 0 {
			return []group{{word: raws(words[:count+1]), guesses: []guess{{[]string{term}, AsOption, worth[AsOption], found}}}}, count + 1
		}
	}
	if value := valueOf(values[0].raw); hasDigit(value) || len([]rune(value)) < 4 { // a size that is not there
		return []group{{word: raws(words[:2]), guesses: []guess{{[]string{name + "=" + value}, AsOption, worth[AsOption], 0}}}}, 2
	}
	return b.word(values[0], len(words) == 2), 2
}

// named is the option that a word names, if the shop has it.
func (b planner) named(f field) string {
	if len(f.tokens) != 1 {
		return ""
	}
	if name := optionName(f.tokens[0].text); b.v.options[name] {
		return name
	}
	return ""
}

func raws(words []field) string {
	all := make([]string, len(words))
	for i, f := range words {
		all[i] = f.raw
	}
	return strings.Join(all, " ")
}

// joined understands "snow board" where there are snowboards.
func (b planner) joined(words []field) ([]group, int) {
	if len(words) < 2 || len(words[0].tokens) != 1 || len(words[1].tokens) != 1 {
		return nil, 0
	}
	one, two := words[0].tokens[0].text, words[1].tokens[0].text
	if b.v.found(stem(one), b.all) > 0 && b.v.found(stem(two), b.all) > 0 {
		return nil, 0
	}
	term := stem(one + two)
	if found := b.v.found(term, b.all); found > 0 {
		return []group{{word: raws(words[:2]), guesses: []guess{{[]string{term}, AsParts, worth[AsWord], found}}}}, 2
	}
	return nil, 0
}

// word is what one field stands for. One of several parts ("trail-boot") is as many words.
func (b planner) word(f field, last bool) (groups []group) {
	code := guess{[]string{"#" + squeezed(f.raw)}, AsCode, worth[AsCode], 0}
	if len(f.tokens) != 1 {
		if others := b.layout(f.raw); len(others) > 0 && !b.known(f.tokens) {
			return []group{{word: f.raw, guesses: append(others, code)}}
		}
	}
	for i, t := range f.tokens {
		g := group{word: t.text, guesses: b.guesses(f, t.text, last && i == len(f.tokens)-1)}
		if parts := t.parts(); g.nowhere() && len(parts) > 1 && b.known(tokens(strings.Join(parts, " "))) {
			for _, part := range parts {
				groups = append(groups, group{word: part, guesses: append(b.mentioned(part, b.exactly(part)), code)})
			}
			continue
		}
		g.guesses = append(b.mentioned(t.text, g.guesses), code)
		groups = append(groups, g)
	}
	return groups
}

// known says whether some product has each of some words.
func (b planner) known(words []token) bool {
	return len(words) > 0 && !slices.ContainsFunc(words, func(t token) bool { return b.v.found(stem(t.text), b.all) == 0 })
}

func (g group) nowhere() bool {
	return !slices.ContainsFunc(g.guesses, func(one guess) bool { return one.found > 0 })
}

// guesses is what a word may stand for. The word itself is always among them: a product that was saved a moment
// ago is found by it, whatever the vocabulary says.
func (b planner) guesses(f field, word string, last bool) []guess {
	own := b.exactly(word)
	if !(group{guesses: own}).nowhere() || hasDigit(word) {
		return own
	}
	said := b
	said.where = mention
	for _, more := range []func() []guess{
		func() []guess { return b.somewhere(append(related(stem(word)), unmixed(word)...), AsRelated) },
		func() []guess { return append(b.layout(f.raw), b.spelling(word)...) },
		func() []guess { return b.beginning(f.raw, word, last) },
		func() []guess { return said.somewhere([]string{word}, AsMention) }, // as it is: no letter of it is wrong
		func() []guess { return append(b.typo(f.raw, word), b.meant(f.raw, word)...) },
		func() []guess { return append(said.layout(f.raw), said.spelling(word)...) },
		func() []guess { return said.beginning(f.raw, word, last && len([]rune(word)) > 2) },
		func() []guess { return said.typo(f.raw, word) },
		func() []guess { return b.parts(word) },
		func() []guess { return b.typos(f.raw, word) },
		func() []guess { return said.typos(f.raw, word) },
	} {
		if found := more(); len(found) > 0 {
			return append(own, found...)
		}
	}
	return own
}

// exactly is a word's own terms: its stem, what that is where a vowel comes or goes, and its synonyms.
func (b planner) exactly(word string) []guess {
	term := stem(word)
	all := []guess{{[]string{term}, AsWord, worth[AsWord], b.v.found(term, b.all)}}
	for _, form := range fleeting(term) {
		if found := b.v.found(form, b.all); found > 0 {
			all = append(all, guess{[]string{form}, AsWord, worth[AsWord] - 5, found})
		}
	}
	for _, g := range b.v.synonyms.of(term) {
		all = append(all, b.count(g))
	}
	return all
}

// count says how many products a guess may find: as many as have its rarest term.
func (b planner) count(g guess) guess {
	g.found = math.MaxInt
	for _, term := range g.terms {
		g.found = min(g.found, b.v.found(term, b.all))
	}
	return g
}

// somewhere is those of some ways to write a word that are in some product.
func (b planner) somewhere(words []string, how How) (all []guess) {
	seen := map[string]bool{}
	for _, word := range words {
		term := stem(word)
		for _, form := range append([]string{term}, fleeting(term)...) {
			if found := b.found(form); found > 0 && !seen[form] {
				seen[form] = true
				all = append(all, b.one(form, how, worth[how], found))
			}
		}
	}
	return all
}

// otherKeys is the words that the keys of one write in the other layout, if it is one word there.
func otherKeys(raw string) (words []string) {
	for _, typed := range []string{raw, strings.TrimRight(raw, ".,;!?")} {
		if other := tokens(otherLayout(typed)); len(other) == 1 && !slices.Contains(words, other[0].text) {
			words = append(words, other[0].text)
		}
	}
	return words
}

func (b planner) layout(raw string) []guess { return b.somewhere(otherKeys(raw), AsLayout) }

func (b planner) spelling(word string) []guess { return b.somewhere(transliterated(word), AsSpelling) }

// beginning takes the last word for the beginning of one.
func (b planner) beginning(raw, word string, last bool) (all []guess) {
	if !last || len([]rune(word)) < 2 {
		return nil
	}
	for i, begun := range append(append([]string{word}, otherKeys(raw)...), likeliest(transliterated(word), 4)...) {
		if i > 0 && len([]rune(begun)) < 3 {
			continue
		}
		for _, known := range b.words().beginning(begun, b.all) {
			all = append(all, b.one(known.text, AsBeginning, worth[AsBeginning], known.count(b.all)))
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

func likeliest(words []string, count int) []string { return words[:min(len(words), count)] }

// typo takes one wrong letter in a word of four or more for right, in either layout and alphabet.
func (b planner) typo(raw, word string) []guess {
	for i, written := range append(append([]string{word}, otherKeys(raw)...), likeliest(transliterated(word), 6)...) {
		for _, tried := range []string{stem(written), written, chopped(written)} {
			if len([]rune(tried)) < 4 {
				continue
			}
			if all := b.near(tried, 1, worth[AsTypo]-10*min(i, 1), AsTypo); len(all) > 0 {
				return all
			}
		}
	}
	return nil
}

// typos takes two wrong letters in a word of seven or more for right: a stem that long says enough by the rest.
func (b planner) typos(raw, word string) []guess {
	for i, written := range append(append([]string{word}, otherKeys(raw)...), likeliest(transliterated(word), 2)...) {
		if tried := stem(written); len([]rune(tried)) >= 7 {
			if all := b.near(tried, 2, worth[AsTypos]-5*min(i, 1), AsTypos); len(all) > 0 {
				return all
			}
		}
	}
	return nil
}

func (b planner) near(term string, edits, worth int, how How) (all []guess) {
	mask := letterMask(term)
	for _, known := range b.words().like(term, edits, b.all) {
		g := b.one(known.text, how, worth, known.count(b.all))
		if letterMask(known.text) == mask { // letters changed places or were doubled, which happens more than that another is hit
			g.worth += worth / 5
		}
		all = append(all, g)
	}
	return all
}

// parts understands "trailboot" where there is a trail boot.
func (b planner) parts(word string) (all []guess) {
	letters := []rune(word)
	for at := 3; at <= len(letters)-3; at++ {
		g := b.count(guess{[]string{stem(string(letters[:at])), stem(string(letters[at:]))}, AsParts, worth[AsParts], 0})
		if g.found > 0 {
			all = append(all, g)
		}
	}
	return all
}

// weigh says how much groups count: more, the fewer products they find.
func (b planner) weigh(groups []group) []group {
	for i := range groups {
		g := &groups[i]
		named, said := 0, 0
		for _, one := range g.guesses {
			if one.mentions() {
				said += one.found
			} else {
				named += one.found
			}
		}
		if g.found = named; named == 0 {
			g.found = said
		}
		g.found = min(g.found, max(b.products, 1))
		g.weight = 10 + int(math.Round(10*math.Log1p(float64(b.products)/float64(max(g.found, 1)))))
	}
	return groups
}
