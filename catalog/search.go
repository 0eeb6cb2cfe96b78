package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/russian"
	"golang.org/x/text/unicode/norm"
)

// Search lists the active products that have every word of the query, in whatever form, somewhere in their titles, tags,
// vendor, values, SKUs, barcodes or the names of their categories. An exact SKU or barcode comes first,
// then titles in the buyer's language that have every word. Only the first eight words of the first 200
// letters count; no words find nothing.
func (s *Service) Search(ctx context.Context, merchant MerchantID, query, language string, page Page) (List, error) {
	words := strings.Fields(fold(firstLetters(query, 200)))
	words = words[:min(len(words), 8)]
	if len(words) == 0 {
		return List{}, nil
	}
	stems := make([]string, len(words))
	for i, word := range words {
		stems[i] = stem(word)
	}
	where, whereArgs := has(stems, "(w.words like ? escape '!' or w.shelf_words like ? escape '!')", func(word string) []any {
		return []any{"%" + literally(word) + "%", "%" + literally(word) + "%"}
	})
	where, whereArgs = "w.merchant_id = ? and "+where, append([]any{int64(merchant)}, whereArgs...)
	var total int
	if err := s.db.On(ctx).Raw("select count(*) from product_words w where "+where, whereArgs...).Scan(&total).Error; err != nil {
		return List{}, fmt.Errorf("count what is found: %w", err)
	}
	title, titleArgs := has(stems, "w.words like ? escape '!'", func(word string) []any {
		tag := literally(fold(language))
		return []any{"%|" + tag + ":%" + literally(word) + "%:" + tag + "|%"}
	})
	offset, limit := page.bounds()
	args := append(slices.Clone(whereArgs), "%|"+literally(strings.Join(words, " "))+"|%")
	args = append(append(args, titleArgs...), limit, offset)
	products, err := s.summaries(ctx, merchant, "from product_words w join products p on p.id = w.product_id where "+where+
		" order by case when w.words like ? escape '!' then 0 when "+title+" then 1 else 2 end, p.position, p.id limit ? offset ?", args...)
	return List{Products: products, Total: total}, err
}

// stem is what the forms of a word have in common: "boots" and "boot", "куртку" and "куртка". Short words and
// those with digits (SKUs) are as they are. It is never longer than the word, so that it is found inside of it.
func stem(word string) string {
	if len([]rune(word)) < 4 || strings.ContainsAny(word, "0123456789") {
		return word
	}
	stemmed := english.Stem(word, false)
	if strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
		stemmed = russian.Stem(word, false)
	}
	if !strings.HasPrefix(word, stemmed) || stemmed == "" {
		return word // "happy" is "happi", which it is not found by
	}
	return stemmed
}

// has is a condition that holds for each word.
func has(words []string, condition string, args func(word string) []any) (sql string, all []any) {
	conditions := make([]string, len(words))
	for i, word := range words {
		conditions[i] = condition
		all = append(all, args(word)...)
	}
	return strings.Join(conditions, " and "), all
}

// literally has LIKE take a word as it is.
func literally(word string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(word)
}

// fold is how words are compared: in lower case, with ё as е, without what marks the parts of words.
func fold(text string) string {
	text = strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(text, " ")))
	return strings.NewReplacer("ё", "е", "|", " ", "\x00", " ").Replace(text)
}

// firstLetters is at most so many letters of a text.
func firstLetters(text string, most int) string {
	for i := range text {
		if most--; most < 0 {
			return text[:i]
		}
	}
	return text
}

// words is what a product is found by: "|sku|barcode|en:title:en|vendor tags values|". The bars let an exact
// SKU be told from a part of one, and a title from the rest.
func (p Product) words() string {
	var text strings.Builder
	for _, variant := range p.Variants {
		if variant.State == Active {
			for _, code := range []string{variant.SKU, variant.Barcode} {
				if code != "" {
					text.WriteString("|" + fold(code))
				}
			}
		}
	}
	text.WriteString("|")
	for _, language := range slices.Sorted(maps.Keys(p.Title)) {
		tag := fold(language)
		text.WriteString(tag + ":" + fold(p.Title[language]) + ":" + tag + "|")
	}
	rest := append([]string{p.Vendor}, p.Tags...)
	for _, option := range p.Options {
		for _, value := range option.Values {
			rest = append(rest, slices.Sorted(maps.Values(value.Name))...)
		}
	}
	return text.String() + fold(strings.Join(rest, " ")) + "|"
}
