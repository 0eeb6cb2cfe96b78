package flow

import "slices"

// ---- a person of the shop ----

func callHuman(s Session, _ HumanTapped) (Session, []Effect) {
	s.Left, s.Unclear = s.State, 0
	return s, []Effect{CallHuman{}, Say{Key: "human_coming", Choices: []Choice{{Key: "return_to_shop", Does: ReturnTapped{}}}}}
}

func letHumanIn(s Session, _ HumanJoined) (Session, []Effect) {
	s.Left = s.State
	return s, nil
}

func stayWithHuman(s Session, _ HumanJoined) (Session, []Effect) { return s, nil }
func stayQuiet(s Session, _ Said) (Session, []Effect)            { return s, nil }
func stayQuietForFile(s Session, _ FileSent) (Session, []Effect) { return s, nil }

func remindOfHuman(s Session, _ Tap) (Session, []Effect) { return s, screen(s) }

func comeBack(s Session, _ ReturnTapped) (Session, []Effect) {
	return s, append([]Effect{LeaveHuman{}}, screen(back(s))...)
}

func resume(s Session, _ HumanLeft) (Session, []Effect) {
	return s, append([]Effect{Say{Key: "human_left"}}, screen(back(s))...)
}

// back is the session as it will be once the person has left.
func back(s Session) Session {
	s.State = s.Left
	return s
}

func leaveForMenu(s Session, _ HomeTapped) (Session, []Effect) {
	s, effects := home(s)
	return left(s, effects)
}

func leaveOnStart(s Session, e Started) (Session, []Effect) {
	s, effects := greet(s, e)
	return left(s, effects)
}

func leaveOnLink(s Session, e LinkFollowed) (Session, []Effect) {
	if e.Product == "" {
		s, effects := followLinkToShelf(s, e)
		return left(s, effects)
	}
	s, effects := followLinkToProduct(s, e)
	return left(s, effects)
}

func left(s Session, effects []Effect) (Session, []Effect) {
	s.Left = ""
	return s, append([]Effect{LeaveHuman{}}, effects...)
}

func nobodyToLeave(s Session, _ HumanLeft) (Session, []Effect) { return s, nil }

// ---- languages, help, shops ----

func noLanguageIsNamed(_ Session, e LanguageTapped) bool { return e.Tag == "" }

func askForLanguages(s Session, _ LanguageTapped) (Session, []Effect) {
	return s, []Effect{ListLanguages{}}
}

func setLanguage(s Session, e LanguageTapped) (Session, []Effect) {
	return s, []Effect{SetLanguage{e.Tag}}
}

func listLanguages(s Session, e LanguagesListed) (Session, []Effect) {
	say := Say{Key: "which_language"}
	for i, tongue := range e.Languages {
		say.Choices = append(say.Choices, Choice{Label: tongue.Name, Does: LanguageTapped{tongue.Tag}, Beside: i%2 == 1})
	}
	return s, []Effect{say}
}

func redrawInLanguage(s Session, e LanguageSet) (Session, []Effect) {
	s.Checkout.Methods = slices.Clone(s.Checkout.Methods)
	for i, known := range s.Checkout.Methods {
		for _, way := range e.Ways {
			if way.ID == known.ID {
				s.Checkout.Methods[i].Name = way.Name
			}
		}
	}
	return s, append([]Effect{Say{Key: "language_set"}}, screen(s)...)
}

func help(s Session, _ HelpTapped) (Session, []Effect) {
	choices := append(checkoutChoice(s), Choice{Key: "browse", Does: ShelfTapped{}, Main: !isCheckingOut(s)}, Choice{Key: "orders", Does: OrdersTapped{}})
	choices = append(choices, cartChoice(s)...)
	choices = append(choices, Choice{Key: "human", Does: HumanTapped{}}, Choice{Key: "home", Does: HomeTapped{}, Beside: true})
	return s, []Effect{Say{Key: "help_text", Choices: choices}}
}

// isCheckingOut: the buyer is on the way from cart to order.
func isCheckingOut(s Session) bool {
	return slices.Contains([]State{Contacting, Delivering, Addressing, Commenting, Confirming}, s.State)
}

