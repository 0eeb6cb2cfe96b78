package dialogs

import (
	"fmt"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"parley/channels"
	"parley/dialogs/flow"
)

// link is where a deep link leads: "meadow.p.trail-boot", "p_trail-boot", "c_footwear", "s_meadow".
type link struct{ Shop, Product, Category string }

// readLink reads the payload of a deep link. Networks allow [A-Za-z0-9_-], Telegram at most 64 of them:
// parts are joined by "__", each begins with what it names: s_SHOP__p_HANDLE.
func readLink(payload string) (l link) {
	for _, part := range strings.Split(payload, "__") {
		name, value, _ := strings.Cut(part, "_")
		switch name {
		case "s":
			l.Shop = value
		case "p":
			l.Product = value
		case "c":
			l.Category = value
		}
	}
	return l
}

// meaning is what an update of the buyer is to the machine: a tap its event, a number the choice of the
// last list with it, words an event or what is asked for now, else something said.
func (t *turn) meaning(in channels.Inbound) []flow.Event {
	one := func(event flow.Event) []flow.Event { return []flow.Event{event} }
	switch {
	case in.Blocked != nil:
		return nil
	case in.Token != "":
		tap, err := flow.Read(in.Token)
		if err != nil {
			return one(flow.Stale{})
		}
		return one(tap)
	case in.Start != "":
		if l := readLink(in.Start); l.Product != "" || l.Category != "" {
			return one(flow.LinkFollowed{Product: l.Product, Category: l.Category})
		}
		return one(flow.Started{})
	case in.Started:
		return one(flow.Started{})
	case in.Contact != nil:
		return one(t.contactShared(*in.Contact))
	case in.Location != nil:
		return one(flow.AddressGiven{Address: fmt.Sprintf("📍 %.5f, %.5f", in.Location.Latitude, in.Location.Longitude)})
	case in.File != "":
		return one(flow.FileSent{})
	}
	return one(t.said(strings.TrimSpace(in.Text)))
}

func (t *turn) contactShared(c channels.Contact) flow.Event {
	name := c.Name
	if name == "" {
		name = t.name
	}
	phone := normalPhone(c.Phone)
	if len(phone) > 10 && phone[0] != '+' {
		phone = "+" + phone // networks share international numbers, some without the sign
	}
	return flow.ContactGiven{Name: name, Phone: phone}
}

// said is the meaning of words.
func (t *turn) said(text string) flow.Event {
	folded := fold(text)
	if t.session.State == flow.WithHuman && !strings.HasPrefix(folded, "/") {
		return flow.Said{Text: text}
	}
	if tap, known := phrases[strings.TrimPrefix(folded, "/")]; known {
		return tap
	}
	if tap, picked := t.picked(folded); picked {
		return tap
	}
	switch t.session.State {
	case flow.Contacting:
		return contact(text)
	case flow.Addressing:
		return flow.AddressGiven{Address: text}
	case flow.Commenting:
		return flow.CommentGiven{Comment: text}
	}
	return flow.Said{Text: text}
}

// picked is the choice of the last list that was answered by its number or its name, or by "yes" the main one.
func (t *turn) picked(folded string) (flow.Tap, bool) {
	chosen := ""
	if number, err := strconv.Atoi(folded); err == nil && number >= 1 && number <= len(t.session.Offered) && t.session.State != flow.Commenting {
		chosen = t.session.Offered[number-1].Token
	}
	for _, offer := range t.session.Offered {
		if chosen == "" && (offer.Name == folded || offer.Main && assent[folded]) {
			chosen = offer.Token
		}
	}
	if chosen == "" {
		return nil, false
	}
	tap, err := flow.Read(chosen)
	return tap, err == nil
}

// fold makes words comparable: lower case, ё as е, single spaces, no punctuation around.
func fold(text string) string {
	text = strings.ReplaceAll(strings.ToLower(text), "ё", "е")
	text = strings.Join(strings.Fields(text), " ")
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsPunct(r) && r != '/' || unicode.IsSymbol(r) && r != '+' && r != '−'
	})
}

