package settlement

import (
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
	"parley/payments/reconcile"
)

// Standing is how an item of the queue stands.
type Standing string

// The ways an item can stand.
const (
	Open      Standing = "open"
	ByMatch   Standing = "matched"   // somebody found what it belongs to
	Accepted  Standing = "accepted"  // somebody took it as the processor says it
	Dismissed Standing = "dismissed" // somebody said that it needs nothing
	Explained Standing = "explained" // it fits by now, by what came later
)

// Item is something that does not fit, in the queue until it does or somebody has dealt with it.
type Item struct {
	Number   ItemID
	Merchant payments.MerchantID // zero: nobody knows whose
	Gateway  string              // empty: the bank's
	Class    reconcile.Class
	Subject  string       // "txn:txn_1", "payout:po_1", "line:17", "entry:5"
	Amount   money.Amount // of a mismatch, theirs less ours; else what it is about
	Order    payments.OrderID
	Payment  payments.PaymentID
	Charge   string
	Refund   string
	Payout   string
	Detail   string    // what is known, in English
	Since    time.Time // when the money moved: its age counts from here
	Opened   time.Time
	Standing Standing
}

// Age is how long the money has been unexplained.
func (i Item) Age(now time.Time) time.Duration { return max(now.Sub(i.Since), 0) }

// Action is what can be done about an item.
type Action string

// The actions that are suggested. Match, Accept and Dismiss are what Decide takes.
const (
	Match   Action = "match"   // say what it belongs to
	Accept  Action = "accept"  // take it as it is: the books follow the processor
	Dismiss Action = "dismiss" // it needs nothing
	Reopen  Action = "reopen"  // look at it again
	Explain Action = "explain" // it fits by what came later; nobody decides that
	Wait    Action = "wait"    // it may explain itself
	Answer  Action = "answer"  // send evidence to the processor
	PayBack Action = "refund"  // give the money back to the buyer
	Ask     Action = "ask"     // the processor or the bank must say
)

var suggestions = map[reconcile.Class][]Action{
	reconcile.PSPOnly:           {Match, Accept, PayBack},
	reconcile.LedgerOnly:        {Wait, Ask, Dismiss},
	reconcile.AmountMismatch:    {Accept, Ask},
	reconcile.CurrencyMismatch:  {Accept, Ask},
	reconcile.DuplicateCharge:   {PayBack, Accept},
	reconcile.RefundNotInLedger: {Match, Accept},
	reconcile.RefundFailed:      {PayBack, Accept},
	reconcile.DisputeOpen:       {Answer, Wait, Accept},
	reconcile.DisputeWon:        {Accept},
	reconcile.FeeVariance:       {Accept, Ask},
	reconcile.FeeWithoutCharge:  {Accept},
	reconcile.Cutoff:            {Accept},
	reconcile.PayoutFailed:      {Ask, Accept},
	reconcile.PayoutNotItemised: {Accept},
	reconcile.BankMissing:       {Match, Ask},
	reconcile.BankOnly:          {Match, Dismiss},
	reconcile.FXRounding:        {Accept},
	reconcile.Unknown:           {Ask, Dismiss},
}

// Suggested are the actions that fit an item, the best first.
func (i Item) Suggested() []Action { return suggestions[i.Class] }

// Decision is what was decided about an item.
type Decision struct {
	What Action
	Who  string
	Note string
	At   time.Time
}

// Parley is who explains items by what came later.
const Parley = "parley"

func errItemMissing() error { return fault.New(fault.Missing, "settlement.item_missing") }
