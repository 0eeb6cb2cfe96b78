package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// state is what Status says, else Published.
func (s *shopify) state() State {
	status := strings.ToLower(s.get("status"))
	switch status {
	case "active", "draft", "archived":
		if status == "active" && isNo(s.get("published")) {
			return Draft
		}
		return State(status)
	case "":
	default:
		s.wrong("status", "The status is neither active nor draft nor archived.")
	}
	if isNo(s.get("published")) {
		return Draft
	}
	return Active
}

// kind is physical unless nothing is shipped: then it is a service if its type or a tag says so, else digital.
func (s *shopify) kind() Kind {
	told := strings.ToLower(s.get("type") + " " + s.get("tags"))
	switch {
	case !isNo(s.get("variant requires shipping")):
		return Physical
	case strings.Contains(told, "service") || strings.Contains(told, "услуг"):
		return Services
	default:
		return Digital
	}
}

func isNo(word string) bool { return strings.EqualFold(word, "false") }

func tags(list string) (tags []string) {
	for _, tag := range strings.Split(list, ",") {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// variant reads a row's price and stock. What is not tracked, or sold although there is none, never runs out.
// Less than nothing is nothing.
func (s *shopify) variant() Variant {
	v := Variant{
		SKU: strings.TrimPrefix(s.get("variant sku"), "'"), Barcode: strings.TrimPrefix(s.get("variant barcode"), "'"),
		State:   Active,
		Price:   s.price("variant price"),
		Weight:  s.whole("variant grams"),
		OnHand:  max(s.whole("variant inventory qty"), 0),
		Tracked: s.get("variant inventory tracker") != "" && !strings.EqualFold(s.get("variant inventory policy"), "continue"),
	}
	if v.Weight < 0 {
		s.wrong("variant grams", "The weight is negative.")
	}
	if before := s.price("variant compare at price"); !before.IsZero() {
		v.CompareAt = before
	}
	switch policy := strings.ToLower(s.get("variant inventory policy")); policy {
	case "", "deny", "continue":
	default:
		s.wrong("variant inventory policy", "The policy is neither deny nor continue.")
	}
	return v
}

// price is an amount of the shop's currency; an empty field is nothing to pay.
func (s *shopify) price(column string) money.Amount {
	text := s.get(column)
	if text == "" {
		return money.Of(0, s.currency)
	}
	amount, err := money.Parse(text, s.currency)
	switch refusal, _ := fault.Of(err); {
	case err == nil && amount.Minor < 0:
		s.wrong(column, "The price is negative.")
	case refusal != nil:
		s.wrong(column, fmt.Sprintf("%q is not a price in %s.", firstLetters(text, 40), s.currency))
	}
	return amount
}

// whole is a whole number; some exports write one with decimals, "150.0".
func (s *shopify) whole(column string) int {
	text := s.get(column)
	if head, tail, ok := strings.Cut(text, "."); ok && strings.Trim(tail, "0") == "" {
		text = head
	}
	if text == "" {
		return 0
	}
	number, err := strconv.Atoi(text)
	if err != nil || number > mostStock || number < -mostStock {
		s.wrong(column, fmt.Sprintf("%q is not a whole number.", firstLetters(text, 40)))
		return 0
	}
	return number
}

// slugOf is a category's slug made of its name.
func slugOf(name string) string {
	var slug strings.Builder
	for _, letter := range strings.ToLower(name) {
		switch {
		case unicode.IsLetter(letter) || unicode.IsDigit(letter):
			slug.WriteRune(letter)
		case slug.Len() > 0 && !strings.HasSuffix(slug.String(), "-"):
			slug.WriteByte('-')
		}
	}
	return strings.Trim(firstLetters(slug.String(), 80), "-")
}
