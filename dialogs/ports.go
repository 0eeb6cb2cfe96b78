package dialogs

import (
	"context"
	"errors"

	"parley/catalog"
	"parley/dialogs/flow"
	"parley/orders"
)

// Shops is what conversations ask about merchants.
type Shops interface {
	Merchants(ctx context.Context) ([]catalog.Merchant, error)
	Merchant(ctx context.Context, id catalog.MerchantID) (catalog.Merchant, error)
	MerchantBySlug(ctx context.Context, slug string) (catalog.Merchant, error)
}

// Shelves is what conversations ask about what is sold.
type Shelves interface {
	Browse(ctx context.Context, m catalog.MerchantID, parent catalog.CategoryID) ([]catalog.Category, error)
	Category(ctx context.Context, m catalog.MerchantID, id catalog.CategoryID) (catalog.Category, error)
	CategoryBySlug(ctx context.Context, m catalog.MerchantID, slug string) (catalog.Category, error)
	Products(ctx context.Context, m catalog.MerchantID, category catalog.CategoryID, page catalog.Page) (catalog.List, error)
	Search(ctx context.Context, m catalog.MerchantID, q catalog.Query) (catalog.Found, error)
	Find(ctx context.Context, m catalog.MerchantID, id catalog.ProductID) (catalog.Product, error)
	FindByHandle(ctx context.Context, m catalog.MerchantID, handle string) (catalog.Product, error)
}

// Carts is what conversations do with a cart.
type Carts interface {
	AddToCart(ctx context.Context, m catalog.MerchantID, b orders.BuyerID, v catalog.VariantID, quantity int) (orders.Cart, error)
	SetQuantity(ctx context.Context, m catalog.MerchantID, b orders.BuyerID, v catalog.VariantID, quantity int) (orders.Cart, error)
	PriceCart(ctx context.Context, m catalog.MerchantID, b orders.BuyerID) (orders.Cart, error)
	AcceptPrices(ctx context.Context, m catalog.MerchantID, b orders.BuyerID) error
	Clear(ctx context.Context, m catalog.MerchantID, b orders.BuyerID) error
}

// Checkouts is how a cart becomes an order.
type Checkouts interface {
	Hold(ctx context.Context, m catalog.MerchantID, b orders.BuyerID) (orders.Cart, error)
	LetGo(ctx context.Context, m catalog.MerchantID, b orders.BuyerID) error
	Quote(ctx context.Context, m catalog.MerchantID, b orders.BuyerID, delivery catalog.DeliveryID) (orders.Cart, error)
	Place(ctx context.Context, c orders.Checkout) (orders.Order, error)
	Agree(ctx context.Context, m catalog.MerchantID, id orders.OrderID, who string) (orders.Order, error)
}

// Orders is what buyers do with orders they have placed.
type Orders interface {
	Find(ctx context.Context, m catalog.MerchantID, id orders.OrderID) (orders.Order, error)
	List(ctx context.Context, m catalog.MerchantID, b orders.BuyerID, page orders.Page) (list []orders.Order, more bool, err error)
	Repeat(ctx context.Context, m catalog.MerchantID, b orders.BuyerID, id orders.OrderID) (orders.Cart, []orders.OrderLine, error)
	Cancel(ctx context.Context, m catalog.MerchantID, id orders.OrderID, who, note string) (orders.Order, error)
	Theirs(ctx context.Context, m catalog.MerchantID, b orders.BuyerID, id orders.OrderID) (orders.Order, error)
}

// Payments is how buyers pay. It is fulfilled by a few lines in cmd/parley, since payments knows no orders.
type Payments interface {
	// Ways names the gateways that an order can be paid by now.
	Ways(ctx context.Context, m catalog.MerchantID, id orders.OrderID) ([]string, error)
	// Start opens a payment. Ready says whether URL or Note can be shown now; otherwise news will come.
	Start(ctx context.Context, id orders.OrderID, gateway string) (Opened, error)
	// Withdraw makes sure that nobody pays for an order that is cancelled in the same transaction.
	Withdraw(ctx context.Context, id orders.OrderID) error
}

// Opened is a payment that the buyer can act on.
type Opened struct {
	Ready bool
	Later bool   // to be paid by hand, later: the order is agreed
	URL   string // where to pay
	Note  string // what to know instead
	// Invoice is what the chat takes the money by, where it can; nil: by URL or Note.
	Invoice *flow.Invoice
}

// errNoConversation: whoever placed that order has never talked to that shop, which can't be.
var errNoConversation = errors.New("there is no such conversation")
