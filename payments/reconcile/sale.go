package reconcile

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"strings"
	"time"

	"parley/catalog/money"
)

// Sale is an order as the shop's books have it.
type Sale struct {
	Order    string
	Channel  string
	Amount   money.Amount // what the buyer was to pay
	Status   string
	Paid     time.Time // zero: not paid, or nobody noted when
	Intent   string    // the processor's id of the attempt, if known
	Charge   string    // the processor's id of the charge, if known
	Refunded money.Amount
}

func asFlaw(err error) *Flaw {
	var flaw *Flaw
	_ = errors.As(err, &flaw)
	return flaw
}

// Sales are the shop's orders. Each gives them to take, one by one, and stops at its first error.
type Sales struct {
	Name string // of where they are from, for people, in errors
	Each func(take func(Sale) error) error
}

var saleColumns = []string{"order_id", "currency", "amount", "status", "paid_at", "payment_intent_id", "charge_id", "refunded"}

// SalesFile reads orders from a CSV file with the columns order_id, channel, currency, amount, status, paid_at,
// payment_intent_id, charge_id and refunded: amounts in major units, times in UTC.
func SalesFile(s Source) Sales {
	return Sales{s.Name, func(take func(Sale) error) error {
		t, err := openTable(s, time.UTC, saleColumns...)
		if err != nil {
			return err
		}
		file := newSalesTable(t)
		for {
			more, err := t.next()
			if err != nil || !more {
				return err
			}
			sale, err := file.sale()
			if err == nil {
				err = take(sale)
			}
			if flaw := asFlaw(err); flaw != nil {
				flaw.File, flaw.Row = s.Name, t.row
			}
			if err != nil {
				return err
			}
		}
	}}
}

type salesTable struct {
	*table
	units                                                                     *units
	id, channel, currency, amount, status, paid, intent, charge, refundedSums int
}

func newSalesTable(t *table) salesTable {
	return salesTable{
		t, newUnits(), t.column("order_id"), t.column("channel"), t.column("currency"), t.column("amount"), t.column("status"),
		t.column("paid_at"), t.column("payment_intent_id"), t.column("charge_id"), t.column("refunded"),
	}
}

func (t salesTable) sale() (s Sale, err error) {
	if s.Order, err = t.table.id(t.id); err != nil {
		return s, err
	}
	if s.Order == "" {
		return s, t.flaw("order_id", "the order has no id")
	}
	if s.Intent, err = t.table.id(t.intent); err != nil {
		return s, err
	}
	if s.Charge, err = t.table.id(t.charge); err != nil {
		return s, err
	}
	u := t.units.find(t.cell(t.currency))
	if u == nil {
		return s, t.flaw("currency", "%q is no currency of ISO 4217", t.cell(t.currency))
	}
	s.Amount.Currency, s.Refunded.Currency = u.code, u.code
	if s.Amount.Minor, err = t.table.amount(t.amount, u); err != nil {
		return s, err
	}
	if t.cell(t.refundedSums) != "" {
		if s.Refunded.Minor, err = t.table.amount(t.refundedSums, u); err != nil {
			return s, err
		}
	}
	s.Refunded.Minor = abs(s.Refunded.Minor)
	s.Channel, s.Status = t.cell(t.channel), strings.ToLower(t.cell(t.status))
	s.Paid, err = t.time(t.paid, time.UTC)
	return s, err
}

// Statuses that say something about money. Of others, paid_at and refunded say whether money came.
var (
	paidStatuses = []string{
		"paid", "shipped", "completed", "complete", "fulfilled", "partially_fulfilled", "delivered", "settled", "succeeded", "captured",
		"partially_captured", "refunded", "partially_refunded", "disputed", "charged_back",
	}
	unpaidStatuses = []string{
		"pending", "agreed", "open", "new", "draft", "placed", "unpaid", "awaiting_payment", "payment_pending", "pending_payment", "processing_payment", "failed", "expired",
	}
)

// order is what is kept of a Sale; small, since there may be a million.
type order struct {
	amount, refunded int64
	intent           uint64 // a hash of its id: the id is never shown, and three bytes in four are saved
	id, charge       word
	paidAt           uint32 // seconds since 1970; 0: unknown
	file             uint32 // its file of cases + 1; 0: nothing remarkable
	unit             uint8
	flags            uint8
}

const (
	wasPaid   = 1 << iota // by the shop's account
	isMatched             // its charge was found, and is exactly what was ordered
	gaveBack              // all that the shop gave back was found, as one refund
	isRepeat              // a row that says an earlier one again
	wasJudged             // it has a case, and the case was looked at
)

func (o *order) has(flag uint8) bool { return o.flags&flag != 0 }

func (o *order) paid() time.Time {
	if o.paidAt == 0 {
		return time.Time{}
	}
	return time.Unix(int64(o.paidAt), 0).UTC()
}

// Names of what a key may be found by: the shop's id, or one of the processor's.
const (
	byID = iota
	byObject
)

// hashed is never zero for a text. That a charge meets the hash of another one's attempt has a probability of
// 1 in 10 million for a million orders and as many rows, and then its amount would have to agree as well.
func hashed(by int, text string) uint64 {
	if text == "" {
		return 0
	}
	return maphash.String(seed, text) + uint64(by) | 1<<63
}

