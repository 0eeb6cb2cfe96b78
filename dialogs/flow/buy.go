package flow

import (
	"strconv"
	"strings"
	"unicode"
)

// ---- the cart ----

func askToAdd(s Session, e AddTapped) (Session, []Effect) {
	return s, []Effect{AddToCart{e.Variant, int(min(max(e.Count, 1), mostPieces))}}
}

func askForCart(s Session, _ CartTapped) (Session, []Effect) { return s, []Effect{PriceCart{}} }

func askToSet(s Session, e SetTapped) (Session, []Effect) {
	return s, []Effect{SetCount{e.Variant, int(min(max(e.Count, 0), mostPieces))}}
}

func askToClear(s Session, _ ClearTapped) (Session, []Effect) { return s, []Effect{ClearCart{}} }

// askForLine opens one line of the cart: to see it, to remove it.
func askForLine(s Session, e LineTapped) (Session, []Effect) {
	s.Line = e.Variant
	return s, []Effect{PriceCart{}}
}

func showCart(s Session, e CartPriced) (Session, []Effect) {
	same := s.State == Filling && e.Cart.Added == ""
	s.Goods, s.Unclear, s.Count = e.Cart.Goods, 0, 0
	line := s.Line
	s.Line = 0
	for _, l := range e.Cart.Lines {
		if l.Variant == line {
			return s, []Effect{lineScreen(l)}
		}
	}
	if len(e.Cart.Lines) == 0 {
		return s, []Effect{Say{Key: "cart_empty", Body: e, Same: same, Choices: []Choice{
			{Key: "browse", Does: ShelfTapped{}, Main: true}, {Key: "orders", Does: OrdersTapped{}}, {Key: "home", Does: HomeTapped{}, Beside: true}}}}
	}
	say := Say{Key: "cart", Body: e, Same: same}
	if e.Cart.Added != "" {
		say.Key = "cart_added"
	}
	for _, l := range e.Cart.Lines {
		say.Choices = append(say.Choices, lineChoices(l)...)
	}
	say.Choices = append(say.Choices,
		Choice{Key: "checkout", Amount: e.Cart.Total, Does: CheckoutTapped{}, Main: true},
		Choice{Key: "shop_on", Does: backToShelf(s)},
		Choice{Key: "clear", Does: ClearTapped{}, Beside: true})
	return s, []Effect{say}
}

// backToShelf is the list the buyer came from.
func backToShelf(s Session) Tap {
	if s.Shelf.Words != "" {
		return FoundTapped{int64(s.Shelf.Page)}
	}
	return ShelfTapped{s.Shelf.Category, int64(s.Shelf.Page)}
}

// lineChoices is − 2 × boots +: the sign alone is enough beside the name, the hint says it all elsewhere.
func lineChoices(l Line) []Choice {
	name := map[string]string{"title": l.Title}
	less := "one_less"
	if l.Count <= 1 {
		less = "remove_line"
	}
	return []Choice{
		{Label: "−", Hint: less, Args: name, Does: SetTapped{l.Variant, int64(l.Count - 1)}},
		{Label: strconv.Itoa(l.Count) + " × " + l.Title, Does: LineTapped{l.Variant}, Beside: true},
		{Label: "+", Hint: "one_more", Args: name, Does: SetTapped{l.Variant, int64(min(l.Count+1, mostPieces))}, Beside: true},
	}
}

func lineScreen(l Line) Say {
	return Say{Key: "line", Body: CartPriced{Cart{Lines: []Line{l}}}, Same: true, Choices: []Choice{
		{Key: "remove", Does: SetTapped{l.Variant, 0}},
		{Key: "open_product", Does: ProductTapped{l.Product}, Beside: true},
		{Key: "back_to_cart", Does: CartTapped{}, Main: true},
	}}
}

// ---- checkout ----

func askToCheckOut(s Session, _ CheckoutTapped) (Session, []Effect) { return s, []Effect{HoldCart{}} }

func startCheckout(s Session, e CheckoutOpened) (Session, []Effect) {
	s.Checkout, s.Unclear = e.Checkout, 0
	return s, []Effect{askContact(s)}
}

func isReachable(_ Session, e ContactGiven) bool { return e.Phone != "" || e.Email != "" }

func isReachableAndDelivered(s Session, e ContactGiven) bool {
	return isReachable(s, e) && s.Checkout.Deliver
}

func takeContact(s Session, e ContactGiven) (Session, []Effect) {
	s = withContact(s, e.Name, e.Phone, e.Email)
	return s, []Effect{askDelivery(s)}
}

