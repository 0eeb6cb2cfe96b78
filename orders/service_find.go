package orders

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
)

// Page is a part of a list.
type Page struct {
	Offset int
	Limit  int // 1…100; outside of that it is 20
}

func (p Page) sane() Page {
	if p.Limit < 1 || p.Limit > 100 {
		p.Limit = 20
	}
	p.Offset = max(p.Offset, 0)
	return p
}

// Filter is which orders staff look for. Its zero value is all of them.
type Filter struct {
	State  State     // empty: any
	Unpaid bool      // only those for which money is still to come
	Query  string    // a number, or part of the contact's name, phone or e-mail address
	Buyer  BuyerID   // zero: anybody
	Since  time.Time // placed at this time or later; zero: whenever
	Until  time.Time // placed before; zero: to now
}

// where is the condition of a filter, and what fills it.
func (f Filter) where(m catalog.MerchantID) (string, []any) {
	where, args := "merchant_id = ?", []any{int64(m)}
	add := func(condition string, values ...any) { where, args = where+" and "+condition, append(args, values...) }
	if f.State != "" {
		add("state = ?", string(f.State))
	}
	if f.Unpaid {
		add("state <> ? and received < total", string(Cancelled))
	}
	if query := oneLine(f.Query); query != "" {
		add(`(id = ? or search like ? escape '\')`, int64(idOf(query)), containing(query))
	}
	if f.Buyer != 0 {
		add("buyer_id = ?", int64(f.Buyer))
	}
	if !f.Since.IsZero() {
		add("placed_at >= ?", f.Since.UTC())
	}
	if !f.Until.IsZero() {
		add("placed_at < ?", f.Until.UTC())
	}
	return where, args
}

// Find is an order with its lines and timeline, in three statements. It fails with fault.Missing.
func (s *Service) Find(ctx context.Context, m catalog.MerchantID, id OrderID) (Order, error) {
	order, err := s.one(ctx, m, id, "")
	if err != nil {
		return Order{}, err
	}
	if order.Lines, err = s.linesOf(ctx, id); err != nil {
		return Order{}, err
	}
	since, err := s.eventsOf(ctx, id)
	order.Timeline = append([]Happening{order.beginning()}, since...)
	return order, err
}

// FindByNumber is Find by the number that people use. It fails with fault.Missing.
func (s *Service) FindByNumber(ctx context.Context, m catalog.MerchantID, number string) (Order, error) {
	return s.Find(ctx, m, idOf(number))
}

// Theirs is Find for a buyer: it fails with fault.Missing for another's order.
func (s *Service) Theirs(ctx context.Context, m catalog.MerchantID, b BuyerID, id OrderID) (Order, error) {
	order, err := s.Find(ctx, m, id)
	if err == nil && order.Buyer != b {
		return Order{}, fault.New(fault.Missing, "order.missing")
	}
	return order, err
}

// List is a buyer's orders with their lines, newest first, and whether there are more, in two statements.
func (s *Service) List(ctx context.Context, m catalog.MerchantID, b BuyerID, p Page) (orders []Order, more bool, err error) {
	return s.list(ctx, p, "merchant_id = ? and buyer_id = ?", int64(m), int64(b))
}

// ListAll is a merchant's orders with their lines, newest first, and whether there are more, in two statements.
func (s *Service) ListAll(ctx context.Context, m catalog.MerchantID, f Filter, p Page) (orders []Order, more bool, err error) {
	where, args := f.where(m)
	return s.list(ctx, p, where, args...)
}

// containing is the pattern of what holds a text, in lower case as the column is.
func containing(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(text)) + "%"
}

