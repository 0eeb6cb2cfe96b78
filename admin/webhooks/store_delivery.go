package webhooks

import (
	"context"
	"fmt"
	"time"

	"parley/catalog"
	"parley/catalog/event"
	"parley/catalog/fault"
	"parley/migrations/db"
)

// dueRow is all that a try needs.
type dueRow struct {
	ID            DeliveryID
	MerchantID    int64
	EndpointID    EndpointID
	State         string
	Round         int
	Tries         int
	NextAt        *time.Time
	Key           string
	Type          event.Type
	Body          string
	URL           string `gorm:"column:url"`
	EndpointState string
	Secret        string
	OldSecret     string
	OldTill       *time.Time
	FailingSince  *time.Time
}

func (s *Service) due(ctx context.Context, id DeliveryID) (dueRow, error) {
	var rows []dueRow
	err := s.DB.On(ctx).Raw(`select d.id, d.merchant_id, d.endpoint_id, d.state, d.round, d.tries, d.next_at, m.key, m.type, m.body,
		e.url, e.state as endpoint_state, e.secret, e.old_secret, e.old_till, e.failing_since
		from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id join webhook_messages m on m.id = d.message_id
		where d.id = ?`, int64(id)).Scan(&rows).Error
	if err != nil {
		return dueRow{}, fmt.Errorf("read delivery %d: %w", id, err)
	}
	if len(rows) == 0 {
		return dueRow{}, noDelivery()
	}
	return rows[0], nil
}

func noDelivery() error { return fault.New(fault.Missing, "webhook.no_delivery") }

func (s *Service) insertAttempt(ctx context.Context, due dueRow, a Attempt) error {
	err := s.DB.On(ctx).Exec("insert into webhook_attempts (merchant_id, delivery_id, at, took_ms, status, failure, answer) values (?, ?, ?, ?, ?, ?, ?)",
		due.MerchantID, int64(due.ID), a.At, max(a.Took.Milliseconds(), 0), a.Status, fault.Keep(a.Failure), a.Answer).Error
	if err != nil {
		return fmt.Errorf("log a try of delivery %d: %w", due.ID, err)
	}
	return nil
}

// updateDelivery writes what follows from a try, unless the delivery was replayed meanwhile.
func (s *Service) updateDelivery(ctx context.Context, due dueRow, v verdict) error {
	err := s.DB.On(ctx).Exec("update webhook_deliveries set state = ?, tries = tries + 1, next_at = ?, updated_at = ? where id = ? and round = ? and state = 'pending'",
		string(v.state), orNull(v.next), s.at(), int64(due.ID), due.Round).Error
	if err != nil {
		return fmt.Errorf("write delivery %d: %w", due.ID, err)
	}
	return nil
}

// markFailing says since when an endpoint fails; the zero time: it does not.
func (s *Service) markFailing(ctx context.Context, id EndpointID, since time.Time) error {
	return s.DB.On(ctx).Exec("update webhook_endpoints set failing_since = ? where id = ?", orNull(since), int64(id)).Error
}

func (s *Service) markBroken(ctx context.Context, id EndpointID, why *fault.Error) error {
	return s.DB.On(ctx).Exec("update webhook_endpoints set state = ?, note = ?, updated_at = ? where id = ? and state = ?",
		string(Broken), fault.Keep(why), s.at(), int64(id), string(Enabled)).Error
}

// restart begins another round of a delivery.
func (s *Service) restart(ctx context.Context, endpoint EndpointID, id DeliveryID) (round int, err error) {
	err = s.DB.On(ctx).Raw("update webhook_deliveries set state = 'pending', round = round + 1, tries = 0, next_at = ?, updated_at = ?"+
		" where id = ? and endpoint_id = ? returning round", s.at(), s.at(), int64(id), int64(endpoint)).Scan(&round).Error
	if err == nil && round == 0 {
		err = noDelivery()
	}
	return round, err
}

const replayAtOnce = 300

func (s *Service) countMessages(ctx context.Context, args replaying) (count int, err error) {
	err = s.DB.On(ctx).Raw("select count(*) from webhook_messages where merchant_id = ? and at >= ? and at <= ? and type <> ?",
		int64(args.Merchant), args.Since, args.Until, string(Test)).Scan(&count).Error
	return count, err
}

