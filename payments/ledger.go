package payments

import "parley/catalog/money"

// Account is a place money can be, within one merchant: "receivable", "clearing:stripe".
type Account string

// Accounts of a merchant. What a processor holds for the merchant is its clearing account; cash and bank
// transfers have one too, until somebody books where they went.
const (
	Receivable Account = "receivable" // what buyers owe for orders
	Unmatched  Account = "unmatched"  // money that came and belongs to no order yet
)

// Clearing is what a gateway has taken and not yet paid out.
func Clearing(gateway string) Account { return Account("clearing:" + gateway) }

// Fees is what a gateway has kept for itself.
func Fees(gateway string) Account { return Account("fees:" + gateway) }

// Move is one line of an Entry: an amount, more than zero, leaves one account for another.
type Move struct {
	From, To Account
	Amount   money.Amount
}

// Reasons for an Entry.
const (
	reasonCapture = "capture" // money that an order took
	reasonStray   = "stray"   // money that no order took
	reasonFee     = "fee"
)

// Entry is a reason and its moves. Since each move names both ends, an entry balances by construction.
type Entry struct {
	Source string // the gateway
	Key    string // posted once, ever, in its source: "capture:" and the charge
	Reason string
	Moves  []Move
}

// captureKey is the same for money that was taken and for money that strayed: a charge is booked once.
func captureKey(n Notice) string { return "capture:" + n.charge() }

// captured is what the books say when a buyer's money arrives for an order.
func captured(p Payment, n Notice) Entry {
	return Entry{p.Gateway, captureKey(n), reasonCapture, []Move{{Receivable, Clearing(p.Gateway), n.Amount}}}
}

// strayed is what the books say when money arrives that no order takes.
func strayed(p Payment, n Notice) Entry {
	return Entry{p.Gateway, captureKey(n), reasonStray, []Move{{Unmatched, Clearing(p.Gateway), n.Amount}}}
}

// charged is the processor's fee, when it said one in the currency of the charge. A fee in another
// currency, or one that comes later, is reconciliation's to find.
func charged(p Payment, n Notice) Entry {
	return Entry{p.Gateway, "fee:" + n.charge(), reasonFee, []Move{{Clearing(p.Gateway), Fees(p.Gateway), *n.Fee}}}
}
