package flow

import "parley/catalog/money"

// ---- paying ----

func isPaidAlready(_ Session, e OrderPlaced) bool { return !e.Order.NeedsMoney }

func thankForFree(s Session, e OrderPlaced) (Session, []Effect) {
	return afterOrder(s), []Effect{thanks(e.Order)}
}

// afterOrder is the session of a buyer whose cart has become an order.
func afterOrder(s Session) Session {
	s.Goods, s.Checkout, s.Shelf = 0, Checkout{}, Shelf{}
	return s
}

func askHowToPay(s Session, e OrderPlaced) (Session, []Effect) {
	s = afterOrder(s)
	s.Order = e.Order.ID
	return s, []Effect{Say{Key: "placed", Body: e, Choices: ways(e.Order)}}
}

func ways(o Order) (choices []Choice) {
	for i, name := range o.Ways {
		choices = append(choices, Choice{Key: "pay_" + name, Amount: o.Owed(), Does: PayTapped{o.ID, name}, Main: i == 0})
	}
	if o.CanCancel {
		choices = append(choices, Choice{Key: "cancel_order", Does: CancelTapped{o.ID}})
	}
	return append(choices, Choice{Key: "human", Does: HumanTapped{}, Beside: o.CanCancel})
}

func aWayIsChosen(_ Session, e PayTapped) bool { return e.Method != "" }

func payNow(s Session, e PayTapped) (Session, []Effect) {
	s.Order = e.Order
	return s, []Effect{StartPaying{e.Order, e.Method}}
}

func askForWays(s Session, e PayTapped) (Session, []Effect) { return s, []Effect{FindWays{e.Order}} }

func offerWays(s Session, e PayWays) (Session, []Effect) {
	s.Order = e.Order.ID
	if !e.Order.NeedsMoney {
		return s, []Effect{Say{Key: "nothing_to_pay", Body: e, Choices: []Choice{{Key: "orders", Does: OrdersTapped{}, Main: true}, {Key: "home", Does: HomeTapped{}, Beside: true}}}}
	}
	return s, []Effect{Say{Key: "how_to_pay", Body: e, Choices: ways(e.Order)}}
}

func offerWaysQuietly(s Session, e PayWays) (Session, []Effect) {
	say := Say{Key: "how_to_pay", Body: e}
	for i, name := range e.Order.Ways {
		say.Choices = append(say.Choices, Choice{Key: "pay_" + name, Amount: e.Order.Owed(), Does: PayTapped{e.Order.ID, name}, Main: i == 0})
	}
	return s, []Effect{say}
}

func sendPaymentLink(s Session, e LinkReady) (Session, []Effect) {
	if e.Invoice != nil {
		return s, []Effect{Say{Key: "pay_invoice", Body: e, Choices: payOtherwise(s, e)}}
	}
	if e.URL == "" {
		return s, []Effect{agreed(s, e)}
	}
	choices := []Choice{{Key: "pay_here", Amount: e.Order.Owed(), URL: e.URL, Main: true}}
	return s, []Effect{Say{Key: "pay_link", Body: e, Choices: append(choices, payOtherwise(s, e)...)}}
}

func payOtherwise(s Session, e LinkReady) []Choice {
	return unlessWithHuman(s, Choice{Key: "pay_otherwise", Does: PayTapped{Order: e.Order.ID}}, Choice{Key: "order", Does: OrderTapped{e.Order.ID}, Beside: true})
}

func isPaidLater(_ Session, e LinkReady) bool { return e.URL == "" && e.Invoice == nil }

func sayAgreed(s Session, e LinkReady) (Session, []Effect) { return s, []Effect{agreed(s, e)} }

func agreed(s Session, e LinkReady) Say {
	return Say{Key: "agreed_" + e.Method, Body: e, Choices: unlessWithHuman(s,
		Choice{Key: "order", Does: OrderTapped{e.Order.ID}}, Choice{Key: "home", Does: HomeTapped{}, Beside: true})}
}

func sayLinkIsComing(s Session, e LinkComing) (Session, []Effect) {
	return s, []Effect{Say{Key: "one_moment", Body: e}}
}

func isThisOrdersMoney(s Session, e PaymentSettled) bool { return s.Order == e.Order.ID }

func thank(s Session, e PaymentSettled) (Session, []Effect) { return s, []Effect{thanks(e.Order)} }

// thankInPassing is for money that arrives after the buyer has moved on.
func thankInPassing(s Session, e PaymentSettled) (Session, []Effect) {
	say := thanks(e.Order)
	say.Choices = unlessWithHuman(s, say.Choices...)
	return s, []Effect{say}
}

// thanks says what comes next: goods are on their way, files and services are handed over in the chat.
func thanks(o Order) Say {
	key := "thanks"
	if o.Delivery == "" {
		key = "thanks_here"
	}
	return Say{Key: key, Body: OrderFound{o}, Choices: []Choice{
		{Key: "order", Does: OrderTapped{o.ID}}, {Key: "home", Does: HomeTapped{}, Beside: true}}}
}

func canStillBePaid(_ Session, e PaymentFailed) bool { return e.Order.NeedsMoney }

// hearOfOldPayment: the order is paid otherwise or given up, which the buyer has been told.
func hearOfOldPayment(s Session, _ PaymentFailed) (Session, []Effect) { return s, nil }

