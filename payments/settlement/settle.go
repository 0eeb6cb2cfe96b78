package settlement

import (
	"context"
	"fmt"
	"time"

	"parley/payments"
	"parley/payments/reconcile"
)

// Settle looks again at everything that waits: rows that the books may know by now, payouts whose rows may be
// complete, lines of the bank, and captures and refunds that the processor should have told of. Settling again changes
// nothing.
func (s *Service) Settle(ctx context.Context, gateway string) error {
	for _, step := range []func(context.Context, string) error{s.retry, s.settlePayouts, s.sweep} {
		if err := step(ctx, gateway); err != nil {
			return err
		}
	}
	return s.matchBank(ctx)
}

// retry judges rows again that are in the queue and not in the books: their payment may have been heard of since.
func (s *Service) retry(ctx context.Context, gateway string) error {
	for after, more := RowID(0), true; more; {
		err := s.d.InTx(ctx, func(ctx context.Context) error {
			account, err := s.store.lock(ctx, gateway)
			if err != nil {
				return err
			}
			rows, err := s.store.rows(ctx, `t.gateway = ? and t.state = 'queued' and not t.booked and t.id > ?
				and exists (select 1 from settlement_items i where i.gateway = t.gateway and i.subject = 'txn:' || t.txn and i.state = 'open') order by t.id limit ?`, gateway, int64(after), s.batch)
			more = len(rows) == s.batch
			if err != nil || len(rows) == 0 {
				return err
			}
			after = rows[len(rows)-1].Number
			return s.judgeAgain(ctx, account, rows)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// judgeAgain judges rows that are stored, and has the books follow those that turned out to be something else.
func (s *Service) judgeAgain(ctx context.Context, account Account, rows []Row) error {
	verdicts, err := s.judgeAll(ctx, account, rows)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		if !v.row.IsBooked {
			continue
		}
		var still []reconcile.Class
		for _, item := range v.items {
			still = append(still, item.Class)
		}
		if err := s.store.settle(ctx, v.row); err != nil {
			return err
		}
		if err := s.store.explain(ctx, s.now(), v.row.Gateway, v.row.subject(), "the books have it by now", still...); err != nil {
			return err
		}
		if err := s.carryOut(ctx, []verdict{v}); err != nil {
			return err
		}
		if err := s.resettle(ctx, account, v.row); err != nil {
			return err
		}
	}
	return nil
}

// resettle books what of payouts has become somebody's with a row.
func (s *Service) resettle(ctx context.Context, account Account, r Row) error {
	of, err := s.store.payouts(ctx, `p.gateway = ? and p.itemised <> 'no' and (p.payout = ? or exists (select 1 from settlement_assumed a where a.payout_id = p.id and a.transaction_id = ?))`,
		r.Gateway, r.Payout, int64(r.Number))
	if err != nil {
		return err
	}
	for _, p := range of {
		if err := s.settlePayout(ctx, account, p); err != nil {
			return err
		}
	}
	return nil
}

// settlePayouts looks again at payouts that are not followed to their end.
func (s *Service) settlePayouts(ctx context.Context, gateway string) error {
	for after, more := PayoutID(0), true; more; {
		err := s.d.InTx(ctx, func(ctx context.Context) error {
			account, err := s.store.lock(ctx, gateway)
			if err != nil {
				return err
			}
			page, err := s.store.payouts(ctx, "p.gateway = ? and p.id > ? and p.returned_at is null and (p.itemised = 'no' or not p.banked and p.status = 'paid' and ?) order by p.created_at, p.id limit 100",
				gateway, int64(after), account.PaidIsBanked)
			more = len(page) == 100
			for _, p := range page {
				after = max(after, p.Number)
				if err := s.settlePayout(ctx, account, p); err != nil {
					return err
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// bookedEntry is something that the books say happened at a processor.
type bookedEntry struct {
	ID, MerchantID, PaymentID, OrderID int64
	BusinessKey, Reason                string
	Amount                             int64
	Currency                           string
	At                                 time.Time
}

// sweep goes through what the books have and queues what the processor's list lacks although it should be there.
func (s *Service) sweep(ctx context.Context, gateway string) error {
	for more := true; more; {
		err := s.d.InTx(ctx, func(ctx context.Context) error {
			account, err := s.store.lock(ctx, gateway)
			if err != nil || account.ReadTo.IsZero() {
				more = false
				return err
			}
			entries, err := s.store.toSweep(ctx, account, 500)
			if err != nil {
				return err
			}
			more = len(entries) == 500
			for _, e := range entries {
				account.sweptTo = e.ID
				if err := s.sweepEntry(ctx, account, e); err != nil {
					return err
				}
			}
			return s.store.updateAccount(ctx, account)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) sweepEntry(ctx context.Context, account Account, e bookedEntry) error {
	if e.At.Before(account.CoveredFrom) {
		return nil
	}
	taken, err := s.store.taken(ctx, account.Gateway, []string{e.BusinessKey})
	if err != nil || taken[e.BusinessKey] {
		return err
	}
	item := Item{
		Merchant: payments.MerchantID(e.MerchantID), Gateway: account.Gateway, Class: reconcile.LedgerOnly, Subject: fmt.Sprintf("entry:%d", e.ID),
		Amount: amountOf(e.Amount, e.Currency), Order: payments.OrderID(e.OrderID), Payment: payments.PaymentID(e.PaymentID), Since: e.At,
		Detail: "the books have " + e.BusinessKey + ", and the processor has no balance transaction for it",
	}
	switch kind, id := cutKey(e.BusinessKey); kind {
	case "capture", "exchange":
		item.Charge = id
	default:
		item.Refund = id
	}
	return s.store.open(ctx, s.now(), item)
}
