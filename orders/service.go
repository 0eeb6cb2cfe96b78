package orders

import (
	"context"
	"slices"
	"strconv"
	"time"

	"parley/catalog"
	"parley/catalog/event"
	"parley/catalog/fault"
	"parley/migrations/db"
)

// Goods is what orders ask of the catalogue: what things are and who sells them.
type Goods interface {
	// Sellable finds variants of a merchant, in whatever state.
	Sellable(ctx context.Context, m catalog.MerchantID, ids ...catalog.VariantID) ([]catalog.Item, error)
	Merchant(ctx context.Context, m catalog.MerchantID) (catalog.Merchant, error)
}

// Holds is what orders ask of stock that is promised. A holder is a cart or an order.
type Holds interface {
	// Reserve makes what a holder holds be exactly this, until a time or, nil, until the holder ends it. It fails
	// with fault.Conflict: "stock.only_left" with "count" and "variant", or "stock.gone" with "variant".
	Reserve(ctx context.Context, m catalog.MerchantID, holder string, until *time.Time, wants []catalog.Want) error
	// Rename gives what one holder holds to another and says what that is, by ascending variant. What is not counted
	// is not held.
	Rename(ctx context.Context, from, to string, until *time.Time) ([]catalog.Want, error)
	Release(ctx context.Context, holder string) error
	// Held is what a holder holds, by ascending variant.
	Held(ctx context.Context, holder string) ([]catalog.Want, error)
}

// Stock is what orders ask of pieces that leave and come back. A ref is why they do.
type Stock interface {
	// Take turns what a holder holds into sold pieces. When it fails, its transaction has to fail.
	Take(ctx context.Context, holder, ref, who string) error
	// Return puts back what was sold to a ref.
	Return(ctx context.Context, ref, who string) error
}

// Catalog is the catalogue as orders see it.
type Catalog interface {
	Goods
	Holds
	Stock
}

// Service is the carts and orders of every merchant. Its methods join the transaction that ctx carries, if any;
// one that fails has changed nothing, and leaves that transaction usable.
type Service struct {
	db      *db.DB
	catalog Catalog
	now     func() time.Time

	// Listener says who wants to hear of what happens to orders; nil is nobody. Set it before the service is used.
	Listener event.Listener
}

// New makes the service; now is the clock.
func New(d *db.DB, catalog Catalog, now func() time.Time) *Service {
	return &Service{db: d, catalog: catalog, now: now}
}

// at is the present as both engines keep it.
func (s *Service) at() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// AddToCart puts more pieces of a variant in a cart, in three statements. It fails with fault.Invalid for a
// quantity outside 1…999, and with fault.Conflict when the variant is not for sale, when there are not that
// many pieces together with those in the cart, or when the cart is full.
func (s *Service) AddToCart(ctx context.Context, m catalog.MerchantID, b BuyerID, variant catalog.VariantID, quantity int) (Cart, error) {
	if err := sensible(quantity, 1); err != nil {
		return Cart{}, err
	}
	return s.changeLine(ctx, m, b, variant, quantity, true)
}

// SetQuantity makes the number of pieces of a variant in a cart be this; 0 removes it. It takes three
// statements and fails as AddToCart does, but never when there would be fewer pieces than before.
func (s *Service) SetQuantity(ctx context.Context, m catalog.MerchantID, b BuyerID, variant catalog.VariantID, quantity int) (Cart, error) {
	if err := sensible(quantity, 0); err != nil {
		return Cart{}, err
	}
	return s.changeLine(ctx, m, b, variant, quantity, false)
}

// changeLine decides on what it reads and then writes once, so that it needs no transaction of its own.
func (s *Service) changeLine(ctx context.Context, m catalog.MerchantID, b BuyerID, variant catalog.VariantID, quantity int, adding bool) (Cart, error) {
	rows, err := s.cartRows(ctx, m, b)
	if err != nil {
		return Cart{}, err
	}
	i := slices.IndexFunc(rows, func(row wanted) bool { return row.Variant == variant })
	if i < 0 {
		i, rows = len(rows), append(rows, wanted{Variant: variant})
	}
	items, err := s.itemsOf(ctx, m, rows)
	if err != nil {
		return Cart{}, err
	}
	total, more := quantity, 0
	if adding {
		total, more = rows[i].Quantity+quantity, quantity
	}
	if rows[i], err = changed(rows, i, total, items); err != nil {
		return Cart{}, err
	}
	if err := s.writeLine(ctx, m, b, rows[i], more); err != nil {
		return Cart{}, err
	}
	if rows[i].Quantity == 0 {
		rows = slices.Delete(rows, i, i+1)
	}
	return s.cart(ctx, m, b, rows, items)
}

// changed is a row of a cart with another number of pieces, at the price that the buyer sees now.
func changed(rows []wanted, i, quantity int, items []catalog.Item) (wanted, error) {
	row := rows[i]
	was := row.Quantity
	row.Quantity = quantity
	if quantity <= was {
		return row, nil
	}
	item, found := itemOf(items, row.Variant)
	if !found || !item.Active {
		return row, fault.New(fault.Conflict, "cart.not_for_sale")
	}
	if was == 0 && len(rows) > MostLines {
		return row, fault.New(fault.Conflict, "cart.full").With("max", strconv.Itoa(MostLines))
	}
	row.Said = item.Price.Minor
	line, err := lineOf(row, item)
	switch {
	case err != nil:
		return row, err
	case line.Available < quantity && line.Available < catalog.Plenty:
		return row, line.tooFew()
	default:
		return row, sensible(quantity, 1)
	}
}

