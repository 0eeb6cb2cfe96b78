package payments

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
)

// Sealing comes after booking. A hash that covers the entry before it would have each checkout of a shop wait for
// the last one's commit; so entries are booked as they come and sealed a little later, in batches, by whoever holds
// the mark. On PostgreSQL an entry can be seen after one with a higher id: it is sealed after it, since a chain's
// order is its own. An entry that is not sealed yet could be removed by somebody who gets around the triggers
// within seconds; later ones can't, without every hash after it being wrong.
const (
	sealBatch = 500
	// sealSettled is how old an entry is before the mark passes it: no transaction is open for so long.
	sealSettled = 10 * time.Minute
)

// Seal seals the entries that are not sealed yet and brings the balances up to them; it says how many those were.
// Replicas take turns.
func (s *Service) Seal(ctx context.Context) (sealed int, err error) {
	for {
		count := 0
		err := s.d.InTx(ctx, func(ctx context.Context) error {
			count, err = s.sealBatch(ctx)
			return err
		})
		sealed += count
		if err != nil || count < sealBatch {
			return sealed, err
		}
	}
}

func (s *Service) sealBatch(ctx context.Context) (int, error) {
	upto, err := s.store.sealMark(ctx)
	if err != nil {
		return 0, err
	}
	entries, err := s.store.unsealed(ctx, upto, sealBatch)
	if err != nil {
		return 0, err
	}
	through := int64(math.MaxInt64)
	if len(entries) == sealBatch { // there may be more, which are not sealed yet
		through = entries[len(entries)-1].id
	}
	if err := s.store.moveMark(ctx, upto, through, s.now().Add(-sealSettled)); err != nil {
		return 0, err
	}
	return len(entries), s.seal(ctx, entries)
}

// seal puts entries at the ends of their merchants' chains; the mark is locked.
func (s *Service) seal(ctx context.Context, entries []booked) error {
	if len(entries) == 0 {
		return nil
	}
	var merchants []int64
	changes := map[place]int64{}
	for _, one := range entries {
		merchants = append(merchants, int64(one.merchant))
		one.tally(changes)
	}
	heads, err := s.store.heads(ctx, merchants)
	if err != nil {
		return err
	}
	links := make([]link, len(entries))
	for i, one := range entries {
		head := heads[one.merchant]
		links[i] = link{int64(one.merchant), head.Position + 1, one.seal(head.Hash)}
		heads[one.merchant] = links[i]
	}
	if err := s.store.append(ctx, links, entries); err != nil {
		return err
	}
	return s.store.change(ctx, changes)
}

// tally adds what an entry moved.
func (b booked) tally(changes map[place]int64) {
	for _, move := range b.Moves {
		changes[place{b.merchant, move.From, move.Amount.Currency}] -= move.Amount.Minor
		changes[place{b.merchant, move.To, move.Amount.Currency}] += move.Amount.Minor
	}
}

func comparePlaces(a, b place) int {
	return cmp.Or(cmp.Compare(a.Merchant, b.Merchant), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Currency, b.Currency))
}

// Balance is what is in an account: what came to it less what left it.
type Balance struct {
	Account Account
	Amount  money.Amount
}

// Balances are a merchant's, up to this moment, in the order of their accounts and currencies: the sealed
// projection and what has been booked since.
func (s *Service) Balances(ctx context.Context, merchant MerchantID) ([]Balance, error) {
	var rows []struct {
		Account  string
		Currency string
		Balance  int64
	}
	err := s.d.On(ctx).Raw(`select account, currency, cast(sum(balance) as bigint) as balance from (
			select account, currency, balance from ledger_balances where merchant_id = ?
			union all select to_account, p.currency, p.amount from ledger_entries e join ledger_postings p on p.entry_id = e.id
				where e.merchant_id = ? and e.id > (select upto from ledger_marks) and not exists (select 1 from ledger_chain c where c.entry_id = e.id)
			union all select from_account, p.currency, -p.amount from ledger_entries e join ledger_postings p on p.entry_id = e.id
				where e.merchant_id = ? and e.id > (select upto from ledger_marks) and not exists (select 1 from ledger_chain c where c.entry_id = e.id)
		) as moved group by account, currency order by account, currency`, int64(merchant), int64(merchant), int64(merchant)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	all := make([]Balance, len(rows))
	for i, row := range rows {
		all[i] = Balance{Account(row.Account), money.Of(row.Balance, money.Currency(row.Currency))}
	}
	return all, nil
}

// verifyChain goes along every chain, page by page, and computes each hash and each balance anew.
func (s *Service) verifyChain(ctx context.Context) ([]db.Finding, error) {
	broken := db.Finding{Invariant: "L3", Sentence: "no entry was changed or removed since it was sealed: each hash covers the one before it"}
	off := db.Finding{Invariant: "L2", Sentence: "each balance is the sum of what the sealed entries moved"}
	before := link{}
	sums := map[place]int64{}
	months, err := s.store.closedMonths(ctx)
	if err != nil {
		return nil, err
	}
	for {
		rows, entries, err := s.store.chained(ctx, before, sealBatch)
		if err != nil {
			return nil, err
		}
		for i, row := range rows {
			if row.MerchantID != before.MerchantID {
				before = link{MerchantID: row.MerchantID}
			}
			if row.Position != before.Position+1 || row.Hash != entries[i].seal(before.Hash) {
				blame(&broken, fmt.Sprintf("entry %d", row.ID))
			}
			before.Position, before.Hash = row.Position, row.Hash
			entries[i].tally(sums)
			months.add(entries[i])
		}
		if len(rows) < sealBatch {
			break
		}
	}
	var rows []struct {
		MerchantID        int64
		Account, Currency string
		Balance           int64
	}
	if err := s.d.On(ctx).Raw("select merchant_id, account, currency, balance from ledger_balances").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	for _, row := range rows {
		at := place{MerchantID(row.MerchantID), Account(row.Account), money.Currency(row.Currency)}
		if sums[at] != row.Balance {
			blame(&off, fmt.Sprintf("merchant %d %s %s", row.MerchantID, row.Account, row.Currency))
		}
		delete(sums, at)
	}
	for at, sum := range sums {
		if sum != 0 {
			blame(&off, fmt.Sprintf("merchant %d %s %s", at.Merchant, at.Account, at.Currency))
		}
	}
	unsealed, err := s.longUnsealed(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := s.store.verifyMonths(ctx, months)
	return []db.Finding{off, broken, unsealed, kept}, err
}

// blame counts an offender, and names the first of them.
func blame(found *db.Finding, offender string) {
	found.Count++
	if len(found.First) < db.MostNamed {
		found.First = append(found.First, offender)
	}
}

// longUnsealed are entries that nobody sealed although they are an hour old.
func (s *Service) longUnsealed(ctx context.Context) (db.Finding, error) {
	found := db.Finding{Invariant: "L3.sealed", Sentence: "an entry that is an hour old is sealed, unless no server ran since"}
	const where = ` from ledger_entries e where e.at < ? and not exists (select 1 from ledger_chain c where c.entry_id = e.id)
		and e.id < (select coalesce(max(entry_id), 0) from ledger_chain)`
	before := s.now().Add(-time.Hour)
	if err := s.d.On(ctx).Raw("select count(*)"+where, before).Scan(&found.Count).Error; err != nil {
		return found, fmt.Errorf("verify the seal: %w", err)
	}
	if found.Count == 0 {
		return found, nil
	}
	err := s.d.On(ctx).Raw("select 'entry ' || cast(e.id as text)"+where+" order by e.id limit ?", before, db.MostNamed).Scan(&found.First).Error
	return found, err
}
