package catalog

import (
	"slices"
	"strings"
)

// ---- how people mistype ----

// distance is how many letters were left out, added, exchanged, or swapped with their neighbour to make b of a
// (the optimal string alignment distance), or most+1 when they are more than most.
func distance(a, b []rune, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	var rows [3][longestTerm + 3]int // of all words that are compared
	before, last, now := rows[0][:], rows[1][:], rows[2][:]
	if len(b) >= len(now) {
		before, last, now = make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	}
	before, last, now = before[:len(b)+1], last[:len(b)+1], now[:len(b)+1]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
			best = min(best, now[j])
		}
		if best > most {
			return most + 1
		}
		before, last, now = last, now, before
	}
	return min(last[len(b)], most+1)
}

// letterMask has a bit for each letter of a word: words whose masks differ in more than two bits an edit are
// farther apart than that.
func letterMask(word string) (mask uint64) {
	for _, r := range word {
		mask |= 1 << (uint32(r) % 64)
	}
	return mask
}

const (
	latinKeys    = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
	cyrillicKeys = "ёйцукенгшщзхъфывапролджэячсмитьбю"
)

var toCyrillicKeys, toLatinKeys = keys(latinKeys, cyrillicKeys), keys(cyrillicKeys, latinKeys)

func keys(from, to string) map[rune]rune {
	all, targets := map[rune]rune{}, []rune(to)
	for i, r := range []rune(from) {
		all[r] = targets[i]
	}
	return all
}

// otherLayout is what the same keys write on the other keyboard: "rhjccjdrb" is "кроссовки".
func otherLayout(text string) string {
	to := toCyrillicKeys
	if isCyrillic(text) {
		to = toLatinKeys
	}
	return strings.Map(func(r rune) rune {
		if other, ok := to[r]; ok {
			return other
		}
		return r
	}, text)
}

// sound is how a letter or several may be written with those of the other alphabet, the likeliest first.
type sound struct {
	from string
	to   []string
}

var latinSounds = []sound{
	{"shch", []string{"щ"}}, {"sch", []string{"щ", "ш"}}, {"sh", []string{"ш"}}, {"ch", []string{"ч"}}, {"zh", []string{"ж"}},
	{"kh", []string{"х"}}, {"ts", []string{"ц", "тс"}}, {"ph", []string{"ф"}}, {"ck", []string{"к"}}, {"oo", []string{"у"}}, {"ee", []string{"и"}},
	{"ya", []string{"я"}}, {"ja", []string{"я"}}, {"yu", []string{"ю"}}, {"ju", []string{"ю"}}, {"yo", []string{"е"}}, {"jo", []string{"е"}}, {"ye", []string{"е"}},
	{"a", []string{"а"}}, {"b", []string{"б"}}, {"c", []string{"к", "ц"}}, {"d", []string{"д"}}, {"e", []string{"е", "э"}}, {"f", []string{"ф"}},
	{"g", []string{"г"}}, {"h", []string{"х"}}, {"i", []string{"и"}}, {"j", []string{"й", "ж"}}, {"k", []string{"к"}}, {"l", []string{"л"}},
	{"m", []string{"м"}}, {"n", []string{"н"}}, {"o", []string{"о"}}, {"p", []string{"п"}}, {"q", []string{"к"}}, {"r", []string{"р"}},
	{"s", []string{"с"}}, {"t", []string{"т"}}, {"u", []string{"у"}}, {"v", []string{"в"}}, {"w", []string{"в"}}, {"x", []string{"кс", "х"}},
	{"y", []string{"ы", "й", "и"}}, {"z", []string{"з"}}, {"'", []string{"ь", ""}},
}

var cyrillicSounds = []sound{
	{"нью", []string{"new"}}, {"дж", []string{"j", "dzh", "g"}}, {"кс", []string{"x", "ks", "cs"}}, {"ай", []string{"i", "ai", "ay"}}, {"эй", []string{"a", "ei"}},
	{"ей", []string{"ei", "ey", "a"}}, {"ью", []string{"u", "ew"}},
	{"а", []string{"a"}}, {"б", []string{"b"}}, {"в", []string{"v", "w"}}, {"г", []string{"g"}}, {"д", []string{"d"}}, {"е", []string{"e"}},
	{"ж", []string{"zh", "j"}}, {"з", []string{"z", "s"}}, {"и", []string{"i", "ee", "y"}}, {"й", []string{"y", "i"}}, {"к", []string{"k", "c"}}, {"л", []string{"l"}},
	{"м", []string{"m"}}, {"н", []string{"n"}}, {"о", []string{"o"}}, {"п", []string{"p"}}, {"р", []string{"r"}}, {"с", []string{"s", "c"}},
	{"т", []string{"t"}}, {"у", []string{"u", "oo"}}, {"ф", []string{"f", "ph"}}, {"х", []string{"h", "kh"}}, {"ц", []string{"ts", "c"}},
	{"ч", []string{"ch"}}, {"ш", []string{"sh"}}, {"щ", []string{"shch", "sch"}}, {"ъ", []string{""}}, {"ы", []string{"y"}}, {"ь", []string{""}},
	{"э", []string{"e", "a"}}, {"ю", []string{"yu", "u", "ju"}}, {"я", []string{"ya", "ia", "ja"}},
}