// checkoutChoice is the way back to the question that a checkout stands at.
func checkoutChoice(s Session) []Choice {
	if !isCheckingOut(s) {
		return nil
	}
	return []Choice{{Key: "go_on", Does: StayTapped{}, Main: true}}
}

func showAgain(s Session, _ StayTapped) (Session, []Effect) { return s, screen(s) }

func leaveShop(s Session, _ ShopsTapped) (Session, []Effect) { return s, []Effect{LeaveShop{}} }

func offerShops(s Session, e ShopsListed) (Session, []Effect) {
	say := Say{Key: "which_shop"}
	for _, shop := range e.Shops {
		say.Choices = append(say.Choices, Choice{Label: shop.Name, Does: ShopTapped{shop.ID}})
	}
	say.Choices = append(say.Choices, Choice{Key: "language", Does: LanguageTapped{}})
	return s, []Effect{say}
}

func enterShop(s Session, e ShopTapped) (Session, []Effect) {
	return s, []Effect{EnterShop{e.Merchant}}
}

func askForShops(s Session, _ Tap) (Session, []Effect)        { return s, []Effect{ListShops{}} }
func welcomeInLobby(s Session, _ Started) (Session, []Effect) { return s, []Effect{ListShops{}} }
func followLinkInLobby(s Session, _ LinkFollowed) (Session, []Effect) {
	return s, []Effect{ListShops{}}
}
func answerInLobby(s Session, _ Said) (Session, []Effect)         { return s, []Effect{ListShops{}} }
func cannotReadInLobby(s Session, _ FileSent) (Session, []Effect) { return s, []Effect{ListShops{}} }

// ---- what could not be done ----

func cannotRead(s Session, _ FileSent) (Session, []Effect) {
	s.Unclear++
	return s, []Effect{Say{Key: "cannot_read", Choices: wayOn(s)}}
}

func sayRefused(s Session, e Refused) (Session, []Effect) {
	return s, []Effect{Say{Key: e.Key, Args: e.Args, Choices: unlessWithHuman(s, wayOn(s)...)}}
}

// unclear answers what nobody understood with a way on; the third time in a row with a person.
func unclear(s Session) (Session, []Effect) {
	s.Unclear++
	return s, []Effect{Say{Key: "unclear", Choices: wayOn(s)}}
}

// wayOn is where a buyer can always go.
func wayOn(s Session) (choices []Choice) {
	lost := s.Unclear >= patience
	if lost {
		choices = append(choices, Choice{Key: "human", Does: HumanTapped{}, Main: true})
	} else {
		choices = checkoutChoice(s)
	}
	choices = append(choices, Choice{Key: "browse", Does: ShelfTapped{}, Main: len(choices) == 0})
	choices = append(choices, cartChoice(s)...)
	choices = append(choices, Choice{Key: "home", Does: HomeTapped{}})
	if !lost {
		choices = append(choices, Choice{Key: "human", Does: HumanTapped{}, Beside: true})
	}
	return choices
}

// screen shows once more what a session stands at.
func screen(s Session) []Effect {
	switch s.State {
	case Lobby:
		return []Effect{ListShops{}}
	case Viewing:
		return []Effect{FindProduct{s.Product}}
	case Filling:
		return []Effect{PriceCart{}}
	case Contacting:
		return []Effect{askContact(s)}
	case Delivering:
		return []Effect{askDelivery(s)}
	case Addressing:
		return []Effect{askAddress(s)}
	case Commenting:
		return []Effect{askComment(s)}
	case Confirming:
		return []Effect{Quote{s.Checkout}}
	case Paying:
		return []Effect{FindWays{s.Order}}
	case Tracking:
		if s.Order != 0 {
			return []Effect{FindOrder{s.Order}}
		}
		return []Effect{ListOrders{}}
	case WithHuman:
		return []Effect{Say{Key: "human_is_here", Choices: []Choice{{Key: "return_to_shop", Does: ReturnTapped{}}, {Key: "home", Does: HomeTapped{}, Beside: true}}}}
	}
	if s.Shelf != (Shelf{}) {
		return []Effect{ListShelf{s.Shelf}}
	}
	return []Effect{OpenMenu{}}
}
