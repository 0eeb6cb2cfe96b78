package reconcile

import (
	"cmp"
	"slices"
)

// Class is a kind of difference.
type Class string

// The classes, in the order in which differences are listed.
const (
	PSPOnly           Class = "psp_only"             // the processor has it, the shop does not
	LedgerOnly        Class = "ledger_only"          // the shop has it, the processor does not
	AmountMismatch    Class = "amount_mismatch"      // both have it, of different amounts
	CurrencyMismatch  Class = "currency_mismatch"    // both have it, in different currencies
	DuplicateCharge   Class = "duplicate_charge"     // a second charge for one order
	RefundNotInLedger Class = "refund_not_in_ledger" // given back, and the shop does not know
	RefundFailed      Class = "refund_failed"        // came back: the buyer is still owed it
	DisputeOpen       Class = "dispute_open_or_lost" // taken back by the buyer's bank
	DisputeWon        Class = "dispute_won"          // taken back, and returned to the shop
	FeeVariance       Class = "fee_variance"         // another fee than the contract's
	FeeWithoutCharge  Class = "fee_without_charge"   // a fee that belongs to no charge
	Cutoff            Class = "cutoff"               // one side has it in this period, the other in another
	PayoutFailed      Class = "payout_failed"        // the bank did not take it, or it was cancelled
	PayoutNotItemised Class = "payout_not_itemised"  // nothing says which rows it consists of
	BankMissing       Class = "bank_missing"         // a payout that never came to the bank
	BankOnly          Class = "bank_only"            // the bank has it, no payout explains it
	FXRounding        Class = "fx_rounding"          // one minor unit for each converted line, from rounding
	Unknown           Class = "unknown"              // a category or currency that nobody has named
)

var classes = []Class{
	PSPOnly, LedgerOnly, AmountMismatch, CurrencyMismatch, DuplicateCharge, RefundNotInLedger, RefundFailed, DisputeOpen, DisputeWon,
	FeeVariance, FeeWithoutCharge, Cutoff, PayoutFailed, PayoutNotItemised, BankMissing, BankOnly, FXRounding, Unknown,
}

// Classes are all of them, in the order in which differences are listed.
func Classes() []Class { return slices.Clone(classes) }

// Difference is one thing that a person must look at. Ids that have nothing to do with it are empty.
type Difference struct {
	Class    Class  `json:"class"`
	Order    string `json:"order_id"`
	Charge   string `json:"charge_id"`
	Refund   string `json:"refund_id"`
	Payout   string `json:"payout_id"`
	Amount   string `json:"amount"`   // major units: of a mismatch, theirs minus ours; else what it is about; empty: unreadable
	Currency string `json:"currency"` // upper case
	Note     string `json:"note"`
}

// sorted puts differences into an order that does not depend on that of the rows.
func sorted(all []Difference) []Difference {
	slices.SortStableFunc(all, func(a, b Difference) int {
		return cmp.Or(
			cmp.Compare(slices.Index(classes, a.Class), slices.Index(classes, b.Class)),
			cmp.Compare(a.Order, b.Order), cmp.Compare(a.Charge, b.Charge), cmp.Compare(a.Refund, b.Refund),
			cmp.Compare(a.Payout, b.Payout), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Amount, b.Amount), cmp.Compare(a.Note, b.Note),
		)
	})
	return all
}
