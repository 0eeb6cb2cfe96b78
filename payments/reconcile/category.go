package reconcile

import "strings"

// Kind is what a row of the processor does to money.
type Kind uint8

// The kinds. What a report or a processor calls them is its reporting category.
const (
	UnknownKind Kind = iota
	ChargeKind
	RefundKind
	RefundFailureKind // a refund that came back
	ChargeFailureKind // a debit that failed after it had succeeded
	PartialKind       // what was authorised and not captured
	DisputeKind
	DisputeWonKind
	FeeKind
	PayoutKind
	PayoutReversalKind
	ReserveKind // held back or let go within the balance: nobody's money changes hands
	OtherKind   // moves the balance, and no order of the shop does that
)

// kinds are Stripe's reporting categories, and, with a prefix, what Telegram calls rows of a bot's balance of Stars besides
// those that are the same (https://core.telegram.org/bots/api#transactionpartner). A category that is not here is unknown and is never guessed.
var kinds = map[string]Kind{
	"charge": ChargeKind, "refund": RefundKind, "refund_failure": RefundFailureKind, "charge_failure": ChargeFailureKind,
	"partial_capture_reversal": PartialKind, "dispute": DisputeKind, "dispute_reversal": DisputeWonKind,
	"fee": FeeKind, "network_cost": FeeKind, "payout": PayoutKind, "payout_reversal": PayoutReversalKind,
	"connect_reserved_funds": ReserveKind, "risk_reserved_funds": ReserveKind,
	"topup": OtherKind, "topup_reversal": OtherKind, "transfer": OtherKind, "transfer_reversal": OtherKind,
	"platform_earning": OtherKind, "platform_earning_refund": OtherKind, "advance": OtherKind, "advance_funding": OtherKind,
	"financing_paydown": OtherKind, "other_adjustment": OtherKind, "unreconciled_customer_funds": OtherKind,
	"stars:telegram_api": FeeKind, "stars:telegram_ads": OtherKind, "stars:affiliate_program": OtherKind, "stars:chat": OtherKind,
	"stars:paid_media_payment": OtherKind, "stars:gift_purchase": OtherKind, "stars:premium_purchase": OtherKind, "stars:business_account_transfer": OtherKind,
}

// KindOf is what rows of a reporting category do to money; UnknownKind for a category that nobody has named.
func KindOf(category string) Kind { return kinds[strings.ToLower(category)] }
