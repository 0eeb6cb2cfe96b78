package payments

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// ReviewID is an id of a Review.
type ReviewID int64

// Review is something about money that a person must look at.
type Review struct {
	ID       ReviewID
	Merchant MerchantID // zero: nobody knows whose
	Payment  PaymentID  // zero: unknown
	Order    OrderID    // zero: unknown
	Gateway  string
	Reason   string       // WrongAmount, OrderRefused …
	Subject  string       // the processor's id of the charge, else of the attempt, else of the event
	Detail   string       // the key of the fault with which the order refused
	Amount   money.Amount // what came
	Open     bool
	Opened   time.Time
	Closed   time.Time // zero while it is open
	ClosedBy string
	Note     string // what was done about it
	event    int64
}

func reviewOf(p Payment, n Notice, event int64, reason, detail string, now time.Time) Review {
	return Review{
		Merchant: p.Merchant, Payment: p.ID, Order: p.Order, Gateway: p.Gateway, Reason: reason, Subject: n.subject(),
		Detail: detail, Amount: n.Amount, Open: true, Opened: now, event: event,
	}
}

type reviewRow struct {
	ID         int64
	MerchantID int64
	PaymentID  int64
	OrderID    int64
	Gateway    string
	Reason     string
	Subject    string
	Detail     string
	Amount     int64
	Currency   string
	State      string
	OpenedAt   time.Time
	ClosedAt   *time.Time
	ClosedBy   string
	Note       string
}

const reviewColumns = `id, coalesce(merchant_id, 0) as merchant_id, coalesce(payment_id, 0) as payment_id, coalesce(order_id, 0) as order_id,
	gateway, reason, subject, detail, amount, currency, state, opened_at, closed_at, closed_by, note`

func (r reviewRow) review() Review {
	review := Review{
		ID: ReviewID(r.ID), Merchant: MerchantID(r.MerchantID), Payment: PaymentID(r.PaymentID), Order: OrderID(r.OrderID),
		Gateway: r.Gateway, Reason: r.Reason, Subject: r.Subject, Detail: r.Detail,
		Amount: money.Of(r.Amount, money.Currency(r.Currency)), Open: r.State == "open",
		Opened: r.OpenedAt.UTC(), ClosedBy: r.ClosedBy, Note: r.Note,
	}
	if r.ClosedAt != nil {
		review.Closed = r.ClosedAt.UTC()
	}
	return review
}

// openReview queues an item; all that is said of one charge for one reason is one item.
func (s store) openReview(ctx context.Context, r Review) error {
	err := s.d.On(ctx).Exec(`insert into payment_reviews (merchant_id, payment_id, order_id, event_id, gateway, reason, subject, detail, amount, currency, opened_at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (gateway, reason, subject) do nothing`,
		idOrNull(int64(r.Merchant)), idOrNull(int64(r.Payment)), idOrNull(int64(r.Order)), r.event, r.Gateway, r.Reason,
		r.Subject, r.Detail, r.Amount.Minor, string(r.Amount.Currency), r.Opened).Error
	if err != nil {
		return fmt.Errorf("queue for review: %w", err)
	}
	return nil
}

// reviewAbout is the open item that says the same; zero when it is closed.
func (s store) reviewAbout(ctx context.Context, r Review) (id ReviewID, err error) {
	err = s.d.On(ctx).Raw("select id from payment_reviews where gateway = ? and reason = ? and subject = ? and state = 'open'", r.Gateway, r.Reason, r.Subject).Scan(&id).Error
	if err != nil {
		return 0, fmt.Errorf("read review: %w", err)
	}
	return id, nil
}

// ownReview selects a merchant's items; those of merchant zero have none.
const ownReview = "coalesce(merchant_id, 0) = ?"

func (s store) reviews(ctx context.Context, merchant MerchantID, open bool, after ReviewID, limit int) ([]Review, error) {
	state := map[bool]string{true: "open", false: "closed"}[open]
	own, args := "merchant_id = ?", []any{int64(merchant)}
	if merchant == 0 {
		own, args = "merchant_id is null", nil
	}
	var rows []reviewRow
	err := s.d.On(ctx).Raw("select "+reviewColumns+" from payment_reviews where "+own+" and state = ? and id > ? order by id limit ?",
		append(args, state, int64(after), limit)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read reviews: %w", err)
	}
	all := make([]Review, len(rows))
	for i, row := range rows {
		all[i] = row.review()
	}
	return all, nil
}

func (s store) review(ctx context.Context, merchant MerchantID, id ReviewID) (Review, error) {
	var rows []reviewRow
	err := s.d.On(ctx).Raw("select "+reviewColumns+" from payment_reviews where id = ? and "+ownReview, int64(id), int64(merchant)).Scan(&rows).Error
	if err != nil {
		return Review{}, fmt.Errorf("read review: %w", err)
	}
	if len(rows) == 0 {
		return Review{}, fault.New(fault.Missing, "payment.review_missing")
	}
	return rows[0].review(), nil
}

// closeReview says whether the item was open and the merchant's.
func (s store) closeReview(ctx context.Context, merchant MerchantID, id ReviewID, who, note string, now time.Time) (bool, error) {
	done := s.d.On(ctx).Exec("update payment_reviews set state = 'closed', closed_at = ?, closed_by = ?, note = ? where id = ? and state = 'open' and "+ownReview,
		now, who, note, int64(id), int64(merchant))
	if done.Error != nil {
		return false, fmt.Errorf("close review: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}
