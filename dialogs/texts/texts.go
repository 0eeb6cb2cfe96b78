// Package texts has every sentence that people read in chats, in every language.
//
// A sentence is found by its key; plural forms follow CLDR. A key that is missing in a language is a
// broken build: a test renders each key in each language.
package texts

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// tags are the languages that there are texts in; the first is what others fall back to.
var tags = []string{"en", "ru"}

// names are the languages by their own names.
var names = map[string]string{"en": "English", "ru": "Русский"}

// Languages are the tags of all languages that there are texts in.
func Languages() []string { return slices.Clone(tags) }

// Known is those of the languages that there are texts in, in their order.
func Known(languages []string) (known []string) {
	for _, tag := range languages {
		if slices.Contains(tags, tag) {
			known = append(known, tag)
		}
	}
	return known
}

// NameOf is a language by its own name.
func NameOf(tag string) string { return names[tag] }

// Match is the one of the supported languages (at least one) that fits best what somebody wants: an IETF
// tag such as "ru-RU". What fits none, or is no tag, gets the first.
func Match(wanted string, supported []string) string {
	if slices.Contains(supported, wanted) {
		return wanted
	}
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(wanted, "_", "-")), "-")
	if slices.Contains(supported, base) {
		return base
	}
	return supported[0]
}

var bundle = sync.OnceValue(func() *i18n.Bundle {
	all := i18n.NewBundle(language.English)
	all.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, tag := range tags {
		if _, err := all.LoadMessageFileFS(files, tag+".json"); err != nil {
			panic(fmt.Sprintf("texts %s: %v", tag, err)) // embedded: it fails in every test or never
		}
	}
	return all
})

var localizers sync.Map // tag → *i18n.Localizer

func localizer(tag string) *i18n.Localizer {
	if found, ok := localizers.Load(tag); ok {
		return found.(*i18n.Localizer)
	}
	made, _ := localizers.LoadOrStore(tag, i18n.NewLocalizer(bundle(), tag))
	return made.(*i18n.Localizer)
}

// Say is the sentence under a key in a language, with {{.name}} filled from args. args["count"], an int,
// chooses the plural form. A key that nobody knows is returned itself, so that it is seen and mended.
func Say(tag, key string, args map[string]any) string {
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: args}
	if count, is := args["count"].(int); is {
		config.PluralCount = count
	}
	text, err := localizer(tag).Localize(config)
	if text == "" && err != nil {
		return key
	}
	return text
}

// Has says whether there is a sentence under a key in every language.
func Has(key string) bool {
	for _, tag := range tags {
		if _, _, err := localizer(tag).LocalizeWithTag(&i18n.LocalizeConfig{MessageID: key, PluralCount: 1}); err != nil {
			return false
		}
	}
	return true
}

// Keys are the keys of all sentences, in order.
func Keys() []string {
	var messages map[string]json.RawMessage
	content, err := files.ReadFile(tags[0] + ".json")
	if err == nil {
		err = json.Unmarshal(content, &messages)
	}
	if err != nil {
		panic(fmt.Sprintf("texts %s: %v", tags[0], err)) // as in bundle
	}
	return slices.Sorted(maps.Keys(messages))
}

var months = map[string][]string{
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"ru": {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
}

// Date writes a day and time as people do: "5 March 2026, 14:05".
func Date(at time.Time, tag string) string {
	of, known := months[tag]
	if !known {
		of = months["en"]
	}
	return fmt.Sprintf("%d %s %d, %s", at.Day(), of[at.Month()-1], at.Year(), at.Format("15:04"))
}