// phrases are the words understood anywhere, in every language of the shop's conversations at once.
var phrases = func() map[string]flow.Tap {
	all := map[string]flow.Tap{}
	for _, group := range []struct {
		does  flow.Tap
		words string
	}{
		{flow.HomeTapped{}, "menu|home|main menu|start over|hello|hi|hey|good morning|good evening|меню|главная|главное меню|в начало|привет|здравствуйте|добрый день|добрый вечер|доброе утро"},
		{flow.ShelfTapped{}, "catalog|catalogue|products|shop|browse|categories|каталог|товары|магазин|категории|что есть|ассортимент"},
		{flow.CartTapped{}, "cart|my cart|basket|bag|show cart|корзина|моя корзина|показать корзину|в корзину"},
		{flow.CheckoutTapped{}, "checkout|check out|buy|order now|place order|оформить|оформить заказ|купить|заказать"},
		{flow.OrdersTapped{}, "orders|my orders|order status|status|where is my order|track|track order|tracking|заказы|мои заказы|статус|статус заказа|где мой заказ|где заказ|отследить|отследить заказ"},
		{flow.HelpTapped{}, "help|faq|info|помощь|справка|помоги|помогите|как заказать"},
		{flow.HumanTapped{}, "human|operator|agent|manager|support|talk to a person|talk to a human|person|call a person|оператор|человек|менеджер|консультант|поддержка|позовите человека|позвать человека|живой человек|связаться с человеком"},
		{flow.LanguageTapped{}, "language|lang|change language|язык|сменить язык|поменять язык"},
		{flow.LanguageTapped{Tag: "en"}, "english|in english|английский|по-английски"},
		{flow.LanguageTapped{Tag: "ru"}, "russian|in russian|русский|по-русски"},
		{flow.BackTapped{}, "back|go back|назад|вернуться"},
		{flow.SkipTapped{}, "skip|no comment|пропустить|без комментария"},
		{flow.ShopsTapped{}, "shops|other shops|магазины|другие магазины|другой магазин"},
		{flow.ReturnTapped{}, "back to the shop|назад в магазин|вернуться в магазин"},
		{flow.ClearTapped{}, "clear cart|empty cart|очистить корзину"},
	} {
		for _, word := range strings.Split(group.words, "|") {
			all[word] = group.does
		}
	}
	return all
}()

var assent = func() map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields("yes y ok okay sure confirm да ок ага конечно подтверждаю хорошо") {
		all[word] = true
	}
	return all
}()

var phonePattern = regexp.MustCompile(`\+?\d[\d\s().-]{5,}\d`)

// contact reads "Anna, +1 555 0100" in any order; an e-mail address will do instead of a phone.
func contact(text string) flow.ContactGiven {
	var given flow.ContactGiven
	rest := text
	if found := phonePattern.FindString(text); found != "" {
		given.Phone = normalPhone(found)
		if given.Phone != "" {
			rest = strings.Replace(rest, found, " ", 1)
		}
	}
	for _, word := range strings.FieldsFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }) {
		if address, err := mail.ParseAddress(word); err == nil && strings.Contains(word, "@") && given.Email == "" {
			given.Email = address.Address
			rest = strings.Replace(rest, word, " ", 1)
		}
	}
	given.Name = clip(strings.Trim(strings.Join(strings.Fields(rest), " "), " ,;:.-"), 99) // and "…": orders keep 100
	return given
}

// normalPhone keeps the digits and a leading +; E.164 allows 15 digits. It is empty for what is no phone.
func normalPhone(text string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
	if len(digits) < 7 || len(digits) > 15 {
		return ""
	}
	if strings.HasPrefix(strings.TrimSpace(text), "+") {
		return "+" + digits
	}
	return digits // a national number: only the shop knows of which country
}
