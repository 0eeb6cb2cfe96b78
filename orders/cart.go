package orders

import (
	"parley/catalog"
	"parley/catalog/money"
)

// Cart is what a buyer wants from one merchant, priced as it would be sold now.
type Cart struct {
	Merchant catalog.MerchantID
	Buyer    BuyerID
	Lines    []Line
	Totals   Totals
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
	Available int // pieces this buyer can have now; less than Quantity when others were faster
	Total     money.Amount
}
