// Package admin is the pages of people who run shops: their inbox, their orders, and money that needs a look.
//
// Pages are made on the server and work without scripts; a small script keeps them live.
package admin

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/migrations/db"
	"parley/payments/books"
)

// Config is what the pages are made of. All but ByHand, Settlement, ChatPayments and Secure is required.
type Config struct {
	DB           *db.DB
	Now          func() time.Time
	Key          []byte // signs forms; at least 32 bytes, the same in every replica
	Secure       bool   // the pages are reached by https
	Accounts     *Accounts
	Shops        Shops
	Inbox        Inbox
	Orders       Orders
	Payments     Payments
	Channels     books.Channels
	Settlement   Settlement   // nil: there are no pages of it
	ChatPayments ChatPayments // nil: there is no page of it
	ByHand       []string     // the gateways whose money staff confirm; none: "cod" and "transfer"
	Log          *slog.Logger
}

// Admin serves the pages.
type Admin struct {
	Config
	pages   pages
	assets  assets
	journal journal
	streams *streams
	closed  chan struct{}
	once    sync.Once
}

// New makes the pages. It fails when something of the configuration is missing.
func New(c Config) (*Admin, error) {
	switch {
	case c.DB == nil || c.Now == nil || c.Log == nil:
		return nil, errors.New("staff pages need a database, a clock and a log")
	case c.Accounts == nil || c.Shops == nil || c.Inbox == nil || c.Orders == nil || c.Payments == nil || c.Channels == nil:
		return nil, errors.New("staff pages need accounts, shops, an inbox, orders with their channels and payments")
	case len(c.Key) < 32:
		return nil, fmt.Errorf("the key of staff pages has %d bytes; it needs 32", len(c.Key))
	}
	if len(c.ByHand) == 0 {
		c.ByHand = []string{"cod", "transfer"}
	}
	a := &Admin{Config: c, streams: &streams{of: map[AccountID]int{}}, closed: make(chan struct{})}
	a.journal = journal{c.DB, a.at}
	var err error
	if a.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	a.pages, err = loadPages(a.assets)
	return a, err
}

// Close ends the open streams, so that the server can stop.
func (a *Admin) Close() { a.once.Do(func() { close(a.closed) }) }

// at is the present as both engines keep it.
func (a *Admin) at() time.Time { return a.Now().UTC().Truncate(time.Microsecond) }
