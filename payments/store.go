package payments

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
)

type paymentRow struct {
	ID         int64      `gorm:"column:id;primaryKey"`
	MerchantID int64      `gorm:"column:merchant_id"`
	OrderID    int64      `gorm:"column:order_id"`
	Gateway    string     `gorm:"column:gateway"`
	Holder     string     `gorm:"column:holder"`
	Tender     int64      `gorm:"column:tender"`
	TenderIn   string     `gorm:"column:tender_currency"`
	IdemKey    string     `gorm:"column:idem_key"`
	Ref        string     `gorm:"column:ref"`
	Status     string     `gorm:"column:status"`
	Amount     int64      `gorm:"column:amount"`
	Captured   int64      `gorm:"column:captured"`
	Currency   string     `gorm:"column:currency"`
	Live       bool       `gorm:"column:live"`
	Account    string     `gorm:"column:account"`
	Seller     string     `gorm:"column:seller"`
	Cut        int64      `gorm:"column:cut"`
	Bears      bool       `gorm:"column:platform_bears"`
	URL        string     `gorm:"column:url"`
	Note       string     `gorm:"column:note"`
	Via        string     `gorm:"column:via"`
	Closed     bool       `gorm:"column:closed"`
	OpenedAt   time.Time  `gorm:"column:opened_at"`
	ExpiresAt  *time.Time `gorm:"column:expires_at"`
	ChangedAt  time.Time  `gorm:"column:changed_at"`
}

func (paymentRow) TableName() string { return "payments" }

const paymentColumns = "id, merchant_id, order_id, gateway, holder, tender, tender_currency, idem_key, ref, status, amount, captured, currency, live, account, seller, cut, platform_bears, url, note, via, closed, opened_at, expires_at, changed_at"

func (r paymentRow) payment() Payment {
	c := money.Currency(r.Currency)
	p := Payment{
		ID: PaymentID(r.ID), Merchant: MerchantID(r.MerchantID), Order: OrderID(r.OrderID), Gateway: r.Gateway, Holder: r.Holder, Tender: money.Of(r.Tender, money.Currency(r.TenderIn)),
		Key: r.IdemKey, Ref: r.Ref, Status: Status(r.Status), Amount: money.Of(r.Amount, c), Captured: money.Of(r.Captured, c),
		Live: r.Live, Account: r.Account, Seller: r.Seller, Cut: money.Of(r.Cut, c), PlatformBears: r.Bears, URL: r.URL, Note: r.Note, Via: r.Via, Closed: r.Closed, Opened: r.OpenedAt.UTC(),
	}
	if r.ExpiresAt != nil {
		p.Expires = r.ExpiresAt.UTC()
	}
	return p
}

func rowOf(p Payment, now time.Time) paymentRow {
	r := paymentRow{
		ID: int64(p.ID), MerchantID: int64(p.Merchant), OrderID: int64(p.Order), Gateway: p.Gateway, IdemKey: p.Key, Ref: p.Ref,
		Holder: p.Holder, Tender: p.Tender.Minor, TenderIn: string(p.Tender.Currency),
		Status: string(p.Status), Amount: p.Amount.Minor, Captured: p.Captured.Minor, Currency: string(p.Amount.Currency),
		Live: p.Live, Account: p.Account, Seller: p.Seller, Cut: p.Cut.Minor, Bears: p.PlatformBears, URL: p.URL, Note: p.Note, Via: p.Via, Closed: p.Closed, OpenedAt: p.Opened, ChangedAt: now,
	}
	if !p.Expires.IsZero() {
		expires := p.Expires.UTC().Truncate(time.Microsecond)
		r.ExpiresAt = &expires
	}
	return r
}

// store is the tables of payments.
type store struct{ d *db.DB }

func (s store) insert(ctx context.Context, p *Payment) error {
	row := rowOf(*p, p.Opened)
	if err := s.d.On(ctx).Create(&row).Error; err != nil {
		return fmt.Errorf("store payment: %w", err)
	}
	p.ID = PaymentID(row.ID)
	return nil
}

// update writes what can change of a payment whose row is locked.
func (s store) update(ctx context.Context, p Payment, now time.Time) error {
	row := rowOf(p, now)
	err := s.d.On(ctx).Exec(`update payments set ref = ?, via = ?, holder = ?, tender = ?, tender_currency = ?, status = ?, amount = ?, captured = ?, url = ?, note = ?,
		closed = ?, expires_at = ?, changed_at = ? where id = ?`, row.Ref, row.Via, row.Holder, row.Tender, row.TenderIn, row.Status, row.Amount, row.Captured,
		row.URL, row.Note, row.Closed, row.ExpiresAt, row.ChangedAt, row.ID).Error
	if err != nil {
		return fmt.Errorf("store payment %d: %w", p.ID, err)
	}
	return nil
}

// one is the first payment that a condition selects; it fails with fault.Missing when there is none.
func (s store) one(ctx context.Context, where string, args ...any) (Payment, error) {
	all, err := s.list(ctx, where, args...)
	if err != nil {
		return Payment{}, err
	}
	if len(all) == 0 {
		return Payment{}, fault.New(fault.Missing, "payment.missing")
	}
	return all[0], nil
}

