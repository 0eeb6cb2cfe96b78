package orders

import (
	"cmp"
	"slices"
	"strconv"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
)

// Cart is what a buyer wants from one merchant, priced as it would be sold now.
type Cart struct {
	Merchant catalog.MerchantID
	Buyer    BuyerID
	Lines    []Line // in the order they were added
	Totals   Totals // of everything in it, whether or not it can be had
}

// Line is one variant in a cart.
type Line struct {
	Variant   catalog.VariantID
	Product   catalog.ProductID
	Kind      catalog.Kind
	SKU       string
	Title     catalog.Text
	Options   catalog.Text // "42 / black"
	Image     string
	Price     money.Amount // now
	WasPrice  money.Amount // when it was added or last said; differs from Price when the price has changed since
	Quantity  int
	Available int // pieces this buyer can have now; less than Quantity when others were faster, 0 when it is not sold any more
	Total     money.Amount
	tracked   bool // its pieces are counted
}

// MostLines is how many different variants fit in a cart.
const MostLines = 100

// Physical says whether anything in the cart has to be delivered.
func (c Cart) Physical() bool {
	return slices.ContainsFunc(c.Lines, func(l Line) bool { return l.Kind == catalog.Physical })
}

// Pieces is how many pieces are in the cart.
func (c Cart) Pieces() (sum int) {
	for _, line := range c.Lines {
		sum += line.Quantity
	}
	return sum
}

// Repriced says whether any price differs from what the buyer was last told.
func (c Cart) Repriced() bool {
	return slices.ContainsFunc(c.Lines, func(l Line) bool { return l.Price != l.WasPrice })
}

// Short returns the first line of which there is not enough, if any.
func (c Cart) Short() (Line, bool) {
	i := slices.IndexFunc(c.Lines, func(l Line) bool { return l.Available < l.Quantity })
	if i < 0 {
		return Line{}, false
	}
	return c.Lines[i], true
}

// cost is what the cart costs, delivered some way; nil: not delivered.
func (c Cart) cost(delivery *catalog.DeliveryMethod, currency money.Currency) (Totals, error) {
	goods := make([]money.Amount, len(c.Lines))
	for i, line := range c.Lines {
		goods[i] = line.Total
	}
	return price(goods, nil, delivery, currency)
}

// complete fails with fault.Conflict when the cart cannot be ordered as it is.
func (c Cart) complete() error {
	if len(c.Lines) == 0 {
		return fault.New(fault.Conflict, "cart.empty")
	}
	if line, short := c.Short(); short {
		return line.tooFew()
	}
	return nil
}

// wants is what the cart needs from stock, by ascending variant: the order in which variants are locked.
func (c Cart) wants() []catalog.Want {
	wants := make([]catalog.Want, len(c.Lines))
	for i, line := range c.Lines {
		wants[i] = catalog.Want{Variant: line.Variant, Quantity: line.Quantity}
	}
	slices.SortFunc(wants, func(a, b catalog.Want) int { return cmp.Compare(a.Variant, b.Variant) })
	return wants
}

// heldBy says whether these are exactly the counted pieces of the cart.
func (c Cart) heldBy(held []catalog.Want) bool {
	counted := Cart{}
	for _, line := range c.Lines {
		if line.tracked {
			counted.Lines = append(counted.Lines, line)
		}
	}
	return slices.Equal(counted.wants(), held)
}

// tooFew says that there are only so many pieces.
func (l Line) tooFew() error {
	if l.Available <= 0 {
		return about(fault.New(fault.Conflict, "cart.sold_out"), l)
	}
	return about(fault.New(fault.Conflict, "cart.only_left").With("count", strconv.Itoa(l.Available)), l)
}

// about names a line in a fault: its title and options as the texts have them, by language.
func about(err *fault.Error, l Line) *fault.Error {
	err = err.With("variant", strconv.FormatInt(int64(l.Variant), 10)).With("title", l.Title.In(""))
	for language := range l.Title {
		err = err.With("title."+language, l.Title.In(language))
	}
	return err
}

// wanted is a row of a cart as it is kept.
type wanted struct {
	Variant  catalog.VariantID
	Quantity int
	Said     int64 // the price the buyer was last told
	Held     int   // pieces reserved for this cart
}

// cartOf is a cart as its rows and the catalogue make it. A variant that the catalogue does not know any more
// is left out.
func cartOf(m catalog.MerchantID, b BuyerID, c money.Currency, rows []wanted, items []catalog.Item) (Cart, error) {
	cart := Cart{Merchant: m, Buyer: b}
	for _, row := range rows {
		item, found := itemOf(items, row.Variant)
		if !found {
			continue
		}
		line, err := lineOf(row, item)
		if err != nil {
			return Cart{}, err
		}
		cart.Lines = append(cart.Lines, line)
	}
	var err error
	cart.Totals, err = cart.cost(nil, c)
	return cart, err
}

func lineOf(row wanted, item catalog.Item) (Line, error) {
	total, err := item.Price.Times(int64(row.Quantity))
	return Line{
		Variant: item.ID, Product: item.Product, Kind: item.Kind, SKU: item.SKU, Title: item.Title,
		Options: item.Options, Image: item.Src, Price: item.Price, WasPrice: money.Of(row.Said, item.Price.Currency),
		Quantity: row.Quantity, Available: available(item, row.Held), Total: total, tracked: item.Tracked,
	}, err
}

// available is how many pieces a buyer for whom some are held can have.
func available(item catalog.Item, held int) int {
	switch {
	case !item.Active:
		return 0
	case !item.Tracked:
		return catalog.Plenty
	default:
		return min(item.Free()+held, catalog.Plenty)
	}
}

func itemOf(items []catalog.Item, id catalog.VariantID) (catalog.Item, bool) {
	i := slices.IndexFunc(items, func(item catalog.Item) bool { return item.ID == id })
	if i < 0 {
		return catalog.Item{}, false
	}
	return items[i], true
}
