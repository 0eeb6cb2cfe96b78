package orders

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
)

// orderRow is a row of orders.
type orderRow struct {
	ID              int64
	MerchantID      int64
	BuyerID         int64
	State           string
	Stock           string
	Expired         bool
	Currency        string
	Goods           int64
	Discount        int64
	Shipping        int64
	Tax             int64
	Total           int64
	Received        int64
	Refunded        int64
	ContactName     string
	ContactPhone    string
	ContactEmail    string
	DeliveryID      *int64
	DeliveryKind    string
	DeliveryName    string
	DeliveryAddress string
	Comment         string
	Language        string
	Tracking        string
	PlacedAt        time.Time
	ExpiresAt       *time.Time
}

const orderColumns = "id, merchant_id, buyer_id, state, stock, expired, currency, goods, discount, shipping, tax, total," +
	" received, refunded, contact_name, contact_phone, contact_email, delivery_id, delivery_kind, delivery_name," +
	" delivery_address, comment, language, tracking, placed_at, expires_at"

func (r orderRow) order() Order {
	sum := func(minor int64) money.Amount { return money.Of(minor, money.Currency(r.Currency)) }
	o := Order{
		ID: OrderID(r.ID), Merchant: catalog.MerchantID(r.MerchantID), Buyer: BuyerID(r.BuyerID), Number: number(OrderID(r.ID)),
		State: State(r.State), Holding: Holding(r.Stock), Expired: r.Expired,
		Paid: sum(r.Received - r.Refunded), Refunded: sum(r.Refunded),
		Totals:   Totals{Goods: sum(r.Goods), Discount: sum(r.Discount), Shipping: sum(r.Shipping), Tax: sum(r.Tax), Total: sum(r.Total)},
		Contact:  Contact{Name: r.ContactName, Phone: r.ContactPhone, Email: r.ContactEmail},
		Delivery: Delivery{Kind: catalog.DeliveryKind(r.DeliveryKind), Name: r.DeliveryName, Address: r.DeliveryAddress},
		Comment:  r.Comment, Language: r.Language, Tracking: r.Tracking, Placed: r.PlacedAt.UTC(),
	}
	if r.DeliveryID != nil {
		o.Delivery.Method = catalog.DeliveryID(*r.DeliveryID)
	}
	if r.ExpiresAt != nil {
		o.Expires = r.ExpiresAt.UTC()
	}
	return o
}

// insertOrder writes an order and gives it its id; zero when its checkout has become one already.
func (s *Service) insertOrder(ctx context.Context, key string, o Order) (OrderID, error) {
	var id int64
	err := s.db.On(ctx).Raw(`insert into orders (merchant_id, buyer_id, key, state, stock, currency, goods, discount, shipping, tax,
		total, contact_name, contact_phone, contact_email, delivery_id, delivery_kind, delivery_name, delivery_address, comment,
		language, search, placed_at, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		on conflict (merchant_id, buyer_id, key) do nothing returning id`,
		int64(o.Merchant), int64(o.Buyer), key, string(o.State), string(o.Holding), string(o.Totals.Total.Currency), o.Totals.Goods.Minor,
		o.Totals.Discount.Minor, o.Totals.Shipping.Minor, o.Totals.Tax.Minor, o.Totals.Total.Minor, o.Contact.Name, o.Contact.Phone,
		o.Contact.Email, orNull(o.Delivery.Method), string(o.Delivery.Kind), o.Delivery.Name, o.Delivery.Address, o.Comment,
		o.Language, searched(o.Contact), o.Placed, timeOrNull(o.Expires)).Scan(&id).Error
	if err != nil {
		return 0, fmt.Errorf("write an order: %w", err)
	}
	return OrderID(id), nil
}

// insertLines writes what was sold.
func (s *Service) insertLines(ctx context.Context, o Order) error {
	values, args := make([]string, len(o.Lines)), []any{}
	for i, l := range o.Lines {
		values[i] = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		args = append(args, int64(o.ID), i+1, int64(o.Merchant), int64(l.Variant), string(l.Kind), l.SKU, l.Title, l.Options,
			l.Price.Minor, l.Quantity, l.Total.Minor)
	}
	err := s.db.Soon(ctx, "insert into order_lines (order_id, position, merchant_id, variant_id, kind, sku, title, options,"+
		" price, quantity, total) values "+strings.Join(values, ", "), args...)
	if err != nil {
		return fmt.Errorf("write the lines of order %d: %w", o.ID, err)
	}
	return nil
}

// lock reads an order that nobody else changes until the transaction ends. Zero for the merchant is any.
func (s *Service) lock(ctx context.Context, m catalog.MerchantID, id OrderID) (Order, error) {
	return s.one(ctx, m, id, s.db.ForUpdate())
}

// one reads an order without its lines. It fails with fault.Missing.
func (s *Service) one(ctx context.Context, m catalog.MerchantID, id OrderID, lock string) (Order, error) {
	where, args := "id = ?", []any{int64(id)}
	if m != 0 {
		where, args = "id = ? and merchant_id = ?", append(args, int64(m))
	}
	var rows []orderRow
	if err := s.db.On(ctx).Raw("select "+orderColumns+" from orders where "+where+lock, args...).Scan(&rows).Error; err != nil {
		return Order{}, fmt.Errorf("read order %d: %w", id, err)
	}
	if len(rows) == 0 {
		return Order{}, fault.New(fault.Missing, "order.missing")
	}
	return rows[0].order(), nil
}