// orders are all that the shop has, found by their ids and by the processor's.
type orders struct {
	words
	name  string
	units *units
	slabs [][]order
	count int
	slots slots
	first time.Time // when the earliest was paid, and the latest
	last  time.Time
}

const slab = 1 << 13

func (o *orders) get(n uint32) *order { return &o.slabs[n/slab][n%slab] }

// readSales is nil when no orders are given.
func readSales(from Sales, units *units) (*orders, error) {
	if from.Each == nil {
		return nil, nil
	}
	all := &orders{units: units, name: from.Name}
	if err := from.Each(all.add); err != nil {
		return nil, err
	}
	return all, all.index()
}

const mostOrders = 1 << 25 // their ids fit words, and their numbers the table of keys

func (o *orders) add(s Sale) error {
	u := o.units.find(string(s.Amount.Currency))
	switch {
	case u == nil:
		return &Flaw{Column: "currency", Sentence: fmt.Sprintf("%q is no currency of ISO 4217", s.Amount.Currency)}
	case s.Amount.Minor < 0:
		return &Flaw{Column: "amount", Sentence: "an order is not worth less than nothing"}
	case o.count == mostOrders:
		return &Flaw{Sentence: fmt.Sprintf("there are more than %d orders; reconcile a shorter period", mostOrders)}
	}
	made := order{
		amount: s.Amount.Minor, refunded: s.Refunded.Minor, unit: u.number,
		id: o.words.add(s.Order), intent: hashed(byObject, s.Intent), charge: o.words.add(s.Charge),
	}
	if at := s.Paid.Unix(); !s.Paid.IsZero() && at > 0 && at <= math.MaxUint32 {
		made.paidAt = uint32(at)
		if o.first.IsZero() || s.Paid.Before(o.first) {
			o.first = s.Paid
		}
		if s.Paid.After(o.last) {
			o.last = s.Paid
		}
	}
	if saysPaid(s) {
		made.flags |= wasPaid
	}
	if o.count%slab == 0 {
		o.slabs = append(o.slabs, make([]order, 0, slab))
	}
	last := len(o.slabs) - 1
	o.slabs[last] = append(o.slabs[last], made)
	o.count++
	return nil
}

func saysPaid(s Sale) bool {
	for _, status := range paidStatuses {
		if s.Status == status {
			return true
		}
	}
	for _, status := range unpaidStatuses {
		if s.Status == status {
			return false
		}
	}
	return !s.Paid.IsZero() || s.Refunded.Minor > 0
}

// index makes orders findable. It fails with a Flaw when two orders with one id differ.
func (o *orders) index() error {
	o.slots = newSlots(3 * o.count)
	for n := range uint32(o.count) {
		one := o.get(n)
		if earlier, found := o.find(byID, o.text(one.id)); found {
			if !o.same(earlier, n) {
				return &Flaw{File: o.name, Row: int(n) + 2, Column: "order_id", Sentence: fmt.Sprintf("order %s was there before, in row %d, with other contents", o.text(one.id), earlier+2)}
			}
			one.flags |= isRepeat
			continue
		}
		o.link(n, idKey)
		o.link(n, intentKey)
		o.link(n, chargeKey)
	}
	return nil
}

func (o *orders) same(a, b uint32) bool {
	x, y := *o.get(a), *o.get(b)
	same := o.text(x.charge) == o.text(y.charge)
	x.id, x.charge, y.id, y.charge = 0, 0, 0, 0
	return same && x == y
}

// Keys of an order; the two lowest bits of a number in the table of keys.
const (
	idKey = iota
	intentKey
	chargeKey
)

// find is the order that has an id, or that a charge or an attempt belongs to.
func (o *orders) find(by int, text string) (uint32, bool) {
	if text == "" || o.count == 0 {
		return 0, false
	}
	hash := hashed(by, text)
	number, _, found := o.slots.find(hash, func(number uint32) bool { return o.is(number, by, hash, text) })
	return number >> 2, found
}

// is says whether the key that a number stands for is the text.
func (o *orders) is(number uint32, by int, hash uint64, text string) bool {
	one := o.get(number >> 2)
	switch number & 3 {
	case idKey:
		return by == byID && string(o.bytes(one.id)) == text
	case intentKey:
		return by == byObject && one.intent == hash
	}
	return by == byObject && string(o.bytes(one.charge)) == text
}

func (o *orders) hash(number uint32) uint64 {
	one := o.get(number >> 2)
	switch number & 3 {
	case idKey:
		return hashed(byID, o.text(one.id))
	case intentKey:
		return one.intent
	}
	return hashed(byObject, o.text(one.charge))
}

// link makes an order findable by one of its keys, unless another order was first.
func (o *orders) link(n, key uint32) {
	number := n<<2 | key
	hash := o.hash(number)
	if hash == 0 {
		return
	}
	if o.slots.crowded() {
		o.slots = o.slots.grown(o.hash)
	}
	_, place, found := o.slots.find(hash, func(other uint32) bool { return o.hash(other) == hash })
	if !found {
		o.slots.put(place, number)
	}
}
