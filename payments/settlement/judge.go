package settlement

import (
	"strings"

	"parley/catalog/money"
	"parley/payments"
	"parley/payments/reconcile"
)

// around is what the books and other rows say about what a row is about.
type around struct {
	owner    payments.MerchantID // whose is what belongs to no payment; zero: nobody knows
	entry    *payments.Record    // what the books have of exactly this; nil: nothing
	charge   *payments.Record    // what they have of the charge behind it
	fee      *payments.Record    // and of its fee
	isTaken  bool                // another row stands for entry
	isSecond bool                // the order of the charge was paid by another one
	partial  int64               // what other rows take from the charge because it was captured in part, as the buyer saw it; ≤ 0
	contract reconcile.Contract  // of fees; empty: none
	isEarly  bool                // its charge was made before the rows that were brought in
}

// verdict is what follows from a row: what it turned out to be, what the books are to say and what a person must see.
type verdict struct {
	row     Row
	entries []payments.Entry
	items   []Item
}

// counterpart is the business key under which the books have what a row is about, if it is about anything they may
// have heard of by themselves.
func (r Row) counterpart() string {
	switch r.Kind {
	case reconcile.ChargeKind:
		return "capture:" + r.Charge
	case reconcile.RefundKind:
		return "refund:" + r.Source
	case reconcile.RefundFailureKind:
		return "refund_failed:" + r.Source
	case reconcile.DisputeKind, reconcile.DisputeWonKind:
		return "dispute:" + r.Source + ":" + r.Transaction.ID
	}
	if part, is := r.part(); is {
		return part.Key()
	}
	return ""
}

// counterparts are all such keys: what came or went in another currency than the order's is in the balance by its exchange.
func (r Row) counterparts() []string {
	key := r.counterpart()
	switch {
	case key == "":
		return nil
	case r.Kind == reconcile.ChargeKind && r.Intent != "": // a network behind which the processor charges may know no more
		return []string{key, "exchange:" + r.Charge, "capture:" + r.Intent}
	case r.Kind == reconcile.ChargeKind:
		return []string{key, "exchange:" + r.Charge}
	case r.Kind == reconcile.RefundKind:
		return []string{key, "exchange_back:" + r.Source}
	}
	return []string{key}
}

// parts are what a processor calls rows that move a part of a sale between a platform and a seller.
var parts = map[string]payments.PartKind{
	"transfer": payments.PartTransfer, "transfer_reversal": payments.PartReversal,
	"platform_earning": payments.PartFee, "platform_earning_refund": payments.PartFeeBack,
}

// part is the row as a part of a sale, if it may be one.
func (r Row) part() (payments.Part, bool) {
	kind, is := parts[strings.ToLower(r.Category)]
	return payments.Part{Kind: kind, ID: r.Source, Amount: r.Gross}, is && r.Source != ""
}

// behind is the charge that a row may be about.
func (r Row) behind() string {
	if r.Charge == "" && (strings.HasPrefix(r.Source, "ch_") || strings.HasPrefix(r.Source, "py_")) {
		return r.Source
	}
	return r.Charge
}

// judge says what a row is. It decides from what is given and from nothing else.
func judge(r Row, a around) verdict {
	v := verdict{row: r}
	v.row.State = Matched
	if known := firstOf(a.entry, a.charge); known != nil {
		v.row.Merchant, v.row.PaymentID, v.row.Order = known.Merchant, known.Payment, known.Order
	}
	switch {
	case r.Said != "" || r.Kind == reconcile.UnknownKind:
		v.queue(reconcile.Unknown, r.Gross, unknownDetail(r))
		return v
	case r.Kind == reconcile.PayoutKind, r.Kind == reconcile.PayoutReversalKind:
		v.judgePayoutFee(a)
		return v
	}
	v.judgeKind(a)
	if !v.row.IsBooked {
		return v
	}
	if off := r.Net.Minor - (r.Gross.Minor - r.Fee.Minor); off != 0 {
		v.judgeUnequal(off)
	}
	return v
}

