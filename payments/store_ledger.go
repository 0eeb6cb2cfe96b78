package payments

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/catalog/money"
)

type entryRow struct {
	ID          int64
	MerchantID  int64
	PaymentID   int64
	OrderID     int64
	Reverses    int64
	Reason      string
	Source      string
	BusinessKey string
	At          time.Time
	HappenedAt  *time.Time
	Position    int64
	Hash        string
	Part        bool
}

const entryColumns = `e.id, e.merchant_id, coalesce(e.payment_id, 0) as payment_id, coalesce(e.order_id, 0) as order_id,
	coalesce(e.reverses, 0) as reverses, e.reason, e.source, e.business_key, e.part, e.happened_at, e.at`

type postingRow struct {
	EntryID     int64
	FromAccount string
	ToAccount   string
	Amount      int64
	Currency    string
}

func (r entryRow) booked() booked {
	b := booked{
		id: r.ID, merchant: MerchantID(r.MerchantID), payment: PaymentID(r.PaymentID), order: OrderID(r.OrderID), reverses: r.Reverses, at: r.At.UTC(),
		Entry: Entry{Source: r.Source, Key: r.BusinessKey, Reason: r.Reason, Part: r.Part},
	}
	if r.HappenedAt != nil {
		b.Happened = r.HappenedAt.UTC()
	}
	return b
}

// withMoves adds to entries what they moved.
func (s store) withMoves(ctx context.Context, rows []entryRow) ([]booked, error) {
	ids := make([]int64, len(rows))
	all := make([]booked, len(rows))
	place := make(map[int64]int, len(rows))
	for i, row := range rows {
		ids[i], all[i], place[row.ID] = row.ID, row.booked(), i
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var moves []postingRow
	err := s.d.On(ctx).Raw("select entry_id, from_account, to_account, amount, currency from ledger_postings where entry_id in ? order by entry_id, line", ids).Scan(&moves).Error
	if err != nil {
		return nil, fmt.Errorf("read postings: %w", err)
	}
	for _, move := range moves {
		one := &all[place[move.EntryID]]
		one.Moves = append(one.Moves, Move{Account(move.FromAccount), Account(move.ToAccount), money.Of(move.Amount, money.Currency(move.Currency))})
	}
	return all, nil
}

// unsealed are the oldest entries after a mark that are in no chain yet.
func (s store) unsealed(ctx context.Context, after int64, limit int) ([]booked, error) {
	var rows []entryRow
	err := s.d.On(ctx).Raw("select "+entryColumns+` from ledger_entries e left join ledger_chain c on c.entry_id = e.id
		where e.id > ? and c.entry_id is null order by e.id limit ?`, after, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what is unsealed: %w", err)
	}
	return s.withMoves(ctx, rows)
}

// unsealedOf are the oldest entries of a merchant that are dated before a time and in no chain, wherever the mark is.
func (s store) unsealedOf(ctx context.Context, merchant MerchantID, before time.Time, limit int) ([]booked, error) {
	var rows []entryRow
	err := s.d.On(ctx).Raw("select "+entryColumns+` from ledger_entries e left join ledger_chain c on c.entry_id = e.id
		where e.merchant_id = ? and e.at < ? and c.entry_id is null order by e.id limit ?`, int64(merchant), before, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what is unsealed of a merchant: %w", err)
	}
	return s.withMoves(ctx, rows)
}

// sealMark locks the mark until the transaction ends: one at a time seals.
func (s store) sealMark(ctx context.Context) (upto int64, err error) {
	err = s.d.On(ctx).Raw("select upto from ledger_marks where id = 1" + s.d.ForUpdate()).Scan(&upto).Error
	if err != nil {
		return 0, fmt.Errorf("lock the seal: %w", err)
	}
	return upto, nil
}

// moveMark says that everything up to the last entry before a time is sealed, or up to through if that is earlier.
func (s store) moveMark(ctx context.Context, upto, through int64, before time.Time) error {
	err := s.d.On(ctx).Exec(`update ledger_marks set upto = coalesce((select id from ledger_entries where id > ? and id <= ? and at < ? order by id desc limit 1), upto) where id = 1`,
		upto, through, before).Error
	if err != nil {
		return fmt.Errorf("move the seal's mark: %w", err)
	}
	return nil
}

// link is the end of a merchant's chain.
type link struct {
	MerchantID int64
	Position   int64
	Hash       string
}

func (s store) heads(ctx context.Context, merchants []int64) (map[MerchantID]link, error) {
	var rows []link
	err := s.d.On(ctx).Raw(`select c.merchant_id, c.position, c.hash from ledger_chain c join (
		select merchant_id, max(position) as position from ledger_chain where merchant_id in ? group by merchant_id) as h
		on h.merchant_id = c.merchant_id and h.position = c.position`, merchants).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the ends of the chains: %w", err)
	}
	heads := map[MerchantID]link{}
	for _, row := range rows {
		heads[MerchantID(row.MerchantID)] = row
	}
	return heads, nil
}

// append writes links of the chain; entries are in the order in which they follow each other.
func (s store) append(ctx context.Context, links []link, entries []booked) error {
	for part := range slices.Chunk(slices.Collect(numbers(len(links))), 100) {
		sql, args := "insert into ledger_chain (merchant_id, position, entry_id, hash) values ", []any{}
		for n, i := range part {
			if n > 0 {
				sql += ", "
			}
			sql += "(?, ?, ?, ?)"
			args = append(args, links[i].MerchantID, links[i].Position, entries[i].id, links[i].Hash)
		}
		if err := s.d.On(ctx).Exec(sql, args...).Error; err != nil {
			return fmt.Errorf("seal entries: %w", err)
		}
	}
	return nil
}

func numbers(count int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := range count {
			if !yield(i) {
				return
			}
		}
	}
}

// place is one account of a merchant in one currency.
type place struct {
	Merchant MerchantID
	Account  Account
	Currency money.Currency
}

// change adds to balances, in an order that never deadlocks.
func (s store) change(ctx context.Context, changes map[place]int64) error {
	places := make([]place, 0, len(changes))
	for at := range changes {
		places = append(places, at)
	}
	slices.SortFunc(places, comparePlaces)
	for _, at := range places {
		err := s.d.On(ctx).Exec(`insert into ledger_balances (merchant_id, account, currency, balance) values (?, ?, ?, ?)
			on conflict (merchant_id, account, currency) do update set balance = ledger_balances.balance + excluded.balance`,
			int64(at.Merchant), string(at.Account), string(at.Currency), changes[at]).Error
		if err != nil {
			return fmt.Errorf("change the balance of %s: %w", at.Account, err)
		}
	}
	return nil
}

// chainedSQL takes a page of the chain before it looks for the entries. Written as one join, SQLite begins with the
// entries, looks at all of them for each page and sorts them.
const chainedSQL = "select " + entryColumns + `, c.position, c.hash from (select merchant_id, position, entry_id, hash from ledger_chain
	where (merchant_id, position) > (?, ?) order by merchant_id, position limit ?) as c join ledger_entries e on e.id = c.entry_id order by c.merchant_id, c.position`

// chained is a page of the chains, each merchant's in its order, after a link.
func (s store) chained(ctx context.Context, after link, limit int) ([]entryRow, []booked, error) {
	var rows []entryRow
	err := s.d.On(ctx).Raw(chainedSQL, after.MerchantID, after.Position, limit).Scan(&rows).Error
	if err != nil {
		return nil, nil, fmt.Errorf("read the chain: %w", err)
	}
	entries, err := s.withMoves(ctx, rows)
	return rows, entries, err
}