func (s store) list(ctx context.Context, where string, args ...any) ([]Payment, error) {
	var rows []paymentRow
	if err := s.d.On(ctx).Raw("select "+paymentColumns+" from payments where "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read payments: %w", err)
	}
	all := make([]Payment, len(rows))
	for i, row := range rows {
		all[i] = row.payment()
	}
	return all, nil
}

// lock holds a payment until the transaction ends. Its order is held first.
func (s store) lock(ctx context.Context, id PaymentID) (Payment, error) {
	return s.one(ctx, "id = ?"+s.d.ForUpdate(), int64(id))
}

// about is the payment that a notice speaks of, not locked.
func (s store) about(ctx context.Context, gateway string, n Notice) (Payment, error) {
	if n.Ref != "" {
		p, err := s.one(ctx, "gateway = ? and ref = ?", gateway, n.Ref)
		if fault.KindOf(err) != fault.Missing {
			return p, err
		}
		p, err = s.one(ctx, "gateway = ? and via = ? order by id", gateway, n.Ref)
		if fault.KindOf(err) != fault.Missing {
			return p, err
		}
	}
	if n.Payment == "" {
		return Payment{}, fault.New(fault.Missing, "payment.missing")
	}
	return s.one(ctx, "gateway = ? and idem_key = ?", gateway, n.Payment)
}

// keepEvent stores a notice and returns its row's id; zero when it was stored before.
func (s store) keepEvent(ctx context.Context, gateway string, n Notice, p Payment, now time.Time) (id int64, err error) {
	err = s.d.On(ctx).Raw(`insert into payment_events (merchant_id, payment_id, gateway, event_id, ref, charge, news, amount, currency, live, account, raw, at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (gateway, event_id) do nothing returning id`,
		idOrNull(int64(p.Merchant)), idOrNull(int64(p.ID)), gateway, n.Event, n.Ref, n.Key, string(n.News),
		n.Amount.Minor, string(n.Amount.Currency), n.Live, n.Account, text(n.Raw), now).Scan(&id).Error
	if err != nil {
		return 0, fmt.Errorf("store event %s of %s: %w", n.Event, gateway, err)
	}
	return id, nil
}

// heard is the payment and the amount of a piece of news that was kept before; zero when it was not.
func (s store) heard(ctx context.Context, gateway, event string) (PaymentID, money.Amount, error) {
	var rows []struct {
		PaymentID, Amount int64
		Currency          string
	}
	err := s.d.On(ctx).Raw("select coalesce(payment_id, 0) as payment_id, amount, currency from payment_events where gateway = ? and event_id = ?", gateway, event).Scan(&rows).Error
	if err != nil {
		return 0, money.Amount{}, fmt.Errorf("look up event %s of %s: %w", event, gateway, err)
	}
	if len(rows) == 0 {
		return 0, money.Amount{}, nil
	}
	return PaymentID(rows[0].PaymentID), money.Of(rows[0].Amount, money.Currency(rows[0].Currency)), nil
}

func (s store) isBooked(ctx context.Context, source, key string) (bool, error) {
	var count int64
	err := s.d.On(ctx).Raw("select count(*) from ledger_entries where source = ? and business_key = ?", source, key).Scan(&count).Error
	if err != nil {
		return false, fmt.Errorf("look into the books: %w", err)
	}
	return count > 0, nil
}

// book posts entries; one whose business key is in the books already is left as it is.
func (s store) book(ctx context.Context, p Payment, now time.Time, entries ...Entry) error {
	for _, entry := range entries {
		var id int64
		reverses, err := s.reversed(ctx, entry)
		if err != nil {
			return err
		}
		err = s.d.On(ctx).Raw(`insert into ledger_entries (merchant_id, payment_id, order_id, reason, source, business_key, reverses, part, happened_at, at)
			values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (source, business_key) do nothing returning id`,
			int64(p.Merchant), idOrNull(int64(p.ID)), idOrNull(int64(p.Order)), entry.Reason, entry.Source, entry.Key, reverses, entry.Part, timeOrNull(entry.Happened), now).Scan(&id).Error
		if err != nil {
			return fmt.Errorf("book %s: %w", entry.Key, err)
		}
		if id == 0 {
			continue
		}
		for line, move := range entry.Moves {
			err := s.d.On(ctx).Exec("insert into ledger_postings (entry_id, line, from_account, to_account, amount, currency) values (?, ?, ?, ?, ?, ?)",
				id, line, string(move.From), string(move.To), move.Amount.Minor, string(move.Amount.Currency)).Error
			if err != nil {
				return fmt.Errorf("book %s: %w", entry.Key, err)
			}
		}
	}
	return nil
}

func idOrNull(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// timeOrNull is a time as both engines keep it.
func timeOrNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC().Truncate(time.Microsecond)
	return &at
}

// text is bytes from outside as both engines store them: no NUL, valid UTF-8.
func text(raw []byte) string {
	quoted := string(raw)
	for _, r := range quoted {
		if r == 0 || r == '\uFFFD' {
			return strconv.Quote(quoted)
		}
	}
	return quoted
}