func unknownDetail(r Row) string {
	if r.Said != "" {
		return "the currency " + string(r.Gross.Currency) + " is not in ISO 4217; the row says " + r.Said
	}
	return "the category \"" + r.Category + "\" is none that is known"
}

func firstOf(records ...*payments.Record) *payments.Record {
	for _, record := range records {
		if record != nil {
			return record
		}
	}
	return nil
}

func (v *verdict) judgeKind(a around) {
	r := v.row
	switch r.Kind {
	case reconcile.ChargeKind:
		v.judgeCharge(a)
	case reconcile.RefundKind, reconcile.RefundFailureKind:
		v.judgeRefund(a)
	case reconcile.DisputeKind, reconcile.DisputeWonKind:
		v.judgeDispute(a)
	case reconcile.PartialKind:
		v.judgeOfCharge(a, payments.Unmatched)
	case reconcile.ChargeFailureKind:
		if v.judgeOfCharge(a, payments.Receivable) {
			v.queue(reconcile.LedgerOnly, r.Seen.Negated(), "the debit failed after it had succeeded, and the order is still paid")
		}
	case reconcile.FeeKind:
		v.judgeFeeRow(a)
	case reconcile.ReserveKind:
		v.own(a)
		v.book(payments.Reserve(r.Gateway))
	default:
		v.judgeOther(a)
	}
}

// judgeCharge meets a charge with what was captured.
func (v *verdict) judgeCharge(a around) {
	r := v.row
	switch {
	case a.entry == nil:
		v.row.Merchant = a.owner
		v.queue(reconcile.PSPOnly, r.Seen, "the books have no payment for this charge")
		return
	case a.isTaken:
		v.book(payments.Unmatched)
		v.queue(reconcile.DuplicateCharge, r.Seen, "a second balance transaction for one charge")
		return
	}
	v.meet(*a.entry, r.Gross, a.partial)
	v.meetFee(a)
	if a.isSecond {
		v.queue(reconcile.DuplicateCharge, r.Seen, "the order was paid by another charge")
	}
}

func (v *verdict) judgeRefund(a around) {
	r := v.row
	class, detail := reconcile.RefundNotInLedger, "the books do not have this refund"
	if r.Kind == reconcile.RefundFailureKind {
		class, detail = reconcile.RefundFailed, "the refund came back and the books do not have that: the buyer is still owed it"
	}
	switch {
	case a.entry == nil && a.charge == nil && a.isEarly:
		class, detail = reconcile.Cutoff, "its charge is of "+r.charged.Format("2006-01-02")+", before the rows that were brought in"
		fallthrough
	case a.entry == nil:
		if v.row.Merchant == 0 {
			v.row.Merchant = a.owner
		}
		v.queue(class, r.Seen, detail)
	case a.isTaken:
		v.book(payments.Unmatched)
		v.queue(class, r.Seen, "a second balance transaction for one refund")
	default:
		v.meet(*a.entry, r.Gross, 0)
		v.move(payments.Clearing(r.Gateway), payments.Fees(r.Gateway), r.Fee)
	}
}

// judgeDispute books what a dispute moved under the key that its news has, so that it is booked once, whichever of the
// two comes first.
func (v *verdict) judgeDispute(a around) {
	r := v.row
	class, detail := reconcile.DisputeOpen, "the dispute "+r.Source+" is open or lost"
	if r.Kind == reconcile.DisputeWonKind {
		class, detail = reconcile.DisputeWon, "the dispute "+r.Source+" was won and the money returned"
	}
	switch {
	case a.entry != nil && !a.isTaken:
		v.meet(*a.entry, r.Net, 0)
	case a.entry == nil && a.charge != nil:
		v.row.Counterpart, v.row.IsBooked = r.counterpart(), true
		v.entries = append(v.entries, payments.Entry{Source: r.Gateway, Key: r.counterpart(), Reason: "settled_dispute", Happened: r.Created, Moves: append(
			r.from(payments.Disputes(r.Gateway)), flow(payments.Clearing(r.Gateway), payments.Fees(r.Gateway), money.Of(r.Gross.Minor-r.Net.Minor, r.Net.Currency))...)})
	default:
		v.row.Merchant = a.owner
		v.queue(reconcile.PSPOnly, r.Seen, r.Category+": the books have no payment for its charge")
		return
	}
	v.queue(class, r.Seen, detail)
}

