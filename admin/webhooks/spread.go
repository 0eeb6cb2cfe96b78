package webhooks

import (
	"context"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"parley/catalog"
	"parley/catalog/event"
	"parley/catalog/fault"
	"parley/migrations/db"
)

// Test is the type of a message that somebody sends to see whether an endpoint hears. It is tried once.
const Test event.Type = "webhook.test"

// payload is the body of a message (Standard Webhooks, "Payload structure").
type payload struct {
	Type     event.Type      `json:"type"`
	At       time.Time       `json:"timestamp"`
	Merchant int64           `json:"merchant_id"`
	Data     json.RawMessage `json:"data"`
}

// delivering is the arguments of a jobDeliver.
type delivering struct {
	Delivery DeliveryID `json:"delivery"`
	Round    int        `json:"round"`
}

func (d delivering) job() db.Job {
	return db.Job{Kind: jobDeliver, Key: jobDeliver + ":" + strconv.FormatInt(int64(d.Delivery), 10) + ":" + strconv.Itoa(d.Round)}.With(d)
}

// spread keeps an event.Job: what happened becomes a message, and the message a delivery to each endpoint that wants
// to hear of it, all in the transaction that ends the job.
func (s *Service) spread(ctx context.Context, job db.Job) error {
	var h event.Happened
	if err := job.Decode(&h); err != nil {
		return db.Hopeless{Why: err}
	}
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		endpoints, err := s.List(ctx, catalog.MerchantID(h.Merchant))
		if err != nil {
			return err
		}
		var to []EndpointID
		kept := false
		for _, e := range endpoints {
			wants := subscription{types: e.Events}.wants(h.Type)
			kept = kept || wants && e.State != Disabled
			if wants && e.State == Enabled {
				to = append(to, e.ID)
			}
		}
		if kept {
			if _, err := s.send(ctx, h, to...); err != nil {
				return err
			}
		}
		return job.Done(ctx)
	})
}

// send keeps a message and promises to deliver it.
func (s *Service) send(ctx context.Context, h event.Happened, to ...EndpointID) ([]DeliveryID, error) {
	key, err := s.newKey()
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(payload{h.Type, h.At, h.Merchant, h.Data})
	if err != nil {
		return nil, fmt.Errorf("encode a message: %w", err)
	}
	var message messageID
	err = s.DB.On(ctx).Raw("insert into webhook_messages (merchant_id, key, type, at, body) values (?, ?, ?, ?, ?) returning id",
		h.Merchant, key, string(h.Type), h.At.UTC().Truncate(time.Microsecond), string(body)).Scan(&message).Error
	if err != nil {
		return nil, fmt.Errorf("keep a message: %w", err)
	}
	var ids []DeliveryID
	for _, endpoint := range to {
		var id DeliveryID
		err := s.DB.On(ctx).Raw("insert into webhook_deliveries (merchant_id, endpoint_id, message_id, state, next_at, updated_at)"+
			" values (?, ?, ?, 'pending', ?, ?) returning id", h.Merchant, int64(endpoint), int64(message), s.at(), s.at()).Scan(&id).Error
		if err != nil {
			return nil, fmt.Errorf("keep a delivery: %w", err)
		}
		if err := s.DB.Promise(ctx, delivering{id, 1}.job()); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// newKey is a webhook-id: nobody guesses it, and no two are alike.
func (s *Service) newKey() (string, error) {
	made := make([]byte, 15)
	if _, err := io.ReadFull(s.Random, made); err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return "msg_" + strings.ToLower(base32.StdEncoding.EncodeToString(made)), nil
}

// SendTest sends an endpoint a message of type Test, and returns its delivery: what became of it is in the log a moment
// later. It fails with fault.Missing, and with fault.Conflict "webhook.off" unless the endpoint is Enabled.
func (s *Service) SendTest(ctx context.Context, merchant catalog.MerchantID, id EndpointID) (d Delivery, err error) {
	err = s.DB.InTx(ctx, func(ctx context.Context) error {
		e, err := s.hearing(ctx, merchant, id)
		if err != nil {
			return err
		}
		ids, err := s.send(ctx, event.Of(int64(merchant), Test, s.at(), map[string]any{"endpoint": e.ID}), id)
		if err != nil {
			return err
		}
		d, err = s.Delivery(ctx, merchant, id, ids[0])
		return err
	})
	return d, err
}

// hearing is an endpoint that is Enabled.
func (s *Service) hearing(ctx context.Context, merchant catalog.MerchantID, id EndpointID) (Endpoint, error) {
	e, err := s.Find(ctx, merchant, id)
	if err == nil && e.State != Enabled {
		err = fault.New(fault.Conflict, "webhook.off")
	}
	return e, err
}
