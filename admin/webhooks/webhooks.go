// Package webhooks tells programs of others what happens in a shop, as Standard Webhooks has it
// (standardwebhooks.com, 1.0.0): signed, logged, tried again for three days, and replayed when somebody asks.
//
// What was committed is told at least once; a message keeps its webhook-id however often it is sent. The order in
// which an endpoint hears of things is not promised: they go out side by side, and one that fails comes later. Each
// says when it happened and how things stood then.
package webhooks

import (
	"context"
	"crypto/cipher"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"parley/catalog/event"
	"parley/catalog/outside"
	"parley/migrations/db"
)

// Ids of this package's things.
type (
	EndpointID int64
	DeliveryID int64
	messageID  int64
)

// Config is what the service needs.
type Config struct {
	DB      *db.DB
	Outside *outside.Client
	Now     func() time.Time
	Key     []byte         // 32 bytes: seals the secrets of endpoints in the database
	Random  io.Reader      // of secrets and ids
	Jitter  func() float64 // 0 ≤ x < 1: spreads what is tried again
	Plain   bool           // addresses may be http:// too, for private networks and tests
	Log     *slog.Logger
	Observe func(result string, took time.Duration) // each try: delivered, retry, failed; may be nil
}

// Service is the webhooks of every merchant. Its methods join the transaction that ctx carries, if any.
type Service struct {
	Config
	seal   cipher.AEAD
	wanted wanted
	mu     sync.Mutex
	busy   map[EndpointID]int // tries under way in this process
}

// New makes the service.
func New(c Config) (*Service, error) {
	seal, err := sealer(c.Key)
	if err != nil {
		return nil, err
	}
	if c.Observe == nil {
		c.Observe = func(string, time.Duration) {}
	}
	return &Service{Config: c, seal: seal, busy: map[EndpointID]int{}}, nil
}

// at is the present as both engines keep it.
func (s *Service) at() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// The jobs of this package, besides event.Job.
const (
	jobDeliver = "webhooks.deliver"
	jobReplay  = "webhooks.replay"
	jobForget  = "webhooks.forget"
)

// Keepers are the keepers of this package's jobs, by kind.
func (s *Service) Keepers() map[string]db.Keeper {
	return map[string]db.Keeper{event.Job: s.spread, jobDeliver: s.deliver, jobReplay: s.replay, jobForget: s.forget}
}

// Keeping is how the jobs of this package are kept: apart from others, since a try may take as long as it may.
func (s *Service) Keeping() db.Keeping {
	return db.Keeping{Kinds: s.Keepers(), Width: 16, Lease: 2 * time.Minute}
}

// Begin promises that old messages are forgotten, now and then. Called again it does nothing.
func (s *Service) Begin(ctx context.Context) error {
	return s.DB.Promise(ctx, db.Job{Kind: jobForget, Key: jobForget})
}

// Remembered is for how long messages and what became of them are kept.
const Remembered = 30 * 24 * time.Hour

const forgetEvery = 6 * time.Hour

// forget keeps the job that Begin promised; it never ends, so that there is always one.
func (s *Service) forget(ctx context.Context, _ db.Job) error {
	for {
		gone := s.DB.On(ctx).Exec("delete from webhook_messages where id in (select id from webhook_messages where at < ? order by at limit 500)",
			s.at().Add(-Remembered))
		if gone.Error != nil {
			return fmt.Errorf("forget old messages: %w", gone.Error)
		}
		if gone.RowsAffected == 0 {
			return db.Later{At: time.Now().Add(forgetEvery)}
		}
	}
}
