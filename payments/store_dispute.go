package payments

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
)

type disputeRow struct {
	ID            int64
	MerchantID    int64
	PaymentID     int64
	OrderID       int64
	Gateway       string
	Ref           string
	Charge        string
	Status        string
	Reason        string
	Amount        int64
	Currency      string
	Live          bool
	DueAt         *time.Time
	OpenedAt      time.Time
	ClosedAt      *time.Time
	EvidenceState string
	EvidenceKey   string
	Evidence      string
	EvidenceBy    string
	EvidenceNote  string
	EvidenceAt    *time.Time
	Why           string
	ConcededBy    string
	ConcedeKey    string
	ConcedeNote   string
	ConcededAt    *time.Time
	ConcedeWhy    string
}

const disputeColumns = `id, merchant_id, payment_id, order_id, gateway, ref, charge, status, reason, amount, currency, live, due_at, opened_at, closed_at,
	evidence_state, evidence_key, evidence, evidence_by, evidence_note, evidence_at, why,
	conceded_by, concede_key, concede_note, conceded_at, concede_why`

func (r disputeRow) dispute() Dispute {
	return Dispute{
		ID: DisputeID(r.ID), Merchant: MerchantID(r.MerchantID), Payment: PaymentID(r.PaymentID), Order: OrderID(r.OrderID), Gateway: r.Gateway,
		Ref: r.Ref, Charge: r.Charge, Status: DisputeStatus(r.Status), Reason: r.Reason, Amount: money.Of(r.Amount, money.Currency(r.Currency)),
		Live: r.Live, Due: timeOr(r.DueAt), Opened: r.OpenedAt.UTC(), Closed: timeOr(r.ClosedAt),
		Evidence: Submission{
			State: EvidenceState(r.EvidenceState), Key: r.EvidenceKey, Text: r.Evidence, Who: r.EvidenceBy, Note: r.EvidenceNote,
			At: timeOr(r.EvidenceAt), Why: r.Why,
		},
		Conceded: Concession{Key: r.ConcedeKey, Who: r.ConcededBy, Note: r.ConcedeNote, At: timeOr(r.ConcededAt), Why: r.ConcedeWhy},
	}
}

// timeOr is a time that may not be there; zero then.
func timeOr(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.UTC()
}

// orNull is the column of a time that may be zero.
func orNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC().Truncate(time.Microsecond)
	return &at
}

// disputes are those that a condition selects, with what they moved.
func (s store) disputes(ctx context.Context, where string, args ...any) ([]Dispute, error) {
	var rows []disputeRow
	if err := s.d.On(ctx).Raw("select "+disputeColumns+" from disputes where "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read disputes: %w", err)
	}
	all, place, ids := make([]Dispute, len(rows)), map[int64]int{}, make([]int64, len(rows))
	for i, row := range rows {
		all[i], place[row.ID], ids[i] = row.dispute(), i, row.ID
	}
	if len(ids) == 0 {
		return all, nil
	}
	var moves []struct {
		DisputeID     int64
		TransactionID string
		Amount, Fee   int64
		Currency      string
		At            time.Time
	}
	err := s.d.On(ctx).Raw(`select dispute_id, transaction_id, amount, fee, currency, at from dispute_moves
		where dispute_id in ? order by dispute_id, at, transaction_id`, ids).Scan(&moves).Error
	if err != nil {
		return nil, fmt.Errorf("read what disputes moved: %w", err)
	}
	for _, row := range moves {
		d, c := &all[place[row.DisputeID]], money.Currency(row.Currency)
		d.Moves = append(d.Moves, DisputeMove{row.TransactionID, money.Of(row.Amount, c), money.Of(row.Fee, c), row.At.UTC()})
	}
	return all, nil
}

// dispute is the first that a condition selects; fault.Missing when there is none.
func (s store) dispute(ctx context.Context, where string, args ...any) (Dispute, error) {
	all, err := s.disputes(ctx, where, args...)
	if err != nil {
		return Dispute{}, err
	}
	if len(all) == 0 {
		return Dispute{}, fault.New(fault.Missing, "payment.dispute_missing")
	}
	return all[0], nil
}

func (s store) insertDispute(ctx context.Context, d *Dispute) error {
	err := s.d.On(ctx).Raw(`insert into disputes (merchant_id, payment_id, order_id, gateway, ref, charge, status, reason, amount, currency, live, due_at,
		opened_at, changed_at, closed_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id`, int64(d.Merchant), int64(d.Payment), int64(d.Order),
		d.Gateway, d.Ref, d.Charge, string(d.Status), d.Reason, d.Amount.Minor, string(d.Amount.Currency), d.Live, orNull(d.Due), d.Opened, d.Opened,
		orNull(d.Closed)).Scan(&d.ID).Error
	if err != nil {
		return fmt.Errorf("store dispute %s: %w", d.Ref, err)
	}
	return nil
}

// updateDispute writes what can change of a dispute whose payment is locked.
func (s store) updateDispute(ctx context.Context, d Dispute, now time.Time) error {
	e, c := d.Evidence, d.Conceded
	err := s.d.On(ctx).Exec(`update disputes set status = ?, due_at = ?, closed_at = ?, evidence_state = ?, evidence_key = ?, evidence = ?, evidence_by = ?,
		evidence_note = ?, evidence_at = ?, why = ?, conceded_by = ?, concede_key = ?, concede_note = ?, conceded_at = ?, concede_why = ?, changed_at = ? where id = ?`, string(d.Status), orNull(d.Due), orNull(d.Closed), string(e.State), e.Key,
		e.Text, e.Who, e.Note, orNull(e.At), e.Why, c.Who, c.Key, c.Note, orNull(c.At), c.Why, now, int64(d.ID)).Error
	if err != nil {
		return fmt.Errorf("store dispute %s: %w", d.Ref, err)
	}
	for _, move := range d.Moves {
		err := s.d.On(ctx).Exec(`insert into dispute_moves (dispute_id, transaction_id, amount, fee, currency, at) values (?, ?, ?, ?, ?, ?)
			on conflict (dispute_id, transaction_id) do nothing`, int64(d.ID), move.Transaction, move.Amount.Minor, move.Fee.Minor,
			string(move.Amount.Currency), move.At).Error
		if err != nil {
			return fmt.Errorf("store what dispute %s moved: %w", d.Ref, err)
		}
	}
	return nil
}

// claimed is what disputes may take, or took, of what came by a payment for its order, or straying. Money that was
// given to the payment's order is disputed where it came from.
func (s store) claimed(ctx context.Context, p Payment, stray bool, currency money.Currency) (money.Amount, error) {
	sum := money.Of(0, currency)
	if p.Via != "" && !stray {
		all, err := s.disputes(ctx, `exists (select 1 from payment_attachments a where a.payment_id = ? and a.gateway = disputes.gateway
			and a.charge = disputes.charge) order by id`, int64(p.ID))
		for _, d := range all {
			sum.Minor += min(d.claims().Minor, p.Captured.Minor)
		}
		return sum, err
	}
	all, err := s.disputes(ctx, "payment_id = ? order by id", int64(p.ID))
	for _, d := range all {
		var reasons []string
		err := s.d.On(ctx).Raw("select reason from ledger_entries where source = ? and business_key = ?", p.source(), "capture:"+d.Charge).Scan(&reasons).Error
		if err != nil {
			return sum, fmt.Errorf("look up charge %s in the books: %w", d.Charge, err)
		}
		strayed := len(reasons) > 0 && reasons[0] == reasonStray
		if claims := d.claims(); strayed == stray && claims.Currency == currency {
			sum.Minor += claims.Minor
		}
	}
	return sum, err
}