// sensible says whether so many pieces may be in a cart.
func sensible(quantity, least int) error {
	if quantity < least || quantity > catalog.Plenty {
		return fault.New(fault.Invalid, "cart.quantity").With("max", strconv.Itoa(catalog.Plenty))
	}
	return nil
}

// PriceCart is a cart at today's prices and with what can be had of it, in two statements.
func (s *Service) PriceCart(ctx context.Context, m catalog.MerchantID, b BuyerID) (Cart, error) {
	rows, err := s.cartRows(ctx, m, b)
	if err != nil {
		return Cart{}, err
	}
	return s.priced(ctx, m, b, rows)
}

func (s *Service) priced(ctx context.Context, m catalog.MerchantID, b BuyerID, rows []wanted) (Cart, error) {
	items, err := s.itemsOf(ctx, m, rows)
	if err != nil {
		return Cart{}, err
	}
	return s.cart(ctx, m, b, rows, items)
}

func (s *Service) cart(ctx context.Context, m catalog.MerchantID, b BuyerID, rows []wanted, items []catalog.Item) (Cart, error) {
	shop, err := s.catalog.Merchant(ctx, m)
	if err != nil {
		return Cart{}, err
	}
	return cartOf(m, b, shop.Currency, rows, items)
}

func (s *Service) itemsOf(ctx context.Context, m catalog.MerchantID, rows []wanted) ([]catalog.Item, error) {
	ids := make([]catalog.VariantID, len(rows))
	for i, row := range rows {
		ids[i] = row.Variant
	}
	return s.catalog.Sellable(ctx, m, ids...)
}

// AcceptPrices remembers that the buyer has been told today's prices, in two statements, or in three when
// some had changed.
func (s *Service) AcceptPrices(ctx context.Context, m catalog.MerchantID, b BuyerID) error {
	cart, err := s.PriceCart(ctx, m, b)
	if err != nil || !cart.Repriced() {
		return err
	}
	return s.writePrices(ctx, cart)
}

// Clear empties a cart and lets go what was held for it.
func (s *Service) Clear(ctx context.Context, m catalog.MerchantID, b BuyerID) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.emptyCart(ctx, m, b); err != nil {
			return err
		}
		return s.LetGo(ctx, m, b)
	})
}

// Hold reserves a whole cart, for as long as the shop keeps things for a checkout; a second time it starts
// that time anew and holds what the cart has become. It fails with fault.Conflict when the cart is empty or
// something is short, and then holds what it held before.
func (s *Service) Hold(ctx context.Context, m catalog.MerchantID, b BuyerID) (Cart, error) {
	cart, err := s.PriceCart(ctx, m, b)
	if err != nil {
		return Cart{}, err
	}
	if err := cart.complete(); err != nil {
		return Cart{}, err
	}
	until, err := s.until(ctx, m)
	if err != nil {
		return Cart{}, err
	}
	return cart, s.reserve(ctx, cart, cartHolder(m, b), &until)
}

// until is when what is held from now on is let go.
func (s *Service) until(ctx context.Context, m catalog.MerchantID) (time.Time, error) {
	shop, err := s.catalog.Merchant(ctx, m)
	return s.at().Add(shop.HoldFor), err
}

// reserve reserves a cart, and says what is short in the cart's words.
func (s *Service) reserve(ctx context.Context, cart Cart, holder string, until *time.Time) error {
	err := s.catalog.Reserve(ctx, cart.Merchant, holder, until, cart.wants())
	short, classified := fault.Of(err)
	if !classified {
		return err
	}
	i := slices.IndexFunc(cart.Lines, func(l Line) bool { return strconv.FormatInt(int64(l.Variant), 10) == short.Args["variant"] })
	if i < 0 {
		return err
	}
	line := cart.Lines[i]
	line.Available, _ = strconv.Atoi(short.Args["count"]) // without a number nothing is left
	return line.tooFew()
}

// LetGo ends what Hold began; when nothing is held it does nothing.
func (s *Service) LetGo(ctx context.Context, m catalog.MerchantID, b BuyerID) error {
	return s.catalog.Release(ctx, cartHolder(m, b))
}

// Quote is a cart with what it costs delivered; a cart without physical goods costs nothing to deliver. It
// fails with fault.Conflict when the shop does not deliver that way any more. Zero: it is not known yet.
func (s *Service) Quote(ctx context.Context, m catalog.MerchantID, b BuyerID, delivery catalog.DeliveryID) (Cart, error) {
	cart, err := s.PriceCart(ctx, m, b)
	if err != nil || delivery == 0 || !cart.Physical() {
		return cart, err
	}
	shop, err := s.catalog.Merchant(ctx, m)
	if err != nil {
		return Cart{}, err
	}
	method, err := methodOf(shop, delivery)
	if err != nil {
		return Cart{}, err
	}
	cart.Totals, err = cart.cost(method, shop.Currency)
	return cart, err
}

// cartHolder and orderHolder are the names under which stock is held.
func cartHolder(m catalog.MerchantID, b BuyerID) string {
	return "cart:" + strconv.FormatInt(int64(b), 10) + ":" + strconv.FormatInt(int64(m), 10)
}

func orderHolder(id OrderID) string { return "order:" + strconv.FormatInt(int64(id), 10) }
