// Package catalog is what merchants sell: who they are, their products and what is in stock.
package catalog

import (
	"time"

	"parley/catalog/money"
)

// Ids of the catalogue's things. They are unique over all merchants, but every look-up names the
// merchant too, and finds nothing of another's.
type (
	MerchantID int64
	CategoryID int64
	ProductID  int64
	OptionID   int64
	ValueID    int64
	VariantID  int64
	ImageID    int64
)

// Text is a wording by language: {"en": "Boots", "ru": "Ботинки"}.
type Text map[string]string

// In is the wording in a language, else in English, else in the first language by name.
func (t Text) In(language string) string {
	if text, ok := t[language]; ok && text != "" {
		return text
	}
	if text, ok := t["en"]; ok && text != "" {
		return text
	}
	first, found := "", ""
	for tag, text := range t {
		if text != "" && (found == "" || tag < found) {
			first, found = text, tag
		}
	}
	return first
}

// Merchant is a shop.
type Merchant struct {
	ID        MerchantID
	Slug      string // in links: [a-z0-9-]{1,40}, unique
	Name      Text
	About     Text
	Languages []string // the first is the shop's own
	Currency  money.Currency
	TimeZone  string // IANA name
	Contacts  Contacts
	Delivery  []DeliveryMethod
	HoldFor   time.Duration // how long a checkout keeps stock; 30 minutes unless set
	State     State
}

// Contacts is how a buyer reaches the shop outside the chat.
type Contacts struct {
	Phone   string `json:"phone,omitempty"`
	Email   string `json:"email,omitempty"`
	Address Text   `json:"address,omitempty"`
	Hours   Text   `json:"hours,omitempty"`
}

// DeliveryID is an id of a DeliveryMethod.
type DeliveryID int64

// DeliveryMethod is one way that goods reach the buyer.
type DeliveryMethod struct {
	ID       DeliveryID
	Kind     DeliveryKind
	Name     Text
	Address  Text         // of a pickup point
	Price    money.Amount // zero: free
	FreeFrom money.Amount // goods worth this much are delivered free; zero: never
}

// DeliveryKind says what a buyer must tell.
type DeliveryKind string

// Kinds of delivery: a pickup point has an address, a courier asks for one.
const (
	Pickup  DeliveryKind = "pickup"
	Courier DeliveryKind = "courier"
)

// Category is a shelf; Parent is zero at the top.
type Category struct {
	ID       CategoryID
	Merchant MerchantID
	Parent   CategoryID
	Slug     string
	Name     Text
	Position int
	Products int // active products here and below
	Children int // categories right below
}

// Kind is what a product is.
type Kind string

// Kinds of products: only physical ones are delivered.
const (
	Physical Kind = "physical"
	Digital  Kind = "digital"
	Services Kind = "service"
)

// State is whether buyers see a merchant or a product.
type State string

// States. Only active things are sold; archived ones are kept because orders name them.
const (
	Draft    State = "draft"
	Active   State = "active"
	Archived State = "archived"
)

// Product is something sold, in one or more variants.
type Product struct {
	ID          ProductID
	Merchant    MerchantID
	Category    CategoryID // zero: none
	Handle      string     // in links and imports; unique within the merchant
	Position    int        // its place on the shelf; of equals the older comes first
	Kind        Kind
	State       State
	Title       Text
	Description Text // plain text
	Vendor      string
	Attributes  []Attribute
	Tags        []string
	Options     []Option // at most three; none when there is one variant
	Variants    []Variant
	Images      []Image
}

// Attribute is a fact about a product: {"en":"Material"}: {"en":"Wool"}.
type Attribute struct {
	Name  Text `json:"name"`
	Value Text `json:"value"`
}

// Option is something to choose: a size, a colour.
type Option struct {
	ID     OptionID
	Name   Text
	Values []Value
}

// Value is one way to choose an option.
type Value struct {
	ID   ValueID
	Name Text
}

// Variant is what is actually priced, stocked and sold. One value of each option of its product.
type Variant struct {
	ID        VariantID
	Product   ProductID
	SKU       string // unique within the merchant when not empty
	Barcode   string
	Price     money.Amount
	CompareAt money.Amount // the price before; zero: none
	Weight    int          // grams
	Tracked   bool         // false: never runs out
	OnHand    int          // pieces there, reserved ones included
	Reserved  int          // pieces promised to checkouts and orders
	Values    []ValueID    // in the order of the product's options
	Image     ImageID      // zero: the product's first
	State     State
}

// Free is how many pieces a buyer can still have; untracked variants have plenty.
func (v Variant) Free() int {
	if !v.Tracked {
		return Plenty
	}
	return max(v.OnHand-v.Reserved, 0)
}

// Plenty is how many pieces of an untracked variant there are, and the most of one variant in a cart.
const Plenty = 999