// judgeOfCharge books a row that only its charge explains; it says whether the books have that.
func (v *verdict) judgeOfCharge(a around, account payments.Account) bool {
	if a.charge == nil {
		v.row.Merchant = a.owner
		v.queue(reconcile.PSPOnly, v.row.Seen, v.row.Category+": the books have no payment for its charge")
		return false
	}
	v.book(account)
	return true
}

func (v *verdict) judgeFeeRow(a around) {
	known := a.charge != nil
	if v.row.behind() == "" {
		v.own(a)
	}
	v.book(payments.Fees(v.row.Gateway))
	if !known {
		v.queue(reconcile.FeeWithoutCharge, v.row.Net, v.row.Category+" belongs to no charge")
	}
}

// judgePart meets a part of a sale with what was heard of it. One that was not heard of is booked under the key that its
// news has, so that it is booked once, whichever of the two comes first. It says whether the row is one.
func (v *verdict) judgePart(a around) bool {
	r := v.row
	part, is := r.part()
	switch {
	case !is:
	case a.entry != nil && !a.isTaken:
		v.meet(*a.entry, r.Gross, 0)
		v.move(payments.Clearing(r.Gateway), payments.Fees(r.Gateway), r.Fee)
		return true
	case a.entry == nil && a.charge != nil:
		v.row.Counterpart, v.row.IsBooked = part.Key(), true
		v.entries = append(v.entries, payments.Entry{
			Source: r.Gateway, Key: part.Key(), Reason: string(part.Kind), Happened: r.Created, Moves: r.from(payments.SellerBalance(r.Gateway)),
		})
		v.move(payments.Clearing(r.Gateway), payments.Fees(r.Gateway), r.Fee)
		return true
	}
	return false
}

func (v *verdict) judgeOther(a around) {
	if v.judgePart(a) {
		return
	}
	r := v.row
	account := payments.Adjusted(r.Gateway)
	switch parts[strings.ToLower(r.Category)] {
	case payments.PartTransfer, payments.PartReversal:
		account = payments.SellerPayable
	case payments.PartFee, payments.PartFeeBack:
		account = payments.PlatformFee
	}
	if r.behind() == "" {
		v.own(a)
	}
	v.book(account)
	v.queue(reconcile.PSPOnly, r.Gross, r.Category+" is by no order's doing")
}

// judgePayoutFee is about what a payout itself cost; what it pays out is booked when it is known whose it is.
func (v *verdict) judgePayoutFee(a around) {
	r := v.row
	if r.Fee.IsZero() {
		return
	}
	v.own(a)
	if v.row.Merchant != 0 {
		v.row.IsBooked = true
		v.move(payments.Clearing(r.Gateway), payments.Fees(r.Gateway), r.Fee)
	}
	v.queue(reconcile.FeeWithoutCharge, r.Fee, "the fee of a payout")
}

// judgeUnequal is about a row that contradicts itself: gross less fee is not net. The balance moved by net.
func (v *verdict) judgeUnequal(off int64) {
	r := v.row
	account, class := payments.Unmatched, reconcile.AmountMismatch
	if r.isConverted() && (off == 1 || off == -1) {
		account, class = payments.FX, reconcile.FXRounding
	}
	amount := money.Of(off, r.Net.Currency)
	if r.Kind != reconcile.DisputeKind && r.Kind != reconcile.DisputeWonKind {
		v.move(account, payments.Clearing(r.Gateway), amount)
	}
	v.queue(class, amount, "gross "+r.Gross.String()+" less fee "+r.Fee.String()+" is not net "+r.Net.String())
}
