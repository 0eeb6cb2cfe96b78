package catalog

import (
	"context"
	"strings"
	"sync"
)

// vocabularies remembers the words of shops, with which mistyped ones are compared. The rows are the truth: each
// search asks for the version of its shop's index, and reads the words that were counted since. So a product
// that another replica saved is found at once, by its own words and by those like them.
type vocabularies struct {
	mu    sync.Mutex
	shops map[MerchantID]*vocabulary
	uses  int64
}

// The words of one shop and of all together that are remembered, at about a hundred bytes each. A shop's words
// beyond that are found only as they are, and shops asked for least recently are forgotten. Of what only descriptions
// mention fewer are, so that they never keep out what things are called.
const (
	mostWords     = 500_000
	mostMentioned = 300_000
	mostWordsAll  = 2_000_000
)

// vocabulary is the words of one shop.
type vocabulary struct {
	mu       sync.RWMutex
	used     int64
	version  int64
	words    map[string]*wordOf // mentions with their sign
	names    lexicon            // what mistyped words are compared with: what products are found by
	mentions lexicon            // … and what only descriptions say, without the sign
	options  map[string]bool    // their names
	values   map[string]bool    // what they are chosen from
	synonyms synonyms
	meant    lexicon // their members
	at       int64   // the version at which the synonyms changed
}

// of is the words of a shop as they are now, locked for reading; release ends that.
func (all *vocabularies) of(merchant MerchantID) *vocabulary {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.shops == nil {
		all.shops = map[MerchantID]*vocabulary{}
	}
	v, ok := all.shops[merchant]
	if !ok {
		v = &vocabulary{words: map[string]*wordOf{}, options: map[string]bool{}, values: map[string]bool{}}
		all.shops[merchant] = v
	}
	all.uses++
	v.used = all.uses
	return v
}

// bound forgets shops until the words are few enough. The one in use stays.
func (all *vocabularies) bound(inUse MerchantID) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for {
		sum, oldest, found := 0, MerchantID(0), false
		for id, v := range all.shops {
			sum += v.size()
			if id != inUse && (!found || v.used < all.shops[oldest].used) {
				oldest, found = id, true
			}
		}
		if sum <= mostWordsAll || !found {
			return
		}
		delete(all.shops, oldest)
	}
}

func (v *vocabulary) size() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.words)
}

// vocabulary is the words of a shop whose index stands as it does now.
func (s *Service) vocabulary(ctx context.Context, merchant MerchantID, index indexRow) (*vocabulary, error) {
	v := s.vocabularies.of(merchant)
	v.mu.RLock()
	version, at := v.version, v.at
	v.mu.RUnlock()
	if version == index.Version {
		return v, nil
	}
	if version > index.Version { // of a transaction that was undone
		version, at = 0, 0
	}
	rows, err := s.wordsSince(ctx, merchant, version)
	if err != nil {
		return nil, err
	}
	var groups [][]string
	if at != index.Synonyms {
		if groups, err = s.Synonyms(ctx, merchant); err != nil {
			return nil, err
		}
	}
	v.learn(rows, index.Version)
	if at != index.Synonyms {
		v.mu.Lock()
		v.synonyms, v.at = readSynonyms(groups), index.Synonyms
		v.meant = v.synonyms.words()
		v.mu.Unlock()
	}
	s.vocabularies.bound(merchant)
	return v, nil
}

// learn takes words counted anew.
func (v *vocabulary) learn(rows []wordRow, version int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, row := range rows {
		now := census{row.Live, row.Total}
		if word, ok := v.words[row.Word]; ok {
			word.census = now
			continue
		}
		v.add(row.Word, now)
	}
	v.version = version
	v.names.settle()
	v.mentions.settle()
}

func (v *vocabulary) add(text string, counted census) {
	bare, isMention := strings.CutPrefix(text, mention)
	if len(v.words) >= mostWords+mostMentioned || isMention && v.mentions.size >= mostMentioned || !isMention && v.names.size >= mostWords {
		return
	}
	word := &wordOf{text: bare, census: counted}
	v.words[text] = word
	if name, value, pair := strings.Cut(bare, "="); pair {
		v.options[name], v.values[value] = true, true
		return
	}
	switch {
	case hasDigit(bare):
	case isMention:
		v.mentions.add(word)
	default:
		v.names.add(word)
	}
}

// found is how many products have a term: those that buyers find, or all.
func (v *vocabulary) found(term string, all bool) int {
	known, ok := v.words[term]
	if !ok {
		return 0
	}
	return known.count(all)
}
