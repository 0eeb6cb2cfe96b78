package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"parley/catalog/fault"
)

// What a shop's synonyms may be.
const (
	mostSynonymGroups  = 2000
	mostSynonymWords   = 30  // in a group
	mostSynonymLetters = 100 // in a word or phrase
)

// Synonyms is the groups of words that mean the same to a shop's buyers, as they were set.
func (s *Service) Synonyms(ctx context.Context, merchant MerchantID) ([][]string, error) {
	var rows []struct{ Words encoded[[]string] }
	err := s.db.On(ctx).Raw("select words from search_synonyms where merchant_id = ? order by position", int64(merchant)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read synonyms: %w", err)
	}
	groups := make([][]string, len(rows))
	for i, row := range rows {
		groups[i] = row.Words.is
	}
	return groups, nil
}

// SetSynonyms replaces the groups of words that mean the same to a shop's buyers: {"trainers", "sneakers",
// "кроссовки"}. A member is a word or a phrase; whoever searches for one finds the others, too. Searches that
// begin afterwards use them. It fails with fault.Invalid {field}, and with fault.Missing for a shop that is not there.
func (s *Service) SetSynonyms(ctx context.Context, merchant MerchantID, groups [][]string) error {
	groups, err := checkSynonyms(groups)
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.lockShop(ctx, merchant); err != nil {
			return err
		}
		if err := s.db.On(ctx).Exec("delete from search_synonyms where merchant_id = ?", int64(merchant)).Error; err != nil {
			return err
		}
		x := indexer{Service: s, shop: merchant}
		var values []any
		for i, group := range groups {
			values = append(values, int64(merchant), i, asJSON(group))
		}
		if err := x.insert(ctx, "search_synonyms (merchant_id, position, words)", 3, values, ""); err != nil {
			return err
		}
		version, err := s.nextVersion(ctx, merchant)
		if err != nil {
			return err
		}
		return s.db.On(ctx).Exec("update search_shops set synonyms = ? where merchant_id = ?", version, int64(merchant)).Error
	})
	if err != nil {
		return fmt.Errorf("set synonyms: %w", err)
	}
	return nil
}

// checkSynonyms is groups without what surrounds their words; those of one word are refused, for it means itself.
func checkSynonyms(groups [][]string) ([][]string, error) {
	if len(groups) > mostSynonymGroups {
		return nil, invalid("synonyms", "catalog.too_many").With("count", fmt.Sprint(mostSynonymGroups))
	}
	tidied := make([][]string, len(groups))
	for i, group := range groups {
		field := fmt.Sprintf("synonyms[%d]", i)
		for _, words := range group {
			switch words = strings.Join(strings.Fields(words), " "); {
			case len([]rune(words)) > mostSynonymLetters:
				return nil, invalid(field, "catalog.too_long")
			case !isText(words) || words != "" && len(tokens(words)) == 0:
				return nil, invalid(field, "catalog.not_text")
			case words != "":
				tidied[i] = append(tidied[i], words)
			}
		}
		if len(tidied[i]) < 2 {
			return nil, fault.New(fault.Invalid, "catalog.lone_synonym").With("field", field)
		}
		if len(tidied[i]) > mostSynonymWords {
			return nil, invalid(field, "catalog.too_many").With("count", fmt.Sprint(mostSynonymWords))
		}
	}
	return tidied, nil
}

// synonyms is, by the stems of a word or phrase, what else means the same.
type synonyms map[string][]guess

func readSynonyms(groups [][]string) synonyms {
	all := synonyms{}
	for _, group := range groups {
		for i, words := range group {
			key := strings.Join(stems(words), " ")
			for j, other := range group {
				if terms := stems(other); i != j && len(terms) > 0 && strings.Join(terms, " ") != key {
					all[key] = append(all[key], guess{terms: terms, how: AsSynonym, worth: worth[AsSynonym]})
				}
			}
		}
	}
	return all
}

// words is what one mistyped word is compared with: the members that are one word.
func (s synonyms) words() (all lexicon) {
	for key := range s {
		if !strings.Contains(key, " ") && !hasDigit(key) {
			all.add(&wordOf{text: key, census: census{1, 1}})
		}
	}
	return all
}

// meant understands a word that is in no product but set as a synonym, when it is typed on the other keyboard, in the
// other alphabet or with one letter wrong: who types "sneekers" in a shop of trainers.
func (b planner) meant(raw, word string) (all []guess) {
	for _, written := range append(append([]string{word}, otherKeys(raw)...), likeliest(transliterated(word), 2)...) {
		term := stem(written)
		for _, g := range b.v.synonyms.of(term) {
			g.how, g.worth = AsSpelling, g.worth*worth[AsSpelling]/100
			all = append(all, b.count(g))
		}
		if len([]rune(term)) < 4 {
			continue
		}
		for _, known := range b.v.meant.like(term, 1, false) {
			for _, g := range b.v.synonyms.of(known.text) {
				g.how, g.worth = AsTypo, g.worth*worth[AsTypo]/100
				all = append(all, b.count(g))
			}
		}
	}
	return slices.DeleteFunc(all, func(g guess) bool { return g.found == 0 })
}

func stems(text string) (terms []string) {
	for _, word := range tokens(text) {
		terms = append(terms, stem(word.text))
	}
	return terms
}

// of is what else means the same as a stem.
func (s synonyms) of(term string) []guess { return s[term] }

// phrase is what means the same as the first words of a search, at most four, and how many those are; with the
// words themselves. It is none for fewer than two.
func (s synonyms) phrase(words []field) ([]guess, int) {
	if len(s) == 0 {
		return nil, 0
	}
	for count := min(len(words), 4); count > 1; count-- {
		terms := stems(raws(words[:count]))
		if others, ok := s[strings.Join(terms, " ")]; ok {
			return append([]guess{{terms: terms, how: AsWord, worth: worth[AsWord]}}, others...), count
		}
	}
	return nil, 0
}
