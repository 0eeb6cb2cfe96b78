package flow

import (
	"slices"
	"strconv"
)

// ---- menu, shelves, search ----

func goHome(s Session, _ HomeTapped) (Session, []Effect) { return home(s) }

func home(s Session) (Session, []Effect) {
	s.Shelf = Shelf{}
	return s, []Effect{OpenMenu{}}
}

func greet(s Session, _ Started) (Session, []Effect) {
	s.Shelf, s.Unclear = Shelf{}, 0
	return s, []Effect{OpenMenu{}}
}

func leadsToProduct(_ Session, e LinkFollowed) bool { return e.Product != "" }

func followLinkToProduct(s Session, e LinkFollowed) (Session, []Effect) {
	s.Shelf, s.Unclear = Shelf{}, 0
	return s, []Effect{FindHandle{e.Product}}
}

func followLinkToShelf(s Session, e LinkFollowed) (Session, []Effect) {
	s.Shelf, s.Unclear = Shelf{}, 0
	return s, []Effect{FindCategory{e.Category}}
}

func showMenu(s Session, e MenuOpened) (Session, []Effect) {
	s.Goods = e.Goods
	say := Say{Key: "menu", Body: e}
	if e.Photo != "" {
		say.Photo = &Photo{e.Photo, e.Shop}
	}
	say.Choices = append(say.Choices, shelves(e.Categories)...)
	say.Choices = append(say.Choices, cartChoice(s)...)
	say.Choices = append(say.Choices, Choice{Key: "orders", Does: OrdersTapped{}}, Choice{Key: "help", Does: HelpTapped{}, Beside: true})
	if e.Languages > 1 {
		say.Choices = append(say.Choices, Choice{Key: "language", Does: LanguageTapped{}, Beside: true})
	}
	if e.Shared {
		say.Choices = append(say.Choices, Choice{Key: "shops", Does: ShopsTapped{}})
	}
	return s, []Effect{say}
}

func askForShelf(s Session, e ShelfTapped) (Session, []Effect) {
	s.Shelf = Shelf{Category: e.Category, Page: int(e.Page)}
	return s, []Effect{ListShelf{s.Shelf}}
}

func hasSearched(s Session, _ FoundTapped) bool { return s.Shelf.Words != "" }

func askForFoundPage(s Session, e FoundTapped) (Session, []Effect) {
	s.Shelf.Page = int(e.Page)
	return s, []Effect{ListShelf{s.Shelf}}
}

func isWords(_ Session, e Said) bool { return len([]rune(e.Text)) > 1 }

// search leaves the buyer's shelf as it is until something is found: showShelf moves there.
func search(s Session, e Said) (Session, []Effect) {
	return s, []Effect{ListShelf{Shelf{Words: e.Text}}}
}

func nothingWasFound(_ Session, e ShelfListed) bool { return e.Shelf.Words != "" && e.Total == 0 }

func sayNothingFound(s Session, e ShelfListed) (Session, []Effect) {
	s.Unclear++
	say := Say{Key: "nothing_found", Args: map[string]string{"words": e.Shelf.Words}, Choices: wayOn(s)}
	if len(e.Items) > 0 {
		say.Key, say.Body = "nearest_found", e
		var nearest []Choice
		for _, item := range e.Items {
			nearest = append(nearest, itemChoice(item))
		}
		say.Choices = append(nearest, say.Choices...)
	}
	return s, []Effect{say}
}

func showShelf(s Session, e ShelfListed) (Session, []Effect) {
	same := s.State == Browsing && s.Shelf.Category == e.Shelf.Category && s.Shelf.Words == e.Shelf.Words && s.Shelf != (Shelf{})
	s.Shelf, s.Unclear = e.Shelf, 0
	say := Say{Key: "shelf", Body: e, Same: same}
	say.Choices = append(say.Choices, shelves(e.Categories)...)
	for _, item := range e.Items {
		say.Choices = append(say.Choices, itemChoice(item))
	}
	say.Choices = append(say.Choices, pages(e)...)
	say.Choices = append(say.Choices, cartChoice(s)...)
	if !e.IsTop && e.Shelf.Words == "" {
		say.Choices = append(say.Choices, Choice{Key: "up", Does: ShelfTapped{Category: e.Up}})
	}
	say.Choices = append(say.Choices, Choice{Key: "home", Does: HomeTapped{}, Beside: !e.IsTop && e.Shelf.Words == ""})
	return s, []Effect{say}
}

