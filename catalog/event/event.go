// Package event tells what happened in a shop to those outside who want to hear of it: the domains write it down as it
// was, in the transaction that made it so, and know nothing of who listens.
package event

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"parley/migrations/db"
)

// Type is what kind of thing happened. Types are never renamed: programs of others know them.
type Type string

// What happens to a catalogue.
const (
	ProductCreated  Type = "product.created"
	ProductUpdated  Type = "product.updated"
	ProductArchived Type = "product.archived"
	CategoryCreated Type = "category.created"
	CategoryUpdated Type = "category.updated"
	CategoryDeleted Type = "category.deleted"
	StockChanged    Type = "stock.changed" // pieces came or went
	StockOut        Type = "stock.out"     // the last piece went
)

// What happens to orders.
const (
	OrderPlaced     Type = "order.placed"
	OrderAgreed     Type = "order.agreed" // to be paid on delivery or by transfer
	OrderPaid       Type = "order.paid"
	OrderPaidInPart Type = "order.paid_in_part" // and waits for the rest
	OrderShipped    Type = "order.shipped"
	OrderCompleted  Type = "order.completed"
	OrderCancelled  Type = "order.cancelled"
	OrderExpired    Type = "order.expired" // cancelled because nobody paid in time
	OrderRefunded   Type = "order.refunded"
)

// Types lists all of them.
func Types() []Type {
	return []Type{
		ProductCreated, ProductUpdated, ProductArchived, CategoryCreated, CategoryUpdated, CategoryDeleted, StockChanged, StockOut,
		OrderPlaced, OrderAgreed, OrderPaid, OrderPaidInPart, OrderShipped, OrderCompleted, OrderCancelled, OrderExpired, OrderRefunded,
	}
}

// Happened is one thing that happened, as it was then.
type Happened struct {
	Merchant int64           `json:"merchant_id"`
	Type     Type            `json:"type"`
	At       time.Time       `json:"at"`
	Data     json.RawMessage `json:"data"`
}

// Of is a thing that happened with what is to be told of it, which must encode to JSON.
func Of(merchant int64, t Type, at time.Time, data any) Happened {
	encoded, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("what is told of %s does not encode: %v", t, err)) // a bug: it is our own struct
	}
	return Happened{merchant, t, at, encoded}
}

// Listener says whether anybody wants to hear of a type in a shop. It is asked inside of transactions on every order's
// way, so it answers from memory. Nil is nobody.
type Listener func(ctx context.Context, merchant int64, t Type) bool

// Wants says whether anybody wants to hear of one of the types.
func (l Listener) Wants(ctx context.Context, merchant int64, types ...Type) bool {
	return l != nil && slices.ContainsFunc(types, func(t Type) bool { return l(ctx, merchant, t) })
}

// Job is the kind of a job that carries Happened.
const Job = "event.happened"

// Promise has things told, exactly if the transaction of ctx commits, in one statement for each hundred.
func Promise(ctx context.Context, d *db.DB, all ...Happened) error {
	for some := range slices.Chunk(all, 100) {
		jobs := make([]db.Job, len(some))
		for i, one := range some {
			jobs[i] = db.Job{Kind: Job}.With(one)
		}
		if err := d.Promise(ctx, jobs...); err != nil {
			return err
		}
	}
	return nil
}
