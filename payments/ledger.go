package payments

import (
	"fmt"
	"strings"
	"time"

	"parley/catalog/money"
)

// Account is a place money can be, within one merchant: "receivable", "clearing:stripe".
type Account string

// Accounts of a merchant. What a processor holds for the merchant is its clearing account; cash and bank
// transfers have one too, until somebody books where they went.
const (
	Receivable Account = "receivable"  // what buyers owe for orders
	Unmatched  Account = "unmatched"   // money that came and belongs to no order yet
	Owed       Account = "owed"        // what the shop owes buyers whose refund came back
	WrittenOff Account = "written_off" // what nobody will claim any more
)

// Clearing is what a gateway has taken and not yet paid out.
func Clearing(gateway string) Account { return Account("clearing:" + gateway) }

// Fees is what a gateway has kept for itself.
func Fees(gateway string) Account { return Account("fees:" + gateway) }

// Refunds is what a gateway has given back to buyers.
func Refunds(gateway string) Account { return Account("refunds:" + gateway) }

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
	reasonRefund  = "refund"
	reasonReturn  = "refund_failed" // takes a refund back
	reasonDebt    = "debt"          // a refund came back, and the buyer is still owed it
	reasonOff     = "write_off"     // nobody will claim it any more
)

// Entry is a reason and its moves. Since each move names both ends, an entry balances by construction.
type Entry struct {
	Source string // the gateway
	Key    string // posted once, ever, in its source: "capture:" and the charge
	Reason string
	Moves  []Move
	// Reverses is the entry that this one takes back: the key of an entry of the same source.
	Reverses string
	Part     bool // a capture of only a part of what its order costs
	// Happened is when the processor says that the money moved; zero: it did not say. An entry is dated when it is
	// booked, so that what comes late for a closed month falls into one that is open.
	Happened time.Time
}

// captureKey is the same for money that was taken and for money that strayed: a charge is booked once.
func captureKey(n Notice) string { return "capture:" + n.charge() }

// captured is what the books say when a buyer's money arrives for an order.
func captured(p Payment, n Notice) Entry {
	return Entry{Source: p.Gateway, Key: captureKey(n), Reason: reasonCapture, Happened: n.At, Moves: []Move{{Receivable, Clearing(p.Gateway), n.Amount}}}
}

// strayed is what the books say when money arrives that no order takes.
func strayed(p Payment, n Notice) Entry {
	return Entry{Source: p.Gateway, Key: captureKey(n), Reason: reasonStray, Happened: n.At, Moves: []Move{{Unmatched, Clearing(p.Gateway), n.Amount}}}
}

// attached is what the books say when stray money is given to an order after all: the order takes it.
func attached(p Payment, of Review) Entry {
	return Entry{
		Source: p.Gateway, Key: fmt.Sprintf("%s%s:%d", attachPrefix, of.Subject, p.Order), Reason: reasonCapture,
		Moves: []Move{{Receivable, Unmatched, p.Amount}},
	}
}

// inPart says of a capture that it is only a part of what its order costs.
func (e Entry) inPart(part bool) Entry {
	e.Part = part && e.Reason == reasonCapture
	return e
}

// attachPrefix begins the key of money that came before the order took it.
const attachPrefix = "attach:"

// charged is the processor's fee, when it said one in the currency of the charge. A fee in another
// currency, or one that comes later, is reconciliation's to find.
func charged(p Payment, n Notice) Entry {
	return Entry{Source: p.Gateway, Key: "fee:" + n.charge(), Reason: reasonFee, Happened: n.At, Moves: []Move{{Clearing(p.Gateway), Fees(p.Gateway), *n.Fee}}}
}

func refundKey(r Refund) string { return "refund:" + r.Ref }

// givenBack is what the books say when the processor takes a refund out of what it holds. Money of an order goes to
// the refunds; money that no order had taken was only passing through; what the buyer was owed since an earlier
// refund came back is paid off first.
func givenBack(p Payment, r Refund, owed money.Amount) Entry {
	to := Refunds(p.Gateway)
	if r.Stray {
		to = Unmatched
	}
	entry := Entry{Source: p.Gateway, Key: refundKey(r), Reason: reasonRefund}
	paidOff := min(owed.Minor, r.Amount.Minor)
	for _, move := range []Move{
		{Clearing(p.Gateway), Owed, money.Of(paidOff, r.Amount.Currency)},
		{Clearing(p.Gateway), to, money.Of(r.Amount.Minor-paidOff, r.Amount.Currency)},
	} {
		if move.Amount.Minor > 0 {
			entry.Moves = append(entry.Moves, move)
		}
	}
	return entry
}

// cameBack is what the books say when a refund that was booked came back: the entry is taken back, and the shop owes
// the buyer.
func cameBack(p Payment, r Refund, booked []Move) []Entry {
	back := Entry{Source: p.Gateway, Key: "refund_failed:" + r.Ref, Reason: reasonReturn, Reverses: refundKey(r)}
	fresh := money.Of(0, r.Amount.Currency)
	for _, move := range booked {
		back.Moves = append(back.Moves, Move{move.To, move.From, move.Amount})
		if move.To != Owed {
			fresh.Minor += move.Amount.Minor
		}
	}
	if fresh.Minor == 0 || r.Stray {
		return []Entry{back} // the debt is back with the reversal; money of no order is unmatched again
	}
	return []Entry{back, {Source: p.Gateway, Key: "debt:" + r.Ref, Reason: reasonDebt, Moves: []Move{{Owed, Refunds(p.Gateway), fresh}}}}
}

// IsClearing says whether the account is what a gateway has taken and not yet paid out.
func (a Account) IsClearing() bool { return strings.HasPrefix(string(a), "clearing:") }
