package payments

import (
	"context"

	"parley/catalog/money"
)

// Recovering is a Platform whose processor takes back from a seller what was passed on, when a dispute was lost.
type Recovering interface {
	// Recover takes so much of what was passed on for a payment back from its seller, or what is left of it; the same key does
	// it once. What it answers are all parts of the payment that were moved. It fails with fault.Denied when the processor
	// does not do it: the seller's account has too little, say.
	Recover(ctx context.Context, p Payment, lost money.Amount, key string) (Notice, error)
}

// RecoveryState is how far a recovery is.
type RecoveryState string

// The states of a recovery.
const (
	RecoverySending RecoveryState = "sending"
	RecoveryDone    RecoveryState = "done"
	RecoveryRefused RecoveryState = "refused" // a person was told
	RecoveryDropped RecoveryState = "dropped" // the dispute was won before the processor was asked
)

// recovery is what a lost dispute took, taken back from the seller that was passed the money.
type recovery struct {
	ID       int64
	Merchant MerchantID
	Dispute  DisputeID
	Payment  PaymentID
	Key      string // stored before the processor is asked
	Amount   money.Amount
	State    RecoveryState
	Why      string // the key of the fault with which the processor refused it
}
