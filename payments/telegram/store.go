package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
	"parley/payments"
)

// store is the tables of the desk.
type store struct{ d *db.DB }

type invoiceRow struct {
	Payload      string
	MerchantID   int64
	OrderID      int64
	PaymentKey   string
	Channel      string
	Buyer        string
	Language     string
	Currency     string
	Total        int64
	Content      string
	Message      string
	State        string
	CheckedQuery string
	CheckedAt    *time.Time
	MadeAt       time.Time
}

const invoiceColumns = "payload, merchant_id, order_id, payment_key, channel, buyer, language, currency, total, content, message, state, checked_query, checked_at, made_at"

func (r invoiceRow) made() (made Invoice, err error) {
	if err := json.Unmarshal([]byte(r.Content), &made); err != nil {
		return Invoice{}, fmt.Errorf("read invoice %s: %w", r.Payload, err)
	}
	return made, nil
}

// insert keeps an invoice; one that is there stays as it was.
func (s store) insert(ctx context.Context, r invoiceRow) error {
	err := s.d.On(ctx).Exec(`insert into telegram_invoices (payload, merchant_id, order_id, payment_key, channel, buyer, language, currency, total, content, made_at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (payload) do nothing`,
		r.Payload, r.MerchantID, r.OrderID, r.PaymentKey, r.Channel, r.Buyer, r.Language, r.Currency, r.Total, r.Content, r.MadeAt).Error
	if err != nil {
		return fmt.Errorf("store invoice: %w", err)
	}
	return nil
}

// invoice fails with fault.Missing.
func (s store) invoice(ctx context.Context, payload string) (invoiceRow, error) {
	return s.one(ctx, payload, "")
}

// lock is invoice, held until the transaction ends.
func (s store) lock(ctx context.Context, payload string) (invoiceRow, error) {
	return s.one(ctx, payload, s.d.ForUpdate())
}

func (s store) one(ctx context.Context, payload, lock string) (invoiceRow, error) {
	var rows []invoiceRow
	if err := s.d.On(ctx).Raw("select "+invoiceColumns+" from telegram_invoices where payload = ?"+lock, payload).Scan(&rows).Error; err != nil {
		return invoiceRow{}, fmt.Errorf("read invoice: %w", err)
	}
	if len(rows) == 0 {
		return invoiceRow{}, fault.New(fault.Missing, "telegram.invoice_unknown")
	}
	return rows[0], nil
}

func (s store) close(ctx context.Context, payload string) error {
	if err := s.d.On(ctx).Exec("update telegram_invoices set state = 'closed' where payload = ?", payload).Error; err != nil {
		return fmt.Errorf("close invoice: %w", err)
	}
	return nil
}

// show notes the message that shows an invoice, and returns the invoice as it was before.
func (s store) show(ctx context.Context, payload, message string) (before invoiceRow, err error) {
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		if before, err = s.lock(ctx, payload); err != nil {
			return err
		}
		return s.d.On(ctx).Exec("update telegram_invoices set message = ? where payload = ?", message, payload).Error
	})
	if err != nil {
		return invoiceRow{}, fmt.Errorf("note the message of an invoice: %w", err)
	}
	return before, nil
}

// checked notes that a question was answered with yes.
func (s store) checked(ctx context.Context, payload, query string, at time.Time) error {
	err := s.d.On(ctx).Exec("update telegram_invoices set checked_query = ?, checked_at = ? where payload = ? and checked_query <> ?", query, at, payload, query).Error
	if err != nil {
		return fmt.Errorf("note a checkout: %w", err)
	}
	return nil
}

// keepQuery keeps a question with its answer; the last answer counts.
func (s store) keepQuery(ctx context.Context, q Query, st standing, refusal error, at time.Time) error {
	key, merchant := "", (*int64)(nil)
	if said, is := fault.Of(refusal); is {
		key = said.Key
	}
	if st.invoice.MerchantID != 0 {
		merchant = &st.invoice.MerchantID
	}
	err := s.d.On(ctx).Exec(`insert into telegram_queries (query_id, merchant_id, payload, buyer, currency, total, due, due_currency, refusal, at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (query_id) do update set refusal = excluded.refusal, due = excluded.due, due_currency = excluded.due_currency, at = excluded.at`,
		q.ID, merchant, q.Payload, q.Buyer, q.Currency, q.Total, st.due.Amount.Minor, string(st.due.Amount.Currency), key, at).Error
	if err != nil {
		return fmt.Errorf("keep a checkout: %w", err)
	}
	return nil
}