// shelves are the ways to categories, two beside each other where both names are short.
func shelves(categories []Named) (choices []Choice) {
	beside := false
	for i, category := range categories {
		beside = i > 0 && !beside && isShort(category.Name) && isShort(categories[i-1].Name)
		choices = append(choices, Choice{Label: category.Name, Does: ShelfTapped{Category: category.ID}, Beside: beside})
	}
	return choices
}

func isShort(name string) bool { return len([]rune(name)) <= 16 }

func itemChoice(item Item) Choice {
	return Choice{Label: item.Title, Does: ProductTapped{item.ID}, Card: &item}
}

func pages(e ShelfListed) (turn []Choice) {
	to := func(page int) Tap {
		if e.Shelf.Words != "" {
			return FoundTapped{Page: int64(page)}
		}
		return ShelfTapped{Category: e.Shelf.Category, Page: int64(page)}
	}
	if e.Shelf.Page > 0 {
		turn = append(turn, Choice{Key: "page_back", Does: to(e.Shelf.Page - 1)})
	}
	if e.Shelf.Page+1 < e.Pages {
		turn = append(turn, Choice{Key: "page_on", Does: to(e.Shelf.Page + 1), Beside: len(turn) > 0})
	}
	return turn
}

// ---- a product and its options ----

func askForProduct(s Session, e ProductTapped) (Session, []Effect) {
	if s.Product != e.Product {
		s.Product, s.Picked, s.Count = e.Product, nil, 0
	}
	return s, []Effect{FindProduct{e.Product}}
}

func pickValue(s Session, e ValueTapped) (Session, []Effect) {
	if s.Product != e.Product {
		s.Product, s.Picked = e.Product, nil
	}
	s.Picked, s.Count = append(slices.Clone(s.Picked), e.Value), 0
	return s, []Effect{FindProduct{e.Product}}
}

func pickAnew(s Session, e AnewTapped) (Session, []Effect) {
	s.Product, s.Picked, s.Count = e.Product, nil, 0
	return s, []Effect{FindProduct{e.Product}}
}

func changeCount(s Session, e CountTapped) (Session, []Effect) {
	s.Count = int(min(max(e.Count, 1), mostPieces))
	return s, []Effect{FindProduct{s.Product}}
}

// mostPieces is the most of one variant in a cart.
const mostPieces = 999

func askForPhoto(s Session, e PhotoTapped) (Session, []Effect) {
	if s.Product != e.Product {
		s.Product, s.Picked, s.Count = e.Product, nil, 0
	}
	s.Photo = int(max(e.Index, 0))
	return s, []Effect{FindProduct{e.Product}}
}

// showProduct shows the card with what is to be chosen next; when all is chosen, with what can be added.
func showProduct(s Session, e ProductFound) (Session, []Effect) {
	same := s.State == Viewing && s.Product == e.Product.ID
	if s.Product != e.Product.ID {
		s.Product, s.Picked, s.Count, s.Photo = e.Product.ID, nil, 0, 0
	}
	say := Say{Key: "product", Body: e, Same: same}
	if s.Picked, say.Args = settle(s.Picked, e.Product); say.Args != nil {
		say.Key = "value_sold_out"
	}
	say.Photo = photo(s, e.Product)
	if variant, chosen := theVariant(e.Product, s.Picked); chosen {
		say.Choices = buying(s, variant)
	} else {
		say.Choices = valuesToPick(e.Product, s.Picked)
	}
	say.Choices = append(say.Choices, around(s, e.Product)...)
	s.Photo = 0
	return s, []Effect{say}
}

// settle keeps those of the picked values that the product has and that are not sold out, and picks an
// option by itself when there is only one value of it. Refused names the value that was picked and is sold out.
func settle(picked []int64, p Product) (kept []int64, refused map[string]string) {
	for i, option := range p.Options {
		switch {
		case i < len(picked) && hasValue(option, picked[i]):
			if !canHave(p, append(slices.Clone(kept), picked[i])) {
				return kept, map[string]string{"value": valueName(option, picked[i])}
			}
			kept = append(kept, picked[i])
		case i >= len(picked) && len(option.Values) == 1:
			kept = append(kept, option.Values[0].ID)
		default:
			return kept, nil
		}
	}
	return kept, nil
}

func hasValue(o Option, id int64) bool {
	return slices.ContainsFunc(o.Values, func(v Named) bool { return v.ID == id })
}

func valueName(o Option, id int64) string {
	for _, value := range o.Values {
		if value.ID == id {
			return value.Name
		}
	}
	return ""
}