func takeContactAlone(s Session, e ContactGiven) (Session, []Effect) {
	s = withContact(s, e.Name, e.Phone, e.Email)
	return s, []Effect{askComment(s)}
}

func withContact(s Session, name, phone, email string) Session {
	s.Unclear = 0
	s.Checkout.Phone, s.Checkout.Email = phone, email
	switch {
	case name != "":
		s.Checkout.Name = name
	case s.Checkout.Name == "": // nor said before
		s.Checkout.Name = s.Checkout.LastName
	}
	return s
}

// askForReachableContact keeps a name that comes alone: most people answer with it first.
func askForReachableContact(s Session, e ContactGiven) (Session, []Effect) {
	s.Unclear++
	if s.Checkout.Name == "" && isName(e.Name) {
		s.Checkout.Name = e.Name
		say := again(s, "contact_named", askContact(s))
		say.Args = map[string]string{"name": e.Name}
		return s, []Effect{say}
	}
	return s, []Effect{again(s, "contact_unclear", askContact(s))}
}

// isName says whether words can be what somebody is called: a few of letters.
func isName(words string) bool {
	return words != "" && len(strings.Fields(words)) <= 4 && !strings.ContainsFunc(words, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" .'’-", r)
	})
}

func contactIsKnown(s Session, _ KeepTapped) bool { return s.Checkout.LastPhone != "" }

func contactIsKnownAndDelivered(s Session, e KeepTapped) bool {
	return contactIsKnown(s, e) && s.Checkout.Deliver
}

func keepContact(s Session, _ KeepTapped) (Session, []Effect) {
	s = withContact(s, s.Checkout.LastName, s.Checkout.LastPhone, "")
	return s, []Effect{askDelivery(s)}
}

func keepContactAlone(s Session, _ KeepTapped) (Session, []Effect) {
	s = withContact(s, s.Checkout.LastName, s.Checkout.LastPhone, "")
	return s, []Effect{askComment(s)}
}

func backToCart(s Session, _ BackTapped) (Session, []Effect) { return leaveCheckout(s) }

func leaveToCart(s Session, _ CartTapped) (Session, []Effect) { return leaveCheckout(s) }

func leaveCheckout(s Session) (Session, []Effect) {
	s.Checkout = Checkout{}
	return s, []Effect{LetGo{}, PriceCart{}}
}

func way(s Session, id int64) (Way, bool) {
	for _, w := range s.Checkout.Methods {
		if w.ID == id {
			return w, true
		}
	}
	return Way{}, false
}

func isCourier(s Session, e DeliveryTapped) bool { w, ok := way(s, e.Method); return ok && w.Courier }
func isPickup(s Session, e DeliveryTapped) bool  { w, ok := way(s, e.Method); return ok && !w.Courier }

func takeCourier(s Session, e DeliveryTapped) (Session, []Effect) {
	s.Checkout.Delivery, s.Checkout.Courier, s.Unclear = e.Method, true, 0
	return s, []Effect{askAddress(s)}
}

func takePickup(s Session, e DeliveryTapped) (Session, []Effect) {
	s.Checkout.Delivery, s.Checkout.Courier, s.Checkout.Address, s.Unclear = e.Method, false, "", 0
	return s, []Effect{askComment(s)}
}

func askForDeliveryAgain(s Session, _ Said) (Session, []Effect) {
	s.Unclear++
	return s, []Effect{again(s, "delivery_unclear", askDelivery(s))}
}

func backToContact(s Session, _ BackTapped) (Session, []Effect) { return s, []Effect{askContact(s)} }

// isAnAddress: a street and a number take some letters; a shared location comes as its coordinates.
func isAnAddress(_ Session, e AddressGiven) bool {
	length := len([]rune(strings.TrimSpace(e.Address)))
	return length >= 5 && length <= mostAddress
}

func takeAddress(s Session, e AddressGiven) (Session, []Effect) {
	s.Checkout.Address, s.Unclear = strings.TrimSpace(e.Address), 0
	return s, []Effect{askComment(s)}
}

func askForAddressAgain(s Session, e AddressGiven) (Session, []Effect) {
	s.Unclear++
	if len([]rune(e.Address)) > mostAddress {
		return s, []Effect{again(s, "address_long", askAddress(s))}
	}
	return s, []Effect{again(s, "address_unclear", askAddress(s))}
}

// mostAddress is how many characters an address may have.
const mostAddress = 500