func (s *Service) list(ctx context.Context, p Page, where string, args ...any) ([]Order, bool, error) {
	p = p.sane()
	orders, err := s.page(ctx, p, where, args...)
	if err != nil {
		return nil, false, err
	}
	more := len(orders) > p.Limit
	orders = orders[:min(len(orders), p.Limit)]
	ids := make([]OrderID, len(orders))
	for i, order := range orders {
		ids[i] = order.ID
	}
	lines, err := s.linesOfAll(ctx, ids)
	for i := range orders {
		orders[i].Lines = lines[orders[i].ID]
	}
	return orders, more, err
}

// Repeat puts what a buyer ordered once more in their cart, as far as it can still be had, and returns the
// rest: lines with the quantity that is missing. It fails with fault.Missing for another's order.
func (s *Service) Repeat(ctx context.Context, m catalog.MerchantID, b BuyerID, id OrderID) (Cart, []OrderLine, error) {
	order, err := s.Theirs(ctx, m, b, id)
	if err != nil {
		return Cart{}, nil, err
	}
	rows, err := s.cartRows(ctx, m, b)
	if err != nil {
		return Cart{}, nil, err
	}
	items, err := s.itemsOf(ctx, m, withLines(rows, order.Lines))
	if err != nil {
		return Cart{}, nil, err
	}
	rows, added, skipped := again(rows, order.Lines, items)
	if len(added) > 0 {
		if err := s.addLines(ctx, m, b, added); err != nil {
			return Cart{}, nil, err
		}
	}
	cart, err := s.cart(ctx, m, b, rows, items)
	return cart, skipped, err
}

// withLines is a cart's rows and those that an order would add.
func withLines(rows []wanted, lines []OrderLine) []wanted {
	all := slices.Clone(rows)
	for _, line := range lines {
		all = append(all, wanted{Variant: line.Variant})
	}
	return all
}

// again is a cart's rows with as much of an order's lines as can be had, the rows that changed, and what is missing.
func again(rows []wanted, lines []OrderLine, items []catalog.Item) (all, added []wanted, skipped []OrderLine) {
	all = slices.Clone(rows)
	for _, line := range lines {
		i := slices.IndexFunc(all, func(row wanted) bool { return row.Variant == line.Variant })
		if i < 0 && len(all) < MostLines {
			i, all = len(all), append(all, wanted{Variant: line.Variant})
		}
		item, found := itemOf(items, line.Variant)
		got := 0
		if found && i >= 0 {
			got = min(line.Quantity, max(available(item, all[i].Held)-all[i].Quantity, 0))
		}
		if got > 0 {
			all[i].Quantity, all[i].Said = all[i].Quantity+got, item.Price.Minor
			added = append(added, all[i])
		}
		if got < line.Quantity {
			line.Quantity -= got
			line.Total, _ = line.Price.Times(int64(line.Quantity)) // less than it was, so it fits
			skipped = append(skipped, line)
		}
	}
	return slices.DeleteFunc(all, func(row wanted) bool { return row.Quantity == 0 }), added, skipped
}

// Census counts orders by state, over all merchants, for metrics.
func (s *Service) Census(ctx context.Context) (map[State]int64, error) {
	var rows []struct {
		State State
		Count int64
	}
	if err := s.db.On(ctx).Raw("select state, count(*) as count from orders group by state").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count orders: %w", err)
	}
	counts := map[State]int64{}
	for _, row := range rows {
		counts[row.State] = row.Count
	}
	return counts, nil
}

// BuyersOf is who placed each of some orders of a merchant; those that are not there are left out.
func (s *Service) BuyersOf(ctx context.Context, m catalog.MerchantID, ids []OrderID) (map[OrderID]BuyerID, error) {
	buyers := map[OrderID]BuyerID{}
	if len(ids) == 0 {
		return buyers, nil
	}
	var rows []struct {
		ID      OrderID
		BuyerID BuyerID
	}
	if err := s.db.On(ctx).Raw("select id, buyer_id from orders where merchant_id = ? and id in ?", int64(m), ids).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read buyers of orders: %w", err)
	}
	for _, row := range rows {
		buyers[row.ID] = row.BuyerID
	}
	return buyers, nil
}
