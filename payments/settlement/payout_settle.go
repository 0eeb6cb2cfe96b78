package settlement

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
	"parley/payments/reconcile"
)

// hearPayout stores how a payout stands, as it was listed. Old news changes nothing: a payout that failed stays so.
func (s *Service) hearPayout(ctx context.Context, gateway string, told payments.Payout) error {
	return s.d.InTx(ctx, func(ctx context.Context) error {
		account, err := s.store.lock(ctx, gateway)
		if err != nil {
			return err
		}
		p, err := s.storePayout(ctx, gateway, told)
		if err != nil {
			return err
		}
		return s.settlePayout(ctx, account, p)
	})
}

// storePayout writes what was told of a payout under the account's lock, and reads what is known of it.
func (s *Service) storePayout(ctx context.Context, gateway string, told payments.Payout) (Payout, error) {
	if !isKnown(told.Amount.Currency) {
		return Payout{}, s.store.open(ctx, s.now(), Item{
			Gateway: gateway, Class: reconcile.Unknown, Subject: "payout:" + told.ID, Amount: told.Amount, Payout: told.ID, Since: told.Created,
			Detail: "the currency of the payout is not in ISO 4217",
		})
	}
	if err := s.store.insertPayout(ctx, Payout{Gateway: gateway, Payout: told, isListed: true}); err != nil {
		return Payout{}, err
	}
	p, err := s.store.payout(ctx, "p.gateway = ? and p.payout = ?", gateway, told.ID)
	if err != nil {
		return Payout{}, err
	}
	if p.isOver() && told.Status != payments.PayoutFailed && told.Status != payments.PayoutCanceled {
		told.Status = p.Status
	}
	if told.Arrives.IsZero() {
		told.Arrives = p.Arrives
	}
	told.Created, told.Reconciled = p.Created, told.Reconciled || p.Reconciled
	if told.Returned == "" {
		told.Returned = p.Returned
	}
	if told.Descriptor == "" {
		told.Descriptor = p.Descriptor
	}
	if p.isListed && told.Amount != p.Amount {
		err = s.store.open(ctx, s.now(), p.item(reconcile.AmountMismatch, told.Amount.Minor-p.Amount.Minor, "the processor says "+told.Amount.String()+" now"))
		told.Amount = p.Amount
	}
	p.Payout, p.isListed = told, true
	return p, err
}

// meetPayout learns of a payout from its own balance transaction: that it was made, or that it came back.
func (s *Service) meetPayout(ctx context.Context, r Row) error {
	id := r.Source
	if id == "" {
		id = r.Payout
	}
	if id == "" {
		return nil
	}
	back := r.Kind == reconcile.PayoutReversalKind
	amount := r.Gross.Negated()
	if back {
		amount = r.Gross
	}
	made := payments.Payout{ID: id, Status: payments.PayoutInTransit, Amount: amount, Automatic: true, Created: r.Created, Arrives: r.Available}
	if err := s.store.insertPayout(ctx, Payout{Gateway: r.Gateway, Payout: made}); err != nil || !back {
		return err
	}
	p, err := s.store.payout(ctx, "p.gateway = ? and p.payout = ?", r.Gateway, id)
	if err != nil {
		return err
	}
	if !p.isOver() {
		p.Status = payments.PayoutFailed
	}
	if p.Returned == "" {
		p.Returned = r.Transaction.ID
	}
	account, err := s.store.lock(ctx, r.Gateway)
	if err != nil {
		return err
	}
	return s.settlePayout(ctx, account, p)
}

// settlePayout has the books follow a payout as far as it is known, under the account's lock.
func (s *Service) settlePayout(ctx context.Context, account Account, p Payout) error {
	if p.Number == 0 {
		return nil // of a currency that nobody knows
	}
	if err := s.itemise(ctx, account, &p); err != nil {
		return err
	}
	p.IsBanked = p.IsBanked || account.PaidIsBanked && p.Status == payments.PayoutPaid
	if p.isOver() {
		p.IsBack = true
		detail := "the payout failed, the money went back to the balance"
		if p.Status == payments.PayoutCanceled {
			detail = "the payout was cancelled, the money went back to the balance"
		}
		if err := s.store.open(ctx, s.now(), p.item(reconcile.PayoutFailed, p.Amount.Minor, detail)); err != nil {
			return err
		}
	}
	more, err := s.bookPayout(ctx, &p)
	if err != nil {
		return err
	}
	if err := s.store.updatePayout(ctx, p, s.now()); err != nil || !more || !p.isOver() {
		return err
	}
	back, err := s.store.rows(ctx, "t.gateway = ? and t.source = ? and t.kind = ?", p.Gateway, p.Payout.ID, reconcile.PayoutReversalKind.String())
	for _, row := range back { // it went out again with another payout, perhaps, and is known now to be somebody's
		if err := s.resettle(ctx, account, row); err != nil {
			return err
		}
	}
	return err
}

