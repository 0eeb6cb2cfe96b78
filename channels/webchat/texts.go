package webchat

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/text/language"
)

// texts is the page's own words in one language, by key.
type texts map[string]string

// Of is the word of a key; the key itself would be a missing one, which the tests find.
func (t texts) Of(key string) string {
	if text, ok := t[key]; ok {
		return text
	}
	return key
}

// Language is the IETF tag of these words.
func (t texts) Language() string { return t["language"] }

// JSON gives the page's script all of them.
func (t texts) JSON() (string, error) {
	encoded, err := json.Marshal(map[string]string(t))
	return string(encoded), err
}

// spoken is the languages that the page itself speaks. The first is for everyone else.
var spoken = []language.Tag{language.English, language.Russian}

func loadTexts(files fs.FS) (map[language.Tag]texts, error) {
	all := map[language.Tag]texts{}
	for _, tag := range spoken {
		encoded, err := fs.ReadFile(files, "texts/"+tag.String()+".json")
		if err != nil {
			return nil, fmt.Errorf("web chat texts: %w", err)
		}
		words := texts{}
		if err := json.Unmarshal(encoded, &words); err != nil {
			return nil, fmt.Errorf("web chat texts in %s: %w", tag, err)
		}
		words["language"] = tag.String()
		all[tag] = words
	}
	return all, nil
}

// wordsFor is the page's words in a language, or in English.
func (p pages) wordsFor(tag string) texts {
	base, _ := language.Make(tag).Base()
	for _, own := range spoken {
		if ownBase, _ := own.Base(); ownBase == base {
			return p.texts[own]
		}
	}
	return p.texts[spoken[0]]
}

// reported is the language that a browser would rather read; empty when it doesn't say.
func reported(acceptLanguage string) string {
	if len(acceptLanguage) > 200 {
		return ""
	}
	tags, _, err := language.ParseAcceptLanguage(strings.Clone(acceptLanguage))
	if err != nil || len(tags) == 0 {
		return ""
	}
	return tags[0].String()
}

// nearest is the shop's language that suits a browser best.
func nearest(acceptLanguage string, languages []string) string {
	if len(languages) == 0 {
		languages = []string{"en", "ru"}
	}
	tags := make([]language.Tag, len(languages))
	for i, tag := range languages {
		tags[i] = language.Make(tag)
	}
	_, index := language.MatchStrings(language.NewMatcher(tags), acceptLanguage)
	return languages[index]
}