// replaySome replays the next messages and returns the last one's id; zero: there are no more.
func (s *Service) replaySome(ctx context.Context, e Endpoint, args replaying) (last messageID, err error) {
	var rows []struct {
		ID   messageID
		Type event.Type
	}
	err = s.DB.On(ctx).Raw("select id, type from webhook_messages where merchant_id = ? and at >= ? and at <= ? and type <> ? and id > ? order by id limit ?",
		int64(args.Merchant), args.Since, args.Until, string(Test), int64(args.After), replayAtOnce).Scan(&rows).Error
	if err != nil {
		return 0, fmt.Errorf("read messages to replay: %w", err)
	}
	var jobs []db.Job
	for _, row := range rows {
		if last = row.ID; !(subscription{types: e.Events}).wants(row.Type) {
			continue
		}
		var again delivering
		err := s.DB.On(ctx).Raw("insert into webhook_deliveries (merchant_id, endpoint_id, message_id, state, next_at, updated_at) values (?, ?, ?, 'pending', ?, ?)"+
			" on conflict (endpoint_id, message_id) do update set state = 'pending', round = webhook_deliveries.round + 1, tries = 0,"+
			" next_at = excluded.next_at, updated_at = excluded.updated_at returning id as delivery, round",
			int64(args.Merchant), int64(e.ID), int64(row.ID), s.at(), s.at()).Scan(&again).Error
		if err != nil {
			return 0, fmt.Errorf("replay message %d: %w", row.ID, err)
		}
		jobs = append(jobs, again.job())
	}
	if len(rows) < replayAtOnce {
		last = 0
	}
	return last, s.DB.Promise(ctx, jobs...)
}

type deliveryRow struct {
	ID         DeliveryID
	EndpointID EndpointID
	Key        string
	Type       event.Type
	At         time.Time
	Body       string
	State      DeliveryState
	Tries      int
	NextAt     *time.Time
	UpdatedAt  time.Time  `gorm:"autoUpdateTime:false"`
	Last       attemptRow `gorm:"embedded;embeddedPrefix:last_"`
}

type attemptRow struct {
	At      *time.Time
	TookMS  int64 `gorm:"column:took_ms"`
	Status  int
	Failure string
	Answer  string
}

func (r attemptRow) attempt() Attempt {
	return Attempt{At: timeOf(r.At), Took: time.Duration(r.TookMS) * time.Millisecond, Status: r.Status, Failure: fault.Recall(r.Failure), Answer: r.Answer}
}

func (r deliveryRow) delivery() Delivery {
	d := Delivery{
		ID: r.ID, Endpoint: r.EndpointID, Message: r.Key, Type: r.Type, At: r.At.UTC(), State: r.State, Tries: r.Tries, Next: timeOf(r.NextAt),
		Updated: r.UpdatedAt.UTC(), Body: r.Body,
	}
	if r.Last.At != nil {
		last := r.Last.attempt()
		d.Last = &last
	}
	return d
}

// deliveriesSQL reads deliveries d with their last try.
const deliveriesSQL = `select d.id, d.endpoint_id, m.key, m.type, m.at, d.state, d.tries, d.next_at, d.updated_at,
	a.at as last_at, coalesce(a.took_ms, 0) as last_took_ms, coalesce(a.status, 0) as last_status, coalesce(a.failure, '') as last_failure, coalesce(a.answer, '') as last_answer %s
	from webhook_deliveries d join webhook_messages m on m.id = d.message_id left join webhook_attempts a on a.id =
		(select max(b.id) from webhook_attempts b where b.merchant_id = d.merchant_id and b.delivery_id = d.id) where d.merchant_id = ? and d.endpoint_id = ?`

// Filter is which deliveries are listed.
type Filter struct {
	State  DeliveryState // empty: any
	Before DeliveryID    // only older ones; zero: from the newest
	Limit  int
}

// Deliveries is the log of an endpoint, newest first. An endpoint that is not the shop's has none.
func (s *Service) Deliveries(ctx context.Context, merchant catalog.MerchantID, endpoint EndpointID, f Filter) ([]Delivery, error) {
	sql, args := fmt.Sprintf(deliveriesSQL, ""), []any{int64(merchant), int64(endpoint)}
	if f.State != "" {
		sql, args = sql+" and d.state = ?", append(args, string(f.State))
	}
	if f.Before != 0 {
		sql, args = sql+" and d.id < ?", append(args, int64(f.Before))
	}
	var rows []deliveryRow
	if err := s.DB.On(ctx).Raw(sql+" order by d.id desc limit ?", append(args, f.Limit)...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	all := make([]Delivery, len(rows))
	for i, row := range rows {
		all[i] = row.delivery()
	}
	return all, nil
}

// Delivery is one of an endpoint, with what was sent and each try. It fails with fault.Missing "webhook.no_delivery".
func (s *Service) Delivery(ctx context.Context, merchant catalog.MerchantID, endpoint EndpointID, id DeliveryID) (Delivery, error) {
	var rows []deliveryRow
	err := s.DB.On(ctx).Raw(fmt.Sprintf(deliveriesSQL, ", m.body")+" and d.id = ?", int64(merchant), int64(endpoint), int64(id)).Scan(&rows).Error
	if err != nil {
		return Delivery{}, fmt.Errorf("read delivery %d: %w", id, err)
	}
	if len(rows) == 0 {
		return Delivery{}, noDelivery()
	}
	d := rows[0].delivery()
	var tries []attemptRow
	err = s.DB.On(ctx).Raw("select at, took_ms, status, failure, answer from webhook_attempts where merchant_id = ? and delivery_id = ? order by id desc limit 100",
		int64(merchant), int64(id)).Scan(&tries).Error
	for _, row := range tries {
		d.Attempts = append(d.Attempts, row.attempt())
	}
	return d, err
}
