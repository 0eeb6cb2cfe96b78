// Package payments moves money and remembers every move.
package payments

import (
	"time"

	"parley/catalog/money"
)

// Ids: a payment's own, and what it must know of the shop's. An order is known here by its id alone.
type (
	PaymentID  int64
	OrderID    int64
	MerchantID int64
)

// Status is how far a payment has come.
type Status string

// The states of a payment. What leads where is one table, steps.
const (
	Opening  Status = "opening"  // our key is stored, the processor is being asked
	Open     Status = "open"     // the buyer can pay
	Working  Status = "working"  // the buyer did their part, a delayed method is on its way
	Settled  Status = "settled"  // the money is ours
	Failed   Status = "failed"   // declined or impossible
	Expired  Status = "expired"  // nobody paid in time
	Replaced Status = "replaced" // another attempt took its place
	Refunded Status = "refunded"
)

// Payment is one attempt to be paid for one order.
type Payment struct {
	ID       PaymentID
	Merchant MerchantID
	Order    OrderID
	Gateway  string // "stripe", "sandbox", "cod", "transfer"
	Key      string // our idempotency key, stored before the processor is called
	Ref      string // the processor's id for the attempt; unique within the gateway
	Status   Status
	Amount   money.Amount
	Captured money.Amount
	URL      string // where the buyer pays; empty when there is no page
	Note     string // what the buyer must know instead: an account to transfer to
	Opened   time.Time
	Expires  time.Time
}
