package payments

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
)

type refundRow struct {
	ID         int64
	MerchantID int64
	PaymentID  int64
	OrderID    int64
	Request    string
	IdemKey    string
	Ref        string
	Status     string
	Amount     int64
	Currency   string
	Stray      bool
	FromSeller bool
	Reason     string
	GrantedBy  string
	ExecutedBy string
	Why        string
	GrantedAt  time.Time
}

const refundColumns = "id, merchant_id, payment_id, order_id, request, idem_key, ref, status, amount, currency, stray, from_seller, reason, granted_by, executed_by, why, granted_at"

func (r refundRow) refund() Refund {
	return Refund{
		ID: RefundID(r.ID), Merchant: MerchantID(r.MerchantID), Payment: PaymentID(r.PaymentID), Order: OrderID(r.OrderID), Request: r.Request,
		Key: r.IdemKey, Ref: r.Ref, Status: RefundStatus(r.Status), Amount: money.Of(r.Amount, money.Currency(r.Currency)), Stray: r.Stray, FromSeller: r.FromSeller, Reason: r.Reason,
		GrantedBy: r.GrantedBy, ExecutedBy: r.ExecutedBy, Why: r.Why, Granted: r.GrantedAt.UTC(),
	}
}

// refunds are those that a condition selects, with their lines.
func (s store) refunds(ctx context.Context, where string, args ...any) ([]Refund, error) {
	var rows []refundRow
	if err := s.d.On(ctx).Raw("select "+refundColumns+" from refunds where "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	all, place, ids := make([]Refund, len(rows)), map[int64]int{}, make([]int64, len(rows))
	for i, row := range rows {
		all[i], place[row.ID], ids[i] = row.refund(), i, row.ID
	}
	if len(ids) == 0 {
		return all, nil
	}
	var lines []struct {
		RefundID           int64
		Position, Quantity int
		Amount             int64
	}
	err := s.d.On(ctx).Raw("select refund_id, position, quantity, amount from refund_lines where refund_id in ? order by refund_id, position", ids).Scan(&lines).Error
	if err != nil {
		return nil, fmt.Errorf("read lines of refunds: %w", err)
	}
	for _, line := range lines {
		r := &all[place[line.RefundID]]
		r.Lines = append(r.Lines, RefundLine{line.Position, line.Quantity, money.Of(line.Amount, r.Amount.Currency)})
	}
	return all, nil
}

// refund is the first that a condition selects; fault.Missing when there is none.
func (s store) refund(ctx context.Context, where string, args ...any) (Refund, error) {
	all, err := s.refunds(ctx, where, args...)
	if err != nil {
		return Refund{}, err
	}
	if len(all) == 0 {
		return Refund{}, fault.New(fault.Missing, "payment.refund_missing")
	}
	return all[0], nil
}

func (s store) insertRefundOf(ctx context.Context, r *Refund) error {
	err := s.d.On(ctx).Raw(`insert into refunds (merchant_id, payment_id, order_id, request, idem_key, ref, status, amount, currency, stray, from_seller, reason, granted_by, executed_by, why, granted_at, changed_at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id`, int64(r.Merchant), int64(r.Payment), int64(r.Order), r.Request, r.Key, r.Ref,
		string(r.Status), r.Amount.Minor, string(r.Amount.Currency), r.Stray, r.FromSeller, r.Reason, r.GrantedBy, r.ExecutedBy, r.Why, r.Granted, r.Granted).Scan(&r.ID).Error
	if err != nil {
		return fmt.Errorf("store refund: %w", err)
	}
	for _, line := range r.Lines {
		err := s.d.On(ctx).Exec("insert into refund_lines (refund_id, position, quantity, amount) values (?, ?, ?, ?)",
			int64(r.ID), line.Position, line.Quantity, line.Amount.Minor).Error
		if err != nil {
			return fmt.Errorf("store a line of refund %d: %w", r.ID, err)
		}
	}
	return nil
}

// updateRefund writes what can change of a refund whose payment is locked.
func (s store) updateRefund(ctx context.Context, r Refund, now time.Time) error {
	err := s.d.On(ctx).Exec("update refunds set ref = ?, status = ?, executed_by = ?, why = ?, changed_at = ? where id = ?",
		r.Ref, string(r.Status), r.ExecutedBy, r.Why, now, int64(r.ID)).Error
	if err != nil {
		return fmt.Errorf("store refund %d: %w", r.ID, err)
	}
	return nil
}

// rules are a merchant's; the zero ones when it has none.
func (s store) rules(ctx context.Context, merchant MerchantID) (Rules, error) {
	var rows []struct {
		TwoStep  bool
		Stranded int64
	}
	err := s.d.On(ctx).Raw("select two_step, stranded from payment_rules where merchant_id = ?", int64(merchant)).Scan(&rows).Error
	if err != nil {
		return Rules{}, fmt.Errorf("read the rules of merchant %d: %w", merchant, err)
	}
	if len(rows) == 0 {
		return Rules{}, nil
	}
	return Rules{rows[0].TwoStep, time.Duration(rows[0].Stranded) * time.Second}, nil
}

func (s store) setRules(ctx context.Context, merchant MerchantID, rules Rules) error {
	err := s.d.On(ctx).Exec(`insert into payment_rules (merchant_id, two_step, stranded) values (?, ?, ?)
		on conflict (merchant_id) do update set two_step = excluded.two_step, stranded = excluded.stranded`,
		int64(merchant), rules.TwoStep, int64(rules.Stranded/time.Second)).Error
	if err != nil {
		return fmt.Errorf("store the rules of merchant %d: %w", merchant, err)
	}
	return nil
}

// reversed is the id of the entry that another one takes back; nil when it takes none back.
func (s store) reversed(ctx context.Context, entry Entry) (*int64, error) {
	if entry.Reverses == "" {
		return nil, nil //nolint:nilnil // no entry is what the column wants
	}
	var id int64
	err := s.d.On(ctx).Raw("select id from ledger_entries where source = ? and business_key = ?", entry.Source, entry.Reverses).Scan(&id).Error
	if err != nil || id == 0 {
		return nil, fmt.Errorf("find %s, to take it back: %w", entry.Reverses, err)
	}
	return &id, nil
}

// movesOf is what an entry moved.
func (s store) movesOf(ctx context.Context, source, key string) ([]Move, error) {
	var rows []entryRow
	err := s.d.On(ctx).Raw("select "+entryColumns+" from ledger_entries e where e.source = ? and e.business_key = ?", source, key).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look up %s in the books: %w", key, err)
	}
	entries, err := s.withMoves(ctx, rows)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	return entries[0].Moves, nil
}