// bookPayout shares a payout among the merchants whose rows it consists of, and posts what the books lack; it says
// whether more of it has become somebody's.
func (s *Service) bookPayout(ctx context.Context, p *Payout) (grown bool, err error) {
	all, err := s.store.portions(ctx, *p)
	if err != nil {
		return false, err
	}
	if p.Itemised != NotItemised {
		if err := s.store.updatePayout(ctx, *p, s.now()); err != nil {
			return false, err
		}
		due, err := s.store.due(ctx, *p)
		if err != nil {
			return false, err
		}
		for _, more := range portions(due, all) {
			if err := s.store.insertPortion(ctx, *p, more); err != nil {
				return false, err
			}
			all, grown = append(all, more), true
		}
	}
	p.Merchant = 0
	for i, one := range all {
		if i == 0 {
			p.Merchant = one.merchant
		} else if one.merchant != p.Merchant {
			p.Merchant = 0
			break
		}
	}
	for _, one := range all {
		if err := s.books.Post(ctx, payments.Posting{Merchant: one.merchant, Entries: p.entries(one)}); err != nil {
			return false, err
		}
	}
	return grown, nil
}

// itemise finds out which rows a payout consists of: those that say so, once the processor says that they are
// complete or they add up; else, of a manual or instant one, the oldest available money.
func (s *Service) itemise(ctx context.Context, account Account, p *Payout) error {
	if p.Itemised == Assumed {
		return nil
	}
	known, err := s.store.sums(ctx, *p)
	if err != nil {
		return err
	}
	switch {
	case known.Rows > 0 && (p.Reconciled || known.Net == p.Amount.Minor):
		p.Itemised = ByProcessor
		if items := p.judgeSums(known); len(items) > 0 {
			return s.store.open(ctx, s.now(), items...)
		}
		return s.store.explain(ctx, s.now(), p.Gateway, p.subject(), "its rows add up", reconcile.PayoutFailed, reconcile.BankMissing)
	case p.isOver():
		return nil // nobody needs to know any more
	case p.Automatic || known.Rows > 0 || account.ReadTo.Before(p.Created):
		return s.stillUnsaid(ctx, *p)
	}
	if earlier, err := s.store.payouts(ctx, `p.gateway = ? and p.automatic and p.itemised = 'no' and p.status not in ('failed', 'canceled') and p.created_at <= ? order by p.id limit 1`,
		p.Gateway, p.Created); err != nil || len(earlier) > 0 {
		return err // what that one took is not known yet
	}
	return s.assume(ctx, p)
}

// unsaid is how long after a payout was due the processor may still say which rows it consists of.
const unsaid = 5 * 24 * time.Hour

// stillUnsaid queues a payout whose rows should be known by now.
func (s *Service) stillUnsaid(ctx context.Context, p Payout) error {
	if s.now().Before(p.Arrives.Add(unsaid)) {
		return nil
	}
	return s.store.open(ctx, s.now(), p.item(reconcile.PayoutNotItemised, p.Amount.Minor, "the processor has not said which rows it consists of, or they do not add up"))
}

// assume takes the oldest available money for what a payout consists of, and says that it is an assumption.
func (s *Service) assume(ctx context.Context, p *Payout) error {
	var taken []available
	rest := p.Amount.Minor
	for offset := 0; rest != 0; offset += 1000 {
		page, err := s.store.available(ctx, *p, 1000, offset)
		if err != nil {
			return err
		}
		var more []available
		more, rest = oldest(rest, page)
		taken = append(taken, more...)
		if len(page) < 1000 {
			break
		}
	}
	if rest != 0 {
		return s.store.open(ctx, s.now(), p.item(reconcile.PayoutNotItemised, p.Amount.Minor,
			"nothing says which rows it consists of, and there is "+money.Of(rest, p.Amount.Currency).String()+" too little available for it"))
	}
	p.Itemised = Assumed
	if err := s.store.assume(ctx, *p, taken); err != nil {
		return err
	}
	return s.store.open(ctx, s.now(), p.item(reconcile.PayoutNotItemised, p.Amount.Minor,
		fmt.Sprintf("nothing says which rows it consists of; taken for the oldest available money, %d rows", len(taken))))
}

// PayoutChanged hears that a payout was made or is another one by now, in the transaction that keeps the news, and
// promises to bring in what it consists of. Hearing the same again changes nothing.
func (s *Service) PayoutChanged(ctx context.Context, gateway string, live bool, account string, told payments.Payout) error {
	if processor, err := s.books.Settling(gateway); err == nil {
		if moded, knows := processor.(payments.Moded); knows && moded.Live() != live {
			return nil // of the other mode: not this balance
		}
	}
	if account != "" {
		return nil // of a seller's own balance, which is not followed here
	}
	if err := s.hearPayout(ctx, gateway, told); err != nil {
		return err
	}
	if !told.Reconciled {
		return nil
	}
	return s.d.Promise(ctx, pullJob(gateway, "payout:"+told.ID))
}

// Payout is one by the processor's id; fault.Missing when there is none.
func (s *Service) Payout(ctx context.Context, gateway, id string) (Payout, error) {
	p, err := s.store.payout(ctx, "p.gateway = ? and p.payout = ?", gateway, id)
	if fault.KindOf(err) == fault.Missing {
		return Payout{}, fault.New(fault.Missing, "settlement.payout_missing").With("payout", id)
	}
	return p, err
}
