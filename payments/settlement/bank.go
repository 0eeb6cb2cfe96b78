package settlement

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/payments"
	"parley/payments/reconcile"
)

// How long before and after its expected day a payout's line is looked for, when the line does not name the payout.
const (
	bankingBefore = 24 * time.Hour
	bankingAfter  = 5 * 24 * time.Hour
)

// names says whether the line speaks of the payout by its id or by what the processor said that the bank would write;
// words without a digit are of every payout.
func (l Line) names(p Payout) bool {
	for _, name := range []string{p.Payout.ID, p.Descriptor} {
		if name = strings.ToLower(name); len(name) >= 6 && strings.ContainsAny(name, "0123456789") && reconcile.Names(l.Text, name) {
			return true
		}
	}
	return false
}

// fits says whether the line may be the payout's: the same money in its days.
func (l Line) fits(p Payout) bool {
	return l.Amount == p.Amount && !l.Day.Before(p.Arrives.Add(-bankingBefore).Truncate(24*time.Hour)) && !l.Day.After(p.Arrives.Add(bankingAfter)) &&
		(l.Merchant == 0 || p.Merchant == 0 || l.Merchant == p.Merchant)
}

// pair is a payout and the bank's line of it.
type pair struct {
	payout Payout
	line   Line
}

// couple gives lines to payouts, one to one: a line that names exactly one payout, else a line of the same amount and
// currency in the payout's days, when neither has another that fits as well. What is ambiguous stays apart, and is said.
func couple(payouts []Payout, lines []Line) (pairs []pair, ambiguous map[PayoutID]int) {
	usedPayout, usedLine := map[PayoutID]bool{}, map[LineID]bool{}
	join := func(p Payout, l Line) {
		pairs = append(pairs, pair{p, l})
		usedPayout[p.Number], usedLine[l.Number] = true, true
	}
	for _, by := range []func(Line, Payout) bool{Line.names, Line.fits} {
		ofPayout, ofLine := map[PayoutID][]Line{}, map[LineID]int{}
		for _, p := range payouts {
			for _, l := range lines {
				if !usedPayout[p.Number] && !usedLine[l.Number] && l.Amount.Currency == p.Amount.Currency && (l.Amount.Minor < 0) == (p.Amount.Minor < 0) && by(l, p) {
					ofPayout[p.Number] = append(ofPayout[p.Number], l)
					ofLine[l.Number]++
				}
			}
		}
		ambiguous = map[PayoutID]int{}
		for _, p := range payouts {
			switch fitting := ofPayout[p.Number]; {
			case len(fitting) == 1 && ofLine[fitting[0].Number] == 1:
				join(p, fitting[0])
			case len(fitting) > 0:
				ambiguous[p.Number] = len(fitting)
			}
		}
	}
	return pairs, ambiguous
}

// isOfProcessor says whether an unexplained line is worth a person's time: what left the account and does not speak of
// the processor is the shop's own business.
func (l Line) isOfProcessor(gateways []string) bool {
	if l.Amount.Minor > 0 {
		return true
	}
	for _, gateway := range gateways {
		if strings.Contains(l.Text, gateway) {
			return true
		}
	}
	return false
}

