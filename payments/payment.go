// Package payments moves money and remembers every move.
package payments

import (
	"slices"
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

// Declined is news and never a state: one try on the processor's page failed, and the page still takes another.
const Declined Status = "declined"

// steps is every way a payment may change. Processors send notices twice and out of order; a notice that
// is not a step is old news. Each state leads only to ones further down this list, and to all that news can
// bring, so that every order of the same notices ends alike. Settled is reached from everywhere: late money
// is still money.
var steps = map[Status][]Status{
	Opening:  {Open, Working, Failed, Expired, Replaced, Settled},
	Open:     {Working, Failed, Expired, Replaced, Settled},
	Working:  {Failed, Expired, Settled},
	Failed:   {Expired, Settled},
	Expired:  {Settled},
	Replaced: {Settled},
	Settled:  {},
	Refunded: {},
}

// Payment is one attempt to be paid for one order.
type Payment struct {
	ID            PaymentID
	Merchant      MerchantID
	Order         OrderID
	Gateway       string // "stripe", "telegram", "cod", "transfer" …
	Holder        string // who has the money, where that is a processor behind the gateway: "stripe" behind Telegram; empty: the gateway
	Key           string // our idempotency key, stored before the processor is called; unguessable
	Ref           string // the processor's id for the attempt; unique within the gateway
	Via           string // the processor's id for another attempt, by which the money of this one came; empty: by this one
	Status        Status
	Amount        money.Amount
	Tender        money.Amount // what is asked for in its place, in another currency than the order's: 250 Stars; zero: Amount itself
	Captured      money.Amount // in the order's currency
	Live          bool         // real money
	Account       string       // the processor's account that is paid; empty for the one our key belongs to
	Seller        string       // the account at the processor that it is passed on to; empty: it stays in ours
	Cut           money.Amount // what of it the platform keeps; nothing without a Seller
	PlatformBears bool         // and not the seller, what disputes that are lost took
	URL           string       // where the buyer pays; empty when there is no page
	Note          string       // what the buyer must know instead: an account to transfer to
	Closed        bool         // the processor takes nothing for it any more
	Strayed       bool         // of a payment that a gateway is to give back: of the money that no order took
	Opened        time.Time
	Expires       time.Time // zero: never by itself
}

// asCharged is the payment as the processor knows it: by the attempt that the money came by.
func (p Payment) asCharged() Payment {
	if p.Via != "" {
		p.Ref = p.Via
	}
	return p
}

// source is whose books the money is in: reconciliation finds it by the processor that holds it.
func (p Payment) source() string {
	if p.Holder != "" {
		return p.Holder
	}
	return p.Gateway
}

// Asked is what the buyer is to pay: what is due, or the tender for it.
func (p Payment) Asked() money.Amount {
	if p.Tender != (money.Amount{}) {
		return p.Tender
	}
	return p.Amount
}

// IsLive says whether the attempt stands in the way of another one. An order has at most one such attempt.
func (p Payment) IsLive() bool { return p.Status == Opening || p.Status == Open || p.Status == Working }

// may says whether the table of states has the step.
func (p Payment) may(next Status) bool { return slices.Contains(steps[p.Status], next) }

// to is the payment after a step, or as it was when the table does not have the step.
func (p Payment) to(next Status) Payment {
	if p.may(next) {
		p.Status = next
	}
	return p
}

// serves says whether a buyer who asks again gets this attempt back instead of a new one.
func (p Payment) serves(gateway string, amount money.Amount, now time.Time) bool {
	return p.Gateway == gateway && p.Amount == amount && (p.Expires.IsZero() || now.Before(p.Expires))
}

// Reasons why a notice waits for a person.
const (
	WrongMode       = "wrong_mode"        // test money for a live payment, or the other way round
	WrongAccount    = "wrong_account"     // paid to another account of the processor
	WrongRef        = "wrong_ref"         // our key came back with a session that is not ours
	WrongCurrency   = "wrong_currency"    // not what was asked for
	WrongAmount     = "wrong_amount"      // not what was asked for
	SecondCapture   = "second_capture"    // the same attempt was paid twice
	OrderRefused    = "order_refused"     // the order could not take the money: cancelled, paid otherwise, sold out
	UnknownPayment  = "unknown_payment"   // no attempt of ours
	UnknownDispute  = "unknown_dispute"   // a dispute of no payment of ours
	RefundCameBack  = "refund_failed"     // a refund was refused or came back: the buyer is still owed it
	RefundByOthers  = "refund_elsewhere"  // given back at the processor's, and the order could not take that
	DebitedTwice    = "dispute_twice"     // a dispute took the money more than once
	GivenTwice      = "given_twice"       // refunds and disputes together took more than came
	Surplus         = "surplus"           // more came than was owed
	NotRecovered    = "not_recovered"     // the processor did not take what a lost dispute took back from the seller
	WonRecovered    = "won_recovered"     // a dispute was won after what it took was taken back from the seller: it is the seller's again
	PartOfCancelled = "part_of_cancelled" // a part of what an order costs that was cancelled before the rest came
)

// What a conversation is told about a payment, in Told.What.
const (
	ToldReady    = "ready"         // there is a link now
	ToldWorking  = "working"       // the buyer did their part, the money is on its way
	ToldSettled  = "settled"       // the order is paid
	ToldPart     = "part"          // a part of what it costs has come
	ToldFailed   = "failed"        // declined; another way can be offered
	ToldExpired  = "expired"       // nobody paid in time
	ToldStranded = "stranded"      // money came and the order could not take it: a person looks at it
	ToldRefunded = "refunded"      // money is on its way back to the buyer
	ToldReturned = "refund_failed" // it came back: a person looks at it
)

// verdict is what follows from a notice: the payment as it is then, what goes into the books, whether the
// order is to be marked paid, what a person must look at and what the conversation is told.
type verdict struct {
	payment Payment
	entries []Entry
	paid    bool
	doubt   string // a reason for the review queue; empty: none
	detail  string
	strayed money.Amount // what belongs to no order, as the books have it
	tell    string
}

// mistaken is why a notice can't be about the payment: it is of another mode or account. Empty: it can.
func (p Payment) mistaken(n Notice) string {
	switch {
	case n.Live != p.Live:
		return WrongMode
	case n.Account != p.Account:
		return WrongAccount
	}
	return ""
}

// hear decides what a notice means. booked says that the notice's business key is in the books already.
func (p Payment) hear(n Notice, booked bool) verdict {
	if doubt := p.mistaken(n); doubt != "" {
		return verdict{payment: p, doubt: doubt}
	}
	taken := n.Ref != "" && n.From != "" && n.Payment == p.Key // our expired attempt, taken up again at the processor's
	if p.Ref != "" && n.Ref != "" && n.Ref != p.Ref && n.Ref != p.Via && !taken {
		return verdict{payment: p, doubt: WrongRef}
	}
	if taken && n.News == Settled && p.may(Settled) {
		p.Via = n.Ref
	}
	if p.Ref == "" {
		p.Ref = n.Ref // the processor was asked, and we died before its answer was stored
	}
	switch {
	case n.News == Settled:
		return p.hearMoney(n, booked)
	case n.News == Declined && (p.Status == Opening || p.Status == Open):
		return verdict{payment: p, tell: ToldFailed}
	case slices.Contains([]Status{Working, Failed, Expired}, n.News) && p.may(n.News):
		tell := newsFor(p, n.News)
		if p = p.to(n.News); n.News == Expired {
			p.URL = n.URL // the page itself is not good any more
		}
		return verdict{payment: p, tell: tell}
	}
	return verdict{payment: p} // old news
}

// newsFor is empty when the conversation has already been told that the attempt is over.
func newsFor(p Payment, news Status) string {
	if !p.IsLive() {
		return ""
	}
	return map[Status]string{Working: ToldWorking, Failed: ToldFailed, Expired: ToldExpired}[news]
}

func (p Payment) hearMoney(n Notice, booked bool) verdict {
	asked := p.Asked()
	switch {
	case booked:
		return verdict{payment: p, entries: p.fee(n)} // the fee may be said later than the charge
	case n.Amount.Currency != asked.Currency:
		return p.to(Failed).stray(n, WrongCurrency)
	case n.Amount != asked:
		return p.to(Failed).stray(n, WrongAmount)
	}
	n.Amount = p.Amount // what was tendered is worth what is due
	if !p.may(Settled) {
		return p.stray(n, SecondCapture)
	}
	p = p.to(Settled)
	p.Captured = n.Amount
	return verdict{payment: p, paid: true, entries: append(p.books(captured, n), p.shared(n.charge())...), tell: ToldSettled}
}

// stray is money that came and belongs to no order yet: booked as such, and a person's to deal with.
func (p Payment) stray(n Notice, why string) verdict {
	return verdict{payment: p, entries: p.books(strayed, n), doubt: why, strayed: n.Amount, tell: ToldStranded}
}

// refused is the verdict once the order has turned out not to take the money.
func (v verdict) refused(n Notice, detail string) verdict {
	n.Amount = v.payment.Captured
	again := v.payment.stray(n, OrderRefused)
	again.detail = detail
	return again
}

func (p Payment) books(entry func(Payment, Notice) Entry, n Notice) []Entry {
	if n.Amount.Minor <= 0 {
		return nil // nothing moved
	}
	return append(append([]Entry{entry(p, n)}, p.exchanged(n)...), p.fee(n)...)
}

// fee is the processor's fee, when it says one in the currency of the charge.
func (p Payment) fee(n Notice) []Entry {
	if n.Fee == nil || n.Fee.Minor <= 0 || n.Fee.Currency != n.Amount.Currency || n.Amount.Minor <= 0 {
		return nil
	}
	return []Entry{charged(p, n)}
}