type chargeRow struct {
	ID             int64
	Payload        string
	Charge         string
	TelegramCharge string
	ProviderCharge string
	Buyer          string
	Currency       string
	Total          int64
	RefundKey      string
	RefundedAt     *time.Time
	At             time.Time
}

const chargeColumns = "id, payload, charge, telegram_charge, provider_charge, buyer, currency, total, refund_key, refunded_at, at"

// keepCharge keeps a charge and returns it as it was kept first.
func (s store) keepCharge(ctx context.Context, of invoiceRow, c Charge, now time.Time) (chargeRow, error) {
	at := c.At.UTC().Truncate(time.Microsecond)
	if c.At.IsZero() {
		at = now
	}
	err := s.d.On(ctx).Exec(`insert into telegram_charges (merchant_id, payload, charge, telegram_charge, provider_charge, buyer, currency, total, at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`, of.MerchantID, c.Payload, c.unique(), c.Charge, c.Provider, c.Buyer, c.Currency, c.Total, at).Error
	if err != nil {
		return chargeRow{}, fmt.Errorf("store a charge: %w", err)
	}
	return s.oneCharge(ctx, "charge = ? or provider_charge = ? and provider_charge <> '' order by case when charge = ? then 0 else 1 end limit 1", c.unique(), c.Provider, c.unique())
}

func (s store) charge(ctx context.Context, unique string) (chargeRow, error) {
	return s.oneCharge(ctx, "charge = ?", unique)
}

func (s store) oneCharge(ctx context.Context, where string, args ...any) (chargeRow, error) {
	rows, err := s.chargesWhere(ctx, where, args...)
	if err == nil && len(rows) == 0 {
		err = fault.New(fault.Missing, "payment.missing")
	}
	if err != nil {
		return chargeRow{}, err
	}
	return rows[0], nil
}

// charges are those of an invoice, the first first.
func (s store) charges(ctx context.Context, payload string) ([]chargeRow, error) {
	return s.chargesWhere(ctx, "payload = ? order by id", payload)
}

func (s store) chargesWhere(ctx context.Context, where string, args ...any) (rows []chargeRow, err error) {
	if err := s.d.On(ctx).Raw("select "+chargeColumns+" from telegram_charges where "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read charges: %w", err)
	}
	return rows, nil
}

func (s store) promiseRefund(ctx context.Context, id int64, key string) error {
	if err := s.d.On(ctx).Exec("update telegram_charges set refund_key = ? where id = ? and refund_key = ''", key, id).Error; err != nil {
		return fmt.Errorf("note a refund: %w", err)
	}
	return nil
}

func (s store) refunded(ctx context.Context, id int64, at time.Time) error {
	if err := s.d.On(ctx).Exec("update telegram_charges set refunded_at = ? where id = ?", at, id).Error; err != nil {
		return fmt.Errorf("note a refund: %w", err)
	}
	return nil
}

func (s store) set(ctx context.Context, merchant payments.MerchantID, sealed, rate string, at time.Time) error {
	err := s.d.On(ctx).Exec(`insert into telegram_settings (merchant_id, provider_token, stars_rate, changed_at) values (?, ?, ?, ?)
		on conflict (merchant_id) do update set provider_token = excluded.provider_token, stars_rate = excluded.stars_rate, changed_at = excluded.changed_at`,
		int64(merchant), sealed, rate, at).Error
	if err != nil {
		return fmt.Errorf("store how merchant %d is paid in Telegram: %w", merchant, err)
	}
	return nil
}

func (s store) settings(ctx context.Context, merchant payments.MerchantID) (sealed, rate string, err error) {
	var rows []struct{ ProviderToken, StarsRate string }
	if err := s.d.On(ctx).Raw("select provider_token, stars_rate from telegram_settings where merchant_id = ?", int64(merchant)).Scan(&rows).Error; err != nil {
		return "", "", fmt.Errorf("read how merchant %d is paid in Telegram: %w", merchant, err)
	}
	if len(rows) == 0 {
		return "", "", nil
	}
	return rows[0].ProviderToken, rows[0].StarsRate, nil
}
