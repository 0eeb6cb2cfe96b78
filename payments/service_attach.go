package payments

import (
	"context"
	"fmt"
	"slices"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// Attachment is money of the review queue that a person gave to an order.
type Attachment struct {
	Review  ReviewID
	Source  PaymentID // the attempt that the money came by
	Payment PaymentID // the payment that the order has of it
	Order   OrderID
	Charge  string
	Amount  money.Amount
	Who     string
	Note    string
}

// Attach gives money that waits in the review queue to an order that owes it, and takes the item off the queue. What
// is more than the order owes stays there. An order that is paid by hand takes less than it owes, as a part. of is
// whose queue it is: zero is that of nobody's money, which can be given to any order, and the rest of which stays in
// the queue of that order's merchant; other money to orders of the same merchant. The order gets a payment of its own,
// which can be refunded as any other.
//
// It fails with fault.Missing, with fault.Invalid (payment.note_needed, payment.review_action when the item is not
// about money that can be given), and with fault.Conflict: payment.review_closed, payment.not_due,
// payment.in_progress when a delayed method of the order is on its way, payment.attach_amount and
// payment.attach_currency when the order owes more or another currency, payment.attach_gone when the money went back
// already, and what the order refuses money with.
func (s *Service) Attach(ctx context.Context, of MerchantID, id ReviewID, order OrderID, who, note string) (p Payment, err error) {
	if who == "" || note == "" {
		return Payment{}, fault.New(fault.Invalid, "payment.note_needed")
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		p, err = s.attach(ctx, of, id, order, who, note)
		return err
	})
	return p, err
}

func (s *Service) attach(ctx context.Context, of MerchantID, id ReviewID, order OrderID, who, note string) (Payment, error) {
	review, err := s.store.review(ctx, of, id)
	switch {
	case err != nil:
		return Payment{}, err
	case !review.Open:
		return Payment{}, fault.New(fault.Conflict, "payment.review_closed")
	case !slices.Contains(review.Suggested(), AttachTo):
		return Payment{}, fault.New(fault.Invalid, "payment.review_action")
	}
	due, err := s.bothHeld(ctx, review.Order, order)
	if err != nil {
		return Payment{}, err
	}
	if review.Merchant != 0 && due.Merchant != review.Merchant {
		return Payment{}, fault.New(fault.Missing, "payment.missing")
	}
	given, err := s.gives(ctx, review, order, due)
	if err != nil {
		return Payment{}, err
	}
	if given.Minor < due.Amount.Minor {
		err = s.askLess(ctx, order, given)
	} else {
		err = s.clearWay(ctx, order, due)
	}
	if err != nil {
		return Payment{}, err
	}
	if review.Payment == 0 && given.Minor < review.Amount.Minor {
		if review, err = s.takeOver(ctx, review, order, due, who, note); err != nil {
			return Payment{}, err
		}
	}
	p, err := s.take(ctx, review, order, due, given, who, note)
	if err != nil {
		return Payment{}, err
	}
	if rest := review.Amount.Minor - given.Minor; rest > 0 {
		return p, s.store.shrinkReview(ctx, review.ID, rest)
	}
	return p, s.CloseReview(ctx, of, review.ID, who, string(AttachTo)+" "+due.Number+": "+note)
}

// bothHeld locks the order that money came for, if there is one, and the one that is to get it, in the order of their
// ids, so that two people who do the same do not wait for each other. It returns what the latter owes.
func (s *Service) bothHeld(ctx context.Context, from, to OrderID) (due Due, err error) {
	held := []OrderID{from, to}
	slices.Sort(held)
	for _, order := range slices.Compact(held) {
		if order == 0 {
			continue
		}
		said, err := s.orders.Owed(ctx, order)
		if err != nil {
			return Due{}, err
		}
		if order == to {
			due = said
		}
	}
	return due, nil
}

// gives is what of an item's money the order takes: all that it owes, or less where it is paid in parts.
func (s *Service) gives(ctx context.Context, review Review, order OrderID, due Due) (money.Amount, error) {
	given := money.Of(min(due.Amount.Minor, review.Amount.Minor), due.Amount.Currency)
	switch {
	case due.Amount.Currency != review.Amount.Currency:
		return money.Amount{}, fault.New(fault.Conflict, "payment.attach_currency").With("currency", string(due.Amount.Currency))
	case due.Amount.Minor <= 0:
		return money.Amount{}, fault.New(fault.Conflict, "payment.not_due").With("number", due.Number)
	case due.Amount.Minor > review.Amount.Minor:
		byHand, err := s.isPaidByHand(ctx, order, due)
		if err != nil {
			return money.Amount{}, err
		}
		if !byHand {
			return money.Amount{}, fault.New(fault.Conflict, "payment.attach_amount").With("due", due.Amount.String()).With("got", review.Amount.String())
		}
	}
	if review.Payment == 0 {
		return given, nil
	}
	source, err := s.store.lock(ctx, review.Payment)
	if err != nil {
		return money.Amount{}, err
	}
	came, err := s.store.came(ctx, source, true, due.Amount.Currency)
	if err != nil {
		return money.Amount{}, err
	}
	refunds, err := s.store.refunds(ctx, "payment_id = ? order by id", int64(source.ID))
	if err != nil {
		return money.Amount{}, err
	}
	claimed, err := s.store.claimed(ctx, source, true, due.Amount.Currency)
	if err != nil {
		return money.Amount{}, err
	}
	if left(came, true, refunds).Minor-claimed.Minor < given.Minor {
		return money.Amount{}, fault.New(fault.Conflict, "payment.attach_gone")
	}
	return given, nil
}

