package dialogs

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/catalog"
	"parley/catalog/money"
	"parley/channels"
	"parley/dialogs/flow"
	"parley/dialogs/texts"
)

// render is the only place where a conversation's words are put together.
func (t *turn) render(say flow.Say) channels.Message {
	w := words{t.language()}
	message := channels.Message{Same: say.Same}
	message.Title, message.Text = w.body(say)
	if ready, is := say.Body.(flow.LinkReady); is && ready.Invoice != nil {
		message.Invoice = w.invoice(*ready.Invoice)
	}
	if say.Photo != nil {
		message.Photo = &channels.Photo{Name: say.Photo.Name, Alt: say.Photo.Alt}
	}
	switch say.Ask {
	case "phone":
		message.Ask, message.AskWith = channels.AskPhone, w.tr("ask.phone", nil)
	case "location":
		message.Ask, message.AskWith = channels.AskLocation, w.tr("ask.location", nil)
	}
	for _, choice := range say.Choices {
		if choice.Card != nil {
			message.Cards = append(message.Cards, w.card(choice))
			continue
		}
		message.Choices = append(message.Choices, w.choice(choice))
	}
	return message
}

// offers is what a message offers, for those who answer with a number or a name.
func offers(message channels.Message) (offers []flow.Offer) {
	for i, choice := range channels.Numbered(message) {
		name := choice.Label
		switch {
		case i < len(message.Cards):
			name = message.Cards[i].Title
		case choice.Hint != "":
			name = choice.Hint
		}
		offers = append(offers, flow.Offer{Token: choice.Token, Name: fold(name), Main: choice.Main})
	}
	return offers
}

// words puts sentences together in one language.
type words struct{ language string }

func (w words) tr(key string, args map[string]any) string { return texts.Say(w.language, key, args) }

func (w words) money(a money.Amount) string { return a.In(w.language) }

func (w words) args(given map[string]string, amount money.Amount) map[string]any {
	args := map[string]any{}
	for name, value := range given {
		args[name] = value
	}
	if number, err := strconv.Atoi(given["count"]); err == nil {
		args["count"] = number
	}
	if state, has := given["state"]; has {
		args["state"] = w.tr("state."+state, nil)
	}
	if amount != (money.Amount{}) {
		args["amount"] = w.money(amount)
	}
	return args
}

func (w words) choice(c flow.Choice) channels.Choice {
	choice := channels.Choice{Label: c.Label, URL: c.URL, Beside: c.Beside, Main: c.Main}
	args := w.args(c.Args, c.Amount)
	if c.Key != "" {
		choice.Label = w.tr("choice."+c.Key, args)
	}
	if c.Hint != "" {
		choice.Hint = w.tr("hint."+c.Hint, args)
	}
	if c.URL == "" {
		choice.Token = flow.Token(c.Does)
	}
	return choice
}

func (w words) card(c flow.Choice) channels.Card {
	card := channels.Card{Title: c.Card.Title, Subtitle: w.price(*c.Card), Choice: channels.Choice{Label: w.tr("choice.look", nil), Token: flow.Token(c.Does)}}
	if c.Card.Photo != "" {
		alt := c.Card.Alt
		if alt == "" {
			alt = c.Card.Title
		}
		card.Photo = &channels.Photo{Name: c.Card.Photo, Alt: alt}
	}
	return card
}

func (w words) price(item flow.Item) string {
	price := w.money(item.Price)
	switch {
	case item.SoldOut:
		return price + " · " + w.tr("stock.none", nil)
	case item.From:
		return w.tr("price.from", map[string]any{"amount": price})
	case item.Was.Minor > item.Price.Minor:
		return price + " · " + w.tr("price.was", map[string]any{"amount": w.money(item.Was)})
	}
	return price
}

// body is title and text of what is said: the sentence under its key, and what its fact shows.
func (w words) body(say flow.Say) (title, text string) {
	switch e := say.Body.(type) {
	case flow.MenuOpened:
		return e.Shop, paragraphs(e.About, w.tr("say.menu", nil))
	case flow.ShelfListed:
		return w.shelf(say, e)
	case flow.ProductFound:
		refused := ""
		if say.Args != nil {
			refused = w.tr(sentence(say.Key), w.args(say.Args, money.Amount{}))
		}
		return e.Product.Title, paragraphs(refused, w.product(e.Product, say.Choices))
	case flow.CartPriced:
		return w.cart(say, e.Cart)
	case flow.Quoted:
		return w.tr("say.summary", nil), w.summary(e)
	case flow.OrderPlaced:
		return w.tr("say.placed", map[string]any{"number": e.Order.Number}), paragraphs(w.tr("say.placed_total", map[string]any{"amount": w.money(e.Order.Total)}), w.tr("say.how_to_pay", nil))
	case flow.PayWays:
		return w.ofOrder(say, e.Order)
	case flow.LinkComing:
		return w.ofOrder(say, e.Order)
	case flow.LinkReady:
		if e.Invoice != nil {
			e.Order.Total = e.Invoice.Total // it may be in Stars
		}
		title, text = w.ofOrder(say, e.Order)
		return title, paragraphs(text, e.Note)
	case flow.OrdersListed:
		return w.tr("say.orders_list", nil), ""
	case flow.OrderFound:
		if say.Key == "order_card" {
			return w.order(e.Order)
		}
		return w.ofOrder(say, e.Order)
	}
	return "", w.tr(sentence(say.Key), w.args(say.Args, money.Amount{}))
}

