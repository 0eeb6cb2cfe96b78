package orders

import (
	"context"
	"slices"
	"strconv"

	"parley/catalog"
	"parley/migrations/db"
)

// Kinds of jobs: what this package promises itself, and what conversations are to be told.
const (
	JobExpire = "orders.expire" // kept by ExpireJob
	JobTold   = "orders.told"   // carries Told
)

// Told is the arguments of a JobTold: what has happened to a buyer's order without the buyer doing it.
type Told struct {
	Order    OrderID            `json:"order"`
	Merchant catalog.MerchantID `json:"merchant"`
	Buyer    BuyerID            `json:"buyer"`
	What     string             `json:"what"` // WasShipped, WasCompleted, WasCancelled or WasExpired
}

// toldOf is what buyers are told. That they have paid is told by payments.
var toldOf = []string{WasShipped, WasCompleted, WasCancelled, WasExpired}

// tell promises to tell the buyer what has happened, unless they did it themselves.
func (s *Service) tell(ctx context.Context, o Order, c change) error {
	if c.who == ByBuyer || !slices.Contains(toldOf, c.what) {
		return nil
	}
	told := Told{Order: o.ID, Merchant: o.Merchant, Buyer: o.Buyer, What: c.what}
	return s.db.Promise(ctx, db.Job{Kind: JobTold, Group: "buyer:" + strconv.FormatInt(int64(o.Buyer), 10)}.With(told))
}

// expiring is the arguments of a JobExpire.
type expiring struct {
	Order OrderID `json:"order"`
}

// expiry promises to cancel an order that nobody will have paid.
func expiry(o Order) db.Job {
	return db.Job{Kind: JobExpire, RunAt: o.Expires}.With(expiring{o.ID})
}

// Keepers are the keepers of this package's jobs, by kind.
func (s *Service) Keepers() map[string]db.Keeper {
	return map[string]db.Keeper{JobExpire: s.ExpireJob}
}

// ExpireJob keeps a JobExpire and ends it in the same transaction.
func (s *Service) ExpireJob(ctx context.Context, job db.Job) error {
	var args expiring
	if err := job.Decode(&args); err != nil {
		return db.Hopeless{Why: err}
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		order, err := s.expire(ctx, args.Order)
		if err != nil {
			return err
		}
		if order.State == Pending {
			return db.Later{At: order.Expires}
		}
		return job.Done(ctx)
	})
}

// Expire cancels an order that should have been paid by now, lets its pieces go and has the buyer told. Any
// other order it leaves alone. It fails with fault.Missing.
func (s *Service) Expire(ctx context.Context, id OrderID) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		_, err := s.expire(ctx, id)
		return err
	})
}

func (s *Service) expire(ctx context.Context, id OrderID) (Order, error) {
	order, err := s.lock(ctx, 0, id)
	if err != nil || order.State != Pending || s.at().Before(order.Expires) {
		return order, err
	}
	next, err := order.step(Cancelled, clock)
	if err != nil {
		return order, err
	}
	if err := s.become(ctx, order, next, WasExpired, ByTime, ""); err != nil {
		return order, err
	}
	return next, s.tell(ctx, next, change{what: WasExpired, who: ByTime})
}
