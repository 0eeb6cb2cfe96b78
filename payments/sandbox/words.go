package sandbox

import "strings"

// words are the page's sentences in one language.
type words struct {
	Title, Notice, Order                             string
	Pay, Decline, Later, Settle, Fail, Back, PickOne string
	Headline                                         map[state]string
}

var english = words{
	Title: "Test payment", Notice: "Sandbox — no real money", Order: "Order",
	Pay: "Pay", Decline: "Decline", Later: "Pay later", Settle: "Settle now", Fail: "Let it fail", Back: "Return to the chat",
	PickOne: "Choose what the bank should do.",
	Headline: map[state]string{
		stateOpen:     "To pay",
		stateWorking:  "The payment is on its way.",
		statePaid:     "Paid — return to the chat.",
		stateDeclined: "Declined. Return to the chat to try again or to pay another way.",
		stateExpired:  "This link is no longer valid. Return to the chat to get a new one.",
	},
}

var russian = words{
	Title: "Тестовая оплата", Notice: "Песочница — деньги ненастоящие", Order: "Заказ",
	Pay: "Оплатить", Decline: "Отклонить", Later: "Оплатить позже", Settle: "Зачислить сейчас", Fail: "Не зачислять", Back: "Вернуться в чат",
	PickOne: "Выберите, как ответит банк.",
	Headline: map[state]string{
		stateOpen:     "К оплате",
		stateWorking:  "Платёж в пути.",
		statePaid:     "Оплачено — возвращайтесь в чат.",
		stateDeclined: "Отклонено. Вернитесь в чат, чтобы попробовать снова или заплатить иначе.",
		stateExpired:  "Ссылка больше не действует. Вернитесь в чат за новой.",
	},
}

// wordsFor is Russian for "ru" and "ru-RU", and English for everybody else.
func wordsFor(language string) (string, words) {
	if primary, _, _ := strings.Cut(strings.ToLower(language), "-"); primary == "ru" {
		return "ru", russian
	}
	return "en", english
}