// matchBank gives the lines of statements to the payouts that they are of, currency by currency. It reads what is not
// matched and may have to do with a payout; the shop's own business in the bank is left out.
func (s *Service) matchBank(ctx context.Context) error {
	return s.d.InTx(ctx, func(ctx context.Context) error {
		statements, err := s.store.statements(ctx)
		if err != nil {
			return err
		}
		for _, of := range statements {
			if err := s.matchStatement(ctx, of); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) matchStatement(ctx context.Context, of statement) error {
	payouts, err := s.store.payouts(ctx, `p.currency = ? and p.status in ('paid', 'in_transit') and p.amount <> 0 and p.arrives_at >= ? and p.arrives_at <= ?
		and not exists (select 1 from settlement_bank_lines l where l.payout_id = p.id and not l.back) order by p.id`, of.Currency, of.First.Add(-bankingAfter), of.Last.Add(bankingBefore))
	if err != nil {
		return err
	}
	lines, err := s.store.lines(ctx, `l.currency = ? and l.payout_id is null and (l.state = 'queued' or exists (select 1 from settlement_payouts p
		where p.currency = l.currency and p.amount = l.amount and not p.banked)) order by l.id`, of.Currency)
	if err != nil {
		return err
	}
	pairs, ambiguous := couple(payouts, lines)
	for _, one := range pairs {
		if err := s.bank(ctx, one.payout, one.line, Parley); err != nil {
			return err
		}
	}
	if err := s.matchReturns(ctx, of); err != nil {
		return err
	}
	return s.judgeBank(ctx, of, payouts, pairs, ambiguous)
}

// bank says that a line is a payout's, and has the books follow.
func (s *Service) bank(ctx context.Context, p Payout, l Line, _ string) error {
	account, err := s.store.lock(ctx, p.Gateway)
	if err != nil {
		return err
	}
	if p, err = s.store.payout(ctx, "p.id = ?", int64(p.Number)); err != nil {
		return err
	}
	l.Payout, l.State = p.Number, Matched
	if err := s.store.settleLine(ctx, l); err != nil {
		return err
	}
	if l.Amount != p.Amount {
		if err := s.store.open(ctx, s.now(), p.item(reconcile.AmountMismatch, l.Amount.Minor-p.Amount.Minor, "the payout is "+p.Amount.String()+", the bank has "+l.Amount.String())); err != nil {
			return err
		}
	}
	for _, subject := range []string{p.subject(), l.subject()} {
		if err := s.explainWhere(ctx, fmt.Sprintf("the bank's line of %s is payout %s", l.Day.Format(time.DateOnly), p.Payout.ID),
			"i.subject = ? and i.class in ? and i.state = 'open'", subject, []string{string(reconcile.BankMissing), string(reconcile.BankOnly)}); err != nil {
			return err
		}
	}
	p.IsBanked = true
	return s.settlePayout(ctx, account, p)
}

func (l Line) subject() string { return fmt.Sprintf("line:%d", l.Number) }

// matchReturns gives lines that take money out again to failed payouts that had come.
func (s *Service) matchReturns(ctx context.Context, of statement) error {
	failed, err := s.store.payouts(ctx, `p.currency = ? and p.status in ('failed', 'canceled') and p.amount <> 0 and not exists (select 1 from settlement_bank_lines l where l.payout_id = p.id and l.back) order by p.id`, of.Currency)
	if err != nil || len(failed) == 0 {
		return err
	}
	lines, err := s.store.lines(ctx, `l.currency = ? and l.payout_id is null and (l.state = 'queued' or exists (select 1 from settlement_payouts p
		where p.currency = l.currency and p.amount = -l.amount and p.status in ('failed', 'canceled'))) order by l.id`, of.Currency)
	if err != nil {
		return err
	}
	for _, p := range failed {
		came, back := -1, -1
		for i, l := range lines {
			near := !l.Day.Before(p.Arrives.Add(-bankingBefore).Truncate(24*time.Hour)) && !l.Day.After(p.Arrives.Add(payoutTail))
			switch {
			case l.Payout != 0 || !near && !l.names(p):
			case l.Amount == p.Amount && came < 0:
				came = i
			case l.Amount == p.Amount.Negated() && back < 0:
				back = i
			}
		}
		if came < 0 || back < 0 {
			continue
		}
		for _, at := range []int{came, back} {
			l := &lines[at]
			l.Payout, l.State, l.IsBack = p.Number, Matched, at == back
			if err := s.store.settleLine(ctx, *l); err != nil {
				return err
			}
			if err := s.explainWhere(ctx, "of payout "+p.Payout.ID+", which failed", "i.subject = ? and i.state = 'open'", l.subject()); err != nil {
				return err
			}
		}
	}
	return nil
}

// judgeBank queues lines without a payout, and payouts without a line although the statement covers their days.
func (s *Service) judgeBank(ctx context.Context, of statement, payouts []Payout, pairs []pair, ambiguous map[PayoutID]int) error {
	matched := map[PayoutID]bool{}
	for _, one := range pairs {
		matched[one.payout.Number] = true
	}
	for _, p := range payouts {
		if matched[p.Number] || p.Status != payments.PayoutPaid {
			continue
		}
		detail := "due on " + p.Arrives.Format(time.DateOnly) + ", and the bank has no line for it"
		if n := ambiguous[p.Number]; n > 0 {
			detail = fmt.Sprintf("due on %s, and it can't be told which of %d lines that fit is its", p.Arrives.Format(time.DateOnly), n)
		} else if p.Arrives.Add(bankingAfter).After(of.Last) || p.Arrives.Before(of.First) {
			continue // the statement does not reach so far
		}
		if err := s.store.open(ctx, s.now(), p.item(reconcile.BankMissing, p.Amount.Minor, detail)); err != nil {
			return err
		}
	}
	lines, err := s.store.lines(ctx, "l.currency = ? and l.payout_id is null and l.state = 'queued' order by l.id", of.Currency)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if err := s.store.open(ctx, s.now(), Item{
			Merchant: l.Merchant, Class: reconcile.BankOnly, Subject: l.subject(), Amount: l.Amount, Since: l.Day, Detail: "no payout explains the line of " + l.Day.Format(time.DateOnly),
		}); err != nil {
			return err
		}
	}
	return nil
}
