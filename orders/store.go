package orders

import (
	"context"
	"fmt"
	"strings"

	"parley/catalog"
)

type cartRow struct {
	VariantID int64
	Quantity  int
	SaidPrice int64
	Held      int
	Placed    int64 // the order that the checkout has become already
}

func wantedOf(rows []cartRow) []wanted {
	list := make([]wanted, len(rows))
	for i, row := range rows {
		list[i] = wanted{catalog.VariantID(row.VariantID), row.Quantity, row.SaidPrice, row.Held}
	}
	return list
}

// cartColumns and inOrderAdded frame a reading of a cart; the one parameter is its holder.
const (
	cartColumns = `select l.variant_id, l.quantity, l.said_price,
		coalesce((select r.quantity from reservations r where r.holder = ? and r.variant_id = l.variant_id), 0) as held`
	inOrderAdded = " from cart_lines l where l.merchant_id = ? and l.buyer_id = ? order by l.added_at, l.variant_id"
)

func (s *Service) cartRows(ctx context.Context, m catalog.MerchantID, b BuyerID) ([]wanted, error) {
	var rows []cartRow
	err := s.db.On(ctx).Raw(cartColumns+inOrderAdded, cartHolder(m, b), int64(m), int64(b)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read a cart: %w", err)
	}
	return wantedOf(rows), nil
}

// lockCart reads a cart, keeps it as it is until the transaction ends, and finds the order that the checkout
// has become already: zero when none.
func (s *Service) lockCart(ctx context.Context, c Checkout) ([]wanted, OrderID, error) {
	var rows []cartRow
	err := s.db.On(ctx).Raw(cartColumns+
		", coalesce((select o.id from orders o where o.merchant_id = l.merchant_id and o.buyer_id = l.buyer_id and o.key = ?), 0) as placed"+
		inOrderAdded+s.db.ForUpdate(), cartHolder(c.Merchant, c.Buyer), c.Key, int64(c.Merchant), int64(c.Buyer)).Scan(&rows).Error
	if err != nil {
		return nil, 0, fmt.Errorf("lock a cart: %w", err)
	}
	if len(rows) == 0 {
		id, err := s.placedAs(ctx, c)
		return nil, id, err
	}
	return wantedOf(rows), OrderID(rows[0].Placed), nil
}

// placedAs is the order that a checkout has become; zero when none.
func (s *Service) placedAs(ctx context.Context, c Checkout) (OrderID, error) {
	var id int64
	err := s.db.On(ctx).Raw("select id from orders where merchant_id = ? and buyer_id = ? and key = ?",
		int64(c.Merchant), int64(c.Buyer), c.Key).Scan(&id).Error
	if err != nil {
		return 0, fmt.Errorf("look for a placed order: %w", err)
	}
	return OrderID(id), nil
}

// writeLine keeps a row of a cart; no pieces remove it. More pieces, if any, are added to what is there by
// then, so that of two taps at once neither is lost.
func (s *Service) writeLine(ctx context.Context, m catalog.MerchantID, b BuyerID, row wanted, more int) error {
	if row.Quantity == 0 {
		return s.dropLines(ctx, m, b, []catalog.VariantID{row.Variant})
	}
	args := []any{int64(m), int64(b), int64(row.Variant), row.Quantity, row.Said, s.at()}
	quantity := "excluded.quantity"
	if more > 0 {
		quantity = "case when cart_lines.quantity + ? > ? then ? else cart_lines.quantity + ? end"
		args = append(args, more, catalog.Plenty, catalog.Plenty, more)
	}
	err := s.db.On(ctx).Exec("insert into cart_lines (merchant_id, buyer_id, variant_id, quantity, said_price, added_at)"+
		" values (?, ?, ?, ?, ?, ?) on conflict (merchant_id, buyer_id, variant_id)"+
		" do update set said_price = excluded.said_price, quantity = "+quantity, args...).Error
	if err != nil {
		return fmt.Errorf("write a line of a cart: %w", err)
	}
	return nil
}

// addLines puts pieces of several variants in a cart at once.
func (s *Service) addLines(ctx context.Context, m catalog.MerchantID, b BuyerID, rows []wanted) error {
	values, args, at := make([]string, len(rows)), []any{}, s.at()
	for i, row := range rows {
		values[i] = "(?, ?, ?, ?, ?, ?)"
		args = append(args, int64(m), int64(b), int64(row.Variant), row.Quantity, row.Said, at)
	}
	err := s.db.On(ctx).Exec("insert into cart_lines (merchant_id, buyer_id, variant_id, quantity, said_price, added_at) values "+
		strings.Join(values, ", ")+" on conflict (merchant_id, buyer_id, variant_id)"+
		" do update set quantity = excluded.quantity, said_price = excluded.said_price", args...).Error
	if err != nil {
		return fmt.Errorf("write lines of a cart: %w", err)
	}
	return nil
}

// writePrices keeps the prices of a cart as told to the buyer.
func (s *Service) writePrices(ctx context.Context, cart Cart) error {
	cases, args, ids := strings.Builder{}, []any{}, []int64{}
	for _, line := range cart.Lines {
		if line.Price != line.WasPrice {
			cases.WriteString(" when ? then cast(? as bigint)")
			args, ids = append(args, int64(line.Variant), line.Price.Minor), append(ids, int64(line.Variant))
		}
	}
	err := s.db.On(ctx).Exec("update cart_lines set said_price = case variant_id"+cases.String()+
		" end where merchant_id = ? and buyer_id = ? and variant_id in ?",
		append(args, int64(cart.Merchant), int64(cart.Buyer), ids)...).Error
	if err != nil {
		return fmt.Errorf("write the prices of a cart: %w", err)
	}
	return nil
}

func (s *Service) dropLines(ctx context.Context, m catalog.MerchantID, b BuyerID, variants []catalog.VariantID) error {
	err := s.db.Soon(ctx, "delete from cart_lines where merchant_id = ? and buyer_id = ? and variant_id in ?",
		int64(m), int64(b), variants)
	if err != nil {
		return fmt.Errorf("take lines out of a cart: %w", err)
	}
	return nil
}

func (s *Service) emptyCart(ctx context.Context, m catalog.MerchantID, b BuyerID) error {
	if err := s.db.On(ctx).Exec("delete from cart_lines where merchant_id = ? and buyer_id = ?", int64(m), int64(b)).Error; err != nil {
		return fmt.Errorf("empty a cart: %w", err)
	}
	return nil
}
