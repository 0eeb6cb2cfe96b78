package catalog

import (
	"maps"
	"slices"
	"strings"
)

// What is only mentioned in a description is a term of its own: "~waterproof". It is counted apart from what things are
// called, so that a mention never keeps a mistyped or unfinished word from being understood as that.
const mention = "~"

const (
	inDescription = 4 // the least of all places
	mostMentions  = 60
	mostRead      = 4000 // letters of a description in one language
)

// mentions adds what a description says and nothing weightier does, at most mostMentions terms in each language. It
// comes last, when all else is known.
func (w weights) mentions(description Text) {
	for _, language := range slices.Sorted(maps.Keys(description)) {
		left := mostMentions
		for _, word := range tokens(firstLetters(description[language], mostRead)) {
			if stopWords[word.text] || len([]rune(word.text)) < 2 {
				continue
			}
			term := stem(word.text)
			if left > 0 && w[term] == 0 && w[mention+term] == 0 {
				w.add(mention+term, inDescription)
				left--
			}
		}
	}
}

// isMention says whether a term is of descriptions only.
func isMention(term string) bool { return strings.HasPrefix(term, mention) }

// mentions says whether a guess is of what only descriptions say.
func (g guess) mentions() bool { return isMention(g.terms[0]) }

// isCode says whether a term is a SKU or barcode. They are none of the words of a shop: nobody looks for those that
// are like another.
func isCode(term string) bool { return strings.HasPrefix(term, "#") }

// mentioned is guesses of a word, and the word as descriptions may have it: a product that was saved a moment ago is
// found by it, whatever the vocabulary says.
func (b planner) mentioned(word string, guesses []guess) []guess {
	b.where = mention
	term := stem(word)
	for _, form := range append([]string{term}, fleeting(term)...) {
		said := b.one(form, AsMention, worth[AsMention], b.found(form))
		if !slices.ContainsFunc(guesses, func(g guess) bool { return g.terms[0] == said.terms[0] }) {
			guesses = append(guesses, said)
		}
	}
	return guesses
}

// named is a plan that looks into no description.
func (p plan) named() plan {
	p.groups = slices.Clone(p.groups)
	for i := range p.groups {
		p.groups[i].guesses = slices.DeleteFunc(slices.Clone(p.groups[i].guesses), guess.mentions)
	}
	return p
}

// near is what to offer instead of what fits, if anything. Of several words one has to be what a product is called
// when another is only in its description: what is "to be worn over winter gloves" is no pair of them. While all that fits
// is like that, what has some of the words in better places comes first.
func (p plan) near(rows []blockRow, products int, hits []hit) []hit {
	if len(hits) == 0 {
		return top(p.nearest(rows, products), mostNearest)
	}
	if len(p.groups) < 2 || slices.ContainsFunc(hits, func(h hit) bool { return !h.aside }) {
		return nil
	}
	better := top(p.named().nearest(rows, products), mostNearest)
	if len(better) == 0 {
		return nil
	}
	aside := slices.DeleteFunc(top(slices.Clone(hits), mostNearest), func(h hit) bool {
		return slices.ContainsFunc(better, func(b hit) bool { return b.product == h.product })
	})
	aside = aside[:min(len(aside), mostNearest/2)]
	return append(better[:min(len(better), mostNearest-len(aside))], aside...)
}
