package catalog

import (
	"maps"
	"slices"
	"strings"
)

// What is only mentioned in a description is a term of its own: "~waterproof". It is not counted among the words of
// the shop, so that a mention never keeps a mistyped or unfinished word from being understood as what things are called.
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

// uncounted says whether a term is none of the words that searches are compared with: a code or a mention. Nobody
// looks for those that are like another.
func uncounted(term string) bool {
	return strings.HasPrefix(term, "#") || strings.HasPrefix(term, mention)
}

// mentioned is a word as descriptions may have it.
func mentioned(word string) (all []guess) {
	term := stem(word)
	for _, form := range append([]string{term}, fleeting(term)...) {
		all = append(all, guess{[]string{mention + form}, AsMention, worth[AsMention], 0})
	}
	return all
}

// settled is a plan that takes no word for a mistyped one when a description has it as it is, which is known only
// when the index has been read.
func (p plan) settled(rows []blockRow) plan {
	in := map[string]bool{}
	for _, row := range rows {
		if strings.HasPrefix(row.Term, mention) && !in[row.Term] {
			in[row.Term] = slices.ContainsFunc(postings(row.Postings), func(one posting) bool { return one.live || p.all })
		}
	}
	p.groups = slices.Clone(p.groups)
	for i := range p.groups {
		g := &p.groups[i]
		if slices.ContainsFunc(g.guesses, func(one guess) bool { return one.how == AsMention && in[one.terms[0]] }) {
			g.guesses = slices.DeleteFunc(slices.Clone(g.guesses), func(one guess) bool { return one.how == AsTypo || one.how == AsTypos })
		}
	}
	return p
}

// named is a plan that looks into no description.
func (p plan) named() plan {
	p.groups = slices.Clone(p.groups)
	for i := range p.groups {
		p.groups[i].guesses = slices.DeleteFunc(slices.Clone(p.groups[i].guesses), func(one guess) bool { return one.how == AsMention })
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