// canHave says whether a variant that begins with these values is in stock.
func canHave(p Product, values []int64) bool {
	return slices.ContainsFunc(p.Variants, func(v Variant) bool { return v.Free > 0 && startsWith(v.Values, values) })
}

func startsWith(values, first []int64) bool {
	return len(values) >= len(first) && slices.Equal(values[:len(first)], first)
}

// theVariant is the one that the values picked so far leave, if they name a value of each option.
func theVariant(p Product, picked []int64) (Variant, bool) {
	if len(picked) < len(p.Options) {
		return Variant{}, false
	}
	for _, variant := range p.Variants {
		if slices.Equal(variant.Values, picked) || len(p.Options) == 0 {
			return variant, true
		}
	}
	return Variant{}, false
}

func photo(s Session, p Product) *Photo {
	if variant, chosen := theVariant(p, s.Picked); chosen && variant.Photo != "" && s.Photo == 0 {
		return photoNamed(p, variant.Photo)
	}
	if len(p.Photos) == 0 {
		return nil
	}
	return &p.Photos[s.Photo%len(p.Photos)]
}

// photoNamed is a photo with what is to be seen on it.
func photoNamed(p Product, name string) *Photo {
	for _, photo := range p.Photos {
		if photo.Name == name {
			return &photo
		}
	}
	return &Photo{name, p.Title}
}

func valuesToPick(p Product, picked []int64) (choices []Choice) {
	if len(picked) >= len(p.Options) || !canHave(p, nil) {
		return nil
	}
	for i, value := range p.Options[len(picked)].Values {
		choice := Choice{Label: value.Name, Does: ValueTapped{p.ID, value.ID}, Beside: i%4 != 0}
		if !canHave(p, append(slices.Clone(picked), value.ID)) {
			choice.Label, choice.Key, choice.Args = "", "sold_out_value", map[string]string{"value": value.Name}
		}
		choices = append(choices, choice)
	}
	return choices
}

func buying(s Session, v Variant) (choices []Choice) {
	if v.Free == 0 {
		return nil
	}
	count, most := min(max(s.Count, 1), v.Free, mostPieces), min(v.Free, mostPieces)
	total, err := v.Price.Times(int64(count))
	if err != nil {
		total = v.Price
	}
	choices = append(choices, Choice{Key: "add", Amount: total, Does: AddTapped{v.ID, int64(count)}, Main: true})
	if count > 1 {
		choices = append(choices, Choice{Label: "−", Hint: "fewer", Does: CountTapped{v.ID, int64(count - 1)}})
	}
	if most > 1 {
		choices = append(choices, Choice{Label: strconv.Itoa(count), Hint: "count", Args: map[string]string{"count": strconv.Itoa(count)},
			Does: CountTapped{v.ID, int64(count)}, Beside: count > 1})
	}
	if count < most {
		choices = append(choices, Choice{Label: "+", Hint: "more", Does: CountTapped{v.ID, int64(count + 1)}, Beside: true})
	}
	return choices
}

// around is what else there is to do at a product.
func around(s Session, p Product) (choices []Choice) {
	if len(p.Options) > 0 && len(s.Picked) > 0 && choosable(p) {
		choices = append(choices, Choice{Key: "choose_again", Does: AnewTapped{p.ID}})
	}
	if len(p.Photos) > 1 {
		choices = append(choices, Choice{Key: "more_photos", Does: PhotoTapped{p.ID, int64((s.Photo + 1) % len(p.Photos))}, Beside: len(choices) > 0})
	}
	choices = append(choices, cartChoice(s)...)
	back := Choice{Key: "back_to_list", Does: ShelfTapped{Category: p.Category}}
	switch {
	case s.Shelf.Words != "":
		back.Does = FoundTapped{int64(s.Shelf.Page)}
	case s.Shelf.Category != 0:
		back.Does = ShelfTapped{s.Shelf.Category, int64(s.Shelf.Page)}
	}
	return append(choices, back, Choice{Key: "home", Does: HomeTapped{}, Beside: true})
}

func choosable(p Product) bool {
	return slices.ContainsFunc(p.Options, func(o Option) bool { return len(o.Values) > 1 })
}

// cartChoice is the way to the cart, when something is in it.
func cartChoice(s Session) []Choice {
	if s.Goods == 0 {
		return nil
	}
	return []Choice{{Key: "cart", Args: map[string]string{"count": strconv.Itoa(s.Goods)}, Does: CartTapped{}}}
}