// came is what the books say came by a payment: for its order, or straying. With an amount of another currency only
// that currency counts.
func (s store) came(ctx context.Context, p Payment, stray bool, currency money.Currency) (money.Amount, error) {
	reason := reasonCapture
	if stray {
		reason = reasonStray
	}
	var sum int64
	err := s.d.On(ctx).Raw(`select cast(coalesce(sum(l.amount), 0) as bigint) from ledger_entries e join ledger_postings l on l.entry_id = e.id
		where e.payment_id = ? and e.reason = ? and l.currency = ?`, int64(p.ID), reason, string(currency)).Scan(&sum).Error
	if err != nil {
		return money.Amount{}, fmt.Errorf("look up payment %d in the books: %w", p.ID, err)
	}
	if stray {
		gone, err := s.disposedOf(ctx, p, currency)
		if err != nil {
			return money.Amount{}, err
		}
		sum -= gone
	}
	return money.Of(sum, currency), nil
}

// anyCame says whether the books have money that came by a payment.
func (s store) anyCame(ctx context.Context, p Payment) (bool, error) {
	var count int64
	err := s.d.On(ctx).Raw("select count(*) from ledger_entries where payment_id = ? and reason in (?, ?)", int64(p.ID), reasonCapture, reasonStray).Scan(&count).Error
	if err != nil {
		return false, fmt.Errorf("look up payment %d in the books: %w", p.ID, err)
	}
	return count > 0, nil
}

// aside is news that was too early.
type aside struct {
	Notice
	event int64
}

// setAside keeps a notice to be heard again.
func (s store) setAside(ctx context.Context, event int64, n Notice) error {
	n.Raw = nil // it is kept with the event
	encoded, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if err := s.d.On(ctx).Exec("update payment_events set aside = ? where id = ?", string(encoded), event).Error; err != nil {
		return fmt.Errorf("set event %d aside: %w", event, err)
	}
	return nil
}

// asides are the notices of a payment that were set aside, oldest first; they are not, any more.
func (s store) asides(ctx context.Context, p Payment) ([]aside, error) {
	var rows []struct {
		ID    int64
		Aside string
	}
	err := s.d.On(ctx).Raw("select id, aside from payment_events where payment_id = ? and aside <> '' order by id", int64(p.ID)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what was too early of payment %d: %w", p.ID, err)
	}
	all := make([]aside, len(rows))
	for i, row := range rows {
		all[i].event = row.ID
		if err := json.Unmarshal([]byte(row.Aside), &all[i].Notice); err != nil {
			return nil, fmt.Errorf("read event %d: %w", row.ID, err)
		}
		if err := s.d.On(ctx).Exec("update payment_events set aside = '' where id = ?", row.ID).Error; err != nil {
			return nil, fmt.Errorf("take up event %d: %w", row.ID, err)
		}
	}
	return all, nil
}

// owed is what the shop owes the buyer of a payment since refunds of it came back.
func (s store) owed(ctx context.Context, p Payment, currency money.Currency) (money.Amount, error) {
	var sum int64
	err := s.d.On(ctx).Raw(`select cast(coalesce(sum(case when l.from_account = ? then l.amount else -l.amount end), 0) as bigint) from ledger_entries e
		join ledger_postings l on l.entry_id = e.id where e.payment_id = ? and (l.from_account = ? or l.to_account = ?) and l.currency = ?`,
		string(Owed), int64(p.ID), string(Owed), string(Owed), string(currency)).Scan(&sum).Error
	if err != nil {
		return money.Amount{}, fmt.Errorf("look up payment %d in the books: %w", p.ID, err)
	}
	return money.Of(sum, currency), nil
}
