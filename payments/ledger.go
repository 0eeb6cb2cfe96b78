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
	reasonChange  = "exchange"      // money of one currency came, or went, for money of another
)

// Entry is a reason and its moves. Since each move names both ends, an entry balances by construction.
type Entry struct {
	Source string // the gateway
	Key    string // posted once, ever, in its source: "capture:" and the charge
	Reason string
	Moves  []Move
	// Reverses is the entry that this one takes back: the key of an entry of the same source.
	Reverses string
	// Happened is when the processor says that the money moved; zero: it did not say. An entry is dated when it is
	// booked, so that what comes late for a closed month falls into one that is open.
	Happened time.Time
}

// captureKey is the same for money that was taken and for money that strayed: a charge is booked once.
func captureKey(n Notice) string { return "capture:" + n.charge() }

// captured is what the books say when a buyer's money arrives for an order.
func captured(p Payment, n Notice) Entry {
	return Entry{Source: p.source(), Key: captureKey(n), Reason: reasonCapture, Happened: n.At, Moves: []Move{{Receivable, p.till(n.Amount.Currency), n.Amount}}}
}

// strayed is what the books say when money arrives that no order takes.
func strayed(p Payment, n Notice) Entry {
	return Entry{Source: p.source(), Key: captureKey(n), Reason: reasonStray, Happened: n.At, Moves: []Move{{Unmatched, p.till(n.Amount.Currency), n.Amount}}}
}

// till is the account that money of a currency comes to: what the processor holds, or, where the buyer tenders another
// currency than the order's, the exchange between the two.
func (p Payment) till(c money.Currency) Account {
	if p.isExchanged(c) {
		return FX
	}
	return Clearing(p.source())
}

func (p Payment) isExchanged(c money.Currency) bool {
	return p.Tender != (money.Amount{}) && c == p.Amount.Currency
}

// exchanged is what the books say of a tender: it is what the processor holds for the order's money.
func (p Payment) exchanged(n Notice) []Entry {
	if !p.isExchanged(n.Amount.Currency) {
		return nil
	}
	return []Entry{{Source: p.source(), Key: "exchange:" + n.charge(), Reason: reasonChange, Happened: n.At, Moves: []Move{{FX, Clearing(p.source()), p.Tender}}}}
}

// changedBack is what the books say when a tender goes back, all of it: processors that take one know no parts.
func changedBack(p Payment, r Refund) []Entry {
	if !p.isExchanged(r.Amount.Currency) {
		return nil
	}
	return []Entry{{Source: p.source(), Key: "exchange_back:" + r.Ref, Reason: reasonChange, Moves: []Move{{Clearing(p.source()), FX, p.Tender}}}}
}

// attached is what the books say when stray money is given to an order after all: the order takes it.
func attached(p Payment, of Review) Entry {
	return Entry{
		Source: p.source(), Key: fmt.Sprintf("%s%s:%d", attachPrefix, of.Subject, p.Order), Reason: reasonCapture,
		Moves: []Move{{Receivable, Unmatched, p.Amount}},
	}
}

// attachPrefix begins the key of money that came before the order took it.
const attachPrefix = "attach:"

// charged is the processor's fee, when it said one in the currency of the charge. A fee in another
// currency, or one that comes later, is reconciliation's to find.
func charged(p Payment, n Notice) Entry {
	return Entry{Source: p.source(), Key: "fee:" + n.charge(), Reason: reasonFee, Happened: n.At, Moves: []Move{{Clearing(p.source()), Fees(p.source()), *n.Fee}}}
}

func refundKey(r Refund) string { return "refund:" + r.Ref }

// givenBack is what the books say when the processor takes a refund out of what it holds. Money of an order goes to
// the refunds; money that no order had taken was only passing through; what the buyer was owed since an earlier
// refund came back is paid off first.
func givenBack(p Payment, r Refund, owed money.Amount) Entry {
	from, to := p.till(r.Amount.Currency), Refunds(p.source())
	if r.Stray {
		to = Unmatched
	}
	entry := Entry{Source: p.source(), Key: refundKey(r), Reason: reasonRefund}
	paidOff := min(owed.Minor, r.Amount.Minor)
	for _, move := range []Move{
		{from, Owed, money.Of(paidOff, r.Amount.Currency)},
		{from, to, money.Of(r.Amount.Minor-paidOff, r.Amount.Currency)},
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
	back := Entry{Source: p.source(), Key: "refund_failed:" + r.Ref, Reason: reasonReturn, Reverses: refundKey(r)}
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
	return []Entry{back, {Source: p.source(), Key: "debt:" + r.Ref, Reason: reasonDebt, Moves: []Move{{Owed, Refunds(p.source()), fresh}}}}
}

// IsClearing says whether the account is what a gateway has taken and not yet paid out.
func (a Account) IsClearing() bool { return strings.HasPrefix(string(a), "clearing:") }