func offerAnotherWay(s Session, e PaymentFailed) (Session, []Effect) {
	say := Say{Key: e.Key, Body: OrderFound{e.Order}}
	if e.URL != "" {
		say.Choices = append(say.Choices, Choice{Key: "pay_here", Amount: e.Order.Total, URL: e.URL, Main: true})
	}
	if s.State == WithHuman {
		say.Choices = append(say.Choices, Choice{Key: "pay_again", Does: PayTapped{Order: e.Order.ID}, Main: e.URL == ""})
		return s, []Effect{say}
	}
	say.Choices = append(say.Choices, ways(e.Order)...)
	return s, []Effect{say}
}

func sayPaymentIsWorking(s Session, e PaymentWorking) (Session, []Effect) {
	return s, []Effect{Say{Key: "payment_working", Body: OrderFound{e.Order}}}
}

func sayMoneyIsStranded(s Session, e PaymentStranded) (Session, []Effect) {
	return s, []Effect{Say{Key: "payment_stranded", Body: OrderFound{e.Order}, Choices: unlessWithHuman(s, Choice{Key: "human", Does: HumanTapped{}})}}
}

func tellMove(s Session, e OrderMoved) (Session, []Effect) {
	next := Choice{Key: "order", Does: OrderTapped{e.Order.ID}}
	if e.What == "expired" {
		next = Choice{Key: "repeat", Does: RepeatTapped{e.Order.ID}, Main: true}
	}
	key := "order_" + e.What
	if e.What == "shipped" && e.Order.State == Ready {
		key = "order_ready"
	}
	switch {
	case e.What == "paid_in_part" && !e.Order.NeedsMoney:
		return s, nil // the rest has come as well, which is told next
	case e.What != "paid_in_part" && !e.Amount.IsZero():
		e.Order.Total, e.Order.Received = e.Amount, money.Amount{} // the sum that the sentence is about
	}
	return s, []Effect{Say{Key: key, Body: OrderFound{e.Order}, Choices: unlessWithHuman(s,
		next, Choice{Key: "home", Does: HomeTapped{}, Beside: true})}}
}

// unlessWithHuman: while a person answers, the bot's buttons stay out of the way.
func unlessWithHuman(s Session, choices ...Choice) []Choice {
	if s.State == WithHuman {
		return nil
	}
	return choices
}

// ---- own orders ----

func askForOrders(s Session, e OrdersTapped) (Session, []Effect) {
	return s, []Effect{ListOrders{int(max(e.Page, 0))}}
}

func listOrders(s Session, e OrdersListed) (Session, []Effect) {
	same := s.State == Tracking && s.Order == 0
	s.Order = 0
	if len(e.Orders) == 0 {
		return s, []Effect{Say{Key: "no_orders", Choices: []Choice{{Key: "browse", Does: ShelfTapped{}, Main: true}, {Key: "home", Does: HomeTapped{}}}}}
	}
	say := Say{Key: "orders_list", Body: e, Same: same}
	for _, order := range e.Orders {
		say.Choices = append(say.Choices, Choice{Key: "order_row", Args: map[string]string{"number": order.Number, "state": order.State}, Amount: order.Total, Does: OrderTapped{order.ID}})
	}
	turned := false
	if e.Page > 0 {
		say.Choices, turned = append(say.Choices, Choice{Key: "page_back", Does: OrdersTapped{int64(e.Page - 1)}}), true
	}
	if e.More {
		say.Choices = append(say.Choices, Choice{Key: "page_on", Does: OrdersTapped{int64(e.Page + 1)}, Beside: turned})
	}
	say.Choices = append(say.Choices, Choice{Key: "home", Does: HomeTapped{}})
	return s, []Effect{say}
}

func askForOrder(s Session, e OrderTapped) (Session, []Effect) {
	return s, []Effect{FindOrder{e.Order}}
}

func showOrder(s Session, e OrderFound) (Session, []Effect) {
	s.Order = e.Order.ID
	return s, []Effect{Say{Key: "order_card", Body: e, Choices: orderChoices(e.Order)}}
}

func orderChoices(o Order) (choices []Choice) {
	if o.NeedsMoney && len(o.Ways) > 0 {
		choices = append(choices, Choice{Key: "pay", Amount: o.Owed(), Does: PayTapped{Order: o.ID}, Main: true})
	}
	choices = append(choices, Choice{Key: "repeat", Does: RepeatTapped{o.ID}})
	if o.CanCancel {
		choices = append(choices, Choice{Key: "cancel_order", Does: CancelTapped{o.ID}, Beside: true})
	}
	return append(choices,
		Choice{Key: "human", Does: HumanTapped{}},
		Choice{Key: "orders", Does: OrdersTapped{}},
		Choice{Key: "home", Does: HomeTapped{}, Beside: true})
}

func askToRepeat(s Session, e RepeatTapped) (Session, []Effect) {
	return s, []Effect{RepeatOrder{e.Order}}
}

func askIfSure(s Session, e CancelTapped) (Session, []Effect) {
	return s, []Effect{Say{Key: "sure_to_cancel", Choices: []Choice{
		{Key: "cancel_yes", Does: CancelAffirmed{e.Order}},
		{Key: "cancel_no", Does: OrderTapped{e.Order}, Beside: true, Main: true},
	}}}
}

func askToCancel(s Session, e CancelAffirmed) (Session, []Effect) {
	return s, []Effect{CancelOrder{e.Order}}
}

func sayCancelled(s Session, e OrderCancelled) (Session, []Effect) {
	s.Order = e.Order.ID
	return s, []Effect{Say{Key: "order_cancelled_by_buyer", Body: OrderFound{e.Order}, Choices: []Choice{
		{Key: "repeat", Does: RepeatTapped{e.Order.ID}}, {Key: "home", Does: HomeTapped{}, Beside: true, Main: true}}}}
}
