package payments

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
)

// Service takes payments and keeps the books.
//
// Stories, PayoutNews and Queue are set, where there are any, before it is used.
type Service struct {
	Stories    Stories    // nil: evidence is what payments know themselves
	PayoutNews PayoutNews // nil: news of payouts is kept, and nothing else is done
	Queue      Queue      // nil: nothing waits for a person but what is in the review queue

	d        *db.DB
	store    store
	orders   Orders
	now      func() time.Time
	back     string
	connect  string
	gateways []Gateway
	key      func() string
}

// New makes a service. publicURL is where buyers reach this program: processors send them back to
// publicURL/pay/return/ and the payment's key, and sellers to publicURL/connect/. The order of gateways is the order in which they are offered.
func New(d *db.DB, orders Orders, now func() time.Time, publicURL string, gateways ...Gateway) *Service {
	return &Service{
		d: d, store: store{d}, orders: orders, gateways: gateways, key: newKey,
		back: strings.TrimRight(publicURL, "/") + "/pay/return/", connect: strings.TrimRight(publicURL, "/") + "/connect/",
		now: func() time.Time { return now().UTC().Truncate(time.Microsecond) },
	}
}

// newKey has 130 random bits: it is the buyer's pass to the return page.
func newKey() string { return "pay_" + strings.ToLower(rand.Text()) }

// Methods are the ways to pay that a merchant's buyer is offered for what is due, none when nothing is.
func (s *Service) Methods(ctx context.Context, merchant MerchantID, due Due) []Method {
	methods := []Method{}
	for _, gateway := range s.gateways {
		if due.Merchant == merchant && offers(ctx, gateway, due) && s.sells(ctx, gateway, due) {
			_, later := gateway.(ByHand)
			methods = append(methods, Method{Name: gateway.Name(), Later: later})
		}
	}
	return methods
}

func offers(ctx context.Context, gateway Gateway, due Due) bool {
	choosy, ok := gateway.(Choosy)
	return due.Payable && due.Amount.Minor > 0 && (!ok || choosy.Offers(ctx, due))
}

// sells says whether a payment by a gateway could be passed on to the merchant. One that can't be looked up could: beginning
// it will say.
func (s *Service) sells(ctx context.Context, gateway Gateway, due Due) bool {
	_, err := s.forSeller(ctx, gateway, Payment{Merchant: due.Merchant, Amount: due.Amount})
	return fault.KindOf(err) != fault.Conflict
}

// gateway fails with fault.Invalid for a name that is not configured.
func (s *Service) gateway(name string) (Gateway, error) {
	for _, gateway := range s.gateways {
		if gateway.Name() == name {
			return gateway, nil
		}
	}
	return nil, fault.New(fault.Invalid, "payment.gateway_unknown").With("gateway", name)
}

// Find is a merchant's payment; fault.Missing when it is not theirs.
func (s *Service) Find(ctx context.Context, merchant MerchantID, id PaymentID) (Payment, error) {
	return s.store.one(ctx, "id = ? and merchant_id = ?", int64(id), int64(merchant))
}

// FindByKey is the payment with a key, for whoever was given the key.
func (s *Service) FindByKey(ctx context.Context, key string) (Payment, error) {
	return s.store.one(ctx, "idem_key = ?", key)
}

// ListByOrder is every attempt to be paid for an order, oldest first.
func (s *Service) ListByOrder(ctx context.Context, merchant MerchantID, order OrderID) ([]Payment, error) {
	return s.store.list(ctx, "merchant_id = ? and order_id = ? order by id", int64(merchant), int64(order))
}

// tell promises to bring news of a payment to the conversation. The order is locked, so news is told in
// the order in which it happened.
func (s *Service) tell(ctx context.Context, p Payment, what string) error {
	if what == "" {
		return nil
	}
	told := Told{Payment: p.ID, Order: p.Order, Merchant: p.Merchant, What: what}
	return s.d.Promise(ctx, db.Job{Kind: ToldJob, Group: fmt.Sprintf("order:%d", p.Order)}.With(told))
}

// IsByHand says whether a gateway's money is confirmed by staff, so that the order is agreed meanwhile.
func (s *Service) IsByHand(name string) bool {
	gateway, err := s.gateway(name)
	_, byHand := gateway.(ByHand)
	return err == nil && byHand
}

// Standing is how far payments by a gateway have come.
type Standing struct {
	Gateway string
	Status  Status
}

// Census counts payments, over all merchants, for metrics.
func (s *Service) Census(ctx context.Context) (map[Standing]int64, error) {
	var rows []struct {
		Standing
		Count int64
	}
	err := s.d.On(ctx).Raw("select gateway, status, count(*) as count from payments group by gateway, status").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count payments: %w", err)
	}
	counts := map[Standing]int64{}
	for _, row := range rows {
		counts[row.Standing] = row.Count
	}
	return counts, nil
}