// sentence: the machine's own keys are plain, those of faults have their area: "cart.sold_out".
func sentence(key string) string {
	if strings.Contains(key, ".") {
		return key
	}
	return "say." + key
}

func (w words) ofOrder(say flow.Say, o flow.Order) (title, text string) {
	return "", w.tr("say."+say.Key, map[string]any{
		"number": o.Number, "amount": w.money(o.Total), "tracking": o.Tracking, "place": first(nonEmpty(o.Address, o.Delivery)), "state": w.tr("state."+o.State, nil)})
}

func (w words) shelf(say flow.Say, e flow.ShelfListed) (title, text string) {
	if say.Key == "nearest_found" {
		return "", w.tr("say.nearest_found", w.args(say.Args, money.Amount{}))
	}
	title = e.Title
	var lines []string
	switch {
	case e.Shelf.Words != "":
		title = w.tr("say.found", map[string]any{"count": e.Total, "words": e.Shelf.Words})
	case e.IsTop:
		title = w.tr("say.shelf_top", nil)
	}
	if len(e.Categories) == 0 && e.Total == 0 {
		lines = append(lines, w.tr("say.shelf_empty", nil))
	}
	if e.Pages > 1 {
		lines = append(lines, w.tr("say.page", map[string]any{"page": e.Shelf.Page + 1, "pages": e.Pages}))
	}
	if len(lines) == 0 {
		lines = append(lines, w.tr("say.shelf", nil))
	}
	return title, strings.Join(lines, "\n")
}

// mostDescription is how much of a description a card shows: with the rest it must fit under a photo.
const mostDescription = 500

func (w words) product(p flow.Product, choices []flow.Choice) string {
	variant, chosen := chosenVariant(p, choices)
	var lines []string
	switch {
	case chosen:
		lines = append(lines, w.variantPrice(variant))
	case p.From:
		lines = append(lines, w.tr("price.from", map[string]any{"amount": w.money(p.Price)}))
	case len(p.Variants) > 0:
		lines = append(lines, w.variantPrice(p.Variants[0]))
	}
	lines = append(lines, w.stock(p, variant, chosen))
	about := clip(p.Description, mostDescription)
	facts := make([]string, 0, len(p.Facts))
	for _, fact := range p.Facts {
		facts = append(facts, fact.Name+": "+fact.Value)
	}
	prompt := ""
	if option, ask := nextOption(p, choices); ask {
		prompt = w.tr("say.choose_option", map[string]any{"option": option})
	}
	return paragraphs(strings.Join(lines, "\n"), about, clip(strings.Join(facts, "\n"), 200), prompt)
}

func (w words) variantPrice(v flow.Variant) string {
	if v.Was.Minor > v.Price.Minor {
		return w.money(v.Price) + " · " + w.tr("price.was", map[string]any{"amount": w.money(v.Was)})
	}
	return w.money(v.Price)
}

// few is how many pieces are left when it is worth saying.
const few = 5

func (w words) stock(p flow.Product, v flow.Variant, chosen bool) string {
	free := v.Free
	if !chosen {
		for _, other := range p.Variants {
			free = max(free, other.Free)
		}
	}
	switch {
	case free == 0:
		return w.left(free)
	case p.Kind == string(catalog.Digital):
		return w.tr("stock.digital", nil)
	case p.Kind == string(catalog.Services):
		return w.tr("stock.service", nil)
	case chosen && free <= few:
		return w.left(free)
	}
	return w.tr("stock.plenty", nil)
}

// chosenVariant is the one the screen offers to add; nothing is offered of a sold-out one without options.
func chosenVariant(p flow.Product, choices []flow.Choice) (flow.Variant, bool) {
	for _, choice := range choices {
		if add, is := choice.Does.(flow.AddTapped); is {
			for _, v := range p.Variants {
				if v.ID == add.Variant {
					return v, true
				}
			}
		}
	}
	if len(p.Options) == 0 && len(p.Variants) > 0 {
		return p.Variants[0], true
	}
	return flow.Variant{}, false
}

// nextOption is the name of the option whose values the screen offers.
func nextOption(p flow.Product, choices []flow.Choice) (string, bool) {
	for _, choice := range choices {
		value, is := choice.Does.(flow.ValueTapped)
		if !is {
			continue
		}
		for _, option := range p.Options {
			for _, named := range option.Values {
				if named.ID == value.Value {
					return option.Name, true
				}
			}
		}
	}
	return "", false
}

func nonEmpty(all ...string) (some []string) {
	for _, text := range all {
		if text != "" {
			some = append(some, text)
		}
	}
	return some
}

// paragraphs joins what is not empty by blank lines.
func paragraphs(parts ...string) string { return strings.Join(nonEmpty(parts...), "\n\n") }

// capital begins a text with a capital letter.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// clip shortens a text at a word.
func clip(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	cut := string(runes[:most])
	if space := strings.LastIndexAny(cut, " \n"); space > len(cut)/2 {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " \n.,;:") + "…"
}
