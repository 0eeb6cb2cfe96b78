package flow

import "parley/catalog/money"

// Tap is an event that a button can be: what the buyer does. Typed words become the same events.
type Tap interface {
	Event
	tap()
}

// Fact is an event that answers an effect.
type Fact interface {
	Event
	fact()
}

// What the buyer does, by button or by word.
type (
	HomeTapped     struct{}
	ShelfTapped    struct{ Category, Page int64 }
	FoundTapped    struct{ Page int64 } // a page of the last search
	ProductTapped  struct{ Product int64 }
	ValueTapped    struct{ Product, Value int64 } // one value of the next option
	AnewTapped     struct{ Product int64 }        // choose the options again
	PhotoTapped    struct{ Product, Index int64 }
	CountTapped    struct{ Variant, Count int64 } // pieces about to be added
	AddTapped      struct{ Variant, Count int64 }
	CartTapped     struct{}
	LineTapped     struct{ Variant int64 }
	SetTapped      struct{ Variant, Count int64 } // pieces in the cart; 0 removes
	ClearTapped    struct{}
	CheckoutTapped struct{}
	KeepTapped     struct{} // the contact or the address known from earlier
	DeliveryTapped struct{ Method int64 }
	SkipTapped     struct{}
	BackTapped     struct{}
	PlaceTapped    struct{ Key string }
	PayTapped      struct {
		Order  int64
		Method string // empty: show the ways
	}
	OrdersTapped   struct{ Page int64 }
	OrderTapped    struct{ Order int64 }
	RepeatTapped   struct{ Order int64 }
	CancelTapped   struct{ Order int64 }
	CancelAffirmed struct{ Order int64 }
	HumanTapped    struct{}
	ReturnTapped   struct{}             // from the person back to the shop
	LanguageTapped struct{ Tag string } // empty: which are there?
	HelpTapped     struct{}
	StayTapped     struct{} // go on where we are
	ShopsTapped    struct{}
	ShopTapped     struct{ Merchant int64 }
	Stale          struct{} // a button that this version does not know
)

// What the buyer says or sends that is no button.
type (
	Started      struct{}
	LinkFollowed struct{ Product, Category string } // a handle or a slug
	Said         struct{ Text string }
	ContactGiven struct{ Name, Phone, Email string }
	AddressGiven struct{ Address string }
	CommentGiven struct{ Comment string }
	FileSent     struct{}
)

// Named is a thing to choose by its name.
type Named struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Count int    `json:"-"`
}

// Item is a product in a list.
type Item struct {
	ID      int64
	Title   string
	Price   money.Amount // the lowest
	Was     money.Amount // zero: never more
	From    bool         // variants differ in price
	SoldOut bool
	Photo   string
	Alt     string
}

// What the rest of the shop answers.
type (
	ShopsListed struct{ Shops []Named }
	MenuOpened  struct {
		Shop, About string
		Photo       string
		Categories  []Named
		Goods       int
		Shared      bool // other shops are on this bot too
		Languages   int
	}
	ShelfListed struct {
		Shelf      Shelf
		Title      string
		Up         int64 // the category above
		IsTop      bool
		Categories []Named
		Items      []Item
		Pages      int
		Total      int
	}
	ProductFound   struct{ Product Product }
	CartPriced     struct{ Cart Cart }
	CheckoutOpened struct{ Checkout Checkout }
	Quoted         struct {
		Cart     Cart
		Checkout Checkout
		Delivery string // its name
	}
	OrderPlaced  struct{ Order Order }
	OrdersListed struct {
		Orders []Order
		Page   int
		More   bool
	}
	OrderFound     struct{ Order Order }
	OrderCancelled struct{ Order Order }
	PayWays        struct{ Order Order }
	LinkReady      struct {
		Order  Order
		Method string
		URL    string
		Note   string
		// Invoice is what the chat itself takes the money by; nil: it does not.
		Invoice *Invoice
	}
	LinkComing      struct{ Order Order }
	LanguagesListed struct{ Languages []Tongue }
	LanguageSet     struct{ Ways []Named } // the names of what the session has of delivery
	Refused         struct {
		Key  string // of the sentence
		Args map[string]string
	}
)

