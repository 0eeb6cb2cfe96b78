package settlement

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/catalog/money"
	"parley/payments"
	"parley/payments/reconcile"
)

// QueueAsk says which items of the queue are wanted. What is zero does not matter.
type QueueAsk struct {
	Merchant payments.MerchantID
	Nobodys  bool // only those of nobody; Merchant does not matter then
	Class    reconcile.Class
	Gateway  string
	Standing Standing      // empty: open ones; All: whatever
	Older    time.Duration // at least so old
	Before   time.Time     // about money that moved before
	After    ItemID        // a cursor: the number of the last item of the page before
	Limit    int           // 1 to 200; 0: 50
}

// All asks for items however they stand.
const All Standing = "all"

func (s *Service) queueWhere(ask QueueAsk) (string, []any) {
	where, args := []string{"i.id > ?"}, []any{int64(ask.After)}
	and := func(condition string, arg any) { where, args = append(where, condition), append(args, arg) }
	switch {
	case ask.Nobodys:
		where = append(where, "i.merchant_id is null")
	case ask.Merchant != 0:
		and("i.merchant_id = ?", int64(ask.Merchant))
	}
	if ask.Standing == "" {
		ask.Standing = Open
	}
	if ask.Standing != All {
		and("i.state = ?", string(ask.Standing))
	}
	if ask.Class != "" {
		and("i.class = ?", string(ask.Class))
	}
	if ask.Gateway != "" {
		and("i.gateway = ?", ask.Gateway)
	}
	if ask.Older > 0 {
		and("i.since <= ?", s.now().Add(-ask.Older))
	}
	if !ask.Before.IsZero() {
		and("i.since < ?", ask.Before.UTC().Truncate(time.Microsecond))
	}
	return strings.Join(where, " and "), args
}

// Queue is a page of the queue, in the order in which things came into it.
func (s *Service) Queue(ctx context.Context, ask QueueAsk) ([]Item, error) {
	where, args := s.queueWhere(ask)
	if ask.Limit == 0 {
		ask.Limit = 50
	}
	return s.store.items(ctx, where+" order by i.id limit ?", append(args, min(max(ask.Limit, 1), 200))...)
}

// Item is one with what was decided about it, oldest first; of a merchant, or any when that is zero. It fails with
// fault.Missing.
func (s *Service) Item(ctx context.Context, merchant payments.MerchantID, id ItemID) (Item, []Decision, error) {
	var item Item
	err := s.d.InTx(ctx, func(ctx context.Context) (err error) {
		item, err = s.store.item(ctx, id)
		return err
	})
	if err == nil && merchant != 0 && item.Merchant != merchant {
		err = errItemMissing()
	}
	if err != nil {
		return Item{}, nil, err
	}
	decisions, err := s.store.decisions(ctx, id)
	return item, decisions, err
}

// QueueTotal is what of one class and currency is in the queue.
type QueueTotal struct {
	Class  reconcile.Class
	Count  int64
	Amount money.Amount // signed amounts, added up
	Oldest time.Time    // when the money of the oldest moved
}

// QueueTotals add up the items that an ask selects, by class and currency; its cursor and limit do not matter.
func (s *Service) QueueTotals(ctx context.Context, ask QueueAsk) ([]QueueTotal, error) {
	ask.After = 0
	where, args := s.queueWhere(ask)
	var rows []struct {
		Class, Currency string
		Count, Amount   int64
	}
	err := s.d.On(ctx).Raw(`select i.class, i.currency, count(*) as count, cast(sum(i.amount) as bigint) as amount from settlement_items i where `+where+
		` group by i.class, i.currency order by i.class, i.currency`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("add up the queue: %w", err)
	}
	all := make([]QueueTotal, len(rows))
	for i, row := range rows {
		all[i] = QueueTotal{Class: reconcile.Class(row.Class), Count: row.Count, Amount: amountOf(row.Amount, row.Currency)}
		oldest, err := s.store.items(ctx, where+" and i.class = ? and i.currency = ? order by i.since limit 1", append(append([]any{}, args...), row.Class, row.Currency)...)
		if err != nil {
			return nil, err
		}
		if len(oldest) > 0 {
			all[i].Oldest = oldest[0].Since
		}
	}
	return all, nil
}

// RowsAsk says which balance transactions are wanted. What is zero does not matter.
type RowsAsk struct {
	Merchant payments.MerchantID
	Gateway  string
	From, To time.Time // made from, to before
	Payout   string    // those that went out with it
	Charge   string
	After    RowID // a cursor: the number of the last row of the page before
	Limit    int   // 1 to 1000; 0: 200
}

// Rows is a page of balance transactions, in the order in which they were stored.
func (s *Service) Rows(ctx context.Context, ask RowsAsk) ([]Row, error) {
	where, args := []string{"t.id > ?"}, []any{int64(ask.After)}
	and := func(condition string, arg any) { where, args = append(where, condition), append(args, arg) }
	if ask.Merchant != 0 {
		and("t.merchant_id = ?", int64(ask.Merchant))
	}
	if ask.Gateway != "" {
		and("t.gateway = ?", ask.Gateway)
	}
	if !ask.From.IsZero() {
		and("t.created_at >= ?", ask.From.UTC().Truncate(time.Microsecond))
	}
	if !ask.To.IsZero() {
		and("t.created_at < ?", ask.To.UTC().Truncate(time.Microsecond))
	}
	if ask.Payout != "" {
		and("t.payout = ?", ask.Payout)
	}
	if ask.Charge != "" {
		and("t.charge = ?", ask.Charge)
	}
	if ask.Limit == 0 {
		ask.Limit = 200
	}
	return s.store.rows(ctx, strings.Join(where, " and ")+" order by t.id limit ?", append(args, min(max(ask.Limit, 1), 1000))...)
}