func addressIsKnown(s Session, _ KeepTapped) bool { return s.Checkout.LastPlace != "" }

func keepAddress(s Session, _ KeepTapped) (Session, []Effect) {
	s.Checkout.Address = s.Checkout.LastPlace
	return s, []Effect{askComment(s)}
}

func backToDelivery(s Session, _ BackTapped) (Session, []Effect) { return s, []Effect{askDelivery(s)} }

func takeComment(s Session, e CommentGiven) (Session, []Effect) {
	s.Checkout.Comment, s.Unclear = clip(strings.TrimSpace(e.Comment), mostComment), 0
	return s, []Effect{Quote{s.Checkout}}
}

// mostComment is how many characters of a comment are kept.
const mostComment = 1000

func clip(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

func skipComment(s Session, _ SkipTapped) (Session, []Effect) {
	s.Checkout.Comment = ""
	return s, []Effect{Quote{s.Checkout}}
}

func isToAddress(s Session, _ BackTapped) bool { return s.Checkout.Deliver && s.Checkout.Courier }
func isToDeliver(s Session, _ BackTapped) bool { return s.Checkout.Deliver }

func backToAddress(s Session, _ BackTapped) (Session, []Effect) { return s, []Effect{askAddress(s)} }
func backToComment(s Session, _ BackTapped) (Session, []Effect) { return s, []Effect{askComment(s)} }

func showSummary(s Session, e Quoted) (Session, []Effect) {
	s.Checkout.Total = e.Cart.Total
	return s, []Effect{Say{Key: "summary", Body: e, Choices: []Choice{
		{Key: "place", Amount: e.Cart.Total, Does: PlaceTapped{s.Checkout.Key}, Main: true},
		{Key: "back", Does: BackTapped{}},
		{Key: "cart_again", Does: CartTapped{}, Beside: true},
	}}}
}

func isThisCheckout(s Session, e PlaceTapped) bool {
	return e.Key != "" && e.Key == s.Checkout.Key && s.Goods > 0
}

func placeOrder(s Session, _ PlaceTapped) (Session, []Effect) {
	return s, []Effect{PlaceOrder{s.Checkout}}
}

func refuseAndShowCart(s Session, e Refused) (Session, []Effect) {
	return s, []Effect{Say{Key: e.Key, Args: e.Args}, PriceCart{}}
}

// ---- what to ask at each step ----

func askContact(s Session) Say {
	say := Say{Key: "ask_contact", Ask: "phone"}
	if s.Checkout.LastPhone != "" {
		say.Choices = append(say.Choices, Choice{Key: "keep_contact", Main: true, Does: KeepTapped{}, Args: map[string]string{
			"contact": strings.TrimSpace(s.Checkout.LastName + " " + s.Checkout.LastPhone)}})
	}
	say.Choices = append(say.Choices, Choice{Key: "back_to_cart", Does: CartTapped{}})
	return say
}

func askDelivery(s Session) Say {
	say := Say{Key: "ask_delivery"}
	for _, w := range s.Checkout.Methods {
		key := "delivery_priced"
		if w.Price.IsZero() {
			key = "delivery_free"
		}
		say.Choices = append(say.Choices, Choice{Key: key, Args: map[string]string{"name": w.Name}, Amount: w.Price, Does: DeliveryTapped{w.ID}})
	}
	say.Choices = append(say.Choices, Choice{Key: "back", Does: BackTapped{}})
	return say
}

func askAddress(s Session) Say {
	say := Say{Key: "ask_address", Ask: "location"}
	if s.Checkout.LastPlace != "" {
		say.Choices = append(say.Choices, Choice{Key: "keep_address", Main: true, Does: KeepTapped{}, Args: map[string]string{"address": s.Checkout.LastPlace}})
	}
	say.Choices = append(say.Choices, Choice{Key: "back", Does: BackTapped{}})
	return say
}

func askComment(Session) Say {
	return Say{Key: "ask_comment", Choices: []Choice{{Key: "skip", Does: SkipTapped{}, Main: true}, {Key: "back", Does: BackTapped{}}}}
}

// again asks once more with a word about what was not understood; the third time it offers a person.
func again(s Session, why string, ask Say) Say {
	ask.Key = why
	if s.Unclear >= patience {
		ask.Choices = append(ask.Choices, Choice{Key: "human", Does: HumanTapped{}})
	}
	return ask
}

// patience is how many times in a row the buyer is not understood before a person is offered.
const patience = 3
