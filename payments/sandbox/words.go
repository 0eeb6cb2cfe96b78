package sandbox

import (
	"strings"

	"parley/payments"
)

// words are the page's sentences in one language.
type words struct {
	Title, Notice, Order                             string
	Pay, Decline, Later, Settle, Fail, Back, PickOne string
	Headline                                         map[state]string

	Desk, DeskTitle, ToPay, PayoutsTitle, RowsTitle, NewsTitle string
	What, Gross, Fee, Net, Automatic, ByHand, Reconciled       string
	Groups                                                     map[string]string
	Deeds                                                      map[Deed]string
}

// kind is how a payout was made.
func (w words) kind(p payments.Payout) string {
	switch {
	case p.Reconciled:
		return w.Reconciled
	case p.Automatic:
		return w.Automatic
	}
	return w.ByHand
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
	Desk: "Let something else happen", DeskTitle: "Processor’s desk", ToPay: "Back to the pay page", PayoutsTitle: "Payouts",
	RowsTitle: "Balance of this payment", NewsTitle: "What the shop was told", What: "What", Gross: "Gross", Fee: "Fee", Net: "Net",
	Automatic: "automatic", ByHand: "by hand: can’t be itemised", Reconciled: "automatic, rows complete",
	Groups: map[string]string{"pay": "Payment", "refund": "Refunds", "dispute": "Dispute", "say": "News", "payout": "Payout"},
	Deeds: map[Deed]string{
		Pay: "Pay", Later: "Pay by a slow method", Decline: "Decline", PayPart: "Capture only half", Settle: "Settle now", Fail: "Let it fail",
		PayLate: "Pay after all, too late", PayAgain: "Charge the buyer again", GiveBack: "Refund half of the rest here", RefundFail: "Let the last refund come back",
		Dispute: "Dispute the charge", DisputeReview: "Bank looks at the evidence", DisputeWin: "Shop wins", DisputeLose: "Shop loses",
		SayTwice: "Say the last news twice more", SayBackward: "Say everything again, backwards",
		payOut: "Pay out the balance", payOutHand: "Pay it out by hand", payoutTransit: "On its way", payoutPaid: "Arrived", payoutFail: "Bank sends it back",
		payoutReconcile: "Rows are complete",
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
	Desk: "Пусть случится что-нибудь ещё", DeskTitle: "Пульт платёжной системы", ToPay: "На страницу оплаты", PayoutsTitle: "Выплаты",
	RowsTitle: "Движения по этому платежу", NewsTitle: "Что узнал магазин", What: "Что", Gross: "Сумма", Fee: "Комиссия", Net: "Итого",
	Automatic: "автоматическая", ByHand: "вручную: без состава", Reconciled: "автоматическая, состав известен",
	Groups: map[string]string{"pay": "Оплата", "refund": "Возвраты", "dispute": "Спор", "say": "Известия", "payout": "Выплата"},
	Deeds: map[Deed]string{
		Pay: "Оплатить", Later: "Оплатить медленным способом", Decline: "Отклонить", PayPart: "Списать только половину", Settle: "Зачислить сейчас", Fail: "Не зачислять",
		PayLate: "Всё же оплатить, с опозданием", PayAgain: "Списать ещё раз", GiveBack: "Вернуть половину остатка здесь", RefundFail: "Последний возврат не дошёл",
		Dispute: "Оспорить платёж", DisputeReview: "Банк смотрит доказательства", DisputeWin: "Магазин выиграл", DisputeLose: "Магазин проиграл",
		SayTwice: "Повторить последнее известие дважды", SayBackward: "Повторить всё в обратном порядке",
		payOut: "Выплатить остаток", payOutHand: "Выплатить вручную", payoutTransit: "В пути", payoutPaid: "Пришла", payoutFail: "Банк вернул",
		payoutReconcile: "Состав известен",
	},
}

// wordsFor is Russian for "ru" and "ru-RU", and English for everybody else.
func wordsFor(language string) (string, words) {
	if primary, _, _ := strings.Cut(strings.ToLower(language), "-"); primary == "ru" {
		return "ru", russian
	}
	return "en", english
}
