package catalog

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
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
// beyond that are found only as they are, and shops asked for least recently are forgotten.
const (
	mostWords    = 500_000
	mostWordsAll = 2_000_000
)

// vocabulary is the words of one shop.
type vocabulary struct {
	mu       sync.RWMutex
	used     int64
	version  int64
	words    map[string]*wordOf
	sorted   []*wordOf       // those to compare with, by text
	recent   []*wordOf       // … that are not there yet
	options  map[string]bool // their names
	values   map[string]bool // what they are chosen from
	synonyms synonyms
	at       int64 // the version at which the synonyms changed
}

// wordOf is one word of a shop.
type wordOf struct {
	text   string
	census census
	mask   uint64
	length int // in letters
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
		if len(v.words) >= mostWords {
			continue
		}
		word := &wordOf{text: row.Word, census: now, mask: letterMask(row.Word), length: utf8.RuneCountInString(row.Word)}
		v.words[row.Word] = word
		if name, value, pair := strings.Cut(row.Word, "="); pair {
			v.options[name], v.values[value] = true, true
		} else if !hasDigit(row.Word) {
			v.recent = append(v.recent, word)
		}
	}
	v.version = version
	if len(v.recent) > 256 {
		v.sorted = append(v.sorted, v.recent...)
		v.recent = nil
		slices.SortFunc(v.sorted, func(a, b *wordOf) int { return cmp.Compare(a.text, b.text) })
	}
}

// found is how many products have a word: those that buyers find, or all.
func (v *vocabulary) found(word string, all bool) int {
	known, ok := v.words[word]
	if !ok {
		return 0
	}
	return known.count(all)
}

func (k *wordOf) count(all bool) int {
	if all {
		return k.census.total
	}
	return k.census.live
}

// mostGuesses is how many words one mistyped or unfinished word may stand for.
const mostGuesses = 24

// beginning is the words that begin so, those of most products first.
func (v *vocabulary) beginning(prefix string, all bool) (words []*wordOf) {
	from, _ := slices.BinarySearchFunc(v.sorted, prefix, func(k *wordOf, prefix string) int { return cmp.Compare(k.text, prefix) })
	for _, word := range v.sorted[from:] {
		if !strings.HasPrefix(word.text, prefix) {
			break
		}
		if word.count(all) > 0 {
			words = append(words, word)
		}
	}
	for _, word := range v.recent {
		if strings.HasPrefix(word.text, prefix) && word.count(all) > 0 {
			words = append(words, word)
		}
	}
	return most(words, all)
}

// like is the words that differ from one in so many letters, those of most products first. Where much may differ,
// or the word is short, the first letter has to be right, or to have changed places with the second.
func (v *vocabulary) like(word string, edits int, all bool) (words []*wordOf) {
	letters, mask := []rune(word), letterMask(word)
	strict := edits > 1 || len(letters) < 6
	differ := 2 * edits // letters that only one of the two has
	if edits > 1 && len(letters) < 9 {
		differ = 2 // "sneaker" is no "sweater"
	}
	for _, list := range [][]*wordOf{v.sorted, v.recent} {
		for _, known := range list {
			if known.length < len(letters)-edits || known.length > len(letters)+edits || bits.OnesCount64(known.mask^mask) > differ || known.count(all) == 0 {
				continue
			}
			other := []rune(known.text)
			if strict && other[0] != letters[0] && (len(other) < 2 || other[1] != letters[0] || other[0] != letters[1]) {
				continue
			}
			if distance(letters, other, edits) == edits {
				words = append(words, known)
			}
		}
	}
	return most(words, all)
}

// most is the words of most products, at most mostGuesses.
func most(words []*wordOf, all bool) []*wordOf {
	slices.SortFunc(words, func(a, b *wordOf) int {
		return cmp.Or(cmp.Compare(b.count(all), a.count(all)), cmp.Compare(a.text, b.text))
	})
	return words[:min(len(words), mostGuesses)]
}