// Invoice is a demand for money that the network shows with a button of its own.
type Invoice struct {
	Payload, Title, Description, Currency, Start, Photo, Link string
	Prices                                                    []InvoicePrice
	Total                                                     money.Amount // as the buyer pays it: it may be another currency than the order's
}

// InvoicePrice is a part of an invoice, in minor units.
type InvoicePrice struct {
	Label  string
	Amount int64
}

// Tongue is a language by its own name.
type Tongue struct{ Tag, Name string }

// What happens to a conversation from outside.
type (
	PaymentSettled struct{ Order Order }
	PaymentFailed  struct {
		Order Order
		Key   string // of the sentence that says why
		URL   string // where the same can still be paid; empty: nowhere
	}
	PaymentWorking  struct{ Order Order }
	PaymentStranded struct{ Order Order } // the order can't take the money any more: a person looks at it
	OrderMoved      struct {
		Order Order
		What  string // "shipped", "completed", "cancelled", "expired", "refunded", "refund_failed", "paid_in_part"
		// Amount is what goes back to the buyer, or came back from there.
		Amount money.Amount
	}
	HumanJoined struct{} // a person of the shop writes
	HumanLeft   struct{} // and hands back
)

// Product is all that a card shows.
type Product struct {
	ID          int64
	Title       string
	Description string
	Price       money.Amount // the lowest
	From        bool         // variants differ in price
	Kind        string
	Options     []Option
	Variants    []Variant
	Photos      []Photo
	Facts       []Pair
	Category    int64
}

// Option is something to choose of a product.
type Option struct {
	Name   string
	Values []Named
}

// Variant is one way to have a product.
type Variant struct {
	ID     int64
	Values []int64
	Price  money.Amount
	Was    money.Amount
	Free   int
	Photo  string
}

// Photo is a picture of a product.
type Photo struct{ Name, Alt string }

// Pair is a fact about a product.
type Pair struct{ Name, Value string }

// Cart is what is wanted so far.
type Cart struct {
	Lines    []Line
	Goods    int // pieces
	Subtotal money.Amount
	Shipping money.Amount
	Discount money.Amount
	Total    money.Amount
	Added    string   // what was just added
	Skipped  []string // what an order that is repeated had and can't be had now
}

// Line is one variant in a cart or an order.
type Line struct {
	Variant   int64
	Product   int64
	Title     string // with its options
	Count     int
	Price     money.Amount
	Was       money.Amount // differs from Price when that has changed since it was added; zero: it hasn't
	Total     money.Amount
	Available int
}

// Ready is the state of an order that waits at a pickup point: to the shop it is shipped.
const Ready = "ready"

// Order is a placed order, as its buyer sees it.
type Order struct {
	ID         int64
	Number     string
	State      string // as orders name them, or Ready
	Lines      []Line
	Subtotal   money.Amount
	Shipping   money.Amount
	Discount   money.Amount
	Total      money.Amount
	Received   money.Amount // less than Total: it is paid in parts
	Delivery   string
	Address    string
	Tracking   string
	Placed     string   // a date in the buyer's language and the shop's time zone
	Ways       []string // how it can be paid now
	CanCancel  bool
	NeedsMoney bool
}

// Owed is what is still to be paid.
func (o Order) Owed() money.Amount {
	return money.Of(o.Total.Minor-o.Received.Minor, o.Total.Currency)
}