// PayoutsAsk says which payouts are wanted. What is zero does not matter.
type PayoutsAsk struct {
	Merchant payments.MerchantID // those that a part of is theirs
	Gateway  string
	From, To time.Time // made from, to before
	After    PayoutID  // a cursor: the number of the last payout of the page before
	Limit    int       // 1 to 200; 0: 50
}

// PayoutView is a payout, what of it is a merchant's, and the bank's line of it.
type PayoutView struct {
	Payout
	Rows  int64
	Gross money.Amount // what its rows add up to, all merchants' together
	Fee   money.Amount
	Net   money.Amount
	Share money.Amount // what is the merchant's that was asked for, as the books have it; of all when none was
	Line  *Line        // the bank's; nil: none
}

// Payouts is a page of payouts, in the order in which they were stored.
func (s *Service) Payouts(ctx context.Context, ask PayoutsAsk) ([]PayoutView, error) {
	where, args := []string{"p.id > ?"}, []any{int64(ask.After)}
	and := func(condition string, arg any) { where, args = append(where, condition), append(args, arg) }
	if ask.Merchant != 0 {
		and("exists (select 1 from settlement_shares s where s.payout_id = p.id and s.merchant_id = ?)", int64(ask.Merchant))
	}
	if ask.Gateway != "" {
		and("p.gateway = ?", ask.Gateway)
	}
	if !ask.From.IsZero() {
		and("p.created_at >= ?", ask.From.UTC().Truncate(time.Microsecond))
	}
	if !ask.To.IsZero() {
		and("p.created_at < ?", ask.To.UTC().Truncate(time.Microsecond))
	}
	if ask.Limit == 0 {
		ask.Limit = 50
	}
	page, err := s.store.payouts(ctx, strings.Join(where, " and ")+" order by p.id limit ?", append(args, min(max(ask.Limit, 1), 200))...)
	if err != nil {
		return nil, err
	}
	views := make([]PayoutView, len(page))
	for i, p := range page {
		if views[i], err = s.view(ctx, ask.Merchant, p); err != nil {
			return nil, err
		}
	}
	return views, nil
}

func (s *Service) view(ctx context.Context, merchant payments.MerchantID, p Payout) (PayoutView, error) {
	sum, err := s.store.sums(ctx, p)
	if err != nil {
		return PayoutView{}, err
	}
	c := p.Amount.Currency
	v := PayoutView{Payout: p, Rows: sum.Rows, Gross: money.Of(sum.Gross, c), Fee: money.Of(sum.Fee, c), Net: money.Of(sum.Net, c), Share: money.Of(0, c)}
	all, err := s.store.portions(ctx, p)
	if err != nil {
		return v, err
	}
	for _, one := range all {
		if merchant == 0 || one.merchant == merchant {
			v.Share.Minor += one.amount
		}
	}
	lines, err := s.store.lines(ctx, "l.payout_id = ? and not l.back", int64(p.Number))
	if len(lines) > 0 {
		v.Line = &lines[0]
	}
	return v, err
}

// Accounts are the processors' balances that are followed.
func (s *Service) Accounts(ctx context.Context) ([]Account, error) { return s.store.accounts(ctx) }

// Own says whose a processor's account is: what belongs to no payment is theirs. Zero: nobody's. It holds for what
// is brought in from then on.
func (s *Service) Own(ctx context.Context, gateway string, owner payments.MerchantID) error {
	return s.mark(ctx, gateway, func(a *Account) { a.Owner = owner })
}

// PaidIsBanked says whether a payout that the processor calls paid is in the bank, as far as the books go, without a
// line of the bank that says so.
func (s *Service) PaidIsBanked(ctx context.Context, gateway string, yes bool) error {
	return s.mark(ctx, gateway, func(a *Account) { a.PaidIsBanked = yes })
}

// Balance is how a processor's balance and the books go together in one currency.
type Balance struct {
	Gateway   string
	Currency  money.Currency
	Processor money.Amount // what its rows add up to
	Books     money.Amount // the clearing accounts of all merchants
}

// Balances are the processors' balances as their rows add up, beside the clearing accounts of the books. They differ by
// what the processor has not told yet and by what is in the queue and not in the books.
func (s *Service) Balances(ctx context.Context) ([]Balance, error) {
	var rows []struct {
		Gateway, Currency string
		Processor, Books  int64
	}
	err := s.d.On(ctx).Raw(`select gateway, currency, cast(sum(processor) as bigint) as processor, cast(sum(books) as bigint) as books from (
			select gateway, currency, net as processor, 0 as books from settlement_transactions
			union all select a.gateway, p.currency, 0, case when p.to_account = 'clearing:' || a.gateway then p.amount else -p.amount end
				from settlement_accounts a join ledger_postings p on p.to_account = 'clearing:' || a.gateway or p.from_account = 'clearing:' || a.gateway
		) as moved group by gateway, currency order by gateway, currency`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("add up balances: %w", err)
	}
	all := make([]Balance, len(rows))
	for i, row := range rows {
		all[i] = Balance{row.Gateway, money.Currency(row.Currency), amountOf(row.Processor, row.Currency), amountOf(row.Books, row.Currency)}
	}
	return all, nil
}
