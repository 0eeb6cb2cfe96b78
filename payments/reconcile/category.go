package reconcile

// kind is what a row of the processor does to money.
type kind uint8

const (
	unknownKind kind = iota
	chargeKind
	refundKind
	refundFailureKind // a refund that came back
	chargeFailureKind // a debit that failed after it had succeeded
	partialKind       // what was authorised and not captured
	disputeKind
	disputeWonKind
	feeKind
	payoutKind
	payoutReversalKind
	reserveKind // held back or let go within the balance: nobody's money changes hands
	otherKind   // moves the balance, and no order of the shop does that
)

// kinds are Stripe's reporting categories. A category that is not here is unknown and is never guessed.
var kinds = map[string]kind{
	"charge": chargeKind, "refund": refundKind, "refund_failure": refundFailureKind, "charge_failure": chargeFailureKind,
	"partial_capture_reversal": partialKind, "dispute": disputeKind, "dispute_reversal": disputeWonKind,
	"fee": feeKind, "network_cost": feeKind, "payout": payoutKind, "payout_reversal": payoutReversalKind,
	"connect_reserved_funds": reserveKind, "risk_reserved_funds": reserveKind,
	"topup": otherKind, "topup_reversal": otherKind, "transfer": otherKind, "transfer_reversal": otherKind,
	"platform_earning": otherKind, "platform_earning_refund": otherKind, "advance": otherKind, "advance_funding": otherKind,
	"financing_paydown": otherKind, "other_adjustment": otherKind, "unreconciled_customer_funds": otherKind,
}