// takeOver books nobody's money as that of the merchant to whose order a part of it goes: the rest waits in their queue.
func (s *Service) takeOver(ctx context.Context, review Review, order OrderID, due Due, who, note string) (Review, error) {
	said, event, err := s.store.eventOf(ctx, review.ID)
	if err != nil {
		return Review{}, err
	}
	p := Payment{
		Merchant: due.Merchant, Order: order, Gateway: review.Gateway, Key: s.key(), Ref: said.Ref, Live: said.Live, Account: said.Account,
		Status: Settled, Amount: review.Amount, Captured: review.Amount, Closed: true, Opened: s.now(),
	}
	if err := s.store.insert(ctx, &p); err != nil {
		return Review{}, err
	}
	n := Notice{Key: review.Subject, Amount: review.Amount}
	if err := s.store.book(ctx, p, s.now(), strayed(p, n)); err != nil {
		return Review{}, err
	}
	if err := s.CloseReview(ctx, 0, review.ID, who, string(AttachTo)+" "+due.Number+": "+note); err != nil {
		return Review{}, err
	}
	taken := reviewOf(p, n, event, Surplus, "", s.now())
	if err := s.strand(ctx, taken); err != nil {
		return Review{}, err
	}
	id, err := s.store.reviewAbout(ctx, taken)
	if err != nil {
		return Review{}, err
	}
	return s.store.review(ctx, due.Merchant, id)
}

// clearWay ends the order's own attempt to be paid, so that nobody pays it as well.
func (s *Service) clearWay(ctx context.Context, order OrderID, due Due) error {
	working, err := s.store.list(ctx, "order_id = ? and status = 'working' order by id limit 1", int64(order))
	if err != nil {
		return err
	}
	if len(working) > 0 {
		return fault.New(fault.Conflict, "payment.in_progress").With("number", due.Number)
	}
	return s.endAttempts(ctx, order)
}

// take makes the order's payment of the money, books it and tells the order.
func (s *Service) take(ctx context.Context, review Review, order OrderID, due Due, given money.Amount, who, note string) (Payment, error) {
	p := Payment{
		Merchant: due.Merchant, Order: order, Gateway: review.Gateway, Key: s.key(), Status: Settled, Amount: given, Captured: given,
		Closed: true, Opened: s.now(),
	}
	n := Notice{Key: review.Subject, Amount: given}
	var entry Entry
	if review.Payment == 0 { // nobody's money was not booked: there was no merchant to book it for
		said, _, err := s.store.eventOf(ctx, review.ID)
		if err != nil {
			return Payment{}, err
		}
		p.Ref, p.Live, p.Account = said.Ref, said.Live, said.Account
		entry = captured(p, n)
	} else {
		source, err := s.store.one(ctx, "id = ?", int64(review.Payment))
		if err != nil {
			return Payment{}, err
		}
		p.Via, p.Live, p.Account, p.Holder = source.Ref, source.Live, source.Account, source.Holder
		if given == source.Amount {
			p.Tender = source.Tender
		}
		if source.Via != "" {
			p.Via = source.Via
		}
		if p.Seller = source.Seller; p.Seller != "" && source.Amount.Minor > 0 { // its part of what the platform keeps of the whole
			part := min(given.Minor, source.Amount.Minor)
			p.Cut = source.Cut.Split([]int64{part, source.Amount.Minor - part})[0]
			p.Cut.Minor = min(p.Cut.Minor, given.Minor)
		}
		entry = attached(p, review)
	}
	if err := s.store.insert(ctx, &p); err != nil {
		return Payment{}, err
	}
	entries := append([]Entry{entry.inPart(due.isPart(given))}, p.shared(fmt.Sprintf("%s:%d", review.Subject, order))...)
	if err := s.store.book(ctx, p, s.now(), entries...); err != nil {
		return Payment{}, err
	}
	if review.Payment != 0 {
		made := Attachment{review.ID, review.Payment, p.ID, order, review.Subject, given, who, note}
		if err := s.store.insertAttachment(ctx, made, p, s.now()); err != nil {
			return Payment{}, err
		}
	}
	if err := s.orders.MarkPaid(ctx, order, given, who); err != nil {
		return Payment{}, err
	}
	if given.Minor < due.Amount.Minor {
		return p, s.tell(ctx, p, ToldPart)
	}
	return p, s.tell(ctx, p, ToldSettled)
}
