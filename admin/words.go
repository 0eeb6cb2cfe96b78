package admin

import (
	"fmt"
	"strings"

	"parley/orders"
	"parley/payments"
)

// What states, ways and happenings are called on the pages.
var (
	orderStates = map[string]string{
		string(orders.Pending): "Waiting for payment", string(orders.Agreed): "To be paid later", string(orders.Paid): "Paid, to prepare",
		string(orders.Shipped): "On its way", string(orders.Completed): "Completed", string(orders.Cancelled): "Cancelled",
	}
	happenings = map[string]string{
		orders.WasPlaced: "Placed", orders.WasAgreed: "To be paid later", orders.WasPaid: "Paid", orders.WasPaidInPart: "Paid in part", orders.WasShipped: "On its way",
		orders.WasCompleted: "Completed", orders.WasCancelled: "Cancelled", orders.WasExpired: "Not paid in time",
		orders.WasRefunded: "Money given back", orders.WasRefundFailed: "Money came back from the buyer's bank", orders.WasNoted: "Note",
	}
	doers = map[string]string{orders.ByBuyer: "the buyer", orders.ByShop: "the shop", orders.ByTime: "time"}
	ways  = map[string]string{
		"cod": "Cash on delivery", "transfer": "Bank transfer", "stripe": "Card (Stripe)", "sandbox": "Sandbox (no real money)",
		"telegram": "Telegram",
	}
	paymentStatuses = map[string]string{
		string(payments.Opening): "being prepared", string(payments.Open): "waiting for the buyer", string(payments.Working): "on its way", string(payments.Settled): "received",
		string(payments.Failed): "failed", string(payments.Expired): "expired", string(payments.Replaced): "replaced", string(payments.Refunded): "given back",
	}
	reasons = map[string]string{
		payments.WrongMode:       "Test money for a live payment, or the other way round",
		payments.WrongAccount:    "Paid to another account of the processor",
		payments.WrongRef:        "The processor names a payment that isn’t ours",
		payments.WrongCurrency:   "Another currency than was asked for",
		payments.WrongAmount:     "Another amount than was asked for",
		payments.SecondCapture:   "The same payment was paid twice",
		payments.OrderRefused:    "The order could not take the money",
		payments.UnknownPayment:  "Money for a payment we don’t know",
		payments.Surplus:         "More came than was owed",
		payments.PartOfCancelled: "Part of an order that was cancelled",
		payments.NotRecovered:    "A lost dispute could not be taken back from the shop’s own account",
		payments.WonRecovered:    "A dispute was won after it was taken back from the shop: pass it on again",
		payments.GivenTwice:      "Refunds and a dispute together took more than came",
		payments.DebitedTwice:    "A dispute took the money more than once",
		payments.UnknownDispute:  "A dispute of a payment we don’t know",
		payments.RefundCameBack:  "A refund failed or came back: the buyer is still owed it",
		payments.RefundByOthers:  "Given back at the processor’s, and it does not fit",
	}
	refundStatuses = map[string]string{
		string(payments.RefundGranted): "agreed, to be executed", string(payments.RefundSending): "being sent", string(payments.RefundWorking): "on its way",
		string(payments.RefundDone): "given back", string(payments.RefundFailed): "failed", string(payments.RefundWithdrawn): "taken back",
	}
	classes = map[string]string{
		"psp_only": "At the processor, not in the books", "ledger_only": "In the books, not at the processor", "amount_mismatch": "Another amount at the processor",
		"currency_mismatch": "Another currency at the processor", "duplicate_charge": "Charged twice", "refund_not_in_ledger": "A refund that the books don’t know",
		"refund_failed": "A refund failed", "dispute_open_or_lost": "A dispute is open or lost", "dispute_won": "A dispute was won", "fee_variance": "Another fee than agreed",
		"fee_without_charge": "A fee of no charge", "cutoff": "Of another period", "payout_failed": "A payout failed", "payout_not_itemised": "Nobody says what the payout consists of",
		"bank_missing": "The bank has not got the payout", "bank_only": "At the bank, and no payout", "fx_rounding": "Rounding of a conversion", "unknown": "Of an unknown kind",
	}
	disputeStatuses = map[string]string{
		string(payments.DisputeInquiry): "the bank asks", string(payments.DisputeDropped): "dropped", string(payments.DisputeOpen): "evidence is awaited",
		string(payments.DisputeReview): "the bank looks at it", string(payments.DisputeLost): "lost", string(payments.DisputeWon): "won",
	}
	payoutStatuses = map[string]string{
		string(payments.PayoutPending): "being prepared", string(payments.PayoutInTransit): "on its way", string(payments.PayoutPaid): "paid",
		string(payments.PayoutFailed): "failed", string(payments.PayoutCanceled): "cancelled",
	}
	decisions = map[string]string{"accept": "Take it as they say", "dismiss": "It needs nothing", "match": "It belongs to this"}
	actions   = map[string]string{string(payments.AttachTo): "Give it to this order", string(payments.GiveBack): "Give the money back", string(payments.WriteOff): "Write it off"}
	networks  = map[string]string{
		"web": "Web chat", "telegram": "Telegram", "whatsapp": "WhatsApp", "messenger": "Messenger", "viber": "Viber", "vk": "VK", "terminal": "Terminal",
	}
	messageStates = map[string]string{
		"queued": "Sending…", "sent": "Sent", "delivered": "Delivered", "read": "Read", "failed": "Not delivered",
	}
	roles     = map[string]string{string(Owner): "Owner", string(Catalog): "Catalogue", string(Operator): "Operator", string(Finance): "Finance"}
	languages = map[string]string{"en": "English", "ru": "Russian"}
)

// glossary is all of them by what they are of.
var glossary = map[string]map[string]string{
	"order": orderStates, "happening": happenings, "doer": doers, "way": ways, "payment": paymentStatuses, "reason": reasons, "refund": refundStatuses, "action": actions,
	"class": classes, "dispute": disputeStatuses, "payout": payoutStatuses, "decision": decisions,
	"network": networks, "message": messageStates, "role": roles, "language": languages,
}

// called is what a word of the program is called on the pages; one that has no name is called as it is.
func called(of string, word any) (string, error) {
	names, known := glossary[of]
	if !known {
		return "", fmt.Errorf("there are no words for %s", of)
	}
	plain := fmt.Sprint(word)
	if of == "network" {
		plain, _, _ = strings.Cut(plain, ":")
	}
	if name, known := names[plain]; known {
		return name, nil
	}
	return strings.ReplaceAll(plain, "_", " "), nil
}