// mostSpellings is how many ways to write a word in the other alphabet are tried.
const mostSpellings = 48

// transliterated is how a word may be written in the other alphabet, the likeliest first: "krossovki" is
// "кроссовки", "найк" may be "nike".
func transliterated(word string) []string {
	sounds := latinSounds
	if isCyrillic(word) {
		sounds = cyrillicSounds
	}
	ways := []string{""}
	for rest := word; rest != ""; {
		k := slices.IndexFunc(sounds, func(s sound) bool { return strings.HasPrefix(rest, s.from) })
		if k < 0 {
			return nil // a digit, or another alphabet
		}
		var longer []string
		for i, to := range sounds[k].to { // the likeliest of all first
			for _, way := range ways {
				if i == 0 || len(ways)+len(longer) < mostSpellings {
					longer = append(longer, way+to)
				}
			}
		}
		ways, rest = longer, rest[len(sounds[k].from):]
	}
	if isCyrillic(word) { // "nike" has a letter that nobody hears
		for _, way := range slices.Clone(ways) {
			ways = append(ways, way+"e")
		}
	}
	return ways
}

// fleeting is what a stem is in forms in which a vowel comes or goes: "кроссовок" and "кроссовк", "скамеек" and
// "скамейк", "кресел" and "кресл".
func fleeting(stem string) (forms []string) {
	letters := []rune(stem)
	if len(letters) < 3 || !isCyrillic(stem) {
		return nil
	}
	n := len(letters)
	before, middle, end := letters[n-3], letters[n-2], letters[n-1]
	if isVowel(end) {
		return nil
	}
	switch {
	case middle == 'о' || middle == 'е':
		if isVowel(before) { // "скамеек"
			return []string{string(letters[:n-2]) + "й" + string(end)}
		}
		forms = append(forms, string(letters[:n-2])+string(end))
		if strings.ContainsRune("лнт", before) { // "палец" and "пальц"
			forms = append(forms, string(letters[:n-2])+"ь"+string(end))
		}
	case middle == 'й' || middle == 'ь': // "скамейк", "пальц"
		forms = append(forms, string(letters[:n-2])+"е"+string(end))
	case !isVowel(middle) && strings.ContainsRune("кцлнрт", end):
		forms = append(forms, string(letters[:n-1])+"о"+string(end), string(letters[:n-1])+"е"+string(end))
	}
	return forms
}

// endings are what makes other words of the same root: adjectives of what things are made of or for, and small things.
var endings = []struct{ from, to string }{
	{"очк", "к"}, {"ечк", "к"}, {"еньк", ""}, {"ик", ""}, {"янн", ""}, {"анн", ""}, {"енн", ""}, {"ян", ""}, {"ан", ""}, {"ов", ""}, {"ев", ""}, {"ск", ""}, {"ьн", ""}, {"н", ""},
}

// related is what the stems of words of the same root may be: "кожан" is of "кож", "хлопков" of "хлопк".
func related(stem string) (stems []string) {
	for _, ending := range endings {
		if root, has := strings.CutSuffix(stem, ending.from); has && len([]rune(root+ending.to)) >= 3 {
			stems = append(stems, root+ending.to)
		}
	}
	return stems
}

// chopped is a Russian word without its ending, where a missing vowel hides it from the stemmer: "крсный".
func chopped(word string) string {
	letters := []rune(word)
	for cut := 0; cut < 3 && len(letters) > 4 && (isVowel(letters[len(letters)-1]) || letters[len(letters)-1] == 'й'); cut++ {
		letters = letters[:len(letters)-1]
	}
	return string(letters)
}

const (
	latinLooks    = "aeopcxykmthb"
	cyrillicLooks = "аеорсхукмтнв"
)

var toCyrillicLooks = keys(latinLooks, cyrillicLooks)

// unmixed is a Russian word some of whose letters are Latin ones that look alike.
func unmixed(word string) []string {
	if !isCyrillic(word) {
		return nil
	}
	other := strings.Map(func(r rune) rune {
		if cyrillic, ok := toCyrillicLooks[r]; ok {
			return cyrillic
		}
		return r
	}, word)
	if other == word {
		return nil
	}
	return []string{other}
}

func isVowel(r rune) bool { return strings.ContainsRune("аеиоуыэюя", r) }
