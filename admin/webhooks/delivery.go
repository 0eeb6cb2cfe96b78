package webhooks

import (
	"context"
	"time"

	"parley/catalog"
	"parley/catalog/event"
	"parley/catalog/fault"
	"parley/migrations/db"
)

// DeliveryState is how far a message has come on its way to an endpoint.
type DeliveryState string

// States of deliveries.
const (
	Pending   DeliveryState = "pending"   // it is tried at Next
	Delivered DeliveryState = "delivered" // an answer said so
	Failed    DeliveryState = "failed"    // its tries are used up, or the endpoint hears nothing any more
)

// Delivery is a message on its way to an endpoint.
type Delivery struct {
	ID       DeliveryID
	Endpoint EndpointID
	Message  string // its webhook-id
	Type     event.Type
	At       time.Time // when it happened
	State    DeliveryState
	Tries    int       // since it was last replayed
	Next     time.Time // Pending: when it is tried
	Updated  time.Time
	Last     *Attempt  // nil: none yet
	Body     string    // only from Delivery
	Attempts []Attempt // newest first, at most a hundred; only from Delivery
}

// Replay sends a message to an endpoint once more, with the same webhook-id, and with all its tries before it. It fails
// with fault.Missing, and with fault.Conflict "webhook.off" unless the endpoint is Enabled.
func (s *Service) Replay(ctx context.Context, merchant catalog.MerchantID, endpoint EndpointID, id DeliveryID) (d Delivery, err error) {
	err = s.DB.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.hearing(ctx, merchant, endpoint); err != nil {
			return err
		}
		round, err := s.restart(ctx, endpoint, id)
		if err != nil {
			return err
		}
		if err := s.DB.Promise(ctx, delivering{id, round}.job()); err != nil {
			return err
		}
		d, err = s.Delivery(ctx, merchant, endpoint, id)
		return err
	})
	return d, err
}

// replaying is the arguments of a jobReplay.
type replaying struct {
	Merchant catalog.MerchantID `json:"merchant"`
	Endpoint EndpointID         `json:"endpoint"`
	Since    time.Time          `json:"since"`
	Until    time.Time          `json:"until"` // what happens while it runs is sent anyway
	After    messageID          `json:"after"`
}

// ReplaySince sends an endpoint once more what has happened since a time and is still known, that is for Remembered,
// and says how many messages that may be: those that the endpoint does not want to hear of are left out. It fails with
// fault.Missing, with fault.Conflict "webhook.off" unless the endpoint is Enabled, and with fault.Invalid
// "webhook.since" for a time to come.
func (s *Service) ReplaySince(ctx context.Context, merchant catalog.MerchantID, endpoint EndpointID, since time.Time) (count int, err error) {
	args := replaying{merchant, endpoint, since.UTC(), s.at(), 0}
	if since.After(args.Until) {
		return 0, fault.New(fault.Invalid, "webhook.since").With("field", "since")
	}
	err = s.DB.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.hearing(ctx, merchant, endpoint); err != nil {
			return err
		}
		if count, err = s.countMessages(ctx, args); err != nil {
			return err
		}
		return s.DB.Promise(ctx, db.Job{Kind: jobReplay}.With(args))
	})
	return count, err
}

// replay keeps a jobReplay: some hundred messages, and a promise for the rest.
func (s *Service) replay(ctx context.Context, job db.Job) error {
	var args replaying
	if err := job.Decode(&args); err != nil {
		return db.Hopeless{Why: err}
	}
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		e, err := s.hearing(ctx, args.Merchant, args.Endpoint)
		switch {
		case fault.KindOf(err) == fault.Missing || fault.KindOf(err) == fault.Conflict:
			return job.Done(ctx)
		case err != nil:
			return err
		}
		last, err := s.replaySome(ctx, e, args)
		if err != nil {
			return err
		}
		if last != 0 {
			args.After = last
			if err := s.DB.Promise(ctx, db.Job{Kind: jobReplay}.With(args)); err != nil {
				return err
			}
		}
		return job.Done(ctx)
	})
}
