package payments

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// Posting is entries of a merchant, about a payment and an order or about none.
type Posting struct {
	Merchant MerchantID
	Payment  PaymentID // zero: about none
	Order    OrderID   // zero: about none
	Entries  []Entry
}

// Post writes entries into the books, all or none, in the transaction that ctx carries if there is one. One whose
// business key is in the books already is left as it is.
func (s *Service) Post(ctx context.Context, all ...Posting) error {
	return s.d.InTx(ctx, func(ctx context.Context) error {
		for _, p := range all {
			about := Payment{ID: p.Payment, Merchant: p.Merchant, Order: p.Order}
			if err := s.store.book(ctx, about, s.now(), p.Entries...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Record is an entry as somebody finds it who knows its business key.
type Record struct {
	ID       int64
	Merchant MerchantID
	Payment  PaymentID
	Order    OrderID
	At       time.Time
	IsUndone bool // another entry has taken it back
	Entry
}

// In is what the entry brought to an account less what it took from there, by currency; nothing where that is zero.
func (r Record) In(account Account) map[money.Currency]int64 {
	sums := map[money.Currency]int64{}
	for _, move := range r.Moves {
		switch account {
		case move.To:
			sums[move.Amount.Currency] += move.Amount.Minor
		case move.From:
			sums[move.Amount.Currency] -= move.Amount.Minor
		}
	}
	for currency, sum := range sums {
		if sum == 0 {
			delete(sums, currency)
		}
	}
	return sums
}

// Records are the entries of a source that have one of the business keys, by key.
func (s *Service) Records(ctx context.Context, source string, keys []string) (map[string]Record, error) {
	found := map[string]Record{}
	if len(keys) == 0 {
		return found, nil
	}
	var rows []entryRow
	err := s.d.On(ctx).Raw("select "+entryColumns+" from ledger_entries e where e.source = ? and e.business_key in ?", source, keys).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look into the books: %w", err)
	}
	entries, err := s.store.withMoves(ctx, rows)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(entries))
	for i, one := range entries {
		ids[i] = one.id
	}
	var undone []int64
	if len(ids) > 0 {
		if err := s.d.On(ctx).Raw("select reverses from ledger_entries where reverses in ?", ids).Scan(&undone).Error; err != nil {
			return nil, fmt.Errorf("look for what was taken back: %w", err)
		}
	}
	gone := map[int64]bool{}
	for _, id := range undone {
		gone[id] = true
	}
	for _, one := range entries {
		found[one.Key] = Record{one.id, one.merchant, one.payment, one.order, one.at, gone[one.id], one.Entry}
	}
	return found, nil
}

// Settling is a gateway of that name, when its processor says what it does with the money that it holds. It fails
// with fault.Invalid: payment.gateway_unknown, payment.not_settling.
func (s *Service) Settling(name string) (Settling, error) {
	gateway, err := s.gateway(name)
	if err != nil {
		return nil, err
	}
	settling, ok := settles(gateway)
	if !ok {
		return nil, fault.New(fault.Invalid, "payment.not_settling").With("gateway", name)
	}
	return settling, nil
}

// SettlingNames are the gateways whose processors say what they do with the money that they hold.
func (s *Service) SettlingNames() (names []string) {
	for _, gateway := range s.gateways {
		if _, ok := settles(gateway); ok {
			names = append(names, gateway.Name())
		}
	}
	return names
}
