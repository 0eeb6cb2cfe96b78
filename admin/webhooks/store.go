package webhooks

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"parley/catalog"
	"parley/catalog/event"
	"parley/catalog/fault"
)

// endpointRow is a row of webhook_endpoints.
type endpointRow struct {
	ID           int64
	MerchantID   int64
	URL          string `gorm:"column:url"`
	Events       string
	Description  string
	State        string
	Note         string
	Secret       string
	OldSecret    string
	OldTill      *time.Time
	FailingSince *time.Time
	CreatedAt    time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt    time.Time `gorm:"autoUpdateTime:false"`
}

const endpointColumns = "e.id, e.merchant_id, e.url, e.events, e.description, e.state, e.note, e.secret, e.old_secret, e.old_till, e.failing_since, e.created_at, e.updated_at"

func (r endpointRow) endpoint() Endpoint {
	return Endpoint{
		ID: EndpointID(r.ID), Merchant: catalog.MerchantID(r.MerchantID), URL: r.URL, Events: typesOf(r.Events), Description: r.Description,
		State: State(r.State), Note: fault.Recall(r.Note), OldTill: timeOf(r.OldTill), FailingSince: timeOf(r.FailingSince),
		Created: r.CreatedAt.UTC(), Updated: r.UpdatedAt.UTC(),
	}
}

// typesOf reads a column of types.
func typesOf(column string) (types []event.Type) {
	if err := json.Unmarshal([]byte(column), &types); err != nil {
		return nil // all of them: rather too much than silence
	}
	return types
}

func typesText(types []event.Type) string {
	text, err := json.Marshal(append([]event.Type{}, types...))
	if err != nil {
		panic("types do not encode: " + err.Error()) // a bug: they are strings
	}
	return string(text)
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// List is the endpoints of a shop, oldest first; there are at most twenty.
func (s *Service) List(ctx context.Context, merchant catalog.MerchantID) ([]Endpoint, error) {
	var rows []endpointRow
	err := s.DB.On(ctx).Raw("select "+endpointColumns+" from webhook_endpoints e where e.merchant_id = ? order by e.id", int64(merchant)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list endpoints: %w", err)
	}
	all := make([]Endpoint, len(rows))
	for i, row := range rows {
		all[i] = row.endpoint()
	}
	return all, nil
}

// Find is one endpoint of a shop. It fails with fault.Missing "webhook.missing".
func (s *Service) Find(ctx context.Context, merchant catalog.MerchantID, id EndpointID) (Endpoint, error) {
	return s.find(ctx, merchant, id, "")
}

func (s *Service) find(ctx context.Context, merchant catalog.MerchantID, id EndpointID, lock string) (Endpoint, error) {
	var rows []endpointRow
	err := s.DB.On(ctx).Raw("select "+endpointColumns+" from webhook_endpoints e where e.merchant_id = ? and e.id = ?"+lock, int64(merchant), int64(id)).Scan(&rows).Error
	if err != nil {
		return Endpoint{}, fmt.Errorf("read endpoint %d: %w", id, err)
	}
	if len(rows) == 0 {
		return Endpoint{}, fault.New(fault.Missing, "webhook.missing")
	}
	return rows[0].endpoint(), nil
}

func (s *Service) insertEndpoint(ctx context.Context, merchant catalog.MerchantID, d Draft, secret string) (id EndpointID, err error) {
	sealed, err := s.sealed(secret)
	if err != nil {
		return 0, err
	}
	state := Enabled
	if d.Disabled {
		state = Disabled
	}
	err = s.DB.On(ctx).Raw("insert into webhook_endpoints (merchant_id, url, events, description, state, secret, created_at, updated_at)"+
		" values (?, ?, ?, ?, ?, ?, ?, ?) returning id", int64(merchant), d.URL, typesText(d.Events), d.Description, string(state), sealed, s.at(), s.at()).Scan(&id).Error
	if err != nil {
		return 0, fmt.Errorf("write an endpoint: %w", err)
	}
	return id, nil
}

// updateEndpoint writes what is said of a locked endpoint.
func (s *Service) updateEndpoint(ctx context.Context, was Endpoint, d Draft) error {
	state, note, failing := was.State, was.Note, was.FailingSince
	switch {
	case d.Disabled && was.State == Enabled:
		state = Disabled
	case !d.Disabled && was.State != Enabled:
		state, note, failing = Enabled, nil, time.Time{}
	}
	err := s.DB.On(ctx).Exec("update webhook_endpoints set url = ?, events = ?, description = ?, state = ?, note = ?, failing_since = ?, updated_at = ? where id = ?",
		d.URL, typesText(d.Events), d.Description, string(state), fault.Keep(note), orNull(failing), s.at(), int64(was.ID)).Error
	if err != nil {
		return fmt.Errorf("change endpoint %d: %w", was.ID, err)
	}
	return nil
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (s *Service) rotateSecret(ctx context.Context, id EndpointID, secret string, till time.Time) error {
	sealed, err := s.sealed(secret)
	if err != nil {
		return err
	}
	err = s.DB.On(ctx).Exec("update webhook_endpoints set old_secret = secret, old_till = ?, secret = ?, updated_at = ? where id = ?",
		till, sealed, s.at(), int64(id)).Error
	if err != nil {
		return fmt.Errorf("rotate the secret of endpoint %d: %w", id, err)
	}
	return nil
}