// payHeld marks an order paid that holds its pieces and owes exactly this, in one statement. It says whether
// there was such an order; what is returned names it and no more.
func (s *Service) payHeld(ctx context.Context, id OrderID, amount money.Amount) (Order, bool, error) {
	var rows []orderRow
	err := s.db.On(ctx).Raw("update orders set state = ?, stock = ?, received = total, expires_at = null"+
		" where id = ? and stock = ? and state in ? and total - received = ? and currency = ? returning id, merchant_id, buyer_id",
		string(Paid), string(Taken), int64(id), string(Held), from(Paid, payer), amount.Minor, string(amount.Currency)).Scan(&rows).Error
	if err != nil {
		return Order{}, false, fmt.Errorf("mark order %d paid: %w", id, err)
	}
	if len(rows) == 0 {
		return Order{}, false, nil
	}
	return rows[0].order(), true, nil
}

// save writes what may change of a locked order.
func (s *Service) save(ctx context.Context, o Order) error {
	err := s.db.On(ctx).Exec("update orders set state = ?, stock = ?, expired = ?, received = ?, refunded = ?, tracking = ?, expires_at = ? where id = ?",
		string(o.State), string(o.Holding), o.Expired, o.Paid.Minor+o.Refunded.Minor, o.Refunded.Minor, o.Tracking,
		timeOrNull(o.Expires), int64(o.ID)).Error
	if err != nil {
		return fmt.Errorf("write order %d: %w", o.ID, err)
	}
	return nil
}

// write adds a line to an order's timeline.
func (s *Service) write(ctx context.Context, o Order, what, who, note string) error {
	err := s.db.Soon(ctx, "insert into order_events (merchant_id, order_id, at, what, who, note) values (?, ?, ?, ?, ?, ?)",
		int64(o.Merchant), int64(o.ID), s.at(), what, who, note)
	if err != nil {
		return fmt.Errorf("write the timeline of order %d: %w", o.ID, err)
	}
	return nil
}

type lineRow struct {
	OrderID   int64
	VariantID int64
	Kind      string
	SKU       string `gorm:"column:sku"`
	Title     string
	Options   string
	Price     int64
	Quantity  int
	Total     int64
	Currency  string
}

func (r lineRow) line() OrderLine {
	c := money.Currency(r.Currency)
	return OrderLine{
		Variant: catalog.VariantID(r.VariantID), Kind: catalog.Kind(r.Kind), SKU: r.SKU, Title: r.Title, Options: r.Options,
		Price: money.Of(r.Price, c), Quantity: r.Quantity, Total: money.Of(r.Total, c),
	}
}

func (s *Service) linesOf(ctx context.Context, id OrderID) ([]OrderLine, error) {
	lines, err := s.linesOfAll(ctx, []OrderID{id})
	return lines[id], err
}

// linesOfAll reads the lines of several orders in one statement.
func (s *Service) linesOfAll(ctx context.Context, ids []OrderID) (map[OrderID][]OrderLine, error) {
	lines := make(map[OrderID][]OrderLine, len(ids))
	if len(ids) == 0 {
		return lines, nil
	}
	var rows []lineRow
	err := s.db.On(ctx).Raw(`select l.order_id, l.variant_id, l.kind, l.sku, l.title, l.options, l.price, l.quantity, l.total, o.currency
		from order_lines l join orders o on o.id = l.order_id where l.order_id in ? order by l.order_id, l.position`, ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the lines of orders: %w", err)
	}
	for _, row := range rows {
		lines[OrderID(row.OrderID)] = append(lines[OrderID(row.OrderID)], row.line())
	}
	return lines, nil
}

type eventRow struct {
	At   time.Time
	What string
	Who  string
	Note string
}

// eventsOf reads what happened to an order since it was placed.
func (s *Service) eventsOf(ctx context.Context, id OrderID) ([]Happening, error) {
	var rows []eventRow
	err := s.db.On(ctx).Raw("select at, what, who, note from order_events where order_id = ? order by id", int64(id)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the timeline of order %d: %w", id, err)
	}
	events := make([]Happening, len(rows))
	for i, row := range rows {
		events[i] = Happening{At: row.At.UTC(), What: row.What, Who: row.Who, Note: row.Note}
	}
	return events, nil
}

// page reads orders, newest first, one more than the page holds if there is one.
func (s *Service) page(ctx context.Context, p Page, where string, args ...any) ([]Order, error) {
	var rows []orderRow
	err := s.db.On(ctx).Raw("select "+orderColumns+" from orders where "+where+" order by id desc limit ? offset ?",
		append(args, p.Limit+1, p.Offset)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read a page of orders: %w", err)
	}
	orders := make([]Order, len(rows))
	for i, row := range rows {
		orders[i] = row.order()
	}
	return orders, nil
}

func orNull[ID ~int64](id ID) *int64 {
	if id == 0 {
		return nil
	}
	plain := int64(id)
	return &plain
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// searched is what staff find an order by, besides its number. Case is folded here: the engines differ on Cyrillic.
func searched(c Contact) string {
	return strings.ToLower(strings.Join([]string{c.Name, c.Phone, c.Email}, "\n"))
}