func (HomeTapped) event()      {}
func (ShelfTapped) event()     {}
func (FoundTapped) event()     {}
func (ProductTapped) event()   {}
func (ValueTapped) event()     {}
func (AnewTapped) event()      {}
func (PhotoTapped) event()     {}
func (CountTapped) event()     {}
func (AddTapped) event()       {}
func (CartTapped) event()      {}
func (LineTapped) event()      {}
func (SetTapped) event()       {}
func (ClearTapped) event()     {}
func (CheckoutTapped) event()  {}
func (KeepTapped) event()      {}
func (DeliveryTapped) event()  {}
func (SkipTapped) event()      {}
func (BackTapped) event()      {}
func (PlaceTapped) event()     {}
func (PayTapped) event()       {}
func (OrdersTapped) event()    {}
func (OrderTapped) event()     {}
func (RepeatTapped) event()    {}
func (CancelTapped) event()    {}
func (CancelAffirmed) event()  {}
func (HumanTapped) event()     {}
func (ReturnTapped) event()    {}
func (LanguageTapped) event()  {}
func (HelpTapped) event()      {}
func (StayTapped) event()      {}
func (ShopsTapped) event()     {}
func (ShopTapped) event()      {}
func (Stale) event()           {}
func (Started) event()         {}
func (LinkFollowed) event()    {}
func (Said) event()            {}
func (ContactGiven) event()    {}
func (AddressGiven) event()    {}
func (CommentGiven) event()    {}
func (FileSent) event()        {}
func (ShopsListed) event()     {}
func (MenuOpened) event()      {}
func (ShelfListed) event()     {}
func (ProductFound) event()    {}
func (CartPriced) event()      {}
func (CheckoutOpened) event()  {}
func (Quoted) event()          {}
func (OrderPlaced) event()     {}
func (OrdersListed) event()    {}
func (OrderFound) event()      {}
func (OrderCancelled) event()  {}
func (PayWays) event()         {}
func (LinkReady) event()       {}
func (LinkComing) event()      {}
func (LanguagesListed) event() {}
func (LanguageSet) event()     {}
func (Refused) event()         {}
func (PaymentSettled) event()  {}
func (PaymentFailed) event()   {}
func (PaymentWorking) event()  {}
func (PaymentStranded) event() {}
func (OrderMoved) event()      {}
func (HumanJoined) event()     {}
func (HumanLeft) event()       {}

func (HomeTapped) tap()     {}
func (ShelfTapped) tap()    {}
func (FoundTapped) tap()    {}
func (ProductTapped) tap()  {}
func (ValueTapped) tap()    {}
func (AnewTapped) tap()     {}
func (PhotoTapped) tap()    {}
func (CountTapped) tap()    {}
func (AddTapped) tap()      {}
func (CartTapped) tap()     {}
func (LineTapped) tap()     {}
func (SetTapped) tap()      {}
func (ClearTapped) tap()    {}
func (CheckoutTapped) tap() {}
func (KeepTapped) tap()     {}
func (DeliveryTapped) tap() {}
func (SkipTapped) tap()     {}
func (BackTapped) tap()     {}
func (PlaceTapped) tap()    {}
func (PayTapped) tap()      {}
func (OrdersTapped) tap()   {}
func (OrderTapped) tap()    {}
func (RepeatTapped) tap()   {}
func (CancelTapped) tap()   {}
func (CancelAffirmed) tap() {}
func (HumanTapped) tap()    {}
func (ReturnTapped) tap()   {}
func (LanguageTapped) tap() {}
func (HelpTapped) tap()     {}
func (StayTapped) tap()     {}
func (ShopsTapped) tap()    {}
func (ShopTapped) tap()     {}
func (Stale) tap()          {}

func (ShopsListed) fact()     {}
func (MenuOpened) fact()      {}
func (ShelfListed) fact()     {}
func (ProductFound) fact()    {}
func (CartPriced) fact()      {}
func (CheckoutOpened) fact()  {}
func (Quoted) fact()          {}
func (OrderPlaced) fact()     {}
func (OrdersListed) fact()    {}
func (OrderFound) fact()      {}
func (OrderCancelled) fact()  {}
func (PayWays) fact()         {}
func (LinkReady) fact()       {}
func (LinkComing) fact()      {}
func (LanguagesListed) fact() {}
func (LanguageSet) fact()     {}
