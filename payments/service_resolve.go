package payments

import (
	"context"
	"fmt"
	"slices"

	"parley/catalog/fault"
	"parley/migrations/db"
)

// ByTime executes what a merchant wants to happen by itself.
const ByTime = "time"

// Action is what can be done about an item of the review queue.
type Action string

// The actions.
const (
	AttachTo Action = "attach"    // the money is given to an order that owes it: Attach
	GiveBack Action = "refund"    // the money goes back to the buyer
	WriteOff Action = "write_off" // nobody will claim it: it leaves the books' unmatched money, or the debt
	TakeNote Action = "note"      // it was dealt with outside of here: CloseReview does the same
)

// Suggested are the actions that fit an item, the best first.
func (r Review) Suggested() []Action {
	switch {
	case r.Amount.Minor <= 0:
		return []Action{TakeNote}
	case r.Payment == 0 && r.Reason == UnknownPayment:
		return []Action{AttachTo, TakeNote}
	case r.Payment == 0:
		return []Action{TakeNote}
	}
	switch r.Reason {
	case WrongAmount, WrongCurrency:
		return []Action{AttachTo, GiveBack, WriteOff, TakeNote}
	case OrderRefused, SecondCapture:
		return []Action{GiveBack, AttachTo, WriteOff, TakeNote}
	case RefundCameBack:
		return []Action{GiveBack, WriteOff, TakeNote}
	}
	return []Action{TakeNote} // of another mode or account, or done at the processor's: nothing here can change it
}

// Resolve does what an item suggests and takes it off the queue, in one transaction; Attach is its like for AttachTo,
// which needs an order. It fails with fault.Missing,
// with fault.Invalid (payment.note_needed, payment.review_action), and with fault.Conflict: payment.review_closed,
// and what GrantRefund fails with.
func (s *Service) Resolve(ctx context.Context, merchant MerchantID, id ReviewID, action Action, who, note string) error {
	if who == "" || note == "" {
		return fault.New(fault.Invalid, "payment.note_needed")
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		review, err := s.store.review(ctx, merchant, id)
		if err != nil {
			return err
		}
		if err := s.CloseReview(ctx, merchant, id, who, string(action)+": "+note); err != nil {
			return err
		}
		for _, suggested := range review.Suggested() {
			if suggested == action && action == TakeNote {
				return nil
			}
			if suggested == action && action != AttachTo {
				return s.act(ctx, review, action, who, note)
			}
		}
		return fault.New(fault.Invalid, "payment.review_action")
	})
}

func (s *Service) act(ctx context.Context, review Review, action Action, who, note string) error {
	cameBack := review.Reason == RefundCameBack
	stray := !cameBack
	if cameBack {
		failed, err := s.store.refund(ctx, "payment_id = ? and idem_key = ?", int64(review.Payment), review.Subject)
		if err == nil {
			stray = failed.Stray
		} else if fault.KindOf(err) != fault.Missing {
			return err
		}
	}
	if action == GiveBack {
		_, err := s.grant(ctx, RefundAsk{
			Merchant: review.Merchant, Order: review.Order, Payment: review.Payment, Stray: stray, Amount: review.Amount,
			Reason: note, Request: fmt.Sprintf("review:%d", review.ID), Who: who,
		})
		return err
	}
	if _, err := s.orders.Owed(ctx, review.Order); err != nil {
		return err
	}
	p, err := s.store.lock(ctx, review.Payment)
	if err != nil {
		return err
	}
	from := Unmatched
	if cameBack && !stray {
		from = Owed
		owed, err := s.store.owed(ctx, p, review.Amount.Currency)
		if err != nil || owed.Minor < review.Amount.Minor {
			return err // it never left, or was paid off: nothing is owed
		}
	}
	entry := Entry{Source: p.source(), Key: fmt.Sprintf("write_off:%d", review.ID), Reason: reasonOff, Moves: []Move{{WrittenOff, from, review.Amount}}}
	return s.store.book(ctx, p, s.now(), entry)
}

// strandedKind is the kind of job that gives stranded money back when nobody has dealt with it.
const strandedKind = "payments.stranded"

type stranded struct {
	Merchant MerchantID `json:"merchant"`
	Review   ReviewID   `json:"review"`
}

// strand opens an item and promises that its money goes back by itself, where the merchant wants that.
func (s *Service) strand(ctx context.Context, r Review) error {
	if err := s.store.openReview(ctx, r); err != nil {
		return err
	}
	if r.Merchant == 0 || r.Reason == RefundCameBack || !slices.Contains(r.Suggested(), GiveBack) {
		return nil
	}
	rules, err := s.store.rules(ctx, r.Merchant)
	if err != nil || rules.Stranded <= 0 {
		return err
	}
	id, err := s.store.reviewAbout(ctx, r)
	if err != nil || id == 0 {
		return err
	}
	return s.d.Promise(ctx, db.Job{Kind: strandedKind, Key: fmt.Sprintf("%s:%d", strandedKind, id), RunAt: s.now().Add(rules.Stranded)}.With(stranded{r.Merchant, id}))
}

// giveUp keeps a strandedKind.
func (s *Service) giveUp(ctx context.Context, job db.Job) error {
	var args stranded
	if err := job.Decode(&args); err != nil {
		return db.Hopeless{Why: err}
	}
	err := s.Resolve(ctx, args.Merchant, args.Review, GiveBack, ByTime, "nobody has dealt with it in time")
	if fault.KindOf(err) == fault.Conflict {
		return nil // somebody has, or nothing is left to go back
	}
	return err
}
